//! Call flows: a caller, callees that answer by plans, and routes that stand between them.

mod call;
mod callee;
mod caller;
mod ends;
mod generate;
mod known;
mod plan;
mod script;

use super::family::Family;
use super::known::Known;
use super::scenario::Scenario;
use super::settings::Settings;
use crate::random::Random;
pub use call::Call;
use ends::Ends;

/// The family of call flows.
pub struct Calls;

impl Family for Calls {
    const NAME: &'static str = "calls";
    type Plot = Call;
    type Cast = Ends;
    const KNOWN: &'static [Known<Call>] = known::KNOWN;

    fn draw_settings(random: &mut Random) -> Settings {
        generate::settings(random)
    }

    fn draw(random: &mut Random) -> (Call, String) {
        generate::scenario(random)
    }

    fn script(settings: &Settings, scenarios: &[Scenario<Call>]) -> String {
        script::whole(settings, scenarios)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::differ::family::tests::{is_determined, passes_our_checker};

    #[test]
    fn equal_seeds_give_equal_scenarios() {
        is_determined::<Calls>();
    }

    #[test]
    fn a_script_of_any_scenarios_passes_our_checker() {
        passes_our_checker::<Calls>();
    }
}
