//! Script functions.

use crate::{Xmlrpc, reader, writer};
use module_api::{Answered, Call, Fault, RpcReply, Step, Text, Verdict, script_function};

fn send(call: &mut Call, document: &[u8]) {
    mod_xhttp::reply::send(call, 200, b"OK", b"text/xml", document);
}

fn is_http(call: &mut Call, function: &str) -> bool {
    let is_http = call.message.is_http() && call.message.is_request();
    if !is_http {
        call.error(format_args!("{function}: the message is no HTTP request"));
    }
    is_http
}

/// Carries out the command in the body of the HTTP request at hand and answers the request.
///
/// What goes wrong is told in the answer, whose status always is 200.
///
/// ```cfg
/// if (is_method("POST")) dispatch_rpc();
/// ```
#[script_function(dispatch_rpc, routes = REQUEST, answers, waits)]
fn dispatch_rpc(xmlrpc: &Xmlrpc, call: &mut Call) -> Step {
    if !is_http(call, "dispatch_rpc") {
        return Verdict::FALSE.into();
    }
    let joins_lines = xmlrpc.params.double_lf_to_crlf != 0;
    let escapes_cr = xmlrpc.params.escape_cr != 0;
    let outcome = match reader::read(call.message.body(), joins_lines) {
        Ok(request) => call
            .runtime
            .rpc(request.method.as_bytes(), request.arguments)
            .unwrap_or_else(|| Answered::Now(Err(Fault::new(500, "Method Not Found")))),
        Err(error) => Answered::Now(Err(Fault::new(400, error.to_string()))),
    };
    outcome.step(call, "an RPC command", move |call, outcome| {
        let document = match outcome {
            Ok(reply) => writer::reply(&reply, escapes_cr),
            Err(fault) => writer::fault(&fault, escapes_cr),
        };
        send(call, &document);
        Verdict::TRUE
    })
}

/// Answers the HTTP request at hand: from 300 on with a fault of that code and reason, else with success.
///
/// ```cfg
/// if ($proto != "tls" && is_method("POST")) xmlrpc_reply("403", "over TLS only");
/// ```
#[script_function(xmlrpc_reply, routes = REQUEST, answers)]
fn xmlrpc_reply(xmlrpc: &Xmlrpc, call: &mut Call, code: i64, reason: Text) -> Verdict {
    if !is_http(call, "xmlrpc_reply") {
        return Verdict::FALSE;
    }
    let escapes_cr = xmlrpc.params.escape_cr != 0;
    let document = match u16::try_from(code) {
        Ok(code @ 300..) => writer::fault(&Fault::new(code, reason.to_str_lossy()), escapes_cr),
        Ok(_) => writer::reply(&RpcReply::default(), escapes_cr),
        Err(_) => {
            call.error(format_args!("xmlrpc_reply: {code} is no code"));
            return Verdict::FALSE;
        }
    };
    send(call, &document);
    Verdict::TRUE
}
