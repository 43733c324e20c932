//! Runs a spec against a real Kamailio, over loopback and in real time.

use crate::pattern::missing;
use crate::run::wire_form;
use crate::spec::{Role, Spec};
use std::collections::BTreeMap;
use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How long an expected message may take.
const PATIENCE: Duration = Duration::from_secs(2);

/// What a run of a spec against the peer came to.
pub struct Verdict {
    /// Lines about what differed.
    pub differences: Vec<String>,
    /// How many blocks could not be asked of it: RPC, diagnostics and ladders are ours.
    pub skipped: usize,
}

/// Somebody who talks to the server.
struct Person {
    socket: UdpSocket,
    address: SocketAddr,
}

/// A running peer; ended when dropped.
struct Peer {
    child: Child,
    address: SocketAddr,
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Plays the story of a spec with the peer's binary in the server's place. Files go to `directory`.
pub fn compare(spec: &Spec, binary: &Path, directory: &Path) -> io::Result<Verdict> {
    let mut verdict = Verdict {
        differences: Vec::new(),
        skipped: 0,
    };
    let mut peer: Option<Peer> = None;
    let mut people: BTreeMap<String, Person> = BTreeMap::new();
    for block in &spec.blocks {
        match &block.role {
            Role::Configuration => {
                drop(peer.take());
                people.clear();
                peer = Some(start(&block.text, &mut people, binary, directory)?);
            }
            Role::In(name) => {
                let Some(peer) = &peer else { continue };
                let text = fill(&block.text, &mut people, peer.address)?;
                let person = person(&mut people, name)?;
                person
                    .socket
                    .send_to(wire_form(&text).as_bytes(), peer.address)?;
            }
            Role::Out(name) => {
                let Some(peer) = &peer else { continue };
                let expected = fill(&block.text, &mut people, peer.address)?;
                let person = person(&mut people, name)?;
                let mut buffer = [0u8; 65_535];
                match person.socket.recv(&mut buffer) {
                    Ok(length) => {
                        let bytes = buffer.get(..length).unwrap_or_default();
                        let message = String::from_utf8_lossy(bytes);
                        if let Some(line) = missing(&expected, &message) {
                            verdict.differences.push(format!(
                                "line {}: `{line}` is not in\n{message}",
                                block.line
                            ));
                        }
                    }
                    Err(_) => verdict
                        .differences
                        .push(format!("line {}: nothing came", block.line)),
                }
            }
            Role::After(time) => pause(*time),
            Role::Quiet | Role::Log | Role::Rpc(_) | Role::Diagnostics | Role::Ladder => {
                verdict.skipped += 1;
            }
        }
    }
    Ok(verdict)
}

/// Real time passes; the peer has no other.
fn pause(time: Duration) {
    let end = Instant::now() + time;
    while Instant::now() < end {
        std::thread::park_timeout(end.saturating_duration_since(Instant::now()));
    }
}

fn person<'a>(people: &'a mut BTreeMap<String, Person>, name: &str) -> io::Result<&'a mut Person> {
    if !people.contains_key(name) {
        let socket = UdpSocket::bind("127.0.0.1:0")?;
        socket.set_read_timeout(Some(PATIENCE))?;
        let address = socket.local_addr()?;
        people.insert(name.to_owned(), Person { socket, address });
    }
    people
        .get_mut(name)
        .ok_or_else(|| io::Error::other("nobody"))
}

/// Replaces `{server}` and `{name}` by addresses.
fn fill(
    text: &str,
    people: &mut BTreeMap<String, Person>,
    server: SocketAddr,
) -> io::Result<String> {
    let mut out = text.replace("{server}", &server.to_string());
    while let Some(start) = out.find('{') {
        let rest = out.get(start + 1..).unwrap_or("");
        let Some(end) = rest.find('}') else { break };
        let name = rest.get(..end).unwrap_or("").to_owned();
        if name.is_empty() || !name.chars().all(|c| c.is_ascii_lowercase()) {
            break;
        }
        let address = person(people, &name)?.address.to_string();
        out = out.replace(&format!("{{{name}}}"), &address);
    }
    Ok(out)
}

fn start(
    configuration: &str,
    people: &mut BTreeMap<String, Person>,
    binary: &Path,
    directory: &Path,
) -> io::Result<Peer> {
    let free = UdpSocket::bind("127.0.0.1:0")?.local_addr()?;
    let text = fill(configuration, people, free)?;
    let path = directory.join("spec.cfg");
    let listen = if text.contains("listen=") {
        String::new()
    } else {
        format!("listen=udp:{free}\n")
    };
    std::fs::write(
        &path,
        format!("children=2\nlog_stderror=yes\n{listen}{text}"),
    )?;
    let child = Command::new(binary)
        .arg("-f")
        .arg(&path)
        .args(["-DD", "-E", "-m", "64", "-M", "8", "-w"])
        .arg(directory)
        .arg("-Y")
        .arg(directory)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    let peer = Peer {
        child,
        address: free,
    };
    await_answer(&peer)?;
    Ok(peer)
}

/// Waits until the peer has taken its port.
fn await_answer(peer: &Peer) -> io::Result<()> {
    let end = Instant::now() + PATIENCE * 4;
    while Instant::now() < end {
        if UdpSocket::bind(peer.address).is_err() {
            pause(Duration::from_millis(200));
            return Ok(());
        }
        pause(Duration::from_millis(50));
    }
    Err(io::Error::other("the peer does not start"))
}
