//! Script functions.

use crate::Counters;
use module_api::{ArgError, ArgKind, ArgSource, Binder, Call, Counter, Diagnostic, ScriptArg};
use module_api::{Verdict, script_function};

/// The name of a declared counter, `[group.]name`.
pub struct CounterArg(Counter);

impl ScriptArg for CounterArg {
    type Bound = Counter;
    const KIND: ArgKind = ArgKind::Literal;

    fn bind(source: ArgSource<'_>, binder: &mut Binder<'_>) -> Result<Self::Bound, Diagnostic> {
        let Some(name) = source.literal() else {
            return Err(source.error("the name of a counter is needed here"));
        };
        let counters = binder.module::<Counters>();
        let counter = counters.and_then(|counters| counters.counter(name).cloned());
        counter.ok_or_else(|| {
            let help =
                format!("declare it: modparam(\"counters\", \"script_counter\", \"{name}\")");
            source
                .error(format!("there is no counter `{name}`"))
                .help(help)
        })
    }

    fn eval(bound: &Self::Bound, _: &mut Call) -> Result<Self, ArgError> {
        Ok(CounterArg(bound.clone()))
    }
}

/// Adds one to a counter.
///
/// ```cfg
/// cnt_inc("calls");
/// ```
#[script_function(cnt_inc, routes = REQUEST | FAILURE | BRANCH | ONSEND | REPLY)]
fn cnt_inc(name: CounterArg) -> Verdict {
    name.0.increment();
    Verdict::TRUE
}

/// Adds `number` to a counter.
///
/// ```cfg
/// cnt_add("calls", "5");
/// ```
#[script_function(cnt_add, routes = REQUEST | FAILURE | BRANCH | ONSEND | REPLY)]
fn cnt_add(name: CounterArg, number: i64) -> Verdict {
    name.0.add(number);
    Verdict::TRUE
}

/// Makes a counter 0 again.
///
/// ```cfg
/// cnt_reset("calls");
/// ```
#[script_function(cnt_reset, routes = REQUEST | FAILURE | BRANCH | ONSEND | REPLY)]
fn cnt_reset(name: CounterArg) -> Verdict {
    name.0.reset();
    Verdict::TRUE
}
