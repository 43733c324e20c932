//! What a configuration becomes when it is loaded: immutable, shared, replaced as a whole by a reload.

use crate::blocklist::Blocklist;
use crate::call::Place;
use crate::hooks::Hooks;
use crate::host::Host;
use crate::late::Slots;
use crate::module::Loaded;
use crate::route::RouteNames;
use crate::settings::{CoreSettings, CustomSettings};
use crate::sockets::Sockets;
use crate::template::Template;
use crate::traffic::Traffic;
use crate::value::Value;
use crate::variables::Variables;
use std::collections::BTreeMap;
use std::sync::Arc;
use stdx::Text;
use telemetry::{Logger, Statistics};

/// Everything that a configuration decides, except its program.
pub struct Runtime {
    /// The core parameters.
    pub settings: CoreSettings,
    /// The script's own parameters (`group.name`).
    pub custom: CustomSettings,
    /// What may change while the server runs.
    pub variables: Variables,
    /// Modules, their names and instances.
    pub loaded: Loaded,
    /// The route blocks by name.
    pub routes: RouteNames,
    /// What `$var` and its kin hold at the start of a run, by slot.
    pub initial_variables: Box<[Value]>,
    /// What they hold when set to `$null`, by slot.
    pub null_variables: Box<[Value]>,
    /// Our sockets and names.
    pub sockets: Arc<Sockets>,
    /// What stands before messages that scripts log (`log_prefix`).
    pub log_prefix: Option<Template>,
    /// What modules want to be called for.
    pub hooks: Hooks,
    /// The defines of the preprocessor, for `$def`.
    pub defines: BTreeMap<String, Text>,
    /// The places of statements, by number.
    pub places: Box<[PlaceInfo]>,
    /// The server.
    pub host: Arc<dyn Host>,
    /// Where messages to the operator go.
    pub logger: Arc<Logger>,
    /// What makes tags and branches out of requests.
    pub identifiers: sip::identifiers::Identifiers,
    /// Counters by group and name.
    pub statistics: Arc<Statistics>,
    /// The counters of messages among them.
    pub traffic: Traffic,
    /// The RPC commands that wait for their answers.
    pub late_answers: Arc<Slots>,
    /// The destinations that are avoided for a while; they outlive a reload.
    pub blocklist: Arc<Blocklist>,
}

/// A place in the configuration, for messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlaceInfo {
    /// The file.
    pub file: Arc<str>,
    /// The line, from 1.
    pub line: u32,
    /// The column, from 1.
    pub column: u32,
    /// The route block, as `route[RELAY]`.
    pub route: Arc<str>,
}

impl PlaceInfo {
    /// The name of the block: what stands in its brackets; unnamed blocks are called what 5.6.3 calls them.
    pub fn route_name(&self) -> &str {
        match &*self.route {
            "request_route" => "DEFAULT_ROUTE",
            "onsend_route" => "DEFAULT_SEND",
            "reply_route" | "onreply_route" => "DEFAULT_ONREPLY",
            title => title
                .split_once('[')
                .and_then(|(_, rest)| rest.strip_suffix(']'))
                .unwrap_or(title),
        }
    }
}

impl std::fmt::Display for PlaceInfo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{}:{}:{} in {}",
            self.file, self.line, self.column, self.route
        )
    }
}

impl Runtime {
    /// A place as text; empty when unknown.
    pub fn place(&self, place: Place) -> Option<&PlaceInfo> {
        self.places.get(place.0 as usize)
    }

    /// The instance of module `M`.
    pub fn module<M: Send + Sync + 'static>(&self) -> Option<Arc<M>> {
        self.loaded.instance::<M>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_named_by_what_stands_in_their_brackets() {
        for (title, name) in [
            ("request_route", "DEFAULT_ROUTE"),
            ("route[RELAY]", "RELAY"),
            ("event_route[tm:local-request]", "tm:local-request"),
            ("reply_route", "DEFAULT_ONREPLY"),
        ] {
            let place = PlaceInfo {
                file: Arc::from("x.cfg"),
                line: 1,
                column: 1,
                route: Arc::from(title),
            };
            assert_eq!(place.route_name(), name);
        }
    }
}
