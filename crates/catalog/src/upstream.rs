//! Which names a module of upstream exports that this server does not have.
//!
//! Where a configuration loads such a module, that is the mistake; what it would have exported is not a second one.

const MODULES: &str = include_str!("../data/upstream/modules.tsv");
const FUNCTIONS: &str = include_str!("../data/upstream/functions.tsv");
const PVARS: &str = include_str!("../data/upstream/pvars.tsv");
const TRANSFORMATIONS: &str = include_str!("../data/upstream/transformations.tsv");

/// Whether the cells of some row begin so.
fn has_row<const N: usize>(table: &str, wanted: [(usize, &str); N]) -> bool {
    table.lines().skip(1).any(|row| {
        let is_it = |(column, text): &(usize, &str)| row.split('\t').nth(*column) == Some(*text);
        wanted.iter().all(is_it)
    })
}

/// Whether upstream has a module of that name.
pub fn has_module(module: &str) -> bool {
    has_row(MODULES, [(0, module)])
}

/// Whether upstream's module has a script function of that name.
pub fn has_function(module: &str, name: &str) -> bool {
    has_row(FUNCTIONS, [(0, module), (1, name)])
}

/// Whether upstream's module has variables of that name.
pub fn has_pvar(module: &str, name: &str) -> bool {
    has_row(PVARS, [(2, module), (1, name)])
}

/// Whether upstream's module has transformations of that class.
pub fn has_transformations(module: &str, class: &str) -> bool {
    has_row(TRANSFORMATIONS, [(0, module), (1, class)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_belong_to_their_modules() {
        assert!(has_module("acc") && !has_module("module"));
        assert!(has_function("acc", "acc_log_request"));
        assert!(!has_function("acc", "t_relay"));
        assert!(!has_function("module", "function"));
        assert!(has_pvar("htable", "sht"));
        assert!(!has_pvar("tm", "sht"));
        assert!(has_transformations("pv", "s"));
        assert!(!has_transformations("tm", "s"));
    }
}
