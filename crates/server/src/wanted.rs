//! The modules that a configuration loads, with what it and the command line set of their parameters.

use crate::draft::Draft;
use crate::parameters::{Refused, value_span, with_remedy};
use catalog::upstream::has_module;
use diagnostics::codes::names;
use diagnostics::{Diagnostic, Span, did_you_mean};
use module_api::ast::{ItemKind, LoadModule, ModuleParameter, ParameterValue};
use module_api::{AnyParamSet, ModuleExport, ParamError, ParamValue, Text};
use stdx::ere::{Ere, Flags};

/// A module with its parameters as far as they are set.
pub struct Settings {
    /// The module.
    pub module: &'static ModuleExport,
    /// Its parameters.
    pub set: Box<dyn AnyParamSet>,
    /// What was given, for whoever asks later.
    given: Vec<(String, ParamValue)>,
    /// Where the module is loaded.
    pub span: Span,
}

impl Settings {
    fn assign(&mut self, name: &str, value: &ParamValue, span: Span) -> Result<(), ParamError> {
        self.set.assign(name, value, span)?;
        self.given.push((name.to_owned(), value.clone()));
        Ok(())
    }

    fn mistake(&self, name: &str, span: Span, error: &ParamError) -> Diagnostic {
        let mistake = Refused::of_module(&self.module.entry, name).mistake(span, error);
        match error {
            ParamError::Unknown => mistake,
            _ => mistake.also(self.span, "the module is loaded here"),
        }
    }
}

/// The parameters of the modules that the draft wants, with what it sets; their exports are loaded from here on.
pub fn sets(
    draft: &mut Draft,
    modules: &[&'static ModuleExport],
    loaded: &mut module_api::Loaded,
) -> Vec<Settings> {
    let mut sets = Vec::new();
    for (module, span) in wanted_modules(draft, modules, loaded) {
        if !loaded.is_loaded(module.entry.name) {
            loaded.add_exports(module);
            sets.push(Settings {
                module,
                set: (module.params)(),
                given: Vec::new(),
                span,
            });
        }
    }
    set_parameters(draft, &mut sets, loaded.missing());
    for settings in &mut sets {
        for (name, value) in settings.given.drain(..) {
            loaded.note_param(settings.module.entry.name, name, value);
        }
    }
    sets
}

/// The modules that the configuration and the command line load, in order, `core` first.
fn wanted_modules(
    draft: &mut Draft,
    available: &[&'static ModuleExport],
    loaded: &mut module_api::Loaded,
) -> Vec<(&'static ModuleExport, Span)> {
    let find = |name: &str| {
        available
            .iter()
            .copied()
            .find(|module| module.entry.name == name)
    };
    let mut wanted: Vec<_> = find("core")
        .map(|module| (module, Span::default()))
        .into_iter()
        .collect();
    let mut unknown = Vec::new();
    for (name, span) in &draft.extra_modules {
        match find(name) {
            Some(module) => wanted.push((module, *span)),
            None => unknown.push((name.clone(), *span)),
        }
    }
    for item in &draft.script.items {
        if let ItemKind::LoadModule(load) = &item.kind {
            match find(load.module()) {
                Some(module) => wanted.push((module, load.path.span)),
                None if is_optional(load) => {}
                None => unknown.push((load.module().to_owned(), load.path.span)),
            }
        }
    }
    for (name, span) in unknown {
        let error = Diagnostic::error(
            names::UNKNOWN_MODULE,
            span,
            format!("there is no module `{name}` in this server"),
        );
        let known = available.iter().map(|module| module.entry.name);
        draft.diagnostics.push(match did_you_mean(&name, known) {
            Some(near) if !has_module(&name) => {
                loaded.note_missing(near);
                error.help(format!("did you mean `{near}`?"))
            }
            _ => error,
        });
        loaded.note_missing(name);
    }
    wanted
}

/// Whether a module may be missing (`loadmodule("x", "o")`).
fn is_optional(load: &LoadModule) -> bool {
    load.options
        .as_ref()
        .is_some_and(|options| options.value.contains('o'))
}

fn set_parameters(draft: &mut Draft, sets: &mut [Settings], missing: &[String]) {
    let mut mistakes = Vec::new();
    for item in &draft.script.items {
        if let ItemKind::ModuleParameter(parameter) = &item.kind {
            let value = match &parameter.value {
                ParameterValue::Int(number) => ParamValue::Int(number.value),
                ParameterValue::String(text) => ParamValue::Text(Text::from(&*text.value)),
                ParameterValue::Word(name) => ParamValue::Text(Text::from(&*name.text)),
                ParameterValue::Variable(variable) => {
                    ParamValue::Text(Text::from(draft.sources.text(variable.span)))
                }
                ParameterValue::Host(_) | ParameterValue::Error(_) => continue,
            };
            let found = set_parameter(parameter, &value, sets);
            // That a module is missing has been told where it is loaded.
            let asked = |mistake: &Diagnostic| {
                let mut names = parameter.modules.value.split('|');
                mistake.code == names::MODULE_NOT_LOADED
                    && names.any(|name| asked_for(draft, name, missing))
            };
            mistakes.extend(found.into_iter().filter(|mistake| !asked(mistake)));
        }
    }
    for extra in &draft.extra_params {
        let mut known = sets.iter_mut();
        match known.find(|settings| settings.module.entry.name == extra.module) {
            Some(settings) => {
                let assigned = settings.assign(&extra.name, &extra.value, extra.span);
                if let Err(error) = assigned {
                    mistakes.push(settings.mistake(&extra.name, extra.span, &error));
                }
            }
            None if asked_for(draft, &extra.module, missing) => {}
            None => mistakes.push(not_loaded(&extra.module, extra.span)),
        }
    }
    draft.diagnostics.extend(mistakes);
}

/// Whether the script or the command line loads a module of this name, or means one of this name and is told so, whether there
/// is one or not.
fn asked_for(draft: &Draft, name: &str, missing: &[String]) -> bool {
    let is_extra = draft.extra_modules.iter().any(|(module, _)| module == name);
    if is_extra || missing.iter().any(|module| module == name) {
        return true;
    }
    draft
        .script
        .items
        .iter()
        .any(|item| matches!(&item.kind, ItemKind::LoadModule(load) if load.module() == name))
}

fn set_parameter(
    parameter: &ModuleParameter,
    value: &ParamValue,
    sets: &mut [Settings],
) -> Vec<Diagnostic> {
    let modules = &*parameter.modules.value;
    let pattern = Ere::compile(format!("^({modules})$").as_bytes(), Flags::default()).ok();
    let mut mistakes = Vec::new();
    let mut matched = false;
    for settings in sets {
        let name = settings.module.entry.name;
        if name == modules
            || pattern
                .as_ref()
                .is_some_and(|p| p.is_match(name.as_bytes()))
        {
            matched = true;
            let span = value_span(&parameter.value).unwrap_or(parameter.name.span);
            if let Err(error) = settings.assign(&parameter.name.value, value, span) {
                let place = if error == ParamError::Unknown {
                    parameter.name.span
                } else {
                    span
                };
                let mistake = settings.mistake(&parameter.name.value, place, &error);
                mistakes.push(with_remedy(mistake, value, &error));
            }
        }
    }
    if !matched {
        mistakes.push(not_loaded(modules, parameter.modules.span));
    }
    mistakes
}

fn not_loaded(module: &str, span: Span) -> Diagnostic {
    let message = format!("no module that is loaded is named `{module}`");
    Diagnostic::error(names::MODULE_NOT_LOADED, span, message)
}
