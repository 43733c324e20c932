//! Script functions.

use crate::Xlog;
use crate::level::{LevelArg, facility};
use module_api::{
    ArgError, ArgKind, ArgSource, Binder, Call, Diagnostic, Literal, LogLevel, LogOrigin, LogPlace,
    LogRecord, ScriptArg, Template, TemplatePiece, TextSource, Verdict, make_one_line,
    script_function,
};
use std::sync::Arc;

/// A text that is expanded only if it will be written.
pub struct Message(Arc<TextSource>);

impl ScriptArg for Message {
    type Bound = Arc<TextSource>;
    const KIND: ArgKind = ArgKind::Text;

    fn bind(source: ArgSource<'_>, binder: &mut Binder<'_>) -> Result<Self::Bound, Diagnostic> {
        TextSource::bind(source, binder).map(Arc::new)
    }

    fn eval(bound: &Self::Bound, _: &mut Call) -> Result<Self, ArgError> {
        Ok(Message(bound.clone()))
    }
}

/// Where a message goes.
#[derive(Clone, Copy)]
struct Form {
    level: LogLevel,
    facility: Option<u8>,
    /// Whether the place in the configuration is named.
    places: bool,
}

impl Form {
    fn at(level: LogLevel) -> Form {
        Form {
            level,
            facility: None,
            places: false,
        }
    }
}

fn write(xlog: &Xlog, call: &mut Call, form: Form, message: &Message) -> Verdict {
    if !call.runtime.logger.enabled_for("xlog", form.level) {
        return Verdict::TRUE;
    }
    let mut line = Vec::with_capacity(160);
    call.append_log_prefix(&mut line);
    let prefix_end = line.len();
    xlog.prefix.append_to(call, &mut line);
    let place = call.runtime.place(call.place);
    if let Some(place) = place.filter(|_| form.places) {
        if xlog.names_file {
            line.extend_from_slice(place.file.as_bytes());
            line.push(b':');
        }
        stdx::number::push_decimal(&mut line, place.line);
        line.push(b':');
    }
    let label_end = line.len();
    match &*message.0 {
        TextSource::Template(template) if xlog.raw_values => template.append_to(call, &mut line),
        TextSource::Template(template) => append_lines(call, template, &mut line),
        TextSource::Expression(_) => match message.0.text(call) {
            Ok(text) if xlog.raw_values => line.extend_from_slice(&text),
            Ok(text) => append_line(&text, &mut line),
            Err(_) => return Verdict::FALSE,
        },
    }
    if xlog.auto_newline && line.last() != Some(&b'\n') {
        line.push(b'\n');
    }
    let part = |range: std::ops::Range<usize>| {
        String::from_utf8_lossy(line.get(range).unwrap_or_default())
    };
    let (prefix, label) = (part(0..prefix_end), part(prefix_end..label_end));
    let text = part(label_end..line.len());
    let call_id = call.message.call_id().ok().map(String::from_utf8_lossy);
    let origin = LogOrigin {
        prefix: &prefix,
        module: "xlog",
        place: call.runtime.place(call.place).map(|place| LogPlace {
            file: &place.file,
            line: place.line,
            function: &place.route,
        }),
        label: Some(&label),
        call_id: call_id.as_deref(),
        level_name: None,
    };
    call.runtime.logger.write_from(
        &origin,
        &LogRecord {
            level: form.level,
            time: call.unix_time,
            facility: form.facility.or(xlog.facility),
            message: format_args!("{text}"),
        },
    );
    Verdict::TRUE
}

/// Appends a text whose lines are those that the script has written: values add none.
fn append_lines(call: &mut Call, template: &Template, line: &mut Vec<u8>) {
    for piece in &template.pieces {
        match piece {
            TemplatePiece::Text(text) => line.extend_from_slice(text),
            TemplatePiece::Variable(variable) => {
                let start = line.len();
                variable.append_to(call, line);
                // Colours are made of control characters.
                if !variable.text.starts_with("$C(") {
                    make_one_line(line, start);
                }
            }
        }
    }
}

/// Appends a text of which nobody knows any more what came from the script, but for the line end behind it.
fn append_line(text: &[u8], line: &mut Vec<u8>) {
    let start = line.len();
    let (text, end) = match text.strip_suffix(b"\n") {
        Some(text) => (text, &b"\n"[..]),
        None => (text, &b""[..]),
    };
    line.extend_from_slice(text);
    make_one_line(line, start);
    line.extend_from_slice(end);
}

/// Logs a message as an error.
///
/// ```cfg
/// xlog("hello $rm\n");   # log: hello OPTIONS
/// ```
#[script_function(xlog, routes = ANY)]
fn xlog(xlog: &Xlog, call: &mut Call, message: Message) -> Verdict {
    write(xlog, call, Form::at(LogLevel::Error), &message)
}

/// Logs a message at a level: `L_ALERT`, `L_BUG`, `L_CRIT`, `L_ERR`, `L_WARN`, `L_NOTICE`, `L_INFO`, `L_DBG`, or a number
/// from -5 to 3.
///
/// ```cfg
/// xlog("L_NOTICE", "hello $rm\n");   # log: hello OPTIONS
/// ```
#[script_function(xlog, routes = ANY)]
fn xlog_at(xlog: &Xlog, call: &mut Call, level: LevelArg, message: Message) -> Verdict {
    write(xlog, call, Form::at(level.0), &message)
}

