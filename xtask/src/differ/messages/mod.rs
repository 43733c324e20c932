//! Messages: requests with odd parts, what functions, variables and transformations make of them, and what leaves then.

mod ends;
mod exchange;
mod generate;
mod known;
mod script;

use super::family::Family;
use super::known::Known;
use super::scenario::Scenario;
use super::settings::Settings;
use crate::random::Random;
use ends::Ends;
use exchange::Exchange;

/// The family of messages.
pub struct Messages;

impl Family for Messages {
    const NAME: &'static str = "messages";
    type Plot = Exchange;
    type Cast = Ends;
    const KNOWN: &'static [Known<Exchange>] = known::KNOWN;

    fn draw_settings(random: &mut Random) -> Settings {
        Settings::any(random, generate::DRAWN)
    }

    fn draw(random: &mut Random) -> (Exchange, String) {
        generate::scenario(random)
    }

    fn script(settings: &Settings, scenarios: &[Scenario<Exchange>]) -> String {
        script::whole(settings, scenarios)
    }

    fn without_chance(line: &str) -> String {
        // Our log has line ends of a value as `\r\n`; what stands behind them, 5.6.3 tells on a line of its own.
        let first = line.split(r"\r\n").next();
        ends::without_made(first.unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::differ::family::tests::{is_determined, passes_our_checker};

    #[test]
    fn equal_seeds_give_equal_scenarios() {
        is_determined::<Messages>();
    }

    #[test]
    fn a_script_of_any_scenarios_passes_our_checker() {
        passes_our_checker::<Messages>();
    }
}
