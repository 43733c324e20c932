//! The end of calls that nobody has answered yet.

use crate::Dialogs;
use crate::dialog::{Dialog, Side, marks};
use crate::packed::Field;
use mod_tm::Tm;
use mod_tm::control::{self, CancelCall};
use module_api::{LaneKey, Runtime};
use std::sync::Arc;

/// Ends a call before its answer: the caller gets a response of ours (`bye_early_code`), whoever is called a CANCEL; with a side,
/// that one alone hears of it. False when the INVITE has no transaction. What the transaction then brings ends the dialog.
pub fn end(dialogs: &Dialogs, runtime: &Arc<Runtime>, dialog: &Dialog, side: Option<Side>) -> bool {
    let Some(tm) = runtime.module::<Tm>() else {
        return false;
    };
    let number = {
        let body = dialog.body();
        if body.state.is_answered() || body.marks & marks::TRANSACTION == 0 {
            return false;
        }
        body.invite_number
    };
    let call_id = dialog.text(Field::CallId);
    let status = u16::try_from(dialogs.params.bye_early_code).unwrap_or(480);
    let reason = dialogs.params.bye_early_reason.clone();
    let key = call_id.clone();
    runtime.host.on_lane(
        LaneKey::OfCall(&key),
        Box::new(move |work| {
            if side == Some(Side::Callee) {
                control::cancel_in(&tm, work, &call_id, number, CancelCall::default());
                return;
            }
            // The branches are cancelled with it (RFC 3261 §16.10).
            control::reply_in(
                &tm,
                work,
                |table| table.of_dialog(&call_id, number),
                status,
                &reason,
            );
        }),
    );
    true
}
