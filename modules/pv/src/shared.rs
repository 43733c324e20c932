//! Variables that all runs share: `$shv`.

use module_api::{Text, Value};
use parking_lot::{Mutex, RwLock};
use std::collections::BTreeMap;
use std::sync::Arc;

/// One shared variable. Unset it is 0.
pub struct SharedVariable(Mutex<Value>);

impl SharedVariable {
    /// Its value.
    pub fn get(&self) -> Value {
        self.0.lock().clone()
    }

    /// Gives it a value.
    pub fn set(&self, value: Value) {
        *self.0.lock() = value;
    }

    /// Adds one and answers with the result; what is no integer counts as 0.
    pub fn increment(&self) -> i64 {
        let mut value = self.0.lock();
        let next = match *value {
            Value::Int(number) => number.wrapping_add(1),
            _ => 1,
        };
        *value = Value::Int(next);
        next
    }
}

/// All shared variables by name. Those that are used have been found at load.
#[derive(Default)]
pub struct SharedVariables(RwLock<BTreeMap<Text, Arc<SharedVariable>>>);

impl SharedVariables {
    /// The variable of a name, made when it is not there.
    pub fn variable(&self, name: &Text) -> Arc<SharedVariable> {
        self.declare(name, Value::Int(0))
    }

    /// The variable of a name, made with a first value when it is not there.
    pub fn declare(&self, name: &Text, first: Value) -> Arc<SharedVariable> {
        let new = || Arc::new(SharedVariable(Mutex::new(first)));
        self.0
            .write()
            .entry(name.clone())
            .or_insert_with(new)
            .clone()
    }

    /// The variable of a name, if it is there.
    pub fn find(&self, name: &[u8]) -> Option<Arc<SharedVariable>> {
        self.0.read().get(name).cloned()
    }

    /// All variables in the order of their names.
    pub fn list(&self) -> Vec<(Text, Value)> {
        self.0
            .read()
            .iter()
            .map(|(name, variable)| (name.clone(), variable.get()))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_is_one_for_all_who_name_it() {
        let variables = SharedVariables::default();
        let (one, other) = (
            variables.variable(&Text::from("a")),
            variables.variable(&Text::from("a")),
        );
        assert_eq!(one.get(), Value::Int(0));
        one.set(Value::from("x"));
        assert_eq!(other.get(), Value::from("x"));
        assert_eq!(other.increment(), 1);
        assert_eq!(one.increment(), 2);
        assert!(variables.find(b"b").is_none());
    }

    #[test]
    fn a_first_value_does_not_replace_a_later_one() {
        let variables = SharedVariables::default();
        variables
            .declare(&Text::from("a"), Value::Int(17))
            .set(Value::Int(18));
        assert_eq!(
            variables.declare(&Text::from("a"), Value::Int(17)).get(),
            Value::Int(18)
        );
        assert_eq!(variables.list(), [(Text::from("a"), Value::Int(18))]);
    }
}
