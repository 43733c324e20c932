//! Registrations in a database outlive the server as `db_mode` promises.
#![allow(clippy::unwrap_used, reason = "a test ends where something fails")]

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::net::{SocketAddr, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(20);

/// A folder with a configuration and a database, gone in the end.
struct Bench {
    folder: PathBuf,
    server: SocketAddr,
    phone: UdpSocket,
}

/// A server over the files of a bench.
struct Server(Child);

impl Bench {
    fn new(mode: u8) -> Bench {
        let name = format!("kahea-registrations-{}-{mode}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir(&folder).unwrap();
        let free = UdpSocket::bind("127.0.0.1:0").unwrap();
        let server = free.local_addr().unwrap();
        let phone = UdpSocket::bind("127.0.0.1:0").unwrap();
        phone.connect(server).unwrap();
        let pause = Duration::from_millis(50);
        phone.set_read_timeout(Some(pause)).unwrap();
        let url = format!("sqlite://{}", folder.join("rows.sqlite").display());
        let made = kahea().args(["db", "init", &url]).output().unwrap();
        assert!(made.status.success(), "{made:?}");
        let text = format!(
            "listen=udp:{server}\ndisable_tcp=yes\nloadmodule \"sl\"\nloadmodule \"db_sqlite\"\nloadmodule \"usrloc\"\n\
             loadmodule \"registrar\"\nmodparam(\"usrloc\", \"db_mode\", {mode})\nmodparam(\"usrloc\", \"db_url\", \"{url}\")\n\
             request_route {{ save(\"location\"); }}\n"
        );
        std::fs::write(folder.join("k.cfg"), text).unwrap();
        Bench {
            folder,
            server,
            phone,
        }
    }

    fn start(&self) -> Server {
        let server = Server::start(&self.folder);
        let began = Instant::now();
        while !self.answer("", 1).contains("200 OK") {
            assert!(began.elapsed() < PATIENCE, "not started");
        }
        server
    }

    /// What a REGISTER with these header lines is answered with; nothing if it is not.
    fn answer(&self, lines: &str, cseq: u32) -> String {
        let (own, server) = (self.phone.local_addr().unwrap(), self.server);
        let request = format!(
            "REGISTER sip:{server} SIP/2.0\r\nVia: SIP/2.0/UDP {own};branch=z9hG4bK{cseq}\r\n\
             From: <sip:bob@example.org>;tag=1\r\nTo: <sip:bob@example.org>\r\nCall-ID: bob\r\n\
             CSeq: {cseq} REGISTER\r\n{lines}Content-Length: 0\r\n\r\n"
        );
        let mut answer = [0; 4096];
        // Before the server listens, the kernel refuses: at once, so that this must pause by itself.
        match self
            .phone
            .send(request.as_bytes())
            .and_then(|_| self.phone.recv(&mut answer))
        {
            Ok(length) => String::from_utf8_lossy(&answer[..length]).into_owned(),
            Err(_) => {
                std::thread::park_timeout(Duration::from_millis(10));
                String::new()
            }
        }
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

impl Server {
    fn start(folder: &Path) -> Server {
        let log = std::fs::File::create(folder.join("log")).unwrap();
        let mut command = kahea();
        command.args(["-DD", "-E", "-f"]).arg(folder.join("k.cfg"));
        command.arg("-Y").arg(folder).stdin(Stdio::null());
        Server(command.stdout(Stdio::null()).stderr(log).spawn().unwrap())
    }

    fn end(mut self, signal: Signal) {
        let pid = i32::try_from(self.0.id()).unwrap();
        kill(Pid::from_raw(pid), signal).unwrap();
        self.0.wait().unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn kahea() -> Command {
    Command::new(env!("CARGO_BIN_EXE_kahea"))
}

/// Whether the next server knows what one has confirmed before it ended by a signal.
fn outlives(mode: u8, signal: Signal) -> bool {
    let bench = Bench::new(mode);
    let server = bench.start();
    let confirmed = bench.answer("Contact: <sip:b@192.0.2.1>;expires=600\r\n", 2);
    assert!(confirmed.contains("200 OK"), "{confirmed}");
    server.end(signal);
    let _next = bench.start();
    bench.answer("", 3).contains("sip:b@192.0.2.1")
}

#[test]
fn what_is_written_at_once_outlives_a_sudden_end() {
    assert!(outlives(1, Signal::SIGKILL));
    assert!(outlives(3, Signal::SIGKILL));
}

#[test]
fn what_is_written_from_time_to_time_outlives_a_stop() {
    assert!(outlives(2, Signal::SIGTERM));
}

#[test]
fn what_is_never_written_ends_with_the_server() {
    assert!(!outlives(0, Signal::SIGTERM));
    assert!(!outlives(4, Signal::SIGTERM));
}
