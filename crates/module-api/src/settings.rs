//! The core parameters (`name = value` at the top of a configuration) and the script's own ones.

use crate::params::ParamValue;
use module_macros::Params;
use parking_lot::RwLock;
use std::collections::BTreeMap;
use stdx::Text;

/// The core parameters that are plain values. `listen`, `alias` and the like are read apart.
#[derive(Params, Clone, Debug)]
pub struct CoreSettings {
    /// The level of messages that are logged: -5 to 4, higher says more.
    #[param(default = 0, range = -10..=10)]
    pub debug: i64,
    /// How often the body of one `while` may run; 0 is without limit.
    #[param(default = 100, range = 0..)]
    pub max_while_loops: i64,
    /// How deep route blocks may call each other.
    #[param(default = 256, range = 1..)]
    pub max_recursive_level: i64,
    /// Whether every request is handled as if its top Via had `rport`.
    #[param(default = false, alias = "add_rport")]
    pub force_rport: bool,
    /// Whether our Via always has an empty `rport`.
    #[param(default = false)]
    pub local_rport: bool,
    /// Whether the socket to send from is found by asking the system's routing.
    #[param(default = false)]
    pub mhomed: bool,
    /// The Server header of our responses, with its name.
    #[param(default = Text::from_static("Server: kahea"))]
    pub server_header: Text,
    /// Whether our responses say who made them.
    #[param(default = true)]
    pub server_signature: bool,
    /// The whole line that goes into responses, from the two above.
    #[param(skip)]
    pub server_line: Text,
    /// How many branches a request may have.
    #[param(default = 12, range = 1..=31)]
    pub max_branches: i64,
}

/// The script's own parameters: `group.name = value`. RPC may change them while the server runs.
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
        self.values.read().get(&key).map(|setting| setting.value.clone())
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
        values.iter().map(|((g, n), setting)| (g.clone(), n.clone(), setting.clone())).collect()
    }
}
