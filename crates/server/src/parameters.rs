//! Parameters as a configuration sets them: their values, their places, and what is said of those that cannot be set.

use crate::listen;
use diagnostics::codes::{names, params};
use diagnostics::{Diagnostic, Span, did_you_mean};
use module_api::ast::ParameterValue;
use module_api::{CoreSettings, ModuleEntry, ParamError, ParamSet, ParamValue, SettingKind, Text};

/// A value as parameters of the core take it; none where it depends on a message or was not understood.
pub fn plain(value: &ParameterValue) -> Option<ParamValue> {
    Some(match value {
        ParameterValue::Int(number) => ParamValue::Int(number.value),
        ParameterValue::String(text) => ParamValue::Text(Text::from(&*text.value)),
        ParameterValue::Word(name) => ParamValue::Text(Text::from(&*name.text)),
        ParameterValue::Host(host) => {
            ParamValue::Text(Text::from(listen::host_text(host).as_str()))
        }
        ParameterValue::Variable(_) | ParameterValue::Error(_) => return None,
    })
}

/// The place of a parameter's value.
pub fn value_span(value: &ParameterValue) -> Option<Span> {
    match value {
        ParameterValue::Int(number) => Some(number.span),
        ParameterValue::String(text) => Some(text.span),
        ParameterValue::Word(name) => Some(name.span),
        ParameterValue::Variable(variable) => Some(variable.span),
        ParameterValue::Error(span) => Some(*span),
        ParameterValue::Host(_) => None,
    }
}

/// A parameter that could not be set.
#[derive(Clone, Copy)]
pub struct Refused<'a> {
    name: &'a str,
    /// Whose it is; none is the core.
    module: Option<&'a ModuleEntry>,
}

impl<'a> Refused<'a> {
    /// One of the core.
    pub fn of_core(name: &'a str) -> Refused<'a> {
        Refused { name, module: None }
    }

    /// One of a module.
    pub fn of_module(module: &'a ModuleEntry, name: &'a str) -> Refused<'a> {
        Refused {
            name,
            module: Some(module),
        }
    }

    /// What the operator is told of it.
    pub fn mistake(self, span: Span, error: &ParamError) -> Diagnostic {
        let severity = match error {
            ParamError::Unknown => return self.unknown(span),
            ParamError::Adjusted(_) => Diagnostic::warning,
            _ => Diagnostic::error,
        };
        let name = self.name;
        let message = match self.module {
            None => format!("core parameter `{name}`: {error}"),
            Some(module) => format!("parameter `{name}` of module `{}`: {error}", module.name),
        };
        severity(params::BAD_PARAMETER, span, message)
    }

    fn unknown(self, span: Span) -> Diagnostic {
        let name = self.name;
        let (message, known) = match self.module {
            None => (
                format!("there is no core parameter `{name}`"),
                CoreSettings::SETTINGS,
            ),
            Some(module) => (
                format!("module `{}` has no parameter `{name}`", module.name),
                module.settings,
            ),
        };
        let diagnostic = Diagnostic::error(names::UNKNOWN_PARAMETER, span, message);
        match did_you_mean(name, known.iter().map(|setting| setting.name)) {
            Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
            None => diagnostic,
        }
    }
}

/// Adds to a mistake how the value, which is what it blames, is written where that is known.
pub fn with_remedy(mistake: Diagnostic, value: &ParamValue, error: &ParamError) -> Diagnostic {
    match of_other_kind(error, value) {
        Some((remedy, meant)) => {
            let span = mistake.primary.span;
            mistake.suggest(remedy, span, meant)
        }
        None => mistake,
    }
}

/// How a value is written that has the wrong type only for its quotes.
fn of_other_kind(error: &ParamError, value: &ParamValue) -> Option<(&'static str, String)> {
    let ParamError::WrongKind(wanted) = error else {
        return None;
    };
    match (wanted, value) {
        (SettingKind::Int, ParamValue::Text(text)) => {
            let word = text.to_str()?.trim();
            let is_switch = matches!(word, "yes" | "no" | "on" | "off" | "true" | "false");
            let is_number = word.parse::<i64>().is_ok();
            (is_switch || is_number).then(|| ("write it without quotes", word.to_owned()))
        }
        (SettingKind::Text | SettingKind::TextList, ParamValue::Int(number)) => {
            Some(("put it in quotes", format!("\"{number}\"")))
        }
        _ => None,
    }
}
