//! Figures that the script counts itself, shown beside the server's own in the group `script`.

mod functions;
mod params;

use module_api::{Diagnostic, Loader, Module, Statistics as Figures, exports};
use params::Params;
use telemetry::{Counter, Gauge};

/// The group of the figures that are declared here.
const GROUP: &str = "script";

/// The module's instance.
pub struct Statistics {
    own: Vec<(String, Own)>,
}

/// A figure that was declared.
enum Own {
    /// One that can be reset.
    Counter(Counter),
    /// One that cannot.
    Gauge(Gauge),
}

impl Module for Statistics {
    type Params = Params;

    fn load(params: Params, loader: &mut Loader<'_>) -> Result<Self, Vec<Diagnostic>> {
        let mut own = Vec::new();
        for declared in &params.variable {
            let text = declared.value.to_str_lossy();
            match declare(loader.statistics, &text) {
                Some(figure) => own.push(figure),
                // COMPAT: 5.6.3 starts with one that has no name.
                None if text.trim() == "/no_reset" => {
                    let message =
                        format!("parameter `variable`: `{text}` has no name, and is left out");
                    loader.binder.diagnostics.push(declared.warning(message));
                }
                None => {
                    let message = format!(
                        "parameter `variable`: `{text}` is neither `name` nor `name/no_reset`"
                    );
                    loader.binder.diagnostics.push(declared.error(message));
                }
            }
        }
        Ok(Statistics { own })
    }
}

fn declare(figures: &Figures, text: &str) -> Option<(String, Own)> {
    let (name, flag) = match text.split_once('/') {
        Some((name, flag)) => (name.trim(), Some(flag.trim())),
        None => (text.trim(), None),
    };
    let own = match flag {
        _ if name.is_empty() => return None,
        None => Own::Counter(figures.counter(GROUP, name)),
        Some("no_reset") => Own::Gauge(figures.gauge(GROUP, name)),
        Some(_) => return None,
    };
    Some((name.to_owned(), own))
}

impl Statistics {
    fn own(&self, name: &[u8]) -> Option<&Own> {
        let mut own = self.own.iter();
        own.find(|(own, _)| own.as_bytes() == name)
            .map(|(_, figure)| figure)
    }
}

exports! {
    name: "statistics",
    module: Statistics,
    functions: [functions::update_stat, functions::reset_stat],
    pvars: [],
    transformations: [],
    rpcs: [],
    event_routes: {},
    statistics: {},
}
