//! Computing with AVPs.

use crate::selector::{Flags, Operand, Pair, operation, written};
use mod_textops::Substitution;
use module_api::{
    ArgError, ArgKind, ArgSource, Binder, Call, Diagnostic, ScriptArg, Text, Value, Verdict,
    script_function,
};
use std::convert::Infallible;
use stdx::ere::Subst;

/// A computation with integers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Arithmetic {
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
    And,
    Or,
    Xor,
    Not,
}

impl Arithmetic {
    fn read(name: &str) -> Option<Arithmetic> {
        Some(match name {
            "add" => Arithmetic::Add,
            "sub" => Arithmetic::Subtract,
            "mul" => Arithmetic::Multiply,
            "div" => Arithmetic::Divide,
            "mod" => Arithmetic::Remainder,
            "and" => Arithmetic::And,
            "or" => Arithmetic::Or,
            "xor" => Arithmetic::Xor,
            "not" => Arithmetic::Not,
            _ => return None,
        })
    }

    /// The result. COMPAT: that of a division by zero is 0 (observed on 5.6.3).
    fn apply(self, left: i64, right: i64) -> i64 {
        match self {
            Arithmetic::Add => left.wrapping_add(right),
            Arithmetic::Subtract => left.wrapping_sub(right),
            Arithmetic::Multiply => left.wrapping_mul(right),
            Arithmetic::Divide => left.checked_div(right).unwrap_or(0),
            Arithmetic::Remainder => left.checked_rem(right).unwrap_or(0),
            Arithmetic::And => left & right,
            Arithmetic::Or => left | right,
            Arithmetic::Xor => left ^ right,
            Arithmetic::Not => !right,
        }
    }
}

/// `operator/value/flags`.
#[derive(Clone)]
struct Computation {
    arithmetic: Arithmetic,
    operand: Operand,
    flags: Flags,
}

impl ScriptArg for Computation {
    type Bound = Computation;
    const KIND: ArgKind = ArgKind::Literal;

    fn bind(source: ArgSource<'_>, binder: &mut Binder<'_>) -> Result<Self::Bound, Diagnostic> {
        let text = written(source)?;
        let parts = operation(&text);
        let parts =
            parts.and_then(|(name, value, flags)| Some((Arithmetic::read(name)?, value, flags)));
        let Some((arithmetic, value, flags)) = parts else {
            return Err(source.error("a computation is `operator/value` or `operator/value/flags`"));
        };
        Ok(Computation {
            arithmetic,
            operand: Operand::read(value, source, binder)?,
            flags,
        })
    }

    fn eval(bound: &Self::Bound, _: &mut Call) -> Result<Self, ArgError> {
        Ok(bound.clone())
    }
}

/// Computes with the integers of an AVP: `name` is `source` or `source/destination`, `op_value` is `operator/value/flags`.
///
/// The results are added to the destination, which is the source when none is named. Operators are `add`, `sub`, `mul`, `div`,
/// `mod`, `and`, `or`, `xor` and `not`; `d` deletes what was computed with. False when there is no integer.
///
/// ```cfg
/// $avp(x) = 5;
/// avp_op("$avp(x)/$avp(y)", "add/i:3");
/// xinfo("$avp(y)\n");   # log: 8
/// ```
#[script_function(avp_op, routes = REQUEST | FAILURE | BRANCH | LOCAL | REPLY)]
fn avp_op(call: &mut Call, name: Pair, op_value: Computation) -> Verdict {
    let Ok(right) = op_value.operand.value(call).to_int() else {
        return Verdict::FALSE;
    };
    let flags = op_value.flags;
    transform(
        call,
        &name,
        (flags, Outcome::Added),
        |_, value| match value {
            Value::Int(left) => Some(Value::Int(op_value.arithmetic.apply(*left, right))),
            Value::Str(_) | Value::Null => None,
        },
    )
}

/// Substitutes in the text of an AVP: `avps` is `source`, `source/destination` or `source/destination/flags`.
///
/// `subst` is `/pattern/replacement/flags`. `g` takes all values of the source, `d` deletes them. False when nothing matches.
///
/// ```cfg
/// $avp(x) = "alice@old.org";
/// avp_subst("$avp(x)", "/(.*)@(.*)/\1@new.org/");
/// xinfo("$avp(x)\n");   # log: alice@new.org
/// ```
#[script_function(avp_subst, routes = REQUEST | FAILURE | BRANCH | LOCAL | REPLY)]
fn avp_subst(call: &mut Call, avps: Pair, subst: Substitution) -> Verdict {
    transform(
        call,
        &avps,
        (avps.flags, Outcome::Replaced),
        |call, value| match value {
            Value::Str(text) => {
                let changed = subst.apply(call, text).ok()?;
                changed.map(Value::from)
            }
            Value::Int(_) | Value::Null => None,
        },
    )
}

/// Does what `avp_subst` does with a substitution whose variables are expanded first.
///
/// ```cfg
/// $avp(x) = "testMe";
/// $var(y) = "e";
/// avp_subst_pv("$avp(x)", "/$var(y)/j/g");
/// xinfo("$avp(x)\n");   # log: tjstMj
/// ```
#[script_function(avp_subst_pv, routes = REQUEST | FAILURE | BRANCH | LOCAL | REPLY)]
fn avp_subst_pv(call: &mut Call, avps: Pair, subst: Text) -> Verdict {
    let parsed = Subst::<Infallible>::parse(&subst, |_| Ok::<_, Infallible>(None));
    let Ok(parsed) = parsed else {
        call.error(format_args!("`{subst}` is no substitution"));
        return Verdict::FALSE;
    };
    transform(
        call,
        &avps,
        (avps.flags, Outcome::Replaced),
        |_, value| match value {
            Value::Str(text) => {
                let mut out = Vec::new();
                let count = parsed
                    .apply(text, &mut out, |never, _| match *never {})
                    .ok()?;
                (count > 0).then(|| Value::from(out))
            }
            Value::Int(_) | Value::Null => None,
        },
    )
}

/// What becomes of the results.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Outcome {
    /// They are added to the destination, also when that is the source.
    Added,
    /// They stand for the values they come from when the destination is the source.
    Replaced,
}

/// Puts what becomes of the source's values into the destination: of the newest first, so that of the oldest is the newest there
/// (observed on 5.6.3).
fn transform(
    call: &mut Call,
    pair: &Pair,
    (flags, outcome): (Flags, Outcome),
    change: impl Fn(&mut Call, &Value) -> Option<Value>,
) -> Verdict {
    // COMPAT: a computation takes all values, with or without `g` (observed on 5.6.3).
    let is_all = flags.has(b'g') || outcome == Outcome::Added;
    let count = if is_all { usize::MAX } else { 1 };
    let values: Vec<Value> = call.attributes.avps.values(&pair.source).cloned().collect();
    let mut results = Vec::new();
    for (index, value) in values.iter().enumerate().take(count) {
        if let Some(result) = change(call, value) {
            results.push((index, result));
        }
    }
    let is_changed = !results.is_empty();
    let avps = &mut call.attributes.avps;
    if outcome == Outcome::Replaced && pair.source == pair.destination {
        for (index, result) in results {
            avps.replace(&pair.source, index, result);
        }
        return Verdict::of(is_changed);
    }
    if flags.has(b'd') {
        avps.remove_all(&pair.source);
        for (index, value) in values.into_iter().enumerate().rev() {
            if !results.iter().any(|(changed, _)| *changed == index) {
                avps.push(pair.source.clone(), value);
            }
        }
    }
    for (_, result) in results {
        avps.push(pair.destination.clone(), result);
    }
    Verdict::of(is_changed)
}
