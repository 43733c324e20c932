//! How messages leave: responses to the request at hand, requests sent on without a transaction.
//!
//! The pieces are public because transactions send in the same way.

use crate::call::{Call, ResponseExtras, Sending};
use crate::host::{Located, NextHop};
use crate::outbox::{ConnectionId, Delivery, SocketId};
use crate::route::RunEnd;
use crate::sockets::SocketInfo;
use crate::step::{Step, Verdict};
use crate::target::write_destination_set;
use crate::value::Value;
use catalog::RouteKind;
use sip::identifiers::{BranchId, RequestFacts};
use sip::serialize::{
    Body, Delimited, ForwardedRequest, ForwardedResponse, Response, RportPolicy, ViaStamp,
};
use sip::{Content, Deferred, Edits, Message, Rport, Transport, Uri};
use std::net::{IpAddr, SocketAddr};
use stdx::Text;

/// Fills in text that depends on the socket a message leaves by; registered by the module that recorded it.
pub type Fill = Box<dyn Fn(&Call, &Deferred, &Delivery, &mut Vec<u8>) + Send + Sync>;

/// What tells a request apart, for tags and branches.
pub fn facts(message: &Message) -> RequestFacts<'_> {
    let via = message.top_via().ok();
    RequestFacts {
        call_id: message.call_id().unwrap_or_default(),
        from_tag: message.from_tag().unwrap_or_default(),
        to_tag: message.to_tag().unwrap_or_default(),
        cseq_number: message.cseq().map(|cseq| cseq.number).unwrap_or_default(),
        via_branch: via
            .and_then(|via| via.branch)
            .map_or(&[], |span| message.text(span)),
        top_via: via.map_or(&[], |via| message.text(via.whole)),
        request_uri: message.request_uri(),
    }
}

/// What the request's top Via gets of what we know better than its sender.
pub fn via_stamp(call: &Call) -> ViaStamp {
    let policy = if call.flags.marks.force_rport || call.runtime.settings.force_rport.is_on() {
        RportPolicy::Forced
    } else {
        RportPolicy::AsAsked
    };
    match call.message.top_via() {
        Ok(via) => ViaStamp::new(via, call.message.buffer(), call.reception.peer, policy),
        Err(_) => ViaStamp::NONE,
    }
}

/// Where a response to the request goes (RFC 3261 §18.2.2, RFC 3581 §4).
///
/// Over UDP to the source address (with `reply_to_via` to the Via's, where that is an address), at the source port when
/// `rport` is asked for or forced, else at the Via's port (observed on 5.6.3); over a stream on the request's connection.
pub fn response_delivery(call: &Call) -> Delivery {
    let reception = &call.reception;
    let marks = call.flags.marks;
    let settings = &call.runtime.settings;
    let mut peer = reception.peer;
    if let Ok(via) = call.message.top_via()
        && !reception.transport.is_stream()
    {
        if via.rport == Rport::Absent && !marks.force_rport && !settings.force_rport.is_on() {
            peer.set_port(via.port_or_default());
        }
        if settings.reply_to_via
            && let Some(host) = via.host_address(call.message.buffer())
        {
            peer.set_ip(host);
        }
    }
    Delivery {
        transport: reception.transport,
        peer,
        socket: reception.socket,
        connection: reception.connection,
        no_connect: marks.reply_no_connect,
        close_after: marks.reply_close,
    }
}

