//! Script functions.

use crate::Maxfwd;
use module_api::{Call, Verdict, script_function};
use sip::{FieldError, HeaderId, Message};

/// A note: the value of the Max-Forwards that was added.
struct Added(i64);

/// Lowers Max-Forwards by one, or adds it with `initial` when the request has none.
///
/// Returns 1 when it was lowered, 2 when it was added, -1 when it is 0 already, -2 when it cannot be read.
///
/// ```cfg
/// if (!mf_process_maxfwd_header("10")) {
///     sl_send_reply("483", "Too Many Hops");
///     exit;
/// }
/// ```
#[script_function(mf_process_maxfwd_header, aliases(maxfwd_process, process_maxfwd), routes = REQUEST)]
fn process(maxfwd: &Maxfwd, call: &mut Call, initial: i64) -> Verdict {
    let limit = maxfwd.params.max_limit.get();
    let message = call.message.clone();
    let Some(field) = message.header(HeaderId::MaxForwards) else {
        let value = initial.clamp(0, limit);
        call.edits
            .append_header(&message, format!("Max-Forwards: {value}\r\n").into_bytes());
        call.notes.set(Added(value));
        return Verdict(2);
    };
    match hops_of(&message) {
        Ok(0) => Verdict::FALSE,
        Ok(hops) => {
            let value = (i64::from(hops) - 1).min(limit);
            match stdx::number::two_digits(value) {
                Some(digits) => call.edits.replace_value(field, digits),
                None => {
                    let digits = stdx::number::Decimal::from(value);
                    call.edits.replace_value(field, digits.as_bytes().to_vec());
                }
            }
            Verdict::TRUE
        }
        Err(error) => {
            call.error(format_args!("Max-Forwards cannot be read: {error}"));
            Verdict(-2)
        }
    }
}

/// What Max-Forwards says; without a value it counts as 0 (observed on 5.6.3).
fn hops_of(message: &Message) -> Result<u32, FieldError> {
    match message.value_of(HeaderId::MaxForwards) {
        Some([]) => Ok(0),
        _ => message.max_forwards(),
    }
}

/// Whether Max-Forwards, as it will leave, is below `limit`: 1 when it is, -1 when not, -2 when there is none, -3 when it
/// cannot be read.
///
/// ```cfg
/// if (is_maxfwd_lt("1")) {
///     sl_send_reply("483", "Too Many Hops");
///     exit;
/// }
/// ```
#[script_function(is_maxfwd_lt, aliases(maxfwd_at_least, mf_lowlimit), routes = REQUEST | FAILURE | BRANCH)]
fn is_below(call: &mut Call, limit: i64) -> Verdict {
    let Some(field) = call.message.header(HeaderId::MaxForwards) else {
        let added = call.notes.get::<Added>();
        return added.map_or(Verdict(-2), |Added(value)| Verdict::of(*value < limit));
    };
    let lowered = call.edits.replacement(field.value());
    if let Some(value) = lowered.and_then(|digits| stdx::number::parse_i64(digits)) {
        return Verdict::of(value < limit);
    }
    match hops_of(&call.message) {
        Ok(hops) => Verdict::of(i64::from(hops) < limit),
        Err(_) => Verdict(-3),
    }
}
