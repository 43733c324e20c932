//! What operators read and change while the server runs, in groups: core parameters and those of modules.

mod core;

use self::core::{CORE, Effect, Held, TCP, Variable};
use crate::live::LiveParam;
use crate::params::{ParamSet, ParamValue};
use crate::runtime::Runtime;
use crate::settings::CoreSettings;
use diagnostics::Span;
use parking_lot::RwLock;
use std::collections::BTreeMap;
use stdx::Text;

/// A parameter of a module.
#[derive(Clone)]
pub struct ModuleVariable {
    /// What it is for.
    pub doc: &'static str,
    /// Its value.
    pub param: LiveParam,
}

/// The variables of a configuration, besides those that the script declares itself.
pub struct Variables {
    /// The core parameters as they are now. [`crate::Live`] ones are those of [`Runtime::settings`].
    settings: RwLock<CoreSettings>,
    modules: BTreeMap<(&'static str, &'static str), ModuleVariable>,
}

impl Variables {
    /// The variables of a configuration with these core parameters and the parameters of its modules, by group and name.
    pub fn new(
        settings: &CoreSettings,
        modules: BTreeMap<(&'static str, &'static str), ModuleVariable>,
    ) -> Variables {
        Variables {
            settings: RwLock::new(settings.clone()),
            modules,
        }
    }

    /// The variables, as group and name, in the order in which they are shown.
    pub fn names(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        let tcp = TCP.iter().map(|variable| ("tcp", variable.name));
        let core = CORE.iter().map(|variable| ("core", variable.name));
        tcp.chain(core).chain(self.modules.keys().copied())
    }

    fn of_module(&self, group: &str, name: &str) -> Option<&ModuleVariable> {
        let found = self.modules.iter();
        let mut found = found.filter(|((g, n), _)| *g == group && *n == name);
        found.next().map(|(_, variable)| variable)
    }
}

/// What an operator's change of a variable comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Changing {
    /// The server goes on with the new value.
    Counts,
    /// It is shown, and has no effect, as the parameter itself has none.
    IsShown,
    /// It is refused.
    IsRefused,
}

/// The variables of the core, as group and name, with what a change of each comes to.
pub fn core_variables() -> impl Iterator<Item = (&'static str, &'static str, Changing)> {
    ["core", "tcp"].into_iter().flat_map(|group| {
        core::of_group(group).iter().map(move |variable| {
            let changing = match variable.effect {
                Effect::Fixed => Changing::IsRefused,
                Effect::Kept => Changing::IsShown,
                _ => Changing::Counts,
            };
            (group, variable.name, changing)
        })
    })
}

/// A variable of the core.
fn of_core(group: &str, name: &str) -> Option<&'static Variable> {
    let mut of_group = core::of_group(group).iter();
    of_group.find(|variable| variable.name == name)
}

impl Runtime {
    /// The core parameters as they are now, those that were changed among them.
    pub fn settings_now(&self) -> CoreSettings {
        self.variables.settings.read().clone()
    }

    /// A variable's value now: of the script's own, of the core's and of modules'.
    pub fn variable(&self, group: &Text, name: &Text) -> Option<ParamValue> {
        if let Some(value) = self.custom.get(group, name) {
            return Some(value);
        }
        let (group, name) = (group.to_str()?, name.to_str()?);
        let Some(variable) = of_core(group, name) else {
            let variable = self.variables.of_module(group, name)?;
            return Some(variable.param.value.value());
        };
        if variable.effect == Effect::LogLevel {
            return Some(ParamValue::Int(self.logger.threshold().into()));
        }
        let settings = self.variables.settings.read();
        Some(match variable.held {
            // What is set to nothing leaves it to the system.
            Held::Parameter(name) => settings.value(name).unwrap_or(ParamValue::Int(0)),
            Held::Field(field) => ParamValue::Int((field.read)(&settings)),
        })
    }

    /// What a variable is for; empty when nobody said.
    pub fn variable_description(&self, group: &Text, name: &Text) -> Option<Text> {
        if let Some(text) = self.custom.description(group, name) {
            return Some(text);
        }
        let (group, name) = (group.to_str()?, name.to_str()?);
        let Some(variable) = of_core(group, name) else {
            let variable = self.variables.of_module(group, name)?;
            return Some(Text::from_static(variable.doc.trim()));
        };
        Some(Text::from_static(match variable.held {
            Held::Parameter(name) => {
                let mut settings = CoreSettings::SETTINGS.iter();
                let found = settings.find(|setting| setting.name == name);
                found.map_or("", |setting| setting.doc.trim())
            }
            Held::Field(field) => field.doc,
        }))
    }

