//! TCP and what runs on it.

use super::{LowBits, StreamProtocols, Written};
use crate::live::Live;
use module_macros::Params;
use std::net::{Ipv4Addr, Ipv6Addr};
use stdx::Text;

/// TCP and what runs on it. Times are in seconds unless the name says otherwise; sizes are in octets.
#[derive(Params, Clone, Debug)]
pub struct TcpSettings {
    /// The most connections; more are closed at once.
    #[param(name = "tcp_max_connections", default = LowBits(2048), shown = "2048")]
    pub max_connections: LowBits<32>,
    /// The most connections from one address; 0 is without limit.
    #[param(name = "tcp_accept_iplimit", default = 1024, range = 0..)]
    pub accept_iplimit: i64,
    /// Whether a second connection from the same address and port is refused.
    #[param(name = "tcp_accept_unique", default = false)]
    pub accept_unique: bool,
    /// Whether an `alias` parameter in a Via lets the connection serve for that port too.
    #[param(name = "tcp_accept_aliases", default = Live::from(0), range = 0..)]
    pub accept_aliases: Live,
    /// What becomes of an alias that another connection has: 0 it stays there, 1 both have it, 2 it moves.
    #[param(skip, default = 1)]
    pub alias_flags: i64,
    /// The same of a new connection's own port; it has no effect.
    #[param(skip, default = 2)]
    pub new_connection_alias_flags: i64,
    /// Whether a connection is used again only with the local address asked for.
    #[param(name = "tcp_connection_match", default = false)]
    pub connection_match: bool,
    /// The time without traffic after which a connection is closed; negative is never.
    #[param(name = "tcp_connection_lifetime", default = 120)]
    pub connection_lifetime: i64,
    /// The time to open a connection; negative is without limit.
    #[param(name = "tcp_connect_timeout", default = 10)]
    pub connect_timeout: i64,
    /// The time that a peer may take nothing while something waits for it; negative is without limit.
    #[param(name = "tcp_send_timeout", default = 10)]
    pub send_timeout: i64,
    /// The time for the first data on a connection; 0 is without limit.
    #[param(name = "tcp_msg_data_timeout", default = 20, range = 0..)]
    pub message_data_timeout: i64,
    /// The time for the rest of a message that has begun; 0 is without limit.
    #[param(name = "tcp_msg_read_timeout", default = 20, range = 0..)]
    pub message_read_timeout: i64,
    /// Whether no connection is ever opened.
    #[param(name = "tcp_no_connect", default = false)]
    pub no_connect: bool,
    /// The IPv4 address that connections are opened from.
    #[param(name = "tcp_source_ipv4")]
    pub source_ipv4: Written<Ipv4Addr>,
    /// The IPv6 address that connections are opened from.
    #[param(name = "tcp_source_ipv6")]
    pub source_ipv6: Written<Ipv6Addr>,
    /// Whether connections are opened from the port that is listened on.
    #[param(name = "tcp_reuse_port", default = false)]
    pub reuse_port: bool,
    /// The most octets queued for one connection.
    #[param(name = "tcp_conn_wq_max", default = LowBits(32768), shown = "32768")]
    pub connection_queue_max: LowBits<32>,
    /// The most octets queued for all connections.
    #[param(name = "tcp_wq_max", default = LowBits(10485760), shown = "10485760")]
    pub queue_max: LowBits<32>,
    /// The size of a queue's blocks.
    #[param(name = "tcp_wq_blk_size", default = 2100, compat = accepted("queues are not made of blocks"))]
    pub queue_block: i64,
    /// The size of the largest message over a connection; one that is larger ends it. `msg_recv_max_size`, if set, bounds it too.
    #[param(name = "tcp_rd_buf_size", default = 16384, range = 512..)]
    pub read_buffer: i64,
    /// The time before data after which a connection is accepted, where the system can wait with that; 0 does not wait.
    #[param(name = "tcp_defer_accept", default = 0, range = 0..)]
    pub defer_accept: i64,
    /// Whether the acknowledgement of an opened connection waits for the first data.
    #[param(name = "tcp_delayed_ack", default = true)]
    pub delayed_ack: bool,
    /// How often the system tries to open a connection; none is its own choice.
    #[param(name = "tcp_syncnt", range = 0..)]
    pub syn_count: Option<i64>,
    /// How long the system keeps a connection that only the peer has not closed; none is its own choice.
    #[param(name = "tcp_linger2", range = 0..)]
    pub linger2: Option<i64>,
    /// Whether the system probes silent connections.
    #[param(name = "tcp_keepalive", default = true)]
    pub keepalive: bool,
    /// The silence before the first probe; none is the system's choice.
    #[param(name = "tcp_keepidle", range = 0..)]
    pub keepalive_idle: Option<i64>,
    /// The time between two probes; none is the system's choice.
    #[param(name = "tcp_keepintvl", range = 0..)]
    pub keepalive_interval: Option<i64>,
    /// The unanswered probes that end a connection; none is the system's choice.
    #[param(name = "tcp_keepcnt", range = 0..)]
    pub keepalive_count: Option<i64>,
    /// Whether two empty lines are answered by one (RFC 5626 §4.4.1).
    #[param(name = "tcp_crlf_ping", default = true)]
    pub crlf_ping: bool,
    /// The connections that the system holds ready to be accepted.
    #[param(name = "tcp_listen_backlog", default = 1024, range = 0..)]
    pub listen_backlog: i64,
    /// Whether a message without Content-Length ends at its headers.
    #[param(name = "tcp_accept_no_cl", default = false)]
    pub accept_no_content_length: bool,
    /// Whether HEP version 3 is recognised.
    #[param(name = "tcp_accept_hep3", default = false, compat = accepted("no module takes HEP"))]
    pub accept_hep3: bool,
    /// Whether connections may begin with a header of the PROXY protocol, whose addresses count then.
    #[param(name = "tcp_accept_haproxy", default = false)]
    pub accept_haproxy: bool,
    /// What besides SIP may come over connections: a sum of 4 HTTP, 8 WebSocket, 16 MSRP, 32 HEP, 64 STUN, 128 PROXY, or
    /// their names.
    #[param(
        name = "tcp_accept_protocols",
        alias = "tcp_accept_protos",
        shown = "92",
        compat = partial("nothing here takes WebSocket, MSRP and HEP")
    )]
    pub accept_protocols: StreamProtocols,
    /// Whether connections are closed by RST.
    #[param(name = "tcp_close_rst", default = false)]
    pub close_rst: bool,
    /// Whether a connection stays open (1) or is closed (0) when its message led to an error: it cannot be routed, or the
    /// route of requests or responses has returned less than 0.
    #[param(name = "tcp_script_mode", default = 0)]
    pub script_mode: i64,
    /// Seconds between two looks for connections that have expired; -1 is as often as needed.
    #[param(name = "tcp_check_timer", default = -1, compat = accepted("each connection has its own timer"))]
    pub check_seconds: i64,
    /// How long to wait for more data, in milliseconds.
    #[param(name = "tcp_wait_data", default = 5000, compat = accepted("nothing waits for the data of one connection"))]
    pub wait_data_ms: i64,
    /// Whether the script sees a copy of the read buffer.
    #[param(name = "tcp_clone_rcvbuf", default = 0, compat = accepted("a message never changes under the script"))]
    pub clone_buffer: i64,
    /// How the process learns of data: `epoll_lt` and others.
    #[param(name = "tcp_poll_method", compat = accepted("the best that the system has is used"))]
    pub poll_method: Text,
    /// Whether file descriptors are cached.
    #[param(name = "tcp_fd_cache", default = true, compat = accepted("there is one process, and nothing to pass between several"))]
    pub fd_cache: bool,
    /// Whether sending goes on in the background.
    #[param(name = "tcp_async", alias = "tcp_buf_write", default = true, compat = accepted("nothing waits for a peer"))]
    pub background: bool,
    /// How many threads read in the main process.
    #[param(name = "tcp_main_threads", default = 0, compat = accepted("connections are read by one pool of threads"))]
    pub main_threads: i64,
    /// Whether HTTP responses are taken on connections.
    #[param(name = "http_reply_parse", alias = "http_reply_hack", default = false, compat = accepted("HTTP responses are no SIP"))]
    pub http_responses: bool,
}

