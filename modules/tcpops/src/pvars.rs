//! Variables.

use diagnostics::codes::names;
use module_api::{Binder, Call, Diagnostic, PvarInner, PvarSpec, Text, Value, pvar, relay};

/// What of the connection is meant.
pub struct Part {
    what: What,
    /// Whether it counts only while the connection can be used.
    is_active: bool,
}

enum What {
    /// Its number.
    Id,
    /// The peer's address.
    Address,
    /// The peer's port.
    Port,
}

impl PvarInner for Part {
    fn bind(spec: &PvarSpec<'_>, _: &mut Binder<'_>) -> Result<Self, Diagnostic> {
        let key = spec.inner();
        let (what, is_active) = match key {
            "conid" => (What::Id, false),
            "c_si" => (What::Address, false),
            "c_sp" => (What::Port, false),
            "aconid" => (What::Id, true),
            "ac_si" => (What::Address, true),
            "ac_sp" => (What::Port, true),
            other => {
                return Err(Diagnostic::error(
                    names::BAD_VARIABLE_NAME,
                    spec.span(),
                    format!(
                        "`{other}` is not `conid`, `c_si`, `c_sp`, `aconid`, `ac_si` or `ac_sp`"
                    ),
                ));
            }
        };
        Ok(Part { what, is_active })
    }
}

/// The connection at hand: `conid` its number, `c_si` and `c_sp` the peer's address and port, which without a connection are those that
/// the message came from; `aconid`, `ac_si` and `ac_sp` the same, but `$null` unless there is a connection that can be used.
#[pvar("tcp")]
pub fn connection(call: &mut Call, part: &Part) -> Value {
    let id = call.reception.connection;
    let is_there = |id| call.runtime.host.connection(id).is_some();
    if part.is_active && !id.is_some_and(is_there) {
        return Value::Null;
    }
    let peer = call.reception.peer;
    match part.what {
        What::Id => id.map_or(Value::Null, |id| Value::Int(i64::from(id.0))),
        What::Address => Value::Str(Text::from(&*relay::address_text(peer.ip()))),
        What::Port => Value::Int(i64::from(peer.port())),
    }
}
