//! Sending a request on with state: branch routes first, then places, then the copies.

use crate::Tm;
use crate::armed::{BranchArmed, Options};
use crate::cell::{Ack, Leg};
use crate::observers::Event;
use crate::requests::{self, Found};
use crate::table;
use crate::work::meant_by;
use crate::{avoidance, refusals, reply, spirals};
use module_api::relay::{
    ForwardAs, apply_edits, delimited, fill, forward_request, forward_request_as, hop_for_length,
    is_too_long, numeric_hop, outgoing_socket, via_stamp, write_via,
};
use module_api::{
    Call, Delivery, Located, NextHop, RouteKind, RunEnd, Sending, Step, Target, Text,
    TransactionId, Verdict,
};
use sip::identifiers::BranchId;
use sip::serialize::ForwardedRequest;
use sip::{Edits, HeaderId, Message, Method};
use smallvec::SmallVec;
use transaction::Effects;

/// There is no room for another branch.
pub const TOO_MANY: i64 = -12;
/// No branch can be used.
const NO_BRANCH: i64 = -6;
/// The next hop cannot be resolved.
pub const UNRESOLVABLE: i64 = -478;
/// It could not be sent.
pub const SEND_FAILED: i64 = -477;
/// The caller has taken the request back.
pub const CANCELLED: i64 = -487;
/// None of our sockets speaks the transport.
pub const NO_SOCKET: i64 = -7;

/// How a request is to be relayed.
#[derive(Clone, Debug, Default)]
pub struct Way {
    /// A place all branches go to, whatever their next hop says.
    pub proxy: Option<Text>,
    /// No 100 of our own.
    pub no_100: bool,
    /// A failure is not answered.
    pub no_internal_reply: bool,
    /// No other place is tried.
    pub no_failover: bool,
    /// Responses are not relayed.
    pub replicate: bool,
}

/// A relaying in progress.
struct Relay {
    id: TransactionId,
    way: Way,
    /// Branches that have not had their branch route yet, the next one last.
    targets: SmallVec<[Target; 1]>,
    /// Those that have.
    drafts: SmallVec<[Draft; 1]>,
    /// How many of them have places.
    located: usize,
    /// How many of them were sent or have failed.
    sent: usize,
    /// How many were sent.
    successes: usize,
    error: i64,
    /// What the branch routes must not change for each other.
    before: Option<Before>,
    first_index: usize,
}

/// What a run had before its branch routes.
struct Before {
    edits: Edits,
    target: Target,
    message: Message,
    branch_index: Option<usize>,
    script_flags: u32,
}

/// A branch before it is sent.
struct Draft {
    target: Target,
    /// Its own edits; none are those of the request.
    edits: Option<Edits>,
    /// What the branch route has made of the request, if it has applied its changes.
    message: Option<Message>,
    hops: SmallVec<[NextHop; 1]>,
    armed: BranchArmed,
}

/// A note: the branch route has made its changes part of the message.
struct Applied;

/// Makes the changes of a branch route so far part of the branch's message; false when it is no message any more.
pub fn apply_in_branch(call: &mut Call) -> bool {
    let uri = call.target.uri.clone();
    let is_applied = apply_edits(call);
    if is_applied {
        call.target.uri = uri;
        call.notes.set(Applied);
    }
    is_applied
}

