//! Script functions.

use crate::pvars::LocalReply;
use crate::{Jsonrpcs, document};
use module_api::{Call, Step, Text, Verdict, script_function};

/// Carries out the request in the body of the HTTP request at hand and answers it.
///
/// ```cfg
/// if (is_http()) jsonrpc_dispatch();
/// ```
#[script_function(jsonrpc_dispatch, routes = REQUEST, answers, waits)]
fn jsonrpc_dispatch(jsonrpcs: &Jsonrpcs, call: &mut Call) -> Step {
    if !call.message.is_http() {
        call.error(format_args!(
            "jsonrpc_dispatch: the message is no HTTP request"
        ));
        return Verdict::FALSE.into();
    }
    let answer = document::answer(&call.runtime, call.message.body(), jsonrpcs.style);
    answer.step(call, "an RPC command", |call, answer| {
        // The codes of JSON-RPC itself are negative.
        let status = match answer.code {
            code @ 100..1000 => code,
            _ => 400,
        };
        let content_type = b"application/json";
        mod_xhttp::reply::send(call, status, &answer.text, content_type, &answer.body);
        Verdict::TRUE
    })
}

/// Carries out the JSON-RPC request `cmd`; `$jsonrpl(body)` has the answer, `$jsonrpl(code)` and `$jsonrpl(text)` how it went.
///
/// ```cfg
/// jsonrpc_exec('{"jsonrpc":"2.0","method":"jsonrpc.echo","params":[1],"id":1}');
/// xinfo("$jsonrpl(code) $jsonrpl(text)\n");   # log: 200 OK
/// ```
#[script_function(jsonrpc_exec, routes = ANY, waits)]
fn jsonrpc_exec(jsonrpcs: &Jsonrpcs, call: &mut Call, cmd: Text) -> Step {
    let answer = document::answer(&call.runtime, &cmd, jsonrpcs.style);
    answer.step(call, "an RPC command", |call, answer| {
        let is_understood = answer.code > 0;
        call.notes.set(LocalReply(answer));
        is_understood
    })
}
