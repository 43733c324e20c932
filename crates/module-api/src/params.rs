//! Module parameters: what `modparam` sets, as fields of a struct.

use crate::live::{Changeable, LiveParam};
use catalog::{SettingEntry, SettingKind};
use diagnostics::codes::params::BAD_PARAMETER;
use diagnostics::{Diagnostic, Span};
use std::fmt;
use std::ops::{Bound, RangeBounds};
use std::sync::Arc;
use stdx::Text;

/// A value given by `modparam`, or by the assignment of a core parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ParamValue {
    /// An integer.
    Int(i64),
    /// A string, or a bare word.
    Text(Text),
}

impl fmt::Display for ParamValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ParamValue::Int(number) => write!(f, "{number}"),
            ParamValue::Text(text) => write!(f, "\"{text}\""),
        }
    }
}

/// A parameter's value with its place, for modules that have something to say about it later.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed<T> {
    /// The value.
    pub value: T,
    /// Where it was given.
    pub span: Span,
}

impl<T> Placed<T> {
    /// What is said of a value that Kamailio refuses as well.
    pub fn error(&self, message: impl Into<String>) -> Diagnostic {
        Diagnostic::error(BAD_PARAMETER, self.span, message)
    }

    /// What is said of a value that Kamailio starts with: what it is taken for. It belongs into the diagnostics of the
    /// [`Binder`](crate::Binder).
    pub fn warning(&self, message: impl Into<String>) -> Diagnostic {
        Diagnostic::warning(BAD_PARAMETER, self.span, message)
    }
}

/// Why a parameter was not set.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParamError {
    /// There is no parameter of that name.
    #[error("there is no such parameter")]
    Unknown,
    /// The value is of the other type.
    #[error("the parameter takes a value of type {0}")]
    WrongKind(SettingKind),
    /// The value cannot be used, for the given reason.
    #[error("{0}")]
    Invalid(String),
    /// The value cannot be used, and another was taken, such as the nearest within the range: Kamailio starts with such values.
    #[error("{0}")]
    Adjusted(String),
}

/// A type that a parameter can have.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no type of a module parameter",
    note = "`i64`, `bool` and `Text` are; crates/module-api/src/params.rs has the others, and shows how to write one"
)]
pub trait ParamField: Sized {
    /// What the configuration may give.
    const KIND: SettingKind;

    /// Takes a value; called again for each occurrence.
    fn assign(&mut self, value: &ParamValue, span: Span) -> Result<(), ParamError>;

    /// What it is, where that is one value.
    fn value(&self) -> Option<ParamValue> {
        None
    }

    /// The value itself, where it may change while the server runs.
    fn live(&self) -> Option<Arc<dyn Changeable>> {
        None
    }
}

impl ParamField for i64 {
    const KIND: SettingKind = SettingKind::Int;

    fn assign(&mut self, value: &ParamValue, _: Span) -> Result<(), ParamError> {
        match value {
            ParamValue::Int(number) => {
                *self = *number;
                Ok(())
            }
            ParamValue::Text(_) => Err(ParamError::WrongKind(Self::KIND)),
        }
    }

    fn value(&self) -> Option<ParamValue> {
        Some(ParamValue::Int(*self))
    }
}

/// A switch: any integer but 0 turns it on.
impl ParamField for bool {
    const KIND: SettingKind = SettingKind::Int;

    fn assign(&mut self, value: &ParamValue, span: Span) -> Result<(), ParamError> {
        let mut number = 0i64;
        number.assign(value, span)?;
        *self = number != 0;
        Ok(())
    }

    fn value(&self) -> Option<ParamValue> {
        Some(ParamValue::Int((*self).into()))
    }
}

impl ParamField for Text {
    const KIND: SettingKind = SettingKind::Text;

    fn assign(&mut self, value: &ParamValue, _: Span) -> Result<(), ParamError> {
        match value {
            ParamValue::Text(text) => {
                *self = text.clone();
                Ok(())
            }
            ParamValue::Int(_) => Err(ParamError::WrongKind(Self::KIND)),
        }
    }

