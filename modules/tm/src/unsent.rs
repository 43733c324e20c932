//! Requests that did not leave: their branches need not wait for an answer.

use crate::{Tm, send, table, work};
use module_api::{LaneKey, Runtime, Text, Work};
use sip::identifiers::BranchId;
use sip::{Message, Method};
use std::sync::Arc;
use transaction::Effects;

/// A message was not sent; if it is the request of a branch, the branch has failed.
pub fn note(tm: &Arc<Tm>, runtime: &Arc<Runtime>, bytes: &[u8]) {
    // Nothing waits for an answer to a response or an ACK, and what cancels is sent again.
    if [&b"SIP/2.0 "[..], b"ACK ", b"CANCEL "]
        .iter()
        .any(|start| bytes.starts_with(start))
    {
        return;
    }
    let Ok(message) = Message::parse(bytes.to_vec().into()) else {
        return;
    };
    let via = message.top_via().ok().and_then(|via| via.branch);
    let Some(branch) = via.and_then(|span| BranchId::parse(message.text(span))) else {
        return;
    };
    let call_id = Text::from(message.call_id().unwrap_or_default());
    let method = message.method();
    let tm = tm.clone();
    let task = move |work: &mut Work<'_>| fail(&tm, work, &branch, method);
    runtime
        .host
        .on_lane(LaneKey::OfCall(&call_id), Box::new(task));
}

fn fail(tm: &Arc<Tm>, work: &mut Work<'_>, branch: &BranchId, method: Method) {
    table::in_work(work, |work, table| {
        let Some(id) = table.of_branch(branch) else {
            return;
        };
        let now = table.tick(work.now);
        let mut effects = Effects::new();
        if let Some(cell) = table.get_mut(id).filter(|cell| cell.method == method) {
            let index = usize::from(branch.index);
            cell.machine.unsent(index, now, &mut effects);
        }
        send::perform(tm, table, id, &effects, None, work.outbox);
        table.look_after(id);
    });
    work::run(tm, work);
}
