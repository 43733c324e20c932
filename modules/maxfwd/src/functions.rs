//! Script functions.

use crate::Maxfwd;
use module_api::{Call, Verdict, script_function};
use sip::{FieldError, HeaderId, Message};

/// A note: the value of the Max-Forwards that was added.
struct Added(i64);

/// Lowers Max-Forwards by one, or adds it with `initial` when the request has none.
///
/// Returns 1 when it was lowered, 2 when it was added, -1 when it is 0 already, -2 when it cannot be read. An `initial` that is not
/// in 0 to 255 is refused with -1.
///
/// ```cfg
/// if (!mf_process_maxfwd_header("10")) {
///     sl_send_reply("483", "Too Many Hops");
///     exit;
/// }
/// ```
#[script_function(mf_process_maxfwd_header, aliases(maxfwd_process, process_maxfwd), routes = REQUEST)]
fn process(maxfwd: &Maxfwd, call: &mut Call, initial: i64) -> Verdict {
    if !is_in_range(call, initial) {
        return Verdict::FALSE;
    }
    let limit = maxfwd.params.max_limit.get();
    let message = call.message.clone();
    let Some(field) = message.header(HeaderId::MaxForwards) else {
        call.edits.append_header(
            &message,
            format!("Max-Forwards: {initial}\r\n").into_bytes(),
        );
        call.notes.set(Added(initial));
        return Verdict(2);
    };
    match hops_to_leave(call) {
        Ok(0) => Verdict::FALSE,
        Ok(hops) => {
            let value = (hops - 1).min(limit);
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

/// Whether a number can be one of hops, which are one octet.
fn is_in_range(call: &mut Call, number: i64) -> bool {
    let is_in_range = (0..=255).contains(&number);
    if !is_in_range {
        call.error(format_args!("{number} is not in 0 to 255"));
    }
    is_in_range
}

/// What Max-Forwards will say as it leaves: what the script has lowered it to, else what was received.
fn hops_to_leave(call: &Call) -> Result<i64, FieldError> {
    let field = call.message.header(HeaderId::MaxForwards);
    let lowered = field.and_then(|field| call.edits.replacement(field.value()));
    match lowered.and_then(|digits| stdx::number::parse_i64(digits)) {
        Some(hops) => Ok(hops),
        None => hops_of(&call.message).map(i64::from),
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
/// cannot be read. A `limit` that is not in 0 to 255 is refused with -1.
///
/// ```cfg
/// if (is_maxfwd_lt("1")) {
///     sl_send_reply("483", "Too Many Hops");
///     exit;
/// }
/// ```
#[script_function(is_maxfwd_lt, aliases(maxfwd_at_least, mf_lowlimit), routes = REQUEST | FAILURE | BRANCH)]
fn is_below(call: &mut Call, limit: i64) -> Verdict {
    if !is_in_range(call, limit) {
        return Verdict::FALSE;
    }
    if call.message.header(HeaderId::MaxForwards).is_none() {
        let added = call.notes.get::<Added>();
        return added.map_or(Verdict(-2), |Added(value)| Verdict::of(*value < limit));
    }
    match hops_to_leave(call) {
        Ok(hops) => Verdict::of(hops < limit),
        Err(_) => Verdict(-3),
    }
}
