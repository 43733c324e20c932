//! Route blocks by name and number, and how a run of one ends.

use catalog::RouteKind;
use std::collections::BTreeMap;

/// The number of a route block in its program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RouteId(pub u32);

/// How a run of a route block ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RouteOutcome {
    /// The return code of the block: what its last statement gave, or `return` names; 1 with `exit`, 0 with `drop`.
    pub code: i64,
    /// What ended it.
    pub end: RunEnd,
}

/// What ended a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunEnd {
    /// Its last statement, or `return` with another value than 0.
    Fell,
    /// `exit`, or a function or `return` with the value 0.
    Exit,
    /// `drop`.
    Drop,
}

/// The route blocks of a configuration, by name within their family.
#[derive(Clone, Debug, Default)]
pub struct RouteNames {
    /// `request_route`.
    pub request: Option<RouteId>,
    /// `reply_route`, or the unnamed `onreply_route`.
    pub reply: Option<RouteId>,
    /// `onsend_route`.
    pub onsend: Option<RouteId>,
    /// `route[NAME]`.
    pub routes: BTreeMap<String, RouteId>,
    /// `failure_route[NAME]`.
    pub failure: BTreeMap<String, RouteId>,
    /// `branch_route[NAME]`.
    pub branch: BTreeMap<String, RouteId>,
    /// `onreply_route[NAME]`.
    pub onreply: BTreeMap<String, RouteId>,
    /// `event_route[NAME]`.
    pub event: BTreeMap<String, RouteId>,
}

impl RouteNames {
    /// The family of named blocks of a kind.
    pub fn family(&self, kind: RouteKind) -> &BTreeMap<String, RouteId> {
        match kind {
            RouteKind::Failure => &self.failure,
            RouteKind::Branch => &self.branch,
            RouteKind::TransactionReply => &self.onreply,
            RouteKind::Event | RouteKind::Local | RouteKind::BranchFailure => &self.event,
            RouteKind::Request | RouteKind::CoreReply | RouteKind::Onsend => &self.routes,
        }
    }

    /// `route[NAME]` by the bytes of its name.
    pub fn route(&self, name: &[u8]) -> Option<RouteId> {
        std::str::from_utf8(name)
            .ok()
            .and_then(|name| self.routes.get(name))
            .copied()
    }
}
