//! Phones whose connections end: their contacts go with them, by script or without one.

use crate::server::Server;
use crate::talk::{Mobile, Request, Someone, status};
use std::net::TcpListener;

/// Registrations are taken from whoever comes; who is registered is called, anybody else is not found.
const BASIS: &str = r#"
debug=2
log_stderror=yes
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "pv.so"
loadmodule "xlog.so"
loadmodule "kex.so"
loadmodule "textops.so"
loadmodule "siputils.so"
loadmodule "htable.so"
loadmodule "tcpops.so"
loadmodule "db_sqlite.so"
loadmodule "usrloc.so"
loadmodule "registrar.so"
modparam("tm", "fr_timer", 2000)
request_route {
    if (is_method("REGISTER")) {
        save("location");
        route(SAVED);
        exit;
    }
    if (is_method("OPTIONS")) {
        sl_send_reply("200", "$stat(passive_open) $stat(con_reset) $stat(con_timeout) $stat(current_opened_connections)");
        exit;
    }
    if ($rU == $null) {
        sl_send_reply("200", "Alive");
        exit;
    }
    if (is_method("NOTIFY")) {
        tcp_set_otcpid_flag("1");
    }
    if (!lookup("location")) {
        sl_send_reply("404", "Not Found");
        exit;
    }
    if (is_method("INFO")) {
        sl_send_reply("200", "Registered");
        exit;
    }
    t_relay();
}
"#;

/// What is kept about a connection leads to the contacts of a user, of which those without a connection are taken out.
const BY_SCRIPT: &str = r#"
tcp_connection_lifetime=3
modparam("htable", "htable", "owners=>size=8;autoexpire=7200;")
route[SAVED] {
    if ($proto == "udp") return;
    $sht(owners=>$conid) = $fu;
    tcp_enable_closed_event();
}
route[ENDED] {
    $var(owner) = $sht(owners=>$conid);
    if ($var(owner) == $null) return;
    $sht(owners=>$conid) = $null;
    xnotice("$var(how): $proto $si:$sp at $Ri:$Rp, connection $conid of $var(owner)\n");
    if (!reg_fetch_contacts("location", "$var(owner)", "his")) return;
    $var(i) = 0;
    while ($var(i) < $(ulc(his=>count))) {
        $var(id) = $(ulc(his=>conid)[$var(i)]);
        if ($var(id) != $null && ($var(id) == -1 || !tcp_conid_alive("$var(id)"))) {
            unregister("location", "$var(owner)", "$(ulc(his=>ruid)[$var(i)])");
        }
        $var(i) = $var(i) + 1;
    }
}
event_route[tcp:closed] {
    $var(how) = "closed";
    route(ENDED);
}
event_route[tcp:reset] {
    $var(how) = "reset";
    route(ENDED);
}
event_route[tcp:timeout] {
    $var(how) = "silent";
    route(ENDED);
}
"#;

/// The same by one parameter.
const BY_PARAMETER: &str = r#"
tcp_connection_lifetime=3
modparam("usrloc", "follow_connections", 1)
route[SAVED] {
    return;
}
"#;

fn asking_for(user: &str) -> String {
    format!("sip:{user}@127.0.0.1")
}

/// Three phones leave in three ways, and one that has two connections leaves by one of them.
fn contacts_go_with_their_connections(configuration: &str) -> (Server, [String; 3]) {
    let server = Server::with_text(&format!("{BASIS}{configuration}"));
    let stranger = Someone::at("127.0.0.1");
    let asks_for = |user: &str, expected: u16| {
        let uri = asking_for(user);
        stranger.asks_until(&server, "stranger", &Request::new("INFO", &uri), expected);
    };
    let (first, second) = (
        Mobile::registers(&server, "carol"),
        Mobile::registers(&server, "carol"),
    );
    first.vanishes();
    let closing = Mobile::registers(&server, "alice");
    let resetting = Mobile::registers(&server, "bob");
    let silent = Mobile::registers(&server, "dave");
    let addresses = [closing.address, resetting.address, silent.address];
    for user in ["alice", "bob", "carol", "dave"] {
        asks_for(user, 200);
    }
    closing.hangs_up();
    resetting.vanishes();
    asks_for("alice", 404);
    asks_for("bob", 404);
    asks_for("carol", 200);
    second.hangs_up();
    asks_for("carol", 404);
    // Its connection is there, and ends because nothing comes over it.
    asks_for("dave", 404);
    (server, addresses.map(|address| address.to_string()))
}

#[test]
fn a_script_takes_out_the_contacts_of_connections_that_are_closed_reset_or_silent() {
    let (server, addresses) = contacts_go_with_their_connections(BY_SCRIPT);
    let log = server.log();
    let users = ["alice", "bob", "dave"];
    for ((how, user), address) in ["closed", "reset", "silent"]
        .iter()
        .zip(users)
        .zip(addresses)
    {
        let line = format!(
            "{how}: tcp {address} at 127.0.0.1:{}, connection ",
            server.port
        );
        let found = log.lines().find(|found| found.contains(&line));
        assert!(
            found.is_some_and(|found| found.ends_with(&format!(" of sip:{user}@127.0.0.1"))),
            "no `{line}` in\n{log}"
        );
    }
}

