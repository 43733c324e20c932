//! Module parameters.

use module_api::{Params, Placed, Text};

/// What `modparam("nathelper", …)` sets.
#[derive(Params)]
pub struct Params {
    /// The seconds between two pings of a contact; 0 turns them off.
    #[param(default = 0, range = 0..)]
    pub natping_interval: i64,
    /// Whether only contacts with the `nat_bflag` of usrloc are pinged.
    #[param(default = false)]
    pub ping_nated_only: bool,
    /// The line that marks a changed session description, with its line end; empty is none.
    #[param(default = Text::from_static("a=nortpproxy:yes\r\n"))]
    pub nortpproxy_str: Text,
    /// The variable for the source of a registration, as in the module registrar.
    pub received_avp: Placed<Text>,
    /// The socket that pings leave by.
    pub force_socket: Placed<Text>,
    /// The From URI of SIP pings, or a whole name and address; without one there are none.
    pub sipping_from: Text,
    /// The method of SIP pings.
    #[param(default = Text::from_static("OPTIONS"))]
    pub sipping_method: Text,
    /// The branch flag of contacts that get SIP pings; -1 is none. Without `ping_nated_only` all contacts get them.
    #[param(default = -1, range = -1..=31)]
    pub sipping_bflag: i64,
    /// The branch flag of contacts that get no pings; -1 is none.
    #[param(default = -1, range = -1..=31)]
    pub natping_disable_bflag: i64,
    /// How many processes send pings.
    #[param(default = 1, compat = accepted("there are no processes"))]
    pub natping_processes: i64,
    /// The source address of UDP pings, `address:port`: that of one of our UDP sockets, or any other over IPv4. That takes the
    /// privilege `CAP_NET_RAW`; without it the log says so, and they leave with our own addresses.
    pub natping_socket: Placed<Text>,
    /// The seconds after which a contact is removed when it does not answer SIP pings; 0 is never.
    #[param(default = 0, range = 0..)]
    pub keepalive_timeout: i64,
    /// Whether UDP pings go to the contact itself, with the address in the last URI of its Path as their source, as from the proxy
    /// that the contact knows. Over IPv4, and with the privilege `CAP_NET_RAW`; without it the log says so, and they leave as
    /// without this.
    #[param(default = false)]
    pub udpping_from_path: bool,
    /// Whether pings go to the contact and not along its Path.
    #[param(default = false)]
    pub ignore_path: bool,
    /// Whether a changed session description tells the old addresses in `a=oldmediaip` lines.
    #[param(default = true)]
    pub append_sdp_oldmediaip: bool,
    /// Whether only contacts that this server has registered are pinged, by `server_id`.
    #[param(default = false)]
    pub filter_server_id: bool,
    /// Whether 192.0.0.0/24 counts as private as a whole.
    #[param(default = true)]
    pub nat_addr_mode: bool,
    /// The name of the Contact parameter for the source address.
    #[param(default = Text::from_static("alias"))]
    pub alias_name: Text,
}
