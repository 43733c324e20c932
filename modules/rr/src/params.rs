//! Module parameters.

use module_api::{Params, Placed, Text};

/// What `modparam("rr", …)` sets.
#[derive(Params, Debug)]
pub struct Params {
    /// Whether the header has `lr=on` and not only `lr`, for user agents that lose parameters without a value.
    #[param(default = false)]
    pub enable_full_lr: bool,
    /// Whether the header has the From tag as `ftag`, by which the direction of later requests is known.
    #[param(default = Placed { value: true, span: module_api::Span::default() }, shown = "1")]
    pub append_fromtag: Placed<bool>,
    /// Whether there are two headers: 0 never, 1 when the request leaves by another socket than it came in by, 2 always.
    #[param(default = 1, range = 0..=2)]
    pub enable_double_rr: i64,
    /// Whether the header has the user of the Request-URI.
    #[param(default = false)]
    pub add_username: bool,
    /// Whether it is logged when the second of two headers names none of our sockets.
    #[param(default = true)]
    pub enable_socket_mismatch_warning: bool,
    /// The variable that holds the user for the header, with `add_username`.
    pub custom_user_avp: Placed<Text>,
    /// Whether a single Route of ours decides the socket to send from, as two of them do.
    #[param(default = false)]
    pub force_send_socket: bool,
    /// Whether the header is a `sip` URI also for a `sips` Request-URI.
    #[param(default = false)]
    pub ignore_sips: bool,
    /// Whether the header has the name of the socket as `sn`, and a Route is ours by it.
    #[param(default = false)]
    pub sockname_mode: bool,
    /// What `loose_route()` leaves out, as in `loose_route_mode()`: 1 what strict routers need, 2 flow tokens.
    #[param(default = 0)]
    pub loose_route_mode: i64,
}
