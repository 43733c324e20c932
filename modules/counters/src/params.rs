//! Module parameters.

use module_api::{Params, Placed, Text};

/// What a counter without a text of its own says about itself (observed on 5.6.3).
const HELP: &str = "custom script counter.";

/// What `modparam("counters", …)` sets.
#[derive(Params)]
pub struct Params {
    /// The group of counters that are declared without one.
    #[param(default = Text::from_static("script"))]
    pub script_cnt_grp_name: Text,
    /// A counter: `[group.]name`, and after a blank what it says about itself. May be given several times.
    #[param(shown = "")]
    pub script_counter: Vec<Placed<Text>>,
}

/// Reads `[group.]name [help]` or `[group.]name:help`: group, name and help.
pub fn declaration(text: &str, group: &str) -> Option<(String, String, String)> {
    let text = text.trim();
    let end = text.find([' ', '\t', ':']).unwrap_or(text.len());
    let (full, rest) = text.split_at(end);
    let help = rest.trim_start_matches([' ', '\t', ':']).trim_end();
    let (group, name) = full.split_once('.').unwrap_or((group, full));
    if group.is_empty() || name.is_empty() {
        return None;
    }
    let help = if help.is_empty() { HELP } else { help };
    Some((group.to_owned(), name.to_owned(), help.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_declaration_has_a_name_and_may_have_group_and_help() {
        let read = |text| {
            declaration(text, "script").map(|(group, name, help)| format!("{group}|{name}|{help}"))
        };
        assert_eq!(
            read("foo").as_deref(),
            Some("script|foo|custom script counter.")
        );
        assert_eq!(
            read("grp.bar this is bar").as_deref(),
            Some("grp|bar|this is bar")
        );
        assert_eq!(read(""), None);
        assert_eq!(read("grp."), None);
    }
}
