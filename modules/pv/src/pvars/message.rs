//! The message as a whole, its first line and its body.

use crate::pvars::{Key, Keyed};
use mod_core::parts;
use module_api::relay::current_status;
use module_api::{
    Binder, Call, Diagnostic, NetworkOctets, PvarInner, PvarSpec, SetError, Text, TextSource,
    Value, View, pvar, relay,
};
use sip::{Message, Method, Span, StartLine};

/// The method; of a response, that in its CSeq.
#[pvar("rm", view = view_method, number = method_id)]
fn method(call: &mut Call) -> Value {
    match call.message.method_name() {
        [] => Value::Null,
        name => Value::Str(parts::of_message(&call.message, name)),
    }
}

fn method_id(call: &mut Call) -> Option<i64> {
    match method_number(call) {
        Value::Int(number) => Some(number),
        _ => None,
    }
}

fn view_method(call: &Call) -> View<'_> {
    match call.message.method_name() {
        [] => View::Null,
        name => View::Text(name),
    }
}

/// The method as the number Kamailio knows it by: 1 INVITE, 2 CANCEL, 4 ACK, 8 BYE, … 524288 any other.
#[pvar("rmid")]
fn method_number(call: &mut Call) -> Value {
    Value::Int(match call.message.method() {
        Method::Invite => 1,
        Method::Cancel => 2,
        Method::Ack => 4,
        Method::Bye => 8,
        Method::Info => 16,
        Method::Register => 32,
        Method::Subscribe => 64,
        Method::Notify => 128,
        Method::Message => 256,
        Method::Options => 512,
        Method::Prack => 1024,
        Method::Update => 2048,
        Method::Refer => 4096,
        Method::Publish => 8192,
        _ => match call.message.method_name() {
            b"KDMQ" => 16_384,
            b"GET" => 32_768,
            b"POST" => 65_536,
            b"PUT" => 131_072,
            b"DELETE" => 262_144,
            _ => 524_288,
        },
    })
}

/// The version in the first line: `SIP/2.0`.
#[pvar("rv")]
fn version(call: &mut Call) -> Value {
    Value::from(call.message.version())
}

/// The status of a response as an integer; null in requests.
#[pvar("rs")]
fn status(call: &mut Call) -> Value {
    if call.message.is_request() {
        return Value::Null;
    }
    Value::Int(i64::from(current_status(call)))
}

/// The status of a response; 0 in requests.
#[pvar("rsi")]
fn status_number(call: &mut Call) -> Value {
    Value::Int(i64::from(call.message.status()))
}

/// The reason phrase of a response, as it was received; null in requests.
#[pvar("rr")]
fn reason(call: &mut Call) -> Value {
    match *call.message.start_line() {
        StartLine::Response { reason, .. } => parts::at(&call.message, reason),
        StartLine::Request { .. } => Value::Null,
    }
}

/// 1 for a request, 2 for a response.
#[pvar("mt")]
fn kind(call: &mut Call) -> Value {
    Value::Int(if call.message.is_request() { 1 } else { 2 })
}

/// `rq` for a request, `rp` for a response.
#[pvar("mts")]
fn kind_text(call: &mut Call) -> Value {
    Value::from_static(if call.message.is_request() {
        "rq"
    } else {
        "rp"
    })
}

/// A number for the message, given when it is first asked for.
#[pvar("mi", compat = partial("numbers messages of the whole server, in the order in which scripts ask"))]
fn number(call: &mut Call) -> Value {
    Value::Int(mod_core::message_number(call))
}

/// The message as received.
#[pvar("mb")]
fn buffer(call: &mut Call) -> Value {
    match call.notes.get::<NetworkOctets>() {
        Some(network) => Value::Str(network.octets.clone()),
        None => Value::Str(Text::from(call.message.buffer().clone())),
    }
}

/// The length of the message as received.
#[pvar("ml")]
fn buffer_length(call: &mut Call) -> Value {
    match call.notes.get::<NetworkOctets>() {
        Some(network) => Value::Int(network.octets.len() as i64),
        None => Value::Int(call.message.buffer().len() as i64),
    }
}

/// The message with the changes that were made so far.
#[pvar("mbu")]
fn changed_buffer(call: &mut Call) -> Value {
    let mut out = Vec::with_capacity(call.message.buffer().len() + 256);
    let delivery = relay::response_delivery(call);
    let (edits, uri) = (&call.edits, call.target.uri.as_deref());
    let mut fill =
        |deferred: &sip::Deferred, out: &mut Vec<u8>| relay::fill(call, deferred, &delivery, out);
    sip::serialize::write_edited(&call.message, edits, uri, &mut out, &mut fill);
    Value::from(out)
}

/// The body; empty when there is none.
#[pvar("rb")]
fn body(call: &mut Call) -> Value {
    parts::at(&call.message, call.message.body_span())
}