/// TLS. Certificates and verification are parameters of module `tls`.
#[derive(Params, Clone, Debug)]
pub struct TlsSettings {
    /// Whether TLS is off; the `tls` module turns it on besides.
    #[param(name = "disable_tls", alias = "tls_disable", compat = accepted("TLS is not spoken to phones"))]
    pub disable: Option<bool>,
    /// Whether TLS is on.
    #[param(name = "enable_tls", alias = "tls_enable", compat = accepted("TLS is not spoken to phones"))]
    pub enable: Option<bool>,
    /// The port of TLS sockets that name none.
    #[param(name = "tls_port_no", default = 5061, compat = accepted("TLS is not spoken to phones"))]
    pub port: i64,
    /// The most connections over TLS.
    #[param(name = "tls_max_connections", default = 2048, compat = accepted("TLS is not spoken to phones"))]
    pub max_connections: i64,
    /// Whether connections to one place are kept apart by the server name they were opened for.
    #[param(name = "tls_connection_match_domain", default = false, compat = accepted("TLS is not spoken to phones"))]
    pub match_domain: bool,
    /// How a library's thread-local data is kept.
    #[param(name = "tls_threads_mode", default = 2, compat = accepted("concerns a library that is not used"))]
    pub threads_mode: i64,
    /// The version of the protocol.
    #[param(name = "tls_method", compat = accepted("obsolete upstream; a parameter of module `tls`"))]
    pub method: Text,
    /// Whether certificates are verified.
    #[param(name = "tls_verify", compat = accepted("obsolete upstream; a parameter of module `tls`"))]
    pub verify: Option<bool>,
    /// Whether a certificate is required.
    #[param(name = "tls_require_certificate", compat = accepted("obsolete upstream; a parameter of module `tls`"))]
    pub require_certificate: Option<bool>,
    /// The certificate's file.
    #[param(name = "tls_certificate", compat = accepted("obsolete upstream; a parameter of module `tls`"))]
    pub certificate: Text,
    /// The private key's file.
    #[param(name = "tls_private_key", compat = accepted("obsolete upstream; a parameter of module `tls`"))]
    pub private_key: Text,
    /// The file of trusted certificates.
    #[param(name = "tls_ca_list", compat = accepted("obsolete upstream; a parameter of module `tls`"))]
    pub ca_list: Text,
    /// Seconds for the handshake.
    #[param(name = "tls_handshake_timeout", compat = accepted("obsolete upstream; `tcp_connect_timeout` counts"))]
    pub handshake_timeout: Option<i64>,
    /// Seconds for sending.
    #[param(name = "tls_send_timeout", compat = accepted("obsolete upstream; `tcp_send_timeout` counts"))]
    pub send_timeout: Option<i64>,
}
