//! The proxies: where they are, in which sets, and which of them answer.

use module_api::{Host, Located, LogLevel, Logger, Runtime, log_outside};
use parking_lot::{Mutex, RwLock};
use std::collections::BTreeMap;
use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};
use stdx::Text;
use stdx::number::leading_i64;

/// Where a proxy listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// UDP, IPv4 or IPv6.
    Udp {
        /// The host as written, without brackets.
        host: String,
        /// The port.
        port: u16,
    },
    /// A unix stream socket.
    Unix(PathBuf),
}

/// A proxy as the configuration writes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listing {
    /// Its name: the text without the weight.
    pub url: Text,
    /// Where it listens.
    pub endpoint: Endpoint,
    /// How often it is chosen, compared with others.
    pub weight: u32,
}

/// The port of a proxy whose listing names none (observed on 5.6.3).
const USUAL_PORT: u16 = 22222;

impl Listing {
    /// Reads `udp:host:port`, `udp6:host:port`, `unix:/path` or `/path`, each with `=weight` where wanted. The port may be left
    /// out.
    pub fn parse(text: &str) -> Option<Listing> {
        let (url, weight) = weighted(text);
        let (kind, rest) = url.split_once(':').unwrap_or(("", url));
        let endpoint = match &*kind.to_ascii_lowercase() {
            "udp" | "udp6" => {
                let (host, port) = match rest.rsplit_once(':') {
                    Some((host, port)) if !rest.ends_with(']') => (host, port.parse().ok()?),
                    _ if !rest.is_empty() => (rest, USUAL_PORT),
                    _ => return None,
                };
                let host = host.strip_prefix('[').unwrap_or(host);
                Endpoint::Udp {
                    host: host.strip_suffix(']').unwrap_or(host).to_owned(),
                    port,
                }
            }
            "unix" if !rest.is_empty() => Endpoint::Unix(PathBuf::from(rest)),
            _ if url.starts_with('/') => Endpoint::Unix(PathBuf::from(url)),
            _ => return None,
        };
        Some(Listing {
            url: Text::from(url),
            endpoint,
            weight,
        })
    }

    /// A text that is all path, but for `=weight`.
    pub fn at_path(text: &str) -> Listing {
        let (url, weight) = weighted(text);
        Listing {
            url: Text::from(url),
            endpoint: Endpoint::Unix(PathBuf::from(url)),
            weight,
        }
    }

    /// The words of one parameter, and the set whose number stands before them and `==`.
    ///
    /// # Errors
    /// The set that is no number.
    pub fn words(text: &str, default: i64) -> Result<(i64, impl Iterator<Item = &str>), String> {
        let (set, list) = match text.split_once("==") {
            Some((set, list)) => {
                let set = set.trim();
                (set.parse().map_err(|_| set.to_owned())?, list)
            }
            None => (default, text),
        };
        Ok((set, list.split_ascii_whitespace()))
    }
}

/// Parts a weight from what it is of; one that is no number is 0.
fn weighted(text: &str) -> (&str, u32) {
    match text.split_once('=') {
        Some((url, weight)) => {
            let (weight, _) = leading_i64(weight.as_bytes()).unwrap_or_default();
            (url, u32::try_from(weight).unwrap_or(0))
        }
        None => (text, 1),
    }
}

/// Whether a proxy is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It is.
    Enabled,
    /// Not before this moment: it did not answer.
    SilentUntil(Instant),
    /// Not until an operator says otherwise.
    TurnedOff,
}

/// A proxy.
pub struct Node {
    /// Its name, place and weight.
    pub listing: Listing,
    /// Its number among all proxies.
    pub index: usize,
    standing: Mutex<Standing>,
    /// What it is known to be able to do, once it has been asked; the meaning is the user's.
    abilities: Mutex<Option<u32>>,
    address: Mutex<Option<SocketAddr>>,
}

impl Node {
    fn new(listing: Listing, index: usize, is_off: bool) -> Arc<Node> {
        Arc::new(Node {
            listing,
            index,
            standing: Mutex::new(if is_off {
                Standing::TurnedOff
            } else {
                Standing::Enabled
            }),
            abilities: Mutex::new(None),
            address: Mutex::new(None),
        })
    }

    /// The address of a proxy that is spoken to over UDP, as far as it is known.
    pub fn address(&self) -> Option<SocketAddr> {
        let mut known = self.address.lock();
        if known.is_none()
            && let Endpoint::Udp { host, port } = &self.listing.endpoint
        {
            let written = match host.as_str() {
                "localhost" => Some(Ipv4Addr::LOCALHOST.into()),
                host => host.parse().ok(),
            };
            *known = written.map(|address| SocketAddr::new(address, *port));
        }
        *known
    }

    /// The address of a proxy that is spoken to over UDP; a name is resolved the first time.
    pub async fn resolved(&self, server: &Arc<dyn Host>) -> Option<SocketAddr> {
        if let Some(known) = self.address() {
            return Some(known);
        }
        let Endpoint::Udp { host, port } = &self.listing.endpoint else {
            return None;
        };
        let hops = match server.locate(&Text::from(format!("sip:{host}:{port}"))) {
            Located::Ready(hops) => hops,
            Located::Later(answer) => answer.await,
        };
        let address = hops.first()?.address;
        *self.address.lock() = Some(address);
        Some(address)
    }

