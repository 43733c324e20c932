//! Counters of the script's own, in groups, beside the server's figures.
//!
//! `script_counter` declares them; `cnt_inc`, `cnt_add` and `cnt_reset` change them. The commands `cnt.*` tell of all figures.

mod functions;
mod params;
mod rpc;

use module_api::{Counter, Diagnostic, Loader, Module, exports};
use params::Params;
use std::collections::BTreeMap;

/// The module's instance.
pub struct Counters {
    /// The group of names that have none.
    group: String,
    /// The declared counters by group and name.
    declared: BTreeMap<(String, String), Declared>,
}

/// A counter that was declared.
struct Declared {
    counter: Counter,
    /// What it says about itself.
    help: String,
}

impl Counters {
    /// The counter that `[group.]name` stands for.
    fn counter(&self, name: &str) -> Option<&Counter> {
        let (group, name) = name.split_once('.').unwrap_or((&self.group, name));
        let key = (group.to_owned(), name.to_owned());
        self.declared.get(&key).map(|declared| &declared.counter)
    }

    /// What a figure says about itself.
    fn help(&self, group: &str, name: &str) -> &str {
        let key = (group.to_owned(), name.to_owned());
        self.declared
            .get(&key)
            .map_or("", |declared| declared.help.as_str())
    }
}

impl Module for Counters {
    type Params = Params;

    fn load(params: Params, loader: &mut Loader<'_>) -> Result<Self, Vec<Diagnostic>> {
        let group = params.script_cnt_grp_name.to_str_lossy().into_owned();
        let mut declared = BTreeMap::new();
        for given in &params.script_counter {
            let text = given.value.to_str_lossy();
            match params::declaration(&text, &group) {
                Some((group, name, help)) => {
                    let counter = loader.statistics.counter(&group, &name);
                    declared.insert((group, name), Declared { counter, help });
                }
                None => {
                    let message = format!(
                        "parameter `script_counter`: `{text}` is not `[group.]name [help]`, and left out"
                    );
                    loader.binder.diagnostics.push(given.warning(message));
                }
            }
        }
        Ok(Counters { group, declared })
    }
}

exports! {
    name: "counters",
    module: Counters,
    functions: [functions::cnt_inc, functions::cnt_add, functions::cnt_reset],
    pvars: [],
    transformations: [],
    rpcs: [
        rpc::get,
        rpc::get_raw,
        rpc::get_vars,
        rpc::group_get_all,
        rpc::groups_list,
        rpc::list_groups,
        rpc::list_vars,
        rpc::var_list,
        rpc::help,
        rpc::reset,
    ],
    event_routes: {},
    statistics: {},
}
