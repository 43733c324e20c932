//! Floors 0 to 2 are given their instant, their randomness and their bytes: they never fetch any of them.

use super::floors::{read_table, row_of};
use super::source::views;
use super::{File, Report, Tree};

/// Highest floor the rule is about.
const PURE_UP_TO: u8 = 2;

/// A path in code, and what reaching for it means.
const REACHES: &[(&str, &str)] = &[
    ("Instant::now", "reads a clock"),
    ("SystemTime::now", "reads a clock"),
    (".elapsed()", "reads a clock"),
    ("std::fs", "touches files"),
    ("File::open", "touches files"),
    ("std::env::", "reads the environment"),
    ("std::process", "knows processes"),
    ("std::thread::", "knows threads"),
    ("UdpSocket", "opens sockets"),
    ("TcpStream", "opens sockets"),
    ("TcpListener", "opens sockets"),
    ("UnixStream", "opens sockets"),
    ("UnixListener", "opens sockets"),
    ("tokio::", "knows an async runtime"),
    ("getrandom", "fetches randomness"),
];

/// Modules that must not be imported in a group either: `use std::{fs, thread};`.
const MODULES: &[(&str, &str)] = &[
    ("fs", "touches files"),
    ("env", "reads the environment"),
    ("process", "knows processes"),
    ("thread", "knows threads"),
];

/// Packages that floors 0 to 2 must not depend on: they fetch, or they give core types a foreign format.
const PACKAGES: &[&str] = &[
    "serde",
    "tokio",
    "socket2",
    "nix",
    "getrandom",
    "hickory-resolver",
    "rand",
    "libmimalloc-sys",
];

pub fn check(tree: &Tree, report: &mut Report) {
    let table = read_table(tree.text("ARCHITECTURE.md").unwrap_or_default());
    let is_pure = |folder: &str| {
        row_of(&table, folder).is_some_and(|row| row.floor.is_some_and(|floor| floor <= PURE_UP_TO))
    };
    for package in tree.packages.iter().filter(|p| is_pure(&p.folder)) {
        for dependency in &package.dependencies {
            if PACKAGES.contains(&dependency.name.as_str()) {
                report.whole(
                    &format!("{}/Cargo.toml", package.folder),
                    format!("floors 0 to 2 must not depend on {}", dependency.name),
                );
            }
        }
    }
    for file in tree.rust() {
        let folder: Vec<&str> = file.path.splitn(3, '/').take(2).collect();
        if is_pure(&folder.join("/")) {
            check_file(file, report);
        }
    }
}

fn check_file(file: &File, report: &mut Report) {
    let code = views(file.product_text()).code;
    for (index, line) in code.lines().enumerate() {
        for (path, what) in REACHES {
            if line.contains(path) {
                report.line(
                    &file.path,
                    index + 1,
                    format!("`{path}` {what}, which floors 0 to 2 never do"),
                );
            }
        }
    }
    let mut before = 0;
    for group in code.split("use std::{").skip(1) {
        before += code[before..].find("use std::{").unwrap_or(0) + "use std::{".len();
        let line = code[..before].lines().count();
        let group = group.split(';').next().unwrap_or_default();
        for (module, what) in MODULES {
            let mut words = group.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
            if words.any(|word| word == *module) {
                report.line(
                    &file.path,
                    line,
                    format!("`std::{module}` {what}, which floors 0 to 2 never do"),
                );
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::testing::findings;

    const TABLE: &str = "| floor | crates | may use |\n|---|---|---|\n| 1 | `sip` | floor 0 |\n| 5 | `net` | floor 0 |\n";

    fn found(path: &str, text: &str) -> usize {
        findings(check, &[("ARCHITECTURE.md", TABLE), (path, text)]).len()
    }

    #[test]
    fn a_low_floor_reaches_for_nothing() {
        assert_eq!(found("crates/sip/src/a.rs", "let t = Instant::now();"), 1);
        assert_eq!(found("crates/sip/src/a.rs", "use std::{fmt, thread};"), 1);
        assert_eq!(found("crates/sip/src/a.rs", "use std::net::UdpSocket;"), 1);
        assert_eq!(
            found("crates/sip/src/a.rs", "thread_local! { static A: u8 = 0 }"),
            0
        );
    }

    #[test]
    fn comments_strings_tests_and_higher_floors_may() {
        assert_eq!(
            found(
                "crates/sip/src/a.rs",
                "// Instant::now\nlet a = \"std::fs\";"
            ),
            0
        );
        assert_eq!(
            found(
                "crates/sip/src/a.rs",
                "#[cfg(test)]\nmod tests { use std::fs; }"
            ),
            0
        );
        assert_eq!(found("crates/net/src/a.rs", "let t = Instant::now();"), 0);
    }
}
