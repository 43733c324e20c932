//! The script that both servers run: parameters, the request route, and the routes of all scenarios.

use std::fmt::Write;

use super::call::Call;
use crate::differ::scenario::Scenario;
use crate::differ::script::BASE;
use crate::differ::settings::Settings;

/// Which header field carries a scenario's number.
pub const NUMBER: &str = "X-S";

/// What the route for an INFO outside of the call begins with.
const POKED: &str = "P";

const HEAD: &str = r#"alias="proxy.test"
loadmodule "maxfwd.so"
loadmodule "textopsx.so"
loadmodule "htable.so"
loadmodule "acc.so"
loadmodule "uac.so"
loadmodule "uac_redirect.so"
loadmodule "diversion.so"
modparam("htable", "htable", "aside=>size=4;")
modparam("tm", "fr_timer", 1000)
modparam("tm", "fr_inv_timer", 1800)
modparam("tm", "contacts_avp", "$avp(tm_contacts)")
modparam("tm", "contact_flows_avp", "$avp(tm_flows)")
modparam("tm", "auto_inv_100", 1)
modparam("uac", "restore_mode", "none")
modparam("uac", "auth_realm_avp", "$avp(realm)")
modparam("uac", "auth_username_avp", "$avp(user)")
modparam("uac", "auth_password_avp", "$avp(password)")
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
	if (has_totag()) {
		if (loose_route()) {
			route(FOLLOW);
		}
		if (!is_method("ACK") || t_check_trans()) route(FOLLOW);
		exit;
	}
	if (is_method("INFO")) {
		sl_send_reply("200", "Poked");
		route(POKED);
		exit;
	}
	t_check_trans();
	if (is_method("INVITE")) record_route();
	route(CALLED);
}
route[FOLLOW] {
	xlog("L_ERR", "@@$hdr(X-S)/follow m=$rm ru=$ru du=$du\n");
	t_relay();
	exit;
}
"#;

/// The whole script, with the names of addresses in it.
pub fn whole(settings: &Settings, scenarios: &[Scenario<Call>]) -> String {
    let mut script = [BASE, HEAD].concat();
    script.push_str(&settings.script());
    script.push_str(REQUESTS);
    choose(&mut script, "CALLED", "S", scenarios);
    choose(&mut script, "POKED", POKED, scenarios);
    for scenario in scenarios {
        script.push_str(&scenario.script());
    }
    script
}

/// A route that goes on to that of the scenario, where it has one that begins so.
fn choose(script: &mut String, route: &str, prefix: &str, scenarios: &[Scenario<Call>]) {
    let _ = writeln!(script, "route[{route}] {{");
    for Scenario { number, routes, .. } in scenarios {
        if routes.contains(&format!("route[{prefix}%n]")) {
            let _ = writeln!(
                script,
                "\tif ($hdr({NUMBER}) == \"{number}\") route({prefix}{number});"
            );
        }
    }
    script.push_str("\texit;\n}\n");
}
