//! Scenarios by chance: equal seeds give equal ones, whatever else is in the run.

mod aside;
mod questions;
mod relays;
mod routes;
mod settings;
mod targets;

pub use settings::Settings;

use super::scenario::{Call, Deed, DeedKind, Scenario};
use crate::random::Random;
use routes::Writer;
use std::time::Duration;
use targets::PERIOD_MS;

/// What a caller sends; what is named twice more often.
const METHODS: [&str; 6] = ["INVITE", "INVITE", "INVITE", "INVITE", "INVITE", "MESSAGE"];

/// When the caller gives up, in milliseconds after its request: neither when callees answer (see [`targets`]) nor when something is
/// sent again.
const CANCEL_MS: [u64; 3] = [250, 400, 1_150];
/// How long after that it does so once more.
const CANCEL_AGAIN_MS: u64 = 15;
/// When in a period the caller does what else, in milliseconds.
const AGAIN_MS: u64 = 235;
const POKE_MS: u64 = 285;
/// When it sends another INVITE and hangs up, in milliseconds after its first one.
const REINVITE_MS: u64 = 1_400;
const BYE_MS: u64 = 1_550;

/// The settings of the run with this seed.
pub fn settings(seed: u64) -> Settings {
    Settings::any(&mut stream(seed, 0))
}

/// The scenario with this number of the run with this seed.
pub fn scenario(seed: u64, number: usize) -> Scenario {
    let mut random = stream(seed, number as u64 + 1);
    let routes = Writer::new(&mut random).routes();
    Scenario {
        number,
        call: call(&mut random, &routes),
        routes,
    }
}

/// The numbers that only this part of the run with this seed draws from.
fn stream(seed: u64, part: u64) -> Random {
    Random::new(Random::new(seed).number() ^ Random::new(part).number().rotate_left(32))
}

fn call(random: &mut Random, routes: &str) -> Call {
    let drawn = random.pick(METHODS);
    // Nothing but a call is found by its Call-ID.
    let is_named = routes.contains("_callid(");
    let mut call = Call {
        method: if is_named { "INVITE" } else { drawn }.to_owned(),
        deeds: Vec::new(),
    };
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_seeds_give_equal_scenarios() {
        let some = |seed| -> Vec<Scenario> { (0..20).map(|i| scenario(seed, i)).collect() };
        assert_eq!(some(3), some(3));
        assert_ne!(some(3), some(4));
        assert_eq!(settings(3), settings(3));
    }
}
