//! A world without sockets, threads or clocks.

use locate::{CacheSettings, Cached, DnsCache, Kind, Query, Record};
use module_api::{
    BoxFuture, Delivery, DnsSettings, Located, NextHop, SocketId, TcpSettings, Text, World, relay,
};
use parking_lot::Mutex;
use server::{Platform, SendError};
use sip::{Transport, Uri};
use std::future::Future;
use std::net::{IpAddr, SocketAddr, SocketAddrV4};
use std::pin::Pin;
use std::sync::{Arc, Weak};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};
use stdx::hash::Seed;

/// 2026-01-01, when every story begins.
const EPOCH: Duration = Duration::from_secs(1_767_225_600);

/// Nobody listens at this port: a connection to it is refused at once.
const REFUSING: u16 = 1;

/// Whether an address is of a network that there is no way to: 203.0.113.0/24 (RFC 5737).
fn is_nowhere(address: IpAddr) -> bool {
    matches!(address, IpAddr::V4(address) if address.octets().starts_with(&[203, 0, 113]))
}

/// Nobody answers at this port: what is sent to it over a stream comes back as unsent.
const SILENT: u16 = 2;

/// The system's number for a datagram that is too long: EMSGSIZE.
const TOO_LONG: i32 = 90;

/// Something that was sent.
pub struct Outgoing {
    /// How long after the start.
    pub at: Duration,
    /// Whom it says it comes from, if that is not one of our sockets.
    pub from: Option<SocketAddr>,
    /// By which way.
    pub delivery: Delivery,
    /// What.
    pub bytes: Vec<u8>,
}

/// A world whose time passes when it is told to.
pub struct VirtualWorld {
    start: Instant,
    elapsed: Mutex<Duration>,
    tasks: Mutex<Vec<BoxFuture<()>>>,
    /// When sleeping tasks want to go on, after the start.
    alarms: Mutex<Vec<Duration>>,
    sent: Mutex<Vec<Outgoing>>,
    /// The names that the configuration knows from the start.
    names: Mutex<DnsCache>,
    own: Weak<VirtualWorld>,
}

impl VirtualWorld {
    /// A world at the beginning of its time.
    pub fn new() -> Arc<VirtualWorld> {
        Arc::new_cyclic(|own| VirtualWorld {
            start: Instant::now(),
            elapsed: Mutex::default(),
            tasks: Mutex::default(),
            alarms: Mutex::default(),
            sent: Mutex::default(),
            names: Mutex::new(DnsCache::new(CacheSettings::default(), Seed::default())),
            own: own.clone(),
        })
    }

    /// The place that a name stands for whose address the configuration knows.
    fn known_hop(&self, uri: &[u8]) -> Option<NextHop> {
        let uri = Uri::parse(uri).ok()?;
        let query = Query {
            name: Text::from(uri.host().to_ascii_lowercase()),
            kind: Kind::A,
        };
        let known = self.names.lock().get(&query, self.instant(self.elapsed()));
        let Some(Cached::Records(records)) = known else {
            return None;
        };
        let transport = uri.transport().unwrap_or(Transport::Udp);
        let port = uri.port().unwrap_or(transport.default_port());
        records.into_iter().find_map(|record| match record {
            Record::Address(address) => Some(NextHop {
                transport,
                address: SocketAddr::new(address, port),
            }),
            _ => None,
        })
    }

    /// How long the story has lasted.
    pub fn elapsed(&self) -> Duration {
        *self.elapsed.lock()
    }

    /// The instant that lies `elapsed` after the start.
    pub fn instant(&self, elapsed: Duration) -> Instant {
        self.start + elapsed
    }

    /// Lets time pass up to a moment after the start.
    pub fn set_elapsed(&self, elapsed: Duration) {
        *self.elapsed.lock() = elapsed;
        self.alarms.lock().retain(|at| *at > elapsed);
    }

    /// When the first sleeping task wants to go on.
    pub fn next_alarm(&self) -> Option<Duration> {
        self.alarms.lock().iter().min().copied()
    }

    /// Polls all tasks once; whether one of them has ended.
    pub fn poll_tasks(&self) -> bool {
        let tasks = std::mem::take(&mut *self.tasks.lock());
        let before = tasks.len();
        let mut context = Context::from_waker(Waker::noop());
        let mut left = Vec::new();
        for mut task in tasks {
            if task.as_mut().poll(&mut context).is_pending() {
                left.push(task);
            }
        }
        let ended = left.len() < before;
        self.tasks.lock().extend(left);
        ended
    }

