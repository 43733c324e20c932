//! Registrations in a database outlive the server as `db_mode` promises, and deal with connections as it says.
#![expect(clippy::unwrap_used, reason = "a test ends where something fails")]

mod bench;

use bench::{Bench, PATIENCE, Server, kahea};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::thread::park_timeout;
use std::time::{Duration, Instant};

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
    end(&mut server, signal);
    let _next = bench.start(&configuration);
    register("").contains("sip:b@192.0.2.1")
}

fn end(server: &mut Server, signal: Signal) {
    let pid = i32::try_from(server.0.id()).unwrap();
    kill(Pid::from_raw(pid), signal).unwrap();
    server.0.wait().unwrap();
}

/// A configuration that saves what comes over TCP, too, in a new database.
fn over_connections(bench: &Bench, lines: &str) -> String {
    let url = format!("sqlite://{}", bench.folder.join("rows.sqlite").display());
    let made = kahea().args(["db", "init", &url]).output().unwrap();
    assert!(made.status.success(), "{made:?}");
    format!(
        "disable_tcp=no\nlisten=tcp:{}\nloadmodule \"sl\"\nloadmodule \"pv\"\nloadmodule \"db_sqlite\"\n\
         loadmodule \"usrloc\"\nloadmodule \"registrar\"\nmodparam(\"usrloc\", \"db_url\", \"{url}\")\n{lines}\n\
         request_route {{\n if (method == \"REGISTER\") save(\"location\");\n else sl_send_reply(\"200\", \"OK\");\n}}\n",
        bench.server
    )
}

fn connect(bench: &Bench) -> TcpStream {
    let phone = TcpStream::connect(bench.server).unwrap();
    phone.set_read_timeout(Some(PATIENCE)).unwrap();
    phone
}

/// Whether a request that comes over a connection is confirmed there.
fn is_confirmed(phone: &mut TcpStream, method: &str, lines: &str) -> bool {
    let request = format!(
        "{method} sip:here SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.1;branch=z9hG4bK1\r\nFrom: <sip:bob@here>;tag=1\r\n\
         To: <sip:bob@here>\r\nCall-ID: 1\r\nCSeq: 1 {method}\r\n{lines}Content-Length: 0\r\n\r\n"
    );
    let mut heard = [0; 1024];
    let sent = phone.write_all(request.as_bytes());
    let length = sent.and_then(|()| phone.read(&mut heard)).unwrap_or(0);
    heard[..length].starts_with(b"SIP/2.0 200")
}

/// As 5.6.3 has it: it is not the connection that the phone lost.
#[test]
fn a_contact_of_a_connection_outlives_a_stop_with_handle_lost_tcp() {
    let bench = Bench::new();
    let lines =
        "modparam(\"usrloc\", \"db_mode\", 1)\nmodparam(\"usrloc\", \"handle_lost_tcp\", 1)";
    let configuration = over_connections(&bench, lines);
    let mut server = bench.start(&configuration);
    let mut phone = connect(&bench);
    let contact = "Contact: <sip:b@192.0.2.1;transport=tcp>;expires=600\r\n";
    assert!(is_confirmed(&mut phone, "REGISTER", contact));
    end(&mut server, Signal::SIGTERM);
    let _next = bench.start(&configuration);
    let known = bench.asks("REGISTER", "bob", "", PATIENCE).unwrap();
    assert!(known.contains("sip:b@192.0.2.1"), "{known}");
}

/// As 5.6.3 has it, whatever else is set.
#[test]
fn a_contact_that_expires_closes_its_connection_unless_it_is_in_the_database_only() {
    for (mode, stays) in [(0, false), (1, false), (2, false), (3, true)] {
        let bench = Bench::new();
        let lines = format!(
            "modparam(\"usrloc\", \"db_mode\", {mode})\nmodparam(\"usrloc\", \"close_expired_tcp\", 1)\n\
             modparam(\"usrloc\", \"timer_interval\", 1)\nmodparam(\"registrar\", \"min_expires\", 0)\n\
             loadmodule \"xlog\"\nevent_route[usrloc:contact-expired] {{ xerr(\"a contact has expired\\n\"); }}"
        );
        let _server = bench.start(&over_connections(&bench, &lines));
        let mut phone = connect(&bench);
        let contact = "Contact: <sip:b@192.0.2.1;transport=tcp>;expires=1\r\n";
        assert!(is_confirmed(&mut phone, "REGISTER", contact), "{mode}");
        let began = Instant::now();
        while !bench.log().contains("a contact has expired") {
            assert!(began.elapsed() < PATIENCE, "{mode}: {}", bench.log());
            park_timeout(Duration::from_millis(2));
        }
        assert_eq!(is_confirmed(&mut phone, "OPTIONS", ""), stays, "{mode}");
    }
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