#[test]
fn a_contact_that_follows_its_connection_needs_no_script() {
    let (server, _) = contacts_go_with_their_connections(BY_PARAMETER);
    let request = Request::new("OPTIONS", "sip:127.0.0.1");
    let figures = Someone::at("127.0.0.1").asks(&server, &request);
    assert!(figures.starts_with("SIP/2.0 200 5 2 1 0\r\n"), "{figures}");
}

/// A request to a contact over TCP leads to its address, and over the connection that it registered by where the script or
/// `follow_connections` says so (observed on 5.6.3, but for the parameter).
fn reached_elsewhere(parameters: &str, is_kept: bool) {
    let saved = "route[SAVED] {\n    return;\n}\n";
    let server = Server::with_text(&format!("{BASIS}{parameters}{saved}"));
    let stranger = Someone::at("127.0.0.1");
    let elsewhere = TcpListener::bind("127.0.0.1:0").unwrap();
    let place = elsewhere.local_addr().unwrap();
    let mut phone = Mobile::connects(&server).registers_at(&server, "bob", place);
    let uri = asking_for("bob");
    let sends = |method: &str| {
        let request = Request::new(method, &uri).text("UDP", stranger.address);
        stranger.sends(&server, &request);
    };
    sends("NOTIFY");
    assert!(phone.receives().starts_with("NOTIFY "), "{}", server.log());
    sends("MESSAGE");
    if is_kept {
        assert!(phone.receives().starts_with("MESSAGE "), "{}", server.log());
        return;
    }
    let heard = Mobile::accepted(&elsewhere).receives();
    assert!(heard.starts_with("MESSAGE "), "{}", server.log());
    assert!(phone.has_heard_nothing(), "{}", server.log());
}

#[test]
fn a_contact_is_reached_at_its_address_unless_its_connection_is_asked_for() {
    reached_elsewhere("", false);
}

#[test]
fn a_contact_that_follows_its_connection_is_reached_by_it() {
    reached_elsewhere("modparam(\"usrloc\", \"follow_connections\", 1)\n", true);
}

/// What a server that died has left in the database leads to no connection of the server that comes after it.
fn connections_are_nobody_elses(database: &str) {
    let saved = "route[SAVED] {\n    return;\n}\n";
    let parameters = format!("modparam(\"usrloc\", \"db_url\", DBURL)\n{database}{saved}");
    let mut server = Server::with_text(&format!("{BASIS}{parameters}"));
    let stranger = Someone::at("127.0.0.1");
    let callee = Mobile::registers(&server, "bob");
    let uri = asking_for("bob");
    server.dies_and_comes_back();
    callee.vanishes();
    let mut others: Vec<Mobile> = (0..4)
        .map(|number| Mobile::registers(&server, &format!("other{number}")))
        .collect();
    let answer = stranger.asks(&server, &Request::new("MESSAGE", &uri));
    assert!(status(&answer) >= 400, "{answer}\n{}", server.log());
    for other in &mut others {
        assert!(other.has_heard_nothing(), "{}", server.log());
    }
    // A phone that is back is reached over its new connection.
    let mut callee = Mobile::registers(&server, "bob");
    let request = Request::new("MESSAGE", &uri).text("UDP", stranger.address);
    stranger.sends(&server, &request);
    assert!(
        callee.receives().starts_with("MESSAGE "),
        "{}",
        server.log()
    );
}

#[test]
fn after_a_restart_nobody_is_called_over_a_connection_of_somebody_else() {
    connections_are_nobody_elses("modparam(\"usrloc\", \"db_mode\", 1)\n");
}

#[test]
fn rows_that_another_process_wrote_lead_to_no_connection_of_this_one() {
    connections_are_nobody_elses("modparam(\"usrloc\", \"db_mode\", 3)\n");
}

#[test]
fn a_contact_that_follows_its_connection_does_not_outlive_the_server() {
    let parameters =
        "modparam(\"usrloc\", \"db_url\", DBURL)\nmodparam(\"usrloc\", \"db_mode\", 1)\n";
    let mut server = Server::with_text(&format!("{BASIS}{parameters}{BY_PARAMETER}"));
    let stranger = Someone::at("127.0.0.1");
    let callee = Mobile::registers(&server, "bob");
    let uri = asking_for("bob");
    let request = Request::new("INFO", &uri);
    assert_eq!(status(&stranger.asks(&server, &request)), 200);
    server.dies_and_comes_back();
    assert_eq!(status(&stranger.asks(&server, &request)), 404);
    drop(callee);
}
