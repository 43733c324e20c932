//! The script's own parameters: `group.name = value`.

use crate::params::ParamValue;
use parking_lot::RwLock;
use std::collections::BTreeMap;
use stdx::Text;

/// The script's own parameters. RPC may change them while the server runs.
#[derive(Default)]
pub struct CustomSettings {
    values: RwLock<BTreeMap<(Text, Text), CustomSetting>>,
}

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
