//! SIP by hand, over plain sockets: for peers that do what no well-behaved program does.

use crate::server::{PASSWORD, PATIENCE, Server};
use nix::sys::socket::{
    AddressFamily, SockFlag, SockType, SockaddrIn, bind, connect, setsockopt, socket, sockopt,
};
use nix::sys::time::{TimeVal, TimeValLike};
use sip::digest::{Answer, Challenge, Secret};
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::os::fd::AsRawFd;
use std::str::FromStr;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// Where something goes within the dialog or outside of any, and who is said to ask.
#[derive(Clone)]
pub struct Request<'a> {
    /// The method.
    pub method: &'a str,
    /// The Request-URI.
    pub uri: &'a str,
    /// User and host of From.
    pub from: &'a str,
    /// The To header field's value.
    pub to: &'a str,
    /// Header fields besides the necessary, each with its CRLF.
    pub more: &'a str,
}

impl Request<'_> {
    /// A request outside of any dialog.
    pub fn new<'a>(method: &'a str, uri: &'a str) -> Request<'a> {
        Request {
            method,
            uri,
            from: "stranger@127.0.0.1",
            to: "<sip:bob@127.0.0.1>",
            more: "",
        }
    }

    /// The request with the Via of a transport and an address; each is another transaction.
    pub fn text(&self, transport: &str, own: SocketAddr) -> String {
        static COUNT: AtomicU32 = AtomicU32::new(1);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let Request {
            method,
            uri,
            from,
            to,
            more,
        } = self;
        format!(
            "{method} {uri} SIP/2.0\r\nVia: SIP/2.0/{transport} {own};branch=z9hG4bKt{number}\r\nMax-Forwards: 70\r\n\
             From: <sip:{from}>;tag=f{number}\r\nTo: {to}\r\nCall-ID: t{number}\r\nCSeq: {number} {method}\r\n\
             {more}Content-Length: 0\r\n\r\n"
        )
    }
}

/// The status of a response.
pub fn status(message: &str) -> u16 {
    let words = message.strip_prefix("SIP/2.0 ").unwrap_or_default();
    words.get(..3).unwrap_or_default().parse().unwrap_or(0)
}

/// The value of a header field.
pub fn header<'a>(message: &'a str, name: &str) -> Option<&'a str> {
    message
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
}

/// The header field that answers a challenge.
pub fn credentials(challenged: &str, user: &str, password: &str, request: &Request<'_>) -> String {
    let (name, challenge) = match status(challenged) {
        401 => ("Authorization", "WWW-Authenticate"),
        _ => ("Proxy-Authorization", "Proxy-Authenticate"),
    };
    let challenge = header(challenged, challenge).unwrap_or_default();
    assert!(!challenge.is_empty(), "{challenged}");
    let answer = Answer {
        username: user.as_bytes(),
        secret: Secret::Password(password.as_bytes()),
        method: request.method.as_bytes(),
        uri: request.uri.as_bytes(),
        body: b"",
        cnonce: b"c",
        nonce_count: 1,
    };
    let mut value = Vec::new();
    let challenge = Challenge::parse(challenge.as_bytes()).unwrap();
    answer.write(&challenge, &mut value).unwrap();
    format!("{name}: {}\r\n", String::from_utf8(value).unwrap())
}

/// The response to a request.
pub fn response(request: &str, status: u16) -> String {
    let copied = ["Via:", "From:", "To:", "Call-ID:", "CSeq:", "Record-Route:"];
    let mut text = format!("SIP/2.0 {status} Said\r\n");
    for line in request.lines() {
        if copied.iter().any(|name| line.starts_with(name)) {
            text.push_str(line);
            text.push_str("\r\n");
        }
    }
    text + "Content-Length: 0\r\n\r\n"
}

/// A machine that stands still for a while interrupts what waits.
fn uninterrupted<T>(mut read: impl FnMut() -> std::io::Result<T>) -> std::io::Result<T> {
    loop {
        match read() {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            done => return done,
        }
    }
}

/// Somebody with a socket for datagrams.
pub struct Someone {
    socket: UdpSocket,
    /// The address of the socket.
    pub address: SocketAddr,
}

impl Someone {
    /// At a free port of an address of this machine.
    pub fn at(address: &str) -> Someone {
        let socket = UdpSocket::bind((address, 0)).unwrap();
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        let address = socket.local_addr().unwrap();
        Someone { socket, address }
    }

    /// Sends to the server.
    pub fn sends(&self, server: &Server, text: &str) {
        let to = ("127.0.0.1", server.port);
        self.socket.send_to(text.as_bytes(), to).unwrap();
    }

    /// The next message.
    pub fn receives(&self) -> String {
        let mut buffer = [0; 8192];
        let length = uninterrupted(|| self.socket.recv(&mut buffer)).unwrap();
        String::from_utf8_lossy(&buffer[..length]).into_owned()
    }

    /// The next message, if there is one soon.
    pub fn receives_soon(&self) -> Option<String> {
        let mut buffer = [0; 8192];
        let soon = Duration::from_millis(300);
        self.socket.set_read_timeout(Some(soon)).unwrap();
        let length = uninterrupted(|| self.socket.recv(&mut buffer)).ok();
        self.socket.set_read_timeout(Some(PATIENCE)).unwrap();
        length.map(|length| String::from_utf8_lossy(&buffer[..length]).into_owned())
    }