/// Appends a response to the request, with what the script asked to be added to it.
pub fn write_response(
    call: &Call,
    status: u16,
    reason: &[u8],
    to_tag: Option<&[u8]>,
    out: &mut Vec<u8>,
) {
    let extras = &call.response_extras;
    let mut response = Response::new(&call.message, status, reason);
    response.to_tag = to_tag;
    response.stamp = via_stamp(call);
    let mut via_params = Vec::new();
    for hook in &call.runtime.hooks.response_via_params {
        hook(call, &mut via_params);
    }
    response.via_params = &via_params;
    let mut places = Vec::new();
    if (300..400).contains(&status) {
        write_destination_set(call, extras.place_details, &mut places);
        if !places.is_empty() {
            places.extend_from_slice(b"\r\n");
        }
    }
    let settings = &call.runtime.settings;
    let mut with_warning = Vec::new();
    if settings.sip_warning {
        with_warning.extend_from_slice(&settings.server_line);
        write_warning(call, &mut with_warning);
    }
    let pieces: [&[u8]; 2] = [&extras.headers, &places];
    response.extra_headers = &pieces;
    response.server = if settings.sip_warning {
        &with_warning
    } else {
        &settings.server_line
    };
    response.body = extras.body.as_ref().map(|(octets, content_type)| Body {
        content_type,
        octets,
    });
    response.write(out);
}

/// Appends the header field with which `sip_warning` tells the sender what we made of the request.
fn write_warning(call: &Call, out: &mut Vec<u8>) {
    let local = call.reception.local;
    let peer = call.reception.peer;
    let received = call.message.request_uri();
    let current = call.target.uri.as_deref().unwrap_or(received);
    let vias = call.message.vias().count();
    let before = format!(
        "Warning: 392 {local} \"Noisy feedback tells:  pid={} req_src_ip={} req_src_port={} in_uri=",
        std::process::id(),
        peer.ip(),
        peer.port()
    );
    out.extend_from_slice(before.as_bytes());
    out.extend_from_slice(received);
    out.extend_from_slice(b" out_uri=");
    out.extend_from_slice(current);
    out.extend_from_slice(format!(" via_cnt=={vias}\"\r\n").as_bytes());
}

/// Where a response that was received goes: to the second Via (RFC 3261 §16.7, §18.2.2), by the socket that it came in on if it
/// can.
fn upstream_delivery(call: &Call) -> Option<Delivery> {
    let message = &call.message;
    let via = message.vias().filter_map(Result::ok).nth(1)?;
    let buffer = message.buffer();
    let transport = via.transport?;
    let host = match via.received {
        Some(received) => sip::parse_address(message.text(received)),
        None => via.host_address(buffer),
    }?;
    let port = match via.rport {
        Rport::Value(port) => port,
        _ => via.port_or_default(),
    };
    let hop = NextHop {
        transport,
        address: SocketAddr::new(host, port),
    };
    Some(Delivery {
        transport,
        peer: hop.address,
        socket: outgoing_socket(call, call.target.socket, hop).ok()?,
        connection: noted_connection(call, hop),
        no_connect: call.flags.marks.reply_no_connect,
        close_after: call.flags.marks.reply_close,
    })
}

/// The connection that the request came by which the response at hand answers, as our Via has it. Nobody but its peer is meant.
fn noted_connection(call: &Call, hop: NextHop) -> Option<ConnectionId> {
    if !hop.transport.is_stream() {
        return None;
    }
    let message = &call.message;
    let via = message.top_via().ok()?;
    let noted = sip::Params::new(message.text(via.params)).named(b"i")?;
    let digits = std::str::from_utf8(noted.value?).ok()?;
    let id = ConnectionId(u32::from_str_radix(digits, 16).ok()?);
    let connection = call.runtime.host.connection(id)?;
    let is_meant =
        connection.transport == hop.transport && connection.peer.ip() == hop.address.ip();
    is_meant.then_some(id)
}

/// Whether the topmost Via of the response at hand names us.
fn is_ours(call: &Call) -> bool {
    call.message.top_via().is_ok_and(|via| {
        let host = call.message.text(via.host);
        let sockets = &call.runtime.sockets;
        sockets.is_myself(host, via.port.unwrap_or(0), via.transport)
    })
}

