//! What a caller does. The line is `caller: METHOD DEED@MS…`; without it the caller sends an INVITE and nothing else. Behind the
//! method `tcp` has it send over a connection of its own.

use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::differ::scenario::Plot;

/// What the line about the caller begins with.
const CALLER: &str = "caller:";

/// What a caller does by itself. What it is asked for, as an ACK or a PRACK, it does anyway.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// The method of its request.
    pub method: String,
    /// Whether it sends over a connection.
    pub is_streamed: bool,
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
    /// Closes its connection.
    Close,
    /// Resets its connection.
    Reset,
}

/// What has a caller send over a connection.
const STREAMED: &str = "tcp";

/// The kinds and their words.
const DEEDS: &[(&str, DeedKind)] = &[
    ("cancel", DeedKind::Cancel),
    ("again", DeedKind::Again),
    ("poke", DeedKind::Poke),
    ("reinvite", DeedKind::Reinvite),
    ("bye", DeedKind::Bye),
    ("close", DeedKind::Close),
    ("reset", DeedKind::Reset),
];

impl Default for Call {
    fn default() -> Self {
        Self {
            method: "INVITE".to_owned(),
            is_streamed: false,
            deeds: Vec::new(),
        }
    }
}

impl Call {
    /// Whether the caller does something of that kind.
    pub fn does(&self, kind: DeedKind) -> bool {
        self.deeds.iter().any(|deed| deed.kind == kind)
    }
}

impl Plot for Call {
    fn parse(lines: &[&str]) -> Result<Self> {
        let Some(line) = lines.iter().find_map(|line| line.strip_prefix(CALLER)) else {
            return Ok(Self::default());
        };
        let mut words = line.split_whitespace();
        let method = words.next().context("what does the caller send?")?;
        let mut words = words.peekable();
        let is_streamed = words.next_if_eq(&STREAMED).is_some();
        Ok(Self {
            method: method.to_owned(),
            is_streamed,
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
        write!(out, "{CALLER} {}", self.method)?;
        if self.is_streamed {
            write!(out, " {STREAMED}")?;
        }
        for deed in &self.deeds {
            let known = DEEDS.iter().find(|(_, kind)| *kind == deed.kind);
            let name = known.map_or("", |(name, _)| name);
            write!(out, " {name}@{}", deed.after.as_millis())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::differ::scenario::Scenario;

    #[test]
    fn a_scenario_is_read_as_it_is_shown() {
        let text = "# caller: MESSAGE tcp again@50 cancel@300\nroute[S%n] {\n\tt_relay();\n}\n";
        let scenario = Scenario::<Call>::parse(7, text).unwrap();
        assert!(scenario.plot.does(DeedKind::Cancel));
        assert_eq!(scenario.to_string(), text);
        assert_eq!(scenario.script(), "route[S7] {\n\tt_relay();\n}\n");
        let silent = Scenario::<Call>::parse(7, "").unwrap();
        assert_eq!(silent.plot, Call::default());
        assert!(Scenario::<Call>::parse(7, "# caller: INVITE sing@1").is_err());
    }
}
