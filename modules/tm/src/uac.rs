//! Requests of our own.

use crate::Tm;
use crate::table;
use module_api::{Call, TransactionId, Work};
use sip::Message;
use std::sync::Arc;

/// Told of the final response to a request of our own.
pub type Finish = Box<dyn FnOnce(&mut Work<'_>, &FinalResponse) + Send>;

/// The final response to a request of our own.
#[derive(Clone, Debug)]
pub struct FinalResponse {
    /// Its status.
    pub status: u16,
    /// The response; none when the status was made here.
    pub message: Option<Arc<Message>>,
}

/// A response to a request of our own.
pub fn received(tm: &Arc<Tm>, work: &mut Work<'_>, call: &Call, id: TransactionId, branch: usize) {
    let _ = (tm, branch);
    let status = call.message.status();
    if status < 200 {
        return;
    }
    finish(
        work,
        id,
        FinalResponse {
            status,
            message: Some(call.message.clone()),
        },
    );
}

/// No response to a request of our own has come.
pub fn failed(tm: &Arc<Tm>, work: &mut Work<'_>, id: TransactionId) {
    let _ = tm;
    let status = table::in_work(work, |_, table| {
        let cell = table.get(id)?;
        cell.machine.branches.first().map(|branch| branch.status)
    });
    finish(
        work,
        id,
        FinalResponse {
            status: status.unwrap_or(408),
            message: None,
        },
    );
}

fn finish(work: &mut Work<'_>, id: TransactionId, response: FinalResponse) {
    let told = table::in_work(work, |_, table| {
        let told = table.get_mut(id)?.finish.take();
        table.look_after(id);
        told
    });
    if let Some(told) = told {
        told(work, &response);
    }
}
