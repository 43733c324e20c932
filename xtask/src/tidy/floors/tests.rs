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
