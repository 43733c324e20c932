//! Module parameters.

use module_api::{Params, Placed, Text};

/// What `modparam("rtpproxy", …)` sets.
#[derive(Params)]
pub struct Params {
    /// The marker in descriptions that go through a proxy already; empty for none.
    #[param(default = Text::from_static("a=nortpproxy:yes\r\n"), shown = "a=nortpproxy:yes\\r\\n")]
    pub nortpproxy_str: Text,
    /// Proxies, separated by blanks, as `udp:host:port`, `udp6:host:port` or `unix:path`, each with `=weight` where
    /// wanted; before them the number of their set as `set ==`. May be given several times.
    #[param(shown = "")]
    pub rtpproxy_sock: Vec<Placed<Text>>,
    /// The seconds that a proxy is left alone which does not answer.
    #[param(default = 60, range = 0..)]
    pub rtpproxy_disable_tout: i64,
    /// How often a question is sent again.
    #[param(default = 5, range = 0..=100)]
    pub rtpproxy_retr: i64,
    /// The seconds that an answer is waited for each time.
    #[param(default = 1, range = 1..=600)]
    pub rtpproxy_tout: i64,
    /// Where the proxy tells of streams that have fallen silent, such as `xmlrpc:http://127.0.0.1:8000/RPC2`; it learns of it
    /// when both ends of a session are known.
    #[param(shown = "")]
    pub timeout_socket: Text,
    /// The variable with what the proxy says when it tells so.
    #[param(shown = "", compat = accepted("proxies are told a place without more"))]
    pub timeout_tag_pv: Placed<Text>,
    /// The variable that says how ICE candidates of the proxy are ranked.
    #[param(shown = "", compat = accepted("no ICE candidates are added: RTPProxy speaks no ICE"))]
    pub ice_candidate_priority_avp: Text,
    /// The variable that tells sessions of one call apart, with the flag `b`.
    #[param(shown = "")]
    pub extra_id_pv: Placed<Text>,
    /// The database with the proxies; those of `rtpproxy_sock` do not count then.
    #[param(shown = "")]
    pub db_url: Placed<Text>,
    /// Its table.
    #[param(default = Text::from_static("rtpproxy"))]
    pub table_name: Text,
    /// The variable that is told which proxy was chosen.
    #[param(shown = "")]
    pub rtp_inst_pvar: Placed<Text>,
}
