//! The script that both servers run: parameters, the request route, and the routes of all scenarios.

use super::exchange::Exchange;
use crate::differ::scenario::Scenario;
use crate::differ::script::{BASE, routes};
use crate::differ::settings::Settings;

/// Which header field carries a scenario's number.
const NUMBER: &str = "X-S";

const HEAD: &str = r#"alias="proxy.test"
server_header="Server: differ"
loadmodule "textopsx.so"
loadmodule "xhttp.so"
modparam("xlog", "buf_size", 16384)
modparam("tm", "fr_timer", 500)
modparam("tm", "fr_inv_timer", 500)
modparam("siputils", "rpid_avp", "$avp(rpid)")
"#;

/// Without it xhttp, which has transformations of URLs, does not start.
const HTTP: &str = r#"event_route[xhttp:request] {
	exit;
}
"#;

/// The whole script, with the names of addresses in it.
pub fn whole(settings: &Settings, scenarios: &[Scenario<Exchange>]) -> String {
    let routes = routes(scenarios, NUMBER, NUMBER);
    [BASE, HEAD, &settings.script(), HTTP, &routes].concat()
}
