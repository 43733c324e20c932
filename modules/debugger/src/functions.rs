//! Script functions.

use crate::Debugger;
use module_api::{AvpName, Call, Literal, LogLevel, Text, Value, Verdict, script_function};

/// Marks a place at which upstream can stop a run.
///
/// ```cfg
/// dbg_breakpoint("1");
/// ```
#[script_function(dbg_breakpoint, routes = ANY, compat = accepted("runs are never stopped"))]
fn dbg_breakpoint(mode: Literal) -> Verdict {
    let _ = mode;
    Verdict::TRUE
}

/// Logs the AVPs (bit 1 of `mask`) and the names of XAVPs (bit 2) of the run, at `level`.
///
/// ```cfg
/// $avp(x) = "y";
/// dbg_pv_dump();
/// ```
#[script_function(dbg_pv_dump, routes = ANY, compat = partial("plain variables are not shown"))]
fn dbg_pv_dump(
    module: &Debugger,
    call: &mut Call,
    mask: Option<i64>,
    level: Option<Literal>,
) -> Verdict {
    let mask = mask.unwrap_or(31);
    let level = level.and_then(|level| LogLevel::from_name(&level.0.to_str_lossy()));
    let level = level.unwrap_or(module.level);
    let mut shown = Vec::new();
    if mask & 1 != 0 {
        for (name, value) in call.attributes.avps.iter() {
            match name {
                AvpName::Text(name) => push(&mut shown, b"$avp(", name),
                AvpName::Number(number) => push(&mut shown, b"$avp(i:", &Text::from(*number)),
            }
            shown.extend_from_slice(b")=");
            match value {
                Value::Str(text) => push(&mut shown, b"\"", text),
                value => value.append_to(&mut shown),
            }
            if matches!(value, Value::Str(_)) {
                shown.push(b'"');
            }
        }
    }
    if mask & 2 != 0 {
        for item in call.attributes.xavps.iter() {
            push(&mut shown, b"$xavp(", &item.name);
            shown.push(b')');
        }
    }
    let shown = Text::from(shown);
    call.log(level, format_args!("dbg_pv_dump:{}", shown.to_str_lossy()));
    Verdict::TRUE
}

fn push(out: &mut Vec<u8>, before: &[u8], text: &[u8]) {
    if before != b"\"" {
        out.push(b' ');
    }
    out.extend_from_slice(before);
    out.extend_from_slice(text);
}

/// Logs the message as received, and as it stands with the edits so far.
///
/// ```cfg
/// dbg_sip_msg("L_INFO");
/// ```
#[script_function(dbg_sip_msg, routes = REQUEST | REPLY, compat = partial("there is one facility"))]
fn dbg_sip_msg(
    module: &Debugger,
    call: &mut Call,
    log_level: Option<Literal>,
    facility: Option<Literal>,
) -> Verdict {
    let _ = facility;
    let level = log_level.and_then(|level| LogLevel::from_name(&level.0.to_str_lossy()));
    let level = level.unwrap_or(module.level);
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
    call.log(
        level,
        format_args!(
            "received:\n{}\nas it stands:\n{}",
            received.to_str_lossy(),
            edited.to_str_lossy()
        ),
    );
    Verdict::TRUE
}
