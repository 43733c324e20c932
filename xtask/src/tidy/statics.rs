//! No mutable statics: what a configuration sets belongs to its runtime, so that two servers fit in one process.

use super::source::views;
use super::{Report, Tree};

/// Types whose value changes although the static does not.
const CHANGING: &[&str] = &[
    "Mutex", "RwLock", "Atomic", "Once", "LazyLock", "RefCell", "Cell<", "ArcSwap",
];

/// Files whose statics hold nothing that a configuration could set.
const ALLOWED: &[&str] = &[
    // Counts broken invariants of this process, whichever runtime broke them.
    "crates/stdx/src/never.rs",
    // Numbers the threads, so that each counts in a cell of its own.
    "crates/telemetry/src/statistics.rs",
    // Says of a thread what it is doing.
    "crates/net/src/stream/gathering.rs",
];

pub fn check(tree: &Tree, report: &mut Report) {
    for file in tree.rust() {
        if !file.path.starts_with("crates/") && !file.path.starts_with("modules/") {
            continue;
        }
        let code = views(file.product_text()).code;
        for (index, line) in code.lines().enumerate() {
            let Some((name, kind)) = static_item(line) else {
                continue;
            };
            let allowed = ALLOWED.contains(&file.path.as_str());
            let changes = name == "mut" || CHANGING.iter().any(|changing| kind.contains(changing));
            if changes && !allowed {
                report.line(
                    &file.path,
                    index + 1,
                    format!("static `{name}` can change; give the value an owner"),
                );
            }
        }
    }
}

/// Name and type of the static that the line declares.
fn static_item(line: &str) -> Option<(&str, &str)> {
    let line = line.trim_start();
    let line = match line.strip_prefix("pub") {
        Some(rest) if rest.starts_with('(') => rest.split_once(')')?.1,
        Some(rest) => rest,
        None => line,
    };
    let item = line.trim_start().strip_prefix("static ")?;
    if item.starts_with("mut ") {
        return Some(("mut", ""));
    }
    let (name, rest) = item.split_once(':')?;
    let kind = rest.split('=').next().unwrap_or(rest);
    Some((name.trim(), kind))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::testing::findings;

    fn found(text: &str) -> usize {
        findings(check, &[("modules/x/src/table.rs", text)]).len()
    }

    #[test]
    fn a_static_that_can_change_is_found() {
        assert_eq!(found("static mut COUNT: u32 = 0;"), 1);
        assert_eq!(
            found("pub(crate) static TABLE: Mutex<u8> = Mutex::new(0);"),
            1
        );
        assert_eq!(found("pub static N: AtomicU64 = AtomicU64::new(0);"), 1);
    }

    #[test]
    fn a_constant_table_is_not() {
        assert_eq!(found("static NAMES: &[&str] = &[\"Cell<\"];"), 0);
        assert_eq!(found("fn f(x: &'static Mutex<u8>) {}"), 0);
    }
}
