//! The Request-URI and its parts.

use crate::arguments::Fixed;
use module_api::{Call, Text, Unrecorded, script_function};
use sip::rewrite;
use sip::{Scheme, Uri};

/// Replaces the Request-URI by what `make` makes of it.
fn change<E: std::fmt::Display>(
    call: &mut Call,
    make: impl FnOnce(&Uri<'_>) -> Result<Vec<u8>, E>,
) -> Unrecorded {
    let old = Text::from(call.request_uri());
    let new = match Uri::parse(&old) {
        Ok(uri) => make(&uri).map_err(|error| error.to_string()),
        Err(error) => Err(error.to_string()),
    };
    match new {
        Ok(new) => {
            call.set_request_uri(new);
            Unrecorded::TRUE
        }
        Err(error) => {
            call.error(format_args!(
                "the Request-URI `{old}` cannot be changed: {error}"
            ));
            Unrecorded::of(false)
        }
    }
}

/// Replaces the whole Request-URI.
///
/// ```cfg
/// rewriteuri("sip:new@example.org");
/// if (uri == "sip:new@example.org") log(1, "changed\n");   # log: changed
/// ```
#[script_function(rewriteuri, aliases(seturi), routes = ANY)]
fn rewriteuri(call: &mut Call, uri: Fixed) -> Unrecorded {
    call.set_request_uri(uri.0);
    Unrecorded::TRUE
}

/// Replaces the host of the Request-URI; port and parameters stay.
///
/// ```cfg
/// rewritehost("example.org");
/// if (uri =~ "@example.org") log(1, "changed\n");   # log: changed
/// ```
#[script_function(rewritehost, aliases(sethost, seth), routes = ANY)]
fn rewritehost(call: &mut Call, host: Fixed) -> Unrecorded {
    change(call, |uri| rewrite::with_host(uri, &host.0))
}

/// Replaces host and port of the Request-URI.
///
/// ```cfg
/// rewritehostport("example.org:5070");
/// if (uri =~ "@example.org:5070") log(1, "changed\n");   # log: changed
/// ```
#[script_function(rewritehostport, aliases(sethostport, sethp), routes = ANY)]
fn rewritehostport(call: &mut Call, host_port: Fixed) -> Unrecorded {
    change(call, |uri| rewrite::with_host_port(uri, &host_port.0))
}

/// Replaces host, port and transport of the Request-URI.
///
/// ```cfg
/// rewritehostporttrans("example.org:5070;transport=tcp");
/// if (uri =~ "transport=tcp") log(1, "changed\n");   # log: changed
/// ```
#[script_function(rewritehostporttrans, aliases(sethostporttrans, sethpt), routes = ANY)]
fn rewritehostporttrans(call: &mut Call, target: Fixed) -> Unrecorded {
    change(call, |uri| {
        rewrite::with_host_port_transport(uri, &target.0)
    })
}

/// Replaces the user of the Request-URI.
///
/// ```cfg
/// rewriteuser("bob");
/// if (uri =~ "^sip:bob@") log(1, "changed\n");   # log: changed
/// ```
#[script_function(rewriteuser, aliases(setuser, setu), routes = ANY)]
fn rewriteuser(call: &mut Call, user: Fixed) -> Unrecorded {
    change(call, |uri| rewrite::with_user(uri, Some(&user.0)))
}

/// Replaces user and password of the Request-URI.
///
/// ```cfg
/// rewriteuserpass("bob:secret");
/// if (uri =~ "^sip:bob:secret@") log(1, "changed\n");   # log: changed
/// ```
#[script_function(rewriteuserpass, aliases(setuserpass, setup), routes = ANY)]
fn rewriteuserpass(call: &mut Call, user: Fixed) -> Unrecorded {
    change(call, |uri| {
        let mut out = uri.scheme_name().to_vec();
        out.push(b':');
        out.extend_from_slice(&user.0);
        out.push(b'@');
        out.extend_from_slice(after_user(uri));
        Ok::<_, rewrite::RewriteError>(out)
    })
}

/// Host and what follows.
fn after_user<'a>(uri: &Uri<'a>) -> &'a [u8] {
    let rest = uri.after_scheme();
    match uri.user() {
        Some(user) => {
            let skip = user.len() + uri.password().map_or(0, |password| password.len() + 1) + 1;
            rest.get(skip..).unwrap_or_default()
        }
        None => rest,
    }
}