/// Relays the request at hand.
pub fn begin(tm: &Tm, call: &mut Call, way: Way) -> Step {
    if !call.message.is_request() {
        call.error(format_args!("only a request can be relayed"));
        return Verdict::FALSE.into();
    }
    if !is_later(call) {
        match call.message.method() {
            Method::Ack => return relay_ack(tm, call, way),
            Method::Cancel => {
                if let Some(invite) = requests::cancelled(call) {
                    return requests::cancel(tm, call, invite).into();
                }
                match tm.params.unmatched_cancel.get() {
                    1 if tm.params.headers_mode & 2 != 0 => {
                        return forward_request_as(call, way.proxy, ForwardAs::UserAgent(0));
                    }
                    1 => return forward_request(call, way.proxy),
                    2 => return Verdict::FALSE.into(),
                    _ => {}
                }
            }
            _ => {}
        }
    }
    let id = match requests::make(tm, call) {
        Found::Again | Found::Acknowledged | Found::Ack => return Verdict::TRUE.into(),
        Found::Unfit => return Verdict(requests::UNFIT).into(),
        Found::Full => return refusals::refuse(call).into(),
        Found::New(id) | Found::Own(id) => id,
    };
    match begin_in(tm, call, id, way) {
        Ok(relay) => go(call, relay),
        Err(code) => Verdict(code).into(),
    }
}

/// Whether the run follows the failure of a branch.
fn is_later(call: &Call) -> bool {
    matches!(call.route, RouteKind::Failure | RouteKind::BranchFailure)
}

/// An ACK ends the sending of a response of ours; one to a 2xx of somebody else goes on without state.
fn relay_ack(tm: &Tm, call: &mut Call, way: Way) -> Step {
    let check = requests::check(tm, call);
    if let requests::Check::Known(id) | requests::Check::Answered(id) = check
        && !tm.observers.is_empty()
    {
        // The attributes are those of the INVITE meanwhile, as on 5.6.3.
        let lend = |call: &mut Call| {
            table::in_call(call, |call, table| {
                let cell = table.get_mut(id)?;
                cell.swap_attributes(call);
                Some((cell.flags, cell.machine.status))
            })
        };
        if let Some((flags, status)) = lend(call) {
            tm.observers.tell(call, &Event::Acknowledged(flags, status));
            lend(call);
        }
    }
    match check {
        requests::Check::Absorbed => Verdict::EXIT.into(),
        // Observed on 5.6.3: the script goes on.
        requests::Check::Answered(_) => Verdict::TRUE.into(),
        requests::Check::Known(_) | requests::Check::None => forward_request(call, way.proxy),
    }
}

fn begin_in(tm: &Tm, call: &mut Call, id: TransactionId, way: Way) -> Result<Box<Relay>, i64> {
    let status = table::in_call(call, |call, table| {
        let cell = table.get_mut(id)?;
        cell.armed.options.set(
            Options::NO_INTERNAL_REPLY,
            way.no_internal_reply || cell.is(Options::NO_INTERNAL_REPLY),
        );
        if way.replicate {
            cell.armed.options.set(Options::LOCAL_ONLY, true);
        }
        cell.flags = call.flags;
        Some((
            cell.machine.status,
            cell.machine.is_cancelled,
            cell.legs.len().max(cell.machine.branches.len()),
        ))
    });
    let Some((status, is_cancelled, first_index)) = status else {
        return Err(-1);
    };
    // A request that was answered may still go on (observed on 5.6.3), but no other attempt follows a final response.
    if status >= 200 && is_later(call) {
        call.error(format_args!("the transaction has had its final response"));
        return Err(-1);
    }
    if is_cancelled {
        fail(call, id, CANCELLED);
        return Err(-1);
    }
    // Observed on 5.6.3: a failure route does not make up for one that was not wanted.
    if !way.no_100 && !is_later(call) {
        reply::respond_trying(tm, call, id);
    }
    let mut targets = take_targets(call, first_index);
    if targets.is_empty() {
        call.error(format_args!("there is no branch to relay to"));
        fail(call, id, NO_BRANCH);
        return Err(-1);
    }
    targets.reverse();
    Ok(Box::new(Relay {
        id,
        way,
        targets,
        drafts: SmallVec::new(),
        located: 0,
        sent: 0,
        successes: 0,
        error: NO_BRANCH,
        before: None,
        first_index,
    }))
}

