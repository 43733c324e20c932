//! Runs a spec against a real Kamailio, over loopback and in real time.

use crate::bench::SERVER;
use crate::pattern::fits;
use crate::people::People;
use crate::ports::free_port;
use crate::run::wire_form;
use crate::spec::{Block, Role, Spec};
use std::fmt::Write;
use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Where the server is in a page that is about the port 5060.
const AT_DEFAULT_PORT: &str = "127.0.0.1:5060";

const DEFAULT_PORT: u16 = 5060;

/// How long it has for a message that nothing is told of before the next one comes.
const TURN: Duration = Duration::from_millis(150);

/// How many lines of the peer's log are shown where they differ.
const SHOWN_LINES: usize = 40;

/// How long something expected may take.
pub(crate) const PATIENCE: Duration = Duration::from_secs(2);

/// What a run of a spec against the peer came to.
#[derive(Default)]
pub struct Verdict {
    /// Lines about what differed.
    pub differences: Vec<String>,
    /// How many blocks could not be asked of it: diagnostics and ladders are ours, and what says so.
    pub skipped: usize,
}

/// A running peer; ended when dropped, with all its processes.
struct Peer {
    child: Child,
    address: SocketAddr,
    /// Where it takes commands when it was told to.
    control: String,
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

    /// What it answers to a command, as `kamcmd` shows it.
    fn ask(&self, words: &[String]) -> io::Result<String> {
        let answer = Command::new("kamcmd")
            .args(["-s", &self.control])
            .args(words)
            .output()?;
        let errors = String::from_utf8_lossy(&answer.stderr);
        Ok(String::from_utf8_lossy(&answer.stdout).into_owned() + &errors)
    }

    /// What its log has behind the lines that were found, as much as one wants to see.
    fn unread_log(&self) -> String {
        let text = std::fs::read(&self.log).unwrap_or_default();
        let text = String::from_utf8_lossy(text.get(self.log_read..).unwrap_or_default());
        let lines = text.lines().filter(|line| !line.contains(" INFO: "));
        let lines: Vec<&str> = lines.take(SHOWN_LINES).collect();
        lines.join("\n")
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
///
/// # Errors
/// When a socket or a file of ours is refused.
pub fn compare(spec: &Spec, binary: &Path, directory: &Path) -> io::Result<Verdict> {
    let mut story = Story {
        binary,
        directory,
        peer: None,
        people: People::default(),
        may_be_repeated: false,
        is_just_told: false,
        verdict: Verdict::default(),
    };
    for (index, block) in spec.blocks.iter().enumerate() {
        if block.role == Role::Configuration {
            drop(story.peer.take());
        }
        if !block.is_for_them() {
            story.verdict.skipped += 1;
            continue;
        }
        if block.role == Role::Configuration {
            let rest = spec.blocks.get(index + 1..).unwrap_or_default();
            story.configure(block, rest)?;
        } else {
            story.play(block)?;
        }
    }
    Ok(story.verdict)
}

struct Story<'a> {
    binary: &'a Path,
    directory: &'a Path,
    /// None when the page's configuration is for us alone, or the peer refuses it.
    peer: Option<Peer>,
    people: People,
    /// Whether the page lets time pass, or somebody repeat itself: only then it can tell of the same message again.
    may_be_repeated: bool,
    /// Whether the last block was a message to the server.
    is_just_told: bool,
    verdict: Verdict,
}

impl Story<'_> {
    fn configure(&mut self, block: &Block, rest: &[Block]) -> io::Result<()> {
        self.people.forget_messages()?;
        self.may_be_repeated = false;
        let mut until_next = rest
            .iter()
            .take_while(|block| block.role != Role::Configuration);
        let asks_by_rpc = until_next.clone().any(|block| {
            let is_rpc = matches!(block.role, Role::Rpc(_));
            is_rpc && block.is_for_them()
        });
        let is_about_mistakes = until_next.any(|block| block.role == Role::Diagnostics);
        let start = Start {
            binary: self.binary,
            directory: self.directory,
            with_control: asks_by_rpc && !block.text.contains("ctl.so"),
        };
        match start.peer(&block.text, &mut self.people)? {
            Ok(peer) => self.peer = Some(peer),
            Err(_) if is_about_mistakes => {}
            Err(reason) => self.differs(block, &reason),
        }
        Ok(())
    }