/// Sends the response at hand on to the next Via; false when that names no place we can reach, or when we did not send what it
/// answers (`check_via`).
pub fn forward_response(call: &mut Call) -> bool {
    if call.runtime.settings.check_via && !is_ours(call) {
        call.error(format_args!("the topmost Via of a response is not ours"));
        return false;
    }
    let Some(delivery) = upstream_delivery(call) else {
        return false;
    };
    call.runtime.traffic.forwarded_responses.increment();
    let mut outbox = std::mem::take(&mut call.outbox);
    let status = call.notes.get::<ChangedStatus>().cloned();
    outbox.push_with(delivery, |out| {
        ForwardedResponse {
            message: &call.message,
            edits: &call.edits,
            status: status
                .as_ref()
                .map(|changed| (changed.status, &*changed.reason)),
            delimited: delimited(delivery.transport),
        }
        .write(out, &mut |deferred, out| {
            fill(call, deferred, &delivery, out)
        });
    });
    call.outbox = outbox;
    true
}

/// The status of the response at hand, as it goes on; 0 in requests.
pub fn current_status(call: &Call) -> u16 {
    let changed = call.notes.get::<ChangedStatus>();
    changed.map_or(call.message.status(), |changed| changed.status)
}

/// The status and reason that replace those of the response at hand (`change_reply_status`).
#[derive(Clone)]
pub struct ChangedStatus {
    /// The status.
    pub status: u16,
    /// The reason phrase.
    pub reason: Text,
}

/// Where a request is to be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RelayError {
    /// The next hop cannot be resolved.
    #[error("the next hop cannot be resolved")]
    Unresolvable,
    /// None of our sockets can reach the next hop.
    #[error("none of our sockets reaches the next hop")]
    NoSocket,
    /// The system refuses to send there.
    #[error("the system refuses to send there")]
    Refused,
}

/// The place a next hop stands for when its host is an address.
pub fn numeric_hop(uri: &[u8]) -> Option<NextHop> {
    let uri = Uri::parse(uri).ok()?;
    let address = match uri.maddr() {
        Some(maddr) => sip::parse_address(maddr)?,
        None => uri.host_address()?,
    };
    let secure = uri.is_secure();
    let transport = match uri.transport() {
        Some(transport) => transport,
        None if secure => Transport::Tls,
        None => Transport::Udp,
    };
    let port = uri.port().unwrap_or(transport.default_port());
    Some(NextHop {
        transport,
        address: SocketAddr::new(address, port),
    })
}

/// A note: the socket that a message came in at, where a script has said another (`set_recv_socket`). Requests still leave by it,
/// responses by the other (observed on 5.6.3).
#[derive(Clone, Copy, Debug)]
pub struct ArrivedAt(pub SocketId);

/// The socket a message to `hop` leaves by: the forced one when it fits, that of its reception when it fits, else the
/// first that can reach it.
pub fn outgoing_socket(
    call: &Call,
    forced: Option<SocketId>,
    hop: NextHop,
) -> Result<SocketId, RelayError> {
    let sockets = &call.runtime.sockets;
    let fits = |socket: &&SocketInfo| {
        socket.transport == hop.transport && socket.address.is_ipv4() == hop.address.is_ipv4()
    };
    if let Some(socket) = forced.and_then(|id| sockets.get(id)).filter(fits) {
        return Ok(socket.id);
    }
    if call.runtime.settings.mhomed
        && let Some(socket) = call.runtime.host.route_to(hop)
    {
        return Ok(socket);
    }
    let arrived = call.notes.get::<ArrivedAt>().map(|arrived| arrived.0);
    let arrived = arrived.unwrap_or(call.reception.socket);
    if let Some(socket) = sockets.get(arrived).filter(fits) {
        return Ok(socket.id);
    }
    sockets
        .reaching(hop.transport, hop.address.ip())
        .map(|socket| socket.id)
        .ok_or(RelayError::NoSocket)
}

