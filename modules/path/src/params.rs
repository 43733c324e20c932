//! Module parameters.

use module_api::{Params, Text};

/// What `modparam("path", …)` sets.
#[derive(Params)]
pub struct Params {
    /// Whether `loose_route()` makes the address in our Route the next hop.
    #[param(default = false)]
    pub use_received: bool,
    /// How that address is written: 0 as an escaped URI, 1 as an alias, `address~port~transport`.
    #[param(default = 0, range = 0..=1)]
    pub received_format: i64,
    /// The name of the parameter that holds it.
    #[param(default = Text::from_static("received"))]
    pub received_name: Text,
    /// Whether there are two header fields, one for each side.
    #[param(default = false)]
    pub enable_r2: bool,
    /// Whether the header has the name of the socket as `sn`.
    #[param(default = false)]
    pub sockname_mode: bool,
}
