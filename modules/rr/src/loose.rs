//! Routing by Route header fields (RFC 3261 §16.12), and what our own Route tells.

use crate::Rr;
use crate::route_set::RouteSet;
use mod_outbound::FlowError;
use module_api::{Call, Text, Verdict};
use sip::{Message, Uri};

/// The next hop was found by a flow token.
const BY_FLOW: Verdict = Verdict(2);
/// A flow token was not made by us.
const TAMPERED: Verdict = Verdict(-2);
/// The request begins a dialog, and its only Route was ours.
const PRELOADED: Verdict = Verdict(-3);

/// The direction of a request in its dialog.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From who began the dialog to the other.
    Downstream,
    /// Back.
    Upstream,
}

/// What the Route of ours said, and whether another is behind it. Kept with the message.
struct Routed {
    params: Text,
    has_next: bool,
    /// It was the Request-URI.
    is_request_uri: bool,
}

/// Which kinds of routing are tried.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Mode {
    /// Also what a strict router does, who puts our URI into the Request-URI.
    with_strict: bool,
    /// Also the flow that a token names.
    with_flows: bool,
}

/// Routes the request by its Route header fields.
pub fn route(rr: &Rr, call: &mut Call, mode: Mode) -> Verdict {
    let message = call.message.clone();
    let routes = RouteSet::of(&message);
    if routes.len() == 0 {
        if routes.is_broken {
            call.error(format_args!("the Route cannot be read"));
        }
        return Verdict::FALSE;
    }
    let is_initial = message.to_tag().is_none();
    if mode.with_strict && !is_initial && names_us(rr, call) {
        after_strict_router(rr, call, routes)
    } else {
        after_loose_router(rr, call, mode, &message, routes)
    }
}

/// Whether the Request-URI is one that we put into a Record-Route; a GRUU of one of our users is none.
fn names_us(rr: &Rr, call: &Call) -> bool {
    Uri::parse(call.request_uri())
        .is_ok_and(|uri| rr.is_ours(call, &uri) && !(uri.user().is_some() && uri.has_param(b"gr")))
}

/// The previous hop is a loose router: the Request-URI is what it is, the first Route may be ours.
///
/// COMPAT: where the next hop is a strict router, a `$du` of the script stays (observed on 5.6.3).
fn after_loose_router(
    rr: &Rr,
    call: &mut Call,
    mode: Mode,
    message: &Message,
    mut routes: RouteSet<'_>,
) -> Verdict {
    let Some(first) = routes.uri(0) else {
        return Verdict::FALSE;
    };
    let is_ours = rr.is_ours(call, &first);
    let mut next = 0;
    if is_ours {
        let flow = match flow_of(rr, call, &first) {
            _ if !mode.with_flows => None,
            Ok(flow) => flow,
            Err(FlowError::Tampered) => return TAMPERED,
            Err(FlowError::NotAToken) => None,
        };
        next = take_ours(rr, call, &mut routes, &first, flow.is_some());
        let has_next = next < routes.len();
        note(call, &first, has_next, false);
        if flow.is_some() || !has_next {
            routes.record_removals(&mut call.edits);
            run_hooks(rr, call, &first);
            return match flow {
                Some(()) => BY_FLOW,
                None if routes.is_broken => Verdict::FALSE,
                None if message.to_tag().is_none() => PRELOADED,
                None => Verdict::TRUE,
            };
        }
    }
    let Some(hop) = routes.uri(next) else {
        return Verdict::FALSE;
    };
    if hop.is_loose_router() {
        call.set_next_hop(hop.text());
    } else {
        // COMPAT: the Request-URI as received, also when the script has set another; behind all header fields (observed on 5.6.3).
        let line = [b"Route: <", message.request_uri(), b">\r\n"].concat();
        call.edits.append_header(message, line);
        routes.remove(next);
        call.set_request_uri(hop.text());
    }
    routes.record_removals(&mut call.edits);
    if is_ours {
        run_hooks(rr, call, &first);
    }
    Verdict::TRUE
}

/// Removes our Route, or our two; answers which is next. The socket to send from is what the second of two names.
fn take_ours(
    rr: &Rr,
    call: &mut Call,
    routes: &mut RouteSet<'_>,
    first: &Uri<'_>,
    is_flow: bool,
) -> usize {
    routes.remove(0);
    let is_double = rr.params.enable_double_rr != 0 && first.param(b"r2") == Some(b"on");
    let Some(second) = routes.uri(1).filter(|_| is_double) else {
        // COMPAT: half of a pair says nothing of the socket (observed on 5.6.3).
        if rr.params.force_send_socket && !is_flow && !is_double {
            force_socket(rr, call, first);
        }
        return 1;
    };
    routes.remove(1);
    if !is_flow {
        force_socket(rr, call, &second);
    }
    if rr.params.enable_socket_mismatch_warning && !rr.is_ours(call, &second) {
        let second = Text::from(second.text());
        call.warn(format_args!(
            "the second Route of two is not ours: {second}"
        ));
    }
    2
}

fn force_socket(rr: &Rr, call: &mut Call, uri: &Uri<'_>) {
    if let Some(socket) = rr.socket_of(call, uri) {
        call.target.socket = Some(socket);
    }
}

