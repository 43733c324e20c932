//! Module parameters.

use module_api::Params;

/// What `modparam("pike", …)` sets.
#[derive(Params, Clone, Debug)]
pub struct Params {
    /// The seconds over which requests are counted.
    #[param(default = 2, range = 1..)]
    pub sampling_time_unit: i64,
    /// The requests of one source in that time that make it a flood. A source that was not seen before may send some more.
    #[param(default = 30, range = 1..)]
    pub reqs_density_per_unit: i64,
    /// The seconds that a source is remembered after its last request.
    #[param(default = 120, range = 1..)]
    pub remove_latency: i64,
    /// The level of the messages about floods that begin and end; that of warnings unless given (observed on 5.6.3, whose manual
    /// says 1).
    #[param(default = 0)]
    pub pike_log_level: i64,
}
