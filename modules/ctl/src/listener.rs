//! A socket that is listened on.

use crate::endpoint::Endpoint;
use crate::files::{self, Access};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use socket2::{Domain, SockAddr, Socket, Type};
use std::io;
use std::net::UdpSocket;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixDatagram;

/// A socket that is listened on. Its file goes with it.
pub struct Listener {
    /// Where.
    pub endpoint: Endpoint,
    socket: Kind,
}

enum Kind {
    Stream(Socket),
    UnixDatagram(UnixDatagram),
    Udp(UdpSocket),
}

/// How many connections may wait to be accepted.
const BACKLOG: i32 = 64;

impl Listener {
    /// Opens the socket.
    pub fn open(endpoint: &Endpoint, access: &Access) -> io::Result<Listener> {
        let (domain, kind, address) = match endpoint {
            Endpoint::UnixStream(path) => (Domain::UNIX, Type::STREAM, SockAddr::unix(path)?),
            Endpoint::UnixDatagram(path) => (Domain::UNIX, Type::DGRAM, SockAddr::unix(path)?),
            Endpoint::Tcp(address) => (
                Domain::for_address(*address),
                Type::STREAM,
                (*address).into(),
            ),
            Endpoint::Udp(address) => (
                Domain::for_address(*address),
                Type::DGRAM,
                (*address).into(),
            ),
        };
        let socket = Socket::new(domain, kind, None)?;
        socket.set_nonblocking(true)?;
        match endpoint.path() {
            Some(path) => {
                files::make_room(path);
                socket.bind(&address)?;
                // Before it listens, so that nobody gets in who must not.
                access.apply(path)?;
            }
            None => {
                socket.set_reuse_address(kind == Type::STREAM)?;
                socket.bind(&address)?;
            }
        }
        let socket = match endpoint {
            Endpoint::UnixStream(_) | Endpoint::Tcp(_) => {
                socket.listen(BACKLOG)?;
                Kind::Stream(socket)
            }
            Endpoint::UnixDatagram(_) => Kind::UnixDatagram(socket.into()),
            Endpoint::Udp(_) => Kind::Udp(socket.into()),
        };
        Ok(Listener {
            endpoint: endpoint.clone(),
            socket,
        })
    }

    /// What to wait for; connections only if `accepting`.
    pub fn interest(&self, accepting: Accepting) -> PollFlags {
        match (&self.socket, accepting) {
            (Kind::Stream(_), Accepting::Paused) => PollFlags::empty(),
            _ => PollFlags::POLLIN,
        }
    }

    /// What is to be waited on.
    pub fn descriptor(&self) -> BorrowedFd<'_> {
        match &self.socket {
            Kind::Stream(socket) => socket.as_fd(),
            Kind::UnixDatagram(socket) => socket.as_fd(),
            Kind::Udp(socket) => socket.as_fd(),
        }
    }

    /// Accepts a connection: its socket, and the peer's place in two texts. Nothing for a datagram socket.
    pub fn accept(&self) -> io::Result<Option<(Socket, (String, String))>> {
        let Kind::Stream(listener) = &self.socket else {
            return Ok(None);
        };
        let (socket, peer) = listener.accept()?;
        socket.set_nonblocking(true)?;
        let place = match peer.as_socket() {
            Some(peer) => (peer.ip().to_string(), peer.port().to_string()),
            None => ("<anonymous unix socket>".to_owned(), String::new()),
        };
        Ok(Some((socket, place)))
    }

    /// Reads a datagram, if one is there: its length, and who has sent it.
    pub fn receive(&self, buffer: &mut [u8]) -> Option<(usize, Sender)> {
        match &self.socket {
            Kind::Stream(_) => None,
            Kind::UnixDatagram(socket) => {
                let (length, sender) = socket.recv_from(buffer).ok()?;
                Some((length, Sender::Unix(sender)))
            }
            Kind::Udp(socket) => {
                let (length, sender) = socket.recv_from(buffer).ok()?;
                Some((length, Sender::Udp(sender)))
            }
        }
    }

    /// Answers a datagram. An answer to who is gone is lost, as a datagram may be.
    pub fn reply(&self, sender: &Sender, answer: &[u8]) -> Delivery {
        let sent = match (&self.socket, sender) {
            (Kind::UnixDatagram(socket), Sender::Unix(sender)) => reply_to(socket, sender, answer),
            (Kind::Udp(socket), Sender::Udp(sender)) => socket.send_to(answer, sender),
            _ => return Delivery::Over,
        };
        match sent {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Delivery::NoRoom,
            _ => Delivery::Over,
        }
    }
}

