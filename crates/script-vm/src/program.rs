//! A compiled configuration: the code of all its route blocks.

use crate::code::Op;
use module_api::{Action, BoundFunction, RouteId};
use std::sync::Arc;

/// The code of a configuration. Shared by all runs; never changes.
#[derive(Default)]
pub struct Program {
    pub(crate) code: Vec<Op>,
    pub(crate) functions: Vec<Box<dyn BoundFunction>>,
    /// What a debugger is told of, where one is loaded, and what is timed.
    pub(crate) actions: Vec<Arc<Action>>,
    /// Where each route block begins, by its number.
    pub(crate) entries: Vec<u32>,
    /// What operators call each block, by its number.
    pub(crate) names: Vec<String>,
}

impl Program {
    /// What operators call a block, such as `route[RELAY]`.
    pub fn route_name(&self, route: RouteId) -> &str {
        self.names.get(route.0 as usize).map_or("", String::as_str)
    }

    /// How many route blocks there are.
    pub fn routes(&self) -> usize {
        self.entries.len()
    }
}
