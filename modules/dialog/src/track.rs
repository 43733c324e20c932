//! What messages do to dialogs: an INVITE begins one, responses, ACK and BYE move it on.

use crate::context::{self, Coming, Current, Loose};
use crate::dialog::{Body, Dialog, Extra, Properties, Side, State, marks};
use crate::events::{self, About};
use crate::packed::{Field, Packed};
use crate::table::Names;
use crate::{Dialogs, Moment, timers};
use mod_tm::{Event, Finished, Progress};
use module_api::{Call, LaneKey, Reception, Runtime, SocketId, Text};
use sip::{Contact, HeaderId, Message, Method, Uri};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

/// How long a dialog that has ended stays, in seconds, for what comes late.
pub const LINGER_S: u32 = 5;

/// A time since 1970 in whole seconds.
pub fn seconds(time: Duration) -> u32 {
    u32::try_from(time.as_secs()).unwrap_or(u32::MAX)
}

/// Whether the message at hand may begin a dialog.
pub fn is_initial(message: &Message) -> bool {
    message.is_request()
        && message.method() == Method::Invite
        && message.to_tag().is_none_or(<[u8]>::is_empty)
}

/// Makes a dialog of the INVITE at hand, or finds the one it has. None when there are too many.
pub fn begin(dialogs: &Dialogs, call: &mut Call) -> Option<Arc<Dialog>> {
    if let Some(current) = call.notes.get::<Current>() {
        return Some(current.dialog.clone());
    }
    if dialogs.params.detect_spirals != 0
        && let Some((dialog, _)) = context::find(dialogs, &call.message)
        && dialog.body().state < State::Deleted
    {
        note(call, &dialog, false);
        return Some(dialog);
    }
    let body = body_of(dialogs, call);
    let Some(dialog) = dialogs.table().insert(body) else {
        call.error(format_args!("there are too many dialogs"));
        return None;
    };
    let early = u32::try_from(dialogs.params.early_timeout).unwrap_or(300);
    let now = seconds(call.unix_time);
    dialogs.table().look_at(&dialog, now.saturating_add(early));
    dialogs.counters.processed.increment();
    if dialogs.params.dlg_match_mode != 2
        && let Some(rr) = &dialogs.rr
    {
        let param = cookie(&dialogs.params.rr_param, dialog.entry, dialog.id);
        rr.add_param(call, &param);
    }
    note(call, &dialog, false);
    dialogs.tell(call, &dialog, Moment::Begun);
    Some(dialog)
}

fn note(call: &mut Call, dialog: &Arc<Dialog>, is_within: bool) {
    call.notes.set(Current {
        dialog: dialog.clone(),
        is_within,
    });
}

/// `;did=303.8b4`: both numbers in hexadecimal with the least digit first (observed on 5.6.3).
fn cookie(name: &[u8], entry: u32, id: u32) -> Vec<u8> {
    let mut out = Vec::with_capacity(name.len() + 20);
    out.push(b';');
    out.extend_from_slice(name);
    out.push(b'=');
    push_reversed(entry, &mut out);
    out.push(b'.');
    push_reversed(id, &mut out);
    out
}

fn push_reversed(mut number: u32, out: &mut Vec<u8>) {
    loop {
        out.push(
            b"0123456789abcdef"
                .get((number & 15) as usize)
                .copied()
                .unwrap_or(b'0'),
        );
        number >>= 4;
        if number == 0 {
            return;
        }
    }
}

fn parse_reversed(text: &[u8]) -> Option<u32> {
    if text.is_empty() || text.len() > 8 {
        return None;
    }
    text.iter().rev().try_fold(0_u32, |number, digit| {
        let value = (*digit as char).to_digit(16)?;
        Some(number << 4 | value)
    })
}

/// The two numbers of a cookie.
pub fn parse_cookie(text: &[u8]) -> Option<(u32, u32)> {
    let (entry, id) = stdx::ascii::split_once(text, b'.')?;
    Some((parse_reversed(entry)?, parse_reversed(id)?))
}