/// The destination set, as far as there is room beside the branches that there are.
fn take_targets(call: &mut Call, first_index: usize) -> SmallVec<[Target; 1]> {
    let mut targets = SmallVec::with_capacity(1 + call.branches.list.len());
    if call.target_is_new {
        let mut target = call.target.clone();
        if target.uri.is_none() {
            let span = call.message.request_uri_span();
            target.uri = Some(Text::from(call.message.slice(span)));
        }
        targets.push(target);
    }
    if crate::armed::current(call).branch.is_some() {
        // The branch routes see all of them (observed on 5.6.3).
        targets.extend(call.branches.list.iter().map(|target| (**target).clone()));
    } else {
        targets.extend(call.branches.list.drain(..).map(|target| *target));
    }
    call.target_is_new = false;
    let wanted = targets
        .len()
        .min(branches_max(call).saturating_sub(first_index));
    let admitted = spirals::admit(call, wanted, first_index);
    if admitted < wanted {
        call.error(format_args!(
            "{} of {wanted} branches are left out: the request comes here again, and too many were made of it",
            wanted - admitted,
        ));
        targets.truncate(admitted);
    }
    targets
}

/// How many branches a transaction may have.
fn branches_max(call: &Call) -> usize {
    usize::try_from(call.runtime.settings.max_branches).unwrap_or(12)
}

impl Relay {
    /// The number of the next branch. Observed on 5.6.3: one that has no place takes none.
    fn next_index(&self) -> usize {
        let placed = self.drafts.iter().filter(|draft| !draft.hops.is_empty());
        self.first_index + placed.count()
    }
}

/// Goes on with a relaying as far as it gets.
fn go(call: &mut Call, mut relay: Box<Relay>) -> Step {
    let armed = crate::armed::current(call);
    loop {
        relay = match locate(call, relay) {
            Ok(relay) => relay,
            Err(wait) => return wait,
        };
        let Some(target) = relay.targets.pop() else {
            break;
        };
        if relay.next_index() >= branches_max(call) {
            let count = 1 + relay.targets.len();
            call.error(format_args!("{count} branches are left out (max_branches)"));
            relay.targets.clear();
            relay.error = TOO_MANY;
            break;
        }
        match armed.branch {
            Some(route) => return enter_branch(call, relay, target, route),
            None => relay.drafts.push(Draft {
                target,
                edits: None,
                message: None,
                hops: SmallVec::new(),
                armed: armed.into(),
            }),
        }
    }
    if let Some(before) = relay.before.take() {
        (call.edits, call.target) = (before.edits, before.target);
        call.message = before.message;
        call.branch_index = before.branch_index;
        call.flags.script = before.script_flags;
    }
    call.branches.list.clear();
    while relay.sent < relay.drafts.len() {
        relay.sent += 1;
        if let Some(sending) = send_one(call, &mut relay) {
            return enter_onsend(call, relay, sending);
        }
    }
    finish(call, &relay)
}

/// Finds places for the branches that have had their branch route, or the step that waits for one's.
fn locate(call: &mut Call, mut relay: Box<Relay>) -> Result<Box<Relay>, Step> {
    while let Some(draft) = relay.drafts.get_mut(relay.located) {
        let uri = next_hop(&relay.way, draft);
        relay.located += 1;
        if let Some(hop) = numeric_hop(&uri) {
            draft.hops.push(hop);
            continue;
        }
        match call.runtime.host.locate(&uri) {
            Located::Ready(hops) => draft.hops = hops.into(),
            Located::Later(answer) => {
                let then = move |call: &mut Call, hops: Vec<NextHop>| {
                    let at = relay.located - 1;
                    if let Some(draft) = relay.drafts.get_mut(at) {
                        draft.hops = hops.into();
                    }
                    go(call, relay)
                };
                return Err(Step::wait(format!("dns {uri}"), answer, then));
            }
        }
    }
    Ok(relay)
}

