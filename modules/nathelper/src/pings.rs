//! Pings that keep the ways through NATs to registered contacts open.

use crate::Nathelper;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use diagnostics::codes;
use mod_usrloc::{AorBinding, Binding, Usrloc, seconds};
use module_api::{
    Admission, Call, Delivery, Diagnostic, Loader, LogLevel, NextHop, Runtime, SocketAddress,
    SocketId, SocketInfo, relay,
};
use sip::Transport;
use std::net::{IpAddr, SocketAddr, SocketAddrV4};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// What is sent where no answer is wanted.
const SILENT: [u8; 4] = [0; 4];
/// What the Call-ID of SIP pings begins with; behind it is the contact they are for.
const CALL_ID: &[u8] = b"natping-";

/// Registers the pings, if they are wanted.
pub fn start(nathelper: &Arc<Nathelper>, loader: &mut Loader<'_>) -> Result<(), Vec<Diagnostic>> {
    let interval = nathelper.params.natping_interval;
    if interval <= 0 {
        return Ok(());
    }
    let Some(usrloc) = loader.binder.module::<Usrloc>() else {
        return Err(vec![nathelper.mistake(
            "parameter `natping_interval` needs the module `usrloc`, loaded before `nathelper`",
        )]);
    };
    nathelper.check(&usrloc)?;
    let (pings, locations) = (nathelper.clone(), usrloc.clone());
    loader.hooks.every(
        "nathelper pings",
        Duration::from_secs(1),
        move |runtime, _| send_part(&pings, &locations, runtime),
    );
    let params = &nathelper.params;
    if params.udpping_from_path || !params.natping_socket.value.is_empty() {
        let pings = nathelper.clone();
        loader
            .hooks
            .on_start(move |runtime| prepare_sources(&pings, runtime));
    }
    if nathelper.params.keepalive_timeout > 0 {
        loader
            .hooks
            .on_response(move |call| answered(&usrloc, call));
    }
    Ok(())
}

/// Gets ready to send pings with addresses that are not ours, if they are wanted, and says what cannot be done.
fn prepare_sources(nathelper: &Nathelper, runtime: &Runtime) {
    let params = &nathelper.params;
    let text = &params.natping_socket.value;
    let is_ours = text.is_empty() || forced_socket(text, &runtime.sockets).is_some();
    if !is_ours && numeric_source(text).is_none() {
        runtime.log(
            LogLevel::Warning,
            format_args!(
                "{text} is no IPv4 address and port (natping_socket): pings leave with ours"
            ),
        );
    }
    if is_ours && !params.udpping_from_path {
        return;
    }
    let can = runtime.host.can_send_as();
    nathelper.can_send_as.store(can, Ordering::Relaxed);
    if !can {
        runtime.log(
            LogLevel::Warning,
            format_args!(
                "no raw socket can be opened, which takes the privilege CAP_NET_RAW: pings leave \
                 with our own addresses (udpping_from_path, natping_socket)"
            ),
        );
    }
}

/// How a contact is pinged.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// By four octets of zero.
    Silent,
    /// By a request that it answers.
    Request,
}

/// Pings the contacts whose turn it is: each second a part of the tables, each contact once an interval.
fn send_part(nathelper: &Nathelper, usrloc: &Arc<Usrloc>, runtime: &Arc<Runtime>) {
    if !nathelper.pings.load(Ordering::Relaxed) {
        return;
    }
    let params = &nathelper.params;
    let parts = usize::try_from(params.natping_interval).unwrap_or(1).max(1);
    let part = nathelper.tick.fetch_add(1, Ordering::Relaxed) as usize % parts;
    let now = seconds(runtime.host.unix_time());
    let timeout = u32::try_from(params.keepalive_timeout).unwrap_or(0);
    for domain in usrloc.domains() {
        let mut chosen: Vec<(AorBinding, Kind)> = Vec::new();
        domain.for_each_in_part(part, parts, &mut |record| {
            for binding in record.bindings() {
                if binding.facts.is_valid(now)
                    && let Some(kind) = nathelper.kind_for(usrloc, binding)
                {
                    let binding = binding.clone();
                    let aor = record.aor().into();
                    chosen.push((AorBinding { aor, binding }, kind));
                }
            }
        });
        for (contact, kind) in chosen {
            let source = nathelper.source_in_path(&contact, kind);
            let Some(hop) = nathelper.hop_to(&contact, source.is_some()) else {
                continue;
            };
            let silent_for = now.saturating_sub(contact.binding.facts.last_keepalive);
            let may_be_gone = kind == Kind::Request && hop.transport == Transport::Udp;
            if may_be_gone && timeout != 0 && silent_for > timeout {
                usrloc.take_out(runtime, &domain, &contact);
            } else {
                let source = source.or_else(|| nathelper.source_named(runtime, kind));
                nathelper.ping(runtime, &contact, kind, hop, source);
            }
        }
    }
}

fn has_flag(flags: u32, flag: i64) -> bool {
    u32::try_from(flag).is_ok_and(|flag| flags.checked_shr(flag).unwrap_or(0) & 1 == 1)
}

