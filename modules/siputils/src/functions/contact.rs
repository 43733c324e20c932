//! Hiding Contact URIs, and showing them again.

use crate::{Siputils, contact_code, rewrite};
use module_api::{Call, Literal, Text, Verdict, script_function};
use sip::{Contact, HeaderId, Uri};
use std::cell::Cell;

/// Hides each Contact URI in the user of a URI at `host`: `sip:prefix*user*password*host*port*transport@host`.
///
/// Other parameters of the URI are lost.
///
/// ```cfg
/// if (is_method("INVITE")) encode_contact("hidden", "192.0.2.1");
/// ```
#[script_function(encode_contact, routes = REQUEST | REPLY)]
fn encode_contact(siputils: &Siputils, call: &mut Call, prefix: Literal, host: Literal) -> Verdict {
    let separator = siputils.separator();
    if !call.message.has(HeaderId::Contact) {
        return Verdict::FALSE;
    }
    rewrite_contacts(call, Brackets::Keep, |uri| {
        Some(contact_code::encode(uri, &prefix.0, separator, &host.0))
    })
}

/// Nothing is hidden in the URI (return codes observed on 5.6.3).
const NOTHING_HIDDEN: Verdict = Verdict(-26);

/// The URI has no user in which something could be hidden.
const NO_USER: Verdict = Verdict(-23);

/// Shows the URI that `encode_contact` hid in the Request-URI.
///
/// The return code is -26 when there is none in its user, and -23 when it has no user.
///
/// ```cfg
/// $ru = "sip:hidden*al**10.0.0.1*5070*udp@192.0.2.1";
/// decode_contact();
/// xinfo("$ru\n");   # log: sip:al@10.0.0.1:5070;transport=udp
/// ```
#[script_function(decode_contact, routes = REQUEST)]
fn decode_contact(siputils: &Siputils, call: &mut Call) -> Verdict {
    let separator = siputils.separator();
    let decoded = rewrite_request_uri(call, |uri| contact_code::decode(uri, separator));
    if decoded == Verdict::TRUE {
        return decoded;
    }
    Uri::parse(call.request_uri()).map_or(NO_USER, |uri| unhidden(&uri))
}

/// Why there is nothing to be shown of a URI.
fn unhidden(uri: &Uri<'_>) -> Verdict {
    match uri.user().is_some() && !uri.host().is_empty() {
        true => NOTHING_HIDDEN,
        false => NO_USER,
    }
}

/// Shows the URIs that `encode_contact` hid in Contact.
///
/// Where there is none in some of them, the others are shown all the same; the return code is -26 then, or -23 when the last of those
/// has no user. It is -1 without Contact.
///
/// ```cfg
/// if (is_method("INVITE")) decode_contact_header();
/// ```
#[script_function(decode_contact_header, routes = REQUEST | FAILURE | REPLY)]
fn decode_contact_header(siputils: &Siputils, call: &mut Call) -> Verdict {
    if !call.message.has(HeaderId::Contact) {
        return Verdict::FALSE;
    }
    let separator = siputils.separator();
    let verdict = Cell::new(Verdict::TRUE);
    let read = rewrite_contacts(call, Brackets::Add, |uri| {
        let decoded = contact_code::decode(uri, separator);
        if decoded.is_none() {
            verdict.set(unhidden(uri));
        }
        decoded.or_else(|| Some(Text::from(uri.text())))
    });
    match read == Verdict::TRUE {
        true => verdict.get(),
        false => NOTHING_HIDDEN,
    }
}

/// Hides each Contact URI in the parameter `name` of the URI `address`.
///
/// ```cfg
/// if (is_method("REGISTER")) contact_param_encode("ksu", "sip:192.0.2.1:5060");
/// ```
#[script_function(contact_param_encode, routes = REQUEST | REPLY)]
fn contact_param_encode(call: &mut Call, name: Text, address: Text) -> Verdict {
    rewrite_contacts(call, Brackets::Add, |uri| {
        Some(contact_code::encode_whole(uri.text(), &name, &address))
    })
}

