//! The script that both servers run: parameters, the request route, and the routes of all scenarios.

use super::phones::{NUMBER, STEP};
use super::steps::Steps;
use crate::differ::scenario::Scenario;
use crate::differ::script::{BASE, routes};
use crate::differ::settings::{Settings, UNSET};

const HEAD: &str = r#"listen=udp:second
loadmodule "tcpops.so"
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
tcp_connect_timeout=2
"#;

const ROUTES: &str = r#"event_route[usrloc:contact-expired] {
	xlog("L_ERR", "@@$(ulc(exp=>aor){s.select,1,-}{s.select,0,@}{s.select,0, })/expired $ulc(exp=>aor) $ulc(exp=>addr)\n");
}
event_route[tcp:closed] {
	xlog("L_ERR", "@@$si:$sp/ended closed\n");
}
event_route[tcp:reset] {
	xlog("L_ERR", "@@$si:$sp/ended reset\n");
}
event_route[tcp:timeout] {
	xlog("L_ERR", "@@$si:$sp/ended timeout\n");
}
"#;

/// Which parameter says how tables of the database follow those in memory.
const DB_MODE: &str = "usrloc.db_mode";

/// What is set where there is a database.
const WITH_ROWS: &str = r#"loadmodule "db_sqlite.so"
loadmodule "sqlops.so"
modparam("usrloc", "db_url", "DATABASE")
modparam("usrloc", "version_table", 0)
modparam("sqlops", "sqlcon", "rows=>DATABASE")
"#;

/// The table of contacts, and that of their attributes; there is one pair for each of [`DOMAINS`].
const TABLES: &str = include_str!("tables.sql");
/// The domains of contacts, each with its own tables.
const DOMAINS: [&str; 2] = ["location", "other"];
/// How an instant is kept there, and how it is where `expires_type` is 1.
const TIMESTAMP: [&str; 2] = ["TIMESTAMP", "BIGINT"];

/// Tells the rows of a scenario.
const TELL_ROWS: &str = r#"	sql_query("rows", "select COLUMNS from TABLE where username glob '*-$hdr(X-S)' or username glob '*-$hdr(X-S)[^0-9]*' order by username, domain, ORDER", "rows");
	$var(i) = 0;
	while ($var(i) < $dbr(rows=>rows)) {
		xlog("L_ERR", "@@$hdr(X-S)/rows $hdr(X-K) TABLE $dbr(rows=>[$var(i),0])\n");
		$var(i) = $var(i) + 1;
	}
	sql_result_free("rows");
"#;

/// What is told of a row. SQLite may keep an instant as a Julian day; nobody says when what has no end ends.
const COLUMNS: &str = "username || '@' || ifnull(domain, '-') || ' ' || contact || ' received=' || ifnull(received, '-') || ' path=' || ifnull(path, '-') || \
    ' expires=' || ifnull(nullif(max(cast(case typeof(expires) when 'real' then round((expires - 2440587.5) * 86400) else expires end as integer) - strftime('%s', 'now'), -1000), -1000), '-') || \
    ' q=' || q || ' ' || callid || ' ' || cseq || ' flags=' || flags || ' cflags=' || cflags || ' ' || user_agent || ' socket=' || ifnull(socket, '-') || ' methods=' || ifnull(methods, '-') || \
    ' instance=' || ifnull(instance, '-') || ' reg_id=' || reg_id || ' server_id=' || server_id || ' connection_id=' || min(connection_id, 0) || ' keepalive=' || keepalive || ' partition=' || partition";

/// What their order goes by, with the names of phones in the place of addresses.
const ORDER: &str =
    "replace(replace(contact, '@phone1', '@1'), '@phone2', '@2'), callid, instance, reg_id";

/// Flags of `save` that have contacts in memory only, and what they are otherwise.
const MEMORY_ONLY: [(&str, &str); 2] = [("\"0x01\"", "\"0\""), ("\"0x05\"", "\"0x04\"")];

/// Whether there is a database.
pub fn has_rows(settings: &Settings) -> bool {
    ["1", "2", "3"]
        .iter()
        .any(|mode| settings.has(DB_MODE, mode))
}

/// Leaves out what does not go with a database.
pub fn leave_out(settings: &mut Settings) {
    if settings.has(DB_MODE, "3") {
        // A contact in the database only stays when its connection goes.
        settings.set("usrloc.handle_lost_tcp", UNSET);
    }
    if has_rows(settings) && settings.has("usrloc.matching_mode", "3") {
        // Rows that neither their unique name nor their contact tells apart 5.6.3 can neither change nor delete.
        settings.set("usrloc.db_ops_ruid", UNSET);
    }
}

/// The tables of the database, if there is one.
pub fn tables(settings: &Settings) -> Option<String> {
    let [usual, number] = TIMESTAMP;
    let is_number = settings.has("usrloc.expires_type", "1");
    let kept = if is_number { number } else { usual };
    has_rows(settings).then(|| {
        DOMAINS
            .map(|domain| TABLES.replace("TABLE location", &format!("TABLE {domain}")))
            .concat()
            .replace(usual, kept)
    })
}

/// Where the rows of a scenario are told.
fn rows(settings: &Settings) -> String {
    let mut route = "route[ROWS] {\n".to_owned();
    if has_rows(settings) {
        for table in DOMAINS {
            let tell = TELL_ROWS
                .replace("COLUMNS", COLUMNS)
                .replace("ORDER", ORDER);
            route += &tell.replace("TABLE", table);
        }
    }
    route + "\treturn;\n}\n"
}

/// The whole script, with the names of addresses in it.
pub fn whole(settings: &Settings, scenarios: &[Scenario<Steps>]) -> String {
    let with_rows = if has_rows(settings) { WITH_ROWS } else { "" };
    let mut script = [
        BASE,
        HEAD,
        with_rows,
        &settings.script(),
        ROUTES,
        &rows(settings),
        &routes(scenarios, NUMBER, STEP),
    ]
    .concat();
    if settings.has(DB_MODE, "3") {
        // What is in the database only is not in memory only.
        for (flag, other) in MEMORY_ONLY {
            script = script.replace(flag, other);
        }
    }
    script
}
