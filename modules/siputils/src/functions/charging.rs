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
/// after it had been removed. Of several letters, each is done in turn, and the last that does something tells what was done.
///
/// ```cfg
/// sip_p_charging_vector("f");
/// xinfo("$rc\n");   # log: 3
/// ```
#[script_function(sip_p_charging_vector, routes = ANY)]
fn sip_p_charging_vector(call: &mut Call, flags: Text) -> Verdict {
    let is_known = |flag: &u8| b"rgf".contains(&flag.to_ascii_lowercase());
    if flags.is_empty() || !flags.iter().all(is_known) {
        call.error(format_args!("`{flags}` is none of r, g and f"));
        return Verdict::FALSE;
    }
    let mut verdict = UNCHANGED;
    for flag in flags.iter() {
        let step = step(call, flag.to_ascii_lowercase());
        if step != UNCHANGED {
            verdict = step;
        }
    }
    verdict
}

/// Does what one letter asks for.
fn step(call: &mut Call, flag: u8) -> Verdict {
    let state = ChargingVector::of(call).state;
    let is_there = matches!(state, State::Received | State::Unreadable);
    match flag {
        b'r' if is_there => {
            remove(call);
            REMOVED
        }
        b'f' if is_there => {
            remove(call);
            generate(call);
            REPLACED
        }
        b'g' | b'f' if state == State::Removed => {
            generate(call);
            REPLACED
        }
        b'g' | b'f' if state == State::None => {
            generate(call);
            GENERATED
        }
        _ => UNCHANGED,
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
