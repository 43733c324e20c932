//! What messages do to dialogs that are there: responses, ACK and BYE move them on.

use crate::context::{self, Current};
use crate::creation::{begin, contact_of, is_initial, lifetime, note};
use crate::dialog::{Dialog, Properties, Side, State, marks};
use crate::ending::end;
use crate::events::{self, About, Seen};
use crate::packed::Field;
use crate::table::Names;
use crate::{Dialogs, Moment, creation, numbers, timers};
use mod_tm::{Event, Finished};
use module_api::{Call, Runtime};
use sip::{HeaderId, Message, Method, Uri};
use std::sync::Arc;
use std::time::Duration;

/// A time since 1970 in whole seconds.
pub fn seconds(time: Duration) -> u32 {
    u32::try_from(time.as_secs()).unwrap_or(u32::MAX)
}

/// The way to the callee: what has been recorded behind the `before` values that the INVITE came with, and behind ours, the nearest
/// first. Further back there may be more of ours: the INVITE may pass here again.
fn callee_routes(
    dialogs: &Dialogs,
    runtime: &Runtime,
    response: &Message,
    before: usize,
) -> Vec<u8> {
    let keeps_ours = dialogs.params.keep_proxy_rr & 1 != 0;
    let recorded = response.list(HeaderId::RecordRoute);
    let mut routes: Vec<&[u8]> = recorded.map(|span| response.text(span)).collect();
    routes.reverse();
    let behind = routes.get(before..).unwrap_or_default();
    let ours = match behind {
        [first, second, ..] if is_double(first) => {
            usize::from(names_us(runtime, first)) + usize::from(names_us(runtime, second))
        }
        [first, ..] => usize::from(names_us(runtime, first)),
        [] => 0,
    };
    let kept = usize::from(keeps_ours && ours > 0);
    behind.get(ours - kept..).unwrap_or_default().join(&b',')
}

fn parsed(value: &[u8]) -> Option<Uri<'_>> {
    let address = sip::NameAddr::parse(value).ok()?;
    address.parse_uri(value).ok()
}

/// Whether it is one of two that we record where we go from one socket to another.
fn is_double(value: &[u8]) -> bool {
    parsed(value).is_some_and(|uri| uri.param(b"r2").is_some())
}

fn names_us(runtime: &Runtime, value: &[u8]) -> bool {
    parsed(value).is_some_and(|uri| runtime.sockets.are_meant_by(&uri))
}

/// A transaction was made for the request at hand.
pub fn began(dialogs: &Dialogs, call: &mut Call) {
    if !is_initial(&call.message) {
        return;
    }
    let flag = u32::try_from(dialogs.params.dlg_flag).ok();
    if flag.is_some_and(|flag| call.flags.message & (1 << flag) != 0) {
        begin(dialogs, call);
    }
    if let Some(current) = call.notes.get::<Current>() {
        creation::carry(call, &current.dialog);
    }
}

/// The dialog that the INVITE at hand carries.
fn carried(dialogs: &Dialogs, call: &Call) -> Option<Arc<Dialog>> {
    if !is_initial(&call.message) {
        return None;
    }
    let (dialog, _) = context::find(dialogs, &call.message)?;
    let carrier = dialog.body().carrier;
    let is_carried = carrier.is_none() || carrier == call.transaction;
    is_carried.then_some(dialog)
}

/// A provisional response to the request at hand was sent on.
pub fn rang(dialogs: &Dialogs, call: &Call) {
    let Some(dialog) = carried(dialogs, call) else {
        return;
    };
    let mut body = dialog.body();
    if body.state == State::Unconfirmed {
        body.state = State::Early;
        dialogs.counters.early.add(1);
    }
}

/// What tm tells of the final response to a request.
pub fn told(dialogs: &Dialogs, call: &mut Call, event: &Event) {
    let Event::Finished(finished) = event else {
        return;
    };
    let Some(dialog) = carried(dialogs, call) else {
        return;
    };
    if dialog.body().state > State::Early {
        return;
    }
    let had = call.notes.take::<Current>();
    note(call, &dialog, false);
    if finished.status < 300 {
        answered(dialogs, call, &dialog, finished);
    } else {
        dialogs.counters.failed.increment();
        let about = about(call, finished);
        end(
            dialogs,
            &call.runtime.clone(),
            &dialog,
            Moment::Failed,
            about,
            Some(call),
        );
    }
    if let Some(had) = had {
        call.notes.set(had);
    }
}

fn about(call: &Call, finished: &Finished) -> Option<About> {
    match (&finished.response, finished.reception) {
        (Some(response), Some(reception)) => Some((response.clone(), reception)),
        _ => Some((call.message.clone(), call.reception)),
    }
}