/// Replaces the port of the Request-URI.
///
/// ```cfg
/// rewriteport("5090");
/// if (uri =~ ":5090") log(1, "changed\n");   # log: changed
/// ```
#[script_function(rewriteport, aliases(setport, setp), routes = ANY)]
fn rewriteport(call: &mut Call, port: Fixed) -> Unrecorded {
    change(call, |uri| rewrite::with_port(uri, Some(&port.0)))
}

/// Makes the Request-URI what it was when it arrived.
///
/// ```cfg
/// rewriteuser("bob");
/// revert_uri();
/// if (uri =~ "^sip:alice@") log(1, "as before\n");   # log: as before
/// ```
#[script_function(revert_uri, routes = ANY)]
fn revert_uri(call: &mut Call) -> Unrecorded {
    // Observed on 5.6.3: where nothing was changed, the branch is no new one.
    if call.target.uri.take().is_some() {
        call.target_is_new = true;
    }
    Unrecorded::TRUE
}

/// Puts a text before the user of the Request-URI.
///
/// ```cfg
/// prefix("00");
/// if (uri =~ "^sip:00alice@") log(1, "changed\n");   # log: changed
/// ```
#[script_function(prefix, routes = ANY)]
fn prefix(call: &mut Call, text: Fixed) -> Unrecorded {
    change(call, |uri| {
        let user = Text::concat(&[&text.0, uri.user().unwrap_or_default()]);
        rewrite::with_user(uri, Some(&user))
    })
}

/// Takes `count` characters from the beginning of the Request-URI's user.
///
/// ```cfg
/// strip(2);
/// if (uri =~ "^sip:ice@") log(1, "changed\n");   # log: changed
/// ```
#[script_function(strip, routes = ANY)]
fn strip(call: &mut Call, count: i64) -> Unrecorded {
    let count = usize::try_from(count).unwrap_or(0);
    change(call, |uri| {
        let user = uri.user().unwrap_or_default();
        rewrite::with_user(uri, user.get(count..))
    })
}

/// Takes `count` characters from the end of the Request-URI's user.
///
/// ```cfg
/// strip_tail(2);
/// if (uri =~ "^sip:ali@") log(1, "changed\n");   # log: changed
/// ```
#[script_function(strip_tail, routes = ANY)]
fn strip_tail(call: &mut Call, count: i64) -> Unrecorded {
    let count = usize::try_from(count).unwrap_or(0);
    change(call, |uri| {
        let user = uri.user().unwrap_or_default();
        let left = user
            .len()
            .checked_sub(count)
            .and_then(|length| user.get(..length));
        rewrite::with_user(uri, left)
    })
}

/// Adds `user=phone` to the Request-URI.
///
/// ```cfg
/// userphone();
/// if (uri =~ ";user=phone") log(1, "changed\n");   # log: changed
/// ```
#[script_function(userphone, routes = ANY)]
fn userphone(call: &mut Call) -> Unrecorded {
    change(call, |uri| {
        let text = uri.text();
        let is_there = uri
            .param(b"user")
            .is_some_and(|value| value.eq_ignore_ascii_case(b"phone"));
        if is_there || !matches!(uri.scheme(), Scheme::Sip | Scheme::Sips) {
            return Ok::<_, rewrite::RewriteError>(text.to_vec());
        }
        let headers = uri.headers_text().map_or(0, |headers| headers.len() + 1);
        let (head, tail) = text.split_at(text.len().saturating_sub(headers));
        Ok([head, b";user=phone", tail].concat())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_follows_the_user_begins_with_the_host() {
        for (uri, rest) in [("sip:a:b@h:1;x", "h:1;x"), ("sip:a@h", "h"), ("sip:h", "h")] {
            assert_eq!(
                after_user(&Uri::parse(uri.as_bytes()).unwrap()),
                rest.as_bytes()
            );
        }
    }
}
