//! The values that selects begin with.

use super::table::{BranchPart, ContactPart, CredentialsPart, Plain, Source, TimeZone, ViaPart};
use crate::message_number::message_number;
use crate::{addresses, parts, uri_parts};
use module_api::calendar::{Calendar, Zone};
use module_api::{Call, ParamValue, Target, Text, write_with_q};
use sip::digest::Credentials;
use sip::{AuthParams, HeaderId, Message, Span, Via};
use std::ffi::CString;

/// The value of a source; none when there is no such thing.
pub fn source(source: &Source, call: &mut Call) -> Option<Text> {
    match source {
        Source::Header(HeaderId::Event) => {
            let event = header(call, HeaderId::Event)?;
            let package = event.split(|octet| *octet == b';').next()?;
            Some(parts::of_text(&event, package.trim_ascii()))
        }
        Source::Header(id) => header(call, *id),
        Source::Contact(ContactPart::Field) => header(call, HeaderId::Contact),
        Source::Contact(ContactPart::Address) => contact(&call.message),
        Source::Via(position, part) => via_part(&call.message, *position, part),
        Source::CSeqNumber => call
            .message
            .cseq()
            .ok()
            .map(|cseq| Text::from(i64::from(cseq.number))),
        Source::CSeqMethod => slice(&call.message, call.message.cseq().ok()?.method_name),
        Source::Plain(plain) => plain_value(*plain, call),
        Source::Named(name) => named(&call.message, name),
        Source::Items(name, position) => Some(items(&call.message, name, *position)),
        Source::Field(name, position, param) => {
            field(&call.message, name, *position, param.as_deref())
        }
        Source::HasItem(name, value) => {
            let found = list_values(&call.message, name).any(|item| item == &**value);
            Some(Text::from_static(if found { "1" } else { "0" }))
        }
        Source::SdpLine(start) => sdp_line(call, start),
        Source::Credentials(id, realm, part) => credentials(call, *id, realm, *part),
        Source::Branch(part, position) => branches(call, *part, *position),
        Source::Custom(group, name) => match call.custom_setting(group, name)? {
            ParamValue::Int(number) => Some(Text::from(number)),
            ParamValue::Text(text) => Some(text),
        },
        Source::Time(zone, format) => time(call, *zone, format.as_ref()),
    }
}

fn slice(message: &Message, place: Span) -> Option<Text> {
    Some(Text::slice_of(message.buffer(), place.range())).filter(|text| !text.is_empty())
}

fn header(call: &Call, id: HeaderId) -> Option<Text> {
    let field = call.message.header(id)?;
    Some(Text::slice_of(call.message.buffer(), field.value().range()))
}

/// The last of the addresses in the first Contact (observed on 5.6.3).
fn contact(message: &Message) -> Option<Text> {
    let value = message.value(message.header(HeaderId::Contact)?);
    let last = sip::CommaList::new(value).values().last()?;
    (last != b"*").then(|| parts::of_message(message, last))
}

/// A name with hyphens, which cannot be written without quotes, where it has underscores.
fn hyphenated(name: &[u8]) -> Vec<u8> {
    name.iter()
        .map(|octet| if *octet == b'_' { b'-' } else { *octet })
        .collect()
}

/// The first header field of a name; an underscore may stand for a hyphen.
fn named(message: &Message, name: &[u8]) -> Option<Text> {
    let value = |name: &[u8]| {
        message
            .headers_named(name)
            .next()
            .map(|field| field.value())
    };
    let value = value(name).or_else(|| value(&hyphenated(name)))?;
    Some(Text::slice_of(message.buffer(), value.range()))
}

/// The values in all header fields of a name, one after the other.
fn list_values<'a>(message: &'a Message, name: &[u8]) -> impl Iterator<Item = &'a [u8]> {
    let fields: Vec<&[u8]> = message
        .headers_named(&hyphenated(name))
        .map(|field| field.value().of(message.buffer()))
        .collect();
    fields
        .into_iter()
        .flat_map(|field| sip::CommaList::new(field).values())
}

/// One of the values of a list, from 1 or from the end (-1); all of them, joined anew, without a position. Empty where there is
/// none.
fn items(message: &Message, name: &[u8], position: Option<i64>) -> Text {
    let Some(position) = position else {
        let all: Vec<&[u8]> = list_values(message, name).collect();
        return Text::from(all.join(&b","[..]).as_slice());
    };
    let distance = usize::try_from(position.unsigned_abs()).unwrap_or(usize::MAX);
    let mut values = list_values(message, name);
    let value = if position < 0 {
        let all: Vec<&[u8]> = values.collect();
        let at = all.len().checked_sub(distance);
        at.and_then(|at| all.get(at).copied())
    } else {
        // The first one is known by 0, too (observed on 5.6.3).
        values.nth(distance.saturating_sub(1))
    };
    value.map(Text::from).unwrap_or_default()
}