/// The dialog of an INVITE, as far as that tells it.
fn body_of(dialogs: &Dialogs, call: &mut Call) -> Body {
    let now = seconds(call.unix_time);
    let lifetime = lifetime(dialogs, call);
    let coming = call.notes.take::<Coming>().unwrap_or_default();
    let message = call.message.clone();
    let number = message.cseq().map_or(0, |cseq| cseq.number);
    let names = context::names(&message);
    let routes = routes_of(&message);
    let request_uri = Text::from(call.request_uri());
    let mut texts = vec![
        (Field::CallId, names.call_id),
        (Field::FromUri, address(&message, HeaderId::From)),
        (Field::FromTag, names.from_tag),
        (Field::ToUri, address(&message, HeaderId::To)),
        (Field::RequestUri, &request_uri),
    ];
    if let Some(contact) = contact_of(&message) {
        texts.push((Field::CallerContact, contact));
    }
    if !routes.is_empty() {
        texts.push((Field::CallerRoutes, &routes));
    }
    let params = &dialogs.params;
    let mut properties = Properties::default();
    let byes = coming.timeout_bye != 0 || params.send_bye != 0;
    properties.set(Properties::BYE_ON_TIMEOUT, byes);
    properties.set(Properties::NO_RESET, params.timeout_noreset != 0);
    let variables = call.notes.take::<Loose>().unwrap_or_default().0;
    let mut body = Body {
        texts: Packed::new(&texts),
        state: State::Unconfirmed,
        marks: marks::OURS,
        properties,
        flags: 0,
        created: now,
        answered: 0,
        ended: 0,
        deadline: 0,
        lifetime: lifetime.unwrap_or_else(|| default_lifetime(dialogs)),
        invite_number: number,
        caller_number: number,
        callee_number: 0,
        caller_socket: Some(call.reception.socket),
        callee_socket: None,
        byes: 0,
        silent: 0,
        kept_alive: 0,
        is_stored: false,
        has_new_variables: !variables.is_empty(),
        extra: None,
    };
    if !variables.is_empty() || !coming.timeout_route.is_empty() {
        body.extra = Some(Box::new(Extra {
            variables,
            profiles: Vec::new(),
            timeout_route: coming.timeout_route.clone(),
        }));
    }
    call.notes.set(coming);
    body
}

fn default_lifetime(dialogs: &Dialogs) -> u32 {
    u32::try_from(dialogs.params.default_timeout).unwrap_or(43_200)
}

/// The lifetime that the script asks for.
fn lifetime(dialogs: &Dialogs, call: &mut Call) -> Option<u32> {
    let of_coming = call.notes.get::<Coming>().map(|coming| coming.timeout);
    if let Some(seconds @ 1..) = of_coming {
        return u32::try_from(seconds).ok();
    }
    let value = dialogs.timeout.get()?.get(call);
    let seconds = value.to_int().ok().filter(|seconds| *seconds > 0)?;
    u32::try_from(seconds).ok()
}

fn address(message: &Message, id: HeaderId) -> &[u8] {
    let address = match id {
        HeaderId::From => message.from(),
        _ => message.to(),
    };
    address.map_or(&[], |address| message.text(address.uri))
}

/// The URI of a message's first Contact.
pub fn contact_of(message: &Message) -> Option<&[u8]> {
    message.contacts().find_map(|contact| match contact {
        Ok(Contact::Address(address)) => Some(message.text(address.uri)),
        _ => None,
    })
}

/// The values of Record-Route, with commas between them.
fn routes_of(message: &Message) -> Vec<u8> {
    let routes = message.list(HeaderId::RecordRoute);
    let routes: Vec<&[u8]> = routes.map(|span| message.text(span)).collect();
    routes.join(&b',')
}

/// The way to the callee: what has been recorded behind us, the nearest first.
fn callee_routes(dialogs: &Dialogs, runtime: &Runtime, response: &Message) -> Vec<u8> {
    let keeps_ours = dialogs.params.keep_proxy_rr & 1 != 0;
    let mut routes: Vec<&[u8]> = Vec::new();
    for span in response.list(HeaderId::RecordRoute) {
        let value = response.text(span);
        let is_ours = sip::NameAddr::parse(value)
            .ok()
            .and_then(|address| address.parse_uri(value).ok())
            .is_some_and(|uri| names_us(runtime, &uri));
        if is_ours {
            if keeps_ours {
                routes.push(value);
            }
            break;
        }
        routes.push(value);
    }
    routes.reverse();
    routes.join(&b',')
}

