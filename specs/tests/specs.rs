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
modparam("sst", "sst_flag", 6)
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
            failures.push(format!("{}: {failure}", path.display()));
        }
    }
    assert!(failures.is_empty(), "\n{}", failures.join("\n"));
}

/// A page of requests with large bodies; `statuses` are what each of them is answered with, in order.
fn flood(user: &str, statuses: &[&str]) -> String {
    let body = "x".repeat(50_000);
    let mut page = String::new();
    for (number, status) in statuses.iter().enumerate() {
        page.push_str(&format!(
            "```in alice\nINVITE sip:{user}@example.org SIP/2.0\nVia: SIP/2.0/UDP {{alice}};branch=z9hG4bK{user}{number}\n\
             From: <sip:alice@example.org>;tag=a\nTo: <sip:{user}@example.org>\nCall-ID: 1\nCSeq: {number} INVITE\n\
             Content-Length: 50000\n\n{body}\n```\n```out alice\nSIP/2.0 {status}\n```\n"
        ));
    }
    page
}

#[test]
fn requests_beyond_the_memory_of_transactions_are_refused_until_others_have_gone() {
    let mut page = String::from(
        r#"```cfg
msg_recv_max_size=65535
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "pv.so"
modparam("tm", "transactions_memory", 1)
request_route {
    t_newtran();
    if ($rU == "nobody") { t_reply("404", "Not here"); exit; }
    $du = "sip:127.0.0.99";
    t_relay();
}
```
"#,
    );
    // Of what waits for its ACK only, nothing but the response is kept.
    page.push_str(&flood("nobody", &["404 Not here"; 40]));
    // Of what waits for an answer, the request is kept as it came and as it was sent.
    let mut statuses = ["100 trying"; 12];
    statuses[10..].fill("503 Service Unavailable");
    page.push_str(
        &flood("silent", &statuses)
            .replace("100 trying", "100 trying -- your call is important to us"),
    );
    page.push_str(
        "```log\n*transactions take all the memory they may have*\n```\n```after 300s\n```\n",
    );
    let spec = Spec::parse(&page).unwrap();
    if let Err(failure) = run_spec(&spec, mod_all::MODULES) {
        panic!("{failure}");
    }
}

#[test]
fn runs_beyond_the_memory_for_waiting_end_until_others_have_gone_on() {
    let mut page = String::from(
        r#"```cfg ours
msg_recv_max_size=65535
parked_memory=1
loadmodule "sl.so"
loadmodule "pv.so"
loadmodule "xlog.so"
loadmodule "statistics.so"
loadmodule "cfgutils.so"
request_route {
    if ($rm == "MESSAGE") { sleep("5"); }
    xnotice("$rU: $stat(parked_runs) waiting, $stat(refused_runs) and $stat(refused_messages) refused\n");
    sl_send_reply("200", "OK");
}
```
"#,
    );
    let message = |method: &str, user: &str, call: &str, length: usize| {
        let body = "x".repeat(length);
        format!(
            "```in alice\n{method} sip:{user}@example.org SIP/2.0\nVia: SIP/2.0/UDP {{alice}};branch=z9hG4bK{user}\n\
             From: <sip:alice@example.org>;tag=a\nTo: <sip:{user}@example.org>\nCall-ID: {call}\nCSeq: 1 {method}\n\
             Content-Length: {length}\n\n{body}\n```\n"
        )
    };
    for number in 1..=16 {
        page.push_str(&message(
            "MESSAGE",
            &format!("u{number}"),
            &format!("c{number}"),
            50_000,
        ));
    }
    // The first messages of calls whose runs wait have to wait too.
    for number in 1..=8 {
        page.push_str(&message(
            "INFO",
            &format!("i{number}"),
            &format!("c{number}"),
            50_000,
        ));
    }
    page.push_str(&message("MESSAGE", "late", "late", 10));
    page.push_str("```log\n*take all the memory they may have (parked_memory)*\n```\n");
    page.push_str(&message("OPTIONS", "quick", "quick", 10));
    page.push_str("```log\nquick: 16 waiting, 1 and 3 refused\n```\n");
    page.push_str("```out alice\nSIP/2.0 200 OK\nCall-ID: quick\n```\n```after 6s\n```\n");
    page.push_str(&message("MESSAGE", "again", "late", 10));
    page.push_str("```after 6s\n```\n```log\nagain: 0 waiting, 1 and 3 refused\n```\n");
    let spec = Spec::parse(&page).unwrap();
    if let Err(failure) = run_spec(&spec, mod_all::MODULES) {
        panic!("{failure}");
    }
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
