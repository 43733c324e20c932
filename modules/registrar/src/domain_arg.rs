//! The argument that names a location table.

use mod_usrloc::{Domain, TABLES_HELP, Usrloc};
use module_api::{ArgError, ArgKind, ArgSource, Binder, Call, Diagnostic, ScriptArg, Text};
use std::sync::Arc;

/// The constant name of a location table, which is made when it is not there.
pub struct DomainArg(pub Arc<Domain>);

impl ScriptArg for DomainArg {
    type Bound = Arc<Domain>;
    const KIND: ArgKind = ArgKind::Literal;

    fn bind(source: ArgSource<'_>, binder: &mut Binder<'_>) -> Result<Self::Bound, Diagnostic> {
        let Some(name) = source.literal().filter(|name| !name.is_empty()) else {
            return Err(source.error("the constant name of a location table is needed here"));
        };
        match binder.module::<Usrloc>() {
            Some(usrloc) => usrloc
                .usable_domain(&Text::from(name))
                .map_err(|error| source.error(error.to_string()).help(TABLES_HELP)),
            None => {
                let error = source.error("module `usrloc` is not loaded");
                Err(error.following(binder.loaded.has_failed::<Usrloc>()))
            }
        }
    }

    fn eval(bound: &Self::Bound, _: &mut Call) -> Result<Self, ArgError> {
        Ok(DomainArg(bound.clone()))
    }
}