fn answered(dialogs: &Dialogs, call: &mut Call, dialog: &Arc<Dialog>, finished: &Finished) {
    let now = seconds(call.unix_time);
    let runtime = call.runtime.clone();
    let response = finished.response.as_ref();
    let before = call.message.list(HeaderId::RecordRoute).count();
    let routes = response.map(|response| callee_routes(dialogs, &runtime, response, before));
    let facts = module_api::relay::facts(&call.message);
    let own_tag = runtime.identifiers.stateful_tag(&facts);
    let mut texts: Vec<(Field, &[u8])> = Vec::with_capacity(3);
    let tag = response.map_or(Some(own_tag.as_bytes()), |response| response.to_tag());
    texts.push((Field::ToTag, tag.unwrap_or_default()));
    if let Some(contact) = response.and_then(contact_of) {
        texts.push((Field::CalleeContact, contact));
    }
    if let Some(routes) = routes.as_ref().filter(|routes| !routes.is_empty()) {
        texts.push((Field::CalleeRoutes, routes));
    }
    dialog.set_texts(&texts);
    {
        let mut body = dialog.body();
        let socket = finished
            .reception
            .map_or(call.reception.socket, |r| r.socket);
        body.callee_socket = Some(socket);
        if body.state == State::Early {
            dialogs.counters.early.add(-1);
        }
        body.state = State::Answered;
        body.marks |= marks::ANSWERED;
        body.answered = now;
        body.kept_alive = now;
        body.deadline = now.saturating_add(body.lifetime);
        let ack = u32::try_from(dialogs.params.noack_timeout).unwrap_or(60);
        let first = body.deadline.min(now.saturating_add(ack));
        dialogs.table().look_at(dialog, first);
    }
    dialogs.counters.active.add(1);
    dialogs.tell(call, dialog, Moment::Answered);
    if let Some(storage) = dialogs.storage.get() {
        storage.changed(dialogs, &runtime, dialog);
    }
    events::raise(&runtime, "dialog:start", dialog, || {
        Seen::by(call, about(call, finished))
    });
}

/// What rr tells of a Route of ours.
pub fn routed(dialogs: &Dialogs, call: &mut Call, params: &[u8]) {
    if !call.message.is_request() || call.message.to_tag().is_none() {
        return;
    }
    let cookie = sip::Params::new(params)
        .named(&dialogs.params.rr_param)
        .and_then(|param| param.value);
    let cookie = cookie.and_then(creation::parse_cookie);
    within(dialogs, call, cookie);
}

/// Finds the dialog of the request at hand by the cookie of its Route, or by its names, and moves it on. Whether there is one.
pub fn within(dialogs: &Dialogs, call: &mut Call, cookie: Option<(u32, u32)>) -> bool {
    if let Some(current) = call.notes.get::<Current>()
        && current.is_within
    {
        return true;
    }
    let message = call.message.clone();
    let names = context::names(&message);
    let mode = dialogs.params.dlg_match_mode;
    let found = match cookie.filter(|_| mode != 2) {
        Some(place) => by_cookie(dialogs, place, names),
        None if mode == 0 => None,
        None => dialogs.table().named(names),
    };
    let Some((dialog, side)) = found else {
        return false;
    };
    note(call, &dialog, true);
    if may_go_on(call, &dialog) {
        creation::add_cookie(dialogs, call, &dialog);
    }
    numbers::passes(dialogs, call, &dialog, side);
    for observer in dialogs.passing.load().iter() {
        observer(call, &dialog, side);
    }
    match message.method() {
        Method::Ack => acknowledged(dialogs, call, &dialog),
        Method::Bye => {
            used(dialogs, call, &dialog, side);
            let about = Some((call.message.clone(), call.reception));
            dialog.body().marks |= marks::BYE;
            end(
                dialogs,
                &call.runtime.clone(),
                &dialog,
                Moment::Ended,
                about,
                Some(call),
            );
        }
        Method::Cancel => {}
        _ => used(dialogs, call, &dialog, side),
    }
    true
}

/// Whether later requests may come by what the one at hand records (observed on 5.6.3: the ACK that confirms records nothing new).
fn may_go_on(call: &Call, dialog: &Dialog) -> bool {
    let state = dialog.body().state;
    match call.message.method() {
        Method::Bye => false,
        Method::Ack => state == State::Confirmed,
        _ => state < State::Deleted,
    }
}

fn by_cookie(
    dialogs: &Dialogs,
    (entry, id): (u32, u32),
    names: Names<'_>,
) -> Option<(Arc<Dialog>, Side)> {
    let dialog = dialogs.table().get(entry, id)?;
    let side = {
        let body = dialog.body();
        if body.texts.text(Field::CallId) != names.call_id {
            return None;
        }
        body.sender(names.from_tag, names.to_tag)?
    };
    Some((dialog, side))
}

fn acknowledged(dialogs: &Dialogs, call: &mut Call, dialog: &Arc<Dialog>) {
    {
        let mut body = dialog.body();
        if body.state != State::Answered {
            return;
        }
        body.state = State::Confirmed;
        body.marks |= marks::USED;
        dialogs.table().look_at(dialog, body.deadline);
    }
    dialogs.tell(call, dialog, Moment::Confirmed);
    if let Some(storage) = dialogs.storage.get() {
        storage.changed(dialogs, &call.runtime, dialog);
    }
}

/// A request within the dialog: its number is remembered, and the lifetime begins anew.
fn used(dialogs: &Dialogs, call: &mut Call, dialog: &Arc<Dialog>, side: Side) {
    let now = seconds(call.unix_time);
    let asked = lifetime(dialogs, call);
    let number = call.message.cseq().map_or(0, |cseq| cseq.number);
    {
        let mut body = dialog.body();
        let known = match side {
            Side::Caller => &mut body.caller_number,
            Side::Callee => &mut body.callee_number,
        };
        // Observed on 5.6.3: a BYE's number is not kept.
        if call.message.method() != Method::Bye {
            *known = (*known).max(number);
        }
        body.marks |= marks::USED;
        if body.state == State::Confirmed && !body.properties.contains(Properties::NO_RESET) {
            let lifetime = asked.unwrap_or(body.lifetime);
            timers::set_lifetime(dialogs, dialog, &mut body, lifetime, now);
        }
        if !body.state.is_active() {
            return;
        }
    }
    if call.message.method() != Method::Bye
        && let Some(storage) = dialogs.storage.get()
    {
        storage.changed(dialogs, &call.runtime, dialog);
    }
}
