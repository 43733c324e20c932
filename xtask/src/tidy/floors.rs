//! Arrows point downwards: ARCHITECTURE.md's table of floors against every Cargo.toml.

use super::{Report, Tree};
use crate::workspace::{Dependency, DependencyKind, Package};

const PAGE: &str = "ARCHITECTURE.md";
/// Above this floor anything may be used, and what is for tests may be an ordinary dependency.
const TOP: u8 = 6;

/// One row of the table.
#[derive(Debug, Default, PartialEq)]
pub struct Row {
    /// `None` for a crate that stands beside the floors.
    pub floor: Option<u8>,
    /// Folders, `crates/` in front of plain names; the last part may be `*`.
    pub crates: Vec<String>,
    /// What the crates of this row may depend on.
    pub may_use: MayUse,
}

/// The third column of the table.
#[derive(Debug, Default, PartialEq)]
pub struct MayUse {
    anything: bool,
    neighbours: bool,
    floors: Option<(u8, u8)>,
    named: Vec<String>,
}

impl Row {
    fn holds(&self, folder: &str) -> bool {
        self.crates.iter().any(|pattern| matches(pattern, folder))
    }

    fn allows(&self, folder: &str, other: &Row) -> bool {
        let may = &self.may_use;
        let within = |floor: u8| {
            may.floors
                .is_some_and(|(low, high)| (low..=high).contains(&floor))
        };
        may.anything
            || other.floor.is_some_and(within)
            || may.named.iter().any(|name| matches(name, folder))
            || (may.neighbours && other == self)
    }
}

fn matches(pattern: &str, folder: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(prefix) => folder.starts_with(prefix),
        None => pattern == folder,
    }
}

/// Reads the table out of the page.
pub fn read_table(page: &str) -> Vec<Row> {
    page.lines()
        .skip_while(|line| !line.starts_with("| floor |"))
        .skip(2)
        .take_while(|line| line.starts_with('|'))
        .filter_map(read_row)
        .collect()
}

fn read_row(line: &str) -> Option<Row> {
    let mut cells = line.trim_matches('|').split('|').map(str::trim);
    let (floor, crates, may_use) = (cells.next()?, cells.next()?, cells.next()?);
    Some(Row {
        floor: floor.parse().ok(),
        crates: names(crates),
        may_use: MayUse {
            anything: may_use.starts_with("anything"),
            neighbours: may_use.contains("neighbour"),
            floors: floors(may_use),
            named: names(may_use),
        },
    })
}

/// The names in backticks, as folders.
fn names(cell: &str) -> Vec<String> {
    cell.split('`')
        .skip(1)
        .step_by(2)
        .map(|name| match name {
            "bin" | "specs" | "xtask" | "fuzz" => name.to_owned(),
            _ if name.contains('/') => name.to_owned(),
            _ => format!("crates/{name}"),
        })
        .collect()
}

/// `floor 2` or `floors 0–2`.
fn floors(cell: &str) -> Option<(u8, u8)> {
    let after = cell.split("floor").nth(1)?.trim_start_matches('s').trim();
    let range: String = after
        .chars()
        .take_while(|c| c.is_ascii_digit() || matches!(c, '–' | '-'))
        .collect();
    let mut ends = range.split(['–', '-']).map(str::parse::<u8>);
    let low = ends.next()?.ok()?;
    let high = ends.next().and_then(Result::ok).unwrap_or(low);
    Some((low, high))
}

/// The row of a folder: an exact name wins over a pattern.
pub fn row_of<'a>(table: &'a [Row], folder: &str) -> Option<&'a Row> {
    table
        .iter()
        .find(|row| row.crates.iter().any(|name| name == folder))
        .or_else(|| table.iter().find(|row| row.holds(folder)))
}

