//! Parameters and parts of URIs.

use crate::rewrite;
use module_api::{Call, Literal, PvarRef, Text, Value, Verdict, script_function};
use sip::Uri;

/// Whether the Request-URI has the parameter `name` without a value, or with `value` if that is given.
///
/// ```cfg
/// $ru = "sip:a@example.org;lr;x=1";
/// if (uri_param("lr") && uri_param("x", "1")) xinfo("both\n");   # log: both
/// ```
#[script_function(uri_param, routes = REQUEST | FAILURE | BRANCH)]
fn uri_param(call: &mut Call, name: Text, value: Option<Text>) -> Verdict {
    let wanted = value.unwrap_or_default();
    let uri = Uri::parse(call.request_uri()).ok();
    Verdict::of(
        uri.and_then(|uri| uri.param(&name))
            .is_some_and(|given| wanted == *given),
    )
}

/// Whether the Request-URI has the parameter `name`, with or without a value.
///
/// ```cfg
/// $ru = "sip:a@example.org;x=1";
/// if (uri_param_any("x")) xinfo("there\n");   # log: there
/// ```
#[script_function(uri_param_any, routes = REQUEST | FAILURE | BRANCH)]
fn uri_param_any(call: &mut Call, name: Text) -> Verdict {
    Verdict::of(Uri::parse(call.request_uri()).is_ok_and(|uri| uri.has_param(&name)))
}

/// Removes the parameter `name` from the Request-URI. True also when it has none.
///
/// ```cfg
/// $ru = "sip:a@example.org;x=1;y";
/// uri_param_rm("x");
/// xinfo("$ru\n");   # log: sip:a@example.org;y
/// ```
#[script_function(uri_param_rm, routes = REQUEST | FAILURE | BRANCH)]
fn uri_param_rm(call: &mut Call, name: Text) -> Verdict {
    let changed = match Uri::parse(call.request_uri()) {
        Ok(uri) => rewrite::without_param(&uri, &name),
        Err(_) => return Verdict::FALSE,
    };
    if let Some(uri) = changed {
        call.set_request_uri(uri);
    }
    Verdict::TRUE
}

/// Appends the parameter `param`, written `name=value`, to the Request-URI.
///
/// ```cfg
/// $ru = "sip:a@example.org";
/// add_uri_param("nat=yes");
/// xinfo("$ru\n");   # log: sip:a@example.org;nat=yes
/// ```
#[script_function(add_uri_param, routes = REQUEST)]
fn add_uri_param(call: &mut Call, param: Literal) -> Verdict {
    if param.0.is_empty() {
        return Verdict::TRUE;
    }
    match Uri::parse(call.request_uri()).map(|uri| rewrite::with_param(&uri, &param.0)) {
        Ok(uri) => {
            call.set_request_uri(uri);
            Verdict::TRUE
        }
        Err(_) => Verdict::FALSE,
    }
}

/// Puts the value of the parameter `name` of the Request-URI into `result`.
///
/// Kamailio 5.6.3 finds none where the URI has `user=phone`.
///
/// ```cfg
/// $ru = "sip:a@example.org;x=1";
/// get_uri_param("x", "$var(x)");
/// xinfo("$var(x)\n");   # log: 1
/// ```
#[script_function(get_uri_param, routes = REQUEST | LOCAL)]
fn get_uri_param(call: &mut Call, name: Literal, result: PvarRef) -> Verdict {
    let value = Uri::parse(call.request_uri())
        .ok()
        .and_then(|uri| uri.param(&name.0))
        .map(Text::from);
    match value {
        Some(value) => Verdict::of(result.set(call, value).is_ok()),
        None => Verdict::FALSE,
    }
}

/// Gives the URI in a variable the user that is in another, without a password.
///
/// ```cfg
/// $var(uri) = "sip:user@host";
/// $var(user) = "alice";
/// set_uri_user("$var(uri)", "$var(user)");
/// xinfo("$var(uri)\n");   # log: sip:alice@host
/// ```
#[script_function(set_uri_user, routes = ANY)]
fn set_uri_user(call: &mut Call, uri: PvarRef, user: PvarRef) -> Verdict {
    let user = user.get(call);
    if user.is_null() {
        return Verdict::FALSE;
    }
    change(call, &uri, user, rewrite::with_user)
}

/// Gives the URI in a variable the host that is in another.
///
/// ```cfg
/// $var(uri) = "sip:user@host:5070";
/// $var(host) = "example.org";
/// set_uri_host("$var(uri)", "$var(host)");
/// xinfo("$var(uri)\n");   # log: sip:user@example.org:5070
/// ```
#[script_function(set_uri_host, routes = ANY)]
fn set_uri_host(call: &mut Call, uri: PvarRef, host: PvarRef) -> Verdict {
    match host.get(call).into_text() {
        host if host.is_empty() => Verdict::FALSE,
        host => change(call, &uri, Value::Str(host), rewrite::with_host),
    }
}

fn change(
    call: &mut Call,
    place: &PvarRef,
    part: Value,
    rewrite: impl Fn(&Uri<'_>, &[u8]) -> Text,
) -> Verdict {
    let text = place.get(call).into_text();
    match Uri::parse(&text) {
        Ok(uri) => Verdict::of(place.set(call, rewrite(&uri, &part.into_text())).is_ok()),
        Err(_) => {
            call.error(format_args!("`{text}` is no URI"));
            Verdict::FALSE
        }
    }
}

/// Turns a `tel` URI into a SIP URI at `host`, into `result`.
///
/// The return code is 2, and `result` stays as it is, when `uri` is no `tel` URI. Variables without a value make it false.
///
/// ```cfg
/// tel2sip("tel:+(34)-999-888", "example.org", "$var(uri)");
/// xinfo("$var(uri)\n");   # log: sip:+34999888@example.org;user=phone
/// ```
#[script_function(tel2sip, routes = REQUEST | FAILURE | BRANCH | REPLY)]
fn tel2sip(call: &mut Call, uri: Value, host: Value, result: PvarRef) -> Verdict {
    put_sip(call, uri, host, &result, rewrite::tel_to_sip)
}

/// Turns a `tel` URI into a SIP URI at `host`, into `result`, as `tel2sip` does, with its parameters in the order of RFC 3966.
///
/// A `phone-context` that is a domain is left out; one that is a number loses its visual separators.
///
/// ```cfg
/// tel2sip2("tel:0-99;x=1;phone-context=+3-4;EXT=7", "example.org", "$var(uri)");
/// xinfo("$var(uri)\n");   # log: sip:099;ext=7;phone-context=+34;x=1@example.org;user=phone
/// ```
#[script_function(tel2sip2, routes = REQUEST | FAILURE | BRANCH | REPLY)]
fn tel2sip2(call: &mut Call, uri: Value, host: Value, result: PvarRef) -> Verdict {
    put_sip(call, uri, host, &result, rewrite::tel_to_ordered_sip)
}

fn put_sip(
    call: &mut Call,
    uri: Value,
    host: Value,
    result: &PvarRef,
    rewrite: impl Fn(&Uri<'_>, &[u8]) -> Option<Text>,
) -> Verdict {
    if uri.is_null() || host.is_null() {
        return Verdict::FALSE;
    }
    let (uri, host) = (uri.to_text(), host.to_text());
    match Uri::parse(&uri).ok().and_then(|uri| rewrite(&uri, &host)) {
        Some(sip) => Verdict::of(result.set(call, sip).is_ok()),
        None => Verdict(2),
    }
}
