//! P-Charging-Vector.

use crate::charging_vector::{ChargingVector, State};
use module_api::{Call, Text, Verdict, script_function};
use sip::HeaderId;

/// Nothing was done.
const UNCHANGED: Verdict = Verdict(1);
/// There is a new one.
const GENERATED: Verdict = Verdict(3);
/// There is none any more.
const REMOVED: Verdict = Verdict(4);
/// There is another than before.
const REPLACED: Verdict = Verdict(5);

/// Removes (`r`), generates unless there is one (`g`), or generates anew (`f`) the P-Charging-Vector (RFC 7315).
///
/// 1: nothing was done, as for one that was generated already. 3: it was generated. 4: it was removed. 5: it was replaced, or generated
/// after it had been removed.
///
/// ```cfg
/// sip_p_charging_vector("f");
/// xinfo("$rc\n");   # log: 3
/// ```
#[script_function(sip_p_charging_vector, routes = ANY)]
fn sip_p_charging_vector(call: &mut Call, flags: Text) -> Verdict {
    let state = ChargingVector::of(call).state;
    let is_there = matches!(state, State::Received | State::Unreadable);
    match flags.first() {
        Some(b'r' | b'R') if is_there => {
            remove(call);
            REMOVED
        }
        Some(b'f' | b'F') if is_there => {
            remove(call);
            generate(call);
            REPLACED
        }
        Some(b'g' | b'G' | b'f' | b'F') if state == State::Removed => {
            generate(call);
            REPLACED
        }
        Some(b'g' | b'G' | b'f' | b'F') if state == State::None => {
            generate(call);
            GENERATED
        }
        Some(b'r' | b'R' | b'g' | b'G' | b'f' | b'F') => UNCHANGED,
        _ => {
            call.error(format_args!("`{flags}` is none of r, g and f"));
            Verdict::FALSE
        }
    }
}

fn remove(call: &mut Call) {
    let Call { message, edits, .. } = call;
    for field in message.headers_of(HeaderId::PChargingVector) {
        edits.remove_header(field);
    }
    call.notes.set(ChargingVector {
        line: Text::default(),
        state: State::Removed,
    });
}

/// Adds one of the socket that the message leaves by, as far as that is known.
fn generate(call: &mut Call) {
    let random = call.random();
    let forced = call.target.socket;
    let socket = forced.and_then(|id| call.runtime.sockets.get(id));
    let address = socket.map_or(call.reception.local, |socket| socket.address);
    let vector = ChargingVector::generate(address.ip(), random);
    let line = vector.line.clone().into_bytes();
    call.notes.set(vector);
    let Call { message, edits, .. } = call;
    edits.append_header(message, line);
}
