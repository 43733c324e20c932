//! Module parameters.

use module_api::{Params, Placed, Text};

/// What `modparam("corex", …)` sets.
#[derive(Params)]
pub struct Params {
    /// Domains, as `proto:domain:port`, that are us together with all their sub-domains.
    #[param(shown = "none", compat = accepted("names of us are those of `alias` and the sockets"))]
    pub alias_subdomains: Vec<Text>,
    /// Records known without asking the DNS: `type=A;name=…;addr=…`.
    #[param(shown = "none", compat = accepted("the system's hosts file serves this"))]
    pub dns_cache: Vec<Text>,
    /// Files of such records.
    #[param(shown = "none", compat = accepted("the system's hosts file serves this"))]
    pub dns_file: Vec<Text>,
    /// Whether `event_route[network:msg]` sees the octets that come and go.
    #[param(default = 0, compat = partial("over streams it sees whole messages only"))]
    pub nio_intercept: i64,
    /// The least length of octets that it sees.
    #[param(default = 0, range = 0..)]
    pub nio_min_msg_len: i64,
    /// The variable that holds what it changed them to.
    #[param(shown = "none")]
    pub nio_msg_avp: Option<Placed<Text>>,
    /// The function of an embedded language that stands for `event_route[corex:reply-out]`.
    #[param(shown = "none", compat = accepted("responses leave without it"))]
    pub evcb_reply_out: Option<Text>,
}
