//! A scenario as text: what the caller does, and the routes that deal with it.
//!
//! The text is what is shown, kept and run again. In it `%n` stands for the scenario's number, and `server`, `caller`, `callee1` …
//! for addresses. The first line may be `# caller: METHOD DEED@MS…`; without it the caller sends an INVITE and nothing else.

use std::time::Duration;

use anyhow::{Context, Result, bail};

/// What the line about the caller begins with.
const CALLER: &str = "# caller:";

/// What a scenario's lines in the log begin with, before its number.
pub const MARK: &str = "@@";

/// One call and its routes.
#[derive(Clone, Debug, PartialEq)]
pub struct Scenario {
    /// Its place in the run that made it.
    pub number: usize,
    /// What the caller does.
    pub call: Call,
    /// `route[S%n]`, where its requests go, and what else it names.
    pub routes: String,
}

/// What a caller does by itself. What it is asked for, as an ACK or a PRACK, it does anyway.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// The method of its request.
    pub method: String,
    /// What it does later.
    pub deeds: Vec<Deed>,
}

/// Something done some time after the request.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Deed {
    /// What.
    pub kind: DeedKind,
    /// How long after the request.
    pub after: Duration,
}

/// What a caller can do.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum DeedKind {
    /// Gives up, unless it has a final response.
    Cancel,
    /// Sends its request once more, as if no response had come.
    Again,
    /// Sends an INFO outside of the call, for which `route[P%n]` is run.
    Poke,
    /// Sends another INVITE in the call, if it was answered.
    Reinvite,
    /// Hangs up, if the call was answered.
    Bye,
}

/// The kinds and their words.
const DEEDS: &[(&str, DeedKind)] = &[
    ("cancel", DeedKind::Cancel),
    ("again", DeedKind::Again),
    ("poke", DeedKind::Poke),
    ("reinvite", DeedKind::Reinvite),
    ("bye", DeedKind::Bye),
];

impl Default for Call {
    fn default() -> Self {
        Self {
            method: "INVITE".to_owned(),
            deeds: Vec::new(),
        }
    }
}

impl Call {
    /// Whether the caller does something of that kind.
    pub fn does(&self, kind: DeedKind) -> bool {
        self.deeds.iter().any(|deed| deed.kind == kind)
    }

    fn parse(line: &str) -> Result<Self> {
        let mut words = line.split_whitespace();
        let method = words.next().context("what does the caller send?")?;
        Ok(Self {
            method: method.to_owned(),
            deeds: words.map(Deed::parse).collect::<Result<_>>()?,
        })
    }
}

impl Deed {
    fn parse(word: &str) -> Result<Self> {
        let (kind, after) = word
            .split_once('@')
            .with_context(|| format!("`{word}`: expected DEED@MS"))?;
        let known = DEEDS.iter().find(|(name, _)| *name == kind);
        let Some((_, kind)) = known else {
            bail!("a caller cannot `{kind}`");
        };
        Ok(Self {
            kind: *kind,
            after: Duration::from_millis(after.parse()?),
        })
    }
}

impl std::fmt::Display for Call {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{}", self.method)?;
        for deed in &self.deeds {
            let known = DEEDS.iter().find(|(_, kind)| *kind == deed.kind);
            let name = known.map_or("", |(name, _)| name);
            write!(out, " {name}@{}", deed.after.as_millis())?;
        }
        Ok(())
    }
}

impl Scenario {
    /// Reads the text of a scenario.
    ///
    /// # Errors
    /// When the line about the caller makes no sense.
    pub fn parse(number: usize, text: &str) -> Result<Self> {
        let line = text.lines().find_map(|line| line.strip_prefix(CALLER));
        let routes = text.lines().filter(|line| !line.starts_with(CALLER));
        Ok(Self {
            number,
            call: line.map_or_else(|| Ok(Call::default()), Call::parse)?,
            routes: routes.fold(String::new(), |routes, line| routes + line + "\n"),
        })
    }

    /// Its routes as they stand in a script.
    pub fn script(&self) -> String {
        self.routes.replace("%n", &self.number.to_string())
    }
}

impl std::fmt::Display for Scenario {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{CALLER} {}\n{}", self.call, self.routes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scenario_is_read_as_it_is_shown() {
        let text = "# caller: MESSAGE again@50 cancel@300\nroute[S%n] {\n\tt_relay();\n}\n";
        let scenario = Scenario::parse(7, text).unwrap();
        assert!(scenario.call.does(DeedKind::Cancel));
        assert_eq!(scenario.to_string(), text);
        assert_eq!(scenario.script(), "route[S7] {\n\tt_relay();\n}\n");
        assert_eq!(Scenario::parse(7, "").unwrap().call, Call::default());
        assert!(Scenario::parse(7, "# caller: INVITE sing@1").is_err());
    }
}
