//! Making a dialog of an INVITE, and the cookie that leads back to it.

use crate::context::{self, Coming, Current, Loose, Promised, Wished};
use crate::dialog::{Body, Dialog, Extra, Properties, State, marks};
use crate::packed::{Field, Packed};
use crate::track::seconds;
use crate::{Dialogs, Moment};
use module_api::{Call, Step, Text, Verdict};
use sip::{Contact, HeaderField, HeaderId, Message, Method};
use std::sync::Arc;
use stdx::hex;

/// Whether the message at hand may begin a dialog.
pub fn is_initial(message: &Message) -> bool {
    message.is_request()
        && message.method() == Method::Invite
        && message.to_tag().is_none_or(<[u8]>::is_empty)
}

/// Makes a dialog of the INVITE at hand, or finds the one it has. False when there are too many, or when it does not tell where the
/// caller is to be reached.
pub fn begin(dialogs: &Dialogs, call: &mut Call) -> Step {
    if call.notes.get::<Current>().is_some() {
        return Verdict::TRUE.into();
    }
    let known = context::find(dialogs, &call.message)
        .map(|(dialog, _)| dialog)
        .filter(|dialog| dialog.body().state < State::Deleted)
        .filter(|_| dialogs.params.detect_spirals != 0);
    if let Some(dialog) = known {
        record(dialogs, call, &dialog);
        return Verdict::TRUE.into();
    }
    let refusal = dialogs.gates.load().iter().find_map(|gate| gate(call));
    if let Some(refusal) = refusal {
        return refusal;
    }
    // A request that begins a dialog has one Contact (RFC 3261 §8.1.1.8).
    if lone_contact(&call.message).is_none() {
        call.error(format_args!(
            "no dialog: the INVITE has no Contact, or one that is not a single address"
        ));
        return Verdict::FALSE.into();
    }
    let body = body_of(dialogs, call);
    let Some(dialog) = dialogs.table().insert(body) else {
        call.error(format_args!("there are too many dialogs"));
        return Verdict::FALSE.into();
    };
    let early = u32::try_from(dialogs.params.early_timeout).unwrap_or(300);
    let now = seconds(call.unix_time);
    dialogs.table().look_at(&dialog, now.saturating_add(early));
    dialogs.counters.processed.increment();
    for (profile, value) in call.notes.take::<Wished>().unwrap_or_default().0 {
        dialogs.profiles().join(&dialog, profile, value);
    }
    record(dialogs, call, &dialog);
    dialogs.tell(call, &dialog, Moment::Begun);
    Verdict::TRUE.into()
}

/// Makes the dialog that of the run, and has requests lead back to it.
fn record(dialogs: &Dialogs, call: &mut Call, dialog: &Arc<Dialog>) {
    add_cookie(dialogs, call, dialog);
    carry(call, dialog);
    note(call, dialog, false);
}

/// Puts the cookie that leads to the dialog into what is recorded.
pub fn add_cookie(dialogs: &Dialogs, call: &mut Call, dialog: &Dialog) {
    if dialogs.params.dlg_match_mode != 2
        && let Some(rr) = dialogs.rr.get()
    {
        let param = cookie(&dialogs.params.rr_param, dialog.entry, dialog.id);
        rr.add_param(call, &param);
    }
}

/// The transaction of the run is the one whose responses the dialog follows. An INVITE that passes here again on its way (a
/// spiral) has another, which tells the dialog nothing (observed on 5.6.3).
pub fn carry(call: &Call, dialog: &Dialog) {
    let Some(transaction) = call.transaction else {
        return;
    };
    let number = call.message.cseq().map_or(0, |cseq| cseq.number);
    let mut body = dialog.body();
    if body.marks & marks::TRANSACTION == 0 || body.invite_number != number {
        body.marks |= marks::TRANSACTION;
        body.carrier = Some(transaction);
    }
}

/// Makes a dialog that of the run.
pub fn note(call: &mut Call, dialog: &Arc<Dialog>, is_within: bool) {
    call.notes.set(Current {
        dialog: dialog.clone(),
        is_within,
    });
}

/// `;did=303.8b4`: both numbers in hexadecimal with the least digit first (observed on 5.6.3).
fn cookie(name: &[u8], entry: u32, id: u32) -> Vec<u8> {
    let mut out = Vec::with_capacity(name.len() + 20);
    out.push(b';');
    out.extend_from_slice(name);
    out.push(b'=');
    hex::push_reversed(&mut out, u64::from(entry));
    out.push(b'.');
    hex::push_reversed(&mut out, u64::from(id));
    out
}

fn parse_reversed(text: &[u8]) -> Option<u32> {
    if text.is_empty() || text.len() > 8 {
        return None;
    }
    text.iter().rev().try_fold(0_u32, |number, digit| {
        let value = (*digit as char).to_digit(16)?;
        Some(number << 4 | value)
    })
}

/// The two numbers of a cookie.
pub fn parse_cookie(text: &[u8]) -> Option<(u32, u32)> {
    let (entry, id) = stdx::ascii::split_once(text, b'.')?;
    Some((parse_reversed(entry)?, parse_reversed(id)?))
}

