//! Finds sources that send too much.
//!
//! Addresses are kept as a tree of octets that grows along the paths that requests come by, so that many sources cost no more than
//! their common prefixes until one of them stands out. The tree has a hard bound: when it is full, what is new goes uncounted and
//! is let through; what is known is still watched. The log says so, at most once a minute, and the statistic `uncounted_hits`
//! how often it happened.

mod full;
mod functions;
mod node;
mod params;
mod rpc;
mod tree;

use full::FullNotice;
use module_api::{Call, Diagnostic, Gauge, Loader, LogLevel, Module, Runtime, exports};
use params::Params;
use std::net::IpAddr;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};
use stdx::hash::Seed;
use tree::{Limits, Sighting, Tree};

/// The module's instance.
pub struct Pike {
    params: Params,
    tree: Arc<Tree>,
    blocked: Gauge,
    full: FullNotice,
    /// When counting began.
    beginning: Arc<OnceLock<Instant>>,
}

impl Module for Pike {
    type Params = Params;

    fn load(params: Params, loader: &mut Loader<'_>) -> Result<Self, Vec<Diagnostic>> {
        let limits = Limits {
            hits: u32::try_from(params.reqs_density_per_unit).unwrap_or(u32::MAX),
            unit_s: u32::try_from(params.sampling_time_unit).unwrap_or(u32::MAX),
            latency_s: u32::try_from(params.remove_latency).unwrap_or(u32::MAX),
        };
        let previous = loader
            .previous
            .and_then(|loaded| loaded.instance::<Pike>())
            .filter(|pike| pike.tree.limits() == limits);
        let (tree, beginning) = match previous {
            Some(previous) => (previous.tree.clone(), previous.beginning.clone()),
            None => (Arc::new(Tree::new(limits, seed())), Arc::default()),
        };
        let of_tree = tree.clone();
        loader.statistics.total("pike", "uncounted_hits", move || {
            i64::try_from(of_tree.uncounted()).unwrap_or(i64::MAX)
        });
        Ok(Pike {
            params,
            full: FullNotice::new(tree.uncounted()),
            tree,
            blocked: loader.statistics.gauge("pike", "blocked_ips"),
            beginning,
        })
    }

    fn start(self: &Arc<Self>, loader: &mut Loader<'_>) -> Result<(), Vec<Diagnostic>> {
        let pike = self.clone();
        let unit = u64::try_from(self.params.sampling_time_unit).unwrap_or(1);
        loader
            .hooks
            .every("pike", Duration::from_secs(unit), move |runtime, now| {
                pike.sweep(runtime, now);
            });
        Ok(())
    }
}

impl Pike {
    /// Seconds since counting began.
    fn seconds(&self, now: Instant) -> u32 {
        let beginning = *self.beginning.get_or_init(|| now);
        let passed = now.saturating_duration_since(beginning).as_secs();
        u32::try_from(passed).unwrap_or(u32::MAX)
    }

    /// Counts a request from an address.
    fn see(&self, call: &mut Call, address: IpAddr) -> Sighting {
        let sighting = self.tree.see(address, self.seconds(call.now));
        if sighting == Sighting::NewFlood {
            self.blocked.add(1);
            call.log(
                LogLevel::from_number(self.params.pike_log_level),
                format_args!("PIKE - BLOCKing ip {address}"),
            );
        }
        sighting
    }

    /// Forgets sources that have gone, and tells of floods that are over.
    fn sweep(&self, runtime: &Arc<Runtime>, now: Instant) {
        let level = LogLevel::from_number(self.params.pike_log_level);
        let seconds = self.seconds(now);
        self.tree.sweep(seconds, &mut |address| {
            self.blocked.add(-1);
            runtime.log(level, format_args!("PIKE - UNBLOCKing ip {address}"));
        });
        if let Some(hits) = self.full.due(seconds, self.tree.uncounted()) {
            let sources = "there is no room for more sources: floods of new ones are not seen";
            runtime.log(
                LogLevel::Warning,
                format_args!("PIKE - {sources}, {hits} requests went uncounted"),
            );
        }
    }
}

/// A seed that no stranger knows: they choose the addresses.
fn seed() -> Seed {
    let mut octets = [0; 8];
    if getrandom::fill(&mut octets).is_err() {
        stdx::never!("the system has no randomness");
    }
    Seed::new(u64::from_le_bytes(octets))
}

exports! {
    name: "pike",
    module: Pike,
    functions: [functions::pike_check_req, functions::pike_check_ip],
    pvars: [],
    transformations: [],
    rpcs: [rpc::list, rpc::top],
    event_routes: {},
    statistics: {
        "blocked_ips": "sources that are over the limit",
        "uncounted_hits": "requests of new sources that went uncounted, as there was no room for more",
    },
}
