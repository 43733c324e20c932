//! Figures for Prometheus: those of the server (`xhttp_prom_stats`) and those that the script counts itself.
//!
//! `prom_dispatch()` answers a request for `/metrics`. A figure of the script is declared with the names of its labels, at
//! most three, and has one value for each combination of theirs; there are no more of these than `metric::VALUES_MAX`.

mod functions;
mod metric;
mod page;
mod params;
mod rpc;

use metric::{Clock, Kind, Metric, Observation};
use module_api::{Diagnostic, Loader, Module, Text, exports};
use params::Params;
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

/// The module's instance.
pub struct XhttpProm {
    params: Params,
    metrics: BTreeMap<String, Metric>,
    /// The labels that all figures have, as they are shown.
    tags: String,
    /// When the server was started, since 1970.
    started: OnceLock<Duration>,
}

impl XhttpProm {
    /// Changes a figure; false when there is none of that kind, or its labels are others.
    fn change(
        &self,
        name: &[u8],
        kind: &Kind,
        labels: Vec<Text>,
        change: Observation,
        now: Duration,
    ) -> bool {
        let minutes = self.params.xhttp_prom_timeout.unsigned_abs();
        let clock = Clock {
            now,
            remembers: (minutes > 0).then(|| Duration::from_secs(minutes.saturating_mul(60))),
        };
        let metric = std::str::from_utf8(name)
            .ok()
            .and_then(|name| self.metrics.get(name));
        let metric = metric.filter(|metric| metric.kind.is_like(kind));
        metric.is_some_and(|metric| metric.observe(labels, change, clock))
    }
}

impl Module for XhttpProm {
    type Params = Params;

    fn load(params: Params, loader: &mut Loader<'_>) -> Result<Self, Vec<Diagnostic>> {
        let mut metrics = BTreeMap::new();
        let found = &mut *loader.binder.diagnostics;
        for (list, kind) in [
            (&params.prom_counter, Kind::Counter),
            (&params.prom_gauge, Kind::Gauge),
            (&params.prom_histogram, Kind::Histogram(Vec::new())),
        ] {
            for given in list {
                let mut odd = Vec::new();
                match Metric::declare(&given.value.to_str_lossy(), &kind, &mut odd) {
                    Ok(metric) => drop(metrics.insert(metric.name.clone(), metric)),
                    Err(reason) => found.push(given.error(reason)),
                }
                found.extend(odd.into_iter().map(|text| given.warning(text)));
            }
        }
        Ok(XhttpProm {
            tags: metric::tags(&params.xhttp_prom_tags.to_str_lossy()),
            params,
            metrics,
            started: OnceLock::new(),
        })
    }

    fn start(self: &Arc<Self>, loader: &mut Loader<'_>) -> Result<(), Vec<Diagnostic>> {
        let module = self.clone();
        let before = loader
            .previous
            .and_then(|loaded| loaded.instance::<XhttpProm>());
        let before = before.and_then(|before| before.started.get().copied());
        loader.hooks.on_start(move |runtime| {
            let now = || runtime.host.unix_time();
            module.started.get_or_init(|| before.unwrap_or_else(now));
        });
        Ok(())
    }
}

exports! {
    name: "xhttp_prom",
    module: XhttpProm,
    functions: [
        functions::prom_check_uri,
        functions::prom_dispatch,
        functions::prom_counter_inc,
        functions::prom_counter_reset,
        functions::prom_gauge_set,
        functions::prom_gauge_inc,
        functions::prom_gauge_reset,
        functions::prom_histogram_observe,
    ],
    pvars: [],
    transformations: [],
    rpcs: [
        rpc::counter_inc,
        rpc::counter_reset,
        rpc::gauge_set,
        rpc::gauge_inc,
        rpc::gauge_reset,
        rpc::histogram_observe,
        rpc::metric_list_print,
    ],
    event_routes: {},
    statistics: {},
}