/// Appends our Via: the whole header field with its line end.
pub fn write_via(call: &Call, delivery: &Delivery, branch: &BranchId, out: &mut Vec<u8>) {
    out.extend_from_slice(b"Via: SIP/2.0/");
    out.extend_from_slice(delivery.transport.via_name().as_bytes());
    out.push(b' ');
    match call.notes.get::<ViaFromXavp>() {
        Some(_) => {
            let address = address_of_xavp(call);
            write_address(call, Some(&address), delivery.socket, true, out);
        }
        None => {
            let address = call.notes.get::<AdvertisedAddress>();
            write_address(call, address, delivery.socket, true, out);
        }
    }
    out.extend_from_slice(b";branch=");
    branch.write(out);
    if let Some(connection) = call.reception.connection {
        // Where a response that finds no transaction goes (observed on 5.6.3).
        out.extend_from_slice(format!(";i={:x}", connection.0).as_bytes());
    }
    if call.flags.marks.local_rport || call.runtime.settings.local_rport {
        out.extend_from_slice(b";rport");
    }
    for write in &call.runtime.hooks.via_params {
        write(call, out);
    }
    out.extend_from_slice(b"\r\n");
}

/// A note that our Via has the address in the `$xavp` that `xavp_via_fields` names (`via_use_xavp_fields`).
pub struct ViaFromXavp;

/// The address in the `$xavp` that `xavp_via_fields` names; what it lacks, or what would end the header field, is that of the
/// message.
fn address_of_xavp(call: &Call) -> AdvertisedAddress {
    let general = call.notes.get::<AdvertisedAddress>();
    let mut address = general.cloned().unwrap_or_default();
    let name = &call.runtime.settings.xavp_via_fields;
    let Some(fields) = call.attributes.xavps.children(name, 0) else {
        return address;
    };
    if let Value::Str(host) = fields.value(b"address", 0)
        && !host.is_empty()
        && !host.iter().any(|byte| matches!(byte, b'\r' | b'\n'))
    {
        address.host = Some(host);
    }
    let port = fields.value(b"port", 0).to_int().ok();
    let port = port.and_then(|port| u16::try_from(port).ok());
    if let Some(port @ 1..) = port {
        address.port = Some(port);
    }
    address
}

/// Appends `host:port` of a socket as our headers show it; the script may have set another for this message. A port that
/// nobody has told is left out where it goes without saying.
pub fn write_shown_address(call: &Call, socket: SocketId, out: &mut Vec<u8>) {
    let advertised = call.notes.get::<AdvertisedAddress>();
    write_address(call, advertised, socket, false, out);
}

/// Appends `;sn=NAME` with the name that the configuration has given to a socket, if it has one.
pub fn write_socket_name(call: &Call, socket: SocketId, out: &mut Vec<u8>) {
    let socket = call.runtime.sockets.get(socket);
    if let Some(name) = socket.and_then(|socket| socket.name.as_ref()) {
        out.extend_from_slice(b";sn=");
        out.extend_from_slice(name);
    }
}

/// Appends `host:port`: what is advertised for this message, else what is of a socket. The parameters `advertised_address` and
/// `advertised_port` stand before what the socket itself advertises in a Via only (observed on 5.6.3).
fn write_address(
    call: &Call,
    advertised: Option<&AdvertisedAddress>,
    socket: SocketId,
    is_via: bool,
    out: &mut Vec<u8>,
) {
    let Some(socket) = call.runtime.sockets.get(socket) else {
        return;
    };
    let settings = &call.runtime.settings;
    let general = is_via || socket.advertised.is_none();
    let general_port = u16::try_from(settings.advertised_port).ok();
    let general_port = general_port.filter(|port| general && *port > 0);
    let host = match advertised.and_then(|advertised| advertised.host.as_ref()) {
        Some(host) => host,
        None if general && !settings.advertised_address.is_empty() => &settings.advertised_address,
        None => socket.shown_host(),
    };
    out.extend_from_slice(host);
    let told = advertised
        .and_then(|advertised| advertised.port)
        .or(general_port)
        .or_else(|| socket.told_port());
    let port = match told {
        Some(port) => port,
        None if socket.is_understood(host, socket.address.port()) => return,
        None => socket.address.port(),
    };
    out.push(b':');
    stdx::number::push_decimal(out, i64::from(port));
}

/// What this message's Via and Record-Route say instead of the socket (`set_advertised_address`).
#[derive(Clone, Debug, Default)]
pub struct AdvertisedAddress {
    /// The host.
    pub host: Option<Text>,
    /// The port.
    pub port: Option<u16>,
}