/// Where a branch goes: what its branch route has chosen, the given proxy, the first of its path, `$du`, or its Request-URI.
fn next_hop(way: &Way, draft: &Draft) -> Text {
    let chosen = draft.target.destination_uri.as_ref();
    let chosen = chosen.filter(|uri| !uri.is_empty());
    match (&way.proxy, chosen) {
        // COMPAT: the branch route counts more than the proxy that all branches were to go to (observed on 5.6.3).
        (Some(_), Some(uri)) if draft.edits.is_some() => uri.clone(),
        (Some(proxy), _) => proxy.clone(),
        (None, Some(uri)) => uri.clone(),
        (None, None) => draft.target.uri.clone().unwrap_or_default(),
    }
}

fn enter_branch(
    call: &mut Call,
    mut relay: Box<Relay>,
    target: Target,
    route: module_api::RouteId,
) -> Step {
    if relay.before.is_none() {
        relay.before = Some(Before {
            edits: std::mem::take(&mut call.edits),
            target: std::mem::take(&mut call.target),
            message: call.message.clone(),
            branch_index: call.branch_index,
            script_flags: call.flags.script,
        });
    }
    if let Some(before) = &mut relay.before {
        call.edits = before.edits.branch();
        call.message = before.message.clone();
    }
    // Observed on 5.6.3.
    call.flags.script = 0;
    call.target = Target { q: None, ..target };
    if relay.way.proxy.is_some() {
        // Observed on 5.6.3: it does not matter.
        call.target.destination_uri = None;
    }
    call.branch_index = Some(relay.next_index());
    let destination = call.target.destination_uri.clone();
    Step::enter(route, RouteKind::Branch, move |call, outcome| {
        // COMPAT: a branch route that takes `$du` away does not change where the branch goes (observed on 5.6.3).
        if call
            .target
            .destination_uri
            .as_ref()
            .is_none_or(|uri| uri.is_empty())
        {
            call.target.destination_uri = destination;
        }
        if outcome.end != RunEnd::Drop {
            relay.drafts.push(Draft {
                target: std::mem::take(&mut call.target),
                edits: Some(std::mem::take(&mut call.edits)),
                message: call.notes.take::<Applied>().map(|_| call.message.clone()),
                hops: SmallVec::new(),
                armed: crate::armed::current(call).into(),
            });
        }
        go(call, relay)
    })
}

/// Makes the branch's request and sends it. With an onsend route, what is to be sent is answered instead.
fn send_one(call: &mut Call, relay: &mut Relay) -> Option<Sending> {
    let draft = relay.drafts.get(relay.sent - 1)?;
    let marks = call.flags.marks;
    let method = call.message.method();
    // Whether there is a hop that is avoided, or that one of our sockets reaches.
    let mut is_reachable = false;
    let found = draft.hops.iter().enumerate().find_map(|(at, hop)| {
        if avoidance::avoids(&call.runtime, method, *hop, call.now) {
            is_reachable = true;
            return None;
        }
        let socket = outgoing_socket(call, draft.target.socket, *hop).ok()?;
        is_reachable = true;
        let delivery = Delivery {
            transport: hop.transport,
            peer: hop.address,
            socket,
            connection: call.known_connection(&draft.target),
            no_connect: marks.forward_no_connect,
            close_after: marks.forward_close,
            anew: None,
        };
        let can_leave = call.runtime.host.open_connection(&delivery);
        if !can_leave {
            avoidance::unreachable(call, *hop);
        }
        can_leave.then_some((at, delivery))
    });
    let Some((at, mut delivery)) = found else {
        relay.error = if !draft.hops.iter().any(|hop| is_of_our_families(call, *hop)) {
            UNRESOLVABLE
        } else if is_reachable {
            SEND_FAILED
        } else {
            NO_SOCKET
        };
        let uri = next_hop(&relay.way, draft);
        call.error(format_args!("cannot relay to {uri}"));
        return None;
    };
    let branch = table::look(call, |table| {
        let cell = table.get(relay.id)?;
        // Others may have added branches while this run waited.
        Some(cell.branch_id(cell.legs.len()))
    })??;
    let mut outbox = std::mem::take(&mut call.outbox);
    let mut via = std::mem::take(&mut call.scratch);
    let start = outbox.buffer.len();
    let out = &mut outbox.buffer;
    write(call, draft, &mut delivery, &branch, &mut via, out);
    call.scratch = via;
    if is_too_long(call, &delivery, None, outbox.buffer.len() - start) {
        outbox.buffer.truncate(start);
        call.outbox = outbox;
        relay.error = SEND_FAILED;
        return None;
    }
    if call.runtime.routes.onsend.is_some() {
        let bytes = Text::from(outbox.buffer.get(start..).unwrap_or_default());
        outbox.buffer.truncate(start);
        call.outbox = outbox;
        return Some(Sending { delivery, bytes });
    }
    outbox.sends.push((start..outbox.buffer.len(), delivery));
    let sent: Box<[u8]> = outbox.buffer.get(start..).unwrap_or_default().into();
    call.outbox = outbox;
    add_leg(call, relay, at, delivery, sent);
    None
}

