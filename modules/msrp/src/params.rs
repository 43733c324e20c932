//! Module parameters: all of them are about frames, which are not served.

use module_api::{Params, Text};

/// What `modparam("msrp", …)` sets.
#[derive(Params)]
pub struct Params {
    /// Whether a frame is shown to the script as a SIP message.
    #[param(default = 1, compat = accepted("frames are not served"))]
    pub sipmsg: i64,
    /// The size of the table of connections, as a power of two; 0 for none.
    #[param(default = 0, compat = accepted("frames are not served"))]
    pub cmap_size: i64,
    /// The seconds between two looks for connections that have expired.
    #[param(default = 60, compat = accepted("frames are not served"))]
    pub timer_interval: i64,
    /// The least that AUTH may ask for in Expires.
    #[param(default = 60, compat = accepted("frames are not served"))]
    pub auth_min_expires: i64,
    /// The most that AUTH may ask for in Expires.
    #[param(default = 3600, compat = accepted("frames are not served"))]
    pub auth_max_expires: i64,
    /// The address in paths that are made for clients.
    #[param(shown = "", compat = accepted("frames are not served"))]
    pub use_path_addr: Text,
    /// The function that is called in the place of event routes.
    #[param(shown = "", compat = accepted("frames are not served"))]
    pub event_callback: Text,
}