/// Does what `contact_param_encode` does, with the source of the message as the parameter `alias` of each URI that is hidden.
///
/// When `contact_param_decode_ruri` shows the URI again, `handle_ruri_alias` finds the way to the source by it.
///
/// ```cfg
/// if (is_method("SUBSCRIBE")) contact_param_encode_alias("ksu", "sip:192.0.2.1:5060");
/// ```
#[script_function(contact_param_encode_alias, routes = REQUEST | REPLY)]
fn contact_param_encode_alias(call: &mut Call, name: Text, address: Text) -> Verdict {
    let (peer, transport) = (call.reception.peer, call.reception.transport);
    let mut host = Vec::with_capacity(40);
    sip::serialize::push_host(&mut host, peer.ip());
    let alias = sip::alias::write(&host, i64::from(peer.port()), transport);
    let param = Text::concat(&[b"alias=", &alias]);
    rewrite_contacts(call, Brackets::Add, |uri| {
        let with_alias = rewrite::with_param(uri, &param);
        Some(contact_code::encode_whole(&with_alias, &name, &address))
    })
}

/// Shows the URIs that `contact_param_encode` hid in Contact.
///
/// ```cfg
/// if (is_method("INVITE")) contact_param_decode("ksu");
/// ```
#[script_function(contact_param_decode, routes = REQUEST | REPLY)]
fn contact_param_decode(call: &mut Call, name: Text) -> Verdict {
    rewrite_contacts(call, Brackets::Add, |uri| {
        contact_code::decode_whole(uri, &name)
    })
}

/// Shows the URI that `contact_param_encode` hid in the Request-URI.
///
/// ```cfg
/// $ru = "sip:192.0.2.1;ksu=c2lwOmFAYg";
/// contact_param_decode_ruri("ksu");
/// xinfo("$ru\n");   # log: sip:a@b
/// ```
#[script_function(contact_param_decode_ruri, routes = REQUEST)]
fn contact_param_decode_ruri(call: &mut Call, name: Text) -> Verdict {
    rewrite_request_uri(call, |uri| contact_code::decode_whole(uri, &name))
}

/// Removes the parameter `name` from the URIs in Contact.
///
/// ```cfg
/// if (contact_param_check("x")) contact_param_rm("x");
/// ```
#[script_function(contact_param_rm, routes = REQUEST | REPLY)]
fn contact_param_rm(call: &mut Call, name: Text) -> Verdict {
    rewrite_contacts(call, Brackets::Add, |uri| {
        Some(rewrite::without_param(uri, &name).unwrap_or_else(|| Text::from(uri.text())))
    })
}

/// Whether a URI in Contact has the parameter `name`.
///
/// ```cfg
/// if (contact_param_check("ksu")) xinfo("one of ours\n");
/// ```
#[script_function(contact_param_check, routes = ANY)]
fn contact_param_check(call: &mut Call, name: Text) -> Verdict {
    let message = &call.message;
    Verdict::of(message.contacts().filter_map(Result::ok).any(|contact| {
        let uri = contact
            .address()
            .and_then(|address| address.parse_uri(message.buffer()).ok());
        uri.is_some_and(|uri| uri.has_param(&name))
    }))
}

/// What is done about a URI without brackets.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Brackets {
    /// It stays without: it gets no parameters.
    Keep,
    /// It gets them.
    Add,
}

/// Replaces the URI of each Contact. False, with those before it replaced, when one cannot be read or rewritten.
fn rewrite_contacts(
    call: &mut Call,
    brackets: Brackets,
    rewrite: impl Fn(&Uri<'_>) -> Option<Text>,
) -> Verdict {
    let Call { message, edits, .. } = call;
    for contact in message.contacts() {
        let address = match contact {
            Ok(Contact::Star(_)) => continue,
            Ok(Contact::Address(address)) => address,
            Err(_) => return Verdict::FALSE,
        };
        let uri = address.parse_uri(message.buffer()).ok();
        let Some((uri, changed)) = uri.and_then(|uri| Some((uri, rewrite(&uri)?))) else {
            return Verdict::FALSE;
        };
        if changed == *uri.text() {
            continue;
        }
        let changed = if address.is_bracketed || brackets == Brackets::Keep {
            changed
        } else {
            Text::concat(&[b"<", &changed, b">"])
        };
        edits.replace(address.uri, changed.into_bytes());
    }
    Verdict::TRUE
}

fn rewrite_request_uri(call: &mut Call, rewrite: impl Fn(&Uri<'_>) -> Option<Text>) -> Verdict {
    match Uri::parse(call.request_uri())
        .ok()
        .and_then(|uri| rewrite(&uri))
    {
        Some(uri) => {
            // One that stays as it is is no destination of the script's.
            if *uri != *call.request_uri() {
                call.set_request_uri(uri);
            }
            Verdict::TRUE
        }
        None => Verdict::FALSE,
    }
}
