//! Header fields that say who somebody is, or who was called before.

use crate::pvars::headers::nth;
use crate::pvars::part_of_message;
use mod_core::parts;
use mod_core::uri_parts;
use module_api::{Call, Index, InnerIndex, Value, pvar};
use sip::{HeaderId, NameAddr};

/// The address at an index of a list of addresses; the first without one.
fn address(call: &mut Call, id: HeaderId, index: &InnerIndex) -> Option<NameAddr> {
    if !call.message.has(id) {
        return None;
    }
    let at = if let Index::At(at) = index.0.get(call) {
        at
    } else {
        0
    };
    let addresses: Vec<NameAddr> = call.message.addresses(id).filter_map(Result::ok).collect();
    nth(addresses.into_iter(), at)
}

fn uri(call: &Call, address: Option<NameAddr>) -> Value {
    address.map_or(Value::Null, |address| parts::at(&call.message, address.uri))
}

/// The URI in P-Asserted-Identity, `$(ai[1])` of the second (RFC 3325).
#[pvar("ai")]
fn asserted_uri(call: &mut Call, index: &InnerIndex) -> Value {
    let address = address(call, HeaderId::PAssertedIdentity, index);
    uri(call, address)
}

/// The URI in P-Preferred-Identity, `$(pu[1])` of the second (RFC 3325).
#[pvar("pu")]
fn preferred_uri(call: &mut Call, index: &InnerIndex) -> Value {
    let address = address(call, HeaderId::PPreferredIdentity, index);
    uri(call, address)
}

/// The user of the URI in P-Preferred-Identity.
#[pvar("pU")]
fn preferred_user(call: &mut Call, index: &InnerIndex) -> Value {
    match address(call, HeaderId::PPreferredIdentity, index) {
        Some(address) => part_of_message(call, call.message.text(address.uri), uri_parts::user),
        None => Value::Null,
    }
}

/// The host of the URI in P-Preferred-Identity.
#[pvar("pd")]
fn preferred_host(call: &mut Call, index: &InnerIndex) -> Value {
    match address(call, HeaderId::PPreferredIdentity, index) {
        Some(address) => part_of_message(call, call.message.text(address.uri), uri_parts::host),
        None => Value::Null,
    }
}

/// The display name in P-Preferred-Identity, with its quotes.
#[pvar("pn")]
fn preferred_display(call: &mut Call, index: &InnerIndex) -> Value {
    match address(call, HeaderId::PPreferredIdentity, index) {
        Some(address) if !address.display.is_empty() => parts::at(&call.message, address.display),
        _ => Value::Null,
    }
}

fn first(call: &Call, id: HeaderId) -> Option<NameAddr> {
    call.message.addresses(id).next()?.ok()
}

/// The URI in Remote-Party-ID.
#[pvar("re")]
fn remote_party_uri(call: &mut Call) -> Value {
    uri(call, first(call, HeaderId::RemotePartyId))
}

/// The URI in Refer-To.
#[pvar("rt")]
fn refer_to_uri(call: &mut Call) -> Value {
    uri(call, first(call, HeaderId::ReferTo))
}

/// The URI in the first Diversion.
#[pvar("di")]
fn diversion_uri(call: &mut Call) -> Value {
    uri(call, first(call, HeaderId::Diversion))
}

fn diversion_param(call: &Call, name: &[u8]) -> Value {
    let Some(address) = first(call, HeaderId::Diversion) else {
        return Value::Null;
    };
    let param = address.param(call.message.buffer(), name);
    Value::from_option(param.map(|param| parts::of_message(&call.message, param.text())))
}

/// The `reason` of the first Diversion.
#[pvar("dir")]
fn diversion_reason(call: &mut Call) -> Value {
    diversion_param(call, b"reason")
}

/// The `privacy` of the first Diversion.
#[pvar("dip")]
fn diversion_privacy(call: &mut Call) -> Value {
    diversion_param(call, b"privacy")
}

/// The `counter` of the first Diversion.
#[pvar("dic")]
fn diversion_counter(call: &mut Call) -> Value {
    diversion_param(call, b"counter")
}