/// Logs a message at a level to a syslog facility.
///
/// ```cfg
/// xlog("LOG_LOCAL3", "L_ERR", "hello $rm\n");   # log: hello OPTIONS
/// ```
#[script_function(xlog, routes = ANY)]
fn xlog_to(
    xlog: &Xlog,
    call: &mut Call,
    to: Literal,
    level: LevelArg,
    message: Message,
) -> Verdict {
    let form = Form {
        facility: facility(&to.0),
        ..Form::at(level.0)
    };
    write(xlog, call, form, &message)
}

/// Logs a message at level `L_DBG`.
///
/// ```cfg
/// xdbg("only when debug is 3 or more\n");
/// ```
#[script_function(xdbg, routes = ANY)]
fn xdbg(xlog: &Xlog, call: &mut Call, message: Message) -> Verdict {
    write(xlog, call, Form::at(LogLevel::Debug), &message)
}

/// Logs a message at level `L_INFO`.
///
/// ```cfg
/// xinfo("hello\n");   # log: hello
/// ```
#[script_function(xinfo, routes = ANY)]
fn xinfo(xlog: &Xlog, call: &mut Call, message: Message) -> Verdict {
    write(xlog, call, Form::at(LogLevel::Info), &message)
}

/// Logs a message at level `L_NOTICE`.
///
/// ```cfg
/// xnotice("hello\n");   # log: hello
/// ```
#[script_function(xnotice, routes = ANY)]
fn xnotice(xlog: &Xlog, call: &mut Call, message: Message) -> Verdict {
    write(xlog, call, Form::at(LogLevel::Notice), &message)
}

/// Logs a message at level `L_WARN`.
///
/// ```cfg
/// xwarn("hello\n");   # log: hello
/// ```
#[script_function(xwarn, routes = ANY)]
fn xwarn(xlog: &Xlog, call: &mut Call, message: Message) -> Verdict {
    write(xlog, call, Form::at(LogLevel::Warning), &message)
}

/// Logs a message at level `L_ERR`.
///
/// ```cfg
/// xerr("hello\n");   # log: hello
/// ```
#[script_function(xerr, routes = ANY)]
fn xerr(xlog: &Xlog, call: &mut Call, message: Message) -> Verdict {
    write(xlog, call, Form::at(LogLevel::Error), &message)
}

/// Logs a message at level `L_BUG`.
///
/// ```cfg
/// xbug("hello\n");   # log: hello
/// ```
#[script_function(xbug, routes = ANY)]
fn xbug(xlog: &Xlog, call: &mut Call, message: Message) -> Verdict {
    write(xlog, call, Form::at(LogLevel::Bug), &message)
}

/// Logs a message at level `L_CRIT`.
///
/// ```cfg
/// xcrit("hello\n");   # log: hello
/// ```
#[script_function(xcrit, routes = ANY)]
fn xcrit(xlog: &Xlog, call: &mut Call, message: Message) -> Verdict {
    write(xlog, call, Form::at(LogLevel::Critical), &message)
}

/// Logs a message at level `L_ALERT`.
///
/// ```cfg
/// xalert("hello\n");   # log: hello
/// ```
#[script_function(xalert, routes = ANY)]
fn xalert(xlog: &Xlog, call: &mut Call, message: Message) -> Verdict {
    write(xlog, call, Form::at(LogLevel::Alert), &message)
}

/// Logs a message as an error, with its place in the configuration.
///
/// ```cfg
/// xlogl("hello\n");   # log: hello
/// ```
#[script_function(xlogl, routes = ANY)]
fn xlogl(xlog: &Xlog, call: &mut Call, message: Message) -> Verdict {
    write(
        xlog,
        call,
        Form {
            places: true,
            ..Form::at(LogLevel::Error)
        },
        &message,
    )
}

/// Logs a message at a level, with its place in the configuration.
///
/// ```cfg
/// xlogl("L_INFO", "hello\n");   # log: hello
/// ```
#[script_function(xlogl, routes = ANY)]
fn xlogl_at(xlog: &Xlog, call: &mut Call, level: LevelArg, message: Message) -> Verdict {
    write(
        xlog,
        call,
        Form {
            places: true,
            ..Form::at(level.0)
        },
        &message,
    )
}

/// Logs a message at a level to a syslog facility, with its place in the configuration.
///
/// ```cfg
/// xlogl("LOG_LOCAL3", "L_INFO", "hello\n");   # log: hello
/// ```
#[script_function(xlogl, routes = ANY)]
fn xlogl_to(
    xlog: &Xlog,
    call: &mut Call,
    to: Literal,
    level: LevelArg,
    message: Message,
) -> Verdict {
    let form = Form {
        places: true,
        facility: facility(&to.0),
        ..Form::at(level.0)
    };
    write(xlog, call, form, &message)
}

/// Logs a message at level `L_DBG`, with its place in the configuration.
///
/// ```cfg
/// xdbgl("only when debug is 3 or more\n");
/// ```
#[script_function(xdbgl, routes = ANY)]
fn xdbgl(xlog: &Xlog, call: &mut Call, message: Message) -> Verdict {
    write(
        xlog,
        call,
        Form {
            places: true,
            ..Form::at(LogLevel::Debug)
        },
        &message,
    )
}

/// Logs a message at a level unless the request's method is one that `methods_filter` leaves out.
///
/// ```cfg
/// xlogm("L_ERR", "not for the methods of the filter\n");
/// ```
#[script_function(xlogm, routes = ANY)]
fn xlogm(xlog: &Xlog, call: &mut Call, level: LevelArg, message: Message) -> Verdict {
    let bit = call.message.method().bit();
    let filter = xlog.methods_filter.get();
    if filter == -1 || filter & i64::from(bit) != 0 {
        return Verdict::TRUE;
    }
    write(xlog, call, Form::at(level.0), &message)
}
