//! Other names in From and To, and what they were.

use crate::params::RestoreMode;
use crate::{Uac, disguise, in_dialog};
use mod_rr::Direction;
use module_api::{BoundVariable, Call, Text, Value, Verdict};
use sip::{EditedAddress, Message, NameAddr, Uri};

/// From or To.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// From.
    From,
    /// To.
    To,
}

impl Side {
    fn other(self) -> Side {
        match self {
            Side::From => Side::To,
            Side::To => Side::From,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Side::From => "From",
            Side::To => "To",
        }
    }

    /// The address in a message.
    pub fn address(self, message: &Message) -> Option<NameAddr> {
        match self {
            Side::From => message.from().ok().copied(),
            Side::To => message.to().ok().copied(),
        }
    }

    /// The parameter of Record-Route that keeps what it was.
    fn param(self, uac: &Uac) -> &Text {
        match self {
            Side::From => &uac.params.rr_from_store_param,
            Side::To => &uac.params.rr_to_store_param,
        }
    }

    fn variable(self, uac: &Uac) -> Option<&BoundVariable> {
        let variables = uac.variables.get()?;
        match self {
            Side::From => variables.from.as_ref(),
            Side::To => variables.to.as_ref(),
        }
    }
}

/// A note: which of both were replaced in this message.
#[derive(Clone, Copy, Default)]
struct Replaced {
    from: bool,
    to: bool,
}

/// Marks a side as replaced; false when it was before.
pub fn mark(call: &mut Call, side: Side) -> bool {
    let mut replaced = call.notes.take::<Replaced>().unwrap_or_default();
    let slot = match side {
        Side::From => &mut replaced.from,
        Side::To => &mut replaced.to,
    };
    let is_first = !std::mem::replace(slot, true);
    call.notes.set(replaced);
    is_first
}

/// What stands in the place of the names: `display` of none leaves the one that is there, an empty one takes it away;
/// an empty `uri` leaves that.
pub fn replace(
    uac: &Uac,
    call: &mut Call,
    side: Side,
    display: Option<&[u8]>,
    uri: &[u8],
) -> Verdict {
    let message = call.message.clone();
    let Some(address) = side.address(&message) else {
        call.error(format_args!(
            "the message has no {} that can be read",
            side.name()
        ));
        return Verdict::FALSE;
    };
    // COMPAT: anything else is put in as it is, a URI or none (observed on 5.6.3).
    if uri.iter().any(|byte| b"<>".contains(byte)) {
        call.error(format_args!(
            "`{}` cannot stand in {}",
            Text::from(uri),
            side.name()
        ));
        return Verdict::FALSE;
    }
    if display.is_none() && uri.is_empty() {
        return Verdict::TRUE;
    }
    if [display.unwrap_or_default(), uri]
        .iter()
        .any(|text| text.iter().any(u8::is_ascii_control))
    {
        call.error(format_args!(
            "a name for {} has control characters",
            side.name()
        ));
        return Verdict::FALSE;
    }
    let display = display.unwrap_or_else(|| message.text(address.display));
    if !mark(call, side) {
        call.error(format_args!(
            "{} of this message has been replaced before",
            side.name()
        ));
        return Verdict::FALSE;
    }
    let was = message.text(address.uri);
    let is = if uri.is_empty() { was } else { uri };
    put(call, &address, display, is);
    let names = in_dialog::Names {
        display: message.text(address.display),
        uri: was,
        new_display: display,
        new_uri: is,
    };
    let is_kept = in_dialog::keep(uac, call, side, names);
    if !uri.is_empty() && uri != was {
        note(
            uac,
            call,
            side,
            message.text(EditedAddress::place(&message, &address)),
        );
        keep(uac, call, side, [was, is], is_kept);
    }
    Verdict::TRUE
}

/// Puts a name into the place of the one that is there; what stands around it stays as it is.
pub fn put(call: &mut Call, address: &NameAddr, display: &[u8], uri: &[u8]) {
    let message = call.message.clone();
    let is_changed = message.text(address.display) != display;
    let is_other_uri = message.text(address.uri) != uri;
    if call
        .edits
        .replacement(EditedAddress::place(&message, address))
        .is_some()
    {
        // The script has assigned to a variable of it.
        let mut edited = EditedAddress::of(&message, &call.edits, address);
        if is_changed {
            edited.display = display.to_vec();
        }
        if is_other_uri {
            edited.uri = uri.to_vec();
        }
        edited.record(&message, &mut call.edits, address);
        return;
    }
    // Without brackets, parameters would be those of the header field (RFC 3261 §20.10).
    let needs_brackets = is_changed || uri.iter().any(|byte| b";?,".contains(byte));
    if !address.is_bracketed && needs_brackets {
        let name = [
            display,
            if display.is_empty() { b"<" } else { b" <" },
            uri,
            b">",
        ]
        .concat();
        call.edits.replace(address.uri, name);
        return;
    }
    if is_changed {
        if address.display.is_empty() {
            let display = [display, b" "].concat();
            call.edits.insert(address.whole.start, display);
        } else {
            call.edits.replace(address.display, display.to_vec());
        }
    }
    if is_other_uri {
        call.edits.replace(address.uri, uri.to_vec());
    }
}

