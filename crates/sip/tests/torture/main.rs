//! The torture messages of RFC 4475 and RFC 5118: each is handled as the RFC says it should be.
//!
//! The files of RFC 4475 are those of the archive in its appendix A, octet for octet. RFC 5118 has no such archive; its
//! messages are as printed, with Content-Length set to the octets of the body with CRLF line ends (as printed it counts
//! LF).

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::path::Path;

use bytes::Bytes;
use sip::{FieldError, Message, NameAddr};

mod application;
mod invalid;
mod ipv6;
mod mutations;
mod valid;

/// The octets of a message, by RFC and name.
fn octets(rfc: &str, name: &str) -> Bytes {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/torture")
        .join(rfc)
        .join(format!("{name}.dat"));
    Bytes::from(std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display())))
}

/// A message that can be parsed as such, whatever its header fields are.
fn message(rfc: &str, name: &str) -> Message {
    Message::parse(octets(rfc, name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn text(octets: &[u8]) -> &str {
    std::str::from_utf8(octets).unwrap()
}

/// The URI of an address of the message, as written.
fn uri_text(message: &Message, address: Result<&NameAddr, FieldError>) -> String {
    text(message.text(address.unwrap().uri)).to_owned()
}

/// Mistakes in the header fields that every element reads, and in the Request-URI; empty for a well-formed message.
fn mistakes(message: &Message) -> Vec<&'static str> {
    let mut found = Vec::new();
    let mut note = |what: &'static str, is_wrong: bool| {
        if is_wrong {
            found.push(what);
        }
    };
    let is_wrong_address = |address: Result<&NameAddr, FieldError>| {
        !address.is_ok_and(|address| address.parse_uri(message.buffer()).is_ok())
    };
    note(
        "Request-URI",
        message.is_request() && message.uri().is_err(),
    );
    note(
        "Via",
        message.vias().any(|via| via.is_err()) || message.vias().next().is_none(),
    );
    note("From", is_wrong_address(message.from()));
    note("To", is_wrong_address(message.to()));
    note("Call-ID", message.call_id().is_err());
    note("CSeq", message.cseq().is_err());
    note(
        "CSeq method",
        message
            .cseq()
            .is_ok_and(|cseq| message.text(cseq.method_name) != message.method_name()),
    );
    note(
        "Content-Length",
        matches!(message.content_length(), Err(FieldError::Malformed { .. })),
    );
    note(
        "body",
        message
            .content_length()
            .is_ok_and(|length| length as usize > message.body().len()),
    );
    note(
        "Max-Forwards",
        matches!(message.max_forwards(), Err(FieldError::Malformed { .. })),
    );
    let contacts = message.contacts();
    note("Contact", contacts.clone().any(|contact| contact.is_err()));
    found
}

#[test]
fn every_file_is_read_by_a_test() {
    let sources = [
        include_str!("valid.rs"),
        include_str!("invalid.rs"),
        include_str!("application.rs"),
        include_str!("ipv6.rs"),
    ]
    .concat();
    for rfc in ["rfc4475", "rfc5118"] {
        for name in names(rfc) {
            assert!(sources.contains(&format!("\"{name}\"")), "{rfc}/{name}");
        }
    }
    assert_eq!((names("rfc4475").len(), names("rfc5118").len()), (49, 12));
}

fn names(rfc: &str) -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/torture")
        .join(rfc);
    let files = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let mut names: Vec<_> = files
        .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    names.sort();
    names
}
