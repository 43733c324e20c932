//! The script's own parameters: `group.name = value`.

use crate::call::Call;
use crate::params::ParamValue;
use parking_lot::RwLock;
use std::collections::BTreeMap;
use stdx::Text;

/// The script's own parameters. RPC may change them while the server runs.
#[derive(Default)]
pub struct CustomSettings {
    values: RwLock<BTreeMap<(Text, Text), CustomSetting>>,
    /// Other values that groups have in their numbered instances: `group[1].name = value`.
    instances: RwLock<BTreeMap<(Text, i64, Text), ParamValue>>,
}

/// The instances of groups that a run has chosen (`cfg_select`); a note of its call.
#[derive(Clone, Debug, Default)]
struct SelectedInstances(BTreeMap<Text, i64>);

/// One of the script's own parameters.
#[derive(Clone, Debug)]
pub struct CustomSetting {
    /// Its value.
    pub value: ParamValue,
    /// The text after `desc`.
    pub description: Text,
}

impl CustomSettings {
    /// Declares a parameter.
    pub fn declare(&self, group: Text, name: Text, setting: CustomSetting) {
        self.values.write().insert((group, name), setting);
    }

    /// The value of a parameter.
    pub fn get(&self, group: &Text, name: &Text) -> Option<ParamValue> {
        let key = (group.clone(), name.clone());
        self.values
            .read()
            .get(&key)
            .map(|setting| setting.value.clone())
    }

    /// Gives a parameter another value in an instance of its group.
    pub fn declare_instance(&self, group: Text, instance: i64, name: Text, value: ParamValue) {
        self.instances
            .write()
            .insert((group, instance, name), value);
    }

    /// Whether a group has an instance of that number.
    pub fn has_instance(&self, group: &Text, instance: i64) -> bool {
        let from = (group.clone(), instance, Text::default());
        let instances = self.instances.read();
        let mut following = instances.range(from..);
        following
            .next()
            .is_some_and(|((g, i, _), _)| g == group && *i == instance)
    }

    /// The value of a parameter in an instance of its group; where that does not give one, the group's own.
    fn get_in(&self, group: &Text, instance: i64, name: &Text) -> Option<ParamValue> {
        let key = (group.clone(), instance, name.clone());
        let own = self.instances.read().get(&key).cloned();
        own.or_else(|| self.get(group, name))
    }

    /// What a parameter is for, as its declaration says.
    pub fn description(&self, group: &Text, name: &Text) -> Option<Text> {
        let key = (group.clone(), name.clone());
        let values = self.values.read();
        values.get(&key).map(|setting| setting.description.clone())
    }

    /// Changes a parameter that was declared; false when there is none of that name.
    pub fn set(&self, group: &Text, name: &Text, value: ParamValue) -> bool {
        match self.values.write().get_mut(&(group.clone(), name.clone())) {
            Some(setting) => {
                setting.value = value;
                true
            }
            None => false,
        }
    }

    /// All parameters, by group and name.
    pub fn list(&self) -> Vec<(Text, Text, CustomSetting)> {
        let values = self.values.read();
        values
            .iter()
            .map(|((g, n), setting)| (g.clone(), n.clone(), setting.clone()))
            .collect()
    }
}

impl Call {
    /// The value of one of the script's own parameters, in the instance of its group that this run has chosen; or of another
    /// variable that operators may change.
    pub fn custom_setting(&self, group: &Text, name: &Text) -> Option<ParamValue> {
        let selected = self.notes.get::<SelectedInstances>();
        match selected.and_then(|selected| selected.0.get(group)) {
            Some(instance) => self.runtime.custom.get_in(group, *instance, name),
            None => self.runtime.variable(group, name),
        }
    }

    /// Chooses an instance of a group for this run; none is the group's own values.
    pub fn select_instance(&mut self, group: Text, instance: Option<i64>) {
        let mut selected = self.notes.take::<SelectedInstances>().unwrap_or_default();
        match instance {
            Some(instance) => selected.0.insert(group, instance),
            None => selected.0.remove(&group),
        };
        self.notes.set(selected);
    }
}
