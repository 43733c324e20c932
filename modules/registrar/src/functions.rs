//! Script functions.

use crate::Registrar;
use crate::aor::AorName;
use crate::contacts::{Profile, Profiles};
use crate::domain_arg::DomainArg;
use crate::lookup::{Lists, Match, Use};
use crate::save_flags::SaveFlags;
use crate::{records, reply};
use mod_usrloc::{Binding, Domain, seconds};
use module_api::{Call, Literal, Step, Text, Verdict, relay, script_function};
use std::sync::Arc;

/// Does what a REGISTER asks for, in the location table `domain`, and answers it.
///
/// `flags` is a sum: 0x01 memory only, 0x02 no answer, 0x04 no other contacts besides, 0x08 lives are not made shorter at
/// random, 0x10 with 0x02: the header fields of the answer go into other responses. `uri` is the address-of-record where it
/// is not the one in To. The return code is 1 when contacts were added, 2 changed, 3 taken out, 4 only asked for, -2 when
/// there would be too many, -1 for all other failures.
///
/// ```cfg
/// if (is_method("REGISTER")) {
///     save("location");
///     exit;
/// }
/// ```
#[script_function(save, routes = REQUEST | FAILURE | REPLY, waits)]
pub fn save(
    registrar: &Registrar,
    call: &mut Call,
    domain: DomainArg,
    flags: Option<SaveFlags>,
    uri: Option<Text>,
) -> Step {
    let flags = flags.map_or(0, |flags| flags.0);
    crate::save::save(registrar, call, domain.0, flags, uri)
}

/// Sends the request to the contacts of the Request-URI, or of `uri`, as the location table `domain` knows them.
///
/// The first contact becomes the Request-URI, with its Path, the place it registered from and our socket; the others become
/// branches. The return code is -1 when there are none, -2 when none takes the method, -3 for a URI that is none.
///
/// ```cfg
/// if (!lookup("location")) {
///     sl_send_reply("404", "Not Found");
///     exit;
/// }
/// ```
#[script_function(lookup, routes = REQUEST | FAILURE, waits)]
pub fn lookup(
    registrar: &Registrar,
    call: &mut Call,
    domain: DomainArg,
    uri: Option<Text>,
) -> Step {
    crate::lookup::lookup(registrar, call, domain.0, uri, Use::Request)
}

/// Like `lookup`, with all contacts as branches; the Request-URI stays.
///
/// ```cfg
/// lookup_to_dset("location", "sip:bob@example.org");
/// ```
#[script_function(lookup_to_dset, routes = REQUEST | FAILURE, waits)]
pub fn lookup_to_dset(
    registrar: &Registrar,
    call: &mut Call,
    domain: DomainArg,
    uri: Option<Text>,
) -> Step {
    crate::lookup::lookup(registrar, call, domain.0, uri, Use::Branches)
}

/// Does `lookup` for the Request-URI and for each branch that is nothing but a URI.
///
/// ```cfg
/// lookup_branches("location");
/// ```
#[script_function(lookup_branches, routes = REQUEST | FAILURE, waits)]
pub fn lookup_branches(registrar: &Registrar, call: &mut Call, domain: DomainArg) -> Step {
    crate::lookup::lookup_branches(registrar, call, domain.0)
}

/// Finds the contacts of `uri` as `lookup` does, but tells of them in lists only.
///
/// `$xavp(rxname)` has the address-of-record as `aor` and the number of contacts as `count`. `$xavp(cxname)` has an item for each contact,
/// the best first: `uri` is the contact, `dsturi` where it is reached if that is elsewhere, `socket` that of ours which it registered
/// with. The return codes are those of `lookup`.
///
/// ```cfg
/// if (lookup_xavp("location", "sip:bob@example.org", "bob", "places")) {
///     xinfo("$xavp(bob=>count): $xavp(places=>uri)\n");
/// }
/// ```
#[script_function(lookup_xavp, routes = ANY, waits)]
pub fn lookup_xavp(
    registrar: &Registrar,
    call: &mut Call,
    table: Text,
    uri: Text,
    rxname: Text,
    cxname: Text,
) -> Step {
    let Some(domain) = table_named(registrar, call, &table) else {
        return Verdict(-3).into();
    };
    let names = Lists {
        record: rxname,
        contacts: cxname,
    };
    crate::lookup::lookup(registrar, call, domain, Some(uri), Use::Lists(names))
}

fn valid_bindings(call: &Call, bindings: &[Binding]) -> Vec<Binding> {
    let now = seconds(call.unix_time);
    let valid = bindings.iter().filter(|b| b.facts.is_valid(now));
    valid.cloned().collect()
}

