//! Via header fields.

use crate::pvars::{Key, Keyed};
use mod_core::addresses::transport_id;
use mod_core::parts;
use module_api::{Call, Value, pvar};
use sip::{FieldError, Message, Rport, Via};
use stdx::number::Decimal;

/// The parts of a Via.
#[derive(Clone, Copy)]
pub enum ViaPart {
    /// `host`
    Host,
    /// `port`
    Port,
    /// `proto`
    Transport,
    /// `protoid`
    TransportNumber,
    /// `branch`
    Branch,
    /// `rport`
    Rport,
    /// `received`
    Received,
    /// `params`
    Params,
    /// `oc`: what there is of the parameter, as a number
    Overload,
    /// The value of another parameter.
    Param(&'static str),
}

impl Key for ViaPart {
    const NAMES: &'static [(&'static str, Self)] = &[
        ("host", ViaPart::Host),
        ("port", ViaPart::Port),
        ("proto", ViaPart::Transport),
        ("protoid", ViaPart::TransportNumber),
        ("branch", ViaPart::Branch),
        ("rport", ViaPart::Rport),
        ("received", ViaPart::Received),
        ("params", ViaPart::Params),
        ("i", ViaPart::Param("i")),
        ("oc", ViaPart::Overload),
        ("ocval", ViaPart::Param("oc")),
        ("oc-val", ViaPart::Param("oc")),
        ("ocalgo", ViaPart::Param("oc-algo")),
        ("oc-algo", ViaPart::Param("oc-algo")),
        ("ocvalidity", ViaPart::Param("oc-validity")),
        ("oc-validity", ViaPart::Param("oc-validity")),
        ("ocseq", ViaPart::Param("oc-seq")),
        ("oc-seq", ViaPart::Param("oc-seq")),
    ];
}

fn part(message: &Message, via: &Via, part: ViaPart) -> Value {
    let optional =
        |place: Option<sip::Span>| place.map_or(Value::Null, |place| parts::at(message, place));
    match part {
        ViaPart::Host => parts::at(message, via.host),
        // COMPAT: 5060 whatever the transport, as observed on 5.6.3.
        ViaPart::Port => Value::Int(i64::from(via.port.unwrap_or(5060))),
        ViaPart::Transport => parts::at(message, via.transport_name),
        ViaPart::TransportNumber => Value::Int(via.transport.map_or(0, transport_id)),
        ViaPart::Branch => optional(via.branch),
        ViaPart::Received => optional(via.received),
        ViaPart::Rport => match via.rport {
            Rport::Value(port) => Value::from(Decimal::from(port).as_bytes()),
            _ => Value::Null,
        },
        ViaPart::Params => {
            let params = message.text(via.params);
            Value::Str(parts::of_message(
                message,
                params.strip_prefix(b";").unwrap_or(params),
            ))
        }
        ViaPart::Overload => Value::Int(match via.param(message.buffer(), b"oc") {
            None => 0,
            Some(param) if param.text().is_empty() => 1,
            Some(_) => 2,
        }),
        ViaPart::Param(name) => {
            let param = via.param(message.buffer(), name.as_bytes());
            Value::from_option(param.map(|param| parts::of_message(message, param.text())))
        }
    }
}

fn of(call: &Call, via: Option<Result<Via, FieldError>>, wanted: ViaPart) -> Value {
    match via {
        Some(Ok(via)) => part(&call.message, &via, wanted),
        _ => Value::Null,
    }
}

/// A part of the topmost Via.
///
/// `host`, `port`, `proto`, `protoid`, `branch`, `rport`, `received`, `i`, `params`; of overload control (RFC 7339)
/// `oc`, which is 0 where there is none, 1 for one without value and 2 for one with a value, and the values `ocval`,
/// `ocalgo`, `ocvalidity`, `ocseq`.
#[pvar("via0")]
fn top_via(call: &mut Call, wanted: &Keyed<ViaPart>) -> Value {
    match call.message.top_via() {
        Ok(via) => part(&call.message, via, wanted.0),
        Err(_) => Value::Null,
    }
}

/// A part of the second Via; the parts are those of `$via0`.
#[pvar("via1")]
fn second_via(call: &mut Call, wanted: &Keyed<ViaPart>) -> Value {
    of(call, call.message.vias().nth(1), wanted.0)
}

/// A part of the last Via; the parts are those of `$via0`.
#[pvar("viaZ")]
fn last_via(call: &mut Call, wanted: &Keyed<ViaPart>) -> Value {
    of(call, call.message.vias().last(), wanted.0)
}
