//! A configuration as read: parsed, its core parameters set, nothing loaded yet.

use crate::listen;
use crate::parameters::{Refused, plain, value_span, with_remedy};
use diagnostics::codes::routes;
use diagnostics::{Diagnostic, Origin, SourceMap, Span};
use module_api::ast::{self, ItemKind, ParameterValue, Script};
use module_api::{
    Alias, CoreSettings, CustomSetting, CustomSettings, ParamError, ParamSet, ParamValue, Text,
};
use net::ListenSpec;
use script_syntax::token::TokenKind;
use script_syntax::{Parsed, SourceLoader};
use std::collections::BTreeMap;

/// What the command line adds to a configuration or puts in the place of what it says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Overrides {
    /// Modules loaded before the others (`--loadmodule`).
    pub modules: Vec<String>,
    /// Module parameters (`--modparam`).
    pub params: Vec<(String, String, ParamValue)>,
    /// Core parameters; they win over the configuration.
    pub settings: Vec<(String, ParamValue)>,
    /// Addresses to listen on (`-l`), beside those of the configuration.
    pub listens: Vec<String>,
    /// Names of us (`--alias`).
    pub aliases: Vec<String>,
}

/// A module parameter of the command line.
pub struct ExtraParameter {
    /// The module's name.
    pub module: String,
    /// The parameter's name.
    pub name: String,
    /// Its value.
    pub value: ParamValue,
    /// The option's text.
    pub span: Span,
}

/// A configuration as read.
pub struct Draft {
    /// Its syntax tree.
    pub script: Script,
    /// Its texts.
    pub sources: SourceMap,
    /// What is wrong with it.
    pub diagnostics: Vec<Diagnostic>,
    /// Whether all of it could be read.
    pub is_whole: bool,
    /// Whether files are missing that it includes.
    pub misses_files: bool,
    /// The core parameters.
    pub settings: CoreSettings,
    /// The script's own parameters.
    pub custom: CustomSettings,
    /// What to listen on.
    pub listens: Vec<ListenSpec>,
    /// Other names of us.
    pub aliases: Vec<Alias>,
    /// Declared flags.
    pub flags: BTreeMap<String, u8>,
    /// The preprocessor's defines.
    pub defines: BTreeMap<String, Text>,
    /// Modules of the command line.
    pub extra_modules: Vec<(String, Span)>,
    /// Module parameters of the command line.
    pub extra_params: Vec<ExtraParameter>,
    /// The engine that has the routes, when it is not the native script.
    pub kemi: Option<Text>,
}

/// Whether an included file was not read.
fn misses_files(diagnostics: &[Diagnostic]) -> bool {
    use diagnostics::codes::syntax::{CANNOT_INCLUDE, TOO_MANY_INCLUDES, UNQUOTED_PATH};
    diagnostics.iter().any(|diagnostic| {
        let code = diagnostic.code.id();
        [CANNOT_INCLUDE, TOO_MANY_INCLUDES, UNQUOTED_PATH]
            .iter()
            .any(|lost| lost.id() == code)
    })
}

/// Reads the configuration `text`, whose path is `name`. Mistakes end up in the diagnostics.
pub fn read(
    name: &str,
    text: &str,
    loader: &dyn SourceLoader,
    options: &script_syntax::Options,
    overrides: &Overrides,
) -> Draft {
    let parsed = script_syntax::parse(name, text, loader, options);
    let defines = parsed
        .defines
        .iter()
        .map(|(name, define)| {
            (
                name.to_owned(),
                Text::from(define.value.as_deref().unwrap_or_default()),
            )
        })
        .collect();
    let says_nothing = says_nothing(&parsed);
    let mut draft = Draft {
        flags: flag_names(&parsed.tree),
        is_whole: parsed.is_sound(),
        misses_files: misses_files(&parsed.diagnostics),
        script: parsed.tree,
        sources: parsed.sources,
        diagnostics: parsed.diagnostics,
        settings: CoreSettings::default(),
        custom: CustomSettings::default(),
        listens: Vec::new(),
        aliases: Vec::new(),
        defines,
        extra_modules: Vec::new(),
        extra_params: Vec::new(),
        kemi: None,
    };
    draft.diagnostics.extend(says_nothing);
    draft.set_parameters();
    draft.override_with(overrides);
    draft.settings.finish();
    listen::collect(&mut draft, overrides);
    draft
}

