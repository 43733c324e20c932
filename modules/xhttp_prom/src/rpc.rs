//! RPC commands.

use crate::metric::{Kind, Observation};
use crate::{XhttpProm, page};
use module_api::{Fault, RpcCall, Text, rpc};

fn number(call: &mut RpcCall) -> Result<f64, Fault> {
    let text = call.text()?;
    let number = text.to_str().and_then(|text| text.trim().parse().ok());
    number.ok_or_else(|| Fault::new(400, "A number is needed as parameter"))
}

fn change(
    module: &XhttpProm,
    call: &mut RpcCall,
    name: &Text,
    kind: &Kind,
    change: Observation,
) -> Result<(), Fault> {
    let mut labels = Vec::new();
    while let Some(label) = call.optional_text()? {
        labels.push(label);
    }
    let now = call.runtime.host.unix_time();
    match module.change(name, kind, labels, change, now) {
        true => Ok(()),
        false => Err(Fault::new(500, format!("Failed to change figure: {name}"))),
    }
}

/// Adds to a counter: its name, the amount, its labels.
#[rpc("xhttp_prom.counter_inc")]
fn counter_inc(module: &XhttpProm, call: &mut RpcCall) -> Result<(), Fault> {
    let name = call.text()?;
    let amount = call.int()?;
    if amount < 0 {
        return Err(Fault::new(400, "A counter goes up only"));
    }
    let amount = Observation::Add(amount as f64);
    change(module, call, &name, &Kind::Counter, amount)
}

/// Makes a counter 0: its name, its labels.
#[rpc("xhttp_prom.counter_reset")]
fn counter_reset(module: &XhttpProm, call: &mut RpcCall) -> Result<(), Fault> {
    let name = call.text()?;
    change(module, call, &name, &Kind::Counter, Observation::Set(0.0))
}

/// Sets a gauge: its name, the value, its labels.
#[rpc("xhttp_prom.gauge_set")]
fn gauge_set(module: &XhttpProm, call: &mut RpcCall) -> Result<(), Fault> {
    let name = call.text()?;
    let value = Observation::Set(number(call)?);
    change(module, call, &name, &Kind::Gauge, value)
}

/// Adds to a gauge: its name, the amount, its labels.
#[rpc("xhttp_prom.gauge_inc")]
fn gauge_inc(module: &XhttpProm, call: &mut RpcCall) -> Result<(), Fault> {
    let name = call.text()?;
    let amount = Observation::Add(number(call)?);
    change(module, call, &name, &Kind::Gauge, amount)
}

/// Makes a gauge 0: its name, its labels.
#[rpc("xhttp_prom.gauge_reset")]
fn gauge_reset(module: &XhttpProm, call: &mut RpcCall) -> Result<(), Fault> {
    let name = call.text()?;
    change(module, call, &name, &Kind::Gauge, Observation::Set(0.0))
}

/// Tells a histogram of a value: its name, the value, its labels.
#[rpc("xhttp_prom.histogram_observe")]
fn histogram_observe(module: &XhttpProm, call: &mut RpcCall) -> Result<(), Fault> {
    let name = call.text()?;
    let seen = Observation::Add(number(call)?);
    change(module, call, &name, &Kind::Histogram(Vec::new()), seen)
}

/// The figures of the script, as Prometheus reads them.
#[rpc("xhttp_prom.metric_list_print")]
fn metric_list_print(module: &XhttpProm, call: &mut RpcCall) -> Result<(), Fault> {
    let page = page::own(module, &call.runtime);
    call.add(page);
    Ok(())
}