    /// Changes a variable; false when there is none, or when it cannot change to that.
    pub fn set_variable(&self, group: &Text, name: &Text, value: &ParamValue) -> bool {
        if self.custom.set(group, name, value.clone()) {
            return true;
        }
        let (Some(of), Some(named)) = (group.to_str(), name.to_str()) else {
            return false;
        };
        match of_core(of, named) {
            Some(variable) => self.set_core_variable(variable, value),
            None => {
                let variable = self.variables.of_module(of, named);
                variable.is_some_and(|variable| variable.param.change(value))
            }
        }
    }

    fn set_core_variable(&self, variable: &Variable, value: &ParamValue) -> bool {
        let fits = match (value, variable.range) {
            (ParamValue::Int(number), Some((least, most))) => (least..=most).contains(number),
            _ => true,
        };
        if !fits || variable.effect == Effect::Fixed {
            return false;
        }
        let mut settings = self.variables.settings.write();
        match (variable.held, value) {
            (Held::Parameter(name), value) => {
                // What is refused leaves all as it was, even where a script's value would have been made one that fits.
                let mut changed = settings.clone();
                if changed.assign(name, value, Span::default()).is_err() {
                    return false;
                }
                *settings = changed;
            }
            (Held::Field(field), ParamValue::Int(number)) => (field.write)(&mut settings, *number),
            (Held::Field(_), ParamValue::Text(_)) => return false,
        }
        match variable.effect {
            Effect::Streams => self.host.set_streams(&settings.tcp),
            Effect::Names => self.host.set_names(&settings.dns),
            Effect::Resolver => self.host.set_names(&settings.dns) && self.host.read_name_servers(),
            Effect::LogLevel => {
                let level = settings.debug.clamp(i64::from(i8::MIN), i64::from(i8::MAX));
                self.logger.set_threshold(level as i8);
                true
            }
            Effect::LogFacility => {
                self.logger.set_facility(settings.log.facility.0);
                true
            }
            Effect::Live | Effect::Kept | Effect::Fixed => true,
        }
    }
}

/// The variables that parameters of a module are.
pub fn module_variables(
    module: &crate::module::ModuleExport,
    params: &dyn crate::params::AnyParamSet,
) -> Vec<((&'static str, &'static str), ModuleVariable)> {
    let group = module.entry.name;
    let live = module.entry.settings.iter().filter_map(|setting| {
        let param = params.live(setting.name)?;
        let doc = setting.doc;
        Some(((group, setting.name), ModuleVariable { doc, param }))
    });
    live.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::live::Live;

    #[test]
    fn each_variable_of_the_core_is_a_parameter_with_a_value() {
        let settings = CoreSettings::default();
        for variable in CORE.iter().chain(TCP) {
            let Held::Parameter(name) = variable.held else {
                continue;
            };
            let mut known = CoreSettings::SETTINGS.iter();
            assert!(known.any(|entry| entry.name == name), "{name}");
            let is_live = variable.effect == Effect::Live;
            assert_eq!(settings.live(name).is_some(), is_live, "{name}");
        }
    }

    #[test]
    fn only_what_has_no_effect_anyway_changes_without_one() {
        for variable in CORE.iter().chain(TCP) {
            let Held::Parameter(name) = variable.held else {
                continue;
            };
            let mut known = CoreSettings::SETTINGS.iter();
            let found = known.find(|entry| entry.name == name).unwrap();
            let is_accepted = matches!(found.compat, catalog::Compat::Accepted(_));
            if variable.effect == Effect::Kept {
                assert!(is_accepted, "{name}");
            }
        }
    }

    #[test]
    fn a_copy_of_a_live_parameter_is_the_same_parameter() {
        let settings = CoreSettings::default();
        let mut copy = settings.clone();
        let value = ParamValue::Int(7);
        assert!(
            copy.assign("max_while_loops", &value, Span::default())
                .is_ok()
        );
        assert_eq!(settings.max_while_loops.get(), 7);
        let out_of_bounds = ParamValue::Int(-1);
        let live = settings.live("max_while_loops").unwrap();
        assert!(!live.change(&out_of_bounds));
        assert_eq!(settings.max_while_loops.get(), 7);
        assert_eq!(Live::from(3).get(), 3);
    }
}