impl Nathelper {
    fn mistake(&self, what: &str) -> Diagnostic {
        let span = self.params.received_avp.span;
        Diagnostic::error(codes::params::BAD_PARAMETER, span, what)
    }

    /// Refuses what would ping nobody, as Kamailio does.
    fn check(&self, usrloc: &Usrloc) -> Result<(), Vec<Diagnostic>> {
        let params = &self.params;
        if params.ping_nated_only && usrloc.nat_flag() == 0 {
            return Err(vec![self.mistake(
                "parameter `ping_nated_only` of nathelper needs the parameter `nat_bflag` of usrloc",
            )]);
        }
        if params.sipping_bflag >= 0 && params.sipping_from.is_empty() {
            return Err(vec![self.mistake(
                "parameter `sipping_bflag` of nathelper needs the parameter `sipping_from`",
            )]);
        }
        Ok(())
    }

    /// How a contact is to be pinged, if at all.
    fn kind_for(&self, usrloc: &Usrloc, binding: &Binding) -> Option<Kind> {
        let (params, facts) = (&self.params, &binding.facts);
        let flags = facts.branch_flags;
        let is_left_out = has_flag(flags, params.natping_disable_bflag)
            || params.ping_nated_only && flags & usrloc.nat_flag() == 0
            || params.filter_server_id && facts.server_id != usrloc.server_id();
        if is_left_out {
            return None;
        }
        let wants_request = !params.ping_nated_only && params.sipping_bflag >= 0
            || has_flag(flags, params.sipping_bflag);
        match wants_request && !params.sipping_from.is_empty() {
            true => Some(Kind::Request),
            false => Some(Kind::Silent),
        }
    }

    /// The first URI of the Path of a contact, where it counts.
    fn path<'c>(&self, contact: &'c AorBinding) -> Option<&'c [u8]> {
        let path = contact.binding.texts().path;
        if self.params.ignore_path {
            return None;
        }
        let first = sip::CommaList::new(path).next()?;
        let first = sip::NameAddr::within(path, first).ok()?;
        Some(first.uri.of(path))
    }

    /// The address in the Path of a contact that its pings say they come from (`udpping_from_path`): that of the last URI, which
    /// stands for the proxy next to the contact. Without one, or with a name, there is none.
    ///
    /// COMPAT: 5.6.3 goes on with the address of the contact before then.
    fn source_in_path(&self, contact: &AorBinding, kind: Kind) -> Option<SocketAddrV4> {
        let can = self.can_send_as.load(Ordering::Relaxed);
        if kind != Kind::Silent || !self.params.udpping_from_path || !can {
            return None;
        }
        let path = contact.binding.texts().path;
        let last = sip::CommaList::new(path).last()?;
        let last = sip::NameAddr::within(path, last).ok()?;
        ipv4(relay::numeric_hop(last.uri.of(path))?.address)
    }

    /// The address that is not ours and that pings say they come from (`natping_socket`).
    fn source_named(&self, runtime: &Runtime, kind: Kind) -> Option<SocketAddrV4> {
        let text = &self.params.natping_socket.value;
        let can = self.can_send_as.load(Ordering::Relaxed);
        let wanted = kind == Kind::Silent && can && !text.is_empty();
        if !wanted || forced_socket(text, &runtime.sockets).is_some() {
            return None;
        }
        numeric_source(text)
    }

    /// Where pings of a contact go: along its Path, unless they come from there. A name is not resolved: behind a NAT there is an
    /// address.
    fn hop_to(&self, contact: &AorBinding, is_from_path: bool) -> Option<NextHop> {
        let texts = contact.binding.texts();
        let place = match self.path(contact).filter(|_| !is_from_path) {
            Some(path) => path,
            None if texts.received.is_empty() => texts.contact,
            None => texts.received,
        };
        relay::numeric_hop(place)
    }

    fn ping(
        &self,
        runtime: &Runtime,
        contact: &AorBinding,
        kind: Kind,
        hop: NextHop,
        source: Option<SocketAddrV4>,
    ) {
        if kind == Kind::Silent && hop.transport != Transport::Udp {
            return;
        }
        if let (Some(source), Some(peer)) = (source, ipv4(hop.address)) {
            // What does not leave is lost, as a datagram may be.
            let _ = runtime.host.send_as(source, peer, &SILENT);
            return;
        }
        let Some(socket) = self.socket_for(runtime, contact, kind, hop) else {
            return;
        };
        let delivery = Delivery {
            transport: hop.transport,
            peer: hop.address,
            socket: socket.id,
            connection: contact.binding.facts.connection(),
            no_connect: true,
            close_after: false,
            anew: None,
        };
        match kind {
            Kind::Silent => runtime.host.send(&delivery, &SILENT),
            Kind::Request => {
                let request = self.request(runtime, contact, socket);
                runtime.host.send(&delivery, &request)
            }
        };
    }

    /// The socket a ping leaves by: that of `natping_socket`, where no answer is wanted, else that of `force_socket`, else that
    /// of the registration, else the first that can.
    fn socket_for<'r>(
        &self,
        runtime: &'r Runtime,
        contact: &AorBinding,
        kind: Kind,
        hop: NextHop,
    ) -> Option<&'r SocketInfo> {
        let sockets = &runtime.sockets;
        let params = &self.params;
        let source = forced_socket(&params.natping_socket.value, sockets);
        let source = source.filter(|_| kind == Kind::Silent);
        let forced = forced_socket(&params.force_socket.value, sockets);
        let known = [source, forced, contact.binding.facts.socket()];
        known
            .into_iter()
            .flatten()
            .filter_map(|id| sockets.get(id))
            .find(|socket| socket.transport == hop.transport)
            .or_else(|| sockets.reaching(hop.transport, hop.address.ip()))
    }

    fn request(&self, runtime: &Runtime, contact: &AorBinding, socket: &SocketInfo) -> Vec<u8> {
        let (params, texts) = (&self.params, contact.binding.texts());
        // A phone would take a request with the numbers of a former process for a repetition.
        let mut count = Vec::with_capacity(24);
        stdx::hex::push_number(&mut count, runtime.host.unix_time().as_micros() as u64);
        count.push(b'.');
        stdx::hex::push_number(&mut count, self.count.fetch_add(1, Ordering::Relaxed));
        let mut port = Vec::with_capacity(5);
        stdx::number::push_decimal(&mut port, socket.shown_port());
        let id = [&*contact.aor, b"\n", texts.ruid].concat();
        let id = URL_SAFE_NO_PAD.encode(id);
        let route: &[&[u8]] = if self.path(contact).is_some() {
            &[b"Route: ", texts.path, b"\r\n"]
        } else {
            &[]
        };
        let (before, after): (&[u8], &[u8]) = match params.sipping_from.contains(&b'<') {
            true => (b"", b""),
            false => (b"<", b">"),
        };
        let parts: &[&[u8]] = &[
            &params.sipping_method,
            b" ",
            texts.contact,
            b" SIP/2.0\r\nVia: SIP/2.0/",
            socket.transport.via_name().as_bytes(),
            b" ",
            socket.shown_host(),
            b":",
            &port,
            b";branch=z9hG4bKnat.",
            &count,
            b"\r\n",
        ];
        let rest: &[&[u8]] = &[
            b"From: ",
            before,
            &params.sipping_from,
            after,
            b";tag=uloc-",
            &count,
            b"\r\nTo: <",
            texts.contact,
            b">\r\nCall-ID: ",
            CALL_ID,
            id.as_bytes(),
            b"-",
            &count,
            b"\r\nCSeq: 1 ",
            &params.sipping_method,
            b"\r\n",
            &runtime.settings.user_agent_line,
            b"Content-Length: 0\r\n\r\n",
        ];
        [parts, route, rest].concat().concat()
    }
}