/// A header field of a name, from 1 or from the end (-1), or the value of a parameter in it, which may follow a scheme;
/// an underscore may stand for a hyphen.
///
/// COMPAT: 5.6.3 gives the whole header field for `hf_value2.authorization.realm`; its manual promises the parameter.
fn field(
    message: &Message,
    name: &[u8],
    position: Option<i64>,
    param: Option<&[u8]>,
) -> Option<Text> {
    let name = hyphenated(name);
    let mut fields = message.headers_named(&name);
    let position = position.unwrap_or(1);
    let before = usize::try_from(position.unsigned_abs())
        .ok()?
        .saturating_sub(1);
    let field = if position < 0 {
        fields.nth_back(before)?
    } else {
        fields.nth(before)?
    };
    let value = message.value(field);
    let found = match param {
        None => value,
        Some(param) => {
            let params = AuthParams::parse(value)?;
            let hyphenated = || params.named(&hyphenated(param));
            params.named(param).or_else(hyphenated)?
        }
    };
    Some(parts::of_message(message, found))
}

/// The Via at a position from 1; any negative position means the last (observed on 5.6.3).
fn via_at(message: &Message, position: i64) -> Option<Via> {
    let mut vias = message.vias().filter_map(Result::ok);
    match usize::try_from(position) {
        Ok(position) => vias.nth(position.checked_sub(1)?),
        Err(_) => vias.last(),
    }
}

fn via_part(message: &Message, position: i64, part: &ViaPart) -> Option<Text> {
    let via = via_at(message, position)?;
    let place = match part {
        ViaPart::Whole => via.whole,
        ViaPart::Protocol => via.protocol,
        ViaPart::Version => via.version,
        ViaPart::Transport => via.transport_name,
        ViaPart::Host => via.host,
        ViaPart::Port => return via.port.map(|port| Text::from(i64::from(port))),
        ViaPart::Comment => via.comment?,
        ViaPart::Param(name) => {
            let value = via.param(message.buffer(), name)?.value?;
            return Some(parts::of_message(message, value)).filter(|value| !value.is_empty());
        }
    };
    slice(message, place)
}

fn plain_value(plain: Plain, call: &mut Call) -> Option<Text> {
    let message = &call.message;
    let (is_request, buffer) = (message.is_request(), message.buffer().len() as u32);
    let first_line = Span::new(0, message.headers_start());
    let whole = Span::new(0, buffer);
    let reception = call.reception;
    let style = addresses::style(call);
    let number = |number: i64| Some(Text::from(number));
    match plain {
        Plain::RequestUri => uri_parts::of_request_uri(call, uri_parts::whole),
        // COMPAT: a response has none, whatever the script has set (observed on 5.6.3).
        Plain::DestinationUri => {
            is_request.then(|| call.target.destination_uri.clone().unwrap_or_default())
        }
        Plain::NextHop => Some(Text::from(call.next_hop())).filter(|uri| !uri.is_empty()),
        Plain::NextHopSourceIp => Some(addresses::ip(reception.local.ip(), style)),
        Plain::Method | Plain::RequestMethod if is_request => {
            Some(parts::of_message(message, message.method_name()))
        }
        Plain::OriginalUri if is_request => slice(message, message.request_uri_span()),
        Plain::RequestVersion if is_request => Some(Text::from(message.version())),
        Plain::Request if is_request => slice(message, whole),
        Plain::Method
        | Plain::RequestMethod
        | Plain::OriginalUri
        | Plain::RequestVersion
        | Plain::Request => None,
        Plain::Status | Plain::Reason | Plain::Response | Plain::ResponseVersion if is_request => {
            None
        }
        Plain::Status => number(i64::from(message.status())),
        Plain::Reason => Some(parts::of_message(message, message.reason())),
        Plain::Response | Plain::Message => slice(message, whole),
        Plain::Version | Plain::ResponseVersion => Some(Text::from(message.version())),
        Plain::MessageLength => number(i64::from(buffer)),
        Plain::MessageId => Some(Text::from(message_number(call))),
        Plain::MessageIdHex => Some(Text::from(format!("{:08x}", message_number(call)))),
        Plain::MessageType => number(if is_request { 1 } else { 2 }),
        Plain::MessageFlags => number(i64::from(call.flags.message)),
        Plain::FirstLine => slice(message, trimmed(message, first_line)),
        Plain::Body => Some(Text::slice_of(
            message.buffer(),
            message.body_span().range(),
        )),
        Plain::Sdp => is_sdp(message)
            .then(|| slice(message, message.body_span()))
            .flatten(),
        Plain::HeaderLines => slice(
            message,
            Span::new(message.headers_start(), message.headers_end() + 2),
        ),
        Plain::SourceIp => Some(addresses::ip(reception.peer.ip(), style)),
        Plain::SourcePort => number(i64::from(reception.peer.port())),
        Plain::SourceIpPort => Some(with_port(
            addresses::host(reception.peer.ip(), style),
            reception.peer.port(),
        )),
        Plain::LocalIp => Some(addresses::ip(reception.local.ip(), style)),
        Plain::LocalPort => number(i64::from(reception.local.port())),
        Plain::LocalIpPort => Some(with_port(
            addresses::host(reception.local.ip(), style),
            reception.local.port(),
        )),
        Plain::LocalTransport => Some(Text::from_static(reception.transport.name())),
        Plain::LocalSocket => {
            let host = addresses::host(reception.local.ip(), style);
            Some(addresses::socket(
                reception.transport,
                &host,
                reception.local.port(),
            ))
        }
        Plain::BranchCount => number(call.branches.list.len() as i64),
        Plain::Pid => number(i64::from(std::process::id())),
        Plain::Unique => Some(unique(call)),
        Plain::ServerId => number(call.runtime.settings.server_id),
        Plain::Now => number(call.runtime.host.unix_time().as_secs() as i64),
        Plain::Always => number(1),
    }
}

