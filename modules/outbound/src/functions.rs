//! Script functions.

use crate::{FlowError, Outbound};
use module_api::{Call, Verdict, script_function};

/// Whether the user of the first Route is a flow token of ours: 1 if so, -1 if it is none, -2 if it is forged.
///
/// ```cfg
/// if (!check_flow_token()) xinfo("no flow\n");   # log: no flow
/// ```
#[script_function(check_flow_token, routes = REQUEST)]
fn check_flow_token(outbound: &Outbound, call: &mut Call) -> Verdict {
    let message = &call.message;
    let Some(Ok(route)) = message.routes().next() else {
        return Verdict::FALSE;
    };
    let uri = route.parse_uri(message.buffer()).ok();
    match uri
        .and_then(|uri| uri.user())
        .map(|user| outbound.flow(user))
    {
        Some(Ok(_)) => Verdict::TRUE,
        Some(Err(FlowError::Tampered)) => Verdict(-2),
        Some(Err(FlowError::NotAToken)) | None => Verdict::FALSE,
    }
}
