//! Variables that scripts make: of a run, and shared by all runs.

use crate::Pv;
use crate::shared::SharedVariable;
use diagnostics::codes::names;
use module_api::{
    Binder, Call, Diagnostic, InnerText, PvarInner, PvarSpec, SetError, Text, Unset, Value, pvar,
};
use std::sync::Arc;

/// `$var`, `$vz`.
pub mod zero {
    use module_api::{Compat, PvarEntry, PvarExport, Unset};

    /// Unset it is 0.
    pub static EXPORT: PvarExport = PvarExport {
        entry: PvarEntry {
            name: "var",
            aliases: &["vz"],
            doc: "A variable of the run, `$var(name)`: an integer or a text; 0 at the start of each run, and after `$null`.",
            writable: true,
            waits: false,
            compat: Compat::Partial("ends with the run: no value of another message is ever seen"),
        },
        bind: |spec, binder| super::slot(spec, binder, Unset::Zero),
    };
}

/// `$vn`.
pub mod null {
    use module_api::{Compat, PvarEntry, PvarExport, Unset};

    /// Unset it is null.
    pub static EXPORT: PvarExport = PvarExport {
        entry: PvarEntry {
            name: "vn",
            aliases: &[],
            doc: "A variable of the run, `$vn(name)`: an integer or a text; null at the start of each run.",
            writable: true,
            waits: false,
            compat: Compat::Partial("ends with the run: no value of another message is ever seen"),
        },
        bind: |spec, binder| super::slot(spec, binder, Unset::Null),
    };
}

fn slot(
    spec: &PvarSpec<'_>,
    binder: &mut Binder<'_>,
    unset: Unset,
) -> Result<module_api::Accessor, Diagnostic> {
    let name = needed_name(spec)?;
    let slot = binder.slots.slot(unset, name);
    if let Some(pv) = binder.module::<Pv>() {
        pv.late.remember(binder.slots);
    }
    Ok(module_api::Accessor::Slot(slot))
}

fn needed_name<'a>(spec: &PvarSpec<'a>) -> Result<&'a str, Diagnostic> {
    match spec.inner() {
        "" => {
            let message = format!("`${}` needs a name in parentheses", spec.variable.class);
            Err(Diagnostic::error(
                names::BAD_VARIABLE_NAME,
                spec.span(),
                message,
            ))
        }
        name => Ok(name),
    }
}

/// A shared variable, found at load.
pub struct Shared(Arc<SharedVariable>);

impl PvarInner for Shared {
    fn bind(spec: &PvarSpec<'_>, binder: &mut Binder<'_>) -> Result<Self, Diagnostic> {
        let name = Text::from(needed_name(spec)?);
        match binder.module::<Pv>() {
            Some(pv) => Ok(Shared(pv.shared.variable(&name))),
            None => Err(Diagnostic::error(
                names::MODULE_NOT_LOADED,
                spec.span(),
                "shared variables need module `pv` to be loaded before what uses them",
            )),
        }
    }
}

/// A variable that all runs share, `$shv(name)`; 0 until it is set, an empty text after `$null`.
///
/// It lives until the server stops, over reloads too. The RPC commands `pv.shvGet` and `pv.shvSet` reach it.
#[pvar("shv", set = set_shared)]
fn shared(_call: &mut Call, variable: &Shared) -> Value {
    variable.0.get()
}

fn set_shared(_call: &mut Call, variable: &Shared, value: Value) -> Result<(), SetError> {
    variable.0.set(match value {
        // COMPAT: not back to 0 (observed on 5.6.3).
        Value::Null => Value::Str(Text::EMPTY),
        value => value,
    });
    Ok(())
}

/// Adds 1 to a shared variable in one step and shows the result, `$shvinc(name)`.
#[pvar("shvinc")]
fn shared_increment(_call: &mut Call, variable: &Shared) -> Value {
    Value::Int(variable.0.increment())
}

/// The text in the parentheses with its variables expanded, `$_s(sip:$rU@$fd)`.
#[pvar("_s")]
fn expanded(call: &mut Call, format: &InnerText) -> Value {
    Value::Str(format.0.text(call))
}
