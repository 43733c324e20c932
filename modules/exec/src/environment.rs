//! What a program finds in its environment about the request.

use md5::{Digest, Md5};
use module_api::Call;
use sip::{HeaderId, Message, Uri};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;

/// Variables by their names.
pub type Environment = BTreeMap<String, OsString>;

/// The variables of a request.
pub fn of(call: &Call) -> Environment {
    let message = &call.message;
    let mut variables = headers(message);
    let mut add = |name: &str, value: &[u8]| {
        variables.insert(name.to_owned(), printable(value));
    };
    let received = message.request_uri();
    let current = call.request_uri();
    add("SIP_TID", transaction(message).as_bytes());
    add("SIP_DID", message.to_tag().unwrap_or_default());
    add("SIP_SRCIP", call.reception.peer.ip().to_string().as_bytes());
    // The manual has the one name, 5.6.3 the other.
    add("SIP_ORURI", received);
    add("SIP_ORUI", received);
    add("SIP_RURI", current);
    add("SIP_USER", user(current));
    add("SIP_OUSER", user(received));
    variables
}

/// `SIP_HF_…` for each kind of header field, values joined by commas.
fn headers(message: &Message) -> Environment {
    let mut values: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    for field in message.headers() {
        let name = match field.id {
            HeaderId::Malformed => continue,
            HeaderId::Other => message.name(field),
            // Observed on 5.6.3.
            HeaderId::CallId => b"CALLID",
            known => known.canonical_name().as_bytes(),
        };
        let value = message.value(field);
        values
            .entry(variable(name))
            .and_modify(|joined| {
                joined.push(b',');
                joined.extend_from_slice(value);
            })
            .or_insert_with(|| value.to_vec());
    }
    let printed = values.into_iter();
    printed
        .map(|(name, value)| (name, printable(&value)))
        .collect()
}

fn variable(name: &[u8]) -> String {
    let letters = name.iter().map(|byte| match byte.is_ascii_alphanumeric() {
        true => char::from(byte.to_ascii_uppercase()),
        false => '_',
    });
    "SIP_HF_".chars().chain(letters).collect()
}

/// No variable can hold a zero octet.
fn printable(value: &[u8]) -> OsString {
    OsString::from_vec(value.iter().copied().filter(|byte| *byte != 0).collect())
}

fn user(uri: &[u8]) -> &[u8] {
    match Uri::parse(uri) {
        Ok(uri) => uri.user().unwrap_or_default(),
        Err(_) => b"",
    }
}

/// The same for a request, its retransmissions, its CANCEL and its ACK.
fn transaction(message: &Message) -> String {
    let mut hash = Md5::new();
    hash.update(message.call_id().unwrap_or_default());
    hash.update(b"\n");
    hash.update(message.from_tag().unwrap_or_default());
    if let Ok(cseq) = message.cseq() {
        hash.update(cseq.number.to_be_bytes());
    }
    let digits = hash.finalize();
    digits.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn header_fields_become_variables() {
        // Observed on 5.6.3.
        let text = b"OPTIONS sip:x@h SIP/2.0\r\nCall-ID: c0\r\nSubject: one, a\r\nX-Foo-Bar: \"q\" z\r\ns: two\r\n\
                     Content-Length: 0\r\nCSeq: 1 OPTIONS\r\n\r\n";
        let message = Message::parse(text.to_vec().into()).unwrap();
        let variables = headers(&message);
        let found: Vec<_> = variables
            .iter()
            .map(|(name, value)| format!("{name}={}", value.to_string_lossy()))
            .collect();
        assert_eq!(
            found,
            [
                "SIP_HF_CALLID=c0",
                "SIP_HF_CONTENT_LENGTH=0",
                "SIP_HF_CSEQ=1 OPTIONS",
                "SIP_HF_SUBJECT=one, a,two",
                "SIP_HF_X_FOO_BAR=\"q\" z",
            ]
        );
    }

    #[test]
    fn a_transaction_has_one_identifier() {
        let message = |method: &str| {
            let text = format!(
                "{method} sip:x@h SIP/2.0\r\nCall-ID: c0\r\nFrom: <sip:a@h>;tag=f\r\nCSeq: 1 {method}\r\n\r\n"
            );
            transaction(&Message::parse(text.into_bytes().into()).unwrap())
        };
        assert_eq!(message("INVITE"), message("CANCEL"));
        assert_eq!(message("INVITE").len(), 32);
    }
}
