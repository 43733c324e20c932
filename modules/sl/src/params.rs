//! Module parameters.

use module_api::Params;
use stdx::Text;

/// What `modparam("sl", …)` sets.
#[derive(Params)]
pub struct Params {
    /// The reason phrase of a response when the one given has no value, and that of `sl_reply_error` and `send_reply_error`
    /// when there is none of an error.
    #[param(default = Text::from_static("Internal Server Error"))]
    pub default_reason: Text,
    /// The status of a response when the one given is no number, and that of `sl_reply_error` and `send_reply_error` when
    /// there is none of an error.
    #[param(default = 500, range = 300..=699)]
    pub default_code: i64,
    /// Whether `send_reply` and `send_reply_error` answer in the transaction when there is one.
    #[param(default = 1)]
    pub bind_tm: i64,
    /// What a stateless 3xx tells of each place in its Contact: 1 the branch flags, 2 the Path, 3 both.
    #[param(default = 0, range = 0..=3)]
    pub rich_redirect: i64,
    /// A function of another language that is called in the place of `event_route[sl:filtered-ack]`.
    #[param(shown = "", compat = accepted("event routes are run"))]
    pub event_callback_fl_ack: Text,
    /// A function of another language that is called in the place of `event_route[sl:local-response]`.
    #[param(shown = "", compat = accepted("event routes are run"))]
    pub event_callback_lres_sent: Text,
}
