//! UDP: blocking threads that read many datagrams per system call, and immediate sends.

mod bind;
mod config;
mod crew;
mod port;
mod raw;
mod receive;
mod send;

pub(crate) use bind::bind_udp;
pub use config::{PathMtuDiscovery, RawConfig, UdpConfig};
pub(crate) use crew::Crew;
pub use port::UdpCounts;
pub(crate) use port::UdpPort;
pub(crate) use raw::{HEADERS, RawDatagram, RawIpv4};
pub(crate) use send::{Outgoing, send_many, send_one};