    /// Sends a request; answers with its final response.
    pub fn asks(&self, server: &Server, request: &Request<'_>) -> String {
        self.sends(server, &request.text("UDP", self.address));
        loop {
            let response = self.receives();
            if status(&response) >= 200 {
                return response;
            }
        }
    }

    /// Asks, and asks again with a password when challenged.
    pub fn asks_as(&self, server: &Server, user: &str, request: &Request<'_>) -> String {
        let challenged = self.asks(server, request);
        if !matches!(status(&challenged), 401 | 407) {
            return challenged;
        }
        let more = request.more.to_owned() + &credentials(&challenged, user, PASSWORD, request);
        let request = Request {
            more: &more,
            ..request.clone()
        };
        self.asks(server, &request)
    }

    /// Answers a challenge with a wrong password; the next challenge.
    pub fn guesses(
        &self,
        server: &Server,
        user: &str,
        request: &Request<'_>,
        challenged: &str,
    ) -> String {
        let more = credentials(challenged, user, "guessed", request);
        let request = Request {
            more: &more,
            ..request.clone()
        };
        let answer = self.asks(server, &request);
        assert_eq!(status(&answer), 401, "{answer}");
        answer
    }

    /// Asks as a user until there is this final response.
    pub fn asks_until(&self, server: &Server, user: &str, request: &Request<'_>, expected: u16) {
        let began = Instant::now();
        while status(&self.asks_as(server, user, request)) != expected {
            let late = began.elapsed() > PATIENCE;
            assert!(!late, "never {expected}\n{}", server.log());
            std::thread::park_timeout(Duration::from_millis(20));
        }
    }
}

/// A phone with a connection of its own.
pub struct Mobile {
    stream: TcpStream,
    /// Its end of the connection.
    pub address: SocketAddr,
}

impl Mobile {
    /// Connects to the server.
    pub fn connects(server: &Server) -> Mobile {
        Mobile::connects_from("127.0.0.1", server)
    }

    /// Connects to the server from an address of this machine.
    pub fn connects_from(address: &str, server: &Server) -> Mobile {
        let flags = SockFlag::SOCK_CLOEXEC;
        let socket = socket(AddressFamily::Inet, SockType::Stream, flags, None).unwrap();
        let own = SockaddrIn::from_str(&format!("{address}:0")).unwrap();
        bind(socket.as_raw_fd(), &own).unwrap();
        let server = SockaddrIn::new(127, 0, 0, 1, server.port);
        connect(socket.as_raw_fd(), &server).unwrap();
        let stream = TcpStream::from(socket);
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let address = stream.local_addr().unwrap();
        Mobile { stream, address }
    }

    /// Waits for the server to connect.
    pub fn accepted(listener: &TcpListener) -> Mobile {
        let patience = TimeVal::seconds(PATIENCE.as_secs() as i64);
        setsockopt(listener, sockopt::ReceiveTimeout, &patience).unwrap();
        let (stream, _) = uninterrupted(|| listener.accept()).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let address = stream.local_addr().unwrap();
        Mobile { stream, address }
    }

    /// Connects and registers a user, without a password.
    pub fn registers(server: &Server, user: &str) -> Mobile {
        let mobile = Mobile::connects(server);
        let own = mobile.address;
        mobile.registers_at(server, user, own)
    }

    /// Registers a user who is to be reached at an address, without a password.
    pub fn registers_at(mut self, server: &Server, user: &str, place: SocketAddr) -> Mobile {
        let (from, own) = (format!("{user}@127.0.0.1"), self.address);
        let to = format!("<sip:{from}>");
        let contact = format!("Contact: <sip:{user}@{place};transport=tcp>;expires=600\r\n");
        let request = Request {
            from: &from,
            to: &to,
            more: &contact,
            ..Request::new("REGISTER", "sip:127.0.0.1")
        };
        self.sends(&request.text("TCP", own));
        assert_eq!(status(&self.receives()), 200, "{}", server.log());
        self
    }

    /// Sends to the server.
    pub fn sends(&mut self, text: &str) {
        self.stream.write_all(text.as_bytes()).unwrap();
    }

    /// What comes next, which is a message as long as nobody sends two at a time.
    pub fn receives(&mut self) -> String {
        let mut buffer = [0; 8192];
        let length = uninterrupted(|| self.stream.read(&mut buffer)).unwrap();
        String::from_utf8_lossy(&buffer[..length]).into_owned()
    }

    /// Whether nothing has come.
    pub fn has_heard_nothing(&mut self) -> bool {
        self.stream.set_nonblocking(true).unwrap();
        let heard = self.stream.read(&mut [0; 1]);
        self.stream.set_nonblocking(false).unwrap();
        heard.is_err_and(|error| error.kind() == ErrorKind::WouldBlock)
    }

    /// Is gone without a goodbye: the connection is reset.
    pub fn vanishes(self) {
        let none = nix::libc::linger {
            l_onoff: 1,
            l_linger: 0,
        };
        setsockopt(&self.stream, sockopt::Linger, &none).unwrap();
    }

    /// Closes the connection.
    pub fn hangs_up(self) {}
}
