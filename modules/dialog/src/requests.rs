//! Requests that this module sends: within dialogs, and those of a bridge.

use crate::dialog::{Dialog, Side, State};
use crate::packed::Field;
use crate::{Dialogs, Moment, early, ending, numbers};
use mod_tm::uac::{self, FinalResponse, Finish, LocalRequest};
use module_api::{Runtime, SocketId, Text, Work};
use sip::{HeaderId, Message};
use std::sync::Arc;

/// A request within a dialog.
#[derive(Clone, Debug, Default)]
pub struct Within {
    /// The method.
    pub method: Text,
    /// Header lines, each with its CRLF.
    pub headers: Text,
    /// The body; its Content-Type is among the headers.
    pub body: Text,
    /// Whether it has the CSeq number of the last request of its direction.
    pub keeps_number: bool,
}

/// A dialog as whoever sends a request in it has it (RFC 3261 §12).
struct Leg {
    /// The remote target.
    uri: Text,
    from: Text,
    to: Text,
    call_id: Text,
    cseq: u32,
    routes: Text,
    socket: Option<SocketId>,
}

impl Leg {
    /// The dialog towards one of its sides, as the other has it. None when that side is not known.
    fn towards(to: Side, dialog: &Dialog, request: &Within) -> Option<Leg> {
        let mut body = dialog.body();
        body.texts.get(Field::ToTag)?;
        let number = match to {
            Side::Caller => &mut body.callee_number,
            Side::Callee => &mut body.caller_number,
        };
        if !request.keeps_number {
            *number = number.saturating_add(1);
        }
        let cseq = *number;
        let raised = match to {
            Side::Caller => 0,
            Side::Callee => numbers::difference(&body),
        };
        let cseq = cseq.max(1).saturating_add(raised);
        let texts = &body.texts;
        let party = |uri, tag| Text::concat(&[b"<", texts.text(uri), b">;tag=", texts.text(tag)]);
        let caller = party(Field::FromUri, Field::FromTag);
        let callee = party(Field::ToUri, Field::ToTag);
        let (from, to, contact, fallback, routes, socket) = match to {
            Side::Caller => (
                callee,
                caller,
                Field::CallerContact,
                Field::FromUri,
                Field::CallerRoutes,
                body.caller_socket,
            ),
            Side::Callee => (
                caller,
                callee,
                Field::CalleeContact,
                Field::RequestUri,
                Field::CalleeRoutes,
                body.callee_socket,
            ),
        };
        let uri = texts.get(contact).unwrap_or_else(|| texts.text(fallback));
        Some(Leg {
            uri: Text::from(uri),
            from,
            to,
            call_id: Text::from(texts.text(Field::CallId)),
            cseq,
            routes: Text::from(texts.text(routes)),
            socket,
        })
    }

    /// The dialog that a 2xx to an INVITE of ours has begun. None when it lacks a Contact or a CSeq.
    fn of_answer(answer: &Message) -> Option<Leg> {
        let value = |id| Text::from(answer.value_of(id).unwrap_or_default());
        let uri = answer.contacts().find_map(|contact| match contact {
            Ok(sip::Contact::Address(address)) => Some(Text::from(answer.text(address.uri))),
            _ => None,
        })?;
        let mut routes: Vec<&[u8]> = answer
            .list(HeaderId::RecordRoute)
            .map(|span| answer.text(span))
            .collect();
        routes.reverse();
        Some(Leg {
            uri,
            from: value(HeaderId::From),
            to: value(HeaderId::To),
            call_id: value(HeaderId::CallId),
            cseq: answer.cseq().ok()?.number,
            routes: Text::from(routes.join(&b',')),
            socket: None,
        })
    }

    /// A request on its way; `extra` are further header lines.
    fn request(&self, request: &Within, extra: &[u8]) -> LocalRequest {
        LocalRequest {
            method: request.method.clone(),
            uri: self.uri.clone(),
            from: self.from.clone(),
            to: self.to.clone(),
            call_id: self.call_id.clone(),
            cseq: self.cseq,
            headers: headers_with(&self.routes, &[&request.headers, extra]),
            body: request.body.clone(),
            next_hop: first_route(&self.routes),
            socket: self.socket,
            no_ack: false,
            times: [None, None],
        }
    }
}