fn ipv4(address: SocketAddr) -> Option<SocketAddrV4> {
    match address {
        SocketAddr::V4(address) => Some(address),
        SocketAddr::V6(_) => None,
    }
}

/// The address that `natping_socket` names.
fn numeric_source(text: &[u8]) -> Option<SocketAddrV4> {
    let named = SocketAddress::parse(text)?.with_default_port();
    match sip::parse_address(named.host)? {
        IpAddr::V4(address) => Some(SocketAddrV4::new(address, named.port?)),
        IpAddr::V6(_) => None,
    }
}

/// The socket that `force_socket` names: `address:port`, with `udp:` in front or without.
fn forced_socket(text: &[u8], sockets: &module_api::Sockets) -> Option<SocketId> {
    let text = std::str::from_utf8(text).ok()?;
    let address: SocketAddr = text.strip_prefix("udp:").unwrap_or(text).parse().ok()?;
    let socket = sockets.find(Some(Transport::Udp), address);
    socket.map(|socket| socket.id)
}

/// Takes the answer to one of our requests: its contact is alive.
fn answered(usrloc: &Usrloc, call: &mut Call) -> Admission {
    let message = call.message.clone();
    let id = message.call_id().unwrap_or_default();
    let Some(id) = id.strip_prefix(CALL_ID) else {
        return Admission::Continue;
    };
    let id = stdx::ascii::rsplit_once(id, b'-').map(|(id, _)| id);
    let decoded = id.and_then(|id| URL_SAFE_NO_PAD.decode(id).ok());
    let Some((aor, ruid)) = decoded
        .as_deref()
        .and_then(|id| stdx::ascii::split_once(id, b'\n'))
    else {
        return Admission::Consumed;
    };
    let now = seconds(call.unix_time);
    for domain in usrloc.domains() {
        domain.access(aor, |access| {
            let found = access.bindings().iter().position(|b| b.ruid() == ruid);
            if let Some(at) = found {
                access.touch(at, |binding| binding.facts.last_keepalive = now);
            }
        });
    }
    Admission::Consumed
}
