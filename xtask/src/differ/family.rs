//! What a family of scenarios says of itself: what is drawn by chance, which script runs it, and who plays it.

use super::known::Known;
use super::play::Cast;
use super::scenario::{Plot, Scenario};
use super::settings::Settings;
use crate::random::Random;

/// Scenarios of one kind.
pub trait Family: 'static {
    /// What it is called on our command line.
    const NAME: &'static str;
    /// What our ends do by themselves.
    type Plot: Plot;
    /// Our ends.
    type Cast: Cast<Plot = Self::Plot>;
    /// The differences that are meant.
    const KNOWN: &'static [Known<Self::Plot>];

    /// Parameters of modules by chance.
    fn draw_settings(random: &mut Random) -> Settings;

    /// Leaves parameters out that do not go with the value of another.
    fn leave_out(_settings: &mut Settings) {}

    /// A plot and its routes by chance.
    fn draw(random: &mut Random) -> (Self::Plot, String);

    /// The script that both servers run, with the names of addresses in it.
    fn script(settings: &Settings, scenarios: &[Scenario<Self::Plot>]) -> String;

    /// The tables of a database that the script needs, if it does.
    fn tables(_settings: &Settings) -> Option<String> {
        None
    }

    /// A line of the log without what no two runs have in common.
    fn without_chance(line: &str) -> String {
        line.to_owned()
    }
}

/// The settings of the run with this seed, but for those that are set by hand.
pub fn settings<F: Family>(seed: u64, by_hand: &[(String, String)]) -> Settings {
    let mut settings = F::draw_settings(&mut stream(seed, 0));
    for (name, value) in by_hand {
        settings.set(name, value);
    }
    F::leave_out(&mut settings);
    settings
}

/// The scenario with this number of the run with this seed: equal seeds give equal ones, whatever else is in the run.
pub fn scenario<F: Family>(seed: u64, number: usize) -> Scenario<F::Plot> {
    let (plot, routes) = F::draw(&mut stream(seed, number as u64 + 1));
    Scenario {
        number,
        plot,
        routes,
    }
}

/// The numbers that only this part of the run with this seed draws from.
fn stream(seed: u64, part: u64) -> Random {
    Random::new(Random::new(seed).number() ^ Random::new(part).number().rotate_left(32))
}

/// What every family's tests ask of it.
#[cfg(test)]
pub mod tests {
    use super::*;
    use crate::differ::record::Names;
    use crate::differ::store::DATABASE;
    use std::net::{Ipv4Addr, SocketAddrV4};

    /// Equal seeds give equal scenarios, and each is read as it is shown.
    pub fn is_determined<F: Family>() {
        let some =
            |seed| -> Vec<Scenario<F::Plot>> { (0..20).map(|i| scenario::<F>(seed, i)).collect() };
        assert_eq!(some(3), some(3));
        assert_ne!(some(3), some(4));
        assert_eq!(settings::<F>(3, &[]), settings::<F>(3, &[]));
        for it in some(5) {
            assert_eq!(Scenario::parse(it.number, &it.to_string()).unwrap(), it);
        }
    }

    /// A script of any scenarios passes our checker.
    pub fn passes_our_checker<F: Family>() {
        for seed in 0..3 {
            let scenarios: Vec<Scenario<F::Plot>> =
                (0..40).map(|i| scenario::<F>(seed, i)).collect();
            let script = F::script(&settings::<F>(seed, &[]), &scenarios);
            let mut names = Names::default();
            for (port, name) in (5060..).zip(F::Cast::SOCKETS.iter().chain(F::Cast::ENDS)) {
                names.add(name, SocketAddrV4::new(Ipv4Addr::LOCALHOST, port));
            }
            let script = names
                .resolve(&script)
                .replace(DATABASE, "sqlite://:memory:");
            let bench = testkit::Bench::new(&script, mod_all::MODULES, seed).unwrap();
            assert_eq!(bench.warnings, "");
        }
    }
}
