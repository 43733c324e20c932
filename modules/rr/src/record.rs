//! What the Record-Route header says besides the address.

use crate::header::{self, Address, Pending};
use crate::loose::Direction;
use crate::{Rr, loose};
use module_api::{Call, Text, Value, Verdict};
use sip::{Scheme, Uri};

/// Records the header with the addresses of the sockets.
pub fn by_sockets(rr: &Rr, call: &mut Call, params: &[u8]) -> Verdict {
    let Some(params) = begin(call, &[params]).then(|| params_after_lr(rr, call, params)) else {
        return Verdict::FALSE;
    };
    let before = scheme_and_user(rr, call);
    header::record(call, Address::Sockets, &before, &params);
    Verdict::TRUE
}

/// Records the header with a given address.
pub fn by_address(rr: &Rr, call: &mut Call, address: &[u8]) -> Verdict {
    if !begin(call, &[address]) {
        return Verdict::FALSE;
    }
    let ftag = ftag(rr, call);
    // COMPAT: `lr` stands behind the tag, elsewhere before it (observed on 5.6.3).
    let params = [&ftag, lr(rr), pending(call)].concat();
    let before = scheme_and_user(rr, call);
    header::record(call, Address::Given(address), &before, &params);
    Verdict::TRUE
}

/// Records one or two headers with given addresses, the outgoing side first.
pub fn preset(rr: &Rr, call: &mut Call, first: &[u8], second: Option<&[u8]>) -> Verdict {
    if second.is_some() && rr.params.enable_double_rr == 0 {
        call.error(format_args!("two Record-Routes need `enable_double_rr`"));
        return Verdict::FALSE;
    }
    if !begin(call, &[first, second.unwrap_or_default()]) {
        return Verdict::FALSE;
    }
    // COMPAT: it is the tag of who sends the request, whichever way that goes (observed on 5.6.3).
    let tag = call
        .message
        .from_tag()
        .filter(|_| rr.params.append_fromtag.value);
    // COMPAT: and `lr` stands behind all that is known by then.
    let params = [&as_ftag(tag), pending(call), lr(rr)].concat();
    let before = scheme_and_user(rr, call);
    let uri = |address: &[u8]| [&before, address, &params].concat();
    let uris: Vec<Vec<u8>> = std::iter::once(first).chain(second).map(uri).collect();
    header::record_preset(call, &uris);
    Verdict::TRUE
}

/// Whether the header may be recorded with these texts in it.
fn begin(call: &mut Call, texts: &[&[u8]]) -> bool {
    if header::is_recorded(call) {
        call.error(format_args!("this request has its Record-Route already"));
        return false;
    }
    if !texts.iter().all(|text| header::is_safe(text)) {
        call.error(format_args!("a Record-Route cannot hold this text"));
        return false;
    }
    true
}

fn scheme(rr: &Rr, call: &Call) -> &'static [u8] {
    let is_secure = Uri::parse(call.request_uri()).is_ok_and(|uri| uri.scheme() == Scheme::Sips);
    if is_secure && !rr.params.ignore_sips {
        b"sips:"
    } else {
        b"sip:"
    }
}

fn flow_token(rr: &Rr, call: &Call) -> Option<Text> {
    let outbound = rr.outbound.get()?;
    outbound.is_used(call).then(|| outbound.dialog_token(call))
}

/// `sip:user@`, or `sip:` without a user.
fn scheme_and_user(rr: &Rr, call: &mut Call) -> Vec<u8> {
    let scheme = scheme(rr, call);
    let user = match flow_token(rr, call) {
        Some(token) => Some(token),
        None => user(rr, call).filter(|user| header::is_safe(user)),
    };
    match user {
        Some(user) if !user.is_empty() => [scheme, &user, b"@"].concat(),
        _ => scheme.to_vec(),
    }
}

/// The user that `add_username` asks for: of the Request-URI as received, else as it stands (observed on 5.6.3).
fn user(rr: &Rr, call: &mut Call) -> Option<Text> {
    if !rr.params.add_username {
        return None;
    }
    if let Some(variable) = rr.user.get()
        && let Value::Str(user) = variable.get(call)
    {
        return Some(user);
    }
    let of = |uri: &[u8]| Some(Text::from(Uri::parse(uri).ok()?.user()?));
    of(call.message.request_uri()).or_else(|| of(call.request_uri()))
}

fn lr(rr: &Rr) -> &'static [u8] {
    if rr.params.enable_full_lr {
        b";lr=on"
    } else {
        b";lr"
    }
}

/// The tag of whoever began the dialog, as a parameter.
fn ftag(rr: &Rr, call: &mut Call) -> Vec<u8> {
    if !rr.params.append_fromtag.value {
        return Vec::new();
    }
    as_ftag(match loose::direction(rr, call) {
        Direction::Downstream => call.message.from_tag(),
        Direction::Upstream => call.message.to_tag(),
    })
}

fn as_ftag(tag: Option<&[u8]>) -> Vec<u8> {
    match tag {
        Some(tag) => [b";ftag=", tag].concat(),
        None => Vec::new(),
    }
}

fn pending(call: &Call) -> &[u8] {
    call.notes
        .get::<Pending>()
        .map_or(&[], |pending| &pending.0)
}

fn params_after_lr(rr: &Rr, call: &mut Call, params: &[u8]) -> Vec<u8> {
    let ftag = ftag(rr, call);
    [lr(rr), &ftag, params, pending(call)].concat()
}