/// How a message over a transport is delimited.
pub fn delimited(transport: Transport) -> Delimited {
    match transport {
        Transport::Tcp | Transport::Tls => Delimited::ByContentLength,
        _ => Delimited::ByTransport,
    }
}

/// Fills in a deferred piece of text by asking the modules.
pub fn fill(call: &Call, deferred: &Deferred, delivery: &Delivery, out: &mut Vec<u8>) {
    for fill in &call.runtime.hooks.fills {
        fill(call, deferred, delivery, out);
    }
}

/// Sends the request on without a transaction: to `uri`, or to the next hop of branch 0. The verdict is 1 when it was
/// handed to a socket.
pub fn forward_request(call: &mut Call, uri: Option<Text>) -> Step {
    let uri = uri.unwrap_or_else(|| Text::from(call.next_hop()));
    if let Some(hop) = numeric_hop(&uri) {
        return send_request(call, &[hop]);
    }
    match call.runtime.host.locate(&uri) {
        Located::Ready(hops) => send_request(call, &hops),
        Located::Later(answer) => Step::wait(format!("dns {uri}"), answer, |call, hops| {
            send_request(call, &hops)
        }),
    }
}

/// What forwarding comes to when the request cannot leave, observed on 5.6.3.
const NOT_SENT: Verdict = Verdict(-477);
/// The same where nobody has the name of the next hop.
const UNRESOLVABLE: Verdict = Verdict(-478);
/// The same where the next hop is no URI.
const NO_URI: Verdict = Verdict(-479);
/// The same where none of our sockets reaches the next hop.
const NO_SOCKET: Verdict = Verdict(-7);

/// A note: what the last forwarding of the request came to, when it could not leave.
#[derive(Clone, Copy, Debug)]
pub struct NotForwarded(pub Verdict);

/// Sends the request to the first of `hops` that one of our sockets reaches, through the onsend route.
fn send_request(call: &mut Call, hops: &[NextHop]) -> Step {
    let marks = call.flags.marks;
    let open = |hop: &&NextHop| !call.runtime.is_avoided(**hop, call.now);
    let mut is_refused = false;
    let found = hops.iter().filter(open).find_map(|hop| {
        let delivery = Delivery {
            transport: hop.transport,
            peer: hop.address,
            socket: outgoing_socket(call, call.target.socket, *hop).ok()?,
            connection: None,
            no_connect: marks.forward_no_connect,
            close_after: marks.forward_close,
        };
        let can_leave = call.runtime.host.open_connection(&delivery);
        is_refused |= !can_leave;
        can_leave.then_some(delivery)
    });
    let Some(mut delivery) = found else {
        return not_forwarded(call, hops.is_empty(), is_refused).into();
    };
    let Some(route) = call.runtime.routes.onsend else {
        let mut outbox = std::mem::take(&mut call.outbox);
        let start = outbox.buffer.len();
        write_fitting(call, &mut delivery, &mut outbox.buffer);
        let length = outbox.buffer.len() - start;
        if is_too_long(call, &delivery, None, length) {
            outbox.buffer.truncate(start);
            call.outbox = outbox;
            return NOT_SENT.into();
        }
        outbox.sends.push((start..outbox.buffer.len(), delivery));
        call.outbox = outbox;
        call.runtime.traffic.forwarded_requests.increment();
        return Verdict::TRUE.into();
    };
    let mut bytes = Vec::with_capacity(call.message.buffer().len() + 256);
    write_fitting(call, &mut delivery, &mut bytes);
    if is_too_long(call, &delivery, None, bytes.len()) {
        return NOT_SENT.into();
    }
    call.sending = Some(Box::new(Sending {
        delivery,
        bytes: Text::from(bytes),
    }));
    Step::enter(route, RouteKind::Onsend, |call, outcome| {
        let Some(sending) = call.sending.take() else {
            return Verdict::FALSE;
        };
        if outcome.end == RunEnd::Drop {
            return Verdict::FALSE;
        }
        call.outbox.push(sending.delivery, &sending.bytes);
        call.runtime.traffic.forwarded_requests.increment();
        Verdict::TRUE
    })
}

