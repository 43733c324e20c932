//! How the message came in: from where, by which of our sockets.

use crate::pvars::{Key, Keyed};
use mod_core::addresses::{self, UdpParameter};
use module_api::{Call, RawMessage, SetError, SocketInfo, Text, Value, pvar};

/// The address the message came from; IPv6 without brackets.
#[pvar("si", "src_ip")]
fn source_ip(call: &mut Call) -> Value {
    Value::Str(addresses::ip(
        call.reception.peer.ip(),
        addresses::style(call),
    ))
}

/// The address the message came from; IPv6 in brackets.
#[pvar("siz")]
fn source_host(call: &mut Call) -> Value {
    Value::Str(host(call))
}

fn host(call: &Call) -> Text {
    addresses::host(call.reception.peer.ip(), addresses::style(call))
}

/// The port the message came from.
#[pvar("sp")]
fn source_port(call: &mut Call) -> Value {
    Value::Int(i64::from(call.reception.peer.port()))
}

/// Where the message came from as a URI; UDP is not named.
#[pvar("su")]
fn source_uri(call: &mut Call) -> Value {
    Value::Str(source_uri_text(call, UdpParameter::LeftOut))
}

/// Where the message came from as a URI that names the transport.
#[pvar("sut")]
fn source_full_uri(call: &mut Call) -> Value {
    Value::Str(source_uri_text(call, UdpParameter::Written))
}

fn source_uri_text(call: &Call, udp: UdpParameter) -> Text {
    addresses::uri(
        call.reception.transport,
        &host(call),
        call.reception.peer.port(),
        udp,
    )
}

/// Where the message came from as `proto:host:port`.
#[pvar("sas")]
fn source_socket(call: &mut Call) -> Value {
    Value::Str(addresses::socket(
        call.reception.transport,
        &host(call),
        call.reception.peer.port(),
    ))
}

/// The transport the message came over: `udp`, `tcp`, `tls`, `sctp`, `ws`, `wss`.
#[pvar("pr", "proto", number = transport_id)]
fn transport(call: &mut Call) -> Value {
    Value::from_static(call.reception.transport.name())
}

fn transport_id(call: &mut Call) -> Option<i64> {
    Some(addresses::transport_id(call.reception.transport))
}

/// The transport the message came over, as a number: see `$K`.
#[pvar("prid")]
fn transport_number(call: &mut Call) -> Value {
    Value::Int(addresses::transport_id(call.reception.transport))
}

/// The number of the connection the message came over; null for UDP.
#[pvar("conid")]
fn connection(call: &mut Call) -> Value {
    call.reception
        .connection
        .map_or(Value::Null, |id| Value::Int(i64::from(id.0)))
}

/// How an address family is shown.
#[derive(Clone, Copy)]
pub enum FamilyForm {
    /// `id`: as a number.
    Number,
    /// `name`: as `IPv4` or `IPv6`.
    Name,
}

impl Key for FamilyForm {
    const NAMES: &'static [(&'static str, Self)] =
        &[("id", FamilyForm::Number), ("name", FamilyForm::Name)];
}

/// The address family the message came over: `$af(id)` its number, `$af(name)` `IPv4` or `IPv6`.
#[pvar("af")]
fn family(call: &mut Call, form: &Keyed<FamilyForm>) -> Value {
    match form.0 {
        FamilyForm::Number => Value::Int(addresses::family(call.reception.local)),
        FamilyForm::Name if call.reception.local.is_ipv4() => Value::from_static("IPv4"),
        FamilyForm::Name => Value::from_static("IPv6"),
    }
}

/// Our address that the message came to.
#[pvar("Ri")]
fn local_ip(call: &mut Call) -> Value {
    Value::Str(addresses::ip(
        call.reception.local.ip(),
        addresses::style(call),
    ))
}

/// Our port that the message came to.
#[pvar("Rp")]
fn local_port(call: &mut Call) -> Value {
    Value::Int(i64::from(call.reception.local.port()))
}

