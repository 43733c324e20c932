//! What messages read of a database holds nobody up afterwards.
#![expect(clippy::unwrap_used, reason = "a test ends where something fails")]

mod bench;

use bench::{Bench, PATIENCE, kahea};
use db::{Request, Statement, Value};
use std::time::Instant;

#[test]
fn nothing_is_kept_open_of_what_messages_that_come_together_read() {
    let bench = Bench::new();
    let url = format!("sqlite://{}", bench.folder.join("rows.sqlite").display());
    let made = kahea().args(["db", "init", &url]).output().unwrap();
    assert!(made.status.success(), "{made:?}");
    let _server = bench.start(&format!(
        "loadmodule \"sl\"\nloadmodule \"db_sqlite\"\nloadmodule \"sqlops\"\n\
         modparam(\"sqlops\", \"sqlcon\", \"c=>{url}\")\n\
         request_route {{\n sql_query(\"c\", \"select * from version\");\n sl_send_reply(\"200\", \"OK\");\n}}\n"
    ));
    for round in 0..4 {
        for number in 0..32 {
            bench.sends("OPTIONS", &format!("u{round}-{number}"), "");
        }
        for _ in 0..32 {
            bench.hears(PATIENCE).unwrap();
        }
    }
    // Another program writes, and moves what it has written into the file: not possible while somebody reads an older state.
    let other = mod_all::database_drivers().open(&url).unwrap();
    let run = |sql: &str| {
        let statement = other.prepare(Statement::raw(sql.to_owned()));
        other.run_blocking(Request::new(&statement, [])).unwrap()
    };
    run("insert into version values (0, 'another', 1)");
    let began = Instant::now();
    while run("pragma wal_checkpoint(truncate)").rows.cell(0, 0) != Some(&Value::Int(0)) {
        assert!(began.elapsed() < PATIENCE, "somebody reads still");
    }
}

#[test]
fn a_database_is_opened_by_the_first_query_where_that_is_asked_for() {
    let bench = Bench::new();
    let place = bench.folder.join("late.sqlite");
    let url = format!("sqlite://{}", place.display());
    let _server = bench.start(&format!(
        "loadmodule \"sl\"\nloadmodule \"pv\"\nloadmodule \"db_sqlite\"\nloadmodule \"sqlops\"\n\
         modparam(\"sqlops\", \"connect_mode\", 2)\nmodparam(\"sqlops\", \"sqlcon\", \"c=>{url}\")\n\
         modparam(\"sqlops\", \"sqlcon\", \"gone=>sqlite:////nowhere/at/all.db\")\n\
         request_route {{\n if ($rU == \"ready\") {{\n sl_send_reply(\"200\", \"OK\");\n exit;\n }}\n\
         $var(gone) = sql_query(\"gone\", \"select 1\");\n $var(rc) = sql_query(\"c\", \"select 'ann'\", \"r\");\n\
         sl_send_reply(\"200\", \"$var(gone) $var(rc) $dbr(r=>[0,0])\");\n}}\n"
    ));
    assert!(!place.exists());
    for number in 0..3 {
        bench.sends("OPTIONS", &format!("u{number}"), "");
    }
    for _ in 0..3 {
        let heard = bench.hears(PATIENCE).unwrap();
        assert!(heard.starts_with("SIP/2.0 200 -1 1 ann\r\n"), "{heard}");
    }
    assert!(place.exists());
}
