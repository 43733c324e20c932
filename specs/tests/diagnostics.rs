//! The examples of the codes that only a whole server can find: each has the mistake it explains, and is shown as
//! `rendered.txt` says.
//!
//! `ACCEPT=1 cargo test -p specs` writes the file.

use diagnostics::codes::{self, Code};
use testkit::Bench;

/// What the examples rely on.
const LOADED: &[&str] = &[
    "sl", "pv", "xlog", "textops", "maxfwd", "htable", "siputils", "tm", "rr",
];

/// Codes whose mistake depends on the machine, or is not there in a configuration that loads modules.
const ELSEWHERE: &[Code] = &[codes::params::BAD_LISTEN, codes::routes::EMPTY_SCRIPT];

/// The example in the explanation of a code.
fn example(code: Code) -> String {
    let text = codes::explain(code);
    let (_, rest) = text.split_once("```cfg\n").unwrap_or_default();
    let (example, _) = rest.split_once("```").unwrap_or_default();
    example.to_owned()
}

/// The example as a configuration: actions become a request route.
fn configuration(example: &str) -> String {
    let mut text = String::new();
    for module in LOADED {
        text.push_str(&format!("loadmodule \"{module}.so\"\n"));
    }
    let first = example.split(['_', '[', ' ', '(', '{']).next();
    let is_item = matches!(
        first,
        Some("loadmodule" | "modparam" | "request" | "failure" | "reply" | "listen" | "event")
    ) || example.starts_with("route[");
    if is_item {
        text.push_str(example);
    } else {
        text.push_str(&format!("request_route {{\n{example}}}\n"));
    }
    text
}

/// What is shown about the code.
fn shown(code: Code) -> Option<String> {
    let all = match Bench::new(&configuration(&example(code)), mod_all::MODULES, 1) {
        Ok(bench) => bench.warnings.clone(),
        Err(shown) => shown,
    };
    let mark = format!("[{}]: ", code.id());
    let begins = |line: &str| {
        ["error[", "warning[", "note["]
            .iter()
            .any(|start| line.starts_with(start))
    };
    let mut lines = all.lines().skip_while(|line| !line.contains(&mark));
    let first = lines.next()?;
    let rest = lines.take_while(|line| !begins(line));
    let text: Vec<&str> = std::iter::once(first).chain(rest).collect();
    Some(text.join("\n").trim_end().to_owned())
}

#[test]
fn each_example_has_its_mistake() {
    let mut all = String::new();
    let mut silent = Vec::new();
    let families = [codes::names::ALL, codes::routes::ALL, codes::params::ALL];
    let dotted = [codes::syntax::DOT_IN_VARIABLE];
    for code in families.into_iter().flatten().chain(&dotted) {
        if ELSEWHERE.contains(code) {
            continue;
        }
        match shown(*code) {
            Some(text) => all.push_str(&format!("{text}\n\n")),
            None => silent.push(code.id()),
        }
    }
    assert_eq!(silent, Vec::<&str>::new(), "these examples have no mistake");
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/rendered.txt");
    if std::env::var_os("ACCEPT").is_some() {
        std::fs::write(path, &all).expect("the file can be written");
    }
    let expected = std::fs::read_to_string(path).expect("rendered.txt");
    for (mine, theirs) in all.split("\n\n").zip(expected.split("\n\n")) {
        assert_eq!(mine, theirs, "run with ACCEPT=1 when this is meant");
    }
    assert_eq!(all.len(), expected.len());
}