fn trimmed(message: &Message, place: Span) -> Span {
    let kept = stdx::ascii::trim_end(message.text(place)).len() as u32;
    Span::new(place.start, place.start + kept)
}

fn with_port(host: Text, port: u16) -> Text {
    Text::concat(&[&host, b":", stdx::number::Decimal::from(port).as_bytes()])
}

/// A text that no other will be like.
fn unique(call: &mut Call) -> Text {
    let (pid, first, second) = (
        std::process::id(),
        call.random() as u32,
        call.random() as u32,
    );
    Text::from(format!("{pid:x}-{first:x}-{second:x}"))
}

fn is_sdp(message: &Message) -> bool {
    let content_type = message.content_type().unwrap_or_default();
    stdx::ascii::starts_with_ignore_case(content_type, b"application/sdp")
}

/// What stands behind `start` and its equals sign in the first line of an SDP body that begins so.
fn sdp_line(call: &Call, start: &[u8]) -> Option<Text> {
    let message = &call.message;
    if !is_sdp(message) || start.is_empty() {
        return None;
    }
    let mut lines = message
        .body()
        .split(|octet| *octet == b'\n')
        .map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    let rest = lines.find_map(|line| line.strip_prefix(start))?;
    let value = rest.strip_prefix(b"=").unwrap_or(rest);
    Some(parts::of_message(message, value))
}

fn credentials(call: &Call, id: HeaderId, realm: &[u8], part: CredentialsPart) -> Option<Text> {
    let message = &call.message;
    let of_realm =
        |value: &[u8]| Credentials::parse(value).is_ok_and(|found| found.realm == Some(realm));
    let value = message
        .headers_of(id)
        .map(|field| message.value(field))
        .find(|value| of_realm(value))?;
    let found = Credentials::parse(value).ok()?;
    let part = match part {
        CredentialsPart::Whole => Some(value),
        CredentialsPart::Username => found.username,
        CredentialsPart::User => Some(found.user()),
        CredentialsPart::Domain => Some(found.domain()),
        CredentialsPart::Realm => found.realm,
        CredentialsPart::Nonce => found.nonce,
        CredentialsPart::Uri => found.uri,
        CredentialsPart::CNonce => found.cnonce,
        CredentialsPart::NonceCount => found.nonce_count,
        CredentialsPart::Response => found.response,
        CredentialsPart::Opaque => found.opaque,
        CredentialsPart::Algorithm => found.algorithm,
        CredentialsPart::Qop => found.qop,
    }?;
    (!part.is_empty()).then(|| parts::of_message(message, part))
}

fn branches(call: &Call, part: BranchPart, position: Option<i64>) -> Option<Text> {
    let read = |target: &Target| -> Option<Text> {
        match part {
            BranchPart::Uri => target.uri.clone(),
            BranchPart::DestinationUri => target.destination_uri.clone(),
            BranchPart::Q => target
                .q
                .and_then(|q| sip::Q::from_thousandths(q.min(1000)))
                .map(|q| Text::from(q.to_string())),
            BranchPart::UriWithQ => match target.q {
                None => target.uri.clone(),
                q => {
                    let mut out = Vec::new();
                    write_with_q(target.uri.as_deref().unwrap_or_default(), q, &mut out);
                    Some(Text::from(out))
                }
            },
        }
    };
    if let Some(position) = position {
        return read(call.branches.list.get(usize::try_from(position).ok()?)?);
    }
    let all: Vec<Text> = call
        .branches
        .list
        .iter()
        .map(|target| read(target).unwrap_or_default())
        .collect();
    let all: Vec<&[u8]> = all.iter().map(|text| &**text).collect();
    (!all.is_empty()).then(|| Text::from(all.join(&b","[..])))
}

fn time(call: &Call, zone: TimeZone, format: Option<&Text>) -> Option<Text> {
    let zone = match zone {
        TimeZone::Local => Zone::Local,
        TimeZone::Utc => Zone::Utc,
    };
    let calendar = Calendar::at(call.runtime.host.unix_time(), zone);
    match format {
        None => Some(Text::from(calendar.text())),
        Some(format) => Some(Text::from(calendar.format(&CString::new(&**format).ok()?))),
    }
}
