//! A scenario as text: what our ends do, and the routes that deal with it.
//!
//! The text is what is shown, kept and run again. In it `%n` stands for the scenario's number, and names as `server` or `callee1`
//! for addresses. Lines that begin with `# ` say what our ends do; how is up to the family.

use std::fmt::{Debug, Display};

use anyhow::Result;

/// What the lines about our ends begin with.
const PLOT: &str = "# ";

/// What a scenario's lines in the log begin with, before its number.
pub const MARK: &str = "@@";

/// What stands for a scenario's number.
const NUMBER: &str = "%n";

/// What our ends do by themselves in a scenario. It is shown as it is read: line by line.
pub trait Plot: Clone + Debug + Display + PartialEq + Send + Sync {
    /// Reads its lines.
    ///
    /// # Errors
    /// When they make no sense.
    fn parse(lines: &[&str]) -> Result<Self>;

    /// How many acts it has: the server is started for each.
    fn acts(&self) -> usize {
        1
    }
}

/// One plot and its routes.
#[derive(Clone, Debug, PartialEq)]
pub struct Scenario<P> {
    /// Its place in the run that made it.
    pub number: usize,
    /// What our ends do.
    pub plot: P,
    /// `route[S%n]`, where requests go, and what else it names.
    pub routes: String,
}

impl<P: Plot> Scenario<P> {
    /// Reads the text of a scenario.
    ///
    /// # Errors
    /// When the lines about our ends make no sense.
    pub fn parse(number: usize, text: &str) -> Result<Self> {
        let lines: Vec<&str> = text
            .lines()
            .filter_map(|line| line.strip_prefix(PLOT))
            .collect();
        let routes = text.lines().filter(|line| !line.starts_with(PLOT));
        Ok(Self {
            number,
            plot: P::parse(&lines)?,
            routes: routes.fold(String::new(), |routes, line| routes + line + "\n"),
        })
    }

    /// Its routes as they stand in a script.
    pub fn script(&self) -> String {
        numbered(&self.routes, self.number)
    }
}

/// Text of the scenario with this number.
pub fn numbered(text: &str, number: usize) -> String {
    text.replace(NUMBER, &number.to_string())
}

impl<P: Plot> Display for Scenario<P> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for line in self.plot.to_string().lines() {
            writeln!(out, "{PLOT}{line}")?;
        }
        write!(out, "{}", self.routes)
    }
}
