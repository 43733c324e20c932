//! Scenarios by chance: equal seeds give equal ones, whatever else is in the run.

mod routes;
mod settings;
mod targets;

pub use settings::Settings;

use super::scenario::{Call, Deed, DeedKind, Scenario};
use crate::random::Random;
use routes::Writer;
use std::time::Duration;

/// When a caller gives up. Callees answer at other times, see [`targets`].
const CANCEL_MS: [u64; 3] = [250, 550, 850];

/// The settings of the run with this seed.
pub fn settings(seed: u64) -> Settings {
    Settings::any(&mut stream(seed, 0))
}

/// The scenario with this number of the run with this seed.
pub fn scenario(seed: u64, number: usize) -> Scenario {
    let mut random = stream(seed, number as u64 + 1);
    let call = call(&mut random);
    Scenario {
        number,
        call,
        routes: Writer::new(&mut random).routes(),
    }
}

/// The numbers that only this part of the run with this seed draws from.
fn stream(seed: u64, part: u64) -> Random {
    Random::new(Random::new(seed).number() ^ Random::new(part).number().rotate_left(32))
}

fn call(random: &mut Random) -> Call {
    let method = if random.percent(83) {
        "INVITE"
    } else {
        "MESSAGE"
    };
    let mut deeds = Vec::new();
    if random.percent(35) {
        deeds.push(Deed {
            kind: DeedKind::Cancel,
            after: Duration::from_millis(random.pick(CANCEL_MS)),
        });
    }
    Call {
        method: method.to_owned(),
        deeds,
    }
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
