//! Calls, routes and settings by chance.

mod aside;
mod questions;
mod refusals;
mod relays;
mod routes;
mod targets;

use super::call::{Call, Deed, DeedKind};
use crate::differ::settings::{Drawn, Settings};
use crate::random::Random;
pub use refusals::NO_FURTHER;
use routes::Writer;
use std::time::Duration;
pub use targets::NOBODY;
use targets::PERIOD_MS;

/// The parameters that a run draws.
const DRAWN: Drawn = &[
    ("tm.failure_reply_mode", &["0", "1", "2", "3", "3"]),
    ("tm.cancel_b_method", &["0", "1", "1", "2"]),
    ("tm.local_cancel_reason", &["0", "1"]),
    ("tm.e2e_cancel_reason", &["0", "1"]),
    ("tm.disable_6xx_block", &["0", "0", "1"]),
    ("tm.aggregate_challenges", &["0", "1"]),
    ("core.tcp_async", &["unset", "unset", "no"]),
];

/// What a caller sends; what is named twice more often.
const METHODS: [&str; 6] = ["INVITE", "INVITE", "INVITE", "INVITE", "INVITE", "MESSAGE"];

/// When the caller gives up, in milliseconds after its request: neither when callees answer (see [`targets`]), be it behind
/// [`POKE_MS`], nor when something is sent again.
const CANCEL_MS: [u64; 3] = [250, 427, 1_150];
/// How long after that it does so once more.
const CANCEL_AGAIN_MS: u64 = 15;
/// When in a period the caller does what else, in milliseconds.
const AGAIN_MS: u64 = 235;
const POKE_MS: u64 = 285;
const CLOSE_MS: u64 = 210;
/// When it sends another INVITE and hangs up, in milliseconds after its first one.
const REINVITE_MS: u64 = 1_400;
const BYE_MS: u64 = 1_550;

/// Parameters of the run.
pub fn settings(random: &mut Random) -> Settings {
    Settings::any(random, DRAWN)
}

/// A call and its routes.
pub fn scenario(random: &mut Random) -> (Call, String) {
    let routes = Writer::new(random).routes();
    (call(random, &routes), routes)
}

fn call(random: &mut Random, routes: &str) -> Call {
    let drawn = random.pick(METHODS);
    // Nothing but a call is found by its Call-ID.
    let is_named = routes.contains("_callid(");
    let mut call = Call {
        method: if is_named { "INVITE" } else { drawn }.to_owned(),
        is_streamed: random.percent(30),
        deeds: Vec::new(),
    };
    let is_streamed = call.is_streamed;
    let mut does = |kind, after_ms| {
        call.deeds.push(Deed {
            kind,
            after: Duration::from_millis(after_ms),
        });
    };
    if random.percent(15) {
        does(DeedKind::Again, AGAIN_MS + random.below(4) * PERIOD_MS);
    }
    if routes.contains("route[P%n]") {
        does(DeedKind::Poke, POKE_MS + random.below(3) * PERIOD_MS);
    }
    if is_streamed && random.percent(20) {
        let kind = random.pick([DeedKind::Close, DeedKind::Reset]);
        does(kind, CLOSE_MS + random.below(3) * PERIOD_MS);
    }
    // The transaction of a CANCEL has the same Call-ID: which of the two is found is chance.
    if random.percent(35) && !is_named {
        let after = random.pick(CANCEL_MS);
        does(DeedKind::Cancel, after);
        if random.percent(15) {
            does(DeedKind::Cancel, after + CANCEL_AGAIN_MS);
        }
    } else if random.percent(30) {
        if random.percent(50) {
            does(DeedKind::Reinvite, REINVITE_MS);
        }
        does(DeedKind::Bye, BYE_MS);
    }
    call
}
