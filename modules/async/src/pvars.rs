//! Variables.

use diagnostics::codes::names;
use module_api::{Binder, Call, Diagnostic, PvarInner, PvarSpec, Text, Value, pvar};

/// What a task was given.
pub struct Task {
    /// Its data.
    pub data: Text,
    /// The group it runs in.
    pub group: Text,
}

/// What of the task is meant.
pub enum Part {
    /// Its data.
    Data,
    /// Its group.
    Group,
}

impl PvarInner for Part {
    fn bind(spec: &PvarSpec<'_>, _: &mut Binder<'_>) -> Result<Self, Diagnostic> {
        match spec.inner() {
            "data" => Ok(Part::Data),
            "gname" => Ok(Part::Group),
            other => Err(Diagnostic::error(
                names::BAD_VARIABLE_NAME,
                spec.span(),
                format!("`{other}` is not `data` or `gname`"),
            )),
        }
    }
}

/// The task that is run: its `data`, or the name of its group (`gname`).
#[pvar("async")]
pub fn task(call: &mut Call, part: &Part) -> Value {
    match (call.notes.get::<Task>(), part) {
        (Some(task), Part::Data) => Value::Str(task.data.clone()),
        (Some(task), Part::Group) => Value::Str(task.group.clone()),
        (None, _) => Value::Null,
    }
}
