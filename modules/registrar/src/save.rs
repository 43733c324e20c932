//! `save`: from a REGISTER to a location table and its answer.

mod apply;

use crate::aor::AorName;
use crate::refusal::Refusal;
use crate::reply::{self, Answering, Gruu, Listing};
use crate::request::{self, Contacts, Overrides, Supports};
use crate::save_flags::{NO_RANDOM, NO_REPLY, ONE_CONTACT, ONLY_MEMORY, PREPARE_REPLY};
use crate::{Registrar, lookup, path, records};
use mod_usrloc::{Domain, Facts, MEMORY_ONLY, NO_SOCKET, seconds};
use module_api::{Call, SocketId, Step, Text, Value, Verdict, XavpList, relay};
use sip::{HeaderId, Message};
use std::sync::Arc;

/// What a registration wants to have done.
struct Plan {
    message: Message,
    aor: AorName,
    contacts: Contacts,
    supports: Supports,
    /// What all its bindings have in common.
    facts: Facts,
    /// Where it came from, as the script says; empty when it does not.
    received: Text,
    /// The same as the Path says, when that is asked for.
    received_of_path: Option<Text>,
    path: Vec<u8>,
    /// Whether there is a Path that the other side does not support and has to.
    lacks_path_support: bool,
    attributes: Option<Box<XavpList>>,
    contacts_max: i64,
    has_one_contact: bool,
    now: u32,
}

/// Does what a REGISTER asks for, and answers it.
pub fn save(
    registrar: &Registrar,
    call: &mut Call,
    domain: Arc<Domain>,
    flags: u32,
    uri: Option<Text>,
) -> Step {
    if uri.as_ref().is_some_and(Text::is_empty) {
        call.error(format_args!("save() was given an empty URI"));
        return Verdict::FALSE.into();
    }
    let answering = match (call.message.is_request(), flags & NO_REPLY != 0) {
        (false, _) => Answering::Never,
        (true, false) => Answering::Now,
        (true, true) if flags & PREPARE_REPLY != 0 => Answering::LaterWithHeaders,
        (true, true) => Answering::Later,
    };
    let plan = match Plan::read(registrar, call, &domain, flags, uri) {
        // It goes from hand to hand, and is too large to be copied each time.
        Ok(plan) => Box::new(plan),
        Err(refusal) => return refuse_early(registrar, call, answering, refusal),
    };
    let mut headers = reply::headers(call, answering);
    let start = headers.len();
    let aor = plan.aor.clone();
    let table = domain.clone();
    records::change(
        registrar,
        call,
        domain,
        aor,
        move |registrar, call, access| {
            let applied = apply::apply(registrar, call, &plan, access);
            plan.write_contacts(registrar, access.bindings(), &mut headers);
            let shown = lookup::details_of_all(registrar, access.bindings(), plan.now);
            (plan, applied, headers, shown)
        },
        move |registrar, call, (plan, mut applied, mut headers, shown), kept| {
            if kept.is_err() && applied.refusal.is_none() {
                headers.truncate(start);
                applied.refusal = Some(Refusal::Storage);
                applied.code = Refusal::Storage.code();
            }
            match applied.refusal {
                None => {
                    note_places(registrar, call, &table, &plan.aor, &applied.places);
                    let path = applied.uses_path.then_some(plan.path.as_slice());
                    let path = path.unwrap_or_default();
                    reply::write_accepted(registrar, &plan.supports, path, &mut headers);
                }
                Some(refusal) => {
                    let Plan { supports, path, .. } = &*plan;
                    reply::write_refused(registrar, refusal, supports, path, &mut headers);
                }
            }
            if kept.is_ok() && !shown.is_empty() {
                lookup::add_to_list(call, &registrar.params.xavp_rcd, shown);
            }
            let (refusal, code) = (applied.refusal, applied.code);
            reply::finish(registrar, call, answering, headers, refusal, code)
        },
    )
}

/// Notes where the new bindings of an address-of-record are to be found.
#[inline]
fn note_places(
    registrar: &Registrar,
    call: &Call,
    table: &Arc<Domain>,
    aor: &[u8],
    places: &[apply::Place],
) {
    for noted in places {
        table.note_places(aor, None, noted.ruid.as_deref());
        if let Some(connection) = noted.connection {
            let usrloc = &registrar.usrloc;
            usrloc.note_connection(&call.runtime, table, aor, connection);
        }
    }
}

