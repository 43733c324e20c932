//! Variables.

use crate::request::{OwnRequest, Part, TextPart};
use diagnostics::codes::names;
use module_api::{Binder, Call, Diagnostic, PvarInner, PvarSpec, SetError, Value, pvar};

impl PvarInner for Part {
    fn bind(spec: &PvarSpec<'_>, _: &mut Binder<'_>) -> Result<Self, Diagnostic> {
        Part::named(spec.inner()).ok_or_else(|| {
            let message = format!("a request of our own has no part `{}`", spec.inner());
            Diagnostic::error(names::BAD_VARIABLE_NAME, spec.span(), message)
        })
    }
}

/// A part of the request that `uac_req_send()` sends: `method`, `ruri`, `furi`, `turi`, `ftag`, `ttag`, `ouri` (the
/// next hop), `hdrs`, `body`, `sock`, `callid`, `cseqno`, `auser`, `apasswd`, `flags`, `fr_timeout`, `fr_inv_timeout`,
/// `evroute`, `evparam`; in `event_route[uac:reply]` also `evcode` and `evtype`. `$uac_req(all) = $null` forgets all of
/// them.
#[pvar("uac_req", set = set_own_request, compat = partial("the parts are those of the run, and gone with it"))]
pub fn own_request(call: &mut Call, part: &Part) -> Value {
    match call.notes.get::<OwnRequest>() {
        Some(request) => request.value(*part),
        None => OwnRequest::default().value(*part),
    }
}

fn set_own_request(call: &mut Call, part: &Part, value: Value) -> Result<(), SetError> {
    let mut request = call.notes.take::<OwnRequest>().unwrap_or_default();
    match part {
        Part::Text(TextPart::All) => request = OwnRequest::default(),
        Part::Text(part) => match value {
            Value::Int(_) => return Err(SetError::NeedsText),
            text => request.set_text(*part, text.into_text()),
        },
        Part::Number(part) => {
            let number = value
                .to_int()
                .map_err(|reason| SetError::refused(reason.to_string()))?;
            request.set_number(*part, number);
        }
    }
    call.notes.set(request);
    Ok(())
}
