//! Sockets in general, UDP, and multicast.

use super::{Ipv6Style, LiveTransport, TypeOfService};
use crate::live::Live;
use module_macros::Params;
use stdx::Text;

/// Sockets in general, UDP, and multicast.
#[derive(Params, Clone, Debug)]
pub struct IpSettings {
    /// The type of service of what is sent.
    #[param(shown = "IPTOS_LOWDELAY")]
    pub tos: TypeOfService,
    /// Whether addresses may be listened on that no interface has.
    #[param(
        name = "ip_free_bind",
        alias = "ipfreebind",
        alias = "ip_nonlocal_bind",
        default = false
    )]
    pub free_bind: bool,
    /// Whether all IPv6 addresses are listened on where no address is given.
    #[param(name = "auto_bind_ipv6", default = false)]
    pub auto_bind_ipv6: bool,
    /// 1: link-local IPv6 addresses too, with the scope of their interface; 2: never.
    #[param(default = 0, compat = accepted("addresses of one link are not listened on"))]
    pub bind_ipv6_link_local: i64,
    /// How IPv6 addresses are written: `a` all groups, `A` all groups in upper case, `c` as RFC 5952 says.
    #[param(shown = "\"c\"")]
    pub ipv6_hex_style: Ipv6Style,
    /// The receive buffer of UDP sockets, in octets.
    #[param(name = "maxbuffer", default = 262144, range = 0..)]
    pub receive_buffer: i64,
    /// The send buffer of UDP sockets, in octets.
    #[param(name = "maxsndbuffer", default = 262144, range = 0..)]
    pub send_buffer: i64,
    /// The size of the largest message, in octets; unset, it is that of `tcp_rd_buf_size` where the configuration sets that above 32767.
    ///
    /// Kamailio 5.6 does not know this parameter: there, a configuration takes larger messages by `tcp_rd_buf_size` alone.
    #[param(name = "msg_recv_max_size", range = 256.., shown = "32767")]
    pub message_max: Option<i64>,
    /// Datagrams larger than a link on the way: 0 may be split by routers, 1 are lost, 2 are split by us.
    #[param(default = 0, range = 0..)]
    pub pmtu_discovery: i64,
    /// A request of more octets is sent by another transport than UDP; 0 never.
    #[param(default = Live::from(0), range = 0..=65_535)]
    pub udp_mtu: Live,
    /// That transport.
    #[param(name = "udp_mtu_try_proto", shown = "UDP")]
    pub udp_mtu_transport: LiveTransport,
    /// Whether datagrams may begin with a header of the PROXY protocol.
    #[param(default = false, compat = accepted("only connections may begin with one: `tcp_accept_haproxy`"))]
    pub udp_accept_proxy: bool,
    /// How datagrams are received: 0 by processes, 1 by threads.
    #[param(default = 0, compat = accepted("threads, as many as there are cores"))]
    pub udp_receiver_mode: i64,
    /// How long, in microseconds, a thread may wait for more messages before it reads on, where they come close together; 0 never.
    ///
    /// Handling several at a time takes less CPU time, and each comes that much later.
    #[param(default = 4_000, range = 0..=10_000, compat = ours)]
    pub receive_wait_max: i64,
    /// Whether datagrams over IPv4 are sent by raw sockets, which takes the privilege `CAP_NET_RAW`: 1 yes, 0 no, -1 where it can be
    /// done. Only those longer than `udp4_raw_mtu` are: the others look the same, and leave faster in batches. Settled at the start.
    #[param(default = 0)]
    pub udp4_raw: i64,
    /// The size at which datagrams over IPv4 are split, headers included, where `udp4_raw` is on.
    #[param(default = 1500)]
    pub udp4_raw_mtu: i64,
    /// The routers that datagrams over IPv4 may pass, where `udp4_raw` is on; -1 is the system's choice.
    #[param(default = -1)]
    pub udp4_raw_ttl: i64,
    /// The interface that joins the group of the multicast address listened on next.
    pub mcast: Text,
    /// Whether our own multicast datagrams come back.
    #[param(default = false)]
    pub mcast_loopback: bool,
    /// The routers that multicast datagrams may pass; none is the system's choice.
    pub mcast_ttl: Option<i64>,
    /// 0: SCTP is on, 1: off, 2: on with module `sctp`.
    #[param(default = 2, compat = accepted("SCTP is not spoken"))]
    pub disable_sctp: i64,
    /// The opposite of `disable_sctp`.
    #[param(default = 2, compat = accepted("SCTP is not spoken"))]
    pub enable_sctp: i64,
}