/// Answers over the socket that was asked. The system counts against it what clients have not read: when that becomes much,
/// those who take datagrams from anybody get theirs from another, and the room that is left is for those who have connected,
/// and take them from this one alone.
fn reply_to(
    asked: &UnixDatagram,
    sender: &std::os::unix::net::SocketAddr,
    answer: &[u8],
) -> io::Result<usize> {
    if !has_much_room(asked) {
        let spare = UnixDatagram::unbound()?;
        spare.set_nonblocking(true)?;
        match spare.send_to_addr(answer, sender) {
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {}
            sent => return sent,
        }
    }
    asked.send_to_addr(answer, sender)
}

/// Whether three quarters of the room for what others have not read are left, which is when the system takes a datagram
/// socket for writable.
fn has_much_room(socket: &UnixDatagram) -> bool {
    let mut asked = [PollFd::new(socket.as_fd(), PollFlags::POLLOUT)];
    poll(&mut asked, PollTimeout::ZERO).is_ok_and(|ready| ready > 0)
}

/// What has become of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// It was sent, or never can be.
    Over,
    /// There is no room for it as long as somebody does not read.
    NoRoom,
}

/// Who has sent a datagram.
pub enum Sender {
    /// Somebody on this machine.
    Unix(std::os::unix::net::SocketAddr),
    /// Somebody anywhere.
    Udp(std::net::SocketAddr),
}

/// Whether connections are accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Accepting {
    /// They are.
    Open,
    /// The system has no more to give.
    Paused,
}

impl Drop for Listener {
    fn drop(&mut self) {
        if let Some(path) = self.endpoint.path() {
            files::remove(path);
        }
    }
}

#[cfg(test)]
pub mod bench {
    //! A datagram socket and its clients.

    use super::*;
    use std::path::PathBuf;

    /// A socket in a folder of its own, which goes with it.
    pub struct Server {
        folder: PathBuf,
        /// Its place.
        pub path: PathBuf,
        /// The socket.
        pub listeners: [Listener; 1],
    }

    impl Server {
        /// Opens one in a folder of that name.
        pub fn open(name: &str) -> Server {
            let folder = std::env::temp_dir().join(format!("kahea-{name}-{}", std::process::id()));
            std::fs::create_dir_all(&folder).unwrap();
            let path = folder.join("server");
            let access = Access {
                mode: files::FileMode(0o600),
                user: files::Owner::Own,
                group: files::Owner::Own,
            };
            let endpoint = Endpoint::UnixDatagram(path.clone());
            Server {
                folder,
                path,
                listeners: [Listener::open(&endpoint, &access).unwrap()],
            }
        }

        /// A client with an address.
        pub fn client(&self, name: &str) -> UnixDatagram {
            let socket = UnixDatagram::bind(self.folder.join(name)).unwrap();
            socket.set_nonblocking(true).unwrap();
            socket
        }
    }

    impl Drop for Server {
        fn drop(&mut self) {
            std::fs::remove_dir_all(&self.folder).unwrap();
        }
    }

    /// Not many of these fit into the room of a socket.
    pub const ANSWER: [u8; 16_384] = [0; 16_384];
}

#[cfg(test)]
mod tests {
    use super::bench::{ANSWER, Server};
    use super::*;

    fn serve(server: &Server, client: &UnixDatagram) -> Delivery {
        client.send_to(b"question", &server.path).unwrap();
        serve_next(server)
    }

    fn serve_next(server: &Server) -> Delivery {
        let [listener] = &server.listeners;
        let (_, sender) = listener.receive(&mut [0; 64]).unwrap();
        listener.reply(&sender, &ANSWER)
    }

    #[test]
    fn who_reads_is_answered_however_many_others_do_not() {
        let server = Server::open("datagrams");
        let silent = (0..100).map(|number| server.client(&number.to_string()));
        let silent: Vec<UnixDatagram> = silent.collect();
        assert!(
            silent
                .iter()
                .all(|client| serve(&server, client) == Delivery::Over)
        );
        let reader = server.client("reader");
        serve(&server, &reader);
        assert_eq!(reader.recv(&mut [0; 20_000]).unwrap(), ANSWER.len());
        reader.connect(&server.path).unwrap();
        reader.send(b"question").unwrap();
        serve_next(&server);
        assert_eq!(reader.recv(&mut [0; 20_000]).unwrap(), ANSWER.len());
    }

    #[test]
    fn an_answer_comes_from_the_socket_that_was_asked() {
        let server = Server::open("place");
        let client = server.client("client");
        serve(&server, &client);
        let (_, from) = client.recv_from(&mut [0; 20_000]).unwrap();
        assert_eq!(from.as_pathname(), Some(&*server.path));
    }
}
