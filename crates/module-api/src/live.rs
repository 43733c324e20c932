//! Parameters that operators can change while the server runs: a field of such a type is one.

use crate::params::{ParamError, ParamField, ParamValue};
use catalog::SettingKind;
use diagnostics::Span;
use parking_lot::RwLock;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use stdx::Text;

/// An integer that may change. Copies are the same integer.
#[derive(Clone, Default)]
pub struct Live(Arc<AtomicI64>);

impl Live {
    /// Its value now.
    pub fn get(&self) -> i64 {
        self.0.load(Ordering::Relaxed)
    }

    /// Whether it is not 0 now.
    pub fn is_on(&self) -> bool {
        self.get() != 0
    }
}

impl From<i64> for Live {
    fn from(number: i64) -> Live {
        Live(Arc::new(AtomicI64::new(number)))
    }
}

impl fmt::Debug for Live {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.get().fmt(f)
    }
}

/// A text that may change. Copies are the same text.
#[derive(Clone, Default)]
pub struct LiveText(Arc<RwLock<Text>>);

impl LiveText {
    /// A text to begin with.
    pub fn from_static(text: &'static str) -> LiveText {
        LiveText(Arc::new(RwLock::new(Text::from_static(text))))
    }

    /// Its value now.
    pub fn get(&self) -> Text {
        self.0.read().clone()
    }
}

impl fmt::Debug for LiveText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.get().fmt(f)
    }
}

/// What may change, whatever its type.
pub trait Changeable: Send + Sync {
    /// The value now.
    fn value(&self) -> ParamValue;
    /// Takes another value; false when that is of the other type.
    fn change(&self, value: &ParamValue) -> bool;
}

impl Changeable for Live {
    fn value(&self) -> ParamValue {
        ParamValue::Int(self.get())
    }

    fn change(&self, value: &ParamValue) -> bool {
        match value {
            ParamValue::Int(number) => {
                self.0.store(*number, Ordering::Relaxed);
                true
            }
            ParamValue::Text(_) => false,
        }
    }
}

impl Changeable for LiveText {
    fn value(&self) -> ParamValue {
        ParamValue::Text(self.get())
    }

    fn change(&self, value: &ParamValue) -> bool {
        match value {
            ParamValue::Text(text) => {
                *self.0.write() = text.clone();
                true
            }
            ParamValue::Int(_) => false,
        }
    }
}

/// The bounds that a parameter's field states.
pub type Bounds = fn(&ParamValue) -> Result<(), ParamError>;

/// A parameter that may change, with the bounds that its field states.
#[derive(Clone)]
pub struct LiveParam {
    /// The value.
    pub value: Arc<dyn Changeable>,
    /// Refuses what is out of bounds.
    pub bounds: Bounds,
}

impl LiveParam {
    /// Takes another value; false when it is out of bounds or of the other type.
    pub fn change(&self, value: &ParamValue) -> bool {
        (self.bounds)(value).is_ok() && self.value.change(value)
    }
}

/// A type of fields that may change.
trait LiveField: Changeable + Clone + Default + 'static {
    const KIND: SettingKind;
}

impl LiveField for Live {
    const KIND: SettingKind = SettingKind::Int;
}

impl LiveField for LiveText {
    const KIND: SettingKind = SettingKind::Text;
}

impl<F: LiveField> ParamField for F {
    const KIND: SettingKind = F::KIND;

    fn assign(&mut self, value: &ParamValue, _: Span) -> Result<(), ParamError> {
        match self.change(value) {
            true => Ok(()),
            false => Err(ParamError::WrongKind(F::KIND)),
        }
    }

    fn value(&self) -> Option<ParamValue> {
        Some(Changeable::value(self))
    }

    fn live(&self) -> Option<Arc<dyn Changeable>> {
        Some(Arc::new(self.clone()))
    }
}
