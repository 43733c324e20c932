//! The end of a dialog, whoever brings it about.

use crate::context::Current;
use crate::creation::{is_initial, note};
use crate::dialog::{Dialog, Properties, State, marks};
use crate::events::{self, About, Seen};
use crate::packed::Field;
use crate::track::seconds;
use crate::{Dialogs, Moment};
use module_api::{Call, LaneKey, Reception, Runtime, SocketId};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

/// How long a dialog that has ended stays, in seconds, for what comes late.
pub const LINGER_S: u32 = 5;

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
    let (before, memberships) = {
        let mut body = dialog.body();
        let before = body.state;
        match before {
            State::Deleted => return,
            State::Early => dialogs.counters.early.add(-1),
            State::Answered | State::Confirmed => dialogs.counters.active.add(-1),
            State::Unconfirmed => {}
        }
        body.state = State::Deleted;
        body.ended = now;
        body.deadline = 0;
        let extra = body.extra.as_mut();
        let profiles = extra.map(|extra| std::mem::take(&mut extra.profiles));
        (before, profiles.unwrap_or_default())
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
        Some(call) => {
            dialogs.tell(call, dialog, moment);
            let seen = || Seen::by(call, about);
            events::raise_end(runtime, name, dialog, seen, before);
        }
        None => {
            tell_elsewhere(dialogs, runtime, dialog, moment);
            // Observed on 5.6.3: when its lifetime is over it has ended by then, unless it is by a BYE of ours that it ends.
            let sends_bye = dialog
                .body()
                .properties
                .contains(Properties::BYE_ON_TIMEOUT);
            let before = match moment {
                Moment::Expired if !sends_bye => State::Deleted,
                _ => before,
            };
            let seen = || Seen {
                about,
                attached: None,
            };
            events::raise_end(runtime, name, dialog, seen, before);
        }
    }
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