    /// Takes what was sent since the last call.
    pub fn take_sent(&self) -> Vec<Outgoing> {
        std::mem::take(&mut *self.sent.lock())
    }
}

/// The places of `several.test:N`: one that refuses, one that is silent, and the person at 127.0.0.N.
fn several(uri: &[u8]) -> Option<Vec<NextHop>> {
    let uri = sip::Uri::parse(uri).ok()?;
    let person = u8::try_from(uri.port()?).ok()?;
    let hop = |transport, last, port| NextHop {
        transport,
        address: ([127, 0, 0, last], port).into(),
    };
    (uri.host() == b"several.test").then(|| {
        vec![
            hop(Transport::Tcp, 1, REFUSING),
            hop(Transport::Tcp, 1, SILENT),
            hop(Transport::Udp, person, 5060),
        ]
    })
}

/// Ready when virtual time has come so far.
struct Sleep {
    world: Weak<VirtualWorld>,
    until: Duration,
}

impl Future for Sleep {
    type Output = ();

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        match self.world.upgrade() {
            Some(world) if world.elapsed() < self.until => Poll::Pending,
            _ => Poll::Ready(()),
        }
    }
}

impl World for VirtualWorld {
    fn now(&self) -> Instant {
        self.start + self.elapsed()
    }

    fn unix_time(&self) -> Duration {
        EPOCH + self.elapsed()
    }

    fn spawn(&self, task: BoxFuture<()>) {
        self.tasks.lock().push(task);
    }

    fn sleep(&self, delay: Duration) -> BoxFuture<()> {
        let until = self.elapsed() + delay;
        self.alarms.lock().push(until);
        Box::pin(Sleep {
            world: self.own.clone(),
            until,
        })
    }

    fn open_connection(&self, delivery: &Delivery) -> bool {
        match delivery.transport.is_stream() {
            true => delivery.peer.port() != REFUSING,
            false => !is_nowhere(delivery.peer.ip()),
        }
    }

    fn locate(&self, uri: &Text) -> Located {
        Located::Ready(match several(uri) {
            Some(hops) => hops,
            None => relay::numeric_hop(uri)
                .or_else(|| self.known_hop(uri))
                .into_iter()
                .collect(),
        })
    }

    fn ask_dns(&self, _: &locate::Query) -> BoxFuture<locate::Answer> {
        Box::pin(std::future::ready(locate::Answer::NotFound))
    }

    fn with_dns_cache(&self, work: &mut dyn FnMut(&mut DnsCache, Instant)) -> bool {
        work(&mut self.names.lock(), self.instant(self.elapsed()));
        true
    }

    fn send_as(&self, source: SocketAddrV4, peer: SocketAddrV4, octets: &[u8]) -> bool {
        self.sent.lock().push(Outgoing {
            at: self.elapsed(),
            from: Some(source.into()),
            delivery: Delivery {
                transport: Transport::Udp,
                peer: peer.into(),
                socket: SocketId(0),
                connection: None,
                no_connect: true,
                close_after: false,
                anew: None,
            },
            bytes: octets.to_vec(),
        });
        true
    }

    fn can_send_as(&self) -> bool {
        true
    }

    fn set_streams(&self, _: &TcpSettings) -> bool {
        true
    }

    fn set_names(&self, _: &DnsSettings) -> bool {
        true
    }

    fn read_name_servers(&self) -> bool {
        true
    }
}

impl Platform for VirtualWorld {
    fn deadline_set(&self, _: Instant) {}

    fn send(&self, delivery: &Delivery, bytes: &[u8]) -> Result<(), SendError> {
        let port = delivery.peer.port();
        if delivery.transport.is_stream() && matches!(port, REFUSING | SILENT) {
            return Err(SendError::NoConnection);
        }
        if delivery.transport == Transport::Udp && bytes.len() > relay::DATAGRAM_MAX {
            return Err(SendError::System(TOO_LONG));
        }
        self.sent.lock().push(Outgoing {
            at: self.elapsed(),
            from: None,
            delivery: *delivery,
            bytes: bytes.to_vec(),
        });
        Ok(())
    }
}
