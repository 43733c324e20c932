//! Questions over UDP that carry a cookie, and their answers; or over unix sockets, one connection each.

use futures_channel::oneshot;
use module_api::{BoxFuture, Host};
use parking_lot::Mutex;
use socket2::SockRef;
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

/// How questions leave.
#[derive(Clone, Copy, Debug, Default)]
pub struct Origin {
    /// The address of ours they leave from; none is whatever the system chooses.
    pub local: Option<IpAddr>,
    /// Their type of service, or traffic class (RFC 791, RFC 8200 §7); none is what the system gives them.
    pub type_of_service: Option<u8>,
}

impl Origin {
    fn mark(self, socket: &UdpSocket, peer: SocketAddr) -> std::io::Result<()> {
        let Some(value) = self.type_of_service else {
            return Ok(());
        };
        let socket = SockRef::from(socket);
        match peer {
            SocketAddr::V4(_) => socket.set_tos_v4(value.into()),
            SocketAddr::V6(_) => socket.set_tclass_v6(value.into()),
        }
    }
}

/// Puts questions to proxies.
pub struct Exchange {
    pending: Pending,
    count: AtomicU64,
    origin: Origin,
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
        origin: Origin,
        peer: SocketAddr,
        pending: &Pending,
    ) -> Option<Arc<Line>> {
        let any: IpAddr = match peer {
            SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
            SocketAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
        };
        let own = origin.local;
        let own = own.filter(|own| own.is_ipv4() == peer.is_ipv4());
        let socket = UdpSocket::bind((own.unwrap_or(any), 0)).ok()?;
        socket.connect(peer).ok()?;
        // A question without its mark is better than none.
        let _ = origin.mark(&socket, peer);
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
    /// An exchange whose questions leave so.
    pub fn new(origin: Origin) -> Arc<Exchange> {
        Arc::new(Exchange {
            pending: Pending::default(),
            count: AtomicU64::new(0),
            origin,
            lines: Mutex::default(),
        })
    }

    fn line(&self, host: &dyn Host, peer: SocketAddr) -> Option<Arc<Line>> {
        let mut lines = self.lines.lock();
        if let Some(line) = lines.get(&peer) {
            return Some(line.clone());
        }
        let line = Line::open(host, self.origin, peer, &self.pending)?;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_are_marked_with_their_type_of_service() {
        let peer = SocketAddr::from(([127, 0, 0, 1], 9));
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let origin = Origin {
            type_of_service: Some(144),
            ..Origin::default()
        };
        origin.mark(&socket, peer).unwrap();
        assert_eq!(SockRef::from(&socket).tos_v4().unwrap(), 144);
        Origin::default().mark(&socket, peer).unwrap();
        assert_eq!(SockRef::from(&socket).tos_v4().unwrap(), 144);
    }
}