/// Sends the request over the flow that the user of our Route names. None when it has come over that flow itself: then it goes
/// on as usual (RFC 5626 §5.3).
fn flow_of(rr: &Rr, call: &mut Call, first: &Uri<'_>) -> Result<Option<()>, FlowError> {
    let (Some(outbound), Some(user)) = (rr.outbound.get(), first.user()) else {
        return Ok(None);
    };
    let flow = outbound.flow(user)?;
    let reception = &call.reception;
    if flow.peer == reception.peer && flow.transport == reception.transport {
        return Ok(None);
    }
    call.target.socket = call
        .runtime
        .sockets
        .find(Some(flow.transport), flow.local)
        .map(|socket| socket.id);
    call.set_next_hop(flow.uri());
    Ok(Some(()))
}

/// The previous hop is a strict router: our URI is the Request-URI, the real one is the last Route.
fn after_strict_router(rr: &Rr, call: &mut Call, mut routes: RouteSet<'_>) -> Verdict {
    let ours = Text::from(call.request_uri());
    let Ok(mut ours) = Uri::parse(&ours) else {
        return Verdict::FALSE;
    };
    let mut next = 0;
    let mut is_request_uri = true;
    if let Some(first) = routes.uri(0)
        && rr.is_ours(call, &first)
    {
        if rr.params.enable_double_rr != 0 && first.param(b"r2") == Some(b"on") {
            routes.remove(0);
            force_socket(rr, call, &first);
            next = 1;
        }
        // Without parameters the Request-URI is ours for another reason, and this is the one that we put there (observed on 5.6.3).
        if ours.params_text().is_empty() {
            ours = first;
            is_request_uri = false;
        }
    }
    let Some(hop) = routes.uri(next) else {
        return Verdict::FALSE;
    };
    if hop.is_loose_router() {
        let last = routes.len() - 1;
        let Some(target) = routes.uri(last) else {
            return Verdict::FALSE;
        };
        routes.remove(last);
        call.set_request_uri(target.text());
        call.set_next_hop(hop.text());
    } else {
        routes.remove(next);
        call.set_request_uri(hop.text());
    }
    routes.record_removals(&mut call.edits);
    note(call, &ours, false, is_request_uri);
    run_hooks(rr, call, &ours);
    Verdict::TRUE
}

fn note(call: &mut Call, ours: &Uri<'_>, has_next: bool, is_request_uri: bool) {
    call.notes.set(Routed {
        params: Text::from(ours.params_text()),
        has_next,
        is_request_uri,
    });
}

fn run_hooks(rr: &Rr, call: &mut Call, ours: &Uri<'_>) {
    for hook in rr.hooks.load().iter() {
        hook(call, ours.params_text());
    }
}

/// Whether the next hop comes from a Route behind ours.
pub fn has_next(call: &Call) -> bool {
    call.notes
        .get::<Routed>()
        .is_some_and(|routed| routed.has_next)
}

/// The parameters of the Route of ours: as noted, else of the first Route as received.
pub fn route_params(rr: &Rr, call: &mut Call) -> Option<Text> {
    if let Some(routed) = call.notes.get::<Routed>() {
        return Some(routed.params.clone());
    }
    let message = call.message.clone();
    let first = RouteSet::of(&message).uri(0)?;
    rr.is_ours(call, &first)
        .then(|| Text::from(first.params_text()))
}

/// The same as scripts look at them: with the semicolon in front; none without any.
///
/// COMPAT: without the semicolon where a strict router has put them into the Request-URI (observed on 5.6.3).
pub fn shown_params(rr: &Rr, call: &mut Call) -> Option<Text> {
    let params = route_params(rr, call).filter(|params| !params.is_empty())?;
    let routed = call.notes.get::<Routed>();
    if routed.is_some_and(|routed| routed.is_request_uri) {
        return Some(params);
    }
    Some(Text::concat(&[b";", &params]))
}

/// The direction: downstream when our Route has the From tag as `ftag`, or has none, or the request has no From tag (observed on 5.6.3).
///
/// COMPAT: who asks first settles it for the message: before `loose_route()`, what a strict router has sent is downstream (observed on
/// 5.6.3).
pub fn direction(rr: &Rr, call: &mut Call) -> Direction {
    if let Some(direction) = call.notes.get::<Direction>() {
        return *direction;
    }
    let direction = told_direction(rr, call);
    call.notes.set(direction);
    direction
}

fn told_direction(rr: &Rr, call: &mut Call) -> Direction {
    let Some(params) = route_params(rr, call) else {
        return Direction::Downstream;
    };
    let ftag = sip::Params::new(&params)
        .named(b"ftag")
        .and_then(|param| param.value);
    match (ftag, call.message.from_tag()) {
        (Some(ftag), Some(tag)) if ftag != tag => Direction::Upstream,
        _ => Direction::Downstream,
    }
}

impl From<i64> for Mode {
    fn from(mode: i64) -> Mode {
        Mode {
            with_strict: mode & 1 == 0,
            with_flows: mode & 2 == 0,
        }
    }
}

/// Whether a verdict says that the only Route of a request without dialog was ours.
pub fn is_preloaded(verdict: Verdict) -> bool {
    verdict == PRELOADED
}