    /// Whether it is asked.
    pub fn standing(&self) -> Standing {
        *self.standing.lock()
    }

    /// Has it asked or not.
    pub fn set_standing(&self, standing: Standing) {
        *self.standing.lock() = standing;
        if standing != Standing::Enabled {
            *self.abilities.lock() = None;
        }
    }

    /// Whether it is to be asked at `now`.
    pub fn is_usable(&self, now: Instant) -> bool {
        match self.standing() {
            Standing::Enabled => true,
            Standing::SilentUntil(until) => until <= now,
            Standing::TurnedOff => false,
        }
    }

    /// Leaves it alone for a while, unless an operator has turned it off. True when it was asked until now.
    pub fn silence(&self, now: Instant, pause: Duration) -> bool {
        let mut standing = self.standing.lock();
        if *standing == Standing::TurnedOff {
            return false;
        }
        let before = std::mem::replace(&mut *standing, Standing::SilentUntil(now + pause));
        *self.abilities.lock() = None;
        before == Standing::Enabled
    }

    /// What it is known to be able to do.
    pub fn abilities(&self) -> Option<u32> {
        *self.abilities.lock()
    }

    /// Notes what it is able to do: it has answered. True when it was silent until now.
    fn set_abilities(&self, abilities: u32) -> bool {
        *self.abilities.lock() = Some(abilities);
        let mut standing = self.standing.lock();
        let was_silent = matches!(*standing, Standing::SilentUntil(_));
        if was_silent {
            *standing = Standing::Enabled;
        }
        was_silent
    }
}

/// What tells the operator which proxies do not answer, and which do so again.
#[derive(Default)]
pub struct Reports(OnceLock<Arc<Logger>>);

impl Reports {
    /// Has them written from now on. Until then there is nowhere to write to.
    pub fn begin(&self, runtime: &Runtime) {
        // Of a server that is there already it is the same.
        let _ = self.0.set(runtime.logger.clone());
    }

    #[track_caller]
    fn write(&self, host: &dyn Host, level: LogLevel, message: fmt::Arguments<'_>) {
        if let Some(logger) = self.0.get() {
            log_outside(logger, level, host.unix_time(), message);
        }
    }

    /// Leaves a proxy alone for a while, and says so for the calling module unless it was left alone before.
    #[track_caller]
    pub fn silence(&self, host: &dyn Host, node: &Node, pause: Duration) {
        if node.silence(host.now(), pause) {
            let (url, seconds) = (&node.listing.url, pause.as_secs());
            let message =
                format_args!("proxy <{url}> does not respond, it is not asked for {seconds} s");
            self.write(host, LogLevel::Error, message);
        }
    }

    /// Notes what a proxy is able to do, and says so for the calling module when it was silent before.
    #[track_caller]
    pub fn answered(&self, host: &dyn Host, node: &Node, abilities: u32) {
        if node.set_abilities(abilities) {
            let url = &node.listing.url;
            let message = format_args!("proxy <{url}> responds again, it is asked again");
            self.write(host, LogLevel::Notice, message);
        }
    }
}

/// A proxy as it is to be: its set, and whether it is turned off.
pub type Wanted = (i64, Listing, bool);

/// All proxies by their sets.
#[derive(Default)]
pub struct Nodes {
    sets: RwLock<BTreeMap<i64, Vec<Arc<Node>>>>,
}

impl Nodes {
    /// Makes the sets these; a proxy that was there before stays what it is.
    pub fn replace(&self, wanted: Vec<Wanted>) {
        let before = std::mem::take(&mut *self.sets.write());
        let mut sets: BTreeMap<i64, Vec<Arc<Node>>> = BTreeMap::new();
        for (index, (set, listing, is_off)) in wanted.into_iter().enumerate() {
            let known = before.get(&set).and_then(|nodes| {
                nodes
                    .iter()
                    .find(|node| node.listing == listing && node.index == index)
            });
            let node = match known {
                Some(node) => {
                    if is_off {
                        node.set_standing(Standing::TurnedOff);
                    }
                    node.clone()
                }
                None => Node::new(listing, index, is_off),
            };
            sets.entry(set).or_default().push(node);
        }
        *self.sets.write() = sets;
    }

    /// Whether there is a set of that number.
    pub fn has(&self, set: i64) -> bool {
        self.sets.read().contains_key(&set)
    }

    /// All proxies, with their sets.
    pub fn all(&self) -> Vec<(i64, Arc<Node>)> {
        let sets = self.sets.read();
        let nodes = sets
            .iter()
            .flat_map(|(set, nodes)| nodes.iter().map(|node| (*set, node.clone())));
        nodes.collect()
    }

