//! Script functions.

use crate::reply;
use module_api::{Call, Text, Verdict, script_function};

/// Answers the HTTP request at hand.
///
/// A content type that is empty leaves that header out.
///
/// ```cfg
/// if (is_http()) xhttp_reply("200", "OK", "text/html", "<html>$hu</html>");
/// ```
#[script_function(xhttp_reply, routes = REQUEST, answers)]
fn xhttp_reply(
    call: &mut Call,
    code: i64,
    reason: Text,
    content_type: Text,
    body: Text,
) -> Verdict {
    if !call.message.is_http() {
        call.error(format_args!("xhttp_reply: the message is no HTTP request"));
        return Verdict::FALSE;
    }
    if !(100..1000).contains(&code) {
        call.error(format_args!("xhttp_reply: {code} is no status"));
        return Verdict::FALSE;
    }
    reply::send(call, code, &reason, &content_type, &body);
    Verdict::TRUE
}
