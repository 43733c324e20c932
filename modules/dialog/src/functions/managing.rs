//! Making and finding dialogs.

use crate::context::{self, Current};
use crate::dialog::{Side, State};
use crate::packed::Field;
use crate::table::Names;
use crate::{Dialogs, creation, driver, ending, track};
use module_api::{Call, Step, Text, Verdict, script_function};
use std::sync::Arc;

/// Makes a dialog of the INVITE at hand, or finds the one that a request belongs to and moves it on.
///
/// ```cfg
/// if (!dlg_manage()) xinfo("no call\n");   # log: no call
/// ```
#[script_function(dlg_manage, routes = REQUEST, waits)]
fn dlg_manage(dialogs: &Dialogs, call: &mut Call) -> Step {
    if creation::is_initial(&call.message) {
        if call.notes.get::<Current>().is_some() {
            // Observed on 5.6.3: it has been done.
            return Verdict::FALSE.into();
        }
        return creation::begin(dialogs, call);
    }
    if call.message.to_tag().is_none() {
        return Verdict::FALSE.into();
    }
    let name = dialogs.params.rr_param.clone();
    let cookie = match dialogs.rr.get() {
        Some(rr) => rr.route_param(call, &name),
        None => None,
    };
    let cookie = cookie.as_deref().and_then(creation::parse_cookie);
    track::within(dialogs, call, cookie).into()
}

/// Whether the message at hand belongs to a dialog.
///
/// ```cfg
/// if (!is_known_dlg()) xinfo("unknown\n");   # log: unknown
/// ```
#[script_function(is_known_dlg, routes = ANY)]
fn is_known_dlg(dialogs: &Dialogs, call: &mut Call) -> Verdict {
    Verdict::of(context::current(dialogs, call).is_some())
}

/// Makes the dialog of these names the current one: `callid`, the caller's `ftag` and the callee's `ttag`, which may be empty.
///
/// ```cfg
/// if (!dlg_get("abcdef", "123", "456")) xinfo("unknown\n");   # log: unknown
/// ```
#[script_function(dlg_get, routes = ANY)]
fn dlg_get(dialogs: &Dialogs, call: &mut Call, callid: Text, ftag: Text, ttag: Text) -> Verdict {
    let names = Names {
        call_id: &callid,
        from_tag: &ftag,
        to_tag: &ttag,
    };
    let Some((dialog, _)) = dialogs.table().named(names) else {
        return Verdict::FALSE;
    };
    call.notes.set(Current {
        dialog,
        is_within: true,
    });
    Verdict::TRUE
}

/// Gives the dialog of the message the state `newstate`, a number from 1 to 5. One that is to be 5 goes without a word.
///
/// ```cfg
/// if (!dlg_set_state("5")) xinfo("unknown\n");   # log: unknown
/// ```
#[script_function(dlg_set_state, routes = ANY)]
fn dlg_set_state(dialogs: &Dialogs, call: &mut Call, newstate: Text) -> Verdict {
    let state = stdx::number::parse_i64(&newstate).and_then(State::from_number);
    let (Some(dialog), Some(state)) = (context::current(dialogs, call), state) else {
        return Verdict::FALSE;
    };
    ending::set_state(dialogs, &call.runtime, &dialog, state);
    Verdict::TRUE
}

/// Moves the dialog of the message on by what the message is, as `loose_route` does.
///
/// ```cfg
/// if (!dlg_update_state()) xinfo("unknown\n");   # log: unknown
/// ```
#[script_function(dlg_update_state, routes = REQUEST | FAILURE | BRANCH | REPLY)]
fn dlg_update_state(dialogs: &Dialogs, call: &mut Call) -> Verdict {
    let Some((dialog, _)) = context::find(dialogs, &call.message) else {
        return Verdict::FALSE;
    };
    if !call.message.is_request() {
        return Verdict::TRUE;
    }
    Verdict::of(track::within(
        dialogs,
        call,
        Some((dialog.entry, dialog.id)),
    ))
}

/// Takes the Contact of the message at hand for that of its sender in the dialog.
///
/// ```cfg
/// if (!dlg_update_contact()) xinfo("unknown\n");   # log: unknown
/// ```
#[script_function(dlg_update_contact, routes = ANY)]
fn dlg_update_contact(dialogs: &Dialogs, call: &mut Call) -> Verdict {
    let Some((dialog, side)) = context::find(dialogs, &call.message) else {
        return Verdict::FALSE;
    };
    let message = call.message.clone();
    let Some(contact) = creation::contact_of(&message) else {
        return Verdict::FALSE;
    };
    let field = match sender(side, message.is_request()) {
        Side::Caller => Field::CallerContact,
        Side::Callee => Field::CalleeContact,
    };
    dialog.set_texts(&[(field, contact)]);
    if let Some(storage) = dialogs.storage.get() {
        storage.changed(dialogs, &call.runtime, &dialog);
    }
    Verdict::TRUE
}

