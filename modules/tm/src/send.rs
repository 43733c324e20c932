//! Doing what a transaction wants done: sending again, acknowledging, cancelling.

use crate::Tm;
use crate::cell::{Ack, Leg};
use crate::table::Table;
use crate::uac::LOCAL_REQUEST;
use crate::work::Todo;
use module_api::{Outbox, Runtime, Text, TransactionId};
use sip::serialize::{HopByHop, HopByHopRequest};
use sip::{HeaderId, Message};
use transaction::{Effect, Effects};

/// Does what a transaction wants done; `response` is what has just arrived, if anything has. Whether that response is news.
pub fn perform(
    tm: &Tm,
    table: &mut Table,
    id: TransactionId,
    effects: &Effects,
    response: Option<&Message>,
    outbox: &mut Outbox,
) -> bool {
    let mut is_news = false;
    for effect in effects {
        let Some(cell) = table.get_mut(id) else {
            return is_news;
        };
        match *effect {
            Effect::Transmit(_) | Effect::NotAcknowledged => {}
            Effect::Deliver(_) => is_news = true,
            Effect::Retransmit(branch) => {
                if let Some(leg) = cell.legs.get(branch)
                    && !leg.sent.is_empty()
                {
                    outbox.push(leg.delivery, &leg.sent);
                }
            }
            Effect::Acknowledge(branch) => {
                if let (Some(leg), Some(response)) = (cell.legs.get_mut(branch), response) {
                    match leg.early_acks {
                        0 => acknowledge(tm, leg, response, outbox),
                        _ => leg.early_acks -= 1,
                    }
                }
            }
            Effect::Cancel(branch) => {
                let Some(leg) = cell.legs.get_mut(branch) else {
                    continue;
                };
                let shows = leg.cancel.is_none() && shows_cancels(tm, &cell.runtime);
                let kind = match &cell.cancel {
                    Some(came) => HopByHop::CancelLike(&came.message),
                    None => HopByHop::Cancel,
                };
                let (reason, status) = (&cell.cancel_reason, cell.machine.status);
                let cancel = leg
                    .cancel
                    .get_or_insert_with(|| make_cancel(tm, &leg.sent, kind, reason, status));
                if shows {
                    // Nothing is sent again before the event route has seen it.
                    let cancel = std::mem::take(cancel);
                    table
                        .todo
                        .push_back(Todo::ShowCancel { id, branch, cancel });
                } else if !cancel.is_empty() {
                    outbox.push(leg.delivery, cancel);
                }
            }
            Effect::Failed(branch, _) => table.todo.push_back(Todo::Failed { id, branch }),
            Effect::Respond => {
                if !cell.response.is_empty() {
                    outbox.push(cell.upstream, &cell.response);
                }
            }
        }
    }
    is_news
}

/// Sends the ACK for a negative response to an INVITE.
pub fn acknowledge(tm: &Tm, leg: &mut Leg, response: &Message, outbox: &mut Outbox) {
    let made = match &leg.ack {
        Ack::Made(ack) => {
            match Message::parse(ack.to_vec().into()) {
                // RFC 3261 §17.1.1.3: the To is that of the response. Another one who answers has another tag.
                Ok(known) if known.to_tag() != response.to_tag() => {
                    let other = of_one_hop(tm, ack, HopByHop::Ack(response), b"");
                    outbox.push(leg.delivery, &other);
                }
                _ => outbox.push(leg.delivery, ack),
            }
            return;
        }
        Ack::Unmade => of_one_hop(tm, &leg.sent, HopByHop::Ack(response), b""),
        Ack::Kept(kept) => {
            let ack = of_one_hop(tm, &invite_of(kept, response), HopByHop::Ack(response), b"");
            if !ack.is_empty() {
                outbox.push(leg.delivery, &ack);
            }
            // Others who answer too have other tags.
            return;
        }
    };
    if !made.is_empty() {
        outbox.push(leg.delivery, &made);
    }
    leg.ack = Ack::Made(made);
}

/// The Reason of a CANCEL that is sent because of that final status.
pub fn reason_of(status: u16) -> Text {
    Text::from(format!("Reason: SIP;cause={status}\r\n"))
}

/// Whether `event_route[tm:local-request]` is to see the CANCELs of branches.
fn shows_cancels(tm: &Tm, runtime: &Runtime) -> bool {
    tm.params.evlreq_mode & 1 != 0 && runtime.routes.event.contains_key(LOCAL_REQUEST)
}

fn make_cancel(tm: &Tm, sent: &[u8], kind: HopByHop<'_>, reason: &Text, status: u16) -> Box<[u8]> {
    // Observed on 5.6.3: one that had to wait for a provisional response tells what has gone up meanwhile.
    let is_late = reason.is_empty() && status >= 200 && tm.params.local_cancel_reason.is_on();
    let own = is_late.then(|| reason_of(status));
    of_one_hop(tm, sent, kind, own.as_ref().unwrap_or(reason))
}

/// The INVITE that a response answers, of which there is only what an ACK needs beside the response: all of it, or its first
/// line.
fn invite_of(kept: &[u8], response: &Message) -> Vec<u8> {
    let mut invite = kept.to_vec();
    let line_end = memchr::memchr(b'\n', kept);
    if line_end.is_some_and(|end| end + 1 < kept.len()) {
        return invite;
    }
    for id in [
        HeaderId::Via,
        HeaderId::From,
        HeaderId::To,
        HeaderId::CallId,
        HeaderId::CSeq,
    ] {
        let field = response
            .header(id)
            .map(|field| response.text(field.whole()));
        invite.extend_from_slice(field.unwrap_or_default());
    }
    invite.extend_from_slice(b"\r\n");
    invite
}

/// The CANCEL or ACK that goes with the INVITE as it was sent.
fn of_one_hop(tm: &Tm, sent: &[u8], kind: HopByHop<'_>, extra: &[u8]) -> Box<[u8]> {
    let Ok(invite) = Message::parse(sent.to_vec().into()) else {
        return Box::default();
    };
    let prefix = tm.params.ac_extra_hdrs.get();
    let mut further = Vec::new();
    if !prefix.is_empty() {
        for field in invite.headers() {
            let name = invite.text(field.name());
            if name
                .get(..prefix.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(&prefix))
            {
                further.extend_from_slice(invite.text(field.whole()));
            }
        }
    }
    let mut out = Vec::new();
    HopByHopRequest {
        invite: &invite,
        kind,
        extra_headers: &[&further, extra],
    }
    .write(&mut out);
    out.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_an_invite_that_is_a_line_the_rest_comes_from_the_response() {
        let fields = "Via: SIP/2.0/UDP a;branch=z9hG4bK1\r\nFrom: <sip:a@a>;tag=a\r\nTo: <sip:b@b>;tag=b\r\n\
                      Call-ID: 1\r\nCSeq: 1 INVITE\r\n";
        let response = Message::parse(format!("SIP/2.0 487 Gone\r\n{fields}\r\n").into()).unwrap();
        let line = "INVITE sip:b@b SIP/2.0\r\n";
        let made = invite_of(line.as_bytes(), &response);
        assert_eq!(made, format!("{line}{fields}\r\n").into_bytes());
        let whole = format!("{line}Route: <sip:c>\r\n{fields}Content-Length: 5\r\n\r\nv=0\r\n");
        assert_eq!(
            invite_of(whole.as_bytes(), &response),
            whole.clone().into_bytes()
        );
    }
}
