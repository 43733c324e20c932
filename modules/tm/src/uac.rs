//! Requests of our own.

use crate::armed::{Armed, Options};
use crate::cell::{Ack, Cell, Leg, Stored};
use crate::table::Table;
use crate::{Tm, avoidance, local_ack, requests, table, work};
use module_api::relay::{apply_edits, delimited, fill, numeric_hop, write_via};
use module_api::{
    Call, Delivery, LaneKey, Located, NextHop, Reception, RouteJob, RouteKind, RunEnd, Runtime,
    SocketId, Text, TransactionId, Work,
};
use sip::identifiers::{BranchId, RequestFacts};
use sip::serialize::{ForwardedRequest, ViaStamp};
use sip::{Message, Method, Transport};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use transaction::{Effects, Kind, Tick, Transaction};

/// Told of the final response to a request of our own.
pub type Finish = Box<dyn FnOnce(&mut Work<'_>, &FinalResponse) + Send>;

/// The final response to a request of our own.
#[derive(Clone, Debug)]
pub struct FinalResponse {
    /// Its status.
    pub status: u16,
    /// The response; none when the status was made here.
    pub message: Option<Message>,
    /// How it came in.
    pub reception: Option<Reception>,
}

/// A request of our own.
#[derive(Clone, Debug, Default)]
pub struct LocalRequest {
    /// The method.
    pub method: Text,
    /// The Request-URI.
    pub uri: Text,
    /// The value of From; a tag is added when it has none.
    pub from: Text,
    /// The value of To.
    pub to: Text,
    /// The Call-ID; one is made when it is empty.
    pub call_id: Text,
    /// The number of the CSeq; 0 is 10.
    pub cseq: u32,
    /// Further header lines, each with its CRLF.
    pub headers: Text,
    /// The body; its Content-Type is among the headers.
    pub body: Text,
    /// Where it goes, when not to its Request-URI.
    pub next_hop: Option<Text>,
    /// The socket it leaves from, when not one that fits.
    pub socket: Option<SocketId>,
    /// The 2xx to an INVITE is left to others to acknowledge.
    pub no_ack: bool,
    /// How long to wait for responses, in milliseconds, when not as the parameters say: for a final one (or a first
    /// one to an INVITE), and for the final one to an INVITE.
    pub times: [Option<u32>; 2],
}

/// Sends a request of our own; `finish` is told of its final response. The request is first shown to
/// `event_route[tm:local-request]`. False when it is no request.
pub fn send(runtime: &Arc<Runtime>, request: &LocalRequest, finish: Option<Finish>) -> bool {
    let Some(tm) = runtime.module::<Tm>() else {
        return false;
    };
    let hop = request
        .next_hop
        .clone()
        .filter(|hop| !hop.is_empty())
        .unwrap_or_else(|| request.uri.clone());
    let Some(message) = compose(&tm, runtime, request) else {
        return false;
    };
    let (socket, no_ack, times) = (request.socket, request.no_ack, request.times);
    let next_hop = hop.clone();
    let go = move |runtime: &Arc<Runtime>, hops: Vec<NextHop>| {
        let call_id = Text::from(message.call_id().unwrap_or_default());
        let wanted = Wanted {
            message,
            hops,
            next_hop,
            socket,
            no_ack,
            times,
            finish,
        };
        runtime.host.on_lane(
            LaneKey::OfCall(&call_id),
            Box::new(move |work| show(&tm, work, wanted)),
        );
    };
    let located = match numeric_hop(&hop) {
        Some(hop) => Located::Ready(vec![hop]),
        None => runtime.host.locate(&hop),
    };
    match located {
        Located::Ready(hops) => go(runtime, hops),
        Located::Later(answer) => {
            let runtime = runtime.clone();
            let host = runtime.host.clone();
            host.spawn(Box::pin(async move {
                let hops = answer.await;
                go(&runtime, hops);
            }));
        }
    }
    true
}

/// A request of our own on its way into its lane.
struct Wanted {
    message: Message,
    hops: Vec<NextHop>,
    /// The URI that they are the places of.
    next_hop: Text,
    socket: Option<SocketId>,
    no_ack: bool,
    times: [Option<u32>; 2],
    finish: Option<Finish>,
}

/// The request without a Via, in the order observed on 5.6.3.
fn compose(tm: &Tm, runtime: &Arc<Runtime>, request: &LocalRequest) -> Option<Message> {
    let mut out = Vec::with_capacity(512);
    let unique = unique(tm, runtime);
    let mut line = |name: &[u8], value: &[&[u8]]| {
        out.extend_from_slice(name);
        value.iter().for_each(|part| out.extend_from_slice(part));
        out.extend_from_slice(b"\r\n");
    };
    line(&request.method, &[b" ", &request.uri, b" SIP/2.0"]);
    line(b"To: ", &[&request.to]);
    let tag = format!("{:032x}-{:08x}", unique.key, unique.key as u32);
    if has_tag(&request.from) {
        line(b"From: ", &[&request.from]);
    } else {
        line(b"From: ", &[&request.from, b";tag=", tag.as_bytes()]);
    }
    let cseq = Text::from(i64::from(if request.cseq == 0 { 10 } else { request.cseq }));
    line(b"CSeq: ", &[&cseq, b" ", &request.method]);
    if request.call_id.is_empty() {
        let host = runtime.sockets.list.first().map(|s| s.host.clone());
        let made = format!("{:016x}-{}@", (unique.key >> 64) as u64, std::process::id());
        line(b"Call-ID: ", &[made.as_bytes(), &host.unwrap_or_default()]);
    } else {
        line(b"Call-ID: ", &[&request.call_id]);
    }
    if !contains_field(&request.headers, b"max-forwards:") {
        line(b"Max-Forwards: ", &[b"70"]);
    }
    let length = Text::from(request.body.len() as i64);
    line(b"Content-Length: ", &[&length]);
    out.extend_from_slice(&runtime.settings.user_agent_line);
    out.extend_from_slice(&request.headers);
    if !request.headers.is_empty() && !request.headers.ends_with(b"\r\n") {
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(b"\r\n");
    out.extend_from_slice(&request.body);
    let message = Message::parse(out.into()).ok()?;
    let is_whole = message.is_request() && message.cseq().is_ok() && message.from().is_ok();
    is_whole.then_some(message)
}

/// Numbers that nobody can guess and that do not come again.
pub fn unique(tm: &Tm, runtime: &Runtime) -> BranchId {
    let count = tm.own_count.fetch_add(1, Ordering::Relaxed);
    let time = runtime.host.unix_time().as_nanos() as u64;
    runtime.identifiers.stateless_branch(
        &RequestFacts {
            call_id: &count.to_be_bytes(),
            top_via: &time.to_be_bytes(),
            ..RequestFacts::default()
        },
        0,
    )
}

fn has_tag(from: &[u8]) -> bool {
    let params = match from.iter().rposition(|byte| *byte == b'>') {
        Some(end) => from.get(end..).unwrap_or_default(),
        None => from,
    };
    params
        .windows(5)
        .any(|window| window.eq_ignore_ascii_case(b";tag="))
}

fn contains_field(headers: &[u8], name: &[u8]) -> bool {
    headers.split(|byte| *byte == b'\n').any(|line| {
        line.get(..name.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(name))
    })
}

/// The event route that sees requests of our own.
pub const LOCAL_REQUEST: &str = "tm:local-request";

/// Shows the CANCEL of a branch to `event_route[tm:local-request]`, then sends it, with what the route has changed, unless it was
/// dropped.
pub fn show_cancel(
    tm: &Arc<Tm>,
    work: &mut Work<'_>,
    id: TransactionId,
    branch: usize,
    cancel: &[u8],
) {
    let shown = table::in_work(work, |work, table| {
        let cell = table.get(id)?;
        let delivery = cell.legs.get(branch)?.delivery;
        let message = Message::parse(cancel.to_vec().into()).ok()?;
        let route = cell.runtime.routes.event.get(LOCAL_REQUEST).copied()?;
        let reception = Reception {
            transport: delivery.transport,
            socket: delivery.socket,
            peer: delivery.peer,
            connection: delivery.connection,
            ..cell.reception
        };
        let runtime = cell.runtime.clone();
        Some((work.context(&runtime, message, reception), route))
    });
    let Some((call, route)) = shown else { return };
    let tm = tm.clone();
    work.begin(RouteJob {
        call,
        route,
        kind: RouteKind::Local,
        then: Box::new(move |work, mut call, outcome| {
            if outcome.end != RunEnd::Drop && apply_edits(&mut call) {
                table::in_work(work, |work, table| {
                    let leg = table.get_mut(id).and_then(|cell| cell.legs.get_mut(branch));
                    if let Some(leg) = leg {
                        let cancel: Box<[u8]> = call.message.buffer()[..].into();
                        work.outbox.push(leg.delivery, &cancel);
                        leg.cancel = Some(cancel);
                    }
                });
            }
            work.give_back(call);
            work::run(&tm, work);
        }),
    });
}

/// Shows the request to `event_route[tm:local-request]`, then sends it.
fn show(tm: &Arc<Tm>, work: &mut Work<'_>, wanted: Wanted) {
    let runtime = work.runtime.clone();
    let socket = runtime.sockets.list.first();
    let nowhere = SocketAddr::new(Ipv4Addr::LOCALHOST.into(), 5060);
    let reception = Reception {
        transport: Transport::Udp,
        local: socket.map_or(nowhere, |socket| socket.address),
        socket: wanted
            .socket
            .or(socket.map(|s| s.id))
            .unwrap_or(SocketId(0)),
        peer: socket.map_or(nowhere, |socket| socket.address),
        connection: None,
    };
    let mut call = work.context(&runtime, wanted.message.clone(), reception);
    call.target.socket = wanted.socket;
    // Observed on 5.6.3: the route finds it in `$du`.
    call.target.destination_uri = Some(wanted.next_hop.clone());
    match runtime.routes.event.get(LOCAL_REQUEST).copied() {
        None => leave(tm, work, call, wanted),
        Some(route) => {
            let tm = tm.clone();
            work.begin(RouteJob {
                call,
                route,
                kind: RouteKind::Local,
                then: Box::new(move |work, call, outcome| {
                    if outcome.end == RunEnd::Drop {
                        work.give_back(call);
                        tell(work, wanted.finish, 0, None);
                        return;
                    }
                    locate(&tm, work, call, wanted);
                }),
            });
        }
    }
}

/// Finds the place that the event route has chosen, if it has, and sends the request. COMPAT: 5.6.3 sends it where it
/// was to go; the manual says that `$du` can be changed.
fn locate(tm: &Arc<Tm>, work: &mut Work<'_>, call: Box<Call>, mut wanted: Wanted) {
    let chosen = call.target.destination_uri.clone().unwrap_or_default();
    if chosen.is_empty() || chosen == wanted.next_hop {
        leave(tm, work, call, wanted);
        return;
    }
    let runtime = work.runtime.clone();
    let located = match numeric_hop(&chosen) {
        Some(hop) => Located::Ready(vec![hop]),
        None => runtime.host.locate(&chosen),
    };
    match located {
        Located::Ready(hops) => {
            wanted.hops = hops;
            leave(tm, work, call, wanted);
        }
        Located::Later(answer) => {
            let (tm, host) = (tm.clone(), runtime.host.clone());
            host.spawn(Box::pin(async move {
                wanted.hops = answer.await;
                let call_id = Text::from(call.message.call_id().unwrap_or_default());
                runtime.host.on_lane(
                    LaneKey::OfCall(&call_id),
                    Box::new(move |work| leave(&tm, work, call, wanted)),
                );
            }));
        }
    }
}

fn tell(
    work: &mut Work<'_>,
    finish: Option<Finish>,
    status: u16,
    response: Option<(Message, Reception)>,
) {
    let Some(finish) = finish else { return };
    let (message, reception) = response.unzip();
    let response = FinalResponse {
        status,
        message,
        reception,
    };
    finish(work, &response);
}

/// Makes the transaction and sends the request.
fn leave(tm: &Arc<Tm>, work: &mut Work<'_>, mut call: Box<Call>, wanted: Wanted) {
    let Some((at, delivery)) = avoidance::reachable(&call, &call.target, &wanted.hops) else {
        let status = if wanted.hops.is_empty() { 478 } else { 477 };
        return give_up(work, call, wanted.finish, status);
    };
    if table::in_work(work, |_, table| table.is_full(tm)) {
        return give_up(work, call, wanted.finish, 503);
    }
    table::in_work(work, |work, table| {
        let other_hops = wanted.hops.get(at + 1..).unwrap_or_default().to_vec();
        let way = Way {
            delivery,
            other_hops,
        };
        begin(tm, work, table, &mut call, wanted, way);
    });
    work.give_back(call);
    work::run(tm, work);
}

/// Ends a request that cannot leave: whoever wanted it is told that status.
fn give_up(work: &mut Work<'_>, call: Box<Call>, finish: Option<Finish>, status: u16) {
    work.give_back(call);
    tell(work, finish, status, None);
}

/// Where a request goes, and where else it may go.
struct Way {
    delivery: Delivery,
    other_hops: Vec<NextHop>,
}

fn begin(
    tm: &Arc<Tm>,
    work: &mut Work<'_>,
    table: &mut Table,
    call: &mut Call,
    wanted: Wanted,
    way: Way,
) {
    let method = call.message.method();
    let delivery = way.delivery;
    std::mem::swap(&mut call.lane, work.state);
    let mut armed = call.notes.take::<Armed>().unwrap_or_default();
    let machine = machine(
        tm,
        method,
        wanted.times,
        &armed,
        table.tick(work.now),
        delivery,
    );
    if wanted.no_ack {
        armed.options.set(Options::NO_ACK, true);
    }
    let cell = Cell {
        finish: wanted.finish,
        is_held: false,
        ..requests::blank(call, machine, delivery, armed)
    };
    // No request that comes in belongs to it.
    let id = table.insert(tm, Box::new(cell), method == Method::Invite, b"");
    requests::name(call, table, id);
    std::mem::swap(&mut call.lane, work.state);
    let Some(cell) = table.get_mut(id) else {
        return;
    };
    let branch = cell.branch_id(0);
    let start = work.outbox.buffer.len();
    work.outbox
        .push_with(delivery, |out| write(call, &delivery, &branch, out));
    let sent = work.outbox.buffer.get(start..).unwrap_or_default().into();
    cell.legs.push(Leg {
        target: None,
        flags: 0,
        delivery,
        sent,
        ack: Ack::Unmade,
        early_acks: 0,
        response: None,
        other_hops: way.other_hops,
        on_reply: armed.reply,
        on_failure: armed.failure.filter(|_| tm.params.enable_uac_fr != 0),
        on_branch_failure: None,
        cancel: None,
    });
    if method == Method::Ack {
        // Nothing answers an ACK.
        cell.machine.end_own();
    }
    tm.counters.own_requests.increment();
    tm.counters.created.increment();
    table.look_after(id);
}

/// The machine of a request of our own, with its one branch.
fn machine(
    tm: &Tm,
    method: Method,
    [fr, fr_inv]: [Option<u32>; 2],
    armed: &Armed,
    now: Tick,
    delivery: Delivery,
) -> Transaction {
    let is_invite = method == Method::Invite;
    let kind = if is_invite {
        Kind::OwnInvite
    } else {
        Kind::Own
    };
    let mut times = tm.params.times(is_invite);
    times.fr = fr.unwrap_or(times.fr);
    times.fr_inv = fr_inv.unwrap_or(times.fr_inv);
    let times = armed.times.over(times, is_invite);
    let mut machine = Transaction::new(kind, true, times, now);
    machine.add_branch(delivery.transport.is_stream(), now, &mut Effects::new());
    machine
}

fn write(call: &Call, delivery: &Delivery, branch: &BranchId, out: &mut Vec<u8>) {
    let mut via = Vec::with_capacity(160);
    write_via(call, delivery, branch, &mut via);
    ForwardedRequest {
        message: &call.message,
        edits: &call.edits,
        uri: call.target.uri.as_deref(),
        via: &via,
        stamp: ViaStamp::NONE,
        delimited: delimited(delivery.transport),
    }
    .write(out, &mut |id, out| fill(call, id, delivery, out));
}

/// A response to a request of our own.
pub fn received(tm: &Arc<Tm>, work: &mut Work<'_>, call: &Call, id: TransactionId, branch: usize) {
    let status = call.message.status();
    if status < 200 {
        tm.counters.relayed();
        return;
    }
    let is_invite = call
        .message
        .cseq()
        .is_ok_and(|cseq| cseq.method == Method::Invite);
    if is_invite && status < 300 {
        local_ack::answered(tm, work, call, id, branch);
    }
    let told = table::in_work(work, |_, table| {
        let cell = table.get_mut(id)?;
        let leg = cell.legs.get_mut(branch)?;
        if status >= 300 && leg.on_failure.is_some() {
            // The failure route decides.
            leg.response = Some(Box::new(Stored {
                message: call.message.clone(),
                edits: sip::Edits::new(),
                changed: None,
                reception: call.reception,
            }));
            return None;
        }
        let told = cell.finish.take();
        tm.counters.relayed();
        if !std::mem::replace(&mut cell.has_result, true) {
            tm.counters.finished(status);
        }
        table.look_after(id);
        told
    });
    let response = (call.message.clone(), call.reception);
    tell(work, told, status, Some(response));
}

/// Whether a request of our own has failed so that a failure route may try another place (`enable_uac_fr`).
pub fn may_try_again(cell: &Cell) -> bool {
    let mut branches = cell.machine.branches.iter();
    let has_success = branches.any(|branch| (200..300).contains(&branch.status));
    // An ACK has none.
    let has_any = !cell.machine.branches.is_empty();
    let mut legs = cell.legs.iter();
    has_any && !has_success && cell.machine.status < 200 && legs.any(|leg| leg.on_failure.is_some())
}

/// No response to a request of our own has come, or none that its failure routes could do something about.
pub fn failed(tm: &Arc<Tm>, work: &mut Work<'_>, id: TransactionId) {
    let told = table::in_work(work, |_, table| {
        let cell = table.get_mut(id)?;
        let last = cell.machine.branches.len().checked_sub(1)?;
        let best = cell.machine.best(work::ranking(tm)).unwrap_or(last);
        let answered = cell.machine.status;
        let status = match answered {
            200.. => answered,
            _ => cell.machine.branches.get(best)?.status,
        };
        cell.machine.status = status;
        let told = cell.finish.take();
        if !std::mem::replace(&mut cell.has_result, true) {
            tm.counters.ended(&cell.machine, best);
        }
        // A 2xx that waits for its ACK stays.
        let leg = cell
            .legs
            .get_mut(best)
            .filter(|_| told.is_some() && answered < 200);
        let response = leg.and_then(|leg| leg.response.take());
        table.look_after(id);
        let response = response.map(|stored| (stored.message, stored.reception));
        told.map(|told| (told, status, response))
    });
    if let Some((told, status, response)) = told {
        tell(work, Some(told), status, response);
    }
}
