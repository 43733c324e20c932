//! Script functions.

pub mod branches;
pub mod sending;
pub mod uri;

use module_api::{Call, FlagArg, LogLevel, Text, Verdict, script_function};

/// Sets a message flag: 0 to 31, or a declared name.
///
/// ```cfg
/// setflag(3);
/// if (isflagset(3)) log(1, "set\n");   # log: set
/// ```
#[script_function(setflag, routes = ANY)]
fn setflag(call: &mut Call, flag: FlagArg) -> Verdict {
    call.flags.message |= 1 << flag.0;
    Verdict::TRUE
}

/// Clears a message flag.
///
/// ```cfg
/// setflag(3);
/// resetflag(3);
/// if (!isflagset(3)) log(1, "clear\n");   # log: clear
/// ```
#[script_function(resetflag, routes = ANY)]
fn resetflag(call: &mut Call, flag: FlagArg) -> Verdict {
    call.flags.message &= !(1 << flag.0);
    Verdict::TRUE
}

/// Whether a message flag is set.
///
/// ```cfg
/// if (!isflagset(4)) log(1, "clear\n");   # log: clear
/// ```
#[script_function(isflagset, routes = ANY)]
fn isflagset(call: &mut Call, flag: FlagArg) -> Verdict {
    Verdict::of(call.flags.message & (1 << flag.0) != 0)
}

/// Logs a text as a debug message.
///
/// ```cfg
/// log("only when debug is 3 or more\n");
/// ```
#[script_function(log, routes = ANY)]
fn log(call: &mut Call, text: Text) -> Verdict {
    call.log(LogLevel::Debug, format_args!("<script>: {text}"));
    Verdict::TRUE
}

/// Logs a text at a level, from -5 to 3.
///
/// ```cfg
/// log(1, "hello\n");   # log: hello
/// ```
#[script_function(log, routes = ANY)]
fn log_at(call: &mut Call, level: i64, text: Text) -> Verdict {
    call.log(
        LogLevel::from_number(level),
        format_args!("<script>: {text}"),
    );
    Verdict::TRUE
}

/// Logs two texts as an error.
///
/// ```cfg
/// error("what", "went wrong");   # log: what
/// ```
#[script_function(error, routes = ANY)]
fn error(call: &mut Call, what: Text, how: Text) -> Verdict {
    call.error(format_args!("{what} {how}"));
    Verdict::TRUE
}
