//! The life of a message, from its arrival in a lane to what leaves.

use crate::admission;
use crate::lane::{Arrival, Lane, Outside};
use crate::loading::Loaded;
use module_api::{
    Admission, AfterJob, Call, ConnectionId, LogLevel, Reception, RouteDone, RouteId, RouteJob,
    RouteKind, RouteOutcome, RouteRun, RunEnd, Sending, Text, relay,
};
use script_vm::{Outcome, Run};
use sip::{HeaderId, Message, Transport};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

/// What is done when a run has ended.
pub enum After {
    /// The request's script has said what it wanted.
    Request,
    /// A response goes on upstream unless the script dropped it.
    Response,
    /// Whoever wanted the route run is told.
    Control(Option<RouteDone>),
    /// The message goes on to its route unless the script dropped it.
    PreRouting,
    /// The response leaves unless the script dropped it.
    Onsend,
    /// The module that began the run goes on.
    Job(AfterJob),
}

impl After {
    /// Whether later messages of the call wait while the run is parked.
    pub fn holds_call_back(&self) -> bool {
        !matches!(self, After::Control(_))
    }

    /// Whether a CANCEL may find the run: that of a request's own script, or one that a module has begun.
    pub fn can_be_cancelled(&self) -> bool {
        matches!(self, After::Request | After::Job(_))
    }
}

/// Handles a message: hooks first, then the script.
pub fn message(lane: &mut Lane, arrival: Arrival, outside: &dyn Outside) {
    let Some(loaded) = outside.loaded() else {
        return;
    };
    let Arrival { message, reception } = arrival;
    let is_routed = is_routed(&message);
    let call = lane.context(&loaded, message, reception);
    match loaded.events.pre_routing {
        Some(event) if is_routed => {
            let (kind, after) = (RouteKind::Event, After::PreRouting);
            begin(lane, &loaded, call, event, kind, after, outside);
        }
        _ => admit(lane, &loaded, call, outside),
    }
}

/// Whether a message is for the script. HTTP is for those who take it, but for what they have given a Via.
fn is_routed(message: &Message) -> bool {
    !message.is_http() || message.header(HeaderId::Via).is_some()
}

/// Lets modules see a message, then has it routed unless one of them has taken it.
fn admit(lane: &mut Lane, loaded: &Arc<Loaded>, mut call: Box<Call>, outside: &dyn Outside) {
    match fitness(lane, loaded, &call) {
        Fitness::Fit => {}
        Fitness::Foreign => return lane.give_back(call, outside),
        Fitness::Faulty => return fail(lane, loaded, call, outside),
    }
    let is_request = call.message.is_request();
    if is_request {
        take_alias(&call);
    }
    let hooks = &loaded.runtime.hooks;
    let seers = if is_request {
        &hooks.request
    } else {
        &hooks.response
    };
    for see in seers {
        if see(&mut call) == Admission::Consumed {
            lane.give_back(call, outside);
            return;
        }
    }
    if is_routed(&call.message) {
        return route(lane, loaded, call, outside);
    }
    // Whoever asks by HTTP waits for an answer.
    if let (true, Some(connection)) = (is_request, call.reception.connection) {
        call.runtime.host.close_connection(connection);
    }
    lane.give_back(call, outside);
}

/// Gives up a message that led to an error. Its connection is closed after what was sent.
fn fail(lane: &mut Lane, loaded: &Loaded, call: Box<Call>, outside: &dyn Outside) {
    let connection = call.reception.connection;
    lane.give_back(call, outside);
    close_after_error(loaded, connection, outside);
}

/// Closes the connection of a message that led to an error, unless it may stay open (`tcp_script_mode`).
///
/// Observed on 5.6.3: the error may be one of the message, or what the route of requests or responses has returned, a last
/// action that fails included.
fn close_after_error(loaded: &Loaded, connection: Option<ConnectionId>, outside: &dyn Outside) {
    let may_stay = loaded.runtime.settings.tcp.script_mode != 0;
    if let Some(connection) = connection.filter(|_| !may_stay) {
        outside.close(connection);
    }
}

/// Whether the script is to see a message.
enum Fitness {
    Fit,
    /// It is of another version.
    Foreign,
    /// Something that it must have is missing or cannot be read.
    Faulty,
}

/// Counts a message that has come as far as the script, or refuses one that the script is not to see.
fn fitness(lane: &Lane, loaded: &Loaded, call: &Call) -> Fitness {
    let traffic = &loaded.runtime.traffic;
    let is_stream = call.reception.transport.is_stream();
    if !admission::is_spoken(&call.message, is_stream) {
        return Fitness::Foreign;
    }
    if let Some(fault) = admission::fault(&call.message) {
        match call.message.is_request() {
            true => traffic.bad_messages.increment(),
            false => traffic.bad_responses.increment(),
        }
        if let Some(suppressed) = lane.telling.admit(lane.unix_time) {
            let runtime = &loaded.runtime;
            let peer = call.reception.peer;
            runtime.log(
                runtime.settings.log.core(),
                format_args!("a message from {peer} goes no further: {fault}{suppressed}"),
            );
        }
        return Fitness::Faulty;
    }
    if !call.message.is_http() {
        traffic.received(&call.message);
    }
    Fitness::Fit
}

