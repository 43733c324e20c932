//! Doing what a transaction wants done: sending again, acknowledging, cancelling.

use crate::Tm;
use crate::cell::Leg;
use crate::table::Table;
use crate::work::Todo;
use module_api::{Outbox, TransactionId};
use sip::Message;
use sip::serialize::{HopByHop, HopByHopRequest};
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
                    acknowledge(tm, leg, response, outbox);
                }
            }
            Effect::Cancel(branch) => {
                let reason = cell.cancel_reason.clone();
                if let Some(leg) = cell.legs.get(branch) {
                    send_cancel(tm, leg, &reason, outbox);
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

fn acknowledge(tm: &Tm, leg: &mut Leg, response: &Message, outbox: &mut Outbox) {
    if leg.ack.is_empty() {
        leg.ack = of_one_hop(tm, leg, HopByHop::Ack(response), b"");
    }
    if !leg.ack.is_empty() {
        outbox.push(leg.delivery, &leg.ack);
    }
}

fn send_cancel(tm: &Tm, leg: &Leg, reason: &[u8], outbox: &mut Outbox) {
    let cancel = of_one_hop(tm, leg, HopByHop::Cancel, reason);
    if !cancel.is_empty() {
        outbox.push(leg.delivery, &cancel);
    }
}

/// The CANCEL or ACK that goes with the INVITE as it was sent.
fn of_one_hop(tm: &Tm, leg: &Leg, kind: HopByHop<'_>, extra: &[u8]) -> Box<[u8]> {
    let Ok(invite) = Message::parse(leg.sent.to_vec().into()) else {
        return Box::default();
    };
    let prefix = &tm.params.ac_extra_hdrs;
    let mut further = Vec::new();
    if !prefix.is_empty() {
        for field in invite.headers() {
            let name = invite.text(field.name());
            if name
                .get(..prefix.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(prefix))
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
