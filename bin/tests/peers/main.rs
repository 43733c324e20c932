//! The program among real peers: calls driven by sipp under Debian's default configuration, two baresip phones on the
//! built-in one, the control tools that people have, and strangers who speak SIP by hand. A test whose peer is not installed
//! does nothing; `cargo xtask check` says so.
#![expect(clippy::unwrap_used, reason = "a test ends where something fails")]

mod baresip;
mod control;
mod flood;
mod hostile;
mod mobile;
mod parked;
mod server;
mod sipp;
mod talk;

use server::Server;
use sipp::Phone;
use std::path::Path;

/// What Debian's package installs.
const DEFAULT_CONFIGURATION: &str = "/etc/kamailio/kamailio.cfg";

/// Whether a program can be run.
fn is_installed(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path).any(|folder| folder.join(program).exists());
    let sbin = Path::new("/usr/sbin").join(program).exists();
    if !found && !sbin {
        eprintln!("not tested: {program} is not installed");
    }
    found || sbin
}

/// Two users register and one calls the other, under Debian's default configuration with these switches.
fn users_call_each_other(switches: &[&str]) {
    if !is_installed("sipp") || !Path::new(DEFAULT_CONFIGURATION).exists() {
        return;
    }
    let server = Server::with_file(Path::new(DEFAULT_CONFIGURATION), switches);
    let (alice, bob) = (Phone::new(&server, "alice"), Phone::new(&server, "bob"));
    alice.registers();
    bob.registers();
    alice.calls(&bob);
}

#[test]
fn users_call_each_other_under_the_default_configuration() {
    users_call_each_other(&[]);
}

#[test]
fn users_call_each_other_when_registrations_and_passwords_are_in_a_database() {
    users_call_each_other(&["WITH_AUTH", "WITH_USRLOCDB", "WITH_ALIASDB"]);
}

#[test]
fn users_call_each_other_through_nat_support() {
    users_call_each_other(&["WITH_NAT"]);
}

#[test]
fn users_call_each_other_past_flood_detection_and_traces() {
    users_call_each_other(&["WITH_ANTIFLOOD", "WITH_DEBUG"]);
}

#[test]
fn users_call_each_other_past_refused_redirections() {
    users_call_each_other(&["WITH_BLOCK3XX", "WITH_BLOCK401407"]);
}

#[test]
fn users_call_each_other_beside_gateways_and_voicemail() {
    users_call_each_other(&["WITH_PSTN", "WITH_VOICEMAIL", "WITH_JSONRPC"]);
}

#[test]
fn two_baresip_phones_register_and_talk_over_the_built_in_configuration() {
    if !is_installed("baresip") {
        return;
    }
    let server = Server::built_in();
    let alice = baresip::Phone::start(&server, "alice", "udp");
    let bob = baresip::Phone::start(&server, "bob", "tcp");
    alice.is_registered();
    bob.is_registered();
    alice.dials("bob");
    alice.talks();
    bob.talks();
    alice.hangs_up();
    bob.has_ended();
}

/// Adds a contact for ever, for all methods.
const ADD_CAROL: &[&str] = &[
    "ul.add",
    "location",
    "carol",
    CAROL,
    "0",
    "1.0",
    "s:0",
    "0",
    "0",
    "4294967295",
];

const CAROL: &str = "sip:carol@127.0.0.1:9";

#[test]
fn kamcmd_reads_and_changes_the_running_server() {
    if !is_installed("kamcmd") || !Path::new(DEFAULT_CONFIGURATION).exists() {
        return;
    }
    let server = Server::with_file(Path::new(DEFAULT_CONFIGURATION), &["WITH_USRLOCDB"]);
    let tool = control::Tool::kamcmd(&server);
    tool.prints(&["core.version"], "kahea");
    tool.prints(ADD_CAROL, "");
    tool.prints(&["ul.dump"], CAROL);
    tool.prints(&["cfg.set_now_int", "core", "debug", "3"], "");
    tool.prints(&["cfg.get", "core", "debug"], "3");
}

#[test]
fn kamctl_and_kamcli_show_what_is_registered() {
    if !is_installed("kamcmd") || !Path::new(DEFAULT_CONFIGURATION).exists() {
        return;
    }
    let server = Server::with_file(Path::new(DEFAULT_CONFIGURATION), &["WITH_JSONRPC"]);
    control::Tool::kamcmd(&server).prints(ADD_CAROL, "");
    for (name, tool) in [
        ("kamctl", control::Tool::kamctl(&server)),
        ("kamcli", control::Tool::kamcli(&server)),
    ] {
        if is_installed(name) {
            tool.prints(&["ul", "show"], CAROL);
            tool.prints(&["uptime"], "uptime");
        }
    }
}