/// Lets the connection of a request serve for the port of its Via too, where that asks for it (RFC 5923) and the operator
/// allows it (`tcp_accept_aliases`).
fn take_alias(call: &Call) {
    let Some(connection) = call.reception.connection else {
        return;
    };
    if !call.runtime.settings.tcp.accept_aliases.is_on() {
        return;
    }
    let Ok(via) = call.message.top_via() else {
        return;
    };
    let port = via.port_or_default();
    let asks = via.param(call.message.buffer(), b"alias").is_some();
    if asks && !call.runtime.host.alias_connection(connection, port) {
        let address = call.reception.peer.ip();
        call.runtime.log(
            LogLevel::Debug,
            format_args!("port {port} of {address} is an alias of another connection"),
        );
    }
}

/// Runs the route block of a message.
fn route(lane: &mut Lane, loaded: &Arc<Loaded>, mut call: Box<Call>, outside: &dyn Outside) {
    if duration_level(&call).is_some() {
        let now = call.runtime.host.unix_time();
        call.notes.set(Began(now));
    }
    let routes = &loaded.runtime.routes;
    let (route, kind, after) = if call.message.is_request() {
        (routes.request, RouteKind::Request, After::Request)
    } else {
        (routes.reply, RouteKind::CoreReply, After::Response)
    };
    match route {
        Some(route) => begin(lane, loaded, call, route, kind, after, outside),
        None => {
            let outcome = RouteOutcome {
                code: 1,
                end: RunEnd::Fell,
            };
            ended(lane, loaded, call, outcome, after, outside);
        }
    }
}

/// Runs a route block that a module has begun.
pub fn job(lane: &mut Lane, job: RouteJob, outside: &dyn Outside) {
    let RouteJob {
        mut call,
        route,
        kind,
        then,
    } = job;
    let Some(loaded) = outside.loaded_of(&call.runtime) else {
        stdx::never!("a run was begun whose program is gone");
        return;
    };
    lane.lend(&mut call);
    begin(lane, &loaded, call, route, kind, After::Job(then), outside);
}

/// Runs a route block that belongs to no message.
pub fn control(lane: &mut Lane, run: RouteRun, outside: &dyn Outside) {
    let Some(loaded) = outside.loaded() else {
        return;
    };
    let faked = run.message.is_none();
    let message = run.message.unwrap_or_else(|| loaded.stand_in.clone());
    let reception = run.reception.unwrap_or_else(|| stand_in_reception(&loaded));
    let mut call = lane.context(&loaded, message, reception);
    if let Some(attached) = run.attached {
        attached.attach_to(&mut call);
    }
    call.flags.marks.faked = faked;
    if let Some(note) = run.note {
        note(&mut call.notes);
    }
    begin(
        lane,
        &loaded,
        call,
        run.route,
        run.kind,
        After::Control(run.done),
        outside,
    );
}

/// How the request that timer and event routes see claims to have come in.
fn stand_in_reception(loaded: &Loaded) -> Reception {
    let nowhere = SocketAddr::new(Ipv4Addr::LOCALHOST.into(), 5060);
    let socket = loaded.runtime.sockets.list.first();
    Reception {
        transport: Transport::Udp,
        local: socket.map_or(nowhere, |socket| socket.address),
        socket: socket.map_or(module_api::SocketId(0), |socket| socket.id),
        peer: nowhere,
        connection: None,
    }
}

fn begin(
    lane: &mut Lane,
    loaded: &Arc<Loaded>,
    mut call: Box<Call>,
    route: RouteId,
    kind: RouteKind,
    after: After,
    outside: &dyn Outside,
) {
    call.reset_for_run(kind);
    let mut run = Run::default();
    let outcome = run.start(&loaded.program, &mut call, route);
    match outcome {
        // The usual case, without taking the run apart.
        Outcome::Done(outcome) => {
            ended(lane, loaded, call, outcome, after, outside);
        }
        parked => lane.settle(loaded, call, run, parked, after, outside),
    }
}

