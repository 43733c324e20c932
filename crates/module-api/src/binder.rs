//! What resolves names at load: variables, transformations, routes, flags, module instances.

use crate::expression::{Expression, ExpressionCompiler};
use crate::module::Loaded;
use crate::params::Placed;
use crate::pvar::{Accessor, Ask, BoundVariable, PvarSpec, Wants};
use crate::route::RouteNames;
use crate::slots::VariableSlots;
use crate::template::{Template, TemplatePiece};
use catalog::upstream;
use diagnostics::codes::{names, syntax};
use diagnostics::{Diagnostic, SourceMap, Span, did_you_mean};
use script_syntax::ast;
use std::collections::BTreeMap;
use std::sync::Arc;
use stdx::Text;

/// Resolves what the configuration names, once, at load.
pub struct Binder<'a> {
    /// The loaded modules with their exports and instances.
    pub loaded: &'a Loaded,
    /// The route blocks.
    pub routes: &'a RouteNames,
    /// The slots of `$var` and its kin.
    pub slots: &'a mut VariableSlots,
    /// Declared names of message flags.
    pub flags: &'a BTreeMap<String, u8>,
    /// The texts that spans refer to.
    pub sources: &'a SourceMap,
    /// What is found on the way, by modules about their parameters too. An error stops the server.
    pub diagnostics: &'a mut Vec<Diagnostic>,
    /// What compiles expressions.
    pub compiler: &'a dyn ExpressionCompiler,
    /// What has to be asked before the variables bound so far can be read; whoever compiles a statement takes it.
    pub asks: Vec<Ask>,
}

