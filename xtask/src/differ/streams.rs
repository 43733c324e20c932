//! Connections over TCP: those that clients of a scenario open, and those that the server opens to our ends.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, SocketAddrV4, TcpListener, TcpStream};
use std::os::fd::{AsFd, BorrowedFd};

use crate::bench::message::header;

/// How much is read at once.
const SIZE: usize = 65_536;
/// What ends the header fields of a message.
const END_OF_HEADERS: &[u8] = b"\r\n\r\n";
/// What may stand between messages, and is the answer to a ping.
const BLANK: &[u8] = b"\r\n";

/// One of those that open connections: a scenario and the name it has there.
pub type Client = (usize, &'static str);

/// At whose end a connection is.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Owner {
    /// One who opened it.
    Client(Client),
    /// The end that the server opened it to, by its place among all.
    End(usize),
}

/// What came over a connection.
#[derive(Debug, PartialEq)]
pub enum Told {
    /// A message.
    Message(Vec<u8>),
    /// The answer to a ping.
    Pong,
    /// It was closed.
    Closed,
}

/// Something that came over a connection.
pub struct Heard {
    /// Which one.
    pub connection: u64,
    /// At whose end.
    pub owner: Owner,
    /// What.
    pub told: Told,
}

/// All of them.
#[derive(Default)]
pub struct Streams {
    listeners: Vec<(usize, TcpListener)>,
    open: Vec<Connection>,
    so_far: u64,
}

struct Connection {
    number: u64,
    owner: Owner,
    stream: TcpStream,
    /// Octets of a message that has not ended.
    rest: Vec<u8>,
    /// What is sent with the next message.
    held: Vec<u8>,
}

impl Streams {
    /// Has an end take connections.
    ///
    /// # Errors
    /// When the kernel refuses.
    pub fn listen(&mut self, end: usize, listener: TcpListener) -> std::io::Result<()> {
        listener.set_nonblocking(true)?;
        self.listeners.push((end, listener));
        Ok(())
    }

    /// What is waited for.
    pub fn descriptors(&self) -> impl Iterator<Item = BorrowedFd<'_>> {
        let listeners = self.listeners.iter().map(|(_, listener)| listener.as_fd());
        listeners.chain(self.open.iter().map(|it| it.stream.as_fd()))
    }

    /// The address of a client that is connected.
    pub fn address(&self, client: Client) -> Option<SocketAddrV4> {
        match self.of(client)?.stream.local_addr().ok()? {
            SocketAddr::V4(address) => Some(address),
            SocketAddr::V6(_) => None,
        }
    }

    /// Connects a client.
    ///
    /// # Errors
    /// When nobody listens there.
    pub fn connect(&mut self, client: Client, to: SocketAddrV4) -> std::io::Result<()> {
        let stream = TcpStream::connect(to)?;
        self.add(Owner::Client(client), stream)
    }

    /// Sends what a client says, with what was held back before.
    pub fn say(&mut self, client: Client, octets: &[u8]) {
        if let Some(connection) = self.open.iter_mut().find(|it| it.is_of(client)) {
            let mut whole = std::mem::take(&mut connection.held);
            whole.extend_from_slice(octets);
            // What cannot be sent is lost with its connection.
            let _ = connection.stream.write_all(&whole);
        }
    }

    /// Keeps what a client says until it says more.
    pub fn hold(&mut self, client: Client, octets: &[u8]) {
        if let Some(connection) = self.open.iter_mut().find(|it| it.is_of(client)) {
            connection.held.extend_from_slice(octets);
        }
    }

    /// Sends something over a connection, if it is still open.
    pub fn answer(&mut self, connection: u64, octets: &[u8]) -> bool {
        let known = self.open.iter_mut().find(|it| it.number == connection);
        known.is_some_and(|it| it.stream.write_all(octets).is_ok())
    }

    /// Sends something of an end's over a new connection.
    ///
    /// # Errors
    /// When nobody listens there.
    pub fn answer_anew(
        &mut self,
        end: usize,
        to: SocketAddrV4,
        octets: &[u8],
    ) -> std::io::Result<()> {
        let mut stream = TcpStream::connect(to)?;
        stream.write_all(octets)?;
        self.add(Owner::End(end), stream)
    }

    /// Closes a connection, whoever it is of.
    pub fn end(&mut self, connection: u64) {
        self.open.retain(|it| it.number != connection);
    }

    /// Closes a client's connection.
    pub fn close(&mut self, client: Client, is_reset: bool) {
        let Some(place) = self.open.iter().position(|it| it.is_of(client)) else {
            return;
        };
        let connection = self.open.remove(place);
        if is_reset {
            reset_when_closed(&connection.stream);
        }
    }

    /// All that has come.
    pub fn hear(&mut self) -> Vec<Heard> {
        self.accept();
        let mut heard = Vec::new();
        for connection in &mut self.open {
            let (number, owner) = (connection.number, connection.owner);
            let mut told = |told| {
                heard.push(Heard {
                    connection: number,
                    owner,
                    told,
                });
            };
            let is_open = connection.read();
            while let Some(message) = next(&mut connection.rest) {
                told(message);
            }
            if !is_open {
                told(Told::Closed);
            }
        }
        for it in heard.iter().filter(|it| it.told == Told::Closed) {
            self.open.retain(|open| open.number != it.connection);
        }
        heard
    }

    fn accept(&mut self) {
        let mut accepted = Vec::new();
        for (end, listener) in &self.listeners {
            while let Ok((stream, _)) = listener.accept() {
                accepted.push((*end, stream));
            }
        }
        for (end, stream) in accepted {
            // One that broke at once is as none.
            let _ = self.add(Owner::End(end), stream);
        }
    }

    fn add(&mut self, owner: Owner, stream: TcpStream) -> std::io::Result<()> {
        stream.set_nonblocking(true)?;
        stream.set_nodelay(true)?;
        self.so_far += 1;
        self.open.push(Connection {
            number: self.so_far,
            owner,
            stream,
            rest: Vec::new(),
            held: Vec::new(),
        });
        Ok(())
    }

    fn of(&self, client: Client) -> Option<&Connection> {
        self.open.iter().find(|it| it.is_of(client))
    }
}