    /// The proxies of a name, or all of them by the name `all`.
    pub fn named(&self, url: &[u8]) -> Vec<Arc<Node>> {
        // IPv6 addresses are escaped so on the command line.
        let url = url.strip_prefix(b"::").unwrap_or(url);
        let all = self.all().into_iter().map(|(_, node)| node);
        all.filter(|node| url.eq_ignore_ascii_case(b"all") || *node.listing.url == *url)
            .collect()
    }

    /// The proxy of a set that has no other.
    pub fn only(&self, set: i64) -> Option<Arc<Node>> {
        match self.sets.read().get(&set)?.as_slice() {
            [node] => Some(node.clone()),
            _ => None,
        }
    }

    /// The proxy of a set for what hashes to `hash`, among those that `fits`: by weight, the same for the same hash.
    pub fn choose(&self, set: i64, hash: u64, fits: impl Fn(&Node) -> bool) -> Option<Arc<Node>> {
        let sets = self.sets.read();
        let usable: Vec<&Arc<Node>> = sets.get(&set)?.iter().filter(|node| fits(node)).collect();
        let whole: u64 = usable
            .iter()
            .map(|node| u64::from(node.listing.weight))
            .sum();
        let mut at = hash.checked_rem(whole)?;
        for node in usable {
            let weight = u64::from(node.listing.weight);
            if at < weight {
                return Some(node.clone());
            }
            at -= weight;
        }
        None
    }
}

/// A number out of a Call-ID, the same on every machine.
pub fn hash(call_id: &[u8]) -> u64 {
    // FNV-1a, then mixed so that the low bits are as good as the high ones.
    let mut hash = call_id.iter().fold(0xcbf2_9ce4_8422_2325u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    });
    hash ^= hash >> 32;
    hash
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn proxies_are_read() {
        let udp = |host: &str, port| Endpoint::Udp {
            host: host.to_owned(),
            port,
        };
        for (text, expected) in [
            ("udp:localhost:12221", Some((udp("localhost", 12221), 1))),
            ("udp:127.0.0.1:1=3", Some((udp("127.0.0.1", 1), 3))),
            ("udp6:[::1]:2", Some((udp("::1", 2), 1))),
            (
                "unix:/run/p.sock",
                Some((Endpoint::Unix("/run/p.sock".into()), 1)),
            ),
            (
                "/run/p.sock=2",
                Some((Endpoint::Unix("/run/p.sock".into()), 2)),
            ),
            ("udp:alone", Some((udp("alone", 22222), 1))),
            ("udp6:[::1]=2", Some((udp("::1", 22222), 2))),
            ("UDP:127.0.0.1:1=x", Some((udp("127.0.0.1", 1), 0))),
            ("udp:", None),
            ("udp:nothing:x", None),
            ("tcp:a:1", None),
            ("", None),
        ] {
            let read = Listing::parse(text).map(|listing| (listing.endpoint, listing.weight));
            assert_eq!(read, expected, "{text}");
        }
        let (set, words) = Listing::words("2 == udp:a:1 udp:b:2=5", 0).unwrap();
        assert_eq!((set, words.count()), (2, 2));
        let refused = Listing::words("x == udp:a:1", 0).err();
        assert_eq!(refused.as_deref(), Some("x"));
        let path = Listing::at_path("127.0.0.1:7722=3");
        assert_eq!((&*path.url, path.weight), (&b"127.0.0.1:7722"[..], 3));
    }

    #[test]
    fn weights_and_failures_decide_who_is_asked() {
        let nodes = Nodes::default();
        let listing = |text: &str| Listing::parse(text).unwrap();
        nodes.replace(vec![
            (0, listing("udp:a:1"), false),
            (0, listing("udp:b:1=3"), false),
        ]);
        let now = Instant::now();
        let count = |wanted: &str| {
            let chosen =
                (0..400u64).filter_map(|hash| nodes.choose(0, hash, |node| node.is_usable(now)));
            chosen.filter(|node| node.listing.url == wanted).count()
        };
        assert_eq!((count("udp:a:1"), count("udp:b:1")), (100, 300));
        let b = nodes.named(b"udp:b:1").pop().unwrap();
        assert!(b.silence(now, Duration::from_secs(60)));
        assert!(!b.silence(now, Duration::from_secs(60)), "once is told");
        assert_eq!((count("udp:a:1"), count("udp:b:1")), (400, 0));
        assert!(b.is_usable(now + Duration::from_secs(60)));
        assert!(b.set_abilities(1) && !b.set_abilities(1));
        assert!(nodes.choose(7, 1, |_| true).is_none() && nodes.named(b"all").len() == 2);
        assert!(nodes.only(0).is_none());
        nodes.replace(vec![(0, listing("udp:c:1=0"), false)]);
        assert!(nodes.choose(0, 1, |_| true).is_none() && nodes.only(0).is_some());
    }

    #[test]
    fn a_proxy_that_was_there_before_stays_what_it_is() {
        let nodes = Nodes::default();
        let wanted = || vec![(0, Listing::parse("udp:a:1").unwrap(), false)];
        nodes.replace(wanted());
        nodes.named(b"all")[0].set_standing(Standing::TurnedOff);
        nodes.replace(wanted());
        assert_eq!(nodes.named(b"all")[0].standing(), Standing::TurnedOff);
    }
}