/// Sends a request within a dialog to one of its sides, as if the other had sent it. False when that side is not known.
pub fn send_within(
    dialogs: &Dialogs,
    runtime: &Arc<Runtime>,
    dialog: &Dialog,
    to: Side,
    request: &Within,
    finish: Option<Finish>,
) -> bool {
    let Some(leg) = Leg::towards(to, dialog, request) else {
        return false;
    };
    let extra: &[u8] = match to {
        Side::Callee => &dialogs.params.lreq_callee_headers,
        Side::Caller => &[],
    };
    uac::send(runtime, &leg.request(request, extra), finish)
}

/// As [`send_within`]; `then` is told of the final response.
fn ask(
    dialogs: &Arc<Dialogs>,
    runtime: &Arc<Runtime>,
    dialog: &Arc<Dialog>,
    to: Side,
    request: &Within,
    then: fn(&Arc<Dialogs>, &Arc<Runtime>, &Arc<Dialog>, Side, u16),
) -> bool {
    let (owner, asked) = (dialogs.clone(), dialog.clone());
    let finish = move |work: &mut Work<'_>, response: &FinalResponse| {
        then(&owner, &work.runtime.clone(), &asked, to, response.status);
    };
    send_within(
        dialogs,
        runtime,
        dialog,
        to,
        request,
        Some(Box::new(finish)),
    )
}

/// Header lines behind Max-Forwards and the route.
fn headers_with(routes: &[u8], lines: &[&[u8]]) -> Text {
    let mut out = b"Max-Forwards: 70\r\n".to_vec();
    if !routes.is_empty() {
        out.extend_from_slice(b"Route: ");
        out.extend_from_slice(routes);
        out.extend_from_slice(b"\r\n");
    }
    for line in lines {
        out.extend_from_slice(line);
        if !line.is_empty() && !line.ends_with(b"\r\n") {
            out.extend_from_slice(b"\r\n");
        }
    }
    Text::from(out)
}

/// The URI of the first of several routes.
fn first_route(routes: &[u8]) -> Option<Text> {
    let first = sip::CommaList::new(routes).values().next()?;
    let address = sip::NameAddr::parse(first).ok()?;
    Some(Text::from(address.uri.of(first)))
}

/// Ends a dialog on one side with a BYE. When nobody answers it any more, the dialog is over.
pub fn bye(
    dialogs: &Arc<Dialogs>,
    runtime: &Arc<Runtime>,
    dialog: &Arc<Dialog>,
    to: Side,
    headers: &[u8],
) -> bool {
    let request = Within {
        method: Text::from_static("BYE"),
        headers: Text::concat(&[&dialogs.params.dlg_extra_hdrs, headers]),
        ..Within::default()
    };
    dialog.body().byes += 1;
    let is_sent = ask(dialogs, runtime, dialog, to, &request, answered_bye);
    if !is_sent {
        dialog.body().byes -= 1;
    }
    is_sent
}

fn answered_bye(
    dialogs: &Arc<Dialogs>,
    runtime: &Arc<Runtime>,
    dialog: &Arc<Dialog>,
    _: Side,
    _: u16,
) {
    let is_over = {
        let mut body = dialog.body();
        body.byes = body.byes.saturating_sub(1);
        body.byes == 0 && body.state == State::Deleted
    };
    if is_over {
        dialogs.table().remove(dialog);
    } else {
        ending::end(dialogs, runtime, dialog, Moment::Terminated, None, None);
    }
}

/// Ends a dialog: with BYEs to both sides when it was answered, else as [`early::end`] does. False when it has ended.
pub fn terminate(
    dialogs: &Arc<Dialogs>,
    runtime: &Arc<Runtime>,
    dialog: &Arc<Dialog>,
    headers: &[u8],
) -> bool {
    let state = dialog.body().state;
    if !state.is_active() {
        return early::end(dialogs, runtime, dialog, None);
    }
    bye(dialogs, runtime, dialog, Side::Caller, headers);
    bye(dialogs, runtime, dialog, Side::Callee, headers);
    ending::end(dialogs, runtime, dialog, Moment::Terminated, None, None);
    true
}

