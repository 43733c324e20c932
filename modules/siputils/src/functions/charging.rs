//! P-Charging-Vector.

use crate::charging_vector::{ChargingVector, State};
use module_api::{Call, Text, Verdict, script_function};
use sip::HeaderId;

/// Removes (`r`), generates unless there is one (`g`), or generates anew (`f`) the P-Charging-Vector (RFC 7315).
///
/// ```cfg
/// sip_p_charging_vector("f");
/// ```
#[script_function(sip_p_charging_vector, routes = ANY)]
fn sip_p_charging_vector(call: &mut Call, flags: Text) -> Verdict {
    let has_one = call.message.has(HeaderId::PChargingVector);
    let (removes, generates) = match flags.first() {
        Some(b'r' | b'R') => (true, false),
        Some(b'g' | b'G') => (false, !has_one),
        Some(b'f' | b'F') => (true, true),
        _ => {
            call.error(format_args!("`{flags}` is none of r, g and f"));
            return Verdict::FALSE;
        }
    };
    if removes {
        let Call { message, edits, .. } = call;
        for field in message.headers_of(HeaderId::PChargingVector) {
            edits.remove_header(field);
        }
        call.notes.set(ChargingVector {
            line: Text::default(),
            state: State::Removed,
        });
    }
    if generates {
        let random = call.random();
        let vector = ChargingVector::generate(call.reception.local.ip(), random);
        let line = vector.line.clone().into_bytes();
        call.notes.set(vector);
        let Call { message, edits, .. } = call;
        edits.append_header(message, line);
    }
    Verdict::TRUE
}
