//! Selects, `@from.uri.host`: paths of names that modules give a meaning. The module core has most, `@tm.uac[0].status` is tm's.

mod path;

pub use path::SelectPath;

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

/// Finds what a path means, of those that a module offers.
pub type SelectExport = fn(&[SelectStep]) -> Result<SelectReader, UnknownStep>;

/// The position of the first step that has no meaning; 0 when the module offers nothing that begins like this.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct UnknownStep(pub usize);

/// Reads a select's value; none when there is no such thing.
pub type SelectReader = Box<dyn Fn(&mut Call) -> Option<Text> + Send + Sync>;
