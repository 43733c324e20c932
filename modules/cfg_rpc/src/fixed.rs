//! Variables of modules that are not parameters which change at once: those that are read once here, those without effect,
//! and those that are no parameters at all.

use module_api::{Changing, Logger, ParamValue, Runtime, SettingEntry, SettingKind, Text};
use parking_lot::Mutex;
use std::collections::BTreeMap;

/// The variables of one module.
struct Fixed {
    group: &'static str,
    module: &'static str,
    variables: &'static [Variable],
}

/// A variable.
struct Variable {
    name: &'static str,
    is: Is,
}

/// What a variable is.
enum Is {
    /// A parameter that is read once.
    Once(&'static str),
    /// What the logger does or does not.
    Switch(&'static Switch),
    /// A parameter without effect, which may change between these bounds.
    Idle(&'static str, i64, i64),
    /// What no parameter sets, has no effect, and may change; its value at first, and what it is for.
    Own(i64, &'static str),
    /// What no parameter sets, and never changes; what it is for.
    Constant(i64, &'static str),
}

/// What the logger does or does not.
struct Switch {
    /// The parameter that says so at first.
    parameter: &'static str,
    is_on: fn(&Logger) -> bool,
    turn: fn(&Logger, bool),
}

const fn once(name: &'static str) -> Variable {
    Variable {
        name,
        is: Is::Once(name),
    }
}

const fn idle(name: &'static str) -> Variable {
    Variable {
        name,
        is: Is::Idle(name, i64::MIN, i64::MAX),
    }
}

impl Variable {
    /// Bounds what has no effect.
    const fn within(self, least: i64, most: i64) -> Variable {
        match self.is {
            Is::Idle(name, _, _) => Variable {
                name: self.name,
                is: Is::Idle(name, least, most),
            },
            is => Variable {
                name: self.name,
                is,
            },
        }
    }
}

const FIXED: &[Fixed] = &[
    Fixed {
        group: "registrar",
        module: "registrar",
        variables: &[Variable {
            name: "realm_pref",
            is: Is::Once("realm_prefix"),
        }],
    },
    Fixed {
        group: "tm",
        module: "tm",
        variables: &[
            idle("callid_cseq_matching"),
            Variable {
                name: "fr_inv_timer_next",
                is: Is::Own(
                    30_000,
                    "How long an answer of the next contact is waited for. Without effect: each branch has its own.",
                ),
            },
            idle("unix_tx_timeout"),
            idle("pass_provisional_replies").within(0, 1),
            idle("reparse_invite").within(0, 1),
            idle("reparse_on_dns_failover").within(0, 1),
            idle("enable_uac_fr").within(0, 1),
        ],
    },
    Fixed {
        group: "dbg",
        module: "debugger",
        variables: &[
            Variable {
                name: "mod_level_mode",
                is: Is::Switch(&Switch {
                    parameter: "mod_level_mode",
                    is_on: |logger| logger.uses_module_thresholds(),
                    turn: |logger, on| logger.use_module_thresholds(on),
                }),
            },
            Variable {
                name: "mod_facility_mode",
                is: Is::Switch(&Switch {
                    parameter: "mod_facility_mode",
                    is_on: |logger| logger.uses_module_facilities(),
                    turn: |logger, on| logger.use_module_facilities(on),
                }),
            },
            once("mod_hash_size"),
        ],
    },
    Fixed {
        group: "siputils",
        module: "siputils",
        variables: &[Variable {
            name: "ring_timeout",
            is: Is::Own(
                0,
                "The seconds that calls which ring are remembered. Without effect: no function does that.",
            ),
        }],
    },
    Fixed {
        group: "outbound",
        module: "outbound",
        variables: &[Variable {
            name: "outbound_enabled",
            is: Is::Constant(1, "Whether SIP Outbound is spoken."),
        }],
    },
    Fixed {
        group: "stun",
        module: "stun",
        variables: &[Variable {
            name: "stun_enabled",
            is: Is::Constant(1, "Whether STUN requests are answered."),
        }],
    },
];

/// The values that were changed.
#[derive(Default)]
pub struct Kept(Mutex<BTreeMap<(&'static str, &'static str), i64>>);

/// All of them, as group and name, with what a change of each comes to.
pub fn variables() -> impl Iterator<Item = (&'static str, &'static str, Changing)> {
    FIXED.iter().flat_map(|of| {
        of.variables.iter().map(|variable| {
            let changing = match variable.is {
                Is::Switch(_) => Changing::Counts,
                Is::Idle(..) | Is::Own(..) => Changing::IsShown,
                Is::Once(_) | Is::Constant(..) => Changing::IsRefused,
            };
            (of.group, variable.name, changing)
        })
    })
}

/// Those of the modules that are loaded, as group and name.
pub fn names(runtime: &Runtime) -> impl Iterator<Item = (Text, Text)> {
    let loaded = FIXED.iter();
    let loaded = loaded.filter(|of| runtime.loaded.is_loaded(of.module));
    loaded.flat_map(|of| {
        let named = of.variables.iter();
        named.map(|variable| {
            (
                Text::from_static(of.group),
                Text::from_static(variable.name),
            )
        })
    })
}

/// A variable with its module's row, where that is loaded.
fn find(
    runtime: &Runtime,
    group: &Text,
    name: &Text,
) -> Option<(&'static Fixed, &'static Variable)> {
    let of = FIXED.iter().find(|of| *group == *of.group)?;
    let variable = of.variables.iter().find(|known| *name == *known.name)?;
    runtime
        .loaded
        .is_loaded(of.module)
        .then_some((of, variable))
}

/// The entry of a module's parameter.
fn parameter<'a>(runtime: &'a Runtime, module: &str, name: &str) -> Option<&'a SettingEntry> {
    let mut modules = runtime.loaded.modules();
    let loaded = modules.find(|loaded| loaded.entry.name == module)?;
    let mut settings = loaded.entry.settings.iter();
    settings.find(|setting| setting.name == name)
}

/// The value that a parameter was given, or its default.
fn given(runtime: &Runtime, module: &str, name: &str) -> Option<ParamValue> {
    let setting = parameter(runtime, module, name)?;
    let mut given = runtime.loaded.params(module);
    let given = given.find(|(name, _)| *name == setting.name);
    Some(match given {
        Some((_, value)) => value.clone(),
        None => default(setting),
    })
}

fn default(setting: &SettingEntry) -> ParamValue {
    let shown = setting.default.trim_matches('"');
    match setting.kind {
        SettingKind::Int => ParamValue::Int(shown.replace('_', "").parse().unwrap_or(0)),
        _ => ParamValue::Text(Text::from(shown)),
    }
}

impl Kept {
    /// A variable's value.
    pub fn value(&self, runtime: &Runtime, group: &Text, name: &Text) -> Option<ParamValue> {
        let (of, variable) = find(runtime, group, name)?;
        if let Some(changed) = self.0.lock().get(&(of.group, variable.name)) {
            return Some(ParamValue::Int(*changed));
        }
        match variable.is {
            Is::Switch(switch) => Some(ParamValue::Int((switch.is_on)(&runtime.logger).into())),
            Is::Once(name) | Is::Idle(name, _, _) => given(runtime, of.module, name),
            Is::Own(value, _) | Is::Constant(value, _) => Some(ParamValue::Int(value)),
        }
    }

    /// Changes a variable; false when there is none, or it cannot change to that.
    pub fn set(&self, runtime: &Runtime, group: &Text, name: &Text, value: &ParamValue) -> bool {
        let (Some((of, variable)), ParamValue::Int(value)) = (find(runtime, group, name), value)
        else {
            return false;
        };
        match variable.is {
            Is::Switch(switch) if matches!(value, 0 | 1) => {
                (switch.turn)(&runtime.logger, *value == 1);
                true
            }
            Is::Idle(_, least, most) if !(least..=most).contains(value) => false,
            Is::Own(..) | Is::Idle(..) => {
                self.0.lock().insert((of.group, variable.name), *value);
                true
            }
            Is::Switch(_) | Is::Once(_) | Is::Constant(..) => false,
        }
    }
}

/// What a variable is for.
pub fn description(runtime: &Runtime, group: &Text, name: &Text) -> Option<Text> {
    let (of, variable) = find(runtime, group, name)?;
    Some(match variable.is {
        Is::Once(name)
        | Is::Idle(name, _, _)
        | Is::Switch(&Switch {
            parameter: name, ..
        }) => Text::from(parameter(runtime, of.module, name)?.doc.trim()),
        Is::Own(_, doc) | Is::Constant(_, doc) => Text::from_static(doc),
    })
}
