//! Requests of our own, and answers to challenges.

use crate::credentials::{self, Challenged, Credential};
use crate::request::OwnRequest;
use crate::{Uac, sending};
use mod_tm::view;
use module_api::{Call, Text, Value, Verdict, script_function};

/// Sends the request that `$uac_req(…)` describes. Without `furi` or `turi`, From or To has the Request-URI.
///
/// With `$uac_req(auser)` and `$uac_req(apasswd)` a challenge is answered. With `$uac_req(evroute)`,
/// `event_route[uac:reply]` is run for the final response.
///
/// ```cfg
/// $uac_req(method) = "OPTIONS";
/// $uac_req(ruri) = "sip:127.0.0.1:5090";
/// $uac_req(furi) = "sip:server@example.org";
/// uac_req_send();
/// xinfo("$uac_req(method) $uac_req(evroute)\n");   # log: OPTIONS 0
/// ```
#[script_function(uac_req_send, routes = ANY)]
fn uac_req_send(call: &mut Call) -> Verdict {
    let request = call.notes.get::<OwnRequest>().cloned().unwrap_or_default();
    let runtime = call.runtime.clone();
    let Some(uac) = runtime.module::<Uac>() else {
        return Verdict::FALSE;
    };
    let is_sent = sending::send(&uac, &runtime, request);
    if !is_sent {
        call.error(format_args!(
            "uac_req_send: `method` and `ruri` make no request"
        ));
    }
    Verdict::of(is_sent)
}

/// Answers the challenge of the response in a failure route: puts credentials into the request, which `t_relay()` then
/// sends as a new branch.
///
/// The credentials are those of the variables `auth_username_avp`, `auth_realm_avp` and `auth_password_avp`, else those of the
/// parameter `credential`. With `mode` 1 the password is HA1. The CSeq stays what it was, unless the module dialog tracks it
/// (`track_cseq_updates`).
///
/// ```cfg
/// if (is_method("INVITE")) t_on_failure("AUTH");
/// ```
#[script_function(uac_auth, routes = REQUEST | FAILURE | BRANCH_FAILURE | EVENT)]
fn uac_auth(uac: &Uac, call: &mut Call, mode: Option<i64>) -> Verdict {
    Verdict::of(authenticate(uac, call, mode.unwrap_or(0)).is_some())
}

/// Answers the challenge of the response in a failure route, as `uac_auth()` does.
///
/// ```cfg
/// if (is_method("INVITE")) t_on_failure("AUTH");
/// ```
#[script_function(uac_auth_mode, routes = REQUEST | FAILURE | BRANCH_FAILURE | EVENT)]
fn uac_auth_mode(uac: &Uac, call: &mut Call, mode: i64) -> Verdict {
    Verdict::of(authenticate(uac, call, mode).is_some())
}

fn authenticate(uac: &Uac, call: &mut Call, mode: i64) -> Option<()> {
    let reply = view::reply(call)?;
    let Some((response, _)) = reply.message.filter(|_| matches!(reply.status, 401 | 407)) else {
        call.error(format_args!("uac_auth: there is no challenge to answer"));
        return None;
    };
    let target = view::target(call).unwrap_or_else(|| call.target.clone());
    let uri = match &target.uri {
        Some(uri) => uri.clone(),
        None => Text::from(call.message.request_uri()),
    };
    let credentials = known(uac, call, mode & 1 != 0);
    let message = call.message.clone();
    let challenged = Challenged {
        method: message.method_name(),
        uri: &uri,
        body: message.body(),
    };
    let cnonce = format!("{:016x}", call.random());
    let Some(line) = credentials::answer(&response, &credentials, challenged, cnonce.as_bytes())
    else {
        call.error(format_args!(
            "uac_auth: there are no credentials for the realm"
        ));
        return None;
    };
    call.edits.append_header(&message, line);
    if let Some(dialogs) = uac.dialogs.get() {
        dialogs.raise_number(call, &response);
    }
    // The request goes to where the challenge came from, once more.
    call.target = target;
    call.set_request_uri(uri);
    Some(())
}

/// What challenges are answered with: first what the script has put into variables.
fn known(uac: &Uac, call: &mut Call, is_ha1: bool) -> Vec<Credential> {
    let mut known = Vec::new();
    if let Some(variables) = uac.variables.get()
        && let (Some(username), Some(realm), Some(password)) =
            (&variables.username, &variables.realm, &variables.password)
    {
        let text = |value: Value| value.into_text();
        let username = text(username.get(call));
        if !username.is_empty() {
            known.push(Credential {
                username,
                realm: text(realm.get(call)),
                password: text(password.get(call)),
                is_ha1,
            });
        }
    }
    known.extend(uac.credentials.iter().cloned());
    known
}
