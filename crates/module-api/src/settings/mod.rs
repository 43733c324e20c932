//! The core parameters (`name = value` at the top of a configuration) and the script's own ones.

mod custom;
mod dns;
mod ip;
mod kemi;
mod kinds;
mod log;
mod process;
mod tcp;

#[cfg(test)]
mod tests;

use crate::live::Live;
use module_macros::Params;
use stdx::Text;

pub use custom::{CustomSetting, CustomSettings};
pub use dns::{BlocklistSettings, DnsSettings};
pub use ip::IpSettings;
pub use kemi::KemiSettings;
pub use kinds::{
    HostText, Ipv6Style, LiveTransport, LogFacility, LowBits, StreamProtocols, TypeOfService,
    Written,
};
pub use log::LogSettings;
pub use process::{MemorySettings, ProcessSettings};
pub use tcp::{TcpSettings, TlsSettings};

/// The core parameters that are plain values. `listen`, `alias` and the like are read apart.
#[derive(Params, Clone, Debug)]
pub struct CoreSettings {
    /// The level of messages that are logged: -5 to 4, higher says more.
    #[param(default = 0)]
    pub debug: i64,
    /// How often the body of one `while` may run; 0 is without limit.
    #[param(default = Live::from(100), range = 0..)]
    pub max_while_loops: Live,
    /// How deep route blocks may call each other.
    #[param(default = 256, range = 1..)]
    pub max_recursive_level: i64,
    /// The memory, in MB, that runs of the script may take about while they wait, for a back end or for time, and the messages of
    /// their calls that wait for them.
    ///
    /// Each takes two kilobytes or more, and who floods a server with what has to wait could fill its memory. A run that wants to
    /// wait beyond that ends there as if by `drop`, and messages that would have to wait are dropped.
    #[param(default = 256, range = 1..=1_048_576, compat = ours)]
    pub parked_memory: i64,
    /// Whether a call in a comparison stands for its truth (0) or for its return code (1).
    #[param(default = 0, range = 0..)]
    pub return_mode: i64,
    /// Whether every request is handled as if its top Via had `rport`.
    #[param(default = Live::from(0), alias = "add_rport", range = 0..)]
    pub force_rport: Live,
    /// Whether our Via always has an empty `rport`.
    #[param(default = false)]
    pub local_rport: bool,
    /// Whether the socket to send from is found by asking the system's routing. Where that would send from an address that is not
    /// listened on, the socket is found as without the parameter; Kamailio 5.6.3 does not send then.
    #[param(default = false)]
    pub mhomed: bool,
    /// The port of sockets that name none; 0 is 5060.
    #[param(default = LowBits(5060), shown = "5060")]
    pub port: LowBits<16>,
    /// Whether TCP and what runs on it is off.
    #[param(default = false)]
    pub disable_tcp: bool,
    /// Whether the names of addresses listened on are names of us too.
    #[param(default = true, alias = "auto_domains")]
    pub auto_aliases: bool,
    /// The host that our Via and Record-Route name, for all sockets that have none of their own.
    pub advertised_address: HostText,
    /// The port that they name; 0 is the socket's.
    #[param(default = 0, range = 0..=65_535)]
    pub advertised_port: i64,
    /// The Server header of our responses, with its name.
    #[param(default = Text::from_static("Server: kahea (kamailio 6.1 compatible)"))]
    pub server_header: Text,
    /// The User-Agent header of our requests, with its name.
    #[param(default = Text::from_static("User-Agent: kahea (kamailio 6.1 compatible)"))]
    pub user_agent_header: Text,
    /// Whether our messages say who made them.
    #[param(default = true)]
    pub server_signature: bool,
    /// The whole line that goes into responses, from those above.
    #[param(skip)]
    pub server_line: Text,
    /// The whole line that goes into our requests.
    #[param(skip)]
    pub user_agent_line: Text,
    /// How many branches a request may have.
    #[param(default = 12, range = 1..=31, strict)]
    pub max_branches: i64,
    /// Whether a response's topmost Via must be ours.
    #[param(default = false)]
    pub check_via: bool,
    /// Whether responses go to the Via's address and not to where the request came from.
    #[param(default = false)]
    pub reply_to_via: bool,
    /// Whether `onsend_route` runs for responses too.
    #[param(default = false)]
    pub onsend_route_reply: bool,
    /// When `event_route[core:msg-received]` runs, a sum: 1 for each message, before it is parsed; 2 for octets as they come, first.
    #[param(default = 0, compat = partial("2: the octets of a stream are seen when there is a message"))]
    pub received_route_mode: i64,
    /// Whether a SIP URI with `user=phone` is handled as a telephone number.
    #[param(default = true)]
    pub phone2tel: bool,
    /// How many locks order the messages of one call; 0 is none.
    #[param(default = 0, compat = accepted("the messages of a call are always handled in their order"))]
    pub route_locks_size: i64,
    /// A number that makes generated identifiers unique among several servers.
    #[param(default = 0, range = 0..)]
    pub server_id: i64,
    /// Whether changes are made part of a request when its transaction begins, so that later routes read them; `t_msg_apply_changes()`
    /// needs it.
    #[param(default = 0)]
    pub msg_apply_changes_mode: i64,
    /// Whether the time of each message is taken.
    #[param(default = 1, compat = accepted("it always is"))]
    pub msg_time: i64,
    /// Whether responses made here have a Warning header that describes the request.
    #[param(default = false)]
    pub sip_warning: bool,
    /// 1: what a message may look like is checked as RFC 3261 has it, 0: less is checked.
    #[param(default = 1, compat = accepted("a message is taken as it is; module `sanity` checks it"))]
    pub sip_parser_mode: i64,
    /// Characters beside those of the RFC that a URI's host may have.
    #[param(compat = accepted("hosts may hold what names and addresses are written with"))]
    pub uri_host_extra_chars: Text,
    /// Characters beside those of the RFC that a header field's name may have.
    #[param(compat = accepted("header fields with other names go on as they are"))]
    pub hdr_name_extra_chars: Text,
    /// The `$xavp` whose items become parameters of our Via.
    pub xavp_via_params: Text,
    /// The `$xavp` whose items become host and port of our Via.
    pub xavp_via_fields: Text,
    /// The `$xavp` whose items become parameters of the Via in responses.
    pub xavp_via_reply_params: Text,
    /// The database table of the other tables' versions.
    #[param(default = Text::from_static("version"))]
    pub version_table: Text,
    /// What stands between the group and the name of a statistic.
    #[param(default = Text::from_static("_"))]
    pub stats_name_separator: Text,
    /// The fewest seconds between two runs of a command that takes long.
    #[param(default = 0, compat = accepted("nobody sees what is half reloaded"))]
    pub rpc_exec_delta: i64,
    /// How many locks order RPC commands.
    #[param(default = 0, compat = accepted("commands do not exclude each other"))]
    pub rpc_exec_locks: i64,
    /// How those locks are taken.
    #[param(default = 0, compat = accepted("commands do not exclude each other"))]
    pub rpc_exec_locks_mode: i64,
    /// What makes random numbers: `rand` or `fast`.
    #[param(compat = accepted("what needs to be unpredictable always is"))]
    pub random_engine: Text,
    /// Whether the list of timers is checked.
    #[param(default = 0, compat = accepted("timers cannot be in disorder"))]
    pub timer_sanity_check: i64,
    /// What is logged, and where it goes.
    #[param(group)]
    pub log: LogSettings,
    /// Sockets in general, UDP, and multicast.
    #[param(group)]
    pub ip: IpSettings,
    /// TCP and what runs on it.
    #[param(group)]
    pub tcp: TcpSettings,
    /// TLS.
    #[param(group)]
    pub tls: TlsSettings,
    /// Resolving names.
    #[param(group)]
    pub dns: DnsSettings,
    /// Remembering places that do not answer.
    #[param(group)]
    pub blocklist: BlocklistSettings,
    /// The process.
    #[param(group)]
    pub process: ProcessSettings,
    /// Memory.
    #[param(group)]
    pub memory: MemorySettings,
    /// Routes in another language.
    #[param(group)]
    pub kemi: KemiSettings,
}

/// What `msg_recv_max_size` is in 6.1 by itself.
const MESSAGE_MAX: i64 = 32_767;

impl CoreSettings {
    /// Works out what follows from several parameters; to be called when all are set.
    pub fn finish(&mut self) {
        self.server_line = self.signature(&self.server_header);
        self.user_agent_line = self.signature(&self.user_agent_header);
    }

    /// How many octets the largest message has (`msg_recv_max_size`).
    pub fn message_max(&self) -> usize {
        let most = self.ip.message_max;
        let most = most.unwrap_or_else(|| self.tcp.read_buffer.max(MESSAGE_MAX));
        usize::try_from(most).unwrap_or(usize::MAX)
    }

    fn signature(&self, header: &Text) -> Text {
        if self.server_signature {
            Text::concat(&[header, b"\r\n"])
        } else {
            Text::default()
        }
    }
}