/// Says why the request cannot be forwarded, and remembers it.
fn not_forwarded(call: &mut Call, has_no_hops: bool, is_refused: bool) -> Verdict {
    let next_hop = Text::from(call.next_hop());
    let (reason, verdict) = match has_no_hops {
        true if Uri::parse(&next_hop).is_err() => (RelayError::Unresolvable, NO_URI),
        true => {
            call.runtime.traffic.dropped_requests.increment();
            (RelayError::Unresolvable, UNRESOLVABLE)
        }
        false if is_refused => (RelayError::Refused, NOT_SENT),
        false => (RelayError::NoSocket, NO_SOCKET),
    };
    call.error(format_args!("cannot forward to {next_hop}: {reason}"));
    if !is_refused {
        // Observed on 5.6.3: `sl_reply_error` is not told of a connection that is refused.
        call.notes.set(NotForwarded(verdict));
    }
    verdict
}

/// Appends the request; one that is too long for UDP goes by another transport.
fn write_fitting(call: &Call, delivery: &mut Delivery, out: &mut Vec<u8>) {
    let start = out.len();
    write_request(call, delivery, out);
    let hop = NextHop {
        transport: delivery.transport,
        address: delivery.peer,
    };
    if let Some((hop, socket)) = hop_for_length(call, call.target.socket, hop, out.len() - start) {
        delivery.transport = hop.transport;
        delivery.socket = socket;
        out.truncate(start);
        write_request(call, delivery, out);
    }
}

/// The longest datagram over IPv4, in octets: what its length field can count, without its headers (RFC 768, RFC 791).
pub const DATAGRAM_MAX: usize = 65_507;

/// Whether the request at hand, or the response to it with `status`, does not fit the datagram it would be with so many
/// octets; then the operator is told.
#[track_caller]
pub fn is_too_long(
    call: &mut Call,
    delivery: &Delivery,
    status: Option<u16>,
    length: usize,
) -> bool {
    if delivery.transport != Transport::Udp || length <= DATAGRAM_MAX {
        return false;
    }
    let method = call.message.cseq().map(|cseq| cseq.method_name);
    let method = Text::from(method.map_or(&b""[..], |name| call.message.text(name)));
    let what = match status {
        Some(status) => format!("the response {status} to {method}"),
        None => format!("the request {method}"),
    };
    let peer = delivery.peer;
    call.error(format_args!(
        "{what} is not sent to {peer}: its {length} octets do not fit a datagram"
    ));
    true
}

/// The status and the reason of a response as it is sent. What the script and its functions have added to it is forgotten where
/// it makes the response too long for a datagram: one that never leaves has its sender repeat the request in vain. What
/// promised something then becomes a 513 (RFC 3261 §21.5.7).
#[track_caller]
pub fn fitting_response<'a>(
    call: &mut Call,
    delivery: &Delivery,
    (status, reason): (u16, &'a [u8]),
) -> (u16, &'a [u8]) {
    let extras = &call.response_extras;
    let body = extras.body.as_ref().map_or(0, |(octets, _)| octets.len());
    let added = extras.headers.len() + body;
    let branches = call.branches.list.iter();
    let places: usize = branches
        .filter_map(|target| target.uri.as_ref())
        .map(|uri| uri.len() + 16)
        .sum();
    // No more of the request is repeated than there is of it; the rest is what servers write of themselves.
    let longest = added + places + call.message.buffer().len() + 4096;
    if delivery.transport != Transport::Udp || longest <= DATAGRAM_MAX {
        return (status, reason);
    }
    let mut written = Vec::with_capacity(longest);
    write_response(call, status, reason, None, &mut written);
    // A To-tag may come.
    if !is_too_long(call, delivery, Some(status), written.len() + 64) {
        return (status, reason);
    }
    call.response_extras = ResponseExtras::default();
    match status {
        200..400 => (513, b"Message Too Large"),
        _ => (status, reason),
    }
}