impl Connection {
    fn is_of(&self, client: Client) -> bool {
        self.owner == Owner::Client(client)
    }

    /// Reads what there is, and says whether it is still open.
    fn read(&mut self) -> bool {
        let mut buffer = [0; SIZE];
        loop {
            match self.stream.read(&mut buffer) {
                Ok(0) => return false,
                Ok(length) => self.rest.extend_from_slice(&buffer[..length]),
                Err(error) => return error.kind() == ErrorKind::WouldBlock,
            }
        }
    }
}

/// Has a connection end without a word when it is closed.
fn reset_when_closed(stream: &TcpStream) {
    let at_once = libc::linger {
        l_onoff: 1,
        l_linger: 0,
    };
    // SAFETY: the value outlives the call and its size is given.
    unsafe {
        libc::setsockopt(
            std::os::fd::AsRawFd::as_raw_fd(stream),
            libc::SOL_SOCKET,
            libc::SO_LINGER,
            (&raw const at_once).cast(),
            size_of::<libc::linger>() as libc::socklen_t,
        );
    }
}

/// Takes the next message, if all of it is there.
fn next(rest: &mut Vec<u8>) -> Option<Told> {
    if rest.starts_with(BLANK) {
        rest.drain(..BLANK.len());
        return Some(Told::Pong);
    }
    let mut windows = rest.windows(END_OF_HEADERS.len());
    let headers = windows.position(|window| window == END_OF_HEADERS)? + END_OF_HEADERS.len();
    let length = header(rest, b"Content-Length").unwrap_or_default();
    let length: usize = std::str::from_utf8(length).ok()?.parse().unwrap_or(0);
    let whole = headers + length;
    (rest.len() >= whole).then(|| Told::Message(rest.drain(..whole).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_told_apart_by_their_length() {
        let one = b"SIP/2.0 200 OK\r\nContent-Length: 2\r\n\r\nab".to_vec();
        let other = b"SIP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n".to_vec();
        let mut rest = [&one[..], BLANK, &other[..], b"SIP/2.0 "].concat();
        assert_eq!(next(&mut rest), Some(Told::Message(one)));
        assert_eq!(next(&mut rest), Some(Told::Pong));
        assert_eq!(next(&mut rest), Some(Told::Message(other)));
        assert_eq!(next(&mut rest), None);
        assert_eq!(rest, b"SIP/2.0 ");
    }

    #[test]
    fn what_is_held_back_goes_with_what_follows_and_a_close_is_seen() {
        let mut streams = Streams::default();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let SocketAddr::V4(to) = listener.local_addr().unwrap() else {
            panic!("not asked for");
        };
        let client = (3, "conn1");
        streams.connect(client, to).unwrap();
        let (mut far, _) = listener.accept().unwrap();
        streams.hold(client, b"a");
        streams.say(client, b"b");
        let mut got = [0; 2];
        far.read_exact(&mut got).unwrap();
        assert_eq!(&got, b"ab");
        assert!(streams.address(client).is_some());
        streams.close(client, false);
        assert_eq!(far.read(&mut got).unwrap(), 0);
        assert!(streams.address(client).is_none());
    }
}
