//! The Contact of a message, and where the message came from.

use module_api::{Call, Text};
use sip::{Contact, HeaderId, Message, NameAddr, Scheme, Uri};

/// The Contact that is looked at: the last value of the first header field, as in Kamailio (observed on 5.6.3).
pub fn address(message: &Message) -> Option<NameAddr> {
    let first = message.header(HeaderId::Contact)?;
    let mut contacts = message.contacts();
    let mut found = None;
    while let Some(Ok(contact)) = contacts.next() {
        if contacts
            .field()
            .is_none_or(|field| field.whole() != first.whole())
        {
            break;
        }
        found = match contact {
            Contact::Address(address) => Some(address),
            Contact::Star(_) => None,
        };
    }
    found
}

/// Its URI, when that is a SIP URI.
pub fn uri<'m>(message: &'m Message, address: &NameAddr) -> Option<Uri<'m>> {
    let uri = address.parse_uri(message.buffer()).ok()?;
    matches!(uri.scheme(), Scheme::Sip | Scheme::Sips).then_some(uri)
}

/// The source address of the message, as a host.
pub fn source_host(call: &Call) -> Vec<u8> {
    let mut out = Vec::with_capacity(40);
    sip::serialize::push_host(&mut out, call.reception.peer.ip());
    out
}

/// The source of the message as a URI: `sip:192.0.2.1:5060;transport=tcp`.
pub fn source_uri(call: &Call) -> Text {
    let reception = &call.reception;
    let mut out = Vec::with_capacity(48);
    out.extend_from_slice(b"sip:");
    sip::serialize::push_host(&mut out, reception.peer.ip());
    out.push(b':');
    stdx::number::push_decimal(&mut out, i64::from(reception.peer.port()));
    if reception.transport != sip::Transport::Udp {
        out.extend_from_slice(b";transport=");
        out.extend_from_slice(reception.transport.uri_name().as_bytes());
    }
    Text::from(out)
}

/// The URI with the host and port of the source, and without `maddr`.
pub fn with_source(call: &Call, uri: &Uri<'_>) -> Vec<u8> {
    let mut out = Vec::with_capacity(uri.text().len() + 24);
    out.extend_from_slice(uri.scheme_name());
    out.push(b':');
    if let Some(user) = uri.user() {
        out.extend_from_slice(user);
        if let Some(password) = uri.password() {
            out.push(b':');
            out.extend_from_slice(password);
        }
        out.push(b'@');
    }
    out.extend_from_slice(&source_host(call));
    out.push(b':');
    stdx::number::push_decimal(&mut out, i64::from(call.reception.peer.port()));
    for param in uri.params().filter(|param| !param.is(b"maddr")) {
        push_param(&mut out, &param);
    }
    push_headers(&mut out, uri);
    out
}

/// The parts of a URI around the place where its parameters begin.
fn around_params<'u>(uri: &Uri<'u>) -> (&'u [u8], &'u [u8]) {
    let headers = uri.headers_text().map_or(0, |headers| headers.len() + 1);
    let params = match uri.params_text().len() {
        0 => 0,
        length => length + 1,
    };
    let start = uri.text().len().saturating_sub(headers + params);
    uri.text().split_at_checked(start).unwrap_or_default()
}

/// The URI with a parameter behind the others; without those of that name already there, if they are to go.
pub fn with_param_last(uri: &Uri<'_>, name: &[u8], value: &[u8], trims: bool) -> Vec<u8> {
    let (before, _) = around_params(uri);
    let mut out = Vec::with_capacity(uri.text().len() + name.len() + value.len() + 2);
    out.extend_from_slice(before);
    for param in uri.params().filter(|param| !(trims && param.is(name))) {
        push_param(&mut out, &param);
    }
    push_named(&mut out, name, value);
    push_headers(&mut out, uri);
    out
}

/// The URI with a parameter in front of the others.
pub fn with_param_first(uri: &Uri<'_>, name: &[u8], value: &[u8]) -> Vec<u8> {
    let (before, after) = around_params(uri);
    let mut out = Vec::with_capacity(uri.text().len() + name.len() + value.len() + 2);
    out.extend_from_slice(before);
    push_named(&mut out, name, value);
    out.extend_from_slice(after);
    out
}

fn push_named(out: &mut Vec<u8>, name: &[u8], value: &[u8]) {
    out.push(b';');
    out.extend_from_slice(name);
    out.push(b'=');
    out.extend_from_slice(value);
}

fn push_param(out: &mut Vec<u8>, param: &sip::Param<'_>) {
    out.push(b';');
    out.extend_from_slice(param.name);
    if let Some(value) = param.value {
        out.push(b'=');
        out.extend_from_slice(value);
    }
}

fn push_headers(out: &mut Vec<u8>, uri: &Uri<'_>) {
    if let Some(headers) = uri.headers_text() {
        out.push(b'?');
        out.extend_from_slice(headers);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_go_in_front_or_behind() {
        for (uri, first, last) in [
            ("sip:a@h", "sip:a@h;p=1", "sip:a@h;p=1"),
            (
                "sip:a@h:5;x;y=z",
                "sip:a@h:5;p=1;x;y=z",
                "sip:a@h:5;x;y=z;p=1",
            ),
            ("sip:a@h;x?H=1", "sip:a@h;p=1;x?H=1", "sip:a@h;x;p=1?H=1"),
            ("sip:a@h;p=0;x", "sip:a@h;p=1;p=0;x", "sip:a@h;x;p=1"),
        ] {
            let parsed = Uri::parse(uri.as_bytes()).unwrap();
            assert_eq!(with_param_first(&parsed, b"p", b"1"), first.as_bytes());
            assert_eq!(with_param_last(&parsed, b"p", b"1", true), last.as_bytes());
        }
    }

    #[test]
    fn the_last_value_of_the_first_contact_is_looked_at() {
        let uri = |contacts: &str| {
            let text = format!("INVITE sip:a SIP/2.0\r\n{contacts}\r\n");
            let message = Message::parse(text.into_bytes().into()).unwrap();
            let address = address(&message)?;
            Some(String::from_utf8_lossy(address.uri.of(message.buffer())).into_owned())
        };
        assert_eq!(
            uri("Contact: <sip:a>, <sip:b>\r\nContact: <sip:c>\r\n").as_deref(),
            Some("sip:b")
        );
        assert_eq!(uri("Contact: *\r\n"), None);
        assert_eq!(uri(""), None);
    }
}
