//! Questions over UDP that carry a cookie, and their answers; or over unix sockets, one connection each.

use futures_channel::oneshot;
use module_api::{BoxFuture, Host};
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::future::{Future, poll_fn};
use std::io::{ErrorKind, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::Poll;
use std::time::Duration;

/// Answers longer than this are cut, and so of no use.
const ANSWER_MAX: usize = 65_536;

/// How often a thread that reads looks whether it is still needed.
const LOOK: Duration = Duration::from_secs(30);

/// How long, and how often, an answer is waited for.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// How long after each transmission.
    pub timeout: Duration,
    /// How often the question is sent.
    pub tries: u32,
}

/// Questions under way, by their cookies' numbers, with who is asked.
type Pending = Arc<Mutex<BTreeMap<u64, (SocketAddr, oneshot::Sender<Vec<u8>>)>>>;

/// Puts questions to proxies.
pub struct Exchange {
    pending: Pending,
    count: AtomicU64,
    /// The address to send from, where one is wanted.
    local: Option<IpAddr>,
    /// A socket for each proxy: only so the system tells that nobody listens there.
    lines: Mutex<BTreeMap<SocketAddr, Arc<Line>>>,
}

/// A socket with the thread that reads from it.
struct Line {
    socket: UdpSocket,
    is_closed: Arc<AtomicBool>,
}

impl Drop for Line {
    fn drop(&mut self) {
        self.is_closed.store(true, Ordering::Relaxed);
    }
}

impl Line {
    fn open(
        host: &dyn Host,
        local: IpAddr,
        peer: SocketAddr,
        pending: &Pending,
    ) -> Option<Arc<Line>> {
        let socket = UdpSocket::bind((local, 0)).ok()?;
        socket.connect(peer).ok()?;
        // So that the thread sees when it is not needed any more.
        socket.set_read_timeout(Some(LOOK)).ok()?;
        let reader = socket.try_clone().ok()?;
        let is_closed = Arc::new(AtomicBool::new(false));
        let (closed, pending) = (is_closed.clone(), pending.clone());
        let has_begun = host.run_blocking(Box::new(move || read(&reader, peer, &closed, &pending)));
        has_begun.then(|| Arc::new(Line { socket, is_closed }))
    }
}

/// Hands each answer to who waits for it.
fn read(socket: &UdpSocket, peer: SocketAddr, is_closed: &AtomicBool, pending: &Pending) {
    let mut buffer = vec![0; ANSWER_MAX];
    while !is_closed.load(Ordering::Relaxed) {
        let length = match socket.recv(&mut buffer) {
            Ok(length) => length,
            Err(error) if error.kind() == ErrorKind::ConnectionRefused => {
                // Nobody listens there: who waits is told at once.
                pending.lock().retain(|_, (asked, _)| *asked != peer);
                continue;
            }
            Err(error) => match error.kind() {
                ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted => continue,
                _ => return,
            },
        };
        let octets = buffer.get(..length).unwrap_or_default();
        let Some((cookie, answer)) = stdx::ascii::split_once(octets, b' ') else {
            continue;
        };
        let number = cookie
            .rsplit(|byte| *byte == b'_')
            .next()
            .and_then(stdx::number::parse_u64);
        if let Some((_, waiting)) = number.and_then(|number| pending.lock().remove(&number)) {
            // Whoever asked may have gone.
            let _ = waiting.send(answer.to_vec());
        }
    }
}

impl Exchange {
    /// An exchange from `local`, or from whatever address the system chooses.
    pub fn new(local: Option<IpAddr>) -> Arc<Exchange> {
        Arc::new(Exchange {
            pending: Pending::default(),
            count: AtomicU64::new(0),
            local,
            lines: Mutex::default(),
        })
    }

    fn line(&self, host: &dyn Host, peer: SocketAddr) -> Option<Arc<Line>> {
        let mut lines = self.lines.lock();
        if let Some(line) = lines.get(&peer) {
            return Some(line.clone());
        }
        let any: IpAddr = match peer {
            SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
            SocketAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
        };
        let local = self.local.filter(|local| local.is_ipv4() == peer.is_ipv4());
        let line = Line::open(host, local.unwrap_or(any), peer, &self.pending)?;
        lines.insert(peer, line.clone());
        Some(line)
    }

    /// Asks over UDP: the cookie goes before the question, and comes back before the answer. None when no answer came in time.
    pub async fn ask(
        self: Arc<Self>,
        host: Arc<dyn Host>,
        peer: SocketAddr,
        question: Vec<u8>,
        patience: Patience,
    ) -> Option<Vec<u8>> {
        let number = self.count.fetch_add(1, Ordering::Relaxed);
        let mut packet = format!("{}_{number} ", std::process::id()).into_bytes();
        packet.extend_from_slice(&question);
        let (sender, mut answer) = oneshot::channel();
        self.pending.lock().insert(number, (peer, sender));
        let mut found = None;
        for _ in 0..patience.tries.max(1) {
            let line = self.line(&*host, peer);
            let is_sent = line.is_some_and(|line| line.socket.send(&packet).is_ok());
            if !is_sent {
                break;
            }
            match within(&mut answer, host.sleep(patience.timeout)).await {
                Some(Ok(octets)) => {
                    found = Some(octets);
                    break;
                }
                // Nobody listens there.
                Some(Err(_)) => break,
                None => {}
            }
        }
        self.pending.lock().remove(&number);
        found
    }
}

/// Asks over a unix socket: one connection, one question, one answer.
pub async fn ask_unix(
    host: Arc<dyn Host>,
    path: PathBuf,
    mut question: Vec<u8>,
    timeout: Duration,
) -> Option<Vec<u8>> {
    question.push(b'\n');
    let (sender, mut answer) = oneshot::channel();
    let work = move || {
        let _ = sender.send(converse(&path, &question, timeout));
    };
    if !host.run_blocking(Box::new(work)) {
        return None;
    }
    within(&mut answer, host.sleep(timeout.saturating_mul(2)))
        .await?
        .ok()?
}

fn converse(path: &PathBuf, question: &[u8], timeout: Duration) -> Option<Vec<u8>> {
    let mut stream = UnixStream::connect(path).ok()?;
    stream.set_read_timeout(Some(timeout)).ok()?;
    stream.set_write_timeout(Some(timeout)).ok()?;
    stream.write_all(question).ok()?;
    let mut answer = Vec::new();
    let mut buffer = [0; 1024];
    while !answer.contains(&b'\n') && answer.len() < ANSWER_MAX {
        match stream.read(&mut buffer) {
            Ok(0) | Err(_) => break,
            Ok(length) => answer.extend_from_slice(buffer.get(..length).unwrap_or_default()),
        }
    }
    (!answer.is_empty()).then_some(answer)
}

/// What `work` comes to, unless `end` is there before.
async fn within<F: Future + Unpin>(work: &mut F, end: BoxFuture<()>) -> Option<F::Output> {
    let (mut work, mut end) = (pin!(work), pin!(end));
    poll_fn(|context| {
        if let Poll::Ready(output) = work.as_mut().poll(context) {
            return Poll::Ready(Some(output));
        }
        end.as_mut().poll(context).map(|()| None)
    })
    .await
}