/// The dialog of an INVITE, as far as that tells it.
fn body_of(dialogs: &Dialogs, call: &mut Call) -> Body {
    let now = seconds(call.unix_time);
    let lifetime = lifetime(dialogs, call);
    let coming = call.notes.take::<Coming>().unwrap_or_default();
    let message = call.message.clone();
    let number = message.cseq().map_or(0, |cseq| cseq.number);
    let names = context::names(&message);
    let routes = routes_of(&message);
    let request_uri = Text::from(call.request_uri());
    let mut texts = vec![
        (Field::CallId, names.call_id),
        (Field::FromUri, address(&message, HeaderId::From)),
        (Field::FromTag, names.from_tag),
        (Field::ToUri, address(&message, HeaderId::To)),
        (Field::RequestUri, &request_uri),
    ];
    if let Some(contact) = lone_contact(&message) {
        texts.push((Field::CallerContact, contact));
    }
    if !routes.is_empty() {
        texts.push((Field::CallerRoutes, &routes));
    }
    let params = &dialogs.params;
    let mut properties = Properties::default();
    let byes = coming.timeout_bye != 0 || params.send_bye != 0;
    properties.set(Properties::BYE_ON_TIMEOUT, byes);
    properties.set(Properties::NO_RESET, params.timeout_noreset != 0);
    let promised = call.notes.take::<Promised>().unwrap_or_default();
    properties.set(promised.0, true);
    let variables = call.notes.take::<Loose>().unwrap_or_default().0;
    let mut body = Body {
        texts: Packed::new(&texts),
        state: State::Unconfirmed,
        marks: marks::OURS,
        properties,
        // `$dlg_ctx(flags)`.
        flags: coming.numbers.last().map_or(0, |flags| *flags as u32),
        created: now,
        answered: 0,
        ended: 0,
        deadline: 0,
        lifetime: lifetime.unwrap_or_else(|| default_lifetime(dialogs)),
        invite_number: number,
        caller_number: number,
        callee_number: 0,
        caller_socket: Some(call.reception.socket),
        callee_socket: None,
        carrier: None,
        byes: 0,
        silent: 0,
        kept_alive: 0,
        is_stored: false,
        has_new_variables: !variables.is_empty(),
        extra: None,
    };
    if !variables.is_empty() || !coming.timeout_route.is_empty() {
        body.extra = Some(Box::new(Extra {
            variables,
            profiles: Vec::new(),
            timeout_route: coming.timeout_route.clone(),
        }));
    }
    call.notes.set(coming);
    body
}

fn default_lifetime(dialogs: &Dialogs) -> u32 {
    u32::try_from(dialogs.params.default_timeout).unwrap_or(43_200)
}

/// The lifetime that the script asks for.
pub fn lifetime(dialogs: &Dialogs, call: &mut Call) -> Option<u32> {
    let of_coming = call.notes.get::<Coming>().map(|coming| coming.timeout);
    if let Some(seconds @ 1..) = of_coming {
        return u32::try_from(seconds).ok();
    }
    let value = dialogs.timeout.get()?.get(call);
    let seconds = value.to_int().ok().filter(|seconds| *seconds > 0)?;
    u32::try_from(seconds).ok()
}

fn address(message: &Message, id: HeaderId) -> &[u8] {
    let address = match id {
        HeaderId::From => message.from(),
        _ => message.to(),
    };
    address.map_or(&[], |address| message.text(address.uri))
}

/// The URI of a message's first Contact field, when that is one address (observed on 5.6.3).
fn lone_contact(message: &Message) -> Option<&[u8]> {
    let field = message.header(HeaderId::Contact)?;
    let mut contacts = message.contacts();
    let Some(Ok(Contact::Address(address))) = contacts.next() else {
        return None;
    };
    let has_more = contacts.next().is_some()
        && contacts.field().map(HeaderField::whole) == Some(field.whole());
    (!has_more).then(|| message.text(address.uri))
}

/// The URI of a message's first Contact.
pub fn contact_of(message: &Message) -> Option<&[u8]> {
    message.contacts().find_map(|contact| match contact {
        Ok(Contact::Address(address)) => Some(message.text(address.uri)),
        _ => None,
    })
}

/// The values of Record-Route, with commas between them.
fn routes_of(message: &Message) -> Vec<u8> {
    let routes = message.list(HeaderId::RecordRoute);
    let routes: Vec<&[u8]> = routes.map(|span| message.text(span)).collect();
    routes.join(&b',')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_has_its_digits_reversed() {
        // Observed on 5.6.3: entry 771, number 1208.
        assert_eq!(cookie(b"did", 771, 1208), b";did=303.8b4");
        assert_eq!(parse_cookie(b"303.8b4"), Some((771, 1208)));
        assert_eq!(cookie(b"x", 0, 0x10), b";x=0.01");
        for bad in ["", ".", "1.", ".1", "1.g", "123456789.1"] {
            assert_eq!(parse_cookie(bad.as_bytes()), None, "{bad}");
        }
    }
}