pub fn check(tree: &Tree, report: &mut Report) {
    let Some(page) = tree.text(PAGE) else {
        report.whole(PAGE, "is missing; it holds the table of floors");
        return;
    };
    let table = read_table(page);
    if table.is_empty() {
        report.whole(PAGE, "has no table that begins with `| floor |`");
    }
    for package in &tree.packages {
        let Some(row) = row_of(&table, &package.folder) else {
            report.whole(&package.folder, format!("has no floor in {PAGE}"));
            continue;
        };
        for dependency in &package.dependencies {
            check_arrow(&table, row, package, dependency, report);
        }
    }
}

fn check_arrow(
    table: &[Row],
    from: &Row,
    package: &Package,
    dependency: &Dependency,
    report: &mut Report,
) {
    let Some(folder) = &dependency.folder else {
        return;
    };
    let Some(to) = row_of(table, folder) else {
        return;
    };
    let development = dependency.kind == DependencyKind::Development;
    let top = from.floor.is_none_or(|floor| floor >= TOP);
    let is_for_tests = to.floor.is_none();
    if is_for_tests && (development || top) {
        return;
    }
    // Tests of a script-facing crate may load modules; the product may not.
    if development && from.floor.is_some_and(|floor| floor >= 4) && to.floor == Some(4) {
        return;
    }
    if !from.allows(folder, to) {
        report.whole(
            &format!("{}/Cargo.toml", package.folder),
            format!("must not depend on {folder}: see the floors in {PAGE}"),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::{File, testing};

    const TABLE: &str = "\
text

| floor | crates | may use |
|---|---|---|
| 0 | `stdx`, `diagnostics` | nothing of ours |
| 1 | `sip` | floor 0 |
| 3 | `module-api` | floors 0–2, `module-macros` |
| 4 | `modules/*` | floors 0–2, `module-api`, a neighbour where its Cargo.toml says so |
| 5 | `server` | floors 0–3 |
| 6 | `modules/all`, `bin` | anything |
| – | `testkit` | anything; itself only a dev-dependency |
";

    fn findings(from: &str, to: &str, kind: DependencyKind) -> Vec<String> {
        let tree = Tree {
            files: vec![File {
                path: PAGE.to_owned(),
                text: TABLE.to_owned(),
            }],
            packages: vec![Package {
                name: from.to_owned(),
                folder: from.to_owned(),
                features: Vec::new(),
                dependencies: vec![Dependency {
                    name: to.to_owned(),
                    kind,
                    folder: Some(to.to_owned()),
                }],
            }],
        };
        testing::run(check, &tree)
    }

    #[test]
    fn an_arrow_downwards_is_allowed() {
        for (from, to) in [
            ("crates/sip", "crates/stdx"),
            ("crates/module-api", "crates/sip"),
            ("modules/tm", "crates/module-api"),
            ("modules/registrar", "modules/usrloc"),
            ("modules/all", "modules/tm"),
            ("bin", "crates/server"),
        ] {
            assert_eq!(
                findings(from, to, DependencyKind::Normal),
                [""; 0],
                "{from} -> {to}"
            );
        }
    }

    #[test]
    fn an_arrow_upwards_or_sideways_is_found() {
        for (from, to) in [
            ("crates/stdx", "crates/sip"),
            ("crates/stdx", "crates/diagnostics"),
            ("modules/tm", "crates/server"),
            ("crates/server", "modules/tm"),
            ("crates/server", "modules/all"),
            ("modules/tm", "modules/all"),
        ] {
            assert_eq!(
                findings(from, to, DependencyKind::Normal).len(),
                1,
                "{from} -> {to}"
            );
        }
    }

    #[test]
    fn testkit_is_for_tests_below_the_top() {
        use DependencyKind::{Development, Normal};
        assert_eq!(
            findings("crates/sip", "crates/testkit", Development),
            [""; 0]
        );
        assert_eq!(findings("bin", "crates/testkit", Normal), [""; 0]);
        assert_eq!(findings("crates/sip", "crates/testkit", Normal).len(), 1);
    }

    #[test]
    fn a_crate_without_a_floor_is_found() {
        assert_eq!(
            findings("crates/helpers", "crates/stdx", DependencyKind::Normal),
            ["crates/helpers: has no floor in ARCHITECTURE.md"]
        );
    }
}
