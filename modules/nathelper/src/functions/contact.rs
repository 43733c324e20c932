//! Contacts.

use crate::{Nathelper, contact};
use module_api::{Call, PvarRef, Text, Verdict, script_function};
use sip::alias;
use sip::{Contact, NameAddr, Transport, Uri};

/// Puts the source address and port into the Contact.
///
/// ```cfg
/// if (nat_uac_test("1")) fix_nated_contact();
/// ```
#[script_function(fix_nated_contact, routes = REQUEST | BRANCH | LOCAL | REPLY)]
fn fix_nated_contact(call: &mut Call) -> Verdict {
    replace(call, Brackets::Keep, |call, uri| {
        contact::with_source(call, uri)
    })
}

/// Puts the source into the Contact as the parameter `alias=address~port~transport`, if it differs from what is there.
///
/// The return code is 2 when there is nothing to do.
///
/// ```cfg
/// add_contact_alias();
/// ```
#[script_function(add_contact_alias, routes = REQUEST | BRANCH | LOCAL | REPLY)]
fn add_contact_alias(nathelper: &Nathelper, call: &mut Call) -> Verdict {
    let message = call.message.clone();
    let Some(address) = contact::address(&message) else {
        return nothing_to_alias(call);
    };
    let reception = &call.reception;
    let is_source = contact::uri(&message, &address).is_some_and(|uri| {
        // COMPAT: a Contact that names no transport always gets an alias (observed on 5.6.3).
        uri.host_address() == Some(reception.peer.ip())
            && uri.port_or_default() == reception.peer.port()
            && uri.transport() == Some(reception.transport)
    });
    if is_source {
        return Verdict(2);
    }
    let alias = source_alias(call);
    let name = &nathelper.params.alias_name;
    replace(call, Brackets::Add, |_, uri| {
        contact::with_param_first(uri, name, &alias)
    })
}

/// Puts an alias of these three into the Contact.
///
/// ```cfg
/// add_contact_alias("192.0.2.1", "5060", "tcp");
/// ```
#[script_function(add_contact_alias, routes = REQUEST | FAILURE | BRANCH | REPLY)]
fn add_contact_alias_of(
    nathelper: &Nathelper,
    call: &mut Call,
    ip_addr: Text,
    port: Text,
    proto: Text,
) -> Verdict {
    if contact::address(&call.message).is_none() {
        return nothing_to_alias(call);
    }
    let port = stdx::number::parse_i64(&port).filter(|port| (1..=65535).contains(port));
    let transport = Transport::from_name(&proto);
    let (Some(port), Some(transport), Some(_)) = (port, transport, sip::parse_address(&ip_addr))
    else {
        call.error(format_args!(
            "address, port or transport of the alias cannot be used"
        ));
        return Verdict::FALSE;
    };
    let alias = alias::write(&ip_addr, port, transport);
    let name = &nathelper.params.alias_name;
    replace(call, Brackets::Add, |_, uri| {
        contact::with_param_first(uri, name, &alias)
    })
}

/// Puts the source into the Contact as the parameter `alias=address~port~transport`; with `trim` 1 in the place of one that is there.
///
/// ```cfg
/// set_contact_alias();
/// ```
#[script_function(set_contact_alias, routes = REQUEST | BRANCH | LOCAL | REPLY)]
fn set_contact_alias(nathelper: &Nathelper, call: &mut Call, trim: Option<i64>) -> Verdict {
    let alias = source_alias(call);
    let name = &nathelper.params.alias_name;
    let trims = trim.is_some_and(|trim| trim != 0);
    replace(call, Brackets::Add, |_, uri| {
        contact::with_param_last(uri, name, &alias, trims)
    })
}

/// Puts the URI that the alias in the Contact stands for into `target`.
///
/// ```cfg
/// if (!set_alias_to_pv("$avp(alias)")) xinfo("no alias\n");   # log: no alias
/// ```
#[script_function(set_alias_to_pv, routes = ANY)]
fn set_alias_to_pv(nathelper: &Nathelper, call: &mut Call, target: PvarRef) -> Verdict {
    let message = call.message.clone();
    let uri = contact::address(&message).and_then(|address| contact::uri(&message, &address));
    let Some(alias) = uri.and_then(|uri| uri.param(&nathelper.params.alias_name)) else {
        return Verdict::FALSE;
    };
    let Ok(mut uri) = alias::uri(alias) else {
        return Verdict::FALSE;
    };
    if stdx::ascii::find(&uri, b";transport=").is_none() {
        uri.extend_from_slice(b";transport=udp");
    }
    Verdict::of(target.set(call, uri).is_ok())
}

/// Adds the source to the Contacts as the parameter `received`; with `flag` 1 to their URIs, which works over UDP only.
///
/// ```cfg
/// add_rcv_param();
/// ```
#[script_function(add_rcv_param, routes = REQUEST)]
fn add_rcv_param(call: &mut Call, flag: Option<i64>) -> Verdict {
    let in_uri = flag.is_some_and(|flag| flag != 0);
    if in_uri && call.reception.transport != Transport::Udp {
        call.error(format_args!(
            "a Contact URI can tell the source only for UDP"
        ));
        return Verdict::FALSE;
    }
    let source = contact::source_uri(call);
    let Call { message, edits, .. } = call;
    for contact in message.contacts().filter_map(Result::ok) {
        let Contact::Address(address) = contact else {
            continue;
        };
        if in_uri {
            edits.insert(address.uri.end, [b";received=", &source[..]].concat());
        } else {
            let param = [b";received=\"", &source[..], b"\""].concat();
            edits.insert(address.whole.end, param);
        }
    }
    Verdict::TRUE
}

fn source_alias(call: &Call) -> Vec<u8> {
    let reception = &call.reception;
    let host = contact::source_host(call);
    alias::write(&host, i64::from(reception.peer.port()), reception.transport)
}

/// Nothing is to be done without a Contact; one that is no address is a mistake.
fn nothing_to_alias(call: &Call) -> Verdict {
    if call.message.has(sip::HeaderId::Contact) {
        Verdict::FALSE
    } else {
        Verdict(2)
    }
}

/// What is done about a URI without brackets.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Brackets {
    /// It stays without: its parameters are the header's.
    Keep,
    /// It gets them, since it gets parameters of its own.
    Add,
}

/// Replaces the URI of the Contact. False without one, or when it was replaced before.
fn replace(
    call: &mut Call,
    brackets: Brackets,
    change: impl Fn(&Call, &Uri<'_>) -> Vec<u8>,
) -> Verdict {
    let message = call.message.clone();
    let found: Option<(NameAddr, Uri<'_>)> = contact::address(&message)
        .and_then(|address| Some((address, contact::uri(&message, &address)?)));
    let Some((address, uri)) = found else {
        return Verdict::FALSE;
    };
    if call.edits.replacement(address.uri).is_some() {
        call.error(format_args!("the Contact has been changed before"));
        return Verdict::FALSE;
    }
    let mut changed = change(call, &uri);
    if brackets == Brackets::Add && !address.is_bracketed {
        changed.insert(0, b'<');
        changed.push(b'>');
    }
    // Also where nothing changes: the second time is refused then, too (observed on 5.6.3).
    call.edits.replace(address.uri, changed);
    Verdict::TRUE
}
