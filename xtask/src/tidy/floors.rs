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
mod tests;