    fn value(&self) -> Option<ParamValue> {
        Some(ParamValue::Text(self.clone()))
    }
}

impl ParamField for ParamValue {
    const KIND: SettingKind = SettingKind::Either;

    fn assign(&mut self, value: &ParamValue, _: Span) -> Result<(), ParamError> {
        *self = value.clone();
        Ok(())
    }
}

impl<T: ParamField + Default> ParamField for Option<T> {
    const KIND: SettingKind = T::KIND;

    fn assign(&mut self, value: &ParamValue, span: Span) -> Result<(), ParamError> {
        let mut inner = T::default();
        let result = inner.assign(value, span);
        if is_set(&result) {
            *self = Some(inner);
        }
        result
    }

    fn value(&self) -> Option<ParamValue> {
        self.as_ref()?.value()
    }
}

impl<T: ParamField> ParamField for Placed<T> {
    const KIND: SettingKind = T::KIND;

    fn assign(&mut self, value: &ParamValue, span: Span) -> Result<(), ParamError> {
        self.span = span;
        self.value.assign(value, span)
    }
}

impl<T: Default> Default for Placed<T> {
    fn default() -> Self {
        Placed {
            value: T::default(),
            span: Span::default(),
        }
    }
}

/// A parameter that may be given several times; each occurrence adds a value.
impl<T: ParamField + Default> ParamField for Vec<T> {
    const KIND: SettingKind = SettingKind::TextList;

    fn assign(&mut self, value: &ParamValue, span: Span) -> Result<(), ParamError> {
        let mut item = T::default();
        let result = item.assign(value, span);
        if is_set(&result) {
            self.push(item);
        }
        result
    }
}

/// Whether there is a value, be it the given one or another.
fn is_set(result: &Result<(), ParamError>) -> bool {
    matches!(result, Ok(()) | Err(ParamError::Adjusted(_)))
}

/// The parameters of a module; made by `#[derive(Params)]`.
pub trait ParamSet: Default {
    /// Their entries for the catalog.
    const SETTINGS: &'static [SettingEntry];

    /// Sets one.
    fn assign(&mut self, name: &str, value: &ParamValue, span: Span) -> Result<(), ParamError>;

    /// What one is, where that is one value.
    fn value(&self, _name: &str) -> Option<ParamValue> {
        None
    }

    /// One that may change while the server runs.
    fn live(&self, _name: &str) -> Option<LiveParam> {
        None
    }
}

/// For modules without parameters.
#[derive(Default)]
pub struct NoParams;

impl ParamSet for NoParams {
    const SETTINGS: &'static [SettingEntry] = &[];

    fn assign(&mut self, _: &str, _: &ParamValue, _: Span) -> Result<(), ParamError> {
        Err(ParamError::Unknown)
    }
}

/// A parameter set whose type is not known.
pub trait AnyParamSet {
    /// See [`ParamSet::assign`].
    fn assign(&mut self, name: &str, value: &ParamValue, span: Span) -> Result<(), ParamError>;
    /// See [`ParamSet::live`].
    fn live(&self, name: &str) -> Option<LiveParam>;
    /// Gives the set itself back.
    fn into_any(self: Box<Self>) -> Box<dyn std::any::Any>;
}

impl<P: ParamSet + 'static> AnyParamSet for P {
    fn assign(&mut self, name: &str, value: &ParamValue, span: Span) -> Result<(), ParamError> {
        ParamSet::assign(self, name, value, span)
    }

    fn live(&self, name: &str) -> Option<LiveParam> {
        ParamSet::live(self, name)
    }

    fn into_any(self: Box<Self>) -> Box<dyn std::any::Any> {
        self
    }
}

