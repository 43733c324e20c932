//! What `cfg.set` changes in upstream while the server runs and does not change here.

use module_api::{Changing, ModuleExport, core_variables};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

/// The lines about the variables of the core and of each module, by module.
pub fn differences(
    repository: &Path,
    modules: &[&'static ModuleExport],
) -> BTreeMap<String, String> {
    let ours = ours(modules);
    let path = repository.join("crates/catalog/data/upstream/cfg_vars.tsv");
    let text = fs::read_to_string(path).unwrap_or_default();
    let mut lines: BTreeMap<String, String> = BTreeMap::new();
    for row in text.lines().skip(1) {
        let cells: Vec<&str> = row.split('\t').collect();
        let [group, module, name, _, _, _, flags, ..] = cells[..] else {
            continue;
        };
        let changing = ours.get(&(group.to_owned(), name.to_owned()));
        let difference = match changing {
            None => "Not there.",
            Some(Changing::IsRefused) if !flags.contains("readonly") => {
                "Read once: another value is refused."
            }
            Some(Changing::IsShown) => "Takes another value, which has no effect.",
            Some(Changing::IsRefused | Changing::Counts) => continue,
        };
        let lines = lines.entry(module.to_owned()).or_default();
        let _ = writeln!(lines, "- `cfg.set {group} {name}`: {difference}");
    }
    lines
}

/// Our variables, by group and name.
fn ours(modules: &[&'static ModuleExport]) -> BTreeMap<(String, String), Changing> {
    let live = modules.iter().flat_map(|module| {
        let params = (module.params)();
        let settings = module.entry.settings.iter();
        let live = settings.filter(move |setting| params.live(setting.name).is_some());
        live.map(|setting| (module.entry.name, setting.name, Changing::Counts))
    });
    core_variables()
        .chain(mod_cfg_rpc::fixed_variables())
        .chain(live)
        .map(|(group, name, changing)| ((group.to_owned(), name.to_owned()), changing))
        .collect()
}
