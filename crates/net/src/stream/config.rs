//! Settings of stream connections.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::time::Duration;

/// What becomes of an alias, another port of a peer, that a second connection wants to have.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum TakenAlias {
    /// The first connection keeps it; the second does not get it.
    Stays,
    /// Both have it, and the second is preferred while it lasts.
    #[default]
    Shared,
    /// The first connection loses it.
    Moves,
}

impl TakenAlias {
    /// By the flags of `tcp.alias_flags`: 1 adds it all the same, 2 replaces what is there.
    pub fn from_flags(flags: i64) -> TakenAlias {
        match flags {
            flags if flags & 2 != 0 => TakenAlias::Moves,
            flags if flags & 1 != 0 => TakenAlias::Shared,
            _ => TakenAlias::Stays,
        }
    }
}

/// The core parameters that concern TCP and what runs on it, under their own names without `tcp_`; `Default` holds
/// Kamailio's defaults. `tcp_async` is not among them: nothing here ever waits for a peer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TcpConfig {
    /// `tcp_max_connections`: more are accepted and closed at once, and none is opened. At most half of them are
    /// being opened by us.
    pub max_connections: usize,
    /// `tcp_accept_iplimit`: accepted connections per peer address; 0 is no limit.
    pub accept_iplimit: usize,
    /// `tcp_accept_unique`: a second connection from the same address and port is refused.
    pub accept_unique: bool,
    /// `tcp_connection_lifetime`: time without traffic after which a connection is closed.
    pub connection_lifetime: Duration,
    /// `tcp_connect_timeout`: time to open a connection.
    pub connect_timeout: Duration,
    /// `tcp_send_timeout`: time a peer may take nothing while something waits for it.
    pub send_timeout: Duration,
    /// `tcp_msg_data_timeout`: time for the first data on a new connection; zero is no limit.
    pub msg_data_timeout: Duration,
    /// `tcp_msg_read_timeout`: time for the rest of a message that has begun; zero is no limit.
    pub msg_read_timeout: Duration,
    /// `tcp_no_connect`: no connection is opened, existing ones are used.
    pub no_connect: bool,
    /// `tcp_connection_match`: a connection is used again only if it has the local address asked for; else any to that
    /// peer will do.
    pub connection_match: bool,
    /// `tcp_source_ipv4`: address to connect from.
    pub source_ipv4: Option<Ipv4Addr>,
    /// `tcp_source_ipv6`: address to connect from.
    pub source_ipv6: Option<Ipv6Addr>,
    /// `tcp_reuse_port`: connections are opened from the listening port.
    pub reuse_port: bool,
    /// `tcp_conn_wq_max`: octets queued for one connection; one that needs more is too slow and is closed.
    pub conn_wq_max: usize,
    /// `tcp_wq_max`: octets queued for all connections.
    pub wq_max: usize,
    /// `tcp_rd_buf_size`: octets of the largest message, 16 MiB at most.
    pub rd_buf_size: usize,
    /// `tcp_accept_no_cl`: a message without Content-Length has no body, instead of ending the connection.
    pub accept_no_cl: bool,
    /// `tcp_accept_haproxy`: accepted connections may begin with a PROXY header.
    pub accept_haproxy: bool,
    /// `tcp_wait_data`: time for that header.
    pub wait_data: Duration,
    /// `tcp_crlf_ping`: CRLF CRLF is answered by CRLF (RFC 5626 §4.4.1).
    pub crlf_ping: bool,
    /// `tcp_keepalive`: the system probes silent connections.
    pub keepalive: bool,
    /// `tcp_keepidle`: silence before the first probe.
    pub keepidle: Option<Duration>,
    /// `tcp_keepintvl`: time between probes.
    pub keepintvl: Option<Duration>,
    /// `tcp_keepcnt`: unanswered probes that end a connection.
    pub keepcnt: Option<u32>,
    /// `tcp_listen_backlog`: connections the system may hold ready before they are accepted.
    pub listen_backlog: u32,
    /// `tcp_defer_accept`: a connection is accepted when data came, or after this time; zero does not wait.
    pub defer_accept: Duration,
    /// `tcp_delayed_ack`: the acknowledgement of an opened connection waits for the first data.
    pub delayed_ack: bool,
    /// `tcp_syncnt`: repetitions of SYN before connecting fails.
    pub syncnt: Option<u32>,
    /// What becomes of an alias that another connection has (`tcp.alias_flags`).
    pub taken_alias: TakenAlias,
    /// `tcp_linger2`: how long the system keeps a connection that only the peer has not closed.
    pub linger2: Option<Duration>,
    /// `tcp_close_rst`: connections are closed by RST.
    pub close_rst: bool,
}

impl Default for TcpConfig {
    fn default() -> Self {
        TcpConfig {
            max_connections: 2048,
            accept_iplimit: 1024,
            accept_unique: false,
            connection_lifetime: Duration::from_secs(120),
            connect_timeout: Duration::from_secs(10),
            send_timeout: Duration::from_secs(10),
            msg_data_timeout: Duration::from_secs(20),
            msg_read_timeout: Duration::from_secs(20),
            no_connect: false,
            connection_match: false,
            source_ipv4: None,
            source_ipv6: None,
            reuse_port: false,
            conn_wq_max: 32_768,
            wq_max: 10_485_760,
            rd_buf_size: 16_384,
            accept_no_cl: false,
            accept_haproxy: false,
            wait_data: Duration::from_millis(5000),
            crlf_ping: true,
            keepalive: true,
            keepidle: None,
            keepintvl: None,
            keepcnt: None,
            listen_backlog: 1024,
            defer_accept: Duration::ZERO,
            delayed_ack: true,
            syncnt: None,
            taken_alias: TakenAlias::Shared,
            linger2: None,
            close_rst: false,
        }
    }
}