/// Refuses before the table was looked at.
fn refuse_early(
    registrar: &Registrar,
    call: &mut Call,
    answering: Answering,
    refusal: Refusal,
) -> Step {
    let mut headers = reply::headers(call, answering);
    let supports = Supports::default();
    reply::write_refused(registrar, refusal, &supports, b"", &mut headers);
    let code = refusal.code();
    reply::finish(registrar, call, answering, headers, Some(refusal), code)
}

impl Plan {
    fn read(
        registrar: &Registrar,
        call: &mut Call,
        domain: &Domain,
        flags: u32,
        uri: Option<Text>,
    ) -> Result<Plan, Refusal> {
        let name = aor_name(registrar, &call.message, uri.as_ref());
        // By the time the table is looked at, what of it is needed has come from memory.
        let hash = name.as_ref().map_or(0, |name| domain.hash(name));
        domain.fetch_shard(hash);
        let message = relay::with_rewritten_contacts(call);
        let overrides = Overrides::of(registrar, call);
        let no_random = flags & NO_RANDOM != 0;
        let mut contacts = request::contacts(registrar, call, &message, &overrides, no_random)?;
        let name = name?;
        if user_length(&name, registrar.usrloc.params.use_domain) > LONGEST_USER {
            return Err(Refusal::LongAor);
        }
        if message.headers_of(HeaderId::CSeq).count() > 1 {
            return Err(Refusal::BadCSeq);
        }
        let supports = Supports::of(&message);
        let params = &registrar.params;
        if params.outbound_mode == 0 && supports.needs_outbound {
            return Err(Refusal::OutboundUnsupported);
        }
        // Who says nothing at all of what it supports is let in (observed on 5.6.3).
        if params.outbound_mode == 2 && !supports.outbound && message.has(HeaderId::Supported) {
            return Err(Refusal::OutboundNotSupported);
        }
        let path = read_path(registrar, &message, &mut contacts, &supports)?;
        let received = registrar.received(call);
        let received_of_path = if params.path_use_received {
            path::received(&path).map(Text::from)
        } else {
            None
        };
        let longest = usize::try_from(params.contact_max_size).unwrap_or(usize::MAX);
        if received_of_path.as_ref().unwrap_or(&received).len() > longest {
            return Err(Refusal::TooLong);
        }
        let now = seconds(call.unix_time);
        let mut facts = common_facts(registrar, call, &message, now);
        if received_of_path.is_some() {
            facts.branch_flags |= registrar.usrloc.nat_flag();
        }
        facts.keepalive = facts.branch_flags & registrar.usrloc.nat_flag() != 0;
        if flags & ONLY_MEMORY != 0 {
            facts.flags |= MEMORY_ONLY;
        }
        domain.fetch_record(hash);
        Ok(Plan {
            aor: name,
            contacts,
            supports,
            facts,
            received,
            received_of_path,
            lacks_path_support: params.path_mode == 2 && !supports.path && !path.is_empty(),
            path,
            attributes: attributes(registrar, call),
            contacts_max: overrides.max_contacts.unwrap_or(params.max_contacts.get()),
            has_one_contact: flags & ONE_CONTACT != 0,
            now,
            message,
        })
    }

    fn write_contacts(
        &self,
        registrar: &Registrar,
        bindings: &[mod_usrloc::Binding],
        out: &mut Vec<u8>,
    ) {
        let uri = || self.message.to_uri().ok();
        let wants_gruu = self.supports.gruu && registrar.params.gruu_enabled;
        let gruu = wants_gruu.then(uri).flatten().map(|uri| Gruu {
            public: self.aor_uri(registrar, uri.host()),
            host: uri.host(),
        });
        let listing = Listing {
            now: self.now,
            aor: &self.aor,
            gruu,
        };
        reply::write_contacts(registrar, &listing, bindings, out);
    }

    /// User and host of the address-of-record as it is known here: who writes it in another way has the same GRUUs (RFC 5627 §3.1).
    fn aor_uri(&self, registrar: &Registrar, host: &[u8]) -> Vec<u8> {
        let length = user_length(&self.aor, registrar.usrloc.params.use_domain);
        let (user, domain) = self.aor.split_at_checked(length).unwrap_or_default();
        let mut uri = Vec::new();
        sip::escape_user(user, &mut uri);
        match domain {
            [] => {
                uri.push(b'@');
                uri.extend_from_slice(host);
            }
            domain => uri.extend_from_slice(domain),
        }
        uri
    }
}

