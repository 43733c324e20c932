//! When two URIs mean the same: as the RFCs say ([`equivalent`]) and as scripts are used to ([`same_uri`], [`same_aor`]).
//!
//! None of them is an equivalence in the mathematical sense: a parameter that one URI lacks is mostly ignored, so A may match B
//! and B match C while A does not match C (RFC 3261 §19.1.4 says so of its own rules).

mod tel;
mod text;

use smallvec::SmallVec;

use crate::{Param, Scheme, Uri};
use text::{Case, same_text};

/// Parameters (and headers) of a URI that are compared one by one. With more, only the same text matches: the work stays
/// bounded whatever a stranger writes.
pub const COMPARED_PARAMS_MAX: usize = 64;

/// Parameters that one URI must not have alone: without them the other means something else (RFC 3261 §19.1.4).
const NEVER_ALONE: [&[u8]; 4] = [b"user", b"ttl", b"method", b"maddr"];

/// Whether two URIs are equivalent by RFC 3261 §19.1.4 (`sip`, `sips`), RFC 3966 §4 (`tel`), or, for any other scheme, of the
/// same text behind a scheme of the same name.
///
/// Of the RFC's contradiction about a `transport` that only one URI has, the examples are followed: such URIs differ.
pub fn equivalent(one: &Uri<'_>, other: &Uri<'_>) -> bool {
    if one.text() == other.text() {
        return true;
    }
    if !one.scheme_name().eq_ignore_ascii_case(other.scheme_name()) {
        return false;
    }
    match one.scheme() {
        Scheme::Sip | Scheme::Sips => {
            same_optional(one.user(), other.user(), Case::Matters)
                && same_optional(one.password(), other.password(), Case::Matters)
                && same_text(one.host(), other.host(), Case::Ignored)
                && one.port() == other.port()
                && same_sip_params(one, other)
                && same_headers(one, other)
        }
        Scheme::Tel | Scheme::Tels => tel::equivalent(one, other),
        Scheme::Urn | Scheme::Other => one.after_scheme() == other.after_scheme(),
    }
}

/// Whether two URIs are the same to a Kamailio script.
///
/// COMPAT: observed on 5.6.3. Escapes are not undone, a written port is no other than the same digits, `transport` and headers of
/// one URI alone are ignored, and where a parameter is repeated every pair of that name must match.
pub fn same_uri(one: &Uri<'_>, other: &Uri<'_>) -> bool {
    one.scheme() == other.scheme()
        && one.user().unwrap_or_default() == other.user().unwrap_or_default()
        && one.password().unwrap_or_default() == other.password().unwrap_or_default()
        && one.host().eq_ignore_ascii_case(other.host())
        && port_text(one) == port_text(other)
        && same_script_params(one, other)
}

/// Whether two URIs are of the same address of record to a Kamailio script: user, host and port, where no port is 5060 whatever
/// scheme and transport say.
///
/// COMPAT: observed on 5.6.3.
pub fn same_aor(one: &Uri<'_>, other: &Uri<'_>) -> bool {
    one.user().unwrap_or_default() == other.user().unwrap_or_default()
        && one.host().eq_ignore_ascii_case(other.host())
        && one.port().unwrap_or(5060) == other.port().unwrap_or(5060)
}

fn same_optional(one: Option<&[u8]>, other: Option<&[u8]>, case: Case) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => same_text(one, other, case),
        (one, other) => one.is_none() && other.is_none(),
    }
}

fn same_sip_params(one: &Uri<'_>, other: &Uri<'_>) -> bool {
    let Some((ours, theirs)) = both_params(one, other) else {
        return one.params_text() == other.params_text();
    };
    let agrees_with = |param: &Param<'_>, others: &[Param<'_>]| {
        let found = others
            .iter()
            .find(|other| same_text(param.name, other.name, Case::Ignored));
        let value = param.value.unwrap_or_default();
        match found {
            Some(found) => same_text(value, found.value.unwrap_or_default(), Case::Ignored),
            None => !param.is(b"transport") && !NEVER_ALONE.iter().any(|name| param.is(name)),
        }
    };
    ours.iter().all(|param| agrees_with(param, &theirs))
        && theirs.iter().all(|param| agrees_with(param, &ours))
}

fn same_script_params(one: &Uri<'_>, other: &Uri<'_>) -> bool {
    let Some((ours, theirs)) = both_params(one, other) else {
        return one.params_text() == other.params_text();
    };
    let is_alone = |param: &Param<'_>, others: &[Param<'_>]| {
        param.value.is_some_and(|value| !value.is_empty())
            && NEVER_ALONE.iter().any(|name| param.is(name))
            && !others.iter().any(|other| other.is(param.name))
    };
    let contradicts = |param: &Param<'_>| {
        let value = param.value.unwrap_or_default();
        let same_name = theirs.iter().filter(|other| other.is(param.name));
        same_name
            .map(|other| other.value.unwrap_or_default())
            .any(|other| !value.eq_ignore_ascii_case(other))
    };
    !ours
        .iter()
        .any(|param| contradicts(param) || is_alone(param, &theirs))
        && !theirs.iter().any(|param| is_alone(param, &ours))
}

type ParamList<'a> = SmallVec<[Param<'a>; 8]>;

/// The parameters of both; `None` when one has more than are compared.
fn both_params<'a>(one: &Uri<'a>, other: &Uri<'a>) -> Option<(ParamList<'a>, ParamList<'a>)> {
    let list = |uri: &Uri<'a>| {
        let params: ParamList<'a> = uri.params().take(COMPARED_PARAMS_MAX + 1).collect();
        (params.len() <= COMPARED_PARAMS_MAX).then_some(params)
    };
    Some((list(one)?, list(other)?))
}

/// Headers must be there on both sides, in any order, as often and with the same values.
fn same_headers(one: &Uri<'_>, other: &Uri<'_>) -> bool {
    let (ours, theirs) = (
        one.headers_text().unwrap_or_default(),
        other.headers_text().unwrap_or_default(),
    );
    if ours == theirs {
        return true;
    }
    let list = |text: &'_ [u8]| text.split(|byte| *byte == b'&').count();
    if list(ours) != list(theirs) || list(ours) > COMPARED_PARAMS_MAX {
        return false;
    }
    let mut left: SmallVec<[&[u8]; 8]> = theirs.split(|byte| *byte == b'&').collect();
    ours.split(|byte| *byte == b'&').all(|header| {
        // Field values are compared without regard to case (RFC 3261 §7.3.1).
        let place = left
            .iter()
            .position(|other| same_text(header, other, Case::Ignored));
        place.map(|place| left.swap_remove(place)).is_some()
    })
}

/// The digits after the host's colon; empty without.
fn port_text<'a>(uri: &Uri<'a>) -> &'a [u8] {
    let text = uri.host_port().get(uri.host().len()..).unwrap_or_default();
    text.strip_prefix(b":").unwrap_or(text)
}

#[cfg(test)]
mod tests;
