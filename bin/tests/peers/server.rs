//! A server process with a folder, a port and a database of its own.

use std::net::UdpSocket;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// How long anything may take on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(40);

/// The password of every user of the database.
pub const PASSWORD: &str = "s3cret";

/// A running server; stopped and its folder removed in the end.
pub struct Server {
    process: Child,
    /// Its folder.
    pub folder: PathBuf,
    /// Where it listens, on 127.0.0.1, UDP and TCP.
    pub port: u16,
}

impl Server {
    /// Runs a configuration file with switches (`-A`), over a database that knows alice and bob.
    pub fn with_file(file: &Path, switches: &[&str]) -> Server {
        Server::start(switches, |command, folder| {
            let url = format!("sqlite:///{}", folder.join("kahea.sqlite").display());
            command.arg("-f").arg(file);
            command.arg("--loadmodule=db_sqlite.so");
            command.arg("-A").arg(format!("DBURL=\"{url}\""));
        })
    }

    /// Runs the built-in configuration, whose database knows alice and bob.
    pub fn built_in() -> Server {
        Server::start(&[], |_, _| {})
    }

    fn start(switches: &[&str], arguments: impl FnOnce(&mut Command, &Path)) -> Server {
        let folder = new_folder();
        let port = free_port();
        prepare_database(&folder);
        let mut command = program();
        arguments(&mut command, &folder);
        for switch in switches {
            command.args(["-A", switch]);
        }
        for transport in ["udp", "tcp"] {
            command.args(["-l", &format!("{transport}:127.0.0.1:{port}")]);
        }
        let log = std::fs::File::create(folder.join("log")).unwrap();
        let process = command
            .args(["-DD", "-E", "-a", "no", "-Y"])
            .arg(&folder)
            .env("STATE_DIRECTORY", &folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        let mut server = Server {
            process,
            folder,
            port,
        };
        server.wait_until_it_answers();
        server
    }

    /// What it has logged.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.join("log")).unwrap_or_default()
    }

    /// Asks until there is an answer, or fails with the log.
    fn wait_until_it_answers(&mut self) {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.connect(("127.0.0.1", self.port)).unwrap();
        let pause = Duration::from_millis(100);
        socket.set_read_timeout(Some(pause)).unwrap();
        let own = socket.local_addr().unwrap();
        let request = format!(
            "OPTIONS sip:127.0.0.1:{} SIP/2.0\r\nVia: SIP/2.0/UDP {own};branch=z9hG4bKready\r\nMax-Forwards: 0\r\n\
             From: <sip:ready@127.0.0.1>;tag=1\r\nTo: <sip:ready@127.0.0.1>\r\nCall-ID: ready\r\nCSeq: 1 OPTIONS\r\n\
             Content-Length: 0\r\n\r\n",
            self.port
        );
        let began = Instant::now();
        let mut answer = [0; 2048];
        loop {
            let late = began.elapsed() > PATIENCE;
            assert!(!late, "the server does not answer\n{}", self.log());
            let ended = self.process.try_wait().unwrap();
            assert!(ended.is_none(), "{ended:?}\n{}", self.log());
            // Before the server listens, the kernel refuses: at once, so that this must pause by itself.
            if socket.send(request.as_bytes()).is_ok() && socket.recv(&mut answer).is_ok() {
                return;
            }
            std::thread::park_timeout(pause / 4);
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// The program under test.
pub fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_kahea"))
}

/// A port that nobody used a moment ago, for UDP and for TCP.
pub fn free_port() -> u16 {
    loop {
        let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
        let port = udp.local_addr().unwrap().port();
        if std::net::TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

fn new_folder() -> PathBuf {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let folder = std::env::temp_dir().join(format!("kahea-peers-{}-{number}", std::process::id()));
    std::fs::create_dir(&folder).unwrap();
    folder
}

fn prepare_database(folder: &Path) {
    let url = format!("sqlite:///{}", folder.join("kahea.sqlite").display());
    let succeed = |arguments: &[&str]| {
        let output = program().args(arguments).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {output:?}");
    };
    succeed(&["db", "init", &url]);
    for user in ["alice@127.0.0.1", "bob@127.0.0.1"] {
        succeed(&["user", "add", user, PASSWORD, "--db", &url]);
    }
}