fn names_us(runtime: &Runtime, uri: &Uri<'_>) -> bool {
    let transport = uri.transport().unwrap_or(sip::Transport::Udp);
    let port = uri.port().unwrap_or(0);
    runtime.sockets.is_myself(uri.host(), port, Some(transport))
}

/// What tm tells of a request before its final response.
pub fn progressed(dialogs: &Dialogs, call: &mut Call, progress: &Progress) {
    if !is_initial(&call.message) {
        return;
    }
    match progress {
        Progress::Began => {
            let flag = u32::try_from(dialogs.params.dlg_flag).ok();
            if flag.is_some_and(|flag| call.flags.message & (1 << flag) != 0) {
                begin(dialogs, call);
            }
            if let Some(current) = call.notes.get::<Current>() {
                current.dialog.body().marks |= marks::TRANSACTION;
            }
        }
        Progress::Provisional(_) => {
            let Some((dialog, _)) = context::find(dialogs, &call.message) else {
                return;
            };
            let mut body = dialog.body();
            if body.state == State::Unconfirmed {
                body.state = State::Early;
                dialogs.counters.early.add(1);
            }
        }
    }
}

/// What tm tells of the final response to a request.
pub fn told(dialogs: &Dialogs, call: &mut Call, event: &Event) {
    let Event::Finished(finished) = event else {
        return;
    };
    if !is_initial(&call.message) {
        return;
    }
    let Some((dialog, _)) = context::find(dialogs, &call.message) else {
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
    let response = finished.response.as_deref();
    let routes = response.map(|response| callee_routes(dialogs, &runtime, response));
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
    {
        let mut body = dialog.body();
        body.texts.set(&texts);
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
    events::raise(&runtime, "dialog:start", dialog, about(call, finished));
}

/// What rr tells of a Route of ours.
pub fn routed(dialogs: &Dialogs, call: &mut Call, params: &[u8]) {
    if !call.message.is_request() || call.message.to_tag().is_none() {
        return;
    }
    let cookie = sip::Params::new(params)
        .named(&dialogs.params.rr_param)
        .and_then(|param| param.value);
    let cookie = cookie.and_then(parse_cookie);
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
        *known = (*known).max(number);
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

/// Ends a dialog: figures, profiles and the database forget it, others are told. Nothing when it has ended already.
pub fn end(
    dialogs: &Dialogs,
    runtime: &Arc<Runtime>,
    dialog: &Arc<Dialog>,
    moment: Moment,
    about: Option<About>,
    call: Option<&mut Call>,
) {
    let now = seconds(runtime.host.unix_time());
    let memberships = {
        let mut body = dialog.body();
        match body.state {
            State::Deleted => return,
            State::Early => dialogs.counters.early.add(-1),
            State::Answered | State::Confirmed => dialogs.counters.active.add(-1),
            State::Unconfirmed => {}
        }
        body.state = State::Deleted;
        body.ended = now;
        body.deadline = 0;
        body.extra
            .as_mut()
            .map(|extra| std::mem::take(&mut extra.profiles))
            .unwrap_or_default()
    };
    dialogs.profiles().leave_all(memberships);
    if let Some(storage) = dialogs.storage.get() {
        storage.ended(dialogs, runtime, dialog);
    }
    let name = match moment {
        Moment::Failed => "dialog:failed",
        _ => "dialog:end",
    };
    match call {
        Some(call) => dialogs.tell(call, dialog, moment),
        None => tell_elsewhere(dialogs, runtime, dialog, moment),
    }
    events::raise(runtime, name, dialog, about);
    if moment == Moment::Failed && dialogs.params.wait_ack == 0 {
        dialogs.table().remove(dialog);
    } else {
        dialogs
            .table()
            .look_at(dialog, now.saturating_add(LINGER_S));
    }
}

/// Tells observers where no message is at hand: in the lane of the call, with a request that does not exist.
fn tell_elsewhere(dialogs: &Dialogs, runtime: &Arc<Runtime>, dialog: &Arc<Dialog>, moment: Moment) {
    if dialogs.observers.load().is_empty() {
        return;
    }
    let call_id = dialog.text(Field::CallId);
    let (dialog, stand_in) = (dialog.clone(), dialogs.stand_in.clone());
    let observers = dialogs.observers.load_full();
    let socket = runtime.sockets.list.first();
    let nowhere = SocketAddr::new(Ipv4Addr::LOCALHOST.into(), 5060);
    let reception = Reception {
        transport: sip::Transport::Udp,
        local: socket.map_or(nowhere, |socket| socket.address),
        socket: socket.map_or(SocketId(0), |socket| socket.id),
        peer: nowhere,
        connection: None,
    };
    runtime.host.on_lane(
        LaneKey::OfCall(&call_id),
        Box::new(move |work| {
            let runtime = work.runtime.clone();
            let mut call = work.context(&runtime, stand_in, reception);
            call.flags.marks.faked = true;
            note(&mut call, &dialog, false);
            for observer in observers.iter() {
                observer(&mut call, &dialog, moment);
            }
            work.give_back(call);
        }),
    );
}

/// The script of a request has ended: a dialog whose INVITE was not relayed goes with it.
pub fn request_ended(dialogs: &Dialogs, call: &mut Call) {
    if call.transaction.is_some() || !is_initial(&call.message) {
        return;
    }
    let Some(current) = call.notes.get::<Current>().cloned() else {
        return;
    };
    let is_bare = {
        let body = current.dialog.body();
        body.state == State::Unconfirmed && body.marks & marks::TRANSACTION == 0
    };
    if is_bare {
        forget(dialogs, &current.dialog);
    }
}

/// Takes a dialog out that came to nothing.
pub fn forget(dialogs: &Dialogs, dialog: &Dialog) {
    let memberships = {
        let mut body = dialog.body();
        match body.state {
            State::Early => dialogs.counters.early.add(-1),
            State::Answered | State::Confirmed => dialogs.counters.active.add(-1),
            _ => {}
        }
        body.state = State::Deleted;
        let extra = body.extra.as_mut();
        extra.map(|extra| std::mem::take(&mut extra.profiles))
    };
    dialogs
        .profiles()
        .leave_all(memberships.unwrap_or_default());
    dialogs.table().remove(dialog);
}

/// Gives a dialog another state. One that is to be deleted goes without a word to anybody.
pub fn set_state(dialogs: &Dialogs, runtime: &Arc<Runtime>, dialog: &Arc<Dialog>, state: State) {
    let now = seconds(runtime.host.unix_time());
    let before = {
        let mut body = dialog.body();
        let before = std::mem::replace(&mut body.state, state);
        if state.is_active() && body.answered == 0 {
            body.answered = now;
            body.deadline = now.saturating_add(body.lifetime);
        }
        if state == State::Deleted {
            body.ended = now;
        }
        before
    };
    let active = i64::from(state.is_active()) - i64::from(before.is_active());
    let early = i64::from(state == State::Early) - i64::from(before == State::Early);
    dialogs.counters.active.add(active);
    dialogs.counters.early.add(early);
    if state == State::Deleted {
        if before != State::Deleted {
            let extra = dialog
                .body()
                .extra
                .as_mut()
                .map(|e| std::mem::take(&mut e.profiles));
            dialogs.profiles().leave_all(extra.unwrap_or_default());
            if let Some(storage) = dialogs.storage.get() {
                storage.ended(dialogs, runtime, dialog);
            }
        }
        dialogs
            .table()
            .look_at(dialog, now.saturating_add(LINGER_S));
    } else {
        dialogs.table().look_at(dialog, now.saturating_add(1));
        if let Some(storage) = dialogs.storage.get() {
            storage.changed(dialogs, runtime, dialog);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_has_its_digits_reversed() {
        // Observed on 5.6.3: entry 771, number 1208.
        assert_eq!(cookie(b"did", 771, 1208), b";did=303.8b4");
        assert_eq!(parse_cookie(b"303.8b4"), Some((771, 1208)));
        assert_eq!(cookie(b"x", 0, 0x10), b";x=0.01");
        for bad in ["", ".", "1.", ".1", "1.g", "123456789.1"] {
            assert_eq!(parse_cookie(bad.as_bytes()), None, "{bad}");
        }
    }
}
