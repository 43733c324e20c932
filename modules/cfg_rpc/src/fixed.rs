//! Parameters of modules that upstream changes while it runs and that are read once here: shown, not changed.

use module_api::{ParamValue, Runtime, SettingEntry, SettingKind, Text};

/// By group: the module, and the variables with the parameters that they are.
const FIXED: &[(&str, &str, &[(&str, &str)])] = &[
    ("registrar", "registrar", &[("realm_pref", "realm_prefix")]),
    (
        "tm",
        "tm",
        &[
            ("ac_extra_hdrs", "ac_extra_hdrs"),
            ("callid_cseq_matching", "callid_cseq_matching"),
            ("unix_tx_timeout", "unix_tx_timeout"),
            ("pass_provisional_replies", "pass_provisional_replies"),
            ("reparse_invite", "reparse_invite"),
            ("blst_503", "blst_503"),
            ("blst_503_def_timeout", "blst_503_def_timeout"),
            ("blst_503_min_timeout", "blst_503_min_timeout"),
            ("blst_503_max_timeout", "blst_503_max_timeout"),
            ("blst_methods_add", "blst_methods_add"),
            ("blst_methods_lookup", "blst_methods_lookup"),
            ("reparse_on_dns_failover", "reparse_on_dns_failover"),
            ("enable_uac_fr", "enable_uac_fr"),
        ],
    ),
    (
        "dbg",
        "debugger",
        &[
            ("mod_level_mode", "mod_level_mode"),
            ("mod_facility_mode", "mod_facility_mode"),
            ("mod_hash_size", "mod_hash_size"),
        ],
    ),
];

/// Those of the modules that are loaded, as group and name.
pub fn names(runtime: &Runtime) -> impl Iterator<Item = (Text, Text)> {
    let loaded = FIXED.iter();
    let loaded = loaded.filter(|(_, module, _)| runtime.loaded.is_loaded(module));
    loaded.flat_map(|(group, _, variables)| {
        let named = variables.iter();
        named.map(|(name, _)| (Text::from_static(group), Text::from_static(name)))
    })
}

/// The module's name and the parameter that a variable is.
fn parameter<'a>(
    runtime: &'a Runtime,
    group: &Text,
    name: &Text,
) -> Option<(&'static str, &'a SettingEntry)> {
    let (_, module, variables) = FIXED.iter().find(|(of, _, _)| *group == *of)?;
    let (_, parameter) = variables.iter().find(|(known, _)| *name == *known)?;
    let mut modules = runtime.loaded.modules();
    let loaded = modules.find(|loaded| loaded.entry.name == *module)?;
    let mut settings = loaded.entry.settings.iter();
    let setting = settings.find(|setting| setting.name == *parameter)?;
    Some((module, setting))
}

/// The value that a parameter was given, or its default.
pub fn value(runtime: &Runtime, group: &Text, name: &Text) -> Option<ParamValue> {
    let (module, setting) = parameter(runtime, group, name)?;
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

/// What a parameter is for.
pub fn description(runtime: &Runtime, group: &Text, name: &Text) -> Option<Text> {
    let (_, setting) = parameter(runtime, group, name)?;
    Some(Text::from(setting.doc.trim()))
}
