//! Variables, in files by what they are about.

pub mod attributes;
pub mod branches;
pub mod constants;
pub mod credentials;
pub mod destination;
pub mod flags;
pub mod headers;
pub mod identities;
pub mod message;
pub mod parties;
pub mod reception;
pub mod request_uri;
pub mod script;
pub mod select;
pub mod sending;
pub mod server;
pub mod time;
pub mod via;

use diagnostics::codes::names;
use diagnostics::did_you_mean;
use mod_core::uri_parts::{self, Part};
use module_api::{Binder, Call, Diagnostic, PvarInner, PvarSpec, Text, Value};

/// One of a fixed set of keys.
pub trait Key: Copy + Send + Sync + 'static {
    /// The keys by their names.
    const NAMES: &'static [(&'static str, Self)];
}

/// The text in the parentheses as one of a fixed set of keys.
pub struct Keyed<K>(pub K);

impl<K: Key> PvarInner for Keyed<K> {
    fn bind(spec: &PvarSpec<'_>, _: &mut Binder<'_>) -> Result<Self, Diagnostic> {
        let name = spec.inner();
        if let Some((_, key)) = K::NAMES.iter().find(|(known, _)| *known == name) {
            return Ok(Keyed(*key));
        }
        let class = &spec.variable.class;
        let message = format!("`${class}` has no key `{name}`");
        let error = Diagnostic::error(names::BAD_VARIABLE_NAME, spec.span(), message);
        let known = K::NAMES.iter().map(|(known, _)| *known);
        Err(match did_you_mean(name, known.clone()) {
            Some(near) => error.help(format!("did you mean `{near}`?")),
            None => error.help(format!(
                "its keys are: {}",
                known.collect::<Vec<_>>().join(", ")
            )),
        })
    }
}

/// A part of a URI that is itself a part of the message; null when the URI cannot be read.
pub(crate) fn part_of_message(call: &Call, uri: &[u8], part: Part) -> Value {
    Value::from_option(uri_parts::of_message(call, uri, part))
}

/// A part of a URI; null when the URI cannot be read.
pub(crate) fn part_of_text(call: &Call, uri: &Text, part: Part) -> Value {
    Value::from_option(uri_parts::of_text(call, uri, part))
}

/// The length of a text value; 0 for null.
pub(crate) fn length(value: &Value) -> Value {
    match value {
        Value::Str(text) => Value::Int(text.len() as i64),
        _ => Value::Int(0),
    }
}
