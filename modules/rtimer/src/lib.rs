//! Runs route blocks periodically.
//!
//! `timer` declares a timer, `exec` gives it a route block. Timers that are idle cost nothing between two runs; a run that
//! is still going when the next one is due delays it, as one process would upstream.

mod params;
mod pvars;
mod schedule;

use diagnostics::codes;
use module_api::{Diagnostic, Loader, Module, exports};
use params::Params;
use schedule::{Schedule, TimerSpec};
use std::sync::Arc;

/// The module's instance.
pub struct Rtimer {
    timers: Vec<TimerSpec>,
}

impl Module for Rtimer {
    type Params = Params;

    fn load(params: Params, loader: &mut Loader<'_>) -> Result<Self, Vec<Diagnostic>> {
        Ok(Rtimer {
            timers: schedule::declare(&params, loader.binder.diagnostics),
        })
    }

    fn start(self: &Arc<Self>, loader: &mut Loader<'_>) -> Result<(), Vec<Diagnostic>> {
        for (worker, timer) in self.timers.iter().enumerate() {
            for exec in &timer.routes {
                let Some(route) = loader.binder.routes.route(&exec.value) else {
                    // COMPAT: 5.6.3 starts with it, and the timer does nothing.
                    let message = format!(
                        "timer `{}` runs route[{}], which does not exist",
                        timer.name, exec.value
                    );
                    let code = codes::routes::UNKNOWN_ROUTE;
                    let warning = Diagnostic::warning(code, exec.span, message);
                    loader.binder.diagnostics.push(warning);
                    continue;
                };
                let schedule = Schedule::new(route, worker as i64);
                let name = format!("rtimer {}", timer.name);
                loader.hooks.every(name, timer.interval, move |runtime, _| {
                    schedule.run(runtime)
                });
            }
        }
        Ok(())
    }
}

exports! {
    name: "rtimer",
    module: Rtimer,
    functions: [],
    pvars: [pvars::worker],
    transformations: [],
    rpcs: [],
    event_routes: {},
    statistics: {},
}
