//! Fixed texts in the log. For texts with variables there is module `xlog`.

use crate::arguments::Fixed;
use module_api::{Call, LiteralInt, LogLevel, Text, Unrecorded, script_function};

/// The level of a text without one: beyond debug (observed on 5.6.3).
const LEVEL_WITHOUT: i64 = 4;

fn write(call: &mut Call, level: i64, text: &Text) -> Unrecorded {
    // What is beyond debug shows only when the parameter is higher than debug, too.
    let is_on = level <= 3 || call.runtime.settings.debug >= level;
    let log_level = LogLevel::from_number(level);
    if is_on && call.runtime.logger.enabled_for("core", log_level) {
        // Of what the script's author has written, line ends are meant.
        let text = text.strip_suffix(b"\n").unwrap_or(text);
        for line in text.split(|octet| *octet == b'\n') {
            let line = String::from_utf8_lossy(line);
            call.log_of("<script>", log_level, None, format_args!("{line}"));
        }
    }
    Unrecorded::TRUE
}

/// Logs a text when `debug` is 4 or more.
///
/// ```cfg
/// log("seen only by who looks for mistakes\n");
/// ```
#[script_function(log, routes = ANY)]
fn log(call: &mut Call, text: Fixed) -> Unrecorded {
    write(call, LEVEL_WITHOUT, &text.0)
}

/// Logs a text at a level, from -5 to 3.
///
/// ```cfg
/// log(1, "hello\n");   # log: hello
/// ```
#[script_function(log, routes = ANY)]
fn log_at(call: &mut Call, level: LiteralInt, text: Fixed) -> Unrecorded {
    write(call, level.0, &text.0)
}

/// Logs two texts as a notice; the request is not answered.
///
/// ```cfg
/// error("what", "went wrong");   # log: error("what", "went wrong")
/// ```
#[script_function(error, routes = ANY)]
fn error(call: &mut Call, what: Fixed, how: Fixed) -> Unrecorded {
    let (what, how) = (what.0, how.0);
    call.log(
        LogLevel::Notice,
        format_args!("error(\"{what}\", \"{how}\")"),
    );
    Unrecorded::TRUE
}
