//! The script that both servers run: parameters, the request route, and the routes of all scenarios.

use std::fmt::Write;

use super::phones::{NUMBER, STEP};
use super::steps::Steps;
use crate::differ::scenario::Scenario;
use crate::differ::script::BASE;
use crate::differ::settings::Settings;

const HEAD: &str = r#"listen=udp:second
alias="one.test"
alias="two.test"
loadmodule "jsonrpcs.so"
loadmodule "usrloc.so"
loadmodule "registrar.so"
loadmodule "nathelper.so"
loadmodule "auth.so"
modparam("xlog", "buf_size", 16384)
modparam("jsonrpcs", "pretty_format", 0)
modparam("jsonrpcs", "transport", 0)
modparam("tm", "fr_timer", 700)
modparam("nathelper|registrar", "received_avp", "$avp(received)")
modparam("registrar", "xavp_cfg", "reg")
modparam("registrar", "sock_flag", 5)
modparam("registrar", "sock_hdr_name", "Sock-Info")
modparam("registrar", "xavp_rcd", "rcd")
modparam("usrloc", "xavp_contact", "kept")
modparam("usrloc", "timer_interval", 1)
"#;

const ROUTES: &str = r#"event_route[usrloc:contact-expired] {
	xlog("L_ERR", "@@$(ulc(exp=>aor){s.select,1,-}{s.select,0,@})/expired $ulc(exp=>aor) $ulc(exp=>addr)\n");
}
"#;

/// The whole script, with the names of addresses in it.
pub fn whole(settings: &Settings, scenarios: &[Scenario<Steps>]) -> String {
    let mut script = [BASE, HEAD, &settings.script(), ROUTES].concat();
    script.push_str("request_route {\n");
    for Scenario { number, .. } in scenarios {
        let _ = writeln!(
            script,
            "\tif ($hdr({NUMBER}) == \"{number}\") route(S{number});"
        );
    }
    // What comes from none of them is asked before they begin.
    let _ = writeln!(
        script,
        "\tif ($hdr({STEP}) == $null) sl_send_reply(\"200\", \"OK\");\n}}"
    );
    for scenario in scenarios {
        script.push_str(&scenario.script());
    }
    script
}
