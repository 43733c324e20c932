//! A server process with a folder, a port and a database of its own.

use std::ffi::OsString;
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
    arguments: Vec<OsString>,
    /// Its folder.
    pub folder: PathBuf,
    /// Where it listens, on 127.0.0.1, UDP and TCP.
    pub port: u16,
}

impl Server {
    /// Runs a configuration file with switches (`-A`), over a database that knows alice and bob.
    pub fn with_file(file: &Path, switches: &[&str]) -> Server {
        Server::start(switches, |arguments, folder| {
            let url = format!("sqlite:///{}", folder.join("kahea.sqlite").display());
            arguments.extend(["-f".into(), file.into()]);
            arguments.push("--loadmodule=db_sqlite.so".into());
            arguments.extend(["-A".into(), format!("DBURL=\"{url}\"").into()]);
        })
    }

    /// Runs a configuration that is no file yet, over a database that knows alice and bob.
    pub fn with_text(text: &str) -> Server {
        Server::start(&[], |arguments, folder| {
            let url = format!("sqlite:///{}", folder.join("kahea.sqlite").display());
            let file = folder.join("k.cfg");
            std::fs::write(&file, text).unwrap();
            arguments.extend(["-f".into(), file.into()]);
            arguments.extend(["-A".into(), format!("DBURL=\"{url}\"").into()]);
        })
    }

    /// Runs the built-in configuration, whose database knows alice and bob.
    pub fn built_in() -> Server {
        Server::start(&[], |arguments, _| arguments.push("--built-in".into()))
    }

    fn start(switches: &[&str], given: impl FnOnce(&mut Vec<OsString>, &Path)) -> Server {
        let folder = new_folder();
        let port = testkit::free_port().unwrap();
        prepare_database(&folder);
        let mut arguments = Vec::new();
        given(&mut arguments, &folder);
        for switch in switches {
            arguments.extend(["-A".into(), OsString::from(switch)]);
        }
        for transport in ["udp", "tcp"] {
            arguments.extend(["-l".into(), format!("{transport}:127.0.0.1:{port}").into()]);
        }
        let mut server = Server {
            process: spawn(&arguments, &folder),
            arguments,
            folder,
            port,
        };
        server.wait_until_it_answers();
        server
    }

    /// Ends it without a warning and starts it again; its log goes on.
    pub fn dies_and_comes_back(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
        self.process = spawn(&self.arguments, &self.folder);
        self.wait_until_it_answers();
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

fn spawn(arguments: &[OsString], folder: &Path) -> Child {
    let log = std::fs::File::options()
        .create(true)
        .append(true)
        .open(folder.join("log"));
    program()
        .args(arguments)
        .args(["-DD", "-E", "-a", "no", "-Y"])
        .arg(folder)
        .env("STATE_DIRECTORY", folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log.unwrap())
        .spawn()
        .unwrap()
}

/// The program under test.
pub fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_kahea"))
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
