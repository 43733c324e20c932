//! The program with a folder, a port and a phone.

use std::net::{SocketAddr, UdpSocket};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// How long anything may take on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// A folder, gone in the end, a port to listen on, and who talks to it.
pub struct Bench {
    /// The folder.
    pub folder: PathBuf,
    /// Where the server listens, over UDP.
    pub server: SocketAddr,
    phone: UdpSocket,
    sent: AtomicU32,
}

/// A running program; ended when dropped.
pub struct Server(pub Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// The program under test.
pub fn kahea() -> Command {
    Command::new(env!("CARGO_BIN_EXE_kahea"))
}

impl Bench {
    /// A new folder and a port that nobody used a moment ago.
    pub fn new() -> Bench {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("kahea-bench-{}-{number}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir(&folder).unwrap();
        let server = SocketAddr::from(([127, 0, 0, 1], testkit::free_port().unwrap()));
        let phone = UdpSocket::bind("127.0.0.1:0").unwrap();
        phone.connect(server).unwrap();
        Bench {
            folder,
            server,
            phone,
            sent: AtomicU32::new(0),
        }
    }

    /// Starts the program with a configuration, which must answer an OPTIONS to `ready`.
    pub fn start(&self, configuration: &str) -> Server {
        let text = format!(
            "listen=udp:{}\ndisable_tcp=yes\n{configuration}",
            self.server
        );
        std::fs::write(self.folder.join("k.cfg"), text).unwrap();
        let log = std::fs::File::create(self.folder.join("log")).unwrap();
        let mut command = kahea();
        command
            .args(["-DD", "-E", "-f"])
            .arg(self.folder.join("k.cfg"));
        command.arg("-Y").arg(&self.folder).stdin(Stdio::null());
        let mut server = Server(command.stdout(Stdio::null()).stderr(log).spawn().unwrap());
        let began = Instant::now();
        while self
            .asks("OPTIONS", "ready", "", Duration::from_millis(50))
            .is_none()
        {
            let ended = server.0.try_wait().unwrap();
            let is_hopeless = ended.is_some() || began.elapsed() > PATIENCE;
            assert!(!is_hopeless, "not started: {}", self.log());
            // Before the server listens, the kernel refuses: at once, so that this must pause by itself.
            std::thread::park_timeout(Duration::from_millis(5));
        }
        server
    }

    /// What the program has logged.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.join("log")).unwrap_or_default()
    }

    /// Sends a request about a user, with these header lines; what its response is if there is one in time. Late ones to
    /// requests before it do not count.
    pub fn asks(&self, method: &str, user: &str, lines: &str, time: Duration) -> Option<String> {
        let number = self.sends(method, user, lines);
        let own = format!("\r\nCSeq: {number} {method}\r\n");
        loop {
            let response = self.hears(time)?;
            if response.contains(&own) {
                return Some(response);
            }
        }
    }

    /// Sends a request about a user, with these header lines. The number is that of its CSeq.
    pub fn sends(&self, method: &str, user: &str, lines: &str) -> u32 {
        let (own, server) = (self.phone.local_addr().unwrap(), self.server);
        let number = self.sent.fetch_add(1, Ordering::Relaxed) + 1;
        let request = format!(
            "{method} sip:{user}@{server} SIP/2.0\r\nVia: SIP/2.0/UDP {own};branch=z9hG4bK{number}\r\n\
             From: <sip:{user}@example.org>;tag=1\r\nTo: <sip:{user}@example.org>\r\nCall-ID: {method}-{user}\r\n\
             CSeq: {number} {method}\r\nMax-Forwards: 10\r\n{lines}Content-Length: 0\r\n\r\n"
        );
        // Refused before the server listens.
        let _ = self.phone.send(request.as_bytes());
        number
    }

    /// What comes next, if it comes in time; provisional responses do not count.
    pub fn hears(&self, time: Duration) -> Option<String> {
        self.phone.set_read_timeout(Some(time)).unwrap();
        let mut octets = [0; 65_535];
        loop {
            let length = self.phone.recv(&mut octets).ok()?;
            let text = String::from_utf8_lossy(&octets[..length]).into_owned();
            if !text.starts_with("SIP/2.0 1") {
                return Some(text);
            }
        }
    }
}