impl Binder<'_> {
    /// The instance of module `M`, if it is loaded.
    pub fn module<M: Send + Sync + 'static>(&self) -> Option<Arc<M>> {
        self.loaded.instance::<M>()
    }

    /// Notes what has to be asked before a variable can be read; once is enough for all in a statement.
    pub fn needs(&mut self, ask: Ask) {
        if !self
            .asks
            .iter()
            .any(|known| std::ptr::fn_addr_eq(*known, ask))
        {
            self.asks.push(ask);
        }
    }

    /// Binds a variable with its transformations.
    pub fn variable(&mut self, variable: &ast::Variable) -> Result<BoundVariable, Diagnostic> {
        let accessor = self.accessor(variable)?;
        let transformations = variable
            .transformations
            .iter()
            .map(|transformation| {
                match self
                    .loaded
                    .transformation(&transformation.class, &transformation.name)
                {
                    Some(export) => (export.bind)(transformation, self),
                    None => Err(self.unknown_transformation(transformation)),
                }
            })
            .collect::<Result<_, _>>()?;
        let wants = match variable.transformations.first() {
            Some(first) if &*first.class == "s" && &*first.name == "int" => Wants::Either,
            Some(first) if &*first.class == "s" && &*first.name == "intv" => Wants::Number,
            _ => Wants::Name,
        };
        Ok(BoundVariable {
            accessor,
            wants,
            transformations,
            span: variable.span,
            text: self.sources.text(variable.span).into(),
        })
    }

    fn accessor(&mut self, variable: &ast::Variable) -> Result<Accessor, Diagnostic> {
        match self.loaded.pvar(&variable.class) {
            Some(export) => (export.bind)(&PvarSpec { variable }, self),
            None => Err(self.unknown_variable(variable)),
        }
    }

    /// Compiles a text of a string literal in which variables are expanded.
    pub fn template(&mut self, literal: &ast::StringLiteral) -> Result<Template, Diagnostic> {
        self.template_at(&literal.value, ast::TextPlace::Literal(literal))
    }

    /// Compiles a text with variables that stands at `place`.
    pub fn template_at(
        &mut self,
        text: &str,
        place: ast::TextPlace<'_>,
    ) -> Result<Template, Diagnostic> {
        let mut diagnostics = Vec::new();
        let format = script_syntax::parse_format(text, place, &mut diagnostics);
        if let Some(error) = diagnostics.iter().find(|d| d.is_error()) {
            return Err(error.clone());
        }
        self.diagnostics.extend(diagnostics);
        let pieces = format
            .pieces
            .iter()
            .map(|piece| match piece {
                ast::FormatPiece::Text(text) => Ok(TemplatePiece::Text(Text::from(&**text))),
                ast::FormatPiece::Variable(variable) => {
                    self.variable(variable).map(TemplatePiece::Variable)
                }
            })
            .collect::<Result<_, _>>()?;
        Ok(Template { pieces })
    }

    /// Binds the variable that a text consists of, such as a parameter's `$avp(x)`.
    pub fn variable_in(&mut self, text: &str, span: Span) -> Result<BoundVariable, Diagnostic> {
        let mut diagnostics = Vec::new();
        let place = ast::TextPlace::Whole(span);
        let format = script_syntax::parse_format(text, place, &mut diagnostics);
        match format.as_variable() {
            Some(variable) => self.variable(variable),
            None => Err(Diagnostic::error(
                names::NOT_A_VARIABLE,
                span,
                format!("`{text}` is not a variable"),
            )),
        }
    }

    /// Binds the variable that a parameter names; none where the parameter is empty.
    pub fn variable_named_by(
        &mut self,
        parameter: &Placed<Text>,
    ) -> Result<Option<BoundVariable>, Diagnostic> {
        if parameter.value.is_empty() {
            return Ok(None);
        }
        let text = parameter.value.to_str_lossy();
        match self.variable_in(&text, parameter.span) {
            // COMPAT: 5.6.3 starts with an AVP whose parenthesis is not closed; that one never has a value.
            Err(mistake) if text.starts_with("$avp(") && !text.ends_with(')') => {
                self.diagnostics.push(mistake.softened());
                Ok(None)
            }
            bound => bound.map(Some),
        }
    }

    /// Compiles a parameter's text in which variables are expanded.
    pub fn template_of(&mut self, parameter: &Placed<Text>) -> Result<Template, Diagnostic> {
        let text = parameter.value.to_str_lossy();
        self.template_at(&text, ast::TextPlace::Whole(parameter.span))
    }

    /// Compiles an expression.
    pub fn expression(&mut self, expr: &ast::Expr) -> Result<Box<dyn Expression>, Diagnostic> {
        let compiler = self.compiler;
        compiler.compile(expr, self)
    }

    fn unknown_variable(&self, variable: &ast::Variable) -> Diagnostic {
        let class = &*variable.class;
        let diagnostic = Diagnostic::error(
            names::UNKNOWN_VARIABLE,
            variable.span,
            format!("there is no variable `${class}`"),
        );
        let diagnostic = diagnostic.following(self.loaded.missing().iter().any(|module| {
            upstream::has_pvar(module, class)
                || self
                    .loaded
                    .catalog
                    .pvars_named(class)
                    .any(|(it, _)| it.name == module)
        }));
        if let Some((module, _)) = self.loaded.catalog.pvars_named(class).next() {
            return diagnostic.help(format!(
                "module `{0}` has it: loadmodule \"{0}.so\"",
                module.name
            ));
        }
        if let Some((name, rest)) = class.split_once('.')
            && self.loaded.pvar(name).is_some()
        {
            return dot_in_name(variable, name, rest);
        }
        match did_you_mean(class, self.loaded.pvar_names()) {
            Some(name) => diagnostic.help(format!("did you mean `${name}`?")),
            None => diagnostic,
        }
    }

    fn unknown_transformation(&self, transformation: &ast::Transformation) -> Diagnostic {
        let wanted = format!("{}.{}", transformation.class, transformation.name);
        let diagnostic = Diagnostic::error(
            names::UNKNOWN_TRANSFORMATION,
            transformation.span,
            format!("there is no transformation `{{{wanted}}}`"),
        );
        let class = &*transformation.class;
        let mut missing = self.loaded.missing().iter();
        let diagnostic =
            diagnostic.following(missing.any(|it| upstream::has_transformations(it, class)));
        let known = self.loaded.transformation_names();
        match did_you_mean(&wanted, known.iter().map(String::as_str)) {
            Some(name) => diagnostic.help(format!("did you mean `{{{name}}}`?")),
            None => diagnostic,
        }
    }
}

/// In a text a name reaches over dots: `$rU.user` is no variable followed by a text.
fn dot_in_name(variable: &ast::Variable, name: &str, rest: &str) -> Diagnostic {
    let class = &variable.class;
    let message = format!("the dot belongs to the name: there is no variable `${class}`");
    let diagnostic = Diagnostic::error(syntax::DOT_IN_VARIABLE, variable.span, message);
    let is_bare = variable.inner.is_none()
        && variable.transformations.is_empty()
        && variable.span.len() as usize == class.len() + 1;
    match is_bare {
        true => {
            let bounded = format!("$({name}).{rest}");
            diagnostic.suggest("end the name with parentheses", variable.span, bounded)
        }
        false => diagnostic.help(format!("end the name with parentheses: `$({name})`")),
    }
}
