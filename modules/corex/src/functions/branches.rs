//! Branches.

use module_api::{Call, Text, Verdict, script_function};

/// Adds a branch to `uri`, or to the Request-URI, with the priority `q`.
///
/// It takes next hop, path, socket and flags over from branch 0. Without a `uri` the next hop moves to the branch: `$du` is
/// empty afterwards. False when `q` is not 0 to 1, and when there are as many branches as there may be (`max_branches`).
///
/// ```cfg
/// append_branch("sip:bob@127.0.0.1:5080", "0.5");
/// xinfo("$(branch(uri)[0])\n");   # log: sip:bob@127.0.0.1:5080
/// ```
#[script_function(append_branch, routes = REQUEST | FAILURE)]
fn append_branch(call: &mut Call, uri: Option<Text>, q: Option<Text>) -> Verdict {
    let q = match q.filter(|q| !q.is_empty()) {
        None => None,
        Some(text) => match sip::Q::parse(&text) {
            Some(q) => Some(q.thousandths()),
            None => {
                call.error(format_args!(
                    "append_branch: `{text}` is no priority from 0 to 1"
                ));
                return Verdict::FALSE;
            }
        },
    };
    // Branch 0 counts.
    if call.branches.list.len() as i64 + 1 >= call.runtime.settings.max_branches {
        call.error(format_args!(
            "append_branch: there are as many branches as there may be (max_branches)"
        ));
        return Verdict::FALSE;
    }
    let mut target = call.target.clone();
    target.q = q;
    match uri.filter(|uri| !uri.is_empty()) {
        Some(uri) => target.uri = Some(uri),
        None => {
            target.uri = Some(Text::from(call.request_uri()));
            call.target.destination_uri = None;
        }
    }
    call.branches.list.push(Box::new(target));
    Verdict::TRUE
}
