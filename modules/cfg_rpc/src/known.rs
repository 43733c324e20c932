//! Variables in groups, with instances of groups and prepared changes. Knows no RPC.

use crate::fixed::{self, Kept};
use module_api::{CustomSettings, ParamValue, Runtime, Text};
use parking_lot::Mutex;
use std::collections::{BTreeMap, BTreeSet};

/// Where variables have their values.
pub trait Base {
    /// The variables, as group and name, in the order in which they are shown.
    fn names(&self) -> Vec<(Text, Text)>;
    /// A variable's value, if there is such a variable.
    fn value(&self, group: &Text, name: &Text) -> Option<ParamValue>;
    /// What a variable is for; empty when nobody said.
    fn description(&self, group: &Text, name: &Text) -> Option<Text>;
    /// Gives a variable a value of the type it has; false when it cannot change to it.
    fn set(&self, group: &Text, name: &Text, value: ParamValue) -> bool;
}

/// All variables of a running configuration.
pub struct Whole<'a> {
    /// The configuration.
    pub runtime: &'a Runtime,
    /// The changed values of variables without effect.
    pub kept: &'a Kept,
}

impl Base for Whole<'_> {
    fn names(&self) -> Vec<(Text, Text)> {
        let ours = self.runtime.variables.names();
        let ours = ours.map(|(group, name)| (Text::from_static(group), Text::from_static(name)));
        let fixed = fixed::names(self.runtime);
        ours.chain(fixed)
            .chain(self.runtime.custom.names())
            .collect()
    }

    fn value(&self, group: &Text, name: &Text) -> Option<ParamValue> {
        let value = self.runtime.variable(group, name);
        value.or_else(|| self.kept.value(self.runtime, group, name))
    }

    fn description(&self, group: &Text, name: &Text) -> Option<Text> {
        let text = self.runtime.variable_description(group, name);
        text.or_else(|| fixed::description(self.runtime, group, name))
    }

    fn set(&self, group: &Text, name: &Text, value: ParamValue) -> bool {
        self.runtime.set_variable(group, name, &value)
            || self.kept.set(self.runtime, group, name, &value)
    }
}

impl Base for CustomSettings {
    fn names(&self) -> Vec<(Text, Text)> {
        let all = self.list().into_iter();
        all.map(|(group, name, _)| (group, name)).collect()
    }

    fn value(&self, group: &Text, name: &Text) -> Option<ParamValue> {
        self.get(group, name)
    }

    fn description(&self, group: &Text, name: &Text) -> Option<Text> {
        CustomSettings::description(self, group, name)
    }

    fn set(&self, group: &Text, name: &Text, value: ParamValue) -> bool {
        CustomSettings::set(self, group, name, value)
    }
}

/// A group, or an instance of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Its name.
    pub name: Text,
    /// The number in brackets.
    pub instance: Option<u32>,
}

impl Group {
    /// Reads `NAME` or `NAME[NUMBER]`; anything else is a name that no group has.
    pub fn parse(text: &Text) -> Group {
        let whole = || Group {
            name: text.clone(),
            instance: None,
        };
        let Some((name, rest)) = text.to_str().and_then(|text| text.split_once('[')) else {
            return whole();
        };
        let number = rest.strip_suffix(']').and_then(|n| n.parse().ok());
        number.map_or_else(whole, |number| Group {
            name: Text::from(name),
            instance: Some(number),
        })
    }
}

/// A change of a variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The variable's group.
    pub group: Group,
    /// Its name.
    pub name: Text,
    /// Its value; none lets a variable of an instance follow its group again.
    pub value: Option<ParamValue>,
}

/// What is known besides the values themselves.
#[derive(Default)]
pub struct Variables(Mutex<State>);

#[derive(Default)]
struct State {
    /// The values before the first change.
    originals: BTreeMap<(Text, Text), ParamValue>,
    /// The values that instances have of their own.
    instances: BTreeMap<(Text, u32), BTreeMap<Text, ParamValue>>,
    prepared: Vec<Change>,
}

