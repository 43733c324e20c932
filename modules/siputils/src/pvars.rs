//! Variables.

use crate::charging_vector::{ChargingVector, State};
use diagnostics::codes::names;
use module_api::{Binder, Call, Diagnostic, PvarInner, PvarSpec, Value, pvar};

/// A part of the charging vector.
pub enum Part {
    /// `all`
    All,
    /// `status`
    Status,
    /// A parameter, by its name in the header field.
    Param(&'static str),
}

impl PvarInner for Part {
    fn bind(spec: &PvarSpec<'_>, _: &mut Binder<'_>) -> Result<Self, Diagnostic> {
        Ok(match spec.inner() {
            "all" => Part::All,
            "status" => Part::Status,
            "value" => Part::Param("icid-value"),
            "genaddr" => Part::Param("icid-generated-at"),
            "orig" => Part::Param("orig-ioi"),
            "term" => Part::Param("term-ioi"),
            other => {
                return Err(Diagnostic::error(
                    names::BAD_VARIABLE_NAME,
                    spec.span(),
                    format!("`{other}` is none of all, value, genaddr, orig, term and status"),
                ));
            }
        })
    }
}

/// A part of the P-Charging-Vector: `$pcv(value)`, `$pcv(genaddr)`, `$pcv(orig)`, `$pcv(term)`, `$pcv(all)`.
///
/// `$pcv(status)` is 0 without one, 1 for one received, 2 where that has no `icid-value`, 3 for one generated, 4 when it was removed.
#[pvar("pcv")]
fn charging_vector(call: &mut Call, part: &Part) -> Value {
    let vector = ChargingVector::of(call);
    match part {
        Part::Status => Value::Int(match vector.state {
            State::None => 0,
            State::Received => 1,
            State::Unreadable => 2,
            State::Generated => 3,
            State::Removed => 4,
        }),
        Part::All => Value::from_option((!vector.line.is_empty()).then_some(vector.line)),
        Part::Param(name) => Value::from_option(vector.param(name.as_bytes())),
    }
}
