//! Runs every page and every example.

use std::fs;
use std::path::{Path, PathBuf};
use testkit::{Spec, run_examples, run_spec};

/// Configuration that the examples of the catalog rely on.
const FOR_EXAMPLES: &str = r#"
modparam("htable", "htable", "a=>size=4;")
modparam("mqueue", "mqueue", "name=q")
modparam("counters", "script_counter", "calls")
modparam("dialog", "profiles_with_value", "caller")
modparam("alias_db", "db_url", "sqlite://:memory:")
modparam("auth_db", "db_url", "sqlite://:memory:")
modparam("auth_db", "version_table", 0)
modparam("http_client", "httpcon", "api=>http://127.0.0.1:9")
modparam("sqlops", "sqlcon", "cb=>sqlite://:memory:")
"#;

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn pages_in(folder: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for path in entries.filter_map(Result::ok).map(|entry| entry.path()) {
        if path.extension().is_some_and(|extension| extension == "md") {
            found.push(path);
        }
    }
}

fn pages() -> Vec<PathBuf> {
    let mut found = Vec::new();
    pages_in(&repository().join("specs"), &mut found);
    let modules = fs::read_dir(repository().join("modules"));
    for module in modules.into_iter().flatten().flatten() {
        pages_in(&module.path().join("specs"), &mut found);
    }
    found.sort();
    found
}

#[test]
fn every_page_tells_the_truth() {
    let pages = pages();
    assert!(!pages.is_empty());
    let mut failures = Vec::new();
    for path in pages {
        let page = fs::read_to_string(&path).unwrap();
        let spec = Spec::parse(&page).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        if let Err(failure) = run_spec(&spec, mod_all::MODULES) {
            failures.push(format!(
                "{}:{}: {}\n{}",
                path.display(),
                failure.line,
                failure.reason,
                failure.ladder
            ));
        }
    }
    assert!(failures.is_empty(), "\n{}", failures.join("\n"));
}

#[test]
fn the_reference_pages_are_those_of_the_catalog() {
    for (path, page) in specs::reference::pages(&repository()) {
        let found = fs::read_to_string(repository().join(&path)).unwrap_or_default();
        assert!(found == page, "{path} is behind: cargo xtask generate");
    }
}

#[test]
fn every_example_of_the_catalog_does_what_it_says() {
    let failures = run_examples(mod_all::MODULES, FOR_EXAMPLES);
    assert!(failures.is_empty(), "\n{}", failures.join("\n"));
}
