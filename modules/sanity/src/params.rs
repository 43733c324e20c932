//! Module parameters.

use module_api::{Params, Text};

/// What `modparam("sanity", …)` sets.
#[derive(Params)]
pub struct Params {
    /// The checks of `sanity_check()` without arguments, as the sum of their numbers.
    #[param(default = 3047, range = 0..=131071)]
    pub default_checks: i64,
    /// The URIs that are checked: 1 Request-URI, 2 From, 4 To, 8 Contact.
    #[param(default = 7, range = 0..=15)]
    pub uri_checks: i64,
    /// Whether every `sanity_check()` looks at the sizes, as it does with 65536 among its checks. A size of 0 is not looked at.
    #[param(default = 0)]
    pub size_checks: i64,
    /// The most octets of a message.
    #[param(default = 16384)]
    pub size_message: i64,
    /// The most octets of a method's name; of a response that in CSeq.
    #[param(default = 32)]
    pub size_method: i64,
    /// The most octets of a Request-URI.
    #[param(default = 256)]
    pub size_ruri: i64,
    /// The most octets of the URI in From.
    #[param(default = 256)]
    pub size_from_uri: i64,
    /// The most octets of the URI in To.
    #[param(default = 256)]
    pub size_to_uri: i64,
    /// The most octets of a URI in Contact.
    #[param(default = 256)]
    pub size_contact_uri: i64,
    /// The most octets of a URI in Route or Record-Route.
    #[param(default = 256)]
    pub size_route_uri: i64,
    /// The most octets of a URI in Path.
    #[param(default = 256)]
    pub size_path_uri: i64,
    /// The most octets of a URI in P-Asserted-Identity.
    #[param(default = 256)]
    pub size_pai_uri: i64,
    /// The most octets of one header field.
    #[param(default = 2048)]
    pub size_header: i64,
    /// The most octets of all header fields together.
    #[param(default = 8192)]
    pub size_headers: i64,
    /// The most octets of a body.
    #[param(default = 8192)]
    pub size_body: i64,
    /// The extensions that Proxy-Require may name, separated by commas.
    #[param(default = Text::from_static(""))]
    pub proxy_require: Text,
    /// Whether the script ends where a check fails; otherwise the function is false.
    #[param(default = 1)]
    pub autodrop: i64,
    /// Whether the response to a faulty request is left to the script.
    #[param(default = 0)]
    pub noreply: i64,
}
