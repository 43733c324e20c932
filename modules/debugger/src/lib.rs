//! Helps to find mistakes: a trace of the actions of scripts in the log, breakpoints and stepping over RPC, log levels of
//! single modules, the message and the variables of a run in the log.
//!
//! A run that is stopped is parked like any other that waits: nothing else is held up but its own call. Where upstream
//! names the process that waits, the commands here name the run; the number of the process stands for the run that has been
//! stopped the longest. A script costs nothing more where the module is not loaded. Read `session` first.

mod dump;
mod functions;
mod params;
mod rpc;
mod session;
mod trace;

use diagnostics::codes;
use module_api::{Diagnostic, Loader, LogLevel, Module, Placed, Runtime, Text, exports};
use params::Params;
use session::Session;
use std::sync::Arc;
use std::time::Duration;
use trace::Trace;

/// The module's instance.
pub struct Debugger {
    /// The level of what this module logs.
    level: LogLevel,
    /// The levels of modules.
    levels: Vec<(String, i8)>,
    /// Whether these count.
    levels_count: bool,
    /// The syslog facilities of modules.
    facilities: Vec<(String, u8)>,
    /// Whether these count.
    facilities_count: bool,
    /// How actions are logged.
    trace: Arc<Trace>,
    /// What is traced and what is stopped.
    session: Arc<Session>,
    /// How long a command waits for what a stopped run answers.
    patience: Duration,
    /// Whether messages may be numbered anew.
    resets_numbers: bool,
}

/// Reads `module=level`.
fn module_level(text: &str) -> Option<(String, i8)> {
    let (module, level) = text.split_once('=')?;
    let level = level.trim().parse().ok()?;
    Some((module.trim().to_owned(), level))
}

/// Reads `module=facility`.
fn module_facility(text: &str) -> Option<(String, u8)> {
    let (module, facility) = text.split_once('=')?;
    let facility = telemetry::facility_number(facility.trim())?;
    Some((module.trim().to_owned(), facility))
}

/// Reads each of the values of a parameter, whose form is told where one is not of it.
fn read_all<T>(
    (name, form): (&str, &str),
    values: &[Placed<Text>],
    read: impl Fn(&str) -> Option<T>,
    mistakes: &mut Vec<Diagnostic>,
) -> Vec<T> {
    let mut found = Vec::new();
    for given in values {
        let text = given.value.to_str_lossy();
        match read(&text) {
            Some(value) => found.push(value),
            None => mistakes.push(Diagnostic::error(
                codes::params::BAD_PARAMETER,
                given.span,
                format!("parameter `{name}`: `{text}` is not `{form}`"),
            )),
        }
    }
    found
}

impl Debugger {
    fn apply(&self, runtime: &Runtime) {
        let logger = &runtime.logger;
        logger.use_module_facilities(self.facilities_count);
        logger.use_module_thresholds(self.levels_count);
        for (module, facility) in &self.facilities {
            runtime.logger.set_module_facility(module, Some(*facility));
        }
        for (module, level) in &self.levels {
            set_level(runtime, module, Some(*level));
        }
    }
}

/// Gives a module a level of its own; `core` is what lies in no module.
pub fn set_level(runtime: &Runtime, module: &str, level: Option<i8>) {
    runtime.logger.set_module_threshold(module, level);
}

impl Module for Debugger {
    type Params = Params;

    fn load(params: Params, loader: &mut Loader<'_>) -> Result<Self, Vec<Diagnostic>> {
        let mut mistakes = Vec::new();
        let form = ("mod_level", "module=level");
        let levels = read_all(form, &params.mod_level, module_level, &mut mistakes);
        let form = ("mod_facility", "module=facility");
        let facilities = read_all(form, &params.mod_facility, module_facility, &mut mistakes);
        if mistakes.is_empty() {
            let before = loader
                .previous
                .and_then(|loaded| loaded.instance::<Debugger>());
            Ok(Debugger {
                level: LogLevel::from_number(params.log_level),
                levels,
                levels_count: params.mod_level_mode != 0,
                facilities,
                facilities_count: params.mod_facility_mode != 0,
                trace: Arc::new(Trace::new(&params)),
                session: match before {
                    Some(before) => before.session.clone(),
                    None => Arc::new(Session::new(params.cfgtrace != 0, params.breakpoint != 0)),
                },
                patience: params.patience(),
                resets_numbers: params.reset_msgid != 0,
            })
        } else {
            Err(mistakes)
        }
    }

    fn start(self: &Arc<Self>, loader: &mut Loader<'_>) -> Result<(), Vec<Diagnostic>> {
        let debugger = self.clone();
        loader
            .hooks
            .on_start(move |runtime| debugger.apply(runtime));
        let (session, trace) = (self.session.clone(), self.trace.clone());
        loader.hooks.action = Some(Box::new(move |call, action| {
            if session.is_tracing() {
                trace.write(call, action);
            }
            Session::before(&session, call, action)
        }));
        Ok(())
    }
}

exports! {
    name: "debugger",
    module: Debugger,
    functions: [
        functions::dbg_breakpoint,
        functions::dbg_pv_dump,
        functions::dbg_sip_msg,
    ],
    pvars: [],
    transformations: [],
    rpcs: [
        rpc::breakpoint,
        rpc::list,
        rpc::trace,
        rpc::get_level,
        rpc::set_level,
        rpc::get_facility,
        rpc::set_facility,
        rpc::reset_message_number,
    ],
    event_routes: {},
    statistics: {},
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_level_names_module_and_level() {
        assert_eq!(module_level("tm=3"), Some(("tm".to_owned(), 3)));
        assert_eq!(module_level("core = -1"), Some(("core".to_owned(), -1)));
        assert_eq!(module_level("tm"), None);
        assert_eq!(module_level("tm=high"), None);
    }

    #[test]
    fn a_module_facility_names_module_and_facility() {
        assert_eq!(
            module_facility("core=LOG_LOCAL1"),
            Some(("core".to_owned(), 17))
        );
        assert_eq!(module_facility("core=local1"), None);
    }
}
