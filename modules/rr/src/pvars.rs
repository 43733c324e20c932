//! Variables.

use crate::Rr;
use crate::loose::Direction;
use diagnostics::codes::names;
use module_api::{Binder, Call, Diagnostic, PvarInner, PvarSpec, Text, Value, pvar};
use sip::HeaderId;

/// The URI of the first Route: `$route_uri`.
#[pvar("route_uri")]
fn route_uri(call: &mut Call) -> Value {
    let first = call.message.addresses(HeaderId::Route).next();
    match first {
        Some(Ok(route)) if route.is_bracketed => {
            Value::Str(Text::from(call.message.slice(route.uri)))
        }
        _ => Value::Null,
    }
}

/// The tag of who began the dialog: `$fti`.
#[pvar("fti")]
fn from_tag_initial(call: &mut Call) -> Value {
    let tag = match direction_of(call) {
        Direction::Downstream => call.message.from_tag(),
        Direction::Upstream => call.message.to_tag(),
    };
    Value::from_option(tag)
}

/// The tag of who was asked into the dialog: `$tti`.
#[pvar("tti")]
fn to_tag_initial(call: &mut Call) -> Value {
    let tag = match direction_of(call) {
        Direction::Downstream => call.message.to_tag(),
        Direction::Upstream => call.message.from_tag(),
    };
    Value::from_option(tag)
}

/// How a direction is shown.
pub enum Form {
    /// 1 or 2.
    Number,
    /// `downstream` or `upstream`.
    Name,
}

impl PvarInner for Form {
    fn bind(spec: &PvarSpec<'_>, _: &mut Binder<'_>) -> Result<Self, Diagnostic> {
        match spec.inner() {
            "id" => Ok(Form::Number),
            "name" => Ok(Form::Name),
            other => Err(Diagnostic::error(
                names::BAD_VARIABLE_NAME,
                spec.span(),
                format!("`{other}` is neither `id` nor `name`"),
            )),
        }
    }
}

/// The direction of the request in its dialog: `$rdir(id)` is 1 or 2, `$rdir(name)` is `downstream` or `upstream`.
#[pvar("rdir")]
fn direction(call: &mut Call, form: &Form) -> Value {
    match (form, direction_of(call)) {
        (Form::Number, Direction::Downstream) => Value::Int(1),
        (Form::Number, Direction::Upstream) => Value::Int(2),
        (Form::Name, Direction::Downstream) => Value::from_static("downstream"),
        (Form::Name, Direction::Upstream) => Value::from_static("upstream"),
    }
}

fn direction_of(call: &mut Call) -> Direction {
    match call.runtime.module::<Rr>() {
        Some(rr) => rr.direction(call),
        None => Direction::Downstream,
    }
}
