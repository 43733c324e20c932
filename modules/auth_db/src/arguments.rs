//! The table that a function names.

use crate::AuthDb;
use diagnostics::codes;
use module_api::{
    ArgError, ArgKind, ArgSource, Binder, Call, Diagnostic, ScriptArg, Text, TextSource,
};

/// The version of the table of subscribers that this module knows.
const VERSION: i64 = 7;

/// The name of a table of subscribers. Where it is constant its version is looked at when the configuration is loaded.
pub struct TableArg(pub Text);

impl ScriptArg for TableArg {
    type Bound = TextSource;
    const KIND: ArgKind = ArgKind::Text;

    fn bind(source: ArgSource<'_>, binder: &mut Binder<'_>) -> Result<Self::Bound, Diagnostic> {
        let bound = TextSource::bind(source, binder)?;
        let module = binder.module::<AuthDb>();
        let parts = module
            .as_ref()
            .and_then(|module| Some((module, module.parts.get()?)));
        if let Some((module, parts)) = parts
            && let Some(table) = bound.as_constant()
            && module.params.version_table
            && let Err(error) = parts
                .subscribers
                .check_version(&parts.versions, &table, VERSION)
        {
            return Err(Diagnostic::error(
                codes::params::WRONG_ARGUMENT,
                source.span(),
                error.to_string(),
            )
            .help("kahea db init URL creates the tables; modparam(\"auth_db\", \"version_table\", 0) takes any"));
        }
        Ok(bound)
    }

    fn eval(bound: &Self::Bound, call: &mut Call) -> Result<Self, ArgError> {
        bound.text(call).map(TableArg)
    }
}
