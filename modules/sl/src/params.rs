//! Module parameters.

use module_api::Params;
use stdx::Text;

/// What `modparam("sl", …)` sets.
#[derive(Params)]
pub struct Params {
    /// The reason phrase that `sl_reply_error` and `send_reply_error` use when there is none of an error.
    #[param(default = Text::from_static("Internal Server Error"))]
    pub default_reason: Text,
    /// The status that `sl_reply_error` and `send_reply_error` use when there is none of an error.
    #[param(default = 500, range = 300..=699)]
    pub default_code: i64,
    /// Whether `send_reply` keeps away from transactions.
    #[param(default = 0, compat = accepted("a transaction module decides by itself"))]
    pub bind_tm: i64,
    /// Whether Record-Route is copied into responses of 200 to 299 only (0) or into provisional ones besides (1).
    #[param(default = 0, compat = accepted("Record-Route goes into responses from 180 to 299, as a dialog may come of them"))]
    pub rich_redirect: i64,
}
