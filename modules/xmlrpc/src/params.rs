//! Module parameters.

use module_api::{Params, Placed, Text};

/// What `modparam("xmlrpc", …)` sets.
#[derive(Params)]
pub struct Params {
    /// The route block that is run for requests of XML-RPC; by default `request_route`.
    pub route: Placed<Text>,
    /// Whether arguments become what a command wants.
    #[param(default = 0, compat = accepted("they always do where it can be done"))]
    pub autoconversion: i64,
    /// Whether (1) a CR in a string of an answer is written as `&#xD;`.
    #[param(default = 1)]
    pub escape_cr: i64,
    /// Whether (1) two LFs in an argument become CR LF.
    #[param(default = 0)]
    pub double_lf_to_crlf: i64,
    /// With 1 requests are left to others, who call `dispatch_rpc()` for those they choose.
    #[param(default = 0, range = 0..=1)]
    pub mode: i64,
    /// A regular expression that the URL of a request must match; empty takes every URL.
    pub url_match: Placed<Text>,
    /// A regular expression; a request whose URL matches it is left to others.
    pub url_skip: Placed<Text>,
    /// A function of an embedded language that is run in the place of the route.
    #[param(compat = accepted("the route is run"))]
    pub event_callback: Text,
}