/// A response has From of whoever asked: its sender is the other.
fn sender(side: Side, is_request: bool) -> Side {
    match (side, is_request) {
        (side, true) => side,
        (Side::Caller, false) => Side::Callee,
        (Side::Callee, false) => Side::Caller,
    }
}

/// Takes the socket that the message came in by for that of its sender in the dialog.
///
/// ```cfg
/// if (!dlg_update_socket()) xinfo("unknown\n");   # log: unknown
/// ```
#[script_function(dlg_update_socket, routes = ANY)]
fn dlg_update_socket(dialogs: &Dialogs, call: &mut Call) -> Verdict {
    let Some((dialog, side)) = context::find(dialogs, &call.message) else {
        return Verdict::FALSE;
    };
    let socket = Some(call.reception.socket);
    {
        let mut body = dialog.body();
        match sender(side, call.message.is_request()) {
            Side::Caller => body.caller_socket = socket,
            Side::Callee => body.callee_socket = socket,
        }
    }
    if let Some(storage) = dialogs.storage.get() {
        storage.changed(dialogs, &call.runtime, &dialog);
    }
    Verdict::TRUE
}

/// Puts the Contact of the other side of the dialog into the Request-URI.
///
/// ```cfg
/// if (!dlg_set_ruri()) xinfo("unknown\n");   # log: unknown
/// ```
#[script_function(dlg_set_ruri, routes = ANY)]
fn dlg_set_ruri(dialogs: &Dialogs, call: &mut Call) -> Verdict {
    let Some(dialog) = context::current(dialogs, call) else {
        return Verdict::FALSE;
    };
    let contact = {
        let body = dialog.body();
        let names = context::names(&call.message);
        let field = match body.sender(names.from_tag, names.to_tag) {
            Some(Side::Callee) => Field::CallerContact,
            _ => Field::CalleeContact,
        };
        body.texts.get(field).map(Text::from)
    };
    match contact {
        Some(contact) if !contact.is_empty() => {
            call.set_request_uri(contact);
            Verdict::TRUE
        }
        _ => Verdict::FALSE,
    }
}

/// Reads the dialogs with the Call-ID `cival` from the database that are not in memory.
///
/// ```cfg
/// if (!dlg_db_load_callid("$ci")) xinfo("no database\n");   # log: no database
/// ```
#[script_function(dlg_db_load_callid, routes = ANY, waits)]
fn dlg_db_load_callid(dialogs: &Dialogs, call: &mut Call, cival: Text) -> Step {
    load(dialogs, call, Some(cival))
}

/// Reads all dialogs from the database that are not in memory.
///
/// ```cfg
/// if (!dlg_db_load_extra()) xinfo("no database\n");   # log: no database
/// ```
#[script_function(dlg_db_load_extra, routes = ANY, waits)]
fn dlg_db_load_extra(dialogs: &Dialogs, call: &mut Call) -> Step {
    load(dialogs, call, None)
}

fn load(dialogs: &Dialogs, call: &mut Call, call_id: Option<Text>) -> Step {
    let Some(storage) = dialogs.storage.get() else {
        call.error(format_args!(
            "dialogs are not in a database: `db_mode` is 0"
        ));
        return Verdict::FALSE.into();
    };
    let asked = storage.ask(call_id);
    Step::answered(call, "dialogs", asked, |call, answer| {
        let Some(dialogs) = call.runtime.module::<Dialogs>() else {
            return Step::from(Verdict::FALSE);
        };
        let rows = match answer {
            Ok(answer) => answer.rows,
            Err(error) => {
                call.error(format_args!("dialogs cannot be read: {error}"));
                return Verdict::FALSE.into();
            }
        };
        let read = rows.iter();
        let found: Vec<_> = read
            .filter_map(|row| driver::restore(&dialogs, &call.runtime, row))
            .collect();
        load_variables(dialogs, call, found)
    })
}

/// Reads the variables of dialogs, one after the other.
fn load_variables(
    dialogs: Arc<Dialogs>,
    call: &mut Call,
    mut left: Vec<Arc<crate::Dialog>>,
) -> Step {
    let (Some(dialog), Some(storage)) = (left.pop(), dialogs.storage.get()) else {
        return Verdict::TRUE.into();
    };
    let asked = storage.ask_variables(&dialog);
    Step::answered(call, "variables of a dialog", asked, move |call, answer| {
        if let Ok(answer) = answer {
            driver::restore_variables(&dialogs, &answer.rows);
        }
        load_variables(dialogs, call, left)
    })
}

/// Forgets the dialogs that another server has shared over DMQ; there are none.
///
/// ```cfg
/// dlg_remove_dialogs_from_node("sip:192.0.2.1:5060");
/// ```
#[script_function(dlg_remove_dialogs_from_node, routes = ANY, compat = accepted("dialogs stay on their server"))]
fn dlg_remove_dialogs_from_node(node_uri: Text) -> Verdict {
    let _ = node_uri;
    Verdict::TRUE
}