fn local_host(call: &Call) -> Text {
    addresses::host(call.reception.local.ip(), addresses::style(call))
}

fn local_uri_text(call: &Call, udp: UdpParameter) -> Text {
    addresses::uri(
        call.reception.transport,
        &local_host(call),
        call.reception.local.port(),
        udp,
    )
}

/// Our socket that the message came to, as a URI; UDP is not named.
#[pvar("Ru")]
fn local_uri(call: &mut Call) -> Value {
    Value::Str(local_uri_text(call, UdpParameter::LeftOut))
}

/// Our socket that the message came to, as a URI that names the transport.
#[pvar("Rut")]
fn local_full_uri(call: &mut Call) -> Value {
    Value::Str(local_uri_text(call, UdpParameter::Written))
}

/// Our socket that the message came to, as `proto:host:port`.
#[pvar("Ras")]
fn local_socket(call: &mut Call) -> Value {
    Value::Str(addresses::socket(
        call.reception.transport,
        &local_host(call),
        call.reception.local.port(),
    ))
}

fn socket(call: &Call) -> Option<&SocketInfo> {
    call.runtime.sockets.get(call.reception.socket)
}

/// The name of our socket that the message came to.
#[pvar("Rn")]
fn local_name(call: &mut Call) -> Value {
    Value::from_option(socket(call).and_then(|socket| socket.name.clone()))
}

fn advertised_host(call: &Call) -> Option<Text> {
    let (host, _) = socket(call)?.advertised.as_ref()?;
    Some(host.clone())
}

fn advertised_port(call: &Call) -> u16 {
    match socket(call) {
        Some(socket) if socket.advertised.is_some() => socket.shown_port(),
        _ => call.reception.local.port(),
    }
}

fn advertised_uri_text(call: &Call, udp: UdpParameter) -> Text {
    let host = advertised_host(call).unwrap_or_else(|| local_host(call));
    addresses::uri(call.reception.transport, &host, advertised_port(call), udp)
}

/// The host that the socket the message came to says it has; `$Ri` when it says none.
#[pvar("RAi")]
fn advertised_ip(call: &mut Call) -> Value {
    match advertised_host(call) {
        Some(host) => Value::Str(host),
        None => Value::Str(addresses::ip(
            call.reception.local.ip(),
            addresses::style(call),
        )),
    }
}

/// The port that the socket the message came to says it has; `$Rp` when it says none.
#[pvar("RAp")]
fn advertised_port_number(call: &mut Call) -> Value {
    Value::Int(i64::from(advertised_port(call)))
}

/// What the socket the message came to says it is, as a URI; UDP is not named.
#[pvar("RAu")]
fn advertised_uri(call: &mut Call) -> Value {
    Value::Str(advertised_uri_text(call, UdpParameter::LeftOut))
}

/// What the socket the message came to says it is, as a URI that names the transport.
#[pvar("RAut")]
fn advertised_full_uri(call: &mut Call) -> Value {
    Value::Str(advertised_uri_text(call, UdpParameter::Written))
}

/// The parts of what was received that `$rcv` knows.
#[derive(Clone, Copy)]
pub enum RawPart {
    /// `buf`
    Buffer,
    /// `len`
    Length,
    /// `proto`
    TransportNumber,
    /// `sproto`
    Transport,
    /// `srcip`
    SourceIp,
    /// `srcport`
    SourcePort,
    /// `rcvip`
    LocalIp,
    /// `rcvport`
    LocalPort,
    /// `af`
    Family,
    /// `safe`
    IsText,
    /// `evtype`
    Mode,
    /// `bufat`
    PutText,
    /// `hexat`
    PutHex,
}

