//! Whole messages.

use bytes::Bytes;
use sip::serialize::{nothing_deferred, write_edited};
use sip::{Edits, HeaderId, Message};

/// A datagram: every field can be asked for and lies in the message, an unedited copy says the same, and an edited copy says what
/// the edits say.
pub fn sip_message(data: &[u8]) {
    let Ok(message) = Message::parse(Bytes::copy_from_slice(data)) else {
        return;
    };
    read_everything(&message);
    fields_cover_the_header_section(&message);
    let copy = written(&message, &Edits::new());
    assert_same(&message, &copy);
    edits_are_seen_in_the_copy(&message);
}

fn read_everything(message: &Message) {
    let _ = (
        message.top_via(),
        message.from(),
        message.to(),
        message.cseq(),
        message.rack(),
    );
    let _ = (
        message.call_id(),
        message.content_length(),
        message.content_type(),
    );
    let _ = (message.max_forwards(), message.expires(), message.uri());
    let _ = (
        message.body(),
        message.payload(),
        message.from_tag(),
        message.to_tag(),
    );
    let _ = message.leading_number(HeaderId::SessionExpires);
    let _ = message.vias().count();
    let _ = message.routes().count() + message.record_routes().count();
    let _ = message.list(HeaderId::Supported).count();
    for contact in message.contacts().flatten() {
        let _ = (
            contact.expires(message.buffer()),
            contact.q(message.buffer()),
        );
    }
}

fn fields_cover_the_header_section(message: &Message) {
    let mut at = message.headers_start();
    for field in message.headers() {
        assert_eq!(field.whole().start, at, "header fields follow each other");
        assert!(
            field.whole().start <= field.name().start && field.name().end <= field.value().start
        );
        assert!(field.value().end <= field.whole().end);
        at = field.whole().end;
    }
    assert_eq!(at, message.headers_end());
    assert!(message.body().len() <= message.payload().len());
}

fn written(message: &Message, edits: &Edits) -> Option<Message> {
    let mut copy = Vec::new();
    write_edited(message, edits, None, &mut copy, &mut nothing_deferred);
    Message::parse(Bytes::from(copy)).ok()
}

/// Whether the copy says what the message says; the length of its body may have been corrected.
fn assert_same(message: &Message, copy: &Option<Message>) {
    let Some(copy) = copy else {
        panic!("a copy is not understood");
    };
    assert_eq!(copy.method_name(), message.method_name());
    assert_eq!(
        (copy.status(), copy.request_uri()),
        (message.status(), message.request_uri())
    );
    assert_eq!(copy.body(), message.body());
    let lines = |message: &Message| {
        let others = message
            .headers()
            .iter()
            .filter(|field| field.id != HeaderId::ContentLength);
        others
            .map(|field| message.text(field.whole()).to_vec())
            .collect::<Vec<_>>()
    };
    assert_eq!(lines(copy), lines(message));
}

/// Replaces a value, appends a field, removes a field, each on its own.
fn edits_are_seen_in_the_copy(message: &Message) {
    let count = message.headers().len();
    let Some(field) = message.headers().get(count / 2) else {
        return;
    };
    if matches!(field.id, HeaderId::ContentLength | HeaderId::Malformed) {
        return;
    }
    let mut edits = Edits::new();
    edits.replace_value(field, "new value");
    let copy = written(message, &edits);
    let replaced = copy
        .as_ref()
        .and_then(|copy| Some(copy.value(copy.headers().get(count / 2)?)));
    assert_eq!(replaced, Some(&b"new value"[..]));

    let mut edits = Edits::new();
    edits.remove_header(field);
    edits.append_header(message, "X-Fuzz: 1\r\n");
    let copy = written(message, &edits);
    let last = copy
        .as_ref()
        .and_then(|copy| Some(copy.text(copy.headers().last()?.whole())));
    assert_eq!(last, Some(&b"X-Fuzz: 1\r\n"[..]));
    assert_eq!(copy.map(|copy| copy.headers().len()), Some(count));
}
