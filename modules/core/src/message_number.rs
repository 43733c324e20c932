//! The number of a message.

use crate::Core;
use module_api::Call;

/// The number of the message at hand, as a note keeps it.
struct MessageNumber(i64);

/// A number for the message at hand, from 1, given when it is first asked for.
pub fn message_number(call: &mut Call) -> i64 {
    if let Some(number) = call.notes.get::<MessageNumber>() {
        return number.0;
    }
    let number = call
        .runtime
        .module::<Core>()
        .map_or(0, |core| core.next_message_number());
    call.notes.set(MessageNumber(number));
    number
}
