//! Script functions.

use crate::{Own, Statistics};
use module_api::{Call, Text, Verdict, script_function};
use telemetry::Figure;

/// Adds `value` to a figure; it may be negative.
///
/// ```cfg
/// if (!update_stat("no_such_figure", "+1")) xinfo("unknown\n");   # log: unknown
/// ```
#[script_function(update_stat, routes = ANY)]
fn update_stat(statistics: &Statistics, call: &mut Call, variable: Text, value: i64) -> Verdict {
    match statistics.own(&variable) {
        Some(Own::Counter(counter)) => counter.add(value),
        Some(Own::Gauge(gauge)) => gauge.add(value),
        None => match call.runtime.statistics.find(&variable.to_str_lossy()) {
            Some(Figure::Counter(counter)) => counter.add(value),
            Some(Figure::Gauge(gauge)) => gauge.add(value),
            Some(Figure::Computed(_) | Figure::Total(_)) | None => return unknown(call, &variable),
        },
    }
    Verdict::TRUE
}

/// Makes a figure 0 again, unless it was declared as one that is not reset.
///
/// ```cfg
/// if (!reset_stat("no_such_figure")) xinfo("unknown\n");   # log: unknown
/// ```
#[script_function(reset_stat, routes = REQUEST | FAILURE | BRANCH | LOCAL | REPLY)]
fn reset_stat(statistics: &Statistics, call: &mut Call, variable: Text) -> Verdict {
    match statistics.own(&variable) {
        Some(Own::Counter(counter)) => counter.reset(),
        Some(Own::Gauge(_)) => {}
        None => match call.runtime.statistics.find(&variable.to_str_lossy()) {
            Some(Figure::Counter(counter)) => counter.reset(),
            Some(Figure::Total(total)) => total.reset(),
            Some(Figure::Gauge(_) | Figure::Computed(_)) => {}
            None => return unknown(call, &variable),
        },
    }
    Verdict::TRUE
}

fn unknown(call: &mut Call, variable: &Text) -> Verdict {
    call.error(format_args!("there is no figure `{variable}` to change"));
    Verdict::FALSE
}
