//! Messages, and the steps of routes that deal with them, by chance.

mod functions;
mod request;
mod values;
mod words;

use super::exchange::Exchange;
use crate::differ::scenario::MARK;
use crate::differ::settings::Drawn;
use crate::random::Random;
use words::{Pools, Words, quoted};

/// The parameters that a run draws.
pub const DRAWN: Drawn = &[("siputils.contact_flds_separator", &["unset", "unset", "!"])];

/// All that there is to choose from.
const POOLS: &[Pools] = &[request::POOLS, functions::POOLS, values::POOLS];

/// What is told in the end.
const TOLD: &str = "ru=$ru du=$du fu=$fu tu=$tu t=$var(t) x=$var(x) u=$var(u) i=$var(i)";

/// What is in variables at first, by pools.
const VARIABLES: [(&str, &str); 10] = [
    ("var(u)", "\"uri"),
    ("var(t)", "\"text"),
    ("var(x)", "\"user"),
    ("var(l)", "\"list"),
    ("var(n)", "\"address"),
    ("var(p)", "\"parameters"),
    ("var(h)", "\"host"),
    ("var(i)", "index"),
    ("var(r)", "\"nothing"),
    ("avp(rpid)", "\"uri"),
];
/// What calls and edits there are of one kind of message only, by pools.
type Calls = [&'static str; 2];
const OF_REQUEST: Calls = ["uri call", "request edit"];
const OF_RESPONSE: Calls = ["status call", "inner edit"];
/// Between two edits within the message.
const APPLY: &str = "\tmsg_apply_changes();\n";
/// Where it is sent.
const TO_CALLEE: &str = "\t$du = \"sip:callee\";\n";

/// A request and its routes.
pub fn scenario(random: &mut Random) -> (Exchange, String) {
    let mut words = Words {
        random,
        pools: POOLS,
    };
    let exchange = Exchange {
        request: words.request(),
        response: lines(&words.any("response")),
    };
    (exchange, words.routes())
}

fn lines(text: &str) -> Vec<String> {
    text.lines().map(str::to_owned).collect()
}

impl Words<'_> {
    /// The lines of a request.
    fn request(&mut self) -> Vec<String> {
        let method = self.any("method");
        let mut fields = vec![
            self.any("from"),
            self.any("to"),
            self.any("call-id"),
            format!("CSeq: 1 {method}"),
            self.any("hops"),
            "X-S: %n".to_owned(),
        ];
        for _ in 0..self.random.below(9) {
            fields.push(self.any("extra"));
        }
        if self.random.percent(40) {
            self.shuffle(&mut fields);
        }
        let first = format!(
            "{method} {} SIP/2.0\n{}\n",
            self.any("uri"),
            self.any("via")
        );
        lines(&(first + &fields.join("\n") + "\n" + &self.any("body")))
    }

    fn shuffle(&mut self, fields: &mut [String]) {
        for place in (1..fields.len()).rev() {
            fields.swap(place, self.random.below(place as u64 + 1) as usize);
        }
    }

    /// The routes of a scenario.
    fn routes(&mut self) -> String {
        let count = 1 + self.random.below(7);
        let mut text = format!("route[S%n] {{\n{}", self.variables());
        text += &self.steps(count, OF_REQUEST);
        text + &self.end()
    }

    /// Variables for the steps, which are there in one run only.
    fn variables(&mut self) -> String {
        let drawn = VARIABLES.iter();
        let drawn = drawn.map(|(name, pool)| self.fill(&format!("\t${name} = `{pool}`;\n")));
        drawn.collect()
    }

    /// Steps, each of which tells what came of it.
    fn steps(&mut self, count: u64, calls: Calls) -> String {
        (0..count).map(|number| self.step(number, calls)).collect()
    }

    fn step(&mut self, number: u64, [call, edit]: Calls) -> String {
        let tell = |what: &str| xlog(&format!("{number} {what}"));
        let told = tell("$rc $var(r) $ru");
        match self.random.below(100) {
            0..13 => format!("\t{};\n{told}", self.any("test")),
            13..23 => format!("\t{};\n{told}", self.any(call)),
            23..35 => format!("\t{};\n{told}", self.any("line edit")),
            35..54 => format!("{APPLY}\t{};\n{told}{APPLY}", self.any(edit)),
            54..76 => tell(&format!("[$({})]", self.any("value"))),
            76..84 => {
                let (yes, no) = (tell("true"), tell("false"));
                let condition = self.any("condition");
                format!("\tif ({condition}) {{\n{yes}\t}} else {{\n{no}\t}}\n")
            }
            84..93 => format!("\t{};\n{}", self.any("assignment"), tell(TOLD)),
            93..96 => format!("\t{};\n", self.any("walk")),
            _ => format!("{APPLY}{}", tell(TOLD)),
        }
    }

    /// How the request ends, and the route for its response.
    fn end(&mut self) -> String {
        let told = xlog(&format!("end {TOLD}"));
        match self.random.below(100) {
            0..45 => format!("{told}{TO_CALLEE}\tforward();\n}}\n"),
            45..80 => {
                let count = 1 + self.random.below(3);
                let steps = self.variables() + &self.steps(count, OF_RESPONSE);
                format!(
                    "{told}{TO_CALLEE}\tt_on_reply(\"R%n\");\n\tt_relay();\n}}\nonreply_route[R%n] {{\n{steps}}}\n"
                )
            }
            _ => format!("{told}\t{};\n}}\n", self.any("answer")),
        }
    }
}

/// A statement that tells this.
fn xlog(text: &str) -> String {
    format!(
        "\txlog(\"L_ERR\", {});\n",
        quoted(&format!("{MARK}%n {text}\n"))
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_pool_that_a_template_names_is_there() {
        let all = || POOLS.iter().flat_map(|pools| pools.iter());
        for template in all().flat_map(|(_, templates)| *templates) {
            for named in words::named(template) {
                let count = all().filter(|(name, _)| *name == named).count();
                assert_eq!(count, 1, "`{named}` in {template}");
            }
        }
    }
}
