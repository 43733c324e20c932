//! Registrations in a database outlive the server as `db_mode` promises.
#![expect(clippy::unwrap_used, reason = "a test ends where something fails")]

mod bench;

use bench::{Bench, PATIENCE, kahea};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// Whether the next server knows what one has confirmed before it ended by a signal.
fn outlives(mode: u8, signal: Signal) -> bool {
    let bench = Bench::new();
    let url = format!("sqlite://{}", bench.folder.join("rows.sqlite").display());
    let made = kahea().args(["db", "init", &url]).output().unwrap();
    assert!(made.status.success(), "{made:?}");
    let configuration = format!(
        "loadmodule \"sl\"\nloadmodule \"db_sqlite\"\nloadmodule \"usrloc\"\nloadmodule \"registrar\"\n\
         modparam(\"usrloc\", \"db_mode\", {mode})\nmodparam(\"usrloc\", \"db_url\", \"{url}\")\n\
         request_route {{\n if (method == \"REGISTER\") save(\"location\");\n else sl_send_reply(\"200\", \"OK\");\n}}\n"
    );
    let register = |lines| bench.asks("REGISTER", "bob", lines, PATIENCE).unwrap();
    let mut server = bench.start(&configuration);
    let confirmed = register("Contact: <sip:b@192.0.2.1>;expires=600\r\n");
    assert!(confirmed.starts_with("SIP/2.0 200"), "{confirmed}");
    let pid = i32::try_from(server.0.id()).unwrap();
    kill(Pid::from_raw(pid), signal).unwrap();
    server.0.wait().unwrap();
    let _next = bench.start(&configuration);
    register("").contains("sip:b@192.0.2.1")
}

#[test]
fn what_is_written_at_once_outlives_a_sudden_end() {
    assert!(outlives(1, Signal::SIGKILL));
    assert!(outlives(3, Signal::SIGKILL));
}

#[test]
fn what_is_written_from_time_to_time_outlives_a_stop() {
    assert!(outlives(2, Signal::SIGTERM));
}

#[test]
fn what_is_never_written_ends_with_the_server() {
    assert!(!outlives(0, Signal::SIGTERM));
    assert!(!outlives(4, Signal::SIGTERM));
}
