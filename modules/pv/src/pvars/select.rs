//! Selects.

use diagnostics::codes::names;
use module_api::{
    Binder, Call, Diagnostic, PvarInner, PvarSpec, SelectPath, SelectReader, Value, pvar,
};

/// A select, found at load.
pub struct Select(SelectReader);

impl PvarInner for Select {
    fn bind(spec: &PvarSpec<'_>, binder: &mut Binder<'_>) -> Result<Self, Diagnostic> {
        SelectPath::parse(spec.inner())
            .and_then(|path| binder.loaded.select(&path))
            .map(Select)
            .map_err(|message| Diagnostic::error(names::UNKNOWN_SELECT, spec.span(), message))
    }
}

/// A part of the message by a path, `$sel(from.uri.host)`, which scripts also write as `@from.uri.host`, without this module.
///
/// A part that is there without a text has no value here (observed on 5.6.3), though `defined @from.uri.pwd` finds it.
#[pvar("sel")]
fn select(call: &mut Call, select: &Select) -> Value {
    Value::from_option((select.0)(call).filter(|text| !text.is_empty()))
}
