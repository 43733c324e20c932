//! Telephone numbers (RFC 3966 §4).

use super::both_params;
use super::text::{Case, same_text};
use crate::{Param, Uri};

/// Same digits, both with or both without `+`, and the same parameters.
pub(super) fn equivalent(one: &Uri<'_>, other: &Uri<'_>) -> bool {
    if !same_digits(
        one.user().unwrap_or_default(),
        other.user().unwrap_or_default(),
    ) {
        return false;
    }
    let Some((ours, theirs)) = both_params(one, other) else {
        return one.params_text() == other.params_text();
    };
    let has = |param: &Param<'_>, others: &[Param<'_>]| {
        let found = others.iter().find(|other| other.is(param.name));
        found.is_some_and(|other| same_value(param, other))
    };
    ours.iter().all(|param| has(param, &theirs)) && theirs.iter().all(|param| has(param, &ours))
}

fn same_value(one: &Param<'_>, other: &Param<'_>) -> bool {
    let (ours, theirs) = (
        one.value.unwrap_or_default(),
        other.value.unwrap_or_default(),
    );
    let is_number = one.is(b"ext") || (one.is(b"phone-context") && ours.starts_with(b"+"));
    if is_number {
        same_digits(ours, theirs)
    } else {
        same_text(ours, theirs, Case::Ignored)
    }
}

/// Whether two numbers are the same without visual separators.
fn same_digits(one: &[u8], other: &[u8]) -> bool {
    let digits = |number: &[u8]| {
        let number: &[u8] = number;
        number
            .iter()
            .filter(|byte| !matches!(byte, b'-' | b'.' | b'(' | b')'))
            .map(u8::to_ascii_lowercase)
            .collect::<smallvec::SmallVec<[u8; 32]>>()
    };
    digits(one) == digits(other)
}
