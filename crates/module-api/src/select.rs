//! Selects that a module offers: `@tm.uac[0].status`. The module pv finds and reads them.

use crate::Call;
use stdx::Text;

/// A step of a select's path: a name, and what stands in brackets behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SelectStep {
    /// `from`, `uri` …
    pub name: Box<str>,
    /// `[1]`, `["X-Header"]`
    pub indexes: Vec<SelectIndex>,
}

/// What stands in brackets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SelectIndex {
    /// A position.
    Int(i64),
    /// A text in quotes.
    Text(Box<str>),
}

/// The selects whose first step is a module's.
pub struct SelectExport {
    /// That first step.
    pub name: &'static str,
    /// Finds what the steps behind it mean; none when there is no such select.
    pub bind: fn(&[SelectStep]) -> Option<SelectReader>,
}

/// Reads a select's value; none when there is no such thing.
pub type SelectReader = Box<dyn Fn(&mut Call) -> Option<Text> + Send + Sync>;
