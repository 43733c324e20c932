//! The two ends of a load and what is on its way between them and the server.

use std::collections::BTreeMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddrV4, UdpSocket};
use std::time::{Duration, Instant};

use super::udp::{Batch, bind, local_address, wait_readable};

/// A side of the server.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum End {
    /// Where units begin.
    Near,
    /// Where the server forwards to.
    Far,
}

/// A message with where it arrived.
pub struct Arrived<'a> {
    /// The end that received it.
    pub end: End,
    /// Its octets.
    pub message: &'a [u8],
    /// Who sent it.
    pub peer: SocketAddrV4,
}

/// A socket and the datagrams that go out of it next.
struct Port {
    socket: UdpSocket,
    outgoing: Batch,
}

impl Port {
    fn open(address: SocketAddrV4) -> io::Result<Self> {
        Ok(Self {
            socket: bind(address)?,
            outgoing: Batch::default(),
        })
    }

    fn push(&mut self, to: SocketAddrV4, write: impl FnOnce(&mut [u8]) -> usize) {
        if self.outgoing.is_full() {
            self.outgoing.send(&self.socket);
        }
        self.outgoing.push(to, write);
    }
}

/// A message that leaves later.
struct Delayed {
    from: End,
    to: SocketAddrV4,
    message: Vec<u8>,
}

/// Both ends, and what they are about to send.
pub struct Wire {
    near: Port,
    far: Option<Port>,
    /// By when it is due; the number tells those of one instant apart.
    delayed: BTreeMap<(Instant, u64), Delayed>,
    delayed_so_far: u64,
}

impl Wire {
    /// Opens the near end on a port of the kernel's choice and, where there is one, the far end.
    ///
    /// # Errors
    /// When an address cannot be bound.
    pub fn open(far_end: Option<SocketAddrV4>) -> io::Result<Self> {
        Ok(Self {
            near: Port::open(SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0))?,
            far: far_end.map(Port::open).transpose()?,
            delayed: BTreeMap::new(),
            delayed_so_far: 0,
        })
    }

    /// The address of the near end.
    ///
    /// # Errors
    /// When the kernel does not tell.
    pub fn near_address(&self) -> io::Result<SocketAddrV4> {
        local_address(&self.near.socket)
    }

    fn port(&mut self, end: End) -> Option<&mut Port> {
        match end {
            End::Near => Some(&mut self.near),
            End::Far => self.far.as_mut(),
        }
    }

    /// Sends what `write` writes into the buffer it is given; `write` returns the length.
    pub fn send(&mut self, from: End, to: SocketAddrV4, write: impl FnOnce(&mut [u8]) -> usize) {
        if let Some(port) = self.port(from) {
            port.push(to, write);
        }
    }

    /// Sends `message` when `due`.
    pub fn send_at(&mut self, due: Instant, from: End, to: SocketAddrV4, message: Vec<u8>) {
        self.delayed_so_far += 1;
        let delayed = Delayed { from, to, message };
        self.delayed.insert((due, self.delayed_so_far), delayed);
    }

    /// Hands over to the kernel what was sent, and what was due by `now`.
    pub fn flush(&mut self, now: Instant) {
        while let Some(first) = self.delayed.first_entry()
            && first.key().0 <= now
        {
            let Delayed { from, to, message } = first.remove();
            self.send(from, to, |buffer| copy(&message, buffer));
        }
        for port in [Some(&mut self.near), self.far.as_mut()]
            .into_iter()
            .flatten()
        {
            port.outgoing.send(&port.socket);
        }
    }

    /// Waits until something arrives, a delayed message is due, or `timeout` is over.
    pub fn wait(&self, timeout: Duration) {
        let due = self.delayed.first_key_value().map(|((due, _), _)| *due);
        let timeout = match due {
            Some(due) => timeout.min(due.saturating_duration_since(Instant::now())),
            None => timeout,
        };
        if timeout.is_zero() {
            return;
        }
        match &self.far {
            Some(far) => wait_readable(&[&self.near.socket, &far.socket], timeout),
            None => wait_readable(&[&self.near.socket], timeout),
        }
    }

    /// Receives into `batch` what is there for `end`, and says how many datagrams.
    pub fn receive(&self, end: End, batch: &mut Batch) -> usize {
        match (end, &self.far) {
            (End::Near, _) => batch.receive(&self.near.socket),
            (End::Far, Some(far)) => batch.receive(&far.socket),
            (End::Far, None) => 0,
        }
    }
}

/// Copies `message` into `buffer` and returns its length; zero when it does not fit.
fn copy(message: &[u8], buffer: &mut [u8]) -> usize {
    match buffer.get_mut(..message.len()) {
        Some(room) => {
            room.copy_from_slice(message);
            message.len()
        }
        None => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delayed_messages_leave_when_due_and_in_order() {
        let mut wire = Wire::open(None).unwrap();
        let (own, start) = (wire.near_address().unwrap(), Instant::now());
        for (delay_ms, text) in [(30, "c"), (10, "a"), (10, "b")] {
            let due = start + Duration::from_millis(delay_ms);
            wire.send_at(due, End::Near, own, text.as_bytes().to_vec());
        }
        wire.flush(start + Duration::from_millis(9));
        let mut batch = Batch::default();
        assert_eq!(wire.receive(End::Near, &mut batch), 0);
        wire.flush(start + Duration::from_millis(10));
        assert_eq!(wire.receive(End::Near, &mut batch), 2);
        let got: Vec<&[u8]> = batch.iter().map(|(message, _)| message).collect();
        assert_eq!(got, [b"a", b"b"]);
    }

    #[test]
    fn more_than_a_batch_is_sent() {
        let mut wire = Wire::open(None).unwrap();
        let own = wire.near_address().unwrap();
        for _ in 0..100 {
            wire.send(End::Near, own, |buffer| copy(b"x", buffer));
        }
        wire.flush(Instant::now());
        let mut batch = Batch::default();
        let first = wire.receive(End::Near, &mut batch);
        assert_eq!(first + wire.receive(End::Near, &mut batch), 100);
    }
}
