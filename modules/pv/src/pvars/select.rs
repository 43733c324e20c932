//! Selects.

use crate::select::{Path, Select};
use diagnostics::codes::names;
use module_api::{Binder, Call, Diagnostic, PvarInner, PvarSpec, Value, pvar};

impl PvarInner for Select {
    fn bind(spec: &PvarSpec<'_>, binder: &mut Binder<'_>) -> Result<Self, Diagnostic> {
        let select =
            Path::parse(spec.inner()).and_then(|path| match binder.loaded.select(&path.steps) {
                Some(reader) => Ok(Select::of_module(reader)),
                None => Select::resolve(&path),
            });
        select.map_err(|message| Diagnostic::error(names::UNKNOWN_SELECT, spec.span(), message))
    }
}

/// A part of the message by a path, `$sel(from.uri.host)`, which is also written `@from.uri.host`.
#[pvar("sel")]
fn select(call: &mut Call, select: &Select) -> Value {
    Value::from_option(select.read(call))
}