    fn play(&mut self, block: &Block) -> io::Result<()> {
        let Some(peer) = &mut self.peer else {
            self.verdict.skipped += 1;
            return Ok(());
        };
        let address = peer.address;
        let is_told = matches!(block.role, Role::In(_));
        match &block.role {
            Role::In(name) => {
                if self.is_just_told {
                    // Another of its processes may take the next message before this one is dealt with.
                    pause(TURN);
                }
                self.people.go_on()?;
                let text = at(&block.text, address);
                let text = self.people.person(name)?.heard.put_into(&text);
                let text = self.people.fill(&text, address)?;
                let person = self.people.person(name)?;
                let text = wire_form(&person.heard.answer(&text));
                self.may_be_repeated = !person.said.insert(text.clone());
                person.socket.send_to(text.as_bytes(), address)?;
            }
            Role::Out(name) => {
                let expected = at(&block.text, address);
                let expected = self.people.person(name)?.heard.put_into(&expected);
                let expected = self.people.fill(&expected, address)?;
                let person = self.people.person(name)?;
                if let Some(reason) = person.expect(&expected, self.may_be_repeated)? {
                    self.differs(block, &reason);
                }
            }
            Role::After(time) => {
                self.people.pass(*time)?;
                self.may_be_repeated = true;
            }
            Role::Log => {
                let wanted = self.people.fill(&block.text, address)?;
                if let Some(line) = peer.missing_in_log(&wanted) {
                    let reason = format!("`{line}` is not in its log:\n{}", peer.unread_log());
                    self.differs(block, &reason);
                }
            }
            Role::Quiet => {
                for (name, message) in self.people.unexpected()? {
                    self.differs(block, &format!("{name} was sent\n{message}"));
                }
            }
            Role::Rpc(words) => {
                let words: io::Result<Vec<String>> = words
                    .iter()
                    .map(|word| self.people.fill(word, address))
                    .collect();
                let answer = peer.ask(&words?)?;
                if !is_answer(&answer, &block.text) {
                    self.differs(block, &format!("the answer is\n{answer}"));
                }
            }
            Role::Configuration | Role::Diagnostics | Role::Ladder => {
                self.verdict.skipped += 1;
            }
        }
        self.is_just_told = is_told;
        Ok(())
    }

    fn differs(&mut self, block: &Block, reason: &str) {
        let line = block.line;
        self.verdict
            .differences
            .push(format!("line {line}: {reason}"));
    }
}

/// Whether what `kamcmd` shows has the lines that are told; it draws trees in another way.
fn is_answer(shown: &str, expected: &str) -> bool {
    let shown: Vec<&str> = shown
        .lines()
        .map(str::trim)
        .filter(|line| !matches!(*line, "" | "{" | "}"))
        .map(|line| line.trim_end_matches('{').trim_end())
        .collect();
    let expected: Vec<&str> = expected.lines().map(str::trim).collect();
    shown.len() == expected.len()
        && shown
            .iter()
            .zip(expected)
            .all(|(line, wanted)| fits(wanted, line))
}

/// Real time passes; the peer has no other.
pub(crate) fn pause(time: Duration) {
    let end = Instant::now() + time;
    while Instant::now() < end {
        std::thread::park_timeout(end.saturating_duration_since(Instant::now()));
    }
}

/// How the peer is started.
struct Start<'a> {
    binary: &'a Path,
    directory: &'a Path,
    /// Whether it is to load `ctl`, for the page's RPC.
    with_control: bool,
}

impl Start<'_> {
    /// The peer, or why it does not start.
    fn peer(&self, configuration: &str, people: &mut People) -> io::Result<Result<Peer, String>> {
        let free = free_address(configuration.contains(AT_DEFAULT_PORT))?;
        let directory = self.directory;
        // Its processes share no memory that SQLite could keep tables in.
        let rows = format!("sqlite:///{}", directory.join("rows.db").display());
        let configuration = at(configuration, free).replace("sqlite://:memory:", &rows);
        let text = people.fill(&configuration, free)?;
        let control = format!("unix:{}", directory.join("ctl").display());
        // As here, messages are dealt with one after the other, and notices are logged; a page that says otherwise comes later
        // and wins.
        let mut whole = "children=1\nlog_stderror=yes\ndebug=2\n".to_owned();
        if !text.contains("listen=") && !text.contains("listen =") {
            let _ = writeln!(whole, "listen=udp:{free}");
        }
        if self.with_control {
            let _ = writeln!(
                whole,
                "loadmodule \"ctl.so\"\nmodparam(\"ctl\", \"binrpc\", \"{control}\")"
            );
        }
        whole.push_str(&text);
        let path = directory.join("spec.cfg");
        if let Err(error) = std::fs::remove_file(directory.join("rows.db"))
            && error.kind() != io::ErrorKind::NotFound
        {
            return Err(error);
        }
        std::fs::write(&path, whole)?;
        let log = directory.join("spec.log");
        let child = Command::new(self.binary)
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
            control,
            log,
            log_read: 0,
        };
        Ok(await_answer(&peer).map(|()| peer))
    }
}

/// A text of a page, with the server at `address`.
fn at(text: &str, address: SocketAddr) -> String {
    let text = text.replace(SERVER, &address.to_string());
    if address.port() == DEFAULT_PORT {
        text.replace("127.0.0.1", &address.ip().to_string())
    } else {
        text
    }
}

/// An address nobody has taken. Its port is the default one only for pages about that: it is left out where we show our address.
fn free_address(is_at_default_port: bool) -> io::Result<SocketAddr> {
    if !is_at_default_port {
        return Ok(SocketAddr::from(([127, 0, 0, 1], free_port()?)));
    }
    let addresses = (201..=254).map(|last| SocketAddr::from(([127, 0, 0, last], DEFAULT_PORT)));
    let mut free = addresses.filter(|address| UdpSocket::bind(address).is_ok());
    free.next().ok_or_else(|| io::ErrorKind::AddrInUse.into())
}

/// Waits until the peer has taken its port.
fn await_answer(peer: &Peer) -> Result<(), String> {
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
    Err(format!(
        "the peer does not start; a script that it cannot load is `cfg ours`\n{}",
        shown.join("\n")
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_of_kamcmd_is_told_without_its_braces() {
        let shown = "{\n\titem: {\n\t\tname: a\n\t}\n\tsize: 5\n}\n";
        assert!(is_answer(shown, "item:\n  name: a\nsize: *\n"));
        assert!(!is_answer(shown, "item:\n  name: a\n"));
    }
}