impl Variables {
    /// A variable's value, if there is such a variable.
    pub fn get(&self, base: &dyn Base, group: &Group, name: &Text) -> Option<ParamValue> {
        let common = base.value(&group.name, name)?;
        let Some(number) = group.instance else {
            return Some(common);
        };
        let state = self.0.lock();
        let own = state.instances.get(&(group.name.clone(), number))?;
        Some(own.get(name).cloned().unwrap_or(common))
    }

    /// The names and values of a group; none when there is no such group or instance.
    pub fn group(&self, base: &dyn Base, group: &Group) -> Vec<(Text, ParamValue)> {
        let names = base.names().into_iter();
        names
            .filter(|(of, _)| *of == group.name)
            .filter_map(|(_, name)| {
                let value = self.get(base, group, &name)?;
                Some((name, value))
            })
            .collect()
    }

    /// Makes a change; false when it cannot be made.
    pub fn make(&self, base: &dyn Base, change: &Change) -> bool {
        match self.fitting(base, change) {
            Some(change) => self.0.lock().make(base, change),
            None => false,
        }
    }

    /// Prepares a change; false when it could not be made.
    pub fn prepare(&self, base: &dyn Base, change: &Change) -> bool {
        match self.fitting(base, change) {
            Some(change) => {
                self.0.lock().prepared.push(change);
                true
            }
            None => false,
        }
    }

    /// Makes the prepared changes; false when one could not be made.
    pub fn commit(&self, base: &dyn Base) -> bool {
        let mut state = self.0.lock();
        let prepared = std::mem::take(&mut state.prepared);
        let mut all = true;
        for change in prepared {
            all &= state.make(base, change);
        }
        all
    }

    /// Forgets the prepared changes.
    pub fn rollback(&self) {
        self.0.lock().prepared.clear();
    }

    /// The prepared changes in order.
    pub fn prepared(&self) -> Vec<Change> {
        self.0.lock().prepared.clone()
    }

    /// Gives the variables of a group the values they had at first; false when one could not be changed.
    pub fn reset(&self, base: &dyn Base, group: &Group) -> bool {
        let mut state = self.0.lock();
        if let Some(number) = group.instance {
            let own = state.instances.get_mut(&(group.name.clone(), number));
            return own.map(BTreeMap::clear).is_some();
        }
        let changed = state.originals.iter();
        changed
            .filter(|((of, _), _)| *of == group.name)
            .fold(true, |all, ((of, name), value)| {
                base.set(of, name, value.clone()) && all
            })
    }

    /// Adds an instance of a group; false when there is no such group.
    pub fn add_instance(&self, base: &dyn Base, group: Text, number: u32) -> bool {
        let groups: BTreeSet<Text> = base.names().into_iter().map(|(of, _)| of).collect();
        if !groups.contains(&group) {
            return false;
        }
        let mut state = self.0.lock();
        state.instances.entry((group, number)).or_default();
        true
    }

    /// Removes an instance of a group; false when it is not there.
    pub fn remove_instance(&self, group: Text, number: u32) -> bool {
        self.0.lock().instances.remove(&(group, number)).is_some()
    }

    /// The change with its value in the variable's type; none when there is no such variable or the value does not fit.
    fn fitting(&self, base: &dyn Base, change: &Change) -> Option<Change> {
        let present = self.get(base, &change.group, &change.name)?;
        let value = match (&change.value, present) {
            (None, _) => {
                change.group.instance?;
                None
            }
            (Some(ParamValue::Int(number)), ParamValue::Text(_)) => {
                Some(ParamValue::Text(Text::from(*number)))
            }
            (Some(ParamValue::Text(text)), ParamValue::Int(_)) => {
                Some(ParamValue::Int(stdx::number::parse_i64(text)?))
            }
            (Some(value), _) => Some(value.clone()),
        };
        Some(Change {
            group: change.group.clone(),
            name: change.name.clone(),
            value,
        })
    }
}

