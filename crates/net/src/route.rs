//! Which of our addresses the kernel would send from.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long an answer of the kernel is believed.
const KEPT: Duration = Duration::from_secs(30);
/// Answers kept at most; then all are forgotten and asked again.
const KEPT_MAX: usize = 4096;

/// Remembers the kernel's choice of a source address per destination.
#[derive(Debug, Default)]
pub(crate) struct RouteLookup {
    answers: Mutex<HashMap<IpAddr, Answer>>,
}

#[derive(Clone, Copy, Debug)]
struct Answer {
    source: Option<IpAddr>,
    until: Instant,
}

impl RouteLookup {
    /// The address of ours from which `peer` is reached, `None` where there is no route.
    pub(crate) fn source_address(&self, peer: SocketAddr) -> Option<IpAddr> {
        let now = Instant::now();
        {
            let answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(answer) = answers.get(&peer.ip())
                && now < answer.until
            {
                return answer.source;
            }
        }
        let source = ask_kernel(peer);
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        if answers.len() >= KEPT_MAX {
            answers.clear();
        }
        answers.insert(
            peer.ip(),
            Answer {
                source,
                until: now + KEPT,
            },
        );
        source
    }
}

/// Connects a UDP socket, which sends nothing, and looks at the address it was given.
fn ask_kernel(peer: SocketAddr) -> Option<IpAddr> {
    let any: IpAddr = match peer {
        SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        SocketAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    };
    // Port 0 is no destination for connect(2); any other gives the same route.
    let port = peer.port().max(1);
    let socket = UdpSocket::bind((any, 0)).ok()?;
    socket.connect((peer.ip(), port)).ok()?;
    socket.local_addr().ok().map(|address| address.ip())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_loopback_is_reached_from_the_loopback() {
        let routes = RouteLookup::default();
        let source = |peer: &str| routes.source_address(peer.parse().unwrap());
        assert_eq!(source("127.0.0.1:5060"), "127.0.0.1".parse().ok());
        assert_eq!(source("127.0.0.1:0"), "127.0.0.1".parse().ok());
        assert_eq!(routes.answers.lock().unwrap().len(), 1);
    }

    #[test]
    fn the_number_of_answers_is_bounded() {
        let routes = RouteLookup::default();
        {
            let mut answers = routes.answers.lock().unwrap();
            for number in 0..u32::try_from(KEPT_MAX).unwrap() {
                let answer = Answer {
                    source: None,
                    until: Instant::now(),
                };
                answers.insert(IpAddr::V4(number.into()), answer);
            }
        }
        routes.source_address("127.0.0.1:1".parse().unwrap());
        assert_eq!(routes.answers.lock().unwrap().len(), 1);
    }
}
