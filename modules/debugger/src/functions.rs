//! Script functions.

use crate::{Debugger, dump};
use module_api::{Call, Literal, LogLevel, Text, Verdict, script_function};

/// Marks a place at which upstream can stop a run.
///
/// ```cfg
/// dbg_breakpoint("1");
/// ```
#[script_function(dbg_breakpoint, routes = ANY, compat = accepted("no command of 5.6.3 reaches such marks; dbg.bp stops runs anywhere"))]
fn dbg_breakpoint(mode: Literal) -> Verdict {
    let _ = mode;
    Verdict::TRUE
}

/// Logs variables of the run as JSON, at `level`: `mask` is a sum of 1 those without value, 2 AVPs, 4 script variables,
/// 8 extended AVPs, 16 others.
///
/// ```cfg
/// $avp(x) = "y";
/// dbg_pv_dump(2, "L_INFO");   # log: {"$avp(x)":["y"]}
/// ```
#[script_function(dbg_pv_dump, routes = ANY, compat = partial("variables of other kinds are not shown"))]
fn dbg_pv_dump(call: &mut Call, mask: Option<i64>, level: Option<Literal>) -> Verdict {
    let level = level.and_then(|level| LogLevel::from_name(&level.0.to_str_lossy()));
    let level = level.unwrap_or(LogLevel::Debug);
    if call.runtime.logger.enabled_for("debugger", level) {
        let shown = Text::from(dump::variables(call, mask.unwrap_or(31)));
        call.log(
            level,
            format_args!("dbg_dump_json(): {}", shown.to_str_lossy()),
        );
    }
    Verdict::TRUE
}

/// Logs the message as received, and as it stands with the edits so far, at a level and for a syslog facility.
///
/// ```cfg
/// dbg_sip_msg("L_INFO");
/// ```
#[script_function(dbg_sip_msg, routes = REQUEST | REPLY)]
fn dbg_sip_msg(
    module: &Debugger,
    call: &mut Call,
    log_level: Option<Literal>,
    facility: Option<Literal>,
) -> Verdict {
    let facility =
        facility.and_then(|facility| telemetry::facility_number(&facility.0.to_str_lossy()));
    let level = log_level.and_then(|level| LogLevel::from_name(&level.0.to_str_lossy()));
    let level = level.unwrap_or(module.level);
    if !call.runtime.logger.enabled_for("debugger", level) {
        return Verdict::TRUE;
    }
    let received = Text::from(call.message.buffer().clone());
    let mut edited = Vec::with_capacity(received.len() + 256);
    sip::serialize::write_edited(
        &call.message,
        &call.edits,
        call.target.uri.as_deref(),
        &mut edited,
        &mut sip::serialize::nothing_deferred,
    );
    let edited = Text::from(edited);
    for (what, message) in [("received", received), ("as it stands", edited)] {
        for line in message.trim_ascii_end().split(|octet| *octet == b'\n') {
            let line = String::from_utf8_lossy(line.trim_ascii_end());
            call.log_of("debugger", level, facility, format_args!("{what}: {line}"));
        }
    }
    Verdict::TRUE
}
