//! Script functions.

use crate::Sst;
use crate::timer::Wish;
use module_api::{Call, Literal, Step, Verdict, script_function};

/// Whether the session that the message asks for is too short. With `send_reply_flag` 1 the request is refused with a 422 then.
///
/// ```cfg
/// if (!sstCheckMin("1")) xinfo("long enough\n");   # log: long enough
/// ```
#[script_function(sstCheckMin, routes = REQUEST | REPLY, waits)]
fn sst_check_min(sst: &Sst, call: &mut Call, send_reply_flag: Literal) -> Step {
    let least = sst.least();
    if !Wish::of(&call.message).is_below(least) {
        return Verdict::FALSE.into();
    }
    if &*send_reply_flag.0 == b"0" || !call.message.is_request() {
        return Verdict::TRUE.into();
    }
    sst.refuse(call, least)
}
