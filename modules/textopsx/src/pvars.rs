//! Variables.

use crate::walk::Walks;
use module_api::{Call, InnerLiteral, Text, Value, pvar};
use sip::{HeaderField, Span};

/// The name of the header field that the iterator is at.
#[pvar("hfitname")]
fn iterator_name(call: &mut Call, iterator: &InnerLiteral) -> Value {
    field(call, &iterator.0, |field| field.name())
}

/// The value of the header field that the iterator is at.
#[pvar("hfitbody")]
fn iterator_body(call: &mut Call, iterator: &InnerLiteral) -> Value {
    field(call, &iterator.0, |field| field.value())
}

/// The line of the body, with its line end, that the iterator is at.
#[pvar("blitval")]
fn iterator_line(call: &mut Call, iterator: &InnerLiteral) -> Value {
    let walk = call
        .notes
        .get::<Walks<Span>>()
        .and_then(|walks| walks.get(&iterator.0));
    match walk.and_then(|walk| walk.at) {
        Some(line) => Value::Str(Text::from(call.message.slice(line))),
        None => Value::Null,
    }
}

fn field(call: &mut Call, name: &[u8], part: impl Fn(&HeaderField) -> Span) -> Value {
    let walk = call
        .notes
        .get::<Walks<usize>>()
        .and_then(|walks| walks.get(name));
    match walk
        .and_then(|walk| walk.at)
        .and_then(|at| call.message.headers().get(at))
    {
        Some(field) => Value::Str(Text::from(call.message.slice(part(field)))),
        None => Value::Null,
    }
}
