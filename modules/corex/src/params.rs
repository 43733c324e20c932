//! Module parameters.

use module_api::{Params, Placed, Text};

/// What `modparam("corex", …)` sets.
#[derive(Params)]
pub struct Params {
    /// Domains, as `proto:domain:port`, that are us together with all their sub-domains. Without a port or a transport any
    /// will do.
    #[param(shown = "none")]
    pub alias_subdomains: Vec<Placed<Text>>,
    /// A record that is known from the start without asking the DNS: `type=A;name=…;addr=…;ttl=…;flags=…`.
    ///
    /// `type` is `A`, `AAAA` or `SRV`, which has `priority`, `weight` and `port` besides; `ttl` is in seconds, and 0, the
    /// default, is over at once; `flags` are 1 the name cannot be resolved, 2 the record stays for ever.
    #[param(shown = "none")]
    pub dns_cache: Vec<Placed<Text>>,
    /// A file with such records, one in a line; lines that begin with `#` say nothing.
    #[param(shown = "none")]
    pub dns_file: Vec<Placed<Text>>,
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
    #[param(shown = "none", compat = accepted("responses leave without it, as on 5.6.3"))]
    pub evcb_reply_out: Option<Text>,
}
