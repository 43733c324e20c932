//! What From and To were, kept in variables of the dialog (`restore_dlg`).

use crate::Uac;
use crate::params::RestoreMode;
use crate::replace::{self, Side};
use mod_dialog::{Dialog, Side as Sender};
use module_api::{Call, Text};
use std::sync::Arc;

/// A name that was replaced, and what stands in its place.
#[derive(Clone, Copy)]
pub struct Names<'a> {
    /// The display name as it stood, with its quotes.
    pub display: &'a [u8],
    /// The URI.
    pub uri: &'a [u8],
    /// The display name that stands there.
    pub new_display: &'a [u8],
    /// The URI that stands there.
    pub new_uri: &'a [u8],
}

/// The names of the variables: URI and display name as they were, and as they are towards the callee (observed on 5.6.3).
struct Variables {
    was: [&'static [u8]; 2],
    is: [&'static [u8]; 2],
}

const FROM: Variables = Variables {
    was: [b"_uac_fu", b"_uac_fdp"],
    is: [b"_uac_funew", b"_uac_fdpnew"],
};

const TO: Variables = Variables {
    was: [b"_uac_to", b"_uac_tdp"],
    is: [b"_uac_tonew", b"_uac_tdpnew"],
};

/// Keeps the names of a request that begins a dialog. False when it does not, or dialogs are not to keep them.
pub fn keep(uac: &Uac, call: &Call, side: Side, names: Names<'_>) -> bool {
    let wants = uac.params.restore_dlg != 0 && uac.mode == RestoreMode::Auto;
    if !wants || call.message.to_tag().is_some() {
        return false;
    }
    let Some(dialog) = uac.dialogs.get().and_then(|dialogs| dialogs.current(call)) else {
        return false;
    };
    let variables = match side {
        Side::From => FROM,
        Side::To => TO,
    };
    let values = [
        (variables.was, [names.uri, names.display]),
        (variables.is, [names.new_uri, names.new_display]),
    ];
    values.into_iter().all(|(variables, values)| {
        let mut pairs = variables.into_iter().zip(values);
        pairs.all(|(name, value)| dialog.set_variable(name, Some(Text::from(value))))
    })
}

/// Puts the other names into a request within a dialog that keeps them.
pub fn restore(call: &mut Call, dialog: &Arc<Dialog>, sender: Sender) {
    for side in [Side::From, Side::To] {
        // Towards the caller the header fields have changed places.
        let [uri, display] = match (sender, side) {
            (Sender::Caller, Side::From) => FROM.is,
            (Sender::Caller, Side::To) => TO.is,
            (Sender::Callee, Side::From) => TO.was,
            (Sender::Callee, Side::To) => FROM.was,
        };
        let Some(uri) = dialog.variable(uri) else {
            continue;
        };
        let display = dialog.variable(display).unwrap_or_default();
        let message = call.message.clone();
        if let Some(address) = side.address(&message)
            && replace::mark(call, side)
        {
            replace::put(call, &address, &display, &uri);
        }
    }
}