/// Whether the address-of-record of the Request-URI (of To in a response), or of `uri`, has a contact in `domain`.
///
/// `match_option` is a sum of what the contact has to be like: 1 its Call-ID is `match_callid`, 2 the place it came from is
/// `match_received`, 4 its URI is `match_contact`, all of them items of the `$xavp` that `xavp_cfg` names. `match_action` is
/// a sum too: 1 puts back what the script kept with the contact, 2 leaves `xavp_rcd` alone.
///
/// ```cfg
/// if (registered("location", "sip:bob@example.org")) {
///     xinfo("bob is there\n");
/// }
/// ```
#[script_function(registered, routes = ANY, waits)]
pub fn registered(
    registrar: &Registrar,
    call: &mut Call,
    domain: DomainArg,
    uri: Option<Text>,
    match_option: Option<i64>,
    match_action: Option<i64>,
) -> Step {
    let uri = match uri {
        Some(uri) if uri.is_empty() => return Verdict::FALSE.into(),
        Some(uri) => uri,
        None if call.message.is_request() => Text::from(call.request_uri()),
        None => match call.message.to() {
            Ok(to) => Text::from(call.message.text(to.uri)),
            Err(_) => return Verdict::FALSE.into(),
        },
    };
    let wanted = Match::of(registrar, call, match_option.unwrap_or(0));
    let actions = match_action.unwrap_or(0);
    crate::lookup::registered(registrar, call, domain.0, &uri, wanted, actions)
}

/// Adds a header field to the request that says the socket it came in on, as `proto:host:port`.
///
/// ```cfg
/// add_sock_hdr("Sock-Info");
/// ```
#[script_function(add_sock_hdr, routes = REQUEST)]
pub fn add_sock_hdr(call: &mut Call, name: Text) -> Verdict {
    let Some(socket) = call.runtime.sockets.get(call.reception.socket) else {
        return Verdict::FALSE;
    };
    let line = Text::concat(&[&name, b": ", &socket.text(), b"\r\n"]);
    let Call { message, edits, .. } = call;
    edits.append_header(message, line.into_bytes());
    Verdict::TRUE
}

/// Takes all contacts of the address-of-record of `uri` out of `domain`, or the one of the unique name `ruid`.
///
/// The return code is -1 when `uri` is none, -2 when nothing can be done, -3 when there is no such contact.
///
/// ```cfg
/// unregister("location", "sip:bob@example.org");
/// ```
#[script_function(unregister, routes = ANY, waits)]
pub fn unregister(
    registrar: &Registrar,
    call: &mut Call,
    domain: DomainArg,
    uri: Text,
    ruid: Option<Text>,
) -> Step {
    match (registrar.aor(&uri), ruid) {
        (Ok(aor), ruid) => remove(registrar, call, domain.0, aor.name, ruid),
        (Err(_), Some(ruid)) if uri.is_empty() => {
            let table = domain.0.clone();
            records::named(
                registrar,
                call,
                &table,
                &ruid.clone(),
                move |registrar, call, name| match name {
                    Some(name) => remove(registrar, call, domain.0, name, Some(ruid)),
                    None => Verdict(-2).into(),
                },
            )
        }
        (Err(_), _) => {
            call.error(format_args!("`{uri}` is no URI of an address-of-record"));
            Verdict::FALSE.into()
        }
    }
}

fn remove(
    registrar: &Registrar,
    call: &mut Call,
    domain: Arc<Domain>,
    name: AorName,
    ruid: Option<Text>,
) -> Step {
    records::change(
        registrar,
        call,
        domain,
        name,
        move |_, _, access| match &ruid {
            None => {
                access.take(|_| true);
                Verdict::TRUE
            }
            Some(ruid) => {
                let taken = access.take(|binding| *binding.ruid() == **ruid);
                if taken.is_empty() {
                    Verdict(-3)
                } else {
                    Verdict::TRUE
                }
            }
        },
        |_, _, verdict, kept| match kept {
            Ok(()) => verdict.into(),
            Err(_) => Verdict(-2).into(),
        },
    )
}