/// Whether one of our sockets has an address of the family of a place (observed on 5.6.3: else its address is none).
fn is_of_our_families(call: &Call, hop: NextHop) -> bool {
    let mut sockets = call.runtime.sockets.list.iter();
    sockets.any(|socket| socket.address.is_ipv4() == hop.address.is_ipv4())
}

fn enter_onsend(call: &mut Call, mut relay: Box<Relay>, sending: Sending) -> Step {
    let Some(route) = call.runtime.routes.onsend else {
        return go(call, relay);
    };
    call.sending = Some(Box::new(sending));
    let before = call.branch_index;
    call.branch_index = Some(relay.first_index + relay.successes);
    Step::enter(route, RouteKind::Onsend, move |call, outcome| {
        call.branch_index = before;
        if let Some(sending) = call.sending.take() {
            if outcome.end == RunEnd::Drop {
                relay.error = SEND_FAILED;
            } else {
                call.outbox.push(sending.delivery, &sending.bytes);
                let sent: Box<[u8]> = (&*sending.bytes).into();
                add_leg(call, &mut relay, 0, sending.delivery, sent);
            }
        }
        go(call, relay)
    })
}

/// Makes the branch one of the transaction.
fn add_leg(call: &mut Call, relay: &mut Relay, hop: usize, delivery: Delivery, sent: Box<[u8]>) {
    let Some(draft) = relay.drafts.get_mut(relay.sent - 1) else {
        return;
    };
    let other_hops = if relay.way.no_failover {
        Vec::new()
    } else {
        draft.hops.drain(..).skip(hop + 1).collect()
    };
    let leg = Leg {
        target: Some(Box::new(std::mem::take(&mut draft.target))),
        flags: 0,
        delivery,
        sent,
        ack: Ack::Unmade,
        early_acks: 0,
        response: None,
        other_hops,
        on_reply: draft.armed.reply,
        on_failure: draft.armed.failure,
        on_branch_failure: draft.armed.branch_failure,
        cancel: None,
    };
    let is_first = relay.successes == 0;
    relay.successes += 1;
    let is_other_attempt = is_first && call.route == RouteKind::Failure;
    let id = relay.id;
    table::in_call(call, |call, table| {
        let now = table.tick(call.now);
        if let Some(cell) = table.get_mut(id) {
            if is_other_attempt {
                cell.machine.begin_attempt();
            }
            let is_reliable = delivery.transport.is_stream();
            let mut effects = Effects::new();
            cell.machine.add_branch(is_reliable, now, &mut effects);
            cell.legs.push(leg);
        }
        table.look_after(id);
    });
}

