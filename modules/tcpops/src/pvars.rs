//! Variables.

use diagnostics::codes::names;
use module_api::{Binder, Call, Diagnostic, PvarInner, PvarSpec, Text, Value, pvar, relay};

/// What of the connection is meant.
pub enum Part {
    /// Its number.
    Id,
    /// The peer's address.
    Address,
    /// The peer's port.
    Port,
}

impl PvarInner for Part {
    fn bind(spec: &PvarSpec<'_>, _: &mut Binder<'_>) -> Result<Self, Diagnostic> {
        match spec.inner() {
            "conid" | "aconid" => Ok(Part::Id),
            "c_si" | "ac_si" => Ok(Part::Address),
            "c_sp" | "ac_sp" => Ok(Part::Port),
            other => Err(Diagnostic::error(
                names::BAD_VARIABLE_NAME,
                spec.span(),
                format!("`{other}` is not `conid`, `c_si`, `c_sp`, `aconid`, `ac_si` or `ac_sp`"),
            )),
        }
    }
}

/// The connection at hand: `conid` its number, `c_si` and `c_sp` the peer's address and port.
#[pvar("tcp")]
pub fn connection(call: &mut Call, part: &Part) -> Value {
    let Some(id) = call.reception.connection else {
        return Value::Null;
    };
    let peer = call.reception.peer;
    match part {
        Part::Id => Value::Int(i64::from(id.0)),
        Part::Address => Value::Str(Text::from(&*relay::address_text(peer.ip()))),
        Part::Port => Value::Int(i64::from(peer.port())),
    }
}