/// The length of the body.
#[pvar("bs")]
fn body_length(call: &mut Call) -> Value {
    Value::Int(call.message.body().len() as i64)
}

/// The parts of a message that `$msg` knows.
#[derive(Clone, Copy)]
pub enum MessagePart {
    /// `len`
    Length,
    /// `buf`
    Buffer,
    /// `body`
    Body,
    /// `body_len`
    BodyLength,
    /// `hdrs`
    Headers,
    /// `hdrs_len`
    HeadersLength,
    /// `hdrc`
    HeaderCount,
    /// `fline`
    FirstLine,
    /// `fpart`
    FirstPart,
    /// `lpart`
    LastPart,
}

impl Key for MessagePart {
    const NAMES: &'static [(&'static str, Self)] = &[
        ("len", MessagePart::Length),
        ("buf", MessagePart::Buffer),
        ("body", MessagePart::Body),
        ("body_len", MessagePart::BodyLength),
        ("hdrs", MessagePart::Headers),
        ("hdrs_len", MessagePart::HeadersLength),
        ("hdrc", MessagePart::HeaderCount),
        ("fline", MessagePart::FirstLine),
        ("fpart", MessagePart::FirstPart),
        ("lpart", MessagePart::LastPart),
    ];
}

/// A part of the message as received.
///
/// `len`, `buf`: all of it; `fline`: the first line; `hdrs`, `hdrs_len`, `hdrc`: the header fields without the last line
/// end, their length, their number; `body`, `body_len`; `fpart`: first line and header fields; `lpart`: header fields and body.
#[pvar("msg")]
fn message_part(call: &mut Call, part: &Keyed<MessagePart>) -> Value {
    let message = &call.message;
    match part.0 {
        MessagePart::Length => Value::Int(message.buffer().len() as i64),
        MessagePart::Buffer => Value::Str(Text::from(message.buffer().clone())),
        MessagePart::Body => parts::at(message, message.body_span()),
        MessagePart::BodyLength => Value::Int(message.body().len() as i64),
        MessagePart::Headers => parts::at(message, headers(message)),
        MessagePart::HeadersLength => Value::Int(i64::from(headers(message).len())),
        MessagePart::HeaderCount => Value::Int(message.headers().len() as i64),
        MessagePart::FirstLine => parts::at(
            message,
            trimmed(message, Span::new(0, message.headers_start())),
        ),
        MessagePart::FirstPart => parts::at(message, Span::new(0, headers(message).end)),
        MessagePart::LastPart => parts::at(
            message,
            Span::new(message.headers_start(), message.buffer().len() as u32),
        ),
    }
}

/// The header fields without the last line end.
fn headers(message: &Message) -> Span {
    trimmed(
        message,
        Span::new(message.headers_start(), message.headers_end()),
    )
}

fn trimmed(message: &Message, place: Span) -> Span {
    let kept = stdx::ascii::trim_end(message.text(place)).len() as u32;
    Span::new(place.start, place.start + kept)
}

/// A position in the message: a number, or a variable that holds one.
pub struct Position(TextSource);

impl PvarInner for Position {
    fn bind(spec: &PvarSpec<'_>, binder: &mut Binder<'_>) -> Result<Self, Diagnostic> {
        let template = spec.inner_template(binder)?;
        if let Some(text) = template.as_constant()
            && stdx::number::parse_u64(&text).is_none()
        {
            let message = format!("`{text}` is no position in a message");
            return Err(Diagnostic::error(
                diagnostics::codes::names::BAD_VARIABLE_NAME,
                spec.span(),
                message,
            ));
        }
        Ok(Position(TextSource::Template(template)))
    }
}

impl Position {
    fn get(&self, call: &mut Call) -> Option<usize> {
        let text = self.0.text(call).ok()?;
        stdx::number::parse_u64(&text).and_then(|position| usize::try_from(position).ok())
    }
}

/// The character at a position of the message, from 0. Setting it changes the message at once.
#[pvar("msgbuf", set = set_character)]
fn character(call: &mut Call, position: &Position) -> Value {
    let position = position.get(call);
    match position.and_then(|position| call.message.buffer().get(position)) {
        Some(octet) => Value::from(&[*octet][..]),
        None => Value::Null,
    }
}

fn set_character(call: &mut Call, position: &Position, value: Value) -> Result<(), SetError> {
    let position = position.get(call);
    let mut octets = call.message.buffer().to_vec();
    let text = value.into_text();
    match (
        position.and_then(|position| octets.get_mut(position)),
        &*text,
    ) {
        (Some(octet), [new, ..]) => *octet = *new,
        _ => {
            return Err(SetError::refused(
                "there is no such position, or no character to put there",
            ));
        }
    }
    match Message::parse(octets.into()) {
        Ok(message) => {
            call.message = message;
            Ok(())
        }
        Err(error) => Err(SetError::refused(error.to_string())),
    }
}