/// Keeps what a URI was, for responses and, when its dialog does not keep it, later requests: in mode `manual`, too, where the script
/// has them restored.
fn keep(uac: &Uac, call: &mut Call, side: Side, [was, is]: [&[u8]; 2], is_in_dialog: bool) {
    if uac.mode == RestoreMode::None {
        return;
    }
    if !is_in_dialog && let Some(rr) = uac.rr.get() {
        let kept = disguise::conceal(was, is, &uac.params.restore_passwd);
        let param = [b";", &**side.param(uac), b"=", kept.as_bytes()].concat();
        if !rr.add_param(call, &param) {
            call.error(format_args!(
                "what {} was cannot be kept in Record-Route",
                side.name()
            ));
        }
    }
}

/// Notes display name and URI as received in the variable of `restore_from_avp` or `restore_to_avp`, for responses.
fn note(uac: &Uac, call: &mut Call, side: Side, names: &[u8]) {
    if uac.mode != RestoreMode::None
        && let Some(variable) = side.variable(uac)
    {
        // A variable that cannot be written was refused at load, or is the operator's wish.
        let _ = variable.set(call, Value::Str(Text::from(names)));
    }
}

/// Restores the names in a request of a dialog, as its Route has them.
pub fn restore_request(uac: &Uac, call: &mut Call, params: &[u8]) {
    if call.message.to_tag().is_none_or(<[u8]>::is_empty) {
        return;
    }
    for side in [Side::From, Side::To] {
        restore_side(uac, call, side, params);
    }
}

/// Restores what was kept of one side of the dialog; whether there was something.
fn restore_side(uac: &Uac, call: &mut Call, kept_as: Side, params: &[u8]) -> bool {
    let Some(rr) = uac.rr.get().cloned() else {
        return false;
    };
    let Some(param) = sip::Params::new(params).named(kept_as.param(uac)) else {
        return false;
    };
    // Towards the caller the header fields have changed places.
    let side = match rr.direction(call) {
        Direction::Upstream => kept_as.other(),
        _ => kept_as,
    };
    let message = call.message.clone();
    let Some(address) = side.address(&message) else {
        return false;
    };
    let known = message.text(address.uri);
    let kept = param.value.unwrap_or_default();
    let Some(other) = disguise::reveal(known, kept, &uac.params.restore_passwd) else {
        call.error(format_args!(
            "what {} was cannot be told from Route: an end of the dialog has changed it",
            side.name()
        ));
        return false;
    };
    if Uri::parse(&other).is_err() {
        return false;
    }
    if !mark(call, side) {
        // It has been done (observed on 5.6.3).
        return true;
    }
    // COMPAT: where the script asks, the variable is left alone (observed on 5.6.3).
    if uac.mode == RestoreMode::Auto {
        note(
            uac,
            call,
            side,
            message.text(EditedAddress::place(&message, &address)),
        );
    }
    call.edits.replace(address.uri, other);
    // What is recorded anew has to tell it as well (observed on 5.6.3).
    rr.add_param(call, &[b";", &**kept_as.param(uac), b"=", kept].concat());
    true
}

/// Restores what one side of the dialog was when the script asks for it: towards the caller, From is found in To.
pub fn restore_now(uac: &Uac, call: &mut Call, kept_as: Side) -> Verdict {
    let Some(rr) = uac.rr.get() else {
        return Verdict::FALSE;
    };
    let name = kept_as.param(uac);
    let Some(value) = rr.route_param(call, name) else {
        return Verdict::FALSE;
    };
    let param = [b";", &**name, b"=", &*value].concat();
    Verdict::of(restore_side(uac, call, kept_as, &param))
}

/// Restores the names in a response to a request that was sent with others: `sent` is that request, empty when it is gone.
pub fn restore_response(uac: &Uac, call: &mut Call, request: &Message, sent: &[u8]) {
    let response = call.message.clone();
    let mut sent_message = None;
    for side in [Side::From, Side::To] {
        let (Some(ours), Some(theirs)) = (side.address(request), side.address(&response)) else {
            continue;
        };
        let was = side
            .variable(uac)
            .and_then(|variable| match variable.get(call) {
                Value::Str(uri) if !uri.is_empty() => Some(uri),
                _ => None,
            });
        if let Some(was) = was {
            if *was != *response.text(EditedAddress::place(&response, &theirs)) {
                call.edits
                    .replace(EditedAddress::place(&response, &theirs), was.to_vec());
            }
            continue;
        }
        if response.text(theirs.uri) == request.text(ours.uri) {
            continue;
        }
        // It differs: because we have changed it, or because the other end did, which is its affair.
        if !sent.is_empty() && sent_message.is_none() {
            sent_message = Message::parse(sent.to_vec().into()).ok();
        }
        let is_ours = sent_message.as_ref().is_none_or(|sent| {
            let address = side.address(sent);
            address.is_some_and(|address| sent.text(address.uri) != request.text(ours.uri))
        });
        if is_ours {
            let names = request.text(EditedAddress::place(request, &ours)).to_vec();
            call.edits
                .replace(EditedAddress::place(&response, &theirs), names);
        }
    }
}
