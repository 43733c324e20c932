//! Variables.

use crate::document::Answer;
use diagnostics::codes::names;
use module_api::{Binder, Call, Diagnostic, PvarInner, PvarSpec, Text, Value, pvar};

/// The answer to the last `jsonrpc_exec()` of the message.
pub struct LocalReply(pub Answer);

/// A part of the answer.
pub enum Part {
    /// The code.
    Code,
    /// Its text.
    Text,
    /// The JSON document.
    Body,
}

impl PvarInner for Part {
    fn bind(spec: &PvarSpec<'_>, _: &mut Binder<'_>) -> Result<Self, Diagnostic> {
        match spec.inner() {
            "code" => Ok(Part::Code),
            "text" => Ok(Part::Text),
            "body" => Ok(Part::Body),
            other => Err(Diagnostic::error(
                names::BAD_VARIABLE_NAME,
                spec.span(),
                format!("`{other}` is not `code`, `text` or `body`"),
            )),
        }
    }
}

/// The answer to the last `jsonrpc_exec()`: `code`, `text` or `body`.
#[pvar("jsonrpl")]
pub fn reply(call: &mut Call, part: &Part) -> Value {
    let Some(LocalReply(answer)) = call.notes.get::<LocalReply>() else {
        return Value::Null;
    };
    match part {
        Part::Code => Value::Int(answer.code),
        Part::Text => Value::Str(answer.text.clone()),
        Part::Body => Value::Str(Text::from(answer.body.as_slice())),
    }
}
