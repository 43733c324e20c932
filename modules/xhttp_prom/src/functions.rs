//! Script functions.

use crate::metric::{Kind, Observation};
use crate::{XhttpProm, page};
use module_api::{Call, Text, Verdict, script_function};

/// Whether the HTTP request at hand asks for `/metrics`.
///
/// ```cfg
/// if (!prom_check_uri()) xinfo("something else\n");   # log: something else
/// ```
#[script_function(prom_check_uri, routes = REQUEST | EVENT)]
fn prom_check_uri(call: &mut Call) -> Verdict {
    Verdict::of(call.message.is_http() && call.message.request_uri() == b"/metrics")
}

/// Answers the HTTP request at hand with all figures.
///
/// ```cfg
/// if (prom_check_uri()) prom_dispatch();
/// ```
#[script_function(prom_dispatch, routes = REQUEST | EVENT, answers)]
fn prom_dispatch(module: &XhttpProm, call: &mut Call) -> Verdict {
    if !call.message.is_http() {
        call.error(format_args!(
            "prom_dispatch: the message is no HTTP request"
        ));
        return Verdict::FALSE;
    }
    let page = page::whole(module, &call.runtime);
    let content_type = b"text/plain; version=0.0.4";
    mod_xhttp::reply::send(call, 200, b"OK", content_type, page.as_bytes());
    Verdict::TRUE
}

fn change(
    module: &XhttpProm,
    call: &mut Call,
    name: &Text,
    kind: Kind,
    labels: [Option<Text>; 3],
    change: Option<Observation>,
) -> Verdict {
    let labels = labels.into_iter().flatten().collect();
    let is_done = change.is_some_and(|change| module.change(name, &kind, labels, change));
    if !is_done {
        call.error(format_args!("the figure `{name}` cannot be changed so"));
    }
    Verdict::of(is_done)
}

fn number(text: &Text) -> Option<f64> {
    text.to_str()?.trim().parse().ok()
}

/// Adds `number` to the counter `name` with these labels.
///
/// ```cfg
/// prom_counter_inc("cnt", "1");
/// ```
#[script_function(prom_counter_inc, routes = ANY)]
fn prom_counter_inc(
    module: &XhttpProm,
    call: &mut Call,
    name: Text,
    number: i64,
    l0: Option<Text>,
    l1: Option<Text>,
    l2: Option<Text>,
) -> Verdict {
    let amount = (number >= 0).then_some(Observation::Add(number as f64));
    change(module, call, &name, Kind::Counter, [l0, l1, l2], amount)
}

/// Makes the counter `name` with these labels 0.
///
/// ```cfg
/// prom_counter_reset("cnt");
/// ```
#[script_function(prom_counter_reset, routes = ANY)]
fn prom_counter_reset(
    module: &XhttpProm,
    call: &mut Call,
    name: Text,
    l0: Option<Text>,
    l1: Option<Text>,
    l2: Option<Text>,
) -> Verdict {
    let zero = Some(Observation::Set(0.0));
    change(module, call, &name, Kind::Counter, [l0, l1, l2], zero)
}

/// Sets the gauge `name` with these labels to `number`.
///
/// ```cfg
/// prom_gauge_set("depth", "-2.5");
/// ```
#[script_function(prom_gauge_set, routes = ANY)]
fn prom_gauge_set(
    module: &XhttpProm,
    call: &mut Call,
    name: Text,
    number: Text,
    l0: Option<Text>,
    l1: Option<Text>,
    l2: Option<Text>,
) -> Verdict {
    let value = self::number(&number).map(Observation::Set);
    change(module, call, &name, Kind::Gauge, [l0, l1, l2], value)
}

/// Adds `number` to the gauge `name` with these labels.
///
/// ```cfg
/// prom_gauge_inc("depth", "-1");
/// ```
#[script_function(prom_gauge_inc, routes = ANY)]
fn prom_gauge_inc(
    module: &XhttpProm,
    call: &mut Call,
    name: Text,
    number: Text,
    l0: Option<Text>,
    l1: Option<Text>,
    l2: Option<Text>,
) -> Verdict {
    let amount = self::number(&number).map(Observation::Add);
    change(module, call, &name, Kind::Gauge, [l0, l1, l2], amount)
}

/// Makes the gauge `name` with these labels 0.
///
/// ```cfg
/// prom_gauge_reset("depth");
/// ```
#[script_function(prom_gauge_reset, routes = ANY)]
fn prom_gauge_reset(
    module: &XhttpProm,
    call: &mut Call,
    name: Text,
    l0: Option<Text>,
    l1: Option<Text>,
    l2: Option<Text>,
) -> Verdict {
    let zero = Some(Observation::Set(0.0));
    change(module, call, &name, Kind::Gauge, [l0, l1, l2], zero)
}

/// Tells the histogram `name` with these labels of a value.
///
/// ```cfg
/// prom_histogram_observe("took", "0.3");
/// ```
#[script_function(prom_histogram_observe, routes = ANY)]
fn prom_histogram_observe(
    module: &XhttpProm,
    call: &mut Call,
    name: Text,
    number: Text,
    l0: Option<Text>,
    l1: Option<Text>,
    l2: Option<Text>,
) -> Verdict {
    let seen = self::number(&number).map(Observation::Add);
    let kind = Kind::Histogram(Vec::new());
    change(module, call, &name, kind, [l0, l1, l2], seen)
}
