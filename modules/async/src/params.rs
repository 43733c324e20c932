//! Module parameters.

use module_api::Params;

/// What `modparam("async", …)` sets.
#[derive(Params)]
pub struct Params {
    /// How many processes go on with requests.
    #[param(default = 1, compat = accepted("any thread goes on with a request"))]
    pub workers: i64,
    /// The resolution of the timer for milliseconds.
    #[param(default = 0, compat = accepted("timers are always exact to the millisecond"))]
    pub ms_timer: i64,
    /// What functions that put the request aside answer with; 0 ends the script.
    #[param(default = 0, name = "return")]
    pub r#return: i64,
    /// Whether the module does without `tm` (1).
    #[param(default = 0, compat = accepted("it takes tm where that is loaded, whatever this says"))]
    pub mode: i64,
}
