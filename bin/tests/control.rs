//! Control sockets under strain: commands that take their time, and peers that only take up room.
#![expect(clippy::unwrap_used, reason = "a test ends where something fails")]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream, UdpSocket};
use std::os::unix::net::UnixStream;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::park_timeout;
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(20);

/// A server with a control socket, ended and its folder removed when dropped.
struct Server {
    child: Child,
    folder: std::path::PathBuf,
    /// The socket of `jsonrpcs`.
    control: SocketAddr,
    /// A socket of `ctl`, beside a Unix socket in the folder.
    binrpc: SocketAddr,
}

impl Server {
    fn start() -> Server {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("kahea-control-{}-{number}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir(&folder).unwrap();
        let [sip, control, binrpc] =
            [(); 3].map(|()| SocketAddr::from(([127, 0, 0, 1], testkit::free_port().unwrap())));
        let text = format!(
            "listen=udp:{sip}\ndisable_tcp=yes\nloadmodule \"tm\"\nloadmodule \"corex\"\n\
             loadmodule \"jsonrpcs\"\nmodparam(\"jsonrpcs\", \"transport\", 8)\n\
             modparam(\"jsonrpcs\", \"tcp_socket\", \"tcp:{control}\")\n\
             loadmodule \"counters\"\nloadmodule \"ctl\"\nmodparam(\"ctl\", \"binrpc\", \"tcp:{binrpc}\")\n\
             modparam(\"ctl\", \"binrpc\", \"unix:control\")\n\
             modparam(\"tm\", \"fr_timer\", 2000)\nrequest_route {{ exit; }}\n"
        );
        std::fs::write(folder.join("k.cfg"), text).unwrap();
        let child = Command::new(env!("CARGO_BIN_EXE_kahea"))
            .args(["-DD", "-f"])
            .arg(folder.join("k.cfg"))
            .arg("-Y")
            .arg(&folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        Server {
            child,
            folder,
            control,
            binrpc,
        }
    }

    fn connect(&self, place: SocketAddr) -> TcpStream {
        let began = Instant::now();
        loop {
            if let Ok(stream) = TcpStream::connect(place) {
                stream.set_read_timeout(Some(PATIENCE)).unwrap();
                return stream;
            }
            assert!(began.elapsed() < PATIENCE, "not started");
            park_timeout(Duration::from_millis(10));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn answer(stream: &mut TcpStream) -> String {
    let mut buffer = vec![0; 4096];
    let length = stream.read(&mut buffer).unwrap();
    String::from_utf8_lossy(&buffer[..length]).into_owned()
}

fn uptime(stream: &mut TcpStream, id: u32) -> String {
    write!(
        stream,
        r#"{{"jsonrpc":"2.0","method":"core.uptime","id":{id}}}"#
    )
    .unwrap();
    answer(stream)
}

#[test]
fn while_one_command_waits_others_are_answered_over_the_same_and_another_connection() {
    let server = Server::start();
    let connect = || server.connect(server.control);
    let (mut first, mut second) = (connect(), connect());
    let silent = UdpSocket::bind("127.0.0.1:0").unwrap();
    silent.set_read_timeout(Some(PATIENCE)).unwrap();
    let callee = silent.local_addr().unwrap();
    let fields = r"From: <sip:a@example.org>\r\nTo: <sip:b@example.org>\r\n";
    write!(
        first,
        r#"{{"jsonrpc":"2.0","method":"tm.t_uac_wait","params":["OPTIONS","sip:b@{callee}",".",".","{fields}"],"id":1}}"#
    )
    .unwrap();
    let mut request = [0; 2048];
    let length = silent.recv(&mut request).unwrap();
    assert!(request[..length].starts_with(b"OPTIONS sip:b@"));
    assert!(uptime(&mut second, 2).contains("\"id\":\t2"));
    // Not the answer to the first command, which nobody can give yet.
    assert!(uptime(&mut first, 3).contains("\"id\":\t3"));
    let last = answer(&mut first);
    assert!(
        last.contains("408") && last.contains("\"id\":\t1"),
        "{last}"
    );
}

/// A binrpc request for `core.uptime`, with the cookie 1.
const UPTIME: &[u8] = b"\xA1\x00\x0E\x01\x91\x0Ccore.uptime\x00";

/// Whether the command is answered; else the connection was closed.
fn is_served(mut stream: impl Read + Write) -> bool {
    let mut answer = [0; 4096];
    let asked = stream.write_all(UPTIME);
    asked.is_ok() && matches!(stream.read(&mut answer), Ok(length) if length > 0)
}

#[test]
fn connections_that_fill_one_socket_leave_the_others_usable() {
    let server = Server::start();
    let mut open: Vec<_> = (0..64).map(|_| server.connect(server.binrpc)).collect();
    for stream in &mut open {
        stream.write_all(&UPTIME[..1]).unwrap();
    }
    assert!(!is_served(server.connect(server.binrpc)));
    assert!(is_served(
        UnixStream::connect(server.folder.join("control")).unwrap()
    ));
    let mut rpc = server.connect(server.control);
    let refused =
        r#"{"jsonrpc":"2.0","method":"cnt.get","params":["ctl","refused_connections"],"id":1}"#;
    rpc.write_all(refused.as_bytes()).unwrap();
    let figure = answer(&mut rpc);
    assert!(figure.contains("\"result\":\t1"), "{figure}");
    drop(open);
    let began = Instant::now();
    while !is_served(server.connect(server.binrpc)) {
        assert!(began.elapsed() < PATIENCE, "there is no room again");
    }
}

#[test]
fn an_answer_goes_into_a_file_where_that_is_asked_for() {
    let server = Server::start();
    let mut stream = server.connect(server.control);
    let place = server.folder.join("answer.json");
    let path = place.display();
    let ask = |path: &str| {
        format!(
            r#"{{"jsonrpc":"2.0","method":"core.echo","params":["hello"],"store_path":"{path}","id":7}}"#
        )
    };
    write!(stream, "{}", ask(&path.to_string())).unwrap();
    let told = answer(&mut stream);
    assert!(told.contains(&format!("\"stored\":\t\"{path}\"")), "{told}");
    let stored = std::fs::read_to_string(&place).unwrap();
    assert!(
        stored.contains("hello") && stored.contains("\"id\":\t7"),
        "{stored}"
    );
    write!(stream, "{}", ask("/nowhere/at/all")).unwrap();
    let told = answer(&mut stream);
    assert!(told.contains("the answer is not stored"), "{told}");
}
