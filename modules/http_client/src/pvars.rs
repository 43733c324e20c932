//! Variables.

use crate::curl::text_of;
use crate::exchange::Remembered;
use module_api::{Call, InnerText, Text, Value, pvar};

/// What is wrong when a request has the return code in parentheses, which may be a variable.
#[pvar("curlerror")]
pub fn curl_error(call: &mut Call, code: &InnerText) -> Value {
    // What is no number counts as 0 (observed on 5.6.3).
    let code = stdx::number::parse_i64(&code.0.text(call)).unwrap_or(0);
    Value::Str(Text::from_static(text_of(code)))
}

/// A header field of the last response, if they are kept (`response_headers`); of several of that name the first.
#[pvar("httprhdr")]
pub fn response_header(call: &mut Call, name: &InnerText) -> Value {
    let name = name.0.text(call);
    let Some(note) = call.notes.get::<Remembered>() else {
        return Value::Null;
    };
    let value = name.to_str().and_then(|name| note.headers.get(name.trim()));
    Value::from_option(value.map(|value| Text::from(value.as_bytes())))
}
