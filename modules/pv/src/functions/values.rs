//! Functions about the value of one variable.

use crate::Pv;
use crate::late;
use diagnostics::Diagnostic;
use diagnostics::codes::params;
use module_api::{
    ArgError, ArgKind, ArgSource, Binder, Call, PvarRef, ScriptArg, Text, Value, Verdict,
    script_function,
};

/// Whether `variable` is not null.
///
/// ```cfg
/// $avp(x) = "a";
/// if (pv_isset("$avp(x)")) xinfo("it is there\n");   # log: it is there
/// ```
#[script_function(pv_isset, routes = ANY)]
fn pv_isset(call: &mut Call, variable: PvarRef) -> Verdict {
    Verdict::of(!variable.get(call).is_null())
}

/// Sets `variable` to `$null`: of an `$avp` the newest value goes.
///
/// ```cfg
/// $avp(x) = "a";
/// pv_unset("$avp(x)");
/// xinfo("$avp(x)\n");   # log: <null>
/// ```
#[script_function(pv_unset, routes = ANY)]
fn pv_unset(call: &mut Call, variable: PvarRef) -> Verdict {
    if let Err(error) = variable.set(call, Value::Null) {
        call.error(format_args!("pv_unset: {error}"));
    }
    Verdict::TRUE
}

/// Whether the value of `variable` is an integer.
///
/// ```cfg
/// $var(x) = 5;
/// if (is_int("$var(x)")) xinfo("an integer\n");   # log: an integer
/// ```
#[script_function(is_int, routes = ANY)]
fn is_int(call: &mut Call, variable: PvarRef) -> Verdict {
    Verdict::of(matches!(variable.get(call), Value::Int(_)))
}

/// Whether the value of `variable` is a text that is not empty.
///
/// ```cfg
/// $var(x) = "a";
/// if (not_empty("$var(x)")) xinfo("there is text\n");   # log: there is text
/// ```
#[script_function(not_empty, routes = ANY)]
fn not_empty(call: &mut Call, variable: PvarRef) -> Verdict {
    Verdict::of(matches!(variable.get(call), Value::Str(text) if !text.is_empty()))
}

/// A type that a value can have.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Int,
    Str,
    Null,
    /// A word that names no type: no value has it.
    Unknown,
}

impl ScriptArg for Kind {
    type Bound = Kind;
    const KIND: ArgKind = ArgKind::Other("int, str or null");

    fn bind(source: ArgSource<'_>, binder: &mut Binder<'_>) -> Result<Kind, Diagnostic> {
        match source.literal() {
            Some("int") => Ok(Kind::Int),
            Some("str") => Ok(Kind::Str),
            Some("null") => Ok(Kind::Null),
            Some(other) => {
                // COMPAT: 5.6.3 starts with it.
                let message = format!("no value is of type `{other}`");
                let code = params::WRONG_ARGUMENT;
                let warning = Diagnostic::warning(code, source.span(), message);
                binder.diagnostics.push(warning);
                Ok(Kind::Unknown)
            }
            None => Err(source.error("a type is \"int\", \"str\" or \"null\"")),
        }
    }

    fn eval(bound: &Kind, _: &mut Call) -> Result<Kind, ArgError> {
        Ok(*bound)
    }
}

/// Whether the value of `variable` is of a type: `int`, `str` or `null`.
///
/// ```cfg
/// $var(x) = "a";
/// if (typeof("$var(x)", "str")) xinfo("a text\n");   # log: a text
/// ```
#[script_function(typeof, routes = ANY)]
fn type_of(call: &mut Call, variable: PvarRef, kind: Kind) -> Verdict {
    let found = match variable.get(call) {
        Value::Int(_) => Kind::Int,
        Value::Str(_) => Kind::Str,
        Value::Null => Kind::Null,
    };
    Verdict::of(found == kind)
}

/// Expands `format`, expands what comes out once more, and puts the result into `target`.
///
/// ```cfg
/// $var(x) = "test";
/// $var(y) = "$var(x)";
/// pv_evalx("$var(z)", "$var(y) one");
/// xinfo("$var(z)\n");   # log: test one
/// ```
#[script_function(pv_evalx, routes = ANY)]
fn pv_evalx(pv: &Pv, call: &mut Call, target: PvarRef, format: Text) -> Verdict {
    let text = match late::template(pv, call, &format) {
        Ok(template) => template.text(call),
        Err(mistake) => {
            call.error(format_args!("pv_evalx: `{format}`: {}", mistake.message));
            return Verdict::FALSE;
        }
    };
    match target.set(call, text) {
        Ok(()) => Verdict::TRUE,
        Err(error) => {
            call.error(format_args!("pv_evalx: {error}"));
            Verdict::FALSE
        }
    }
}
