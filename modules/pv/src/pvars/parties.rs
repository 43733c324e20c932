//! From and To.

use crate::party::{self, Party, PartyPart};
use crate::pvars::length;
use mod_core::parts;
use mod_core::uri_parts::{self, Part, Reading};
use module_api::{Call, SetError, Value, View, pvar};
use sip::Uri;

fn parsed_uri(call: &Call, party: Party) -> Option<Uri<'_>> {
    match party {
        Party::From => call.message.from_uri().ok(),
        Party::To => call.message.to_uri().ok(),
    }
}

/// A part of the URI of From or To.
fn part_of(call: &Call, party: Party, part: Part) -> Option<&[u8]> {
    let uri = parsed_uri(call, party)?;
    part(&uri, Reading::of(call))
}

fn uri_part(call: &Call, party: Party, part: Part) -> Value {
    let part = part_of(call, party, part);
    Value::from_option(part.map(|part| parts::of_message(&call.message, part)))
}

fn view_uri_part(call: &Call, party: Party, part: Part) -> View<'_> {
    View::from_option(part_of(call, party, part))
}

fn view_from_user(call: &Call) -> View<'_> {
    view_uri_part(call, Party::From, uri_parts::user)
}

fn view_from_host(call: &Call) -> View<'_> {
    view_uri_part(call, Party::From, uri_parts::host)
}

fn view_to_user(call: &Call) -> View<'_> {
    view_uri_part(call, Party::To, uri_parts::user)
}

fn view_to_host(call: &Call) -> View<'_> {
    view_uri_part(call, Party::To, uri_parts::host)
}

fn uri(call: &Call, party: Party) -> Value {
    party
        .address(call)
        .map_or(Value::Null, |address| parts::at(&call.message, address.uri))
}

fn display(call: &Call, party: Party) -> Value {
    match party.address(call) {
        Some(address) if !address.display.is_empty() => parts::at(&call.message, address.display),
        _ => Value::Null,
    }
}

fn tag(call: &Call, party: Party) -> Value {
    match party.address(call).and_then(|address| address.tag) {
        Some(tag) => parts::at(&call.message, tag),
        None => Value::Null,
    }
}

fn user_length(call: &Call, party: Party) -> Value {
    match uri_part(call, party, uri_parts::whole) {
        Value::Null => Value::Null,
        _ => length(&uri_part(call, party, uri_parts::user)),
    }
}

/// The URI of From. It can be changed; what is read stays as it was received.
#[pvar("fu", "from", set = set_from_uri)]
fn from_uri(call: &mut Call) -> Value {
    uri(call, Party::From)
}

/// The user of From's URI. It can be changed; what is read stays as it was received.
#[pvar("fU", "from.user", view = view_from_user, set = set_from_user)]
fn from_user(call: &mut Call) -> Value {
    uri_part(call, Party::From, uri_parts::user)
}

/// The host of From's URI. It can be changed; what is read stays as it was received.
#[pvar("fd", "from.domain", view = view_from_host, set = set_from_host)]
fn from_host(call: &mut Call) -> Value {
    uri_part(call, Party::From, uri_parts::host)
}

/// The display name of From, with its quotes. It can be changed; what is read stays as it was received.
#[pvar("fn", set = set_from_display)]
fn from_display(call: &mut Call) -> Value {
    display(call, Party::From)
}

/// The tag of From.
#[pvar("ft")]
fn from_tag(call: &mut Call) -> Value {
    tag(call, Party::From)
}

/// The length of From's URI.
#[pvar("ful")]
fn from_uri_length(call: &mut Call) -> Value {
    length(&uri(call, Party::From))
}

/// The length of the user of From's URI; 0 when it has none.
#[pvar("fUl")]
fn from_user_length(call: &mut Call) -> Value {
    user_length(call, Party::From)
}

/// The URI of To. It can be changed; what is read stays as it was received.
#[pvar("tu", "to", set = set_to_uri)]
fn to_uri(call: &mut Call) -> Value {
    uri(call, Party::To)
}

/// The user of To's URI. It can be changed; what is read stays as it was received.
#[pvar("tU", "to.user", view = view_to_user, set = set_to_user)]
fn to_user(call: &mut Call) -> Value {
    uri_part(call, Party::To, uri_parts::user)
}

/// The host of To's URI. It can be changed; what is read stays as it was received.
#[pvar("td", "to.domain", view = view_to_host, set = set_to_host)]
fn to_host(call: &mut Call) -> Value {
    uri_part(call, Party::To, uri_parts::host)
}

/// The display name of To, with its quotes. It can be changed; what is read stays as it was received.
#[pvar("tn", set = set_to_display)]
fn to_display(call: &mut Call) -> Value {
    display(call, Party::To)
}

/// The tag of To; null in a request outside of a dialog.
#[pvar("tt")]
fn to_tag(call: &mut Call) -> Value {
    tag(call, Party::To)
}

/// 1 when To has a tag, else 0.
#[pvar("tts")]
fn to_tag_state(call: &mut Call) -> Value {
    Value::Int(i64::from(call.message.to_tag().is_some()))
}

/// The length of the user of To's URI; 0 when it has none. Setting it sets the user.
#[pvar("tUl", set = set_to_user)]
fn to_user_length(call: &mut Call) -> Value {
    user_length(call, Party::To)
}

fn set_from_uri(call: &mut Call, value: Value) -> Result<(), SetError> {
    party::change(call, Party::From, PartyPart::Uri, value)
}

fn set_from_user(call: &mut Call, value: Value) -> Result<(), SetError> {
    party::change(call, Party::From, PartyPart::User, value)
}

fn set_from_host(call: &mut Call, value: Value) -> Result<(), SetError> {
    party::change(call, Party::From, PartyPart::Host, value)
}

fn set_from_display(call: &mut Call, value: Value) -> Result<(), SetError> {
    party::change(call, Party::From, PartyPart::Display, value)
}

fn set_to_uri(call: &mut Call, value: Value) -> Result<(), SetError> {
    party::change(call, Party::To, PartyPart::Uri, value)
}

fn set_to_user(call: &mut Call, value: Value) -> Result<(), SetError> {
    party::change(call, Party::To, PartyPart::User, value)
}

fn set_to_host(call: &mut Call, value: Value) -> Result<(), SetError> {
    party::change(call, Party::To, PartyPart::Host, value)
}

fn set_to_display(call: &mut Call, value: Value) -> Result<(), SetError> {
    party::change(call, Party::To, PartyPart::Display, value)
}
