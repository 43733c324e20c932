//! Settings of UDP sockets.

use std::time::Duration;

/// The core parameters that concern UDP; `Default` holds Kamailio's defaults unless stated.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct UdpConfig {
    /// `maxbuffer`: receive buffer asked for, in octets (the kernel books twice as much). A larger system default stays.
    ///
    /// COMPAT: the default of 5.6.3 is 262,144, which 40,000 datagrams per second fill within 10 ms; here it is 2 MiB.
    pub maxbuffer: usize,
    /// `maxsndbuffer`: send buffer asked for, in octets.
    pub maxsndbuffer: usize,
    /// `pmtu_discovery`: what to do with datagrams larger than a link on the way.
    pub pmtu_discovery: PathMtuDiscovery,
    /// `mcast_loopback`: whether our own multicast datagrams come back to us.
    pub mcast_loopback: bool,
    /// `mcast_ttl`: routers a multicast datagram may pass; `None` leaves the system's default.
    pub mcast_ttl: Option<u8>,
    /// `udp4_raw`: how datagrams over IPv4 leave by a raw socket.
    pub raw: Option<RawConfig>,
    /// The most threads that may read one socket at a time. One does as long as it keeps up.
    pub readers_max: usize,
    /// `receive_wait_max`: how long a thread may wait for more datagrams before it reads on, where they come close together.
    pub receive_wait_max: Duration,
    /// A thread that has read nothing for so long, and something before, is at rest ([`Handler::at_rest`](crate::Handler::at_rest)).
    pub rest_after: Duration,
    /// Another thread is woken to help when one has been behind for this long, or will be.
    pub help_after: Duration,
}

impl Default for UdpConfig {
    fn default() -> Self {
        UdpConfig {
            maxbuffer: 2 << 20,
            maxsndbuffer: 262_144,
            pmtu_discovery: PathMtuDiscovery::Off,
            mcast_loopback: false,
            mcast_ttl: None,
            raw: None,
            readers_max: std::thread::available_parallelism().map_or(1, usize::from),
            receive_wait_max: Duration::from_micros(4_000),
            rest_after: Duration::from_secs(4),
            help_after: Duration::from_millis(1),
        }
    }
}

/// What raw sockets of Kamailio are for: packets of a size and a lifetime of one's own.
///
/// COMPAT: only what is longer than `mtu` leaves by a raw socket. The rest looks the same and leaves in batches, which is faster.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RawConfig {
    /// `udp4_raw_mtu`: how long a packet may be.
    pub mtu: u16,
    /// `udp4_raw_ttl`: routers a datagram may pass; `None` leaves the system's default.
    pub ttl: Option<u8>,
    /// `-1`: without the privilege, there are no raw sockets.
    pub is_optional: bool,
}

/// `pmtu_discovery`, see `ip(7)`, `IP_MTU_DISCOVER`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum PathMtuDiscovery {
    /// 0: routers may fragment; the don't-fragment bit is not set.
    #[default]
    Off,
    /// 1: the bit is set always; what is too large is lost.
    Always,
    /// 2: the kernel knows the path's limit and fragments, or sets the bit.
    Kernel,
}
