//! Commands of the system.

use crate::{Core, driver};
use module_api::{Call, Literal, Step, Unrecorded, script_function};

/// Runs a command with the shell, and goes on when it has ended. True whatever the command says.
///
/// ```cfg
/// exec("true");
/// ```
#[script_function(exec, routes = ANY, waits)]
fn exec(core: &Core, call: &mut Call, command: Literal) -> Step {
    // Not expanded: the shell has its own idea of what `$` means.
    let command = command.0;
    match driver::run(&core.commands, &*call.runtime.host, &command) {
        Some(end) => Step::wait(format!("exec {command}"), end, move |call, end| {
            if let Some(reason) = end.unwrap_or(Some("it was given up".to_owned())) {
                call.error(format_args!("`{command}`: {reason}"));
            }
            Unrecorded::TRUE
        }),
        None => {
            call.error(format_args!(
                "too many commands are running for `{command}`"
            ));
            Unrecorded::TRUE.into()
        }
    }
}
