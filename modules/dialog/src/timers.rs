//! What time does to dialogs: lifetimes that are over, calls nobody answers, sides that are kept alive.

use crate::dialog::{Body, Dialog, Properties, Side, State};
use crate::ending::{self, LINGER_S};
use crate::events::{self, Seen};
use crate::params::Params;
use crate::requests::{self, Within};
use crate::track::seconds;
use crate::{Dialogs, Moment};
use module_api::{Runtime, Text};
use std::sync::Arc;

/// The lifetime of a dialog whose ACK is missing or whose side does not answer, in seconds (the manual's).
const LAST_S: u32 = 10;
/// The least time between two requests that keep a side alive, in seconds (the manual's).
const KEEP_ALIVE_MIN_S: u32 = 30;
/// How long our BYEs may take, in seconds.
const BYES_S: u32 = 40;

/// Looks at the dialogs that are due.
pub fn tick(dialogs: &Arc<Dialogs>, runtime: &Arc<Runtime>) {
    // After a reload nobody else does.
    dialogs.begin(runtime);
    let now = seconds(runtime.host.unix_time());
    for dialog in dialogs.table().take_due(now) {
        look(dialogs, runtime, &dialog, now);
    }
    dialogs.profiles().sweep(now);
}

#[derive(Debug, PartialEq, Eq)]
enum Fate {
    Forget,
    Remove,
    Expire,
    Later(u32),
}

fn look(dialogs: &Arc<Dialogs>, runtime: &Arc<Runtime>, dialog: &Arc<Dialog>, now: u32) {
    // Not in the match: that would hold the dialog all along.
    let fate = fate(&dialogs.params, &mut dialog.body(), now);
    match fate {
        Fate::Later(second) => dialogs.table().look_at(dialog, second),
        Fate::Forget => ending::forget(dialogs, dialog),
        Fate::Remove => {
            dialogs.table().remove(dialog);
        }
        Fate::Expire => expire(dialogs, runtime, dialog),
    }
}

/// Whether a dialog is left to the server whose socket its caller came to (`dlg_filter_mode`).
fn is_foreign(params: &Params, body: &Body) -> bool {
    params.dlg_filter_mode & 1 != 0 && body.caller_socket.is_none()
}

fn fate(params: &Params, body: &mut Body, now: u32) -> Fate {
    let limit = |seconds: i64| u32::try_from(seconds).unwrap_or(u32::MAX);
    match body.state {
        State::Unconfirmed | State::Early => {
            let end = body.created.saturating_add(limit(params.early_timeout));
            match end <= now {
                true => Fate::Forget,
                false => Fate::Later(end),
            }
        }
        State::Answered => {
            let no_ack = body.answered.saturating_add(limit(params.noack_timeout));
            if no_ack <= now {
                body.deadline = body.deadline.min(no_ack.saturating_add(LAST_S));
            }
            if body.deadline <= now {
                return over(params, body);
            }
            match no_ack > now {
                true => Fate::Later(body.deadline.min(no_ack)),
                false => Fate::Later(body.deadline),
            }
        }
        State::Confirmed if body.deadline <= now => over(params, body),
        State::Confirmed => Fate::Later(body.deadline),
        State::Deleted => {
            let stay = if body.byes > 0 { BYES_S } else { LINGER_S };
            let end = body
                .ended
                .saturating_add(stay.min(limit(params.end_timeout)));
            match end <= now {
                true => Fate::Remove,
                false => Fate::Later(end),
            }
        }
    }
}

fn over(params: &Params, body: &Body) -> Fate {
    match is_foreign(params, body) {
        true => Fate::Forget,
        false => Fate::Expire,
    }
}

/// The lifetime of a dialog is over.
fn expire(dialogs: &Arc<Dialogs>, runtime: &Arc<Runtime>, dialog: &Arc<Dialog>) {
    dialogs.counters.expired.increment();
    let properties = dialog.body().properties;
    events::run_timeout_route(runtime, dialog);
    events::raise(runtime, "dialog:timeout", dialog, Seen::default);
    if properties.contains(Properties::BYE_ON_TIMEOUT) {
        requests::bye(dialogs, runtime, dialog, Side::Caller, &[]);
        requests::bye(dialogs, runtime, dialog, Side::Callee, &[]);
    }
    ending::end(dialogs, runtime, dialog, Moment::Expired, None, None);
}

/// Gives a dialog another lifetime from now on.
pub fn set_lifetime(dialogs: &Dialogs, dialog: &Dialog, body: &mut Body, lifetime: u32, now: u32) {
    body.lifetime = lifetime;
    if !body.state.is_active() {
        return;
    }
    let before = body.deadline;
    body.deadline = now.saturating_add(lifetime);
    // A later one is found when the earlier has come.
    if body.deadline < before {
        dialogs.table().look_at(dialog, body.deadline);
    }
}

/// Sends requests to the sides that are to be kept alive, where it is time.
pub fn keep_alive(dialogs: &Arc<Dialogs>, runtime: &Arc<Runtime>) {
    let now = seconds(runtime.host.unix_time());
    let interval = u32::try_from(dialogs.params.ka_interval).unwrap_or(u32::MAX);
    let interval = interval.max(KEEP_ALIVE_MIN_S);
    dialogs.table().for_each(|dialog| {
        let sides = {
            let mut body = dialog.body();
            let sides = [
                (Properties::KEEP_CALLER, Side::Caller),
                (Properties::KEEP_CALLEE, Side::Callee),
            ];
            let is_due = body.kept_alive.saturating_add(interval) <= now;
            if body.state != State::Confirmed || !is_due || is_foreign(&dialogs.params, &body) {
                return true;
            }
            body.kept_alive = now;
            let properties = body.properties;
            sides.map(|(property, side)| properties.contains(property).then_some(side))
        };
        for side in sides.into_iter().flatten() {
            probe(dialogs, runtime, dialog, side);
        }
        true
    });
}

/// Asks a side whether it is still there.
fn probe(dialogs: &Arc<Dialogs>, runtime: &Arc<Runtime>, dialog: &Arc<Dialog>, to: Side) {
    let request = Within {
        method: Text::from_static("OPTIONS"),
        keeps_number: true,
        ..Within::default()
    };
    let (owner, asked) = (dialogs.clone(), dialog.clone());
    let finish = move |work: &mut module_api::Work<'_>, response: &mod_tm::uac::FinalResponse| {
        let now = seconds(work.unix_time);
        let mut body = asked.body();
        if !matches!(response.status, 408 | 481) {
            body.silent = 0;
            return;
        }
        body.silent = body.silent.saturating_add(1);
        let limit = u8::try_from(owner.params.ka_failed_limit).unwrap_or(u8::MAX);
        if body.silent >= limit {
            set_lifetime(&owner, &asked, &mut body, LAST_S, now);
        }
    };
    requests::send_within(
        dialogs,
        runtime,
        dialog,
        to,
        &request,
        Some(Box::new(finish)),
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialog::tests::body;
    use module_api::SocketId;

    #[test]
    fn a_dialog_of_another_server_is_forgotten_where_the_filter_says_so() {
        for (filter, socket, expected) in [
            (0, None, Fate::Expire),
            (1, None, Fate::Forget),
            (1, Some(SocketId(0)), Fate::Expire),
        ] {
            let params = Params {
                dlg_filter_mode: filter,
                ..Params::default()
            };
            for state in [State::Answered, State::Confirmed] {
                let mut body = body(state);
                body.caller_socket = socket;
                assert_eq!(fate(&params, &mut body, 2_000), expected);
            }
        }
    }
}
