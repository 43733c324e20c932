//! What a run knows of its dialog: notes with the message.

use crate::dialog::{Dialog, Properties, Side, State};
use crate::table::Names;
use crate::{Dialogs, numbers};
use module_api::{Call, Text};
use sip::{Message, Method};
use std::sync::Arc;

/// The dialog of the run, as somebody has found out.
#[derive(Clone)]
pub struct Current {
    /// The dialog.
    pub dialog: Arc<Dialog>,
    /// Whether the message is a request within it.
    pub is_within: bool,
}

/// The state that the dialog of the run leaves, as long as the run shows it.
#[derive(Clone, Copy)]
pub struct Leaving(pub State);

/// What the script wants of the dialog to come (`$dlg_ctx`).
#[derive(Clone, Debug, Default)]
pub struct Coming {
    /// Its lifetime in seconds; 0 is the usual.
    pub timeout: i64,
    /// Whether both sides get a BYE when it is over.
    pub timeout_bye: i64,
    /// The route block that is run then.
    pub timeout_route: Text,
    /// Numbers that scripts may keep: `on`, `dir`, `flags`.
    pub numbers: [i64; 3],
}

/// Variables that were set before there was a dialog, newest first.
#[derive(Default)]
pub struct Loose(pub Vec<(Text, Text)>);

/// Profiles that the dialog to come is to be in, each with its value, oldest first.
#[derive(Default)]
pub struct Wished(pub Vec<(u16, Text)>);

/// Properties that the dialog to come is to have beside those of the configuration.
#[derive(Clone, Copy, Default)]
pub struct Promised(pub Properties);

/// How many profiles a dialog may be in.
pub const PROFILES_MAX: usize = 256;

/// The names of the dialog that a message belongs to.
pub fn names(message: &Message) -> Names<'_> {
    Names {
        call_id: message.call_id().unwrap_or_default(),
        from_tag: message.from_tag().unwrap_or_default(),
        to_tag: message.to_tag().unwrap_or_default(),
    }
}

/// The dialog of the run: the one that was found, else the one that the message names.
pub fn current(dialogs: &Dialogs, call: &Call) -> Option<Arc<Dialog>> {
    if let Some(current) = call.notes.get::<Current>() {
        return Some(current.dialog.clone());
    }
    find(dialogs, &call.message).map(|(dialog, _)| dialog)
}

/// The dialog that a message names, and the side it comes from.
pub fn find(dialogs: &Dialogs, message: &Message) -> Option<(Arc<Dialog>, Side)> {
    if dialogs.table().len() == 0 {
        return None;
    }
    let names = names(message);
    if names.call_id.is_empty() {
        return None;
    }
    if let Some(found) = dialogs.table().named(names) {
        return Some(found);
    }
    // Of several who ring only one is the callee: responses of the others belong to the dialog too.
    let cseq = message.cseq().ok().filter(|_| !message.is_request())?;
    if cseq.method != Method::Invite {
        return None;
    }
    let dialogs = dialogs.table();
    let dialog = dialogs.of_caller(names.call_id, names.from_tag, |body| {
        body.invite_number == cseq.number.wrapping_sub(numbers::difference(body))
    })?;
    Some((dialog, Side::Caller))
}
