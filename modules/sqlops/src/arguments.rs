//! What functions take: names of connections and results, lists of variables.

use crate::SqlOps;
use crate::connection::SqlConnection;
use diagnostics::codes::names;
use diagnostics::did_you_mean;
use module_api::{
    ArgError, ArgKind, ArgSource, Binder, BoundVariable, Call, Diagnostic, ScriptArg, Span,
    TemplatePiece, Text, ast,
};
use std::sync::Arc;

/// The name of a connection.
pub struct ConnectionArg(pub Arc<SqlConnection>);

/// The connection of that name, or what is wrong with it.
pub fn connection_named(
    name: &str,
    span: Span,
    binder: &Binder<'_>,
) -> Result<Arc<SqlConnection>, Diagnostic> {
    let module = binder.module::<SqlOps>();
    let found = module
        .as_ref()
        .and_then(|module| module.connection(name.as_bytes()));
    found.cloned().ok_or_else(|| {
        let error = Diagnostic::error(
            names::MODULE_NOT_LOADED,
            span,
            format!("there is no connection `{name}`"),
        )
        .following(binder.loaded.has_failed::<SqlOps>());
        let known = module.iter().flat_map(|module| module.connections.keys());
        let known: Vec<_> = known.filter_map(Text::to_str).collect();
        match did_you_mean(name, known) {
            Some(near) => error.help(format!("did you mean `{near}`?")),
            None => error.help(format!("modparam(\"sqlops\", \"sqlcon\", \"{name}=>URL\")")),
        }
    })
}

impl ScriptArg for ConnectionArg {
    type Bound = Arc<SqlConnection>;
    const KIND: ArgKind = ArgKind::Literal;

    fn bind(source: ArgSource<'_>, binder: &mut Binder<'_>) -> Result<Self::Bound, Diagnostic> {
        let Some(name) = source.literal() else {
            return Err(source.error("the name of a connection is needed here"));
        };
        connection_named(name, source.span(), binder)
    }

    fn eval(bound: &Self::Bound, _: &mut Call) -> Result<Self, ArgError> {
        Ok(ConnectionArg(bound.clone()))
    }
}

/// The name of a result.
pub struct ResultArg(pub Text);

impl ScriptArg for ResultArg {
    type Bound = Text;
    const KIND: ArgKind = ArgKind::Literal;

    fn bind(source: ArgSource<'_>, binder: &mut Binder<'_>) -> Result<Self::Bound, Diagnostic> {
        let Some(name) = source.literal() else {
            return Err(source.error("the name of a result is needed here"));
        };
        let name = Text::from(name);
        let module = binder.module::<SqlOps>();
        if module.is_some_and(|module| !module.declare_result(&name)) {
            return Err(source
                .error("there are as many results as there may be")
                .help("modparam(\"sqlops\", \"results_maxsize\", 64)"));
        }
        Ok(name)
    }

    fn eval(bound: &Self::Bound, _: &mut Call) -> Result<Self, ArgError> {
        Ok(ResultArg(bound.clone()))
    }
}

/// Variables that the columns of a row go into.
pub struct VariablesArg(pub Arc<[BoundVariable]>);

impl ScriptArg for VariablesArg {
    type Bound = Arc<[BoundVariable]>;
    const KIND: ArgKind = ArgKind::Literal;

    fn bind(source: ArgSource<'_>, binder: &mut Binder<'_>) -> Result<Self::Bound, Diagnostic> {
        let ast::ExprKind::String(literal) = &source.expr.kind else {
            return Err(source.error("a list of variables in quotes is needed here"));
        };
        let template = binder.template(literal)?;
        let mut variables = Vec::new();
        for piece in template.pieces {
            match piece {
                TemplatePiece::Variable(variable) => variables.push(variable),
                TemplatePiece::Text(text) => {
                    let is_between = |byte: &u8| b",; \t\r\n".contains(byte);
                    if !text.iter().all(is_between) {
                        return Err(source.error(format!("`{text}` is no variable")));
                    }
                }
            }
        }
        match variables.is_empty() {
            true => Err(source.error("a list of variables is needed here")),
            false => Ok(variables.into()),
        }
    }

    fn eval(bound: &Self::Bound, _: &mut Call) -> Result<Self, ArgError> {
        Ok(VariablesArg(bound.clone()))
    }
}
