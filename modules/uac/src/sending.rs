//! Sending the request that a script has put together, answering its challenge, telling the event route.

use crate::Uac;
use crate::credentials::{self, Challenged, Credential};
use crate::request::{NumberPart, OwnRequest, TextPart};
use mod_tm::uac::{self, FinalResponse, Finish, LocalRequest};
use module_api::{RouteRun, Runtime, Text, Work};
use sip::HeaderId;
use std::sync::Arc;

/// The CSeq of requests that name none.
const FIRST_SEQUENCE: u32 = 10;

/// Sends the request. False when it is none.
pub fn send(own: &Arc<Uac>, runtime: &Arc<Runtime>, request: OwnRequest) -> bool {
    if request.text(TextPart::Method).is_empty() || request.text(TextPart::Uri).is_empty() {
        return false;
    }
    let local = compose(own, runtime, &request);
    let finish = finish(own, request, true);
    uac::send(runtime, &local, Some(finish))
}

/// The request as transactions take it. Without names in From and To those are the Request-URI (observed on 5.6.3).
fn compose(own: &Uac, runtime: &Runtime, request: &OwnRequest) -> LocalRequest {
    let uri = request.text(TextPart::Uri);
    let address = |part: TextPart, tag: TextPart| {
        let named = Some(request.text(part)).filter(|named| !named.is_empty());
        let named = named.as_deref().unwrap_or(&uri);
        // Observed on 5.6.3: an address may have a name.
        let (open, close): (&[u8], &[u8]) = match named.contains(&b'<') {
            true => (b"", b""),
            false => (b"<", b">"),
        };
        let tag = request.text(tag);
        let separator: &[u8] = if tag.is_empty() { b"" } else { b";tag=" };
        Text::concat(&[open, named, close, separator, &tag])
    };
    let next_hop = request.text(TextPart::NextHop);
    LocalRequest {
        method: request.text(TextPart::Method),
        uri: uri.clone(),
        from: address(TextPart::From, TextPart::FromTag),
        to: address(TextPart::To, TextPart::ToTag),
        call_id: request.text(TextPart::CallId),
        cseq: request.positive(NumberPart::Sequence).unwrap_or(0),
        headers: request.text(TextPart::Headers),
        body: request.text(TextPart::Body),
        next_hop: (!next_hop.is_empty()).then_some(next_hop),
        socket: own.socket(&runtime.sockets, &request.text(TextPart::Socket)),
        no_ack: false,
        times: [NumberPart::Timeout, NumberPart::InviteTimeout].map(|part| request.positive(part)),
    }
}

fn finish(own: &Arc<Uac>, request: OwnRequest, may_answer: bool) -> Finish {
    let own = own.clone();
    Box::new(move |work: &mut Work<'_>, response: &FinalResponse| {
        let runtime = work.runtime.clone();
        tell(&runtime, &request, response);
        if may_answer {
            let cnonce = cnonce(work);
            answer(&own, &runtime, request, response, &cnonce);
        }
    })
}

/// Something that does not come again.
pub fn cnonce(work: &mut Work<'_>) -> String {
    format!("{:016x}", work.state.random.u64(..))
}

/// Runs the event route if the request asks for it.
fn tell(runtime: &Arc<Runtime>, request: &OwnRequest, response: &FinalResponse) {
    let wanted = request.number(NumberPart::EventRoute);
    if wanted == 0 || response.status == 0 || (wanted == 2 && response.status < 300) {
        return;
    }
    let Some(route) = runtime.routes.event.get("uac:reply").copied() else {
        return;
    };
    let mut told = request.clone();
    told.set_number(NumberPart::EventCode, i64::from(response.status));
    let kind = if response.message.is_some() { 1 } else { 2 };
    told.set_number(NumberPart::EventType, kind);
    runtime.host.run_route(RouteRun {
        message: response.message.clone(),
        reception: response.reception,
        note: Some(Box::new(move |notes| notes.set(told))),
        ..RouteRun::event(runtime, route)
    });
}

/// Sends the request again with the answer to its challenge, in the same dialog-to-be (RFC 3261 §22.2).
fn answer(
    own: &Arc<Uac>,
    runtime: &Arc<Runtime>,
    request: OwnRequest,
    response: &FinalResponse,
    cnonce: &str,
) {
    let (user, password) = (
        request.text(TextPart::User),
        request.text(TextPart::Password),
    );
    let Some(message) = response.message.as_ref().filter(|_| !user.is_empty()) else {
        return;
    };
    let credential = Credential {
        username: user,
        realm: Text::default(),
        password,
        is_ha1: request.number(NumberPart::Flags) & 1 != 0,
    };
    let mut local = compose(own, runtime, &request);
    let challenged = Challenged {
        method: &local.method,
        uri: &local.uri,
        body: &local.body,
    };
    let Some(line) = credentials::answer(message, &[credential], challenged, cnonce.as_bytes())
    else {
        return;
    };
    local.call_id = Text::from(message.call_id().unwrap_or_default());
    local.cseq = match local.cseq {
        0 => FIRST_SEQUENCE + 1,
        number => number.saturating_add(1),
    };
    local.from = Text::from(message.value_of(HeaderId::From).unwrap_or_default());
    local.headers = Text::from(with_line(&local.headers, &line));
    // The second response goes to the event route only.
    let finish = finish(own, request, false);
    let _ = uac::send(runtime, &local, Some(finish));
}

/// Header lines with one more.
pub fn with_line(headers: &[u8], line: &[u8]) -> Vec<u8> {
    let separator: &[u8] = match headers.is_empty() || headers.ends_with(b"\r\n") {
        true => b"",
        false => b"\r\n",
    };
    [headers, separator, line].concat()
}
