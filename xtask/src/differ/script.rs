//! The script that both servers run: parameters, the request route, and the routes of all scenarios.

use std::fmt::Write;

use super::generate::Settings;
use super::scenario::Scenario;

/// Which header field carries a scenario's number.
pub const NUMBER: &str = "X-S";

const HEAD: &str = r#"#!KAMAILIO
debug=0
log_stderror=yes
fork=yes
children=1
disable_tcp=yes
dns=no
rev_dns=no
auto_aliases=no
listen=udp:server
alias="proxy.test"
loadmodule "kex.so"
loadmodule "tm.so"
loadmodule "tmx.so"
loadmodule "sl.so"
loadmodule "rr.so"
loadmodule "pv.so"
loadmodule "maxfwd.so"
loadmodule "textops.so"
loadmodule "textopsx.so"
loadmodule "siputils.so"
loadmodule "corex.so"
loadmodule "xlog.so"
modparam("tm", "fr_timer", 1000)
modparam("tm", "fr_inv_timer", 1800)
modparam("tm", "contacts_avp", "$avp(tm_contacts)")
modparam("tm", "contact_flows_avp", "$avp(tm_flows)")
modparam("tm", "auto_inv_100", 1)
"#;

const REQUESTS: &str = r#"request_route {
	if (is_method("OPTIONS")) {
		sl_send_reply("200", "OK");
		exit;
	}
	if (is_method("CANCEL")) {
		if (t_check_trans()) t_relay();
		exit;
	}
	if (is_method("ACK")) {
		if (t_check_trans()) t_relay();
		exit;
	}
	t_check_trans();
"#;

/// The whole script, with the names of addresses in it.
pub fn whole(settings: &Settings, scenarios: &[Scenario]) -> String {
    let mut script = HEAD.to_owned();
    for (name, value) in settings.parameters() {
        let _ = writeln!(script, "modparam(\"tm\", \"{name}\", {value})");
    }
    script.push_str(REQUESTS);
    let _ = writeln!(script, "\tswitch ($(hdr({NUMBER}){{s.int}})) {{");
    for Scenario { number, .. } in scenarios {
        let _ = writeln!(script, "\t\tcase {number}: route(S{number}); break;");
    }
    script.push_str("\t}\n}\n");
    for scenario in scenarios {
        script.push_str(&scenario.script());
    }
    script
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::differ::generate;

    #[test]
    fn a_script_of_any_scenarios_passes_our_checker() {
        for seed in 0..3 {
            let scenarios: Vec<Scenario> = (0..40).map(|i| generate::scenario(seed, i)).collect();
            let script = whole(&generate::settings(seed), &scenarios);
            let script = script.replace("udp:server", "udp:127.0.0.1:5060");
            let bench = testkit::Bench::new(&script, mod_all::MODULES, seed).unwrap();
            assert_eq!(bench.warnings, "");
        }
    }
}
