//! What a run sends, kept in order until the lane hands it to the sockets.

use sip::Transport;
use std::net::SocketAddr;
use std::ops::Range;

/// The number of one of our sockets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SocketId(pub u16);

/// The number of a stream connection, `$conid`; from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ConnectionId(pub u32);

/// Where a message goes, and how it gets there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// The transport.
    pub transport: Transport,
    /// Their address.
    pub peer: SocketAddr,
    /// Our socket it leaves from.
    pub socket: SocketId,
    /// The connection to use when it is still open.
    pub connection: Option<ConnectionId>,
    /// Never open a connection for it.
    pub no_connect: bool,
    /// Close the connection after it.
    pub close_after: bool,
    /// The port of their address for a new connection, where it is not that of the connection that was to be used.
    pub anew: Option<u16>,
}

/// The messages that a run has produced, in the order in which they will leave.
#[derive(Default)]
pub struct Outbox {
    /// The messages' bytes, one after the other.
    pub buffer: Vec<u8>,
    /// Where each of them goes.
    pub sends: Vec<(Range<usize>, Delivery)>,
}

impl Outbox {
    /// Adds the message that `write` appends to the buffer.
    pub fn push_with(&mut self, delivery: Delivery, write: impl FnOnce(&mut Vec<u8>)) {
        let start = self.buffer.len();
        write(&mut self.buffer);
        self.sends.push((start..self.buffer.len(), delivery));
    }

    /// Adds a message.
    pub fn push(&mut self, delivery: Delivery, bytes: &[u8]) {
        self.push_with(delivery, |buffer| buffer.extend_from_slice(bytes));
    }

    /// Forgets all messages; keeps the buffer's memory.
    pub fn clear(&mut self) {
        self.sends.clear();
        self.buffer.clear();
    }

    /// Whether nothing is waiting to leave.
    pub fn is_empty(&self) -> bool {
        self.sends.is_empty()
    }

    /// Hands each message to `send` in order and forgets them; keeps the buffer's memory.
    pub fn drain(&mut self, mut send: impl FnMut(&[u8], &Delivery)) {
        for (range, delivery) in self.sends.drain(..) {
            if let Some(bytes) = self.buffer.get(range) {
                send(bytes, &delivery);
            }
        }
        self.buffer.clear();
    }
}
