//! Queues of pairs of key and value, shared by all calls: one part of a script puts them in, another takes them out.

mod functions;
mod params;
mod pvars;
mod queue;
mod rpc;

use diagnostics::codes;
use module_api::{Diagnostic, Loader, Module, Text, exports};
use params::Params;
use queue::{Queue, QueueSpec};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The module's instance.
pub struct Mqueue {
    queues: BTreeMap<Text, Arc<Queue>>,
}

impl Mqueue {
    /// A queue by its name.
    pub fn queue(&self, name: &[u8]) -> Option<&Arc<Queue>> {
        self.queues.get(name)
    }

    /// The queues in the order of their names.
    pub fn queues(&self) -> impl Iterator<Item = &Arc<Queue>> {
        self.queues.values()
    }
}

impl Module for Mqueue {
    type Params = Params;

    fn load(params: Params, loader: &mut Loader<'_>) -> Result<Self, Vec<Diagnostic>> {
        let previous = loader
            .previous
            .and_then(|loaded| loaded.instance::<Mqueue>());
        let mut queues = BTreeMap::new();
        let mut mistakes = Vec::new();
        let mut declare = |spec: QueueSpec| {
            let kept = previous
                .as_ref()
                .and_then(|mqueue| mqueue.queue(&spec.name));
            let kept = kept.filter(|queue| queue.spec == spec).cloned();
            queues.insert(
                spec.name.clone(),
                kept.unwrap_or_else(|| Arc::new(Queue::new(spec))),
            );
        };
        for declared in &params.mqueue {
            match params::queue_spec(&declared.value.to_str_lossy()) {
                Ok(spec) => declare(spec),
                Err(reason) => mistakes.push(Diagnostic::error(
                    codes::params::BAD_PARAMETER,
                    declared.span,
                    format!("parameter `mqueue`: {reason}"),
                )),
            }
        }
        for name in &params.mqueue_name {
            declare(params::named(
                name.clone(),
                params.mqueue_size,
                params.mqueue_addmode,
            ));
        }
        if mistakes.is_empty() {
            Ok(Mqueue { queues })
        } else {
            Err(mistakes)
        }
    }
}

exports! {
    name: "mqueue",
    module: Mqueue,
    functions: [functions::mq_add, functions::mq_fetch, functions::mq_pv_free, functions::mq_size],
    pvars: [pvars::key, pvars::value, pvars::size],
    transformations: [],
    rpcs: [rpc::get_size, rpc::get_sizes, rpc::fetch],
    event_routes: {},
    statistics: {},
}