impl Key for RawPart {
    const NAMES: &'static [(&'static str, Self)] = &[
        ("buf", RawPart::Buffer),
        ("len", RawPart::Length),
        ("proto", RawPart::TransportNumber),
        ("sproto", RawPart::Transport),
        ("srcip", RawPart::SourceIp),
        ("srcport", RawPart::SourcePort),
        ("rcvip", RawPart::LocalIp),
        ("rcvport", RawPart::LocalPort),
        ("af", RawPart::Family),
        ("safe", RawPart::IsText),
        ("evtype", RawPart::Mode),
        ("bufat", RawPart::PutText),
        ("hexat", RawPart::PutHex),
    ];
}

/// What was received, in `event_route[core:msg-received]`; null elsewhere.
///
/// `buf`, `len`; `proto`, `sproto`, `af`; `srcip`, `srcport`, `rcvip`, `rcvport`; `safe`: 1 when it is all printable;
/// `evtype`: how the route is run. Setting `bufat` to `2:XY`, or `hexat` to `2:5859`, puts characters at a position.
#[pvar("rcv", "recv", set = set_raw)]
fn raw(call: &mut Call, part: &Keyed<RawPart>) -> Value {
    let Some(raw) = call.notes.get::<RawMessage>() else {
        return Value::Null;
    };
    let reception = &call.reception;
    match part.0 {
        RawPart::Buffer => Value::Str(raw.bytes.clone()),
        RawPart::Length => Value::Int(raw.bytes.len() as i64),
        RawPart::TransportNumber => Value::Int(addresses::transport_id(reception.transport)),
        RawPart::Transport => Value::from_static(reception.transport.name()),
        RawPart::SourceIp => Value::Str(addresses::ip(reception.peer.ip(), addresses::style(call))),
        RawPart::SourcePort => Value::Int(i64::from(reception.peer.port())),
        RawPart::LocalIp => Value::Str(addresses::ip(reception.local.ip(), addresses::style(call))),
        RawPart::LocalPort => Value::Int(i64::from(reception.local.port())),
        RawPart::Family => Value::Int(addresses::family(reception.local)),
        RawPart::IsText => {
            let printable = |octet: &u8| matches!(octet, b'\t' | b'\r' | b'\n' | b' '..=b'~');
            Value::Int(i64::from(raw.bytes.iter().all(printable)))
        }
        RawPart::Mode => Value::Int(raw.mode),
        RawPart::PutText | RawPart::PutHex => Value::Null,
    }
}

fn set_raw(call: &mut Call, part: &Keyed<RawPart>, value: Value) -> Result<(), SetError> {
    let form = || SetError::refused("what to put is written position:characters");
    let text = value.into_text();
    let (position, content) = stdx::ascii::split_once(&text, b':').ok_or_else(form)?;
    let start = stdx::number::parse_u64(position)
        .and_then(|start| usize::try_from(start).ok())
        .ok_or_else(form)?;
    let content = match part.0 {
        RawPart::PutText => content.to_vec(),
        RawPart::PutHex => from_hex(content).ok_or_else(form)?,
        _ => return Err(SetError::ReadOnly),
    };
    let Some(raw) = call.notes.get_mut::<RawMessage>() else {
        return Err(SetError::refused(
            "this is for event_route[core:msg-received]",
        ));
    };
    let mut octets = raw.bytes.to_vec();
    match octets.get_mut(start..start.saturating_add(content.len())) {
        Some(place) => place.copy_from_slice(&content),
        None => {
            return Err(SetError::refused(
                "it would go beyond the end of what was received",
            ));
        }
    }
    raw.bytes = Text::from(octets);
    Ok(())
}

fn from_hex(digits: &[u8]) -> Option<Vec<u8>> {
    if !digits.len().is_multiple_of(2) {
        return None;
    }
    let digit = |octet: u8| stdx::hex::value_of(octet);
    digits
        .chunks(2)
        .map(|pair| match pair {
            [high, low] => Some(digit(*high)? << 4 | digit(*low)?),
            _ => None,
        })
        .collect()
}
