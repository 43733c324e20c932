//! What the scripts of all families begin with, and how they find the routes of a scenario.

use std::fmt::Write;

use super::scenario::{Plot, Scenario};

/// How the server runs, and the modules that every family needs. `server` stands for the address that the caller sends to.
pub const BASE: &str = r#"#!KAMAILIO
debug=0
log_stderror=yes
fork=yes
children=1
tcp_children=1
dns=no
rev_dns=no
auto_aliases=no
listen=udp:server
listen=tcp:server
loadmodule "kex.so"
loadmodule "tm.so"
loadmodule "tmx.so"
loadmodule "sl.so"
loadmodule "rr.so"
loadmodule "pv.so"
loadmodule "textops.so"
loadmodule "siputils.so"
loadmodule "corex.so"
loadmodule "xlog.so"
"#;

/// The routes of scenarios, and a request route that takes a request to those of the one whose number is in the header field
/// `number`. Without the header field `needed` it comes from none: servers are asked before scenarios begin.
pub fn routes<P: Plot>(scenarios: &[Scenario<P>], number: &str, needed: &str) -> String {
    let mut script = "request_route {\n".to_owned();
    for Scenario { number: own, .. } in scenarios {
        let _ = writeln!(script, "\tif ($hdr({number}) == \"{own}\") route(S{own});");
    }
    let _ = writeln!(
        script,
        "\tif ($hdr({needed}) == $null) sl_send_reply(\"200\", \"OK\");\n}}"
    );
    for scenario in scenarios {
        script.push_str(&scenario.script());
    }
    script
}