/// A REFER to `target`; the order of its header lines is that observed on 5.6.3.
fn refer_request(dialogs: &Dialogs, target: &[u8]) -> Within {
    let headers = Text::concat(&[
        b"Referred-By: ",
        &dialogs.params.bridge_controller,
        b"\r\nRefer-To: ",
        target,
        b"\r\nContact: <",
        &dialogs.params.bridge_contact,
        b">\r\n",
    ]);
    Within {
        method: Text::from_static("REFER"),
        headers,
        ..Within::default()
    }
}

/// Refers one side to another place; when it agrees, it gets a BYE.
pub fn refer(
    dialogs: &Arc<Dialogs>,
    runtime: &Arc<Runtime>,
    dialog: &Arc<Dialog>,
    to: Side,
    target: &[u8],
) -> bool {
    let request = refer_request(dialogs, target);
    ask(dialogs, runtime, dialog, to, &request, answered_refer)
}

fn answered_refer(
    dialogs: &Arc<Dialogs>,
    runtime: &Arc<Runtime>,
    dialog: &Arc<Dialog>,
    to: Side,
    status: u16,
) {
    let goes_on = dialog.body().state.is_active();
    if (200..300).contains(&status) && goes_on {
        bye(dialogs, runtime, dialog, to, &[]);
    }
}

/// Who is to talk with whom.
#[derive(Clone, Debug)]
pub struct Bridge {
    /// Who gets the INVITE.
    pub from: Text,
    /// Where they are referred to.
    pub to: Text,
    /// The way of the INVITE, when not straight to `from`.
    pub proxy: Option<Text>,
    /// The session description of the INVITE; none is one of our own that holds.
    pub body: Option<Text>,
}

/// A session on hold (observed on 5.6.3).
const HOLD: &str = "v=0\r\no=kamailio-bridge 0 0 IN IP4 0.0.0.0\r\ns=kamailio\r\nc=IN IP4 0.0.0.0\r\nt=0 0\r\nm=audio 9 RTP/AVP 8 0\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:0 PCMU/8000\r\n";

/// Calls somebody and refers them to another place.
pub fn bridge(dialogs: &Arc<Dialogs>, runtime: &Arc<Runtime>, bridge: Bridge) -> bool {
    let body = bridge.body.unwrap_or_else(|| Text::from_static(HOLD));
    let params = &dialogs.params;
    let mut headers = [b"Contact: <", &params.bridge_contact[..], b">\r\n"].concat();
    if !body.is_empty() {
        headers.extend_from_slice(b"Content-Type: application/sdp\r\n");
    }
    let request = LocalRequest {
        method: Text::from_static("INVITE"),
        uri: bridge.from.clone(),
        from: Text::concat(&[b"<", &params.bridge_controller, b">"]),
        to: Text::concat(&[b"<", &bridge.from, b">"]),
        headers: Text::from(headers),
        body,
        next_hop: bridge.proxy,
        ..LocalRequest::default()
    };
    let (owner, target) = (dialogs.clone(), bridge.to);
    let finish = move |work: &mut Work<'_>, response: &FinalResponse| {
        if let (200..300, Some(answer)) = (response.status, &response.message) {
            refer_answered(&owner, work, answer, &target);
        }
    };
    uac::send(runtime, &request, Some(Box::new(finish)))
}

/// Refers whoever has answered our INVITE, then hangs up.
fn refer_answered(dialogs: &Dialogs, work: &mut Work<'_>, answer: &Message, target: &[u8]) {
    let Some(mut leg) = Leg::of_answer(answer) else {
        return;
    };
    // The number is as the peer has written it: it may be the highest there is.
    leg.cseq = leg.cseq.saturating_add(1);
    let refer = leg.request(&refer_request(dialogs, target), &[]);
    leg.cseq = leg.cseq.saturating_add(1);
    let bye = Within {
        method: Text::from_static("BYE"),
        ..Within::default()
    };
    let bye = leg.request(&bye, &[]);
    let finish = move |work: &mut Work<'_>, _: &FinalResponse| {
        uac::send(work.runtime, &bye, None);
    };
    uac::send(work.runtime, &refer, Some(Box::new(finish)));
}
