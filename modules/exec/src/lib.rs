//! Programs run from the script: with the message to read, for new targets, for values, or for what they do.
//!
//! A program holds up only the run that started it: the run parks until the program has ended. How many run at a time, how
//! long, and how much of what they write is kept has limits.

mod environment;
mod functions;
mod params;
mod program;

use module_api::{Diagnostic, Gauge, Loader, Module, exports};
use params::Params;

/// The module's instance.
pub struct Exec {
    params: Params,
    running: Gauge,
}

/// A place among the programs that run, until it is dropped.
struct Slot(Gauge);

impl Drop for Slot {
    fn drop(&mut self) {
        self.0.add(-1);
    }
}

impl Exec {
    /// A place for one more program; none when there is no room.
    fn slot(&self) -> Option<Slot> {
        self.running.add(1);
        let slot = Slot(self.running.clone());
        (self.running.value() <= self.params.programs_max).then_some(slot)
    }
}

impl Module for Exec {
    type Params = Params;

    fn load(params: Params, loader: &mut Loader<'_>) -> Result<Self, Vec<Diagnostic>> {
        Ok(Exec {
            params,
            running: loader.statistics.gauge("exec", "running"),
        })
    }
}

exports! {
    name: "exec",
    module: Exec,
    functions: [
        functions::exec_msg,
        functions::exec_dset,
        functions::exec_avp,
        functions::exec_cmd,
    ],
    pvars: [],
    transformations: [],
    rpcs: [],
    event_routes: {},
    statistics: { "running": "programs that run" },
}