/// The least and the most that a range has.
fn bounds(range: &impl RangeBounds<i64>) -> (Option<i64>, Option<i64>) {
    let least = match range.start_bound() {
        Bound::Included(least) => Some(*least),
        Bound::Excluded(before) => Some(before.saturating_add(1)),
        Bound::Unbounded => None,
    };
    let most = match range.end_bound() {
        Bound::Included(most) => Some(*most),
        Bound::Excluded(end) => Some(end.saturating_sub(1)),
        Bound::Unbounded => None,
    };
    (least, most)
}

/// What is said of an integer out of its range.
fn out_of_range(number: i64, range: &impl RangeBounds<i64>) -> String {
    let range = match bounds(range) {
        (Some(least), Some(most)) => format!("{least} to {most}"),
        (Some(least), None) => format!("{least} or more"),
        (None, Some(most)) => format!("{most} or less"),
        (None, None) => "any".to_owned(),
    };
    format!("{number} is out of range, which is {range}")
}

/// Checks an integer against its bounds; used by `#[derive(Params)]`.
#[doc(hidden)]
pub fn check_range(number: i64, range: &impl RangeBounds<i64>) -> Result<(), ParamError> {
    match range.contains(&number) {
        true => Ok(()),
        false => Err(ParamError::Invalid(out_of_range(number, range))),
    }
}

/// The value that is taken in place of one out of bounds, and the error that says so; used by `#[derive(Params)]`.
#[doc(hidden)]
pub fn nearest(
    value: &ParamValue,
    range: &impl RangeBounds<i64>,
) -> Option<(ParamValue, ParamError)> {
    let ParamValue::Int(number) = value else {
        return None;
    };
    let nearest = match bounds(range) {
        (Some(least), _) if *number < least => least,
        (_, Some(most)) if *number > most => most,
        _ => return None,
    };
    let message = out_of_range(*number, range);
    let message = format!("{message}: {nearest} is taken");
    Some((ParamValue::Int(nearest), ParamError::Adjusted(message)))
}

/// How many entries there are in all groups; used by `#[derive(Params)]`.
#[doc(hidden)]
pub const fn settings_count(groups: &[&[SettingEntry]]) -> usize {
    let mut count = 0;
    let mut group = 0;
    while group < groups.len() {
        count += groups[group].len();
        group += 1;
    }
    count
}

/// The entries of all groups one after the other; used by `#[derive(Params)]`. Runs at compile time only.
#[doc(hidden)]
pub const fn join_settings<const N: usize>(groups: &[&[SettingEntry]]) -> [SettingEntry; N] {
    const EMPTY: SettingEntry = SettingEntry {
        name: "",
        kind: SettingKind::Int,
        default: "",
        doc: "",
        compat: catalog::Compat::Full,
    };
    let mut all = [EMPTY; N];
    let (mut group, mut at) = (0, 0);
    while group < groups.len() {
        let mut entry = 0;
        while entry < groups[group].len() {
            all[at] = groups[group][entry];
            entry += 1;
            at += 1;
        }
        group += 1;
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Default, PartialEq)]
    struct Even(i64);

    impl ParamField for Even {
        const KIND: SettingKind = SettingKind::Int;

        fn assign(&mut self, value: &ParamValue, span: Span) -> Result<(), ParamError> {
            self.0.assign(value, span)?;
            if self.0 % 2 == 0 {
                return Ok(());
            }
            self.0 -= 1;
            Err(ParamError::Adjusted(format!("{} is taken", self.0)))
        }
    }

    #[test]
    fn what_is_taken_instead_is_kept_in_lists_too() {
        let (mut all, mut last) = (Vec::<Even>::new(), None::<Even>);
        for (number, is_even) in [(2, true), (5, false)] {
            let value = ParamValue::Int(number);
            assert_eq!(all.assign(&value, Span::default()).is_ok(), is_even);
            assert_eq!(last.assign(&value, Span::default()).is_ok(), is_even);
        }
        let word = ParamValue::Text(Text::from_static("x"));
        assert!(all.assign(&word, Span::default()).is_err());
        assert_eq!((all, last), (vec![Even(2), Even(4)], Some(Even(4))));
    }
}
