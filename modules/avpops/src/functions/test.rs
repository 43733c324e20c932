//! Questions about AVPs.

use crate::check::Comparison;
use crate::selector::{Flagged, Flags, Operand, Selector, operation, written};
use module_api::{
    ArgError, ArgKind, ArgSource, AvpName, Binder, Call, Diagnostic, ScriptArg, Value, Verdict,
    script_function,
};

/// Whether there is an AVP: with the flag `e` one whose value is empty, with `s` one of text, with `n` one of a number.
///
/// ```cfg
/// $avp(x) = "";
/// if (is_avp_set("$avp(x)/e")) xinfo("empty\n");   # log: empty
/// ```
#[script_function(is_avp_set, routes = REQUEST | FAILURE | BRANCH | LOCAL | REPLY)]
fn is_avp_set(call: &mut Call, name: Flagged) -> Verdict {
    let flags = name.flags;
    let fits = |value: &Value| match value {
        Value::Str(text) => !flags.has(b'n') && (!flags.has(b'e') || text.is_empty()),
        Value::Int(number) => !flags.has(b's') && (!flags.has(b'e') || *number == 0),
        Value::Null => false,
    };
    let mut avps = call.attributes.avps.iter();
    Verdict::of(avps.any(|(found, value)| name.selector.takes(found) && fits(value)))
}

/// What is compared: the values of an AVP, or of any variable.
#[derive(Clone)]
enum Subject {
    Avp(AvpName),
    Other(Operand),
}

impl ScriptArg for Subject {
    type Bound = Subject;
    const KIND: ArgKind = ArgKind::Literal;

    fn bind(source: ArgSource<'_>, binder: &mut Binder<'_>) -> Result<Self::Bound, Diagnostic> {
        let text = written(source)?;
        match Selector::read(&text) {
            Some(Selector::Named(name)) => Ok(Subject::Avp(name)),
            _ => Operand::read(&text, source, binder).map(Subject::Other),
        }
    }

    fn eval(bound: &Self::Bound, _: &mut Call) -> Result<Self, ArgError> {
        Ok(bound.clone())
    }
}

/// `operator/value/flags`.
#[derive(Clone)]
struct Test {
    comparison: Comparison,
    operand: Operand,
    flags: Flags,
}

impl ScriptArg for Test {
    type Bound = Test;
    const KIND: ArgKind = ArgKind::Literal;

    fn bind(source: ArgSource<'_>, binder: &mut Binder<'_>) -> Result<Self::Bound, Diagnostic> {
        let text = written(source)?;
        let parts = operation(&text);
        let parts =
            parts.and_then(|(name, value, flags)| Some((Comparison::read(name)?, value, flags)));
        let Some((comparison, value, flags)) = parts else {
            return Err(source.error("a test is `operator/value` or `operator/value/flags`"));
        };
        Ok(Test {
            comparison,
            operand: Operand::read(value, source, binder)?,
            flags,
        })
    }

    fn eval(bound: &Self::Bound, _: &mut Call) -> Result<Self, ArgError> {
        Ok(bound.clone())
    }
}

/// Whether the value of an AVP, or of another variable, stands the test `operator/value/flags`.
///
/// Operators are `eq`, `ne`, `lt`, `le`, `gt`, `ge`, `re` (regular expression), `fm` (shell pattern), `and`, `or` and `xor` of
/// bits. Values are text, `i:5` or variables. With the flag `g` any value of the AVP will do; `i` ignores case.
///
/// ```cfg
/// $avp(x) = 5;
/// if (avp_check("$avp(x)", "lt/i:6")) xinfo("less\n");   # log: less
/// ```
#[script_function(avp_check, routes = REQUEST | FAILURE | BRANCH | LOCAL | REPLY)]
fn avp_check(call: &mut Call, name: Subject, op_value: Test) -> Verdict {
    let right = op_value.operand.value(call);
    let holds = |left: &Value| {
        op_value
            .comparison
            .holds(left, &right, op_value.flags.has(b'i'))
    };
    let found = match &name {
        Subject::Avp(name) => {
            let count = if op_value.flags.has(b'g') {
                usize::MAX
            } else {
                1
            };
            call.attributes.avps.values(name).take(count).any(holds)
        }
        Subject::Other(operand) => holds(&operand.value(call)),
    };
    Verdict::of(found)
}
