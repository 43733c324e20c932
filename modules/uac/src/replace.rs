//! Other names in From and To, and what they were.

use crate::params::RestoreMode;
use crate::{Uac, disguise, in_dialog};
use mod_rr::Direction;
use module_api::{BoundVariable, Call, Text, Value, Verdict};
use sip::{Message, NameAddr, Span, Uri};

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

/// Display name and URI with its brackets: all but the parameters.
fn head(address: &NameAddr) -> Span {
    let end = address.uri.end + u32::from(address.is_bracketed);
    Span::new(address.whole.start, end)
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
    if !uri.is_empty() && Uri::parse(uri).is_err() {
        call.error(format_args!(
            "`{}` is no URI for {}",
            Text::from(uri),
            side.name()
        ));
        return Verdict::FALSE;
    }
    let display = display.unwrap_or_else(|| message.text(address.display));
    if [display, uri]
        .iter()
        .any(|text| text.iter().any(u8::is_ascii_control))
    {
        call.error(format_args!(
            "a name for {} has control characters",
            side.name()
        ));
        return Verdict::FALSE;
    }
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
        keep(uac, call, side, was, is, is_kept);
    }
    Verdict::TRUE
}

/// Puts a name into the place of the one that is there.
pub fn put(call: &mut Call, address: &NameAddr, display: &[u8], uri: &[u8]) {
    let mut text = Vec::with_capacity(display.len() + uri.len() + 3);
    if !display.is_empty() {
        text.extend_from_slice(display);
        text.push(b' ');
    }
    text.push(b'<');
    text.extend_from_slice(uri);
    text.push(b'>');
    call.edits.replace(head(address), text);
}

/// Keeps what a URI was, for responses and, when its dialog does not keep it, later requests: in mode `manual`, too, where the script
/// has them restored.
fn keep(uac: &Uac, call: &mut Call, side: Side, was: &[u8], is: &[u8], is_in_dialog: bool) {
    if uac.mode == RestoreMode::None {
        return;
    }
    if let Some(variable) = side.variable(uac) {
        // A variable that cannot be written was refused at load, or is the operator's wish.
        let _ = variable.set(call, Value::Str(Text::from(was)));
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

/// Restores the names in a request of a dialog, as its Route has them.
pub fn restore_request(uac: &Uac, call: &mut Call, params: &[u8]) {
    if call.message.to_tag().is_none_or(<[u8]>::is_empty) {
        return;
    }
    for side in [Side::From, Side::To] {
        restore_side(uac, call, side, params);
    }
}

/// Restores one side; whether there was something to restore.
fn restore_side(uac: &Uac, call: &mut Call, side: Side, params: &[u8]) -> bool {
    let Some(rr) = uac.rr.get().cloned() else {
        return false;
    };
    // Towards the caller the header fields have changed places.
    let kept_as = match rr.direction(call) {
        Direction::Upstream => side.other(),
        _ => side,
    };
    let Some(param) = sip::Params::new(params).named(kept_as.param(uac)) else {
        return false;
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
    if Uri::parse(&other).is_err() || !mark(call, side) {
        return false;
    }
    call.edits.replace(address.uri, other);
    // What is recorded anew has to tell it as well (observed on 5.6.3).
    rr.add_param(call, &[b";", &**kept_as.param(uac), b"=", kept].concat());
    true
}

/// Restores one side when the script asks for it.
pub fn restore_now(uac: &Uac, call: &mut Call, side: Side) -> Verdict {
    let Some(rr) = uac.rr.get().cloned() else {
        return Verdict::FALSE;
    };
    let param = |call: &mut Call, side: Side| {
        let name = side.param(uac);
        let value = rr.route_param(call, name)?;
        Some([b";", &**name, b"=", &*value].concat())
    };
    let mut params = param(call, Side::From).unwrap_or_default();
    params.extend(param(call, Side::To).unwrap_or_default());
    Verdict::of(restore_side(uac, call, side, &params))
}

/// Restores the names in a response to a request that was sent with others: `sent` is that request, empty when it is gone.
pub fn restore_response(uac: &Uac, call: &mut Call, request: &Message, sent: &[u8]) {
    let response = call.message.clone();
    let mut sent_message = None;
    for side in [Side::From, Side::To] {
        let (Some(ours), Some(theirs)) = (side.address(request), side.address(&response)) else {
            continue;
        };
        let is = response.text(theirs.uri);
        let was = side
            .variable(uac)
            .and_then(|variable| match variable.get(call) {
                Value::Str(uri) if !uri.is_empty() => Some(uri),
                _ => None,
            });
        if let Some(was) = was {
            if *was != *is {
                call.edits.replace(theirs.uri, was.to_vec());
            }
            continue;
        }
        if is == request.text(ours.uri) {
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
            let names = request.text(head(&ours)).to_vec();
            call.edits.replace(head(&theirs), names);
        }
    }
}
