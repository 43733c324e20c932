//! Registrations, routes and settings by chance.

mod asked;
mod contacts;
mod saves;
mod steps;
mod streams;

use super::steps::Steps;
use crate::differ::settings::Drawn;
use crate::random::Random;
use asked::rows;
use saves::passed_on;

/// The parameters that a run draws.
pub const DRAWN: Drawn = &[
    ("registrar.max_contacts", &["0", "0", "0", "1", "2", "3"]),
    ("registrar.default_expires", &["3600", "120"]),
    ("registrar.min_expires", &["0", "0", "60"]),
    ("registrar.min_expires_mode", &["unset", "unset", "1"]),
    ("registrar.max_expires", &["0", "0", "600"]),
    ("registrar.case_sensitive", &["unset", "0", "1"]),
    ("registrar.method_filtering", &["0", "1"]),
    ("registrar.append_branches", &["unset", "unset", "0", "1"]),
    ("registrar.use_path", &["0", "1", "1"]),
    ("registrar.path_mode", &["unset", "0", "1"]),
    ("registrar.path_use_received", &["unset", "0", "1"]),
    ("registrar.path_check_local", &["unset", "0", "0", "0", "1"]),
    ("registrar.gruu_enabled", &["unset", "0", "1"]),
    ("registrar.default_q", &["unset", "-1", "500"]),
    ("registrar.retry_after", &["unset", "30"]),
    ("registrar.outbound_mode", &["unset", "0", "1", "2"]),
    ("registrar.regid_mode", &["unset", "0", "1"]),
    ("registrar.received_param", &["unset", "", "rcv"]),
    ("registrar.realm_prefix", &["unset", "unset", "sip."]),
    ("registrar.xavp_rcd_mask", &["unset", "0", "5", "27"]),
    ("registrar.use_expired_contacts", &["unset", "0", "1"]),
    (
        "registrar.lookup_filter_mode",
        &["unset", "unset", "1", "2"],
    ),
    ("registrar.contact_max_size", &["unset", "unset", "40"]),
    ("usrloc.matching_mode", &["0", "0", "1", "2", "3"]),
    ("usrloc.use_domain", &["0", "0", "1"]),
    ("usrloc.desc_time_order", &["0", "1"]),
    ("usrloc.cseq_delay", &["unset", "0"]),
    ("usrloc.nat_bflag", &["unset", "3"]),
    (
        "usrloc.db_mode",
        &["unset", "unset", "unset", "1", "2", "3"],
    ),
    ("usrloc.db_ops_ruid", &["unset", "unset", "0", "1"]),
    ("usrloc.db_insert_update", &["unset", "unset", "1"]),
    ("usrloc.db_check_update", &["unset", "unset", "1"]),
    ("usrloc.db_insert_null", &["unset", "unset", "1"]),
    ("usrloc.db_timer_clean", &["unset", "unset", "1"]),
    ("usrloc.expires_type", &["unset", "unset", "1"]),
    ("usrloc.hash_size", &["unset", "unset", "2"]),
    ("usrloc.handle_lost_tcp", &["unset", "0", "1", "1"]),
    ("usrloc.close_expired_tcp", &["unset", "0", "1"]),
    ("tcpops.closed_event", &["unset", "0", "2"]),
    ("core.tcp_accept_aliases", &["unset", "no", "yes"]),
    ("core.tcp_crlf_ping", &["unset", "unset", "no"]),
    ("core.tcp_accept_no_cl", &["unset", "yes"]),
];

/// What the script and phones are given to choose from in one scenario.
pub struct Cards<'a> {
    /// What decides.
    pub random: &'a mut Random,
    /// Address-of-records.
    pub aors: Vec<&'static str>,
    /// Whether requests are sent on to contacts: then all of these are phones.
    pub is_called: bool,
    /// Whether clients send over connections of their own.
    pub is_streamed: bool,
}

/// Address-of-records; those of a scenario are drawn from them.
const AORS: [&str; 13] = [
    "a-%n@one.test",
    "a-%n@one.test",
    "a-%n@one.test",
    "A-%n@one.test",
    "%61-%n@one.test",
    "b-%n@one.test",
    "a-%n@two.test",
    "a-%n@sip.one.test",
    "a-%n@One.Test",
    "a-%n;x=1@one.test",
    "a-%n:pw@one.test",
    "a-%n%20b@one.test",
    "a-%n@one.test;user=phone",
];

/// Steps and their routes.
pub fn scenario(random: &mut Random) -> (Steps, String) {
    let aors = (0..1 + random.below(3))
        .map(|_| random.pick(AORS))
        .collect();
    let is_called = random.percent(40);
    let is_streamed = random.percent(50);
    let mut cards = Cards {
        random,
        aors,
        is_called,
        is_streamed,
    };
    let deeds = cards.deeds();
    let steps = cards.steps(&deeds);
    (steps, routes(&deeds))
}

/// What the script does when a phone asks for it.
pub struct Deed {
    /// The method of the request.
    pub method: &'static str,
    /// Whether it does nothing but show what there is.
    pub is_show: bool,
    /// Whether it shows rows of the database.
    pub is_rows: bool,
    /// Statements.
    pub statements: Vec<String>,
}

impl Cards<'_> {
    /// An address-of-record of the scenario.
    pub fn aor(&mut self) -> &'static str {
        let place = self.random.below(self.aors.len() as u64) as usize;
        self.aors.get(place).copied().unwrap_or(AORS[0])
    }

    fn deeds(&mut self) -> Vec<Deed> {
        let mut deeds = vec![self.save(), rows()];
        for _ in 0..self.aors.len() {
            deeds.push(self.show());
        }
        if self.random.percent(8) {
            deeds.push(passed_on());
        }
        for _ in 0..self.random.below(3) {
            deeds.push(self.save());
        }
        for _ in 0..1 + self.random.below(3) {
            deeds.push(self.asked());
        }
        if self.is_called {
            deeds.push(self.called());
        }
        deeds
    }
}

/// The route of a scenario: one deed for each `X-Do`.
fn routes(deeds: &[Deed]) -> String {
    let mut text = "route[S%n] {\n".to_owned();
    for (number, deed) in deeds.iter().enumerate() {
        text += &format!("\tif ($hdr(X-Do) == \"{number}\") {{\n");
        for statement in &deed.statements {
            text += &format!("\t\t{statement}\n");
        }
        text += "\t\texit;\n\t}\n";
    }
    text += "}\n";
    if deeds
        .iter()
        .any(|deed| deed.statements.iter().any(|it| it == saves::PASSED_ON))
    {
        text += saves::ON_REPLY;
    }
    text
}
