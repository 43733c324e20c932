//! A socket that is listened on.

use crate::endpoint::Endpoint;
use crate::files::{self, Access};
use nix::poll::PollFlags;
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

    /// Answers a datagram; an answer that cannot be sent is lost, as a datagram may be.
    pub fn reply(&self, sender: &Sender, answer: &[u8]) {
        match (&self.socket, sender) {
            (Kind::UnixDatagram(socket), Sender::Unix(sender)) => {
                let sent = socket.send_to_addr(answer, sender);
                // The system counts what others have not read against the socket it was sent from: those who read get theirs
                // from another. A client that has connected takes datagrams from this socket alone: its answer is lost as long
                // as the others neither read nor go.
                if sent.is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock)
                    && let Ok(spare) = UnixDatagram::unbound()
                    && spare.set_nonblocking(true).is_ok()
                {
                    let _ = spare.send_to_addr(answer, sender);
                }
            }
            (Kind::Udp(socket), Sender::Udp(sender)) => {
                let _ = socket.send_to(answer, sender);
            }
            _ => {}
        }
    }
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
mod tests {
    use super::*;
    use std::path::PathBuf;

    /// A socket in a folder of its own, which goes with it.
    struct Server {
        folder: PathBuf,
        path: PathBuf,
        listener: Listener,
    }

    impl Server {
        fn open(name: &str) -> Server {
            let folder = std::env::temp_dir().join(format!("kahea-{name}-{}", std::process::id()));
            std::fs::create_dir_all(&folder).unwrap();
            let path = folder.join("server");
            let access = Access {
                mode: 0o600,
                user: files::Owner::Own,
                group: files::Owner::Own,
            };
            let listener = Listener::open(&Endpoint::UnixDatagram(path.clone()), &access).unwrap();
            Server {
                folder,
                path,
                listener,
            }
        }

        fn client(&self, name: &str) -> UnixDatagram {
            let socket = UnixDatagram::bind(self.folder.join(name)).unwrap();
            socket.set_nonblocking(true).unwrap();
            socket
        }

        /// Answers what `client` asks.
        fn serve(&self, client: &UnixDatagram) {
            client.send_to(b"question", &self.path).unwrap();
            self.serve_next();
        }

        fn serve_next(&self) {
            let (_, sender) = self.listener.receive(&mut [0; 64]).unwrap();
            self.listener.reply(&sender, &ANSWER);
        }

        /// Clients that ask and read no answers, more than the socket has room for.
        fn silent_clients(&self) -> Vec<UnixDatagram> {
            let silent = (0..100).map(|number| self.client(&number.to_string()));
            silent.inspect(|client| self.serve(client)).collect()
        }
    }

    impl Drop for Server {
        fn drop(&mut self) {
            std::fs::remove_dir_all(&self.folder).unwrap();
        }
    }

    const ANSWER: [u8; 16_384] = [0; 16_384];

    #[test]
    fn who_reads_is_answered_however_many_others_do_not() {
        let server = Server::open("datagrams");
        let _silent = server.silent_clients();
        let reader = server.client("reader");
        server.serve(&reader);
        assert_eq!(reader.recv(&mut [0; 20_000]).unwrap(), ANSWER.len());
    }

    #[test]
    fn who_has_connected_is_answered_once_those_who_do_not_read_are_gone() {
        let server = Server::open("connected");
        let silent = server.silent_clients();
        let reader = server.client("reader");
        reader.connect(&server.path).unwrap();
        let ask = || {
            reader.send(b"question").unwrap();
            server.serve_next();
            reader.recv(&mut [0; 20_000])
        };
        assert_eq!(ask().unwrap_err().kind(), io::ErrorKind::WouldBlock);
        drop(silent);
        assert_eq!(ask().unwrap(), ANSWER.len());
    }
}
