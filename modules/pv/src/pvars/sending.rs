//! What is about to leave: `$snd` and its kin in an onsend route, `$rpl` for responses.

use crate::pvars::destination::Upstream;
use crate::pvars::{Key, Keyed};
use mod_core::addresses;
use module_api::{Call, Value, pvar};
use sip::HeaderId;
use std::net::SocketAddr;

/// The parts of a message about to leave.
#[derive(Clone, Copy)]
pub enum SendPart {
    /// `ip`
    Ip,
    /// `port`
    Port,
    /// `af`
    Family,
    /// `proto`
    TransportNumber,
    /// `sproto`
    Transport,
    /// `buf`
    Buffer,
    /// `len`
    Length,
}

impl Key for SendPart {
    const NAMES: &'static [(&'static str, Self)] = &[
        ("ip", SendPart::Ip),
        ("port", SendPart::Port),
        ("af", SendPart::Family),
        ("proto", SendPart::TransportNumber),
        ("sproto", SendPart::Transport),
        ("buf", SendPart::Buffer),
        ("len", SendPart::Length),
    ];
}

/// A part of what is about to leave; `address` is the end that is asked about.
fn part(call: &Call, address: Option<SocketAddr>, part: SendPart) -> Value {
    let Some(sending) = call.sending.as_deref() else {
        return Value::Null;
    };
    let transport = sending.delivery.transport;
    match part {
        SendPart::Ip => address.map_or(Value::Null, |a| {
            Value::Str(addresses::ip(a.ip(), addresses::style(call)))
        }),
        SendPart::Port => address.map_or(Value::Null, |a| Value::Int(i64::from(a.port()))),
        SendPart::Family => address.map_or(Value::Null, |a| Value::Int(addresses::family(a))),
        SendPart::TransportNumber => Value::Int(addresses::transport_id(transport)),
        SendPart::Transport => Value::from_static(transport.name()),
        SendPart::Buffer => Value::Str(sending.bytes.clone()),
        SendPart::Length => Value::Int(sending.bytes.len() as i64),
    }
}

/// Where the message is about to go, in an onsend route: `ip`, `port`, `af`, `proto`, `sproto`, `buf`, `len`.
#[pvar("sndto", "snd")]
fn peer(call: &mut Call, wanted: &Keyed<SendPart>) -> Value {
    let address = call.sending.as_deref().map(|sending| sending.delivery.peer);
    part(call, address, wanted.0)
}

/// The socket of ours that the message is about to leave by, in an onsend route: the keys are those of `$sndto`.
#[pvar("sndfrom")]
fn socket(call: &mut Call, wanted: &Keyed<SendPart>) -> Value {
    let id = call
        .sending
        .as_deref()
        .map(|sending| sending.delivery.socket);
    let address = id
        .and_then(|id| call.runtime.sockets.get(id))
        .map(|socket| socket.address);
    part(call, address, wanted.0)
}

/// The parts of where a response goes.
#[derive(Clone, Copy)]
pub enum ResponsePart {
    /// `duri`
    Uri,
    /// `dhost`
    Host,
    /// `dport`
    Port,
    /// `dproto`
    Transport,
    /// `dprotoid`
    TransportNumber,
    /// `cntvia`
    ViaCount,
    /// `cntrr`
    RecordRouteCount,
}

impl Key for ResponsePart {
    const NAMES: &'static [(&'static str, Self)] = &[
        ("duri", ResponsePart::Uri),
        ("dhost", ResponsePart::Host),
        ("dport", ResponsePart::Port),
        ("dproto", ResponsePart::Transport),
        ("dprotoid", ResponsePart::TransportNumber),
        ("cntvia", ResponsePart::ViaCount),
        ("cntrr", ResponsePart::RecordRouteCount),
    ];
}

/// Where a response goes next, as its second Via says: `duri`, `dhost`, `dport`, `dproto`, `dprotoid`.
///
/// `cntvia` is how many Via values it has, `cntrr` how many Record-Route values. Null in requests.
#[pvar("rpl")]
fn response(call: &mut Call, wanted: &Keyed<ResponsePart>) -> Value {
    if call.message.is_request() {
        return Value::Null;
    }
    match wanted.0 {
        ResponsePart::ViaCount => {
            return Value::Int(call.message.list(HeaderId::Via).count() as i64);
        }
        ResponsePart::RecordRouteCount => {
            return Value::Int(call.message.list(HeaderId::RecordRoute).count() as i64);
        }
        _ => {}
    }
    let Some(upstream) = Upstream::of(call) else {
        return Value::Null;
    };
    match wanted.0 {
        ResponsePart::Uri => Value::Str(upstream.uri()),
        ResponsePart::Host => Value::Str(upstream.host),
        ResponsePart::Port => Value::Int(i64::from(upstream.port)),
        ResponsePart::Transport => Value::from_static(upstream.transport.name()),
        ResponsePart::TransportNumber => Value::Int(addresses::transport_id(upstream.transport)),
        ResponsePart::ViaCount | ResponsePart::RecordRouteCount => Value::Null,
    }
}