/// Comments and directives alone are no configuration (observed on 5.6.3), unless another mistake is why there is no more.
fn says_nothing(parsed: &Parsed) -> Option<Diagnostic> {
    let mut tokens = parsed.tokens.tokens.iter();
    let is_empty = parsed.is_sound() && tokens.all(|token| token.kind == TokenKind::End);
    let mistake = Diagnostic::error(routes::EMPTY_SCRIPT, Span::default(), "the script is empty");
    is_empty.then(|| mistake.help("see whether this is the file that was meant"))
}

impl Draft {
    /// Whether it cannot be used.
    pub fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(Diagnostic::is_error)
    }

    /// The place of what stands on the command line.
    pub fn on_command_line(&mut self, text: String) -> Span {
        let end = u32::try_from(text.len()).unwrap_or(0);
        let file = self.sources.add("command line", text, Origin::Argument);
        Span::new(file, 0, end)
    }

    /// Takes over what the command line says, but for addresses.
    fn override_with(&mut self, overrides: &Overrides) {
        for (name, value) in &overrides.settings {
            let span = self.on_command_line(format!("{name}={}", plain_text(value)));
            if let Err(error) = self.settings.assign(name, value, span) {
                self.diagnostics
                    .push(Refused::of_core(name).mistake(span, &error));
            }
        }
        for module in &overrides.modules {
            let span = self.on_command_line(format!("--loadmodule={module}"));
            self.extra_modules.push((module.clone(), span));
        }
        for (module, name, value) in &overrides.params {
            let kind = match value {
                ParamValue::Int(_) => 'i',
                ParamValue::Text(_) => 's',
            };
            let text = format!("--modparam={module}:{name}:{kind}:{}", plain_text(value));
            let span = self.on_command_line(text);
            self.extra_params.push(ExtraParameter {
                module: module.clone(),
                name: name.clone(),
                value: value.clone(),
                span,
            });
        }
    }

    fn set_parameters(&mut self) {
        let script = std::mem::take(&mut self.script);
        for item in &script.items {
            match &item.kind {
                ItemKind::Parameter(parameter) => self.set(&parameter.name, &parameter.value),
                ItemKind::CoreParameter(parameter) => self.set(&parameter.name, &parameter.value),
                ItemKind::CustomParameter(custom) => self.set_custom(custom),
                _ => {}
            }
        }
        self.script = script;
    }

    fn set_custom(&mut self, custom: &ast::CustomParameter) {
        let Some(value) = plain(&custom.value) else {
            return;
        };
        let (group, name) = (&*custom.group.text, &*custom.name.text);
        // Some core parameters have a dot in their name.
        let full = format!("{group}.{name}");
        match self.settings.assign(&full, &value, custom.name.span) {
            Ok(()) => return,
            Err(ParamError::Unknown) => {}
            Err(error) => {
                self.diagnostics
                    .push(Refused::of_core(&full).mistake(custom.name.span, &error));
                return;
            }
        }
        let (group, name) = (Text::from(group), Text::from(name));
        if let Some(instance) = &custom.instance {
            self.custom
                .declare_instance(group, instance.value, name, value);
            return;
        }
        let description = Text::from(custom.description.as_ref().map_or("", |d| &*d.value));
        self.custom
            .declare(group, name, CustomSetting { value, description });
    }

    fn set(&mut self, name: &ast::Name, value: &ParameterValue) {
        let Some(plain) = plain(value) else { return };
        let span = value_span(value).unwrap_or(name.span);
        if let Err(error) = self.settings.assign(&name.text, &plain, span) {
            let place = if error == ParamError::Unknown {
                name.span
            } else {
                span
            };
            let mistake = Refused::of_core(&name.text).mistake(place, &error);
            self.diagnostics.push(with_remedy(mistake, &plain, &error));
        }
    }
}

fn plain_text(value: &ParamValue) -> String {
    match value {
        ParamValue::Int(number) => number.to_string(),
        ParamValue::Text(text) => text.to_string(),
    }
}

/// Names declared by `flags`, with their numbers.
fn flag_names(script: &ast::Script) -> BTreeMap<String, u8> {
    let mut flags = BTreeMap::new();
    for item in &script.items {
        if let ItemKind::Flags(declarations) = &item.kind {
            for declaration in declarations {
                let free = || (0..32u8).find(|n| !flags.values().any(|taken| taken == n));
                let number = match &declaration.position {
                    Some(position) => u8::try_from(position.value).ok(),
                    None => free(),
                };
                if let Some(number) = number.filter(|number| *number < 32) {
                    flags.insert(declaration.name.text.to_string(), number);
                }
            }
        }
    }
    flags
}