/// Fetches the contacts of the address-of-record of `uri` for `$ulc(profile=>...)`. False when there are none.
///
/// ```cfg
/// if (reg_fetch_contacts("location", "sip:bob@example.org", "callee")) {
///     xinfo("$ulc(callee=>count) contacts, first $ulc(callee=>addr)\n");
/// }
/// ```
#[script_function(reg_fetch_contacts, routes = REQUEST | FAILURE, waits)]
pub fn reg_fetch_contacts(
    registrar: &Registrar,
    call: &mut Call,
    domain: DomainArg,
    uri: Text,
    profile: Literal,
) -> Step {
    let Ok(aor) = registrar.aor(&uri) else {
        call.error(format_args!("`{uri}` is no URI of an address-of-record"));
        return Verdict::FALSE.into();
    };
    let fetched = Profile {
        domain: domain.0.name().clone(),
        aor: Text::from(&aor.name[..]),
        bindings: Vec::new(),
    };
    records::look(
        registrar,
        call,
        domain.0,
        aor.name,
        |_, call, found| valid_bindings(call, found.map_or(&[], |found| found.bindings())),
        move |_, call, bindings| {
            let is_there = !bindings.is_empty();
            let mut profiles = call.notes.take::<Profiles>().unwrap_or_default();
            if is_there {
                profiles.set(
                    profile.0,
                    Profile {
                        bindings,
                        ..fetched
                    },
                );
            } else {
                profiles.remove(&profile.0);
            }
            call.notes.set(profiles);
            Verdict::of(is_there).into()
        },
    )
}

/// Forgets the contacts that were fetched for `profile`.
///
/// ```cfg
/// reg_fetch_contacts("location", "sip:bob@example.org", "callee");
/// reg_free_contacts("callee");
/// xinfo("$ulc(callee=>count)\n");   # log: <null>
/// ```
#[script_function(reg_free_contacts, routes = REQUEST | FAILURE)]
pub fn reg_free_contacts(call: &mut Call, profile: Literal) -> Verdict {
    if let Some(profiles) = call.notes.get_mut::<Profiles>() {
        profiles.remove(&profile.0);
    }
    Verdict::TRUE
}

/// Whether the message came from where a contact of the address-of-record of `uri` is.
///
/// That is where it was received from, else the contact itself. The address has to be the same; `mode` is the sum of 1: the port too; and
/// 2: the transport too.
///
/// ```cfg
/// if (!reg_from_user("location", "$fu", 3)) {
///     sl_send_reply("403", "Not registered from here");
/// }
/// ```
#[script_function(reg_from_user, routes = ANY, waits)]
pub fn reg_from_user(
    registrar: &Registrar,
    call: &mut Call,
    table: Text,
    uri: Text,
    mode: i64,
) -> Step {
    let Some((domain, aor)) = find(registrar, call, &table, &uri) else {
        return Verdict::FALSE.into();
    };
    records::look(
        registrar,
        call,
        domain,
        aor,
        move |_, call, found| {
            let bindings = valid_bindings(call, found.map_or(&[], |found| found.bindings()));
            bindings.iter().any(|binding| is_from(call, binding, mode))
        },
        |_, _, is_there| Verdict::of(is_there).into(),
    )
}

/// A location table by its name, and the name of the address-of-record of a URI; a missing table is the script's mistake.
fn find(
    registrar: &Registrar,
    call: &mut Call,
    table: &Text,
    uri: &[u8],
) -> Option<(Arc<Domain>, AorName)> {
    let domain = table_named(registrar, call, table)?;
    Some((domain, registrar.aor(uri).ok()?.name))
}

fn table_named(registrar: &Registrar, call: &mut Call, table: &Text) -> Option<Arc<Domain>> {
    let domain = registrar.usrloc.find_domain(table);
    if domain.is_none() {
        call.error(format_args!("there is no location table `{table}`"));
    }
    domain
}

/// Whether the message came from where the contact is.
fn is_from(call: &Call, binding: &Binding, mode: i64) -> bool {
    let texts = binding.texts();
    let place = match texts.received {
        b"" => texts.contact,
        received => received,
    };
    let Some(hop) = relay::numeric_hop(place) else {
        return false;
    };
    let reception = &call.reception;
    hop.address.ip() == reception.peer.ip()
        && (mode & 1 == 0 || hop.address.port() == reception.peer.port())
        && (mode & 2 == 0 || hop.transport == reception.transport)
}

/// Sends the answer that `save` has prepared with its flag 0x02.
///
/// ```cfg
/// if (is_method("REGISTER")) {
///     save("location", "0x02");
///     reg_send_reply();
/// }
/// ```
#[script_function(reg_send_reply, routes = REQUEST | FAILURE, waits)]
pub fn reg_send_reply(registrar: &Registrar, call: &mut Call) -> Step {
    reply::send_pending(registrar, call)
}