/// The address-of-record that is meant: that of `uri` if there is one, of To otherwise.
fn aor_name(
    registrar: &Registrar,
    message: &Message,
    uri: Option<&Text>,
) -> Result<AorName, Refusal> {
    let aor = match uri {
        Some(uri) => registrar.aor(uri).map_err(|_| Refusal::BadUri)?,
        None => registrar.aor_of(&message.to_uri().map_err(|_| Refusal::BadAor)?)?,
    };
    Ok(aor.name)
}

/// How many octets of an address-of-record may come before its domain (observed on 5.6.3).
const LONGEST_USER: usize = 64;

fn user_length(aor: &[u8], has_domain: bool) -> usize {
    let at = has_domain.then(|| aor.iter().rposition(|octet| *octet == b'@'));
    at.flatten().unwrap_or(aor.len())
}

/// The Path to be kept.
fn read_path(
    registrar: &Registrar,
    message: &Message,
    contacts: &mut Contacts,
    supports: &Supports,
) -> Result<Vec<u8>, Refusal> {
    let params = &registrar.params;
    let mut path = Vec::new();
    // Whoever asks, or takes all out, is at the end of no path (observed on 5.6.3).
    let Contacts::List(list) = contacts else {
        return Ok(path);
    };
    if message.has(HeaderId::Path) {
        path::collect(message, &mut path);
    }
    // RFC 5626 §6: a proxy in between that does not keep the flow makes it useless.
    if params.outbound_mode != 0
        && !params.regid_mode
        && list.iter().any(|wanted| wanted.names_flow)
        && message.vias().count() > 1
        && !path::has_outbound(&path)
    {
        if supports.outbound {
            return Err(Refusal::FirstHopLacksOutbound);
        }
        list.iter_mut().for_each(|wanted| wanted.reg_id = 0);
    }
    if !params.use_path {
        path.clear();
    }
    Ok(path)
}

fn common_facts(registrar: &Registrar, call: &Call, message: &Message, now: u32) -> Facts {
    let reception = &call.reception;
    let connection = reception
        .connection
        .filter(|_| reception.transport.is_stream());
    let socket = socket(registrar, call, message);
    Facts {
        modified: now,
        last_keepalive: now,
        cseq: message.cseq().map(|cseq| cseq.number).unwrap_or_default(),
        branch_flags: call.target.flags,
        server_id: registrar.usrloc.server_id(),
        connection: connection.map_or(0, |connection| connection.0),
        socket: socket.map_or(NO_SOCKET, |socket| socket.0),
        advertised: registrar.params.sock_mode
            && socket
                .and_then(|id| call.runtime.sockets.get(id))
                .is_some_and(|socket| socket.advertised.is_some()),
        ..Facts::default()
    }
}

/// Our socket the REGISTER counts as received on.
fn socket(registrar: &Registrar, call: &Call, message: &Message) -> Option<SocketId> {
    let params = &registrar.params;
    let named = |text: &[u8]| {
        let mut sockets = call.runtime.sockets.list.iter();
        let found = sockets.find(|socket| {
            let shown = socket.text();
            // Without the transport, UDP is meant.
            *shown == *text
                || shown
                    .strip_prefix(b"udp:")
                    .is_some_and(|shown| shown == text)
        });
        found.map(|socket| socket.id)
    };
    let flag = u32::try_from(params.sock_flag).ok();
    if let Some(flag) = flag.and_then(|flag| 1u32.checked_shl(flag))
        && call.flags.message & flag != 0
        && !params.sock_hdr_name.is_empty()
    {
        let mut fields = message.headers_named(&params.sock_hdr_name);
        if let Some(socket) = fields.next().and_then(|field| named(message.value(field))) {
            return Some(socket);
        }
    }
    match registrar.setting(call, b"socket") {
        Value::Str(text) => named(&text).or(Some(call.reception.socket)),
        _ => Some(call.reception.socket),
    }
}

/// The attributes that are kept with the contacts (`xavp_contact` of usrloc).
fn attributes(registrar: &Registrar, call: &Call) -> Option<Box<XavpList>> {
    let name = &registrar.usrloc.params.xavp_contact;
    if name.is_empty() {
        return None;
    }
    let list = call.attributes.xavps.children(name, 0)?;
    Some(Box::new(list.clone()))
}
