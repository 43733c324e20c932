//! Registrations: phones that register, ask and call, and routes that save and look up.

mod chance;
mod generate;
mod known;
mod phones;
mod script;
mod steps;

use super::family::Family;
use super::known::Known;
use super::scenario::Scenario;
use super::settings::Settings;
use crate::random::Random;
use phones::Phones;
use steps::Steps;

/// The family of registrations.
pub struct Registrations;

impl Family for Registrations {
    const NAME: &'static str = "registrations";
    type Plot = Steps;
    type Cast = Phones;
    const KNOWN: &'static [Known<Steps>] = known::KNOWN;

    fn draw_settings(random: &mut Random) -> Settings {
        Settings::any(random, generate::DRAWN)
    }

    fn leave_out(settings: &mut Settings) {
        script::leave_out(settings);
    }

    fn draw(random: &mut Random) -> (Steps, String) {
        generate::scenario(random)
    }

    fn script(settings: &Settings, scenarios: &[Scenario<Steps>]) -> String {
        script::whole(settings, scenarios)
    }

    fn tables(settings: &Settings) -> Option<String> {
        script::tables(settings)
    }

    fn without_chance(line: &str) -> String {
        chance::without(line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::differ::family::tests::{is_determined, passes_our_checker};

    #[test]
    fn equal_seeds_give_equal_scenarios() {
        is_determined::<Registrations>();
    }

    #[test]
    fn a_script_of_any_scenarios_passes_our_checker() {
        passes_our_checker::<Registrations>();
    }
}
