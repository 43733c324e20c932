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

use crate::parts;
use crate::uri_parts::{Part, Reading};
use diagnostics::codes::names;
use diagnostics::did_you_mean;
use module_api::{Binder, Call, Diagnostic, Ipv6Style, PvarInner, PvarSpec, Text, Value};
use sip::Uri;

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

/// How URIs are read.
pub(crate) fn reading(call: &Call) -> Reading {
    Reading {
        phone_as_tel: call.runtime.settings.phone2tel,
    }
}

/// How IPv6 addresses are written.
pub(crate) fn style(call: &Call) -> Ipv6Style {
    call.runtime.settings.ip.ipv6_hex_style
}

/// A part of a URI that is itself a part of the message; null when the URI cannot be read.
pub(crate) fn part_of_message(call: &Call, uri: &[u8], part: Part) -> Value {
    match Uri::parse(uri) {
        Ok(uri) => Value::from_option(
            part(&uri, reading(call)).map(|part| parts::of_message(&call.message, part)),
        ),
        Err(_) => Value::Null,
    }
}

/// A part of a URI; null when the URI cannot be read.
pub(crate) fn part_of_text(call: &Call, uri: &Text, part: Part) -> Value {
    match Uri::parse(uri) {
        Ok(parsed) => {
            Value::from_option(part(&parsed, reading(call)).map(|part| parts::of_text(uri, part)))
        }
        Err(_) => Value::Null,
    }
}

/// The length of a text value; 0 for null.
pub(crate) fn length(value: &Value) -> Value {
    match value {
        Value::Str(text) => Value::Int(text.len() as i64),
        _ => Value::Int(0),
    }
}