/// Does what follows the end of a run.
pub fn ended(
    lane: &mut Lane,
    loaded: &Arc<Loaded>,
    mut call: Box<Call>,
    outcome: RouteOutcome,
    after: After,
    outside: &dyn Outside,
) {
    module_api::release_forgotten(&mut call);
    match after {
        After::Request => {
            tell_duration(&mut call, "request-route");
            request_ended(loaded, &mut call, outcome);
            match outcome.code < 0 {
                true => fail(lane, loaded, call, outside),
                false => lane.give_back(call, outside),
            }
        }
        After::Response => response_ended(lane, loaded, call, outcome, outside),
        After::Control(done) => {
            if let Some(done) = done {
                done(&mut call, outcome);
            }
            // A transaction that the run has begun goes on as one of a message does.
            if call.transaction.is_some() {
                request_ended(loaded, &mut call, outcome);
            }
            // HTTP has no route but this.
            match outcome.code < 0 && call.message.is_http() {
                true => fail(lane, loaded, call, outside),
                false => lane.give_back(call, outside),
            }
        }
        After::PreRouting => match outcome.end {
            RunEnd::Drop => {
                if call.message.is_request() {
                    loaded.runtime.traffic.dropped_requests.increment();
                }
                lane.give_back(call, outside);
            }
            RunEnd::Fell | RunEnd::Exit => admit(lane, loaded, call, outside),
        },
        After::Onsend => {
            let sending = call.sending.take();
            if let Some(sending) = sending.filter(|_| outcome.end != RunEnd::Drop) {
                call.outbox.push(sending.delivery, &sending.bytes);
            }
            lane.give_back(call, outside);
        }
        After::Job(then) => {
            lane.take_back(&mut call, outside);
            lane.work(loaded, outside, |work| then(work, call, outcome));
        }
    }
}

/// Tells modules that the script of a request has ended.
fn request_ended(loaded: &Loaded, call: &mut Call, outcome: RouteOutcome) {
    for hook in &loaded.runtime.hooks.request_ends {
        hook(call, outcome);
    }
}

/// A note: when the route of a message began, since 1970.
struct Began(Duration);

/// The level at which it is told how long the route of a message took (`latency_cfg_log`), if anybody hears it.
fn duration_level(call: &Call) -> Option<LogLevel> {
    let level = LogLevel::from_number(call.runtime.settings.log.latency_run_level.get());
    call.runtime.logger.enabled(level).then_some(level)
}

/// Tells how long the route of a message took, where that is more than `latency_limit_cfg`.
fn tell_duration(call: &mut Call, what: &str) {
    let Some(level) = duration_level(call) else {
        return;
    };
    let Some(Began(began)) = call.notes.take::<Began>() else {
        return;
    };
    let limit = u64::try_from(call.runtime.settings.log.latency_limit_run.get()).unwrap_or(0);
    let took = call.runtime.host.unix_time().saturating_sub(began);
    if took > Duration::from_micros(limit) {
        let took = took.as_micros();
        call.log(level, format_args!("{what} executed in: {took} usec"));
    }
}

/// A response that the core's reply route has let pass belongs to its transaction, or goes on without state.
///
/// Observed on 5.6.3: a route whose return code is 0 or less has dropped it, so a last action that fails has too.
fn response_ended(
    lane: &mut Lane,
    loaded: &Arc<Loaded>,
    mut call: Box<Call>,
    outcome: RouteOutcome,
    outside: &dyn Outside,
) {
    tell_duration(&mut call, "reply-route");
    lane.take_back(&mut call, outside);
    if outcome.code <= 0 {
        if outcome.code < 0 {
            call.log(
                LogLevel::Warning,
                format_args!(
                    "the response goes no further, since its reply route has returned {}",
                    outcome.code
                ),
            );
            close_after_error(loaded, call.reception.connection, outside);
        } else {
            loaded.runtime.traffic.dropped_responses.increment();
        }
        lane.keep(call);
        return;
    }
    let left = match &loaded.runtime.hooks.response_owner {
        Some(own) => lane.work(loaded, outside, |work| own(work, call)),
        None => Some(call),
    };
    let Some(mut call) = left else { return };
    if !relay::forward_response(&mut call) {
        call.log(
            LogLevel::Debug,
            format_args!("a response for nobody we can reach"),
        );
    } else if let Some(route) = loaded.onsend_of_responses {
        let sending = &mut call.sending;
        call.outbox.drain(|bytes, delivery| {
            *sending = Some(Box::new(Sending {
                delivery: *delivery,
                bytes: Text::from(bytes),
            }));
        });
        lane.lend(&mut call);
        begin(
            lane,
            loaded,
            call,
            route,
            RouteKind::Onsend,
            After::Onsend,
            outside,
        );
        return;
    }
    outside.send(&mut call.outbox);
    lane.keep(call);
}

/// The request that timer and event routes see.
pub fn stand_in() -> Message {
    let text = "OPTIONS sip:kamailio.org SIP/2.0\r\n\
        Via: SIP/2.0/UDP 127.0.0.1:5060;branch=z9hG4bKstand-in\r\n\
        From: <sip:kamailio.org>;tag=stand-in\r\n\
        To: <sip:kamailio.org>\r\n\
        Call-ID: stand-in\r\n\
        CSeq: 1 OPTIONS\r\n\
        Content-Length: 0\r\n\r\n";
    match Message::parse(bytes::Bytes::from_static(text.as_bytes())) {
        Ok(message) => message,
        Err(_) => unreachable!("the text above is a request"),
    }
}
