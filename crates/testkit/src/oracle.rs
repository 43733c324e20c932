//! Runs a spec against a real Kamailio, over loopback and in real time.

use crate::pattern::{fits, missing};
use crate::places;
use crate::run::wire_form;
use crate::spec::{Role, Spec};
use std::collections::BTreeMap;
use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Where the server is in the pages.
const OURS: &str = "127.0.0.1:5060";

/// How long an expected message may take.
const PATIENCE: Duration = Duration::from_secs(2);

/// How long nothing has to come for it to be quiet.
const QUIET: Duration = Duration::from_millis(200);

/// What a run of a spec against the peer came to.
pub struct Verdict {
    /// Lines about what differed.
    pub differences: Vec<String>,
    /// How many blocks could not be asked of it: RPC, diagnostics and ladders are ours, and what says so.
    pub skipped: usize,
}

/// Somebody who talks to the server.
struct Person {
    socket: UdpSocket,
    address: SocketAddr,
    /// The Via lines of the last request sent to it.
    vias: String,
}

/// A running peer; ended when dropped, with all its processes.
struct Peer {
    child: Child,
    address: SocketAddr,
    log: PathBuf,
    /// How many bytes of the log were looked at.
    log_read: usize,
}

impl Drop for Peer {
    fn drop(&mut self) {
        // It leads a group of its own, whose members it ends itself when it is told in time.
        self.signal("-TERM");
        let end = Instant::now() + PATIENCE;
        while Instant::now() < end && matches!(self.child.try_wait(), Ok(None)) {
            pause(Duration::from_millis(20));
        }
        self.signal("-KILL");
        let _ = self.child.wait();
    }
}

impl Peer {
    fn signal(&self, signal: &str) {
        let group = format!("-{}", self.child.id());
        let _ = Command::new("kill")
            .args([signal, "--", &group])
            .stderr(Stdio::null())
            .status();
    }

    /// The first of the wanted lines that does not appear in the log, in their order, since the last look.
    fn missing_in_log(&mut self, wanted: &str) -> Option<String> {
        let end = Instant::now() + PATIENCE;
        loop {
            let text = std::fs::read(&self.log).unwrap_or_default();
            let text = String::from_utf8_lossy(&text);
            let mut at = self.log_read;
            let missing = wanted
                .lines()
                .filter(|line| !line.trim().is_empty())
                .find(|line| {
                    let pattern = format!("*{}*", line.trim());
                    let mut start = at;
                    for found in text.get(at..).unwrap_or("").split_inclusive('\n') {
                        start += found.len();
                        if fits(&pattern, found.trim_end()) {
                            at = start;
                            return false;
                        }
                    }
                    true
                });
            match missing {
                None => {
                    self.log_read = at;
                    return None;
                }
                Some(line) if Instant::now() > end => return Some(line.to_owned()),
                Some(_) => pause(Duration::from_millis(50)),
            }
        }
    }
}

/// Plays the story of a spec with the peer's binary in the server's place. Files go to `directory`.
pub fn compare(spec: &Spec, binary: &Path, directory: &Path) -> io::Result<Verdict> {
    let ours = spec.blocks.iter().filter(|block| !block.is_for_them());
    let mut verdict = Verdict {
        differences: Vec::new(),
        skipped: ours.count(),
    };
    let mut peer: Option<Peer> = None;
    let mut people: BTreeMap<String, Person> = BTreeMap::new();
    for block in spec.blocks.iter().filter(|block| block.is_for_them()) {
        match &block.role {
            Role::Configuration => {
                drop(peer.take());
                people.clear();
                peer = Some(start(&block.text, &mut people, binary, directory)?);
            }
            Role::In(name) => {
                let Some(peer) = &peer else { continue };
                let vias = person(&mut people, name)?.vias.clone();
                let text = block.text.replace("Via: {vias}", &vias);
                let text = fill(&text, &mut people, peer.address)?;
                let person = person(&mut people, name)?;
                person
                    .socket
                    .send_to(wire_form(&text).as_bytes(), peer.address)?;
            }
            Role::Out(name) => {
                let Some(peer) = &peer else { continue };
                let own = peer.address.to_string();
                let expected = block.text.replace(OURS, &own);
                let expected = fill(&expected, &mut people, peer.address)?;
                let person = person(&mut people, name)?;
                let mut buffer = [0u8; 65_535];
                match person.socket.recv(&mut buffer) {
                    Ok(length) => {
                        let bytes = buffer.get(..length).unwrap_or_default();
                        let message = String::from_utf8_lossy(bytes);
                        if !message.starts_with("SIP/") {
                            person.vias = vias_of(&message);
                        }
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
            Role::Log => {
                let Some(peer) = &mut peer else { continue };
                if let Some(line) = peer.missing_in_log(&block.text) {
                    verdict
                        .differences
                        .push(format!("line {}: `{line}` is not in its log", block.line));
                }
            }
            Role::Quiet => {
                for (name, person) in &people {
                    if let Some(message) = person.unexpected() {
                        verdict
                            .differences
                            .push(format!("line {}: {name} was sent\n{message}", block.line));
                    }
                }
            }
            Role::Rpc(_) | Role::Diagnostics | Role::Ladder => {
                verdict.skipped += 1;
            }
        }
    }
    Ok(verdict)
}

impl Person {
    /// A message that has come and that nothing has told of.
    fn unexpected(&self) -> Option<String> {
        let mut buffer = [0u8; 65_535];
        self.socket.set_read_timeout(Some(QUIET)).ok()?;
        let received = self.socket.recv(&mut buffer).ok();
        self.socket.set_read_timeout(Some(PATIENCE)).ok()?;
        let bytes = buffer.get(..received?)?;
        Some(String::from_utf8_lossy(bytes).into_owned())
    }
}

/// The Via lines of a message, as they are put into a response to it.
pub(crate) fn vias_of(message: &str) -> String {
    let vias = message.lines().filter(|line| line.starts_with("Via:"));
    vias.collect::<Vec<_>>().join("\n")
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
        people.insert(
            name.to_owned(),
            Person {
                socket,
                address,
                vias: String::new(),
            },
        );
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
    places::fill(text, |name| match name {
        "server" => Ok(server.to_string()),
        name => Ok(person(people, name)?.address.to_string()),
    })
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
    // As here, notices are logged; a page that says otherwise comes later and wins.
    std::fs::write(
        &path,
        format!("children=2\nlog_stderror=yes\ndebug=2\n{listen}{text}"),
    )?;
    let log = directory.join("spec.log");
    let child = Command::new(binary)
        .arg("-f")
        .arg(&path)
        .args(["-DD", "-E", "-m", "64", "-M", "8", "-w"])
        .arg(directory)
        .arg("-Y")
        .arg(directory)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(std::fs::File::create(&log)?)
        .process_group(0)
        .spawn()?;
    let peer = Peer {
        child,
        address: free,
        log,
        log_read: 0,
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
    let log = std::fs::read(&peer.log).unwrap_or_default();
    let log = String::from_utf8_lossy(&log);
    let mistakes = log
        .lines()
        .filter(|line| line.contains("ERROR") || line.contains("CRITICAL"));
    let shown: Vec<&str> = mistakes.take(3).collect();
    Err(io::Error::other(format!(
        "the peer does not start\n{}",
        shown.join("\n")
    )))
}
