//! Script functions.

use crate::Diversion;
use module_api::{Call, Text, Verdict, script_function};
use sip::{Content, Span};

const NAME: &[u8] = b"Diversion: ";

/// Adds a Diversion header field above the others: the call was diverted from `uri` for this `reason`.
///
/// Without `uri` it is the Request-URI as received.
///
/// ```cfg
/// add_diversion("user-busy");
/// ```
#[script_function(add_diversion, routes = REQUEST | FAILURE | BRANCH)]
fn add_diversion(
    diversion: &Diversion,
    call: &mut Call,
    reason: Text,
    uri: Option<Text>,
) -> Verdict {
    let uri = match uri {
        Some(uri) => uri,
        None => Text::from(call.message.request_uri()),
    };
    let breaks = |text: &Text| text.iter().any(|byte| matches!(byte, b'\r' | b'\n'));
    if breaks(&uri) || breaks(&reason) {
        call.error(format_args!("a Diversion cannot hold this text"));
        return Verdict::FALSE;
    }
    let suffix = &diversion.params.suffix;
    let line = [NAME, b"<", &uri, b">;reason=", &reason, suffix, b"\r\n"].concat();
    let Call { message, edits, .. } = call;
    let at = match message.headers_named(b"Diversion").next() {
        Some(first) => first.whole().start,
        None => message.headers_end(),
    };
    // Of insertions at one place the first recorded comes out first, and the newest diversion must, before whatever else is
    // appended (observed on 5.6.3).
    let is_here = |removed: Span| removed == Span::point(at);
    let earlier: Vec<Content> = edits
        .iter()
        .filter(|edit| is_here(edit.removed))
        .map(|edit| edit.content.clone())
        .collect();
    edits.discard(|edit| is_here(edit.removed));
    edits.insert(at, line);
    for content in earlier {
        edits.insert(at, content);
    }
    Verdict::TRUE
}