impl State {
    fn make(&mut self, base: &dyn Base, change: Change) -> bool {
        let Change { group, name, value } = change;
        if let Some(number) = group.instance {
            let Some(own) = self.instances.get_mut(&(group.name, number)) else {
                return false;
            };
            match value {
                Some(value) => own.insert(name, value),
                None => own.remove(&name),
            };
            return true;
        }
        let (Some(value), Some(original)) = (value, base.value(&group.name, &name)) else {
            return false;
        };
        let made = base.set(&group.name, &name, value);
        if made {
            self.originals.entry((group.name, name)).or_insert(original);
        }
        made
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use module_api::CustomSetting;

    fn text(text: &'static str) -> ParamValue {
        ParamValue::Text(Text::from_static(text))
    }

    fn base() -> CustomSettings {
        let settings = CustomSettings::default();
        for (name, value) in [("gw_ip", text("1.2.3.4")), ("limit", ParamValue::Int(17))] {
            let description = Text::default();
            settings.declare(
                Text::from_static("pstn"),
                Text::from_static(name),
                CustomSetting { value, description },
            );
        }
        settings
    }

    fn change(group: &'static str, name: &'static str, value: ParamValue) -> Change {
        Change {
            group: Group::parse(&Text::from_static(group)),
            name: Text::from_static(name),
            value: Some(value),
        }
    }

    fn shown(variables: &Variables, base: &CustomSettings, group: &'static str) -> String {
        let group = Group::parse(&Text::from_static(group));
        let values = variables.group(base, &group).into_iter();
        let values = values.map(|(name, value)| format!("{name}={value}"));
        values.collect::<Vec<_>>().join(" ")
    }

    /// Observed on 5.6.3.
    #[test]
    fn a_value_takes_the_type_of_its_variable() {
        let (variables, base) = (Variables::default(), base());
        assert!(variables.make(&base, &change("pstn", "gw_ip", ParamValue::Int(5))));
        assert!(!variables.make(&base, &change("pstn", "limit", text("abc"))));
        assert!(!variables.make(&base, &change("pstn", "nope", text("abc"))));
        assert_eq!(shown(&variables, &base, "pstn"), "gw_ip=\"5\" limit=17");
        assert!(variables.reset(&base, &Group::parse(&Text::from_static("pstn"))));
        assert_eq!(
            shown(&variables, &base, "pstn"),
            "gw_ip=\"1.2.3.4\" limit=17"
        );
    }

    /// Observed on 5.6.3.
    #[test]
    fn prepared_changes_take_effect_together() {
        let (variables, base) = (Variables::default(), base());
        assert!(variables.prepare(&base, &change("pstn", "limit", ParamValue::Int(5))));
        assert!(variables.prepare(&base, &change("pstn", "limit", ParamValue::Int(6))));
        assert_eq!(variables.prepared().len(), 2);
        assert_eq!(
            shown(&variables, &base, "pstn"),
            "gw_ip=\"1.2.3.4\" limit=17"
        );
        assert!(variables.commit(&base));
        assert_eq!(
            shown(&variables, &base, "pstn"),
            "gw_ip=\"1.2.3.4\" limit=6"
        );
        assert!(variables.prepare(&base, &change("pstn", "limit", ParamValue::Int(7))));
        variables.rollback();
        assert!(variables.commit(&base));
        assert_eq!(
            shown(&variables, &base, "pstn"),
            "gw_ip=\"1.2.3.4\" limit=6"
        );
    }

    /// Observed on 5.6.3.
    #[test]
    fn an_instance_follows_its_group_where_it_has_no_value() {
        let (variables, base) = (Variables::default(), base());
        let pstn = Text::from_static("pstn");
        let own = change("pstn[1]", "limit", ParamValue::Int(3));
        assert!(!variables.make(&base, &own));
        assert!(!variables.add_instance(&base, Text::from_static("nope"), 1));
        assert!(variables.add_instance(&base, pstn.clone(), 1));
        assert!(variables.make(&base, &own));
        assert_eq!(
            shown(&variables, &base, "pstn[1]"),
            "gw_ip=\"1.2.3.4\" limit=3"
        );
        assert_eq!(
            shown(&variables, &base, "pstn"),
            "gw_ip=\"1.2.3.4\" limit=17"
        );
        assert!(variables.make(&base, &Change { value: None, ..own }));
        assert_eq!(
            shown(&variables, &base, "pstn[1]"),
            "gw_ip=\"1.2.3.4\" limit=17"
        );
        assert!(variables.remove_instance(pstn.clone(), 1));
        assert!(!variables.remove_instance(pstn, 1));
        assert_eq!(shown(&variables, &base, "pstn[1]"), "");
    }
}
