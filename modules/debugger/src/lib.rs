//! Helps to find mistakes: log levels of single modules, the message and the variables of a run in the log.
//!
//! What upstream offers for stepping through a script is accepted and does nothing: no run is ever stopped.

mod functions;
mod params;
mod rpc;

use diagnostics::codes;
use module_api::{Diagnostic, Loader, LogLevel, Module, Runtime, exports};
use params::Params;
use std::sync::Arc;

/// The module's instance.
pub struct Debugger {
    /// The level of what this module logs.
    level: LogLevel,
    /// The levels of modules.
    levels: Vec<(String, i8)>,
}

/// Reads `module=level`.
fn module_level(text: &str) -> Option<(String, i8)> {
    let (module, level) = text.split_once('=')?;
    let level = level.trim().parse().ok()?;
    Some((module.trim().to_owned(), level))
}

impl Debugger {
    fn apply(&self, runtime: &Runtime) {
        for (module, level) in &self.levels {
            set_level(runtime, module, Some(*level));
        }
    }
}

/// Gives a module a level of its own; that of `core` is the level of all that have none.
pub fn set_level(runtime: &Runtime, module: &str, level: Option<i8>) {
    runtime.logger.set_module_threshold(module, level);
}

impl Module for Debugger {
    type Params = Params;

    fn load(params: Params, _: &mut Loader<'_>) -> Result<Self, Vec<Diagnostic>> {
        let mut levels = Vec::new();
        let mut mistakes = Vec::new();
        for given in &params.mod_level {
            let text = given.value.to_str_lossy();
            match module_level(&text) {
                Some(level) => levels.push(level),
                None => mistakes.push(Diagnostic::error(
                    codes::params::BAD_PARAMETER,
                    given.span,
                    format!("parameter `mod_level`: `{text}` is not `module=level`"),
                )),
            }
        }
        if params.mod_level_mode == 0 {
            levels.clear();
        }
        if mistakes.is_empty() {
            let level = LogLevel::from_number(params.log_level);
            Ok(Debugger { level, levels })
        } else {
            Err(mistakes)
        }
    }

    fn start(self: &Arc<Self>, loader: &mut Loader<'_>) -> Result<(), Vec<Diagnostic>> {
        let debugger = self.clone();
        loader
            .hooks
            .on_start(move |runtime| debugger.apply(runtime));
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
}