/// The request as it goes to a branch that has no branch route; none when it is too long.
pub fn written(
    call: &mut Call,
    target: &Target,
    delivery: &mut Delivery,
    branch: &BranchId,
) -> Option<Box<[u8]>> {
    let draft = Draft {
        target: target.clone(),
        edits: None,
        message: None,
        hops: SmallVec::new(),
        armed: BranchArmed::default(),
    };
    let mut out = Vec::new();
    write(call, &draft, delivery, branch, &mut Vec::new(), &mut out);
    let fits = !is_too_long(call, delivery, None, out.len());
    fits.then(|| out.into())
}

fn write(
    call: &Call,
    draft: &Draft,
    delivery: &mut Delivery,
    branch: &BranchId,
    via: &mut Vec<u8>,
    out: &mut Vec<u8>,
) {
    let start = out.len();
    write_once(call, draft, delivery, branch, via, out);
    let hop = NextHop {
        transport: delivery.transport,
        address: delivery.peer,
    };
    let length = out.len() - start;
    if let Some((hop, socket)) = hop_for_length(call, draft.target.socket, hop, length) {
        delivery.transport = hop.transport;
        delivery.socket = socket;
        out.truncate(start);
        write_once(call, draft, delivery, branch, via, out);
    }
}

/// Writes the branch's request; `via` is room for its Via.
fn write_once(
    call: &Call,
    draft: &Draft,
    delivery: &Delivery,
    branch: &BranchId,
    via: &mut Vec<u8>,
    out: &mut Vec<u8>,
) {
    via.clear();
    write_via(call, delivery, branch, via);
    let edits = draft.edits.as_ref().unwrap_or(&call.edits);
    let message = draft.message.as_ref().unwrap_or(&call.message);
    let with_path = draft
        .target
        .path
        .as_ref()
        .filter(|path| !path.is_empty())
        .map(|path| with_route(message, edits, path));
    ForwardedRequest {
        message,
        edits: with_path.as_ref().unwrap_or(edits),
        uri: draft.target.uri.as_deref(),
        via,
        stamp: via_stamp(call),
        delimited: delimited(delivery.transport),
    }
    .write(out, &mut |id, out| fill(call, id, delivery, out));
}

/// The edits with a Route for each value of a path, in front of those that are there (RFC 3327 §5.5).
pub fn with_route(message: &Message, edits: &Edits, path: &[u8]) -> Edits {
    let mut edits = edits.clone();
    let mut line = Vec::with_capacity(path.len() + 9);
    line.extend_from_slice(b"Route: ");
    line.extend_from_slice(path);
    line.extend_from_slice(b"\r\n");
    match message.header(HeaderId::Route) {
        Some(field) => edits.insert_before_header(field, line),
        None => match message.headers_of(HeaderId::Via).next_back() {
            Some(field) => edits.insert_after_header(field, line),
            None => edits.append_header(message, line),
        },
    }
    edits
}

fn finish(call: &mut Call, relay: &Relay) -> Step {
    if relay.successes > 0 {
        table::in_call(call, |call, table| {
            if let Some(cell) = table.get_mut(relay.id) {
                cell.fix(call);
            }
        });
        return Verdict::TRUE.into();
    }
    fail(call, relay.id, relay.error);
    // Observed on 5.6.3: only the script of the request is told why.
    match relay.error {
        SEND_FAILED => Verdict::FALSE.into(),
        _ if is_later(call) => Verdict::FALSE.into(),
        error => Verdict(error).into(),
    }
}

/// Remembers why relaying has failed, for the end of the script, or says so at once where `delayed_reply` is 0.
fn fail(call: &mut Call, id: TransactionId, code: i64) {
    let is_quiet = table::in_call(call, |_, table| {
        let cell = table.get_mut(id)?;
        cell.error = Some(code);
        Some(cell.is(Options::NO_INTERNAL_REPLY))
    });
    if is_quiet != Some(false) || is_later(call) {
        return;
    }
    let tm = call.runtime.module::<Tm>();
    if let Some(tm) = tm.filter(|tm| tm.params.delayed_reply == 0) {
        let (status, reason) = meant_by(Some(code));
        reply::respond(&tm, call, id, status, reason.as_bytes());
    }
}