/// The transport for this message when it is too long for UDP (`udp_mtu_try_proto`).
#[derive(Clone, Copy, Debug)]
pub struct TransportForLength(pub Transport);

/// The way a request of so many octets takes instead of `hop`; none when it can go as it is (`udp_mtu`, RFC 3261 §18.1.1).
pub fn hop_for_length(
    call: &Call,
    forced: Option<SocketId>,
    hop: NextHop,
    length: usize,
) -> Option<(NextHop, SocketId)> {
    let settings = &call.runtime.settings.ip;
    let most = usize::try_from(settings.udp_mtu.get())
        .ok()
        .filter(|most| *most > 0)?;
    if hop.transport != Transport::Udp || length <= most {
        return None;
    }
    let asked = call.notes.get::<TransportForLength>().map(|asked| asked.0);
    let transport = asked.unwrap_or(settings.udp_mtu_transport.get());
    if transport == Transport::Udp {
        return None;
    }
    let hop = NextHop { transport, ..hop };
    let socket = outgoing_socket(call, forced, hop).ok()?;
    Some((hop, socket))
}

fn write_request(call: &Call, delivery: &Delivery, out: &mut Vec<u8>) {
    let mut via = Vec::with_capacity(128);
    let branch = call
        .runtime
        .identifiers
        .stateless_branch(&facts(&call.message), 0);
    write_via(call, delivery, &branch, &mut via);
    ForwardedRequest {
        message: &call.message,
        edits: &call.edits,
        uri: call.target.uri.as_deref(),
        via: &via,
        stamp: via_stamp(call),
        delimited: delimited(delivery.transport),
    }
    .write(out, &mut |deferred, out| {
        fill(call, deferred, delivery, out)
    });
}

/// Makes the edits so far part of the message: what the script reads from here on is the changed one
/// (`msg_apply_changes`). False when the result is no message any more.
///
/// What is deferred stays so: it depends on the socket that the message will leave by.
pub fn apply_edits(call: &mut Call) -> bool {
    let mut out = Vec::with_capacity(call.message.buffer().len() + 256);
    sip::serialize::write_edited(
        &call.message,
        &call.edits,
        call.target.uri.as_deref(),
        &mut out,
        &mut sip::serialize::nothing_deferred,
    );
    match Message::parse(out.into()) {
        Ok(message) => {
            let mut edits = Edits::new();
            for edit in call.edits.iter() {
                if let Content::Deferred(deferred) = &edit.content {
                    edits.insert_header_first(&message, deferred.clone());
                }
            }
            call.message = message;
            call.edits = edits;
            call.target.uri = None;
            true
        }
        Err(_) => false,
    }
}

/// The message with the Contact URIs that the script has put in the place of those received (`fix_nated_contact`): whoever keeps
/// Contacts takes them from there, though others read the message as received.
pub fn with_rewritten_contacts(call: &Call) -> Message {
    let message = &call.message;
    if call.edits.is_empty() {
        return message.clone();
    }
    let mut edits = Edits::new();
    for contact in message.contacts().filter_map(Result::ok) {
        let uri = contact.address().map(|address| address.uri);
        if let Some(span) = uri
            && let Some(changed) = call.edits.replacement(span)
        {
            edits.replace(span, changed.clone());
        }
    }
    if edits.is_empty() {
        return message.clone();
    }
    let mut out = Vec::with_capacity(message.buffer().len() + 64);
    let nothing = &mut sip::serialize::nothing_deferred;
    sip::serialize::write_edited(message, &edits, None, &mut out, nothing);
    match Message::parse(out.into()) {
        Ok(changed) => changed,
        Err(_) => message.clone(),
    }
}

/// An address as the script shows it: IPv6 without brackets.
pub fn address_text(address: IpAddr) -> Text {
    let mut out = Vec::with_capacity(40);
    sip::serialize::push_address(&mut out, address);
    Text::from(out)
}
