//! Asking what a message or a text is.

use crate::{Siputils, date, number};
use module_api::{
    Authenticated, Call, Literal, PvarRef, Text, Value, Verdict, relay, script_function,
};
use sip::compare::{same_aor, same_uri};
use sip::{HeaderId, Scheme, Uri};
use std::cmp::Ordering;

/// How these functions say no (observed on 5.6.3).
const NO: Verdict = Verdict(-2);

/// How they say that a date is too old (observed on 5.6.3).
const OUTDATED: Verdict = Verdict(-4);

fn or_no(truth: bool) -> Verdict {
    if truth { Verdict::TRUE } else { NO }
}

/// Whether To has a tag: the request belongs to a dialog.
///
/// ```cfg
/// if (!has_totag()) xinfo("a new one\n");
/// ```
#[script_function(has_totag, routes = ANY)]
fn has_totag(call: &mut Call) -> Verdict {
    Verdict::of(call.message.to_tag().is_some())
}

/// Whether the message is a request.
///
/// ```cfg
/// if (is_request()) xinfo("a request\n");   # log: a request
/// ```
#[script_function(is_request, routes = ANY)]
fn is_request(call: &mut Call) -> Verdict {
    Verdict::of(call.message.is_request())
}

/// Whether the message is a response.
///
/// ```cfg
/// if (!is_reply()) xinfo("a request\n");   # log: a request
/// ```
#[script_function(is_reply, routes = ANY)]
fn is_reply(call: &mut Call) -> Verdict {
    Verdict::of(!call.message.is_request())
}

/// Whether the message is SIP.
///
/// ```cfg
/// if (is_sip()) xinfo("SIP\n");   # log: SIP
/// ```
#[script_function(is_sip, routes = ANY)]
fn is_sip(call: &mut Call) -> Verdict {
    Verdict::of(!call.message.is_http())
}

/// Whether the message is HTTP that came to a SIP port.
///
/// ```cfg
/// if (is_http()) drop;
/// ```
#[script_function(is_http, routes = ANY)]
fn is_http(call: &mut Call) -> Verdict {
    Verdict::of(call.message.is_http())
}

/// Whether every line of the header section is a header field.
///
/// ```cfg
/// if (!sip_parse_headers()) drop;
/// ```
#[script_function(sip_parse_headers, routes = ANY)]
fn sip_parse_headers(call: &mut Call) -> Verdict {
    Verdict::of(!call.message.has(HeaderId::Malformed))
}

/// Whether the sender's Supported lists `option`: `path`, `100rel`, `timer`, `gruu`, `outbound` and the like.
///
/// ```cfg
/// if (is_supported("path")) xinfo("Path may be added\n");
/// ```
#[script_function(is_supported, routes = ANY)]
fn is_supported(call: &mut Call, option: Literal) -> Verdict {
    Verdict::of(call.message.lists(HeaderId::Supported, &option.0))
}

/// Whether we are the first to get the message from its sender, as far as Via and Record-Route tell.
///
/// A request has one Via then. In a response the top Record-Route, if there is any, is ours, and it does not come from
/// one of our own addresses; with `mode` 1 where it comes from does not matter.
///
/// ```cfg
/// if (is_first_hop()) xinfo("straight from the sender\n");
/// ```
#[script_function(is_first_hop, routes = ANY)]
fn is_first_hop(call: &mut Call, mode: Option<i64>) -> Verdict {
    let message = &call.message;
    if message.is_request() {
        return Verdict::of(message.vias().nth(1).is_none());
    }
    // A response within a call has none (observed on 5.6.3).
    let Some(route) = message.record_routes().next() else {
        return Verdict::TRUE;
    };
    let Ok(route) = route else {
        return Verdict::FALSE;
    };
    let Ok(uri) = route.parse_uri(message.buffer()) else {
        return Verdict::FALSE;
    };
    let sockets = &call.runtime.sockets;
    if !sockets.are_meant_by(&uri) {
        return Verdict::FALSE;
    }
    if mode == Some(1) {
        return Verdict::TRUE;
    }
    let source = relay::address_text(call.reception.peer.ip());
    let is_loop = sockets.is_myself(&source, 0, None);
    Verdict::of(uri.host_address().is_some() && !is_loop)
}

/// Whether the authenticated user is `username`.
///
/// ```cfg
/// if (is_user("alice")) xinfo("it is Alice\n");
/// ```
#[script_function(is_user, routes = REQUEST | LOCAL)]
fn is_user(call: &mut Call, username: Text) -> Verdict {
    let Some(known) = call.notes.get::<Authenticated>() else {
        call.error(format_args!(
            "is_user needs a request that was authenticated"
        ));
        return Verdict::FALSE;
    };
    let user = known
        .username
        .split(|byte| *byte == b'@')
        .next()
        .unwrap_or_default();
    Verdict::of(username == *user)
}

/// Whether the Date header field is no older than `seconds`; -4 when it is, -1 when there is none that can be read.
///
/// ```cfg
/// if (is_method("REGISTER") && !hdr_date_check("10")) sl_send_reply("403", "Outdated");
/// ```
#[script_function(hdr_date_check, routes = ANY)]
fn hdr_date_check(call: &mut Call, seconds: i64) -> Verdict {
    let Some(value) = call.message.value_of(HeaderId::Date) else {
        call.error(format_args!("there is no Date header field"));
        return Verdict::FALSE;
    };
    match date::parse(value) {
        Some(date) if date.saturating_add(seconds) >= call.unix_time.as_secs() as i64 => {
            Verdict::TRUE
        }
        Some(_) => OUTDATED,
        None => Verdict::FALSE,
    }
}

/// Whether a variable holds an E.164 number: `+` and digits.
///
/// ```cfg
/// $var(number) = "+4930123";
/// if (is_e164("$var(number)")) xinfo("a number\n");   # log: a number
/// ```
#[script_function(is_e164, routes = REQUEST | FAILURE | LOCAL)]
fn is_e164(siputils: &Siputils, call: &mut Call, number: PvarRef) -> Verdict {
    match number.get(call) {
        Value::Null => Verdict::FALSE,
        value => Verdict::of(siputils.is_e164(&value.into_text())),
    }
}

/// Whether the user of the URI in a variable is an E.164 number.
///
/// A user with a password or parameters behind it is none, nor is what a `tel` URI has (observed on 5.6.3).
///
/// ```cfg
/// $var(uri) = "sip:+4930123@example.org";
/// if (is_uri_user_e164("$var(uri)")) xinfo("a number\n");   # log: a number
/// ```
#[script_function(is_uri_user_e164, routes = ANY)]
fn is_uri_user_e164(siputils: &Siputils, call: &mut Call, uri: PvarRef) -> Verdict {
    let uri = uri.get(call).into_text();
    let user = Uri::parse(&uri)
        .ok()
        .filter(|uri| {
            uri.password().is_none() && !matches!(uri.scheme(), Scheme::Tel | Scheme::Tels)
        })
        .and_then(|uri| uri.user());
    Verdict::of(user.is_some_and(|user| siputils.is_e164(user)))
}

/// Whether a text is a URI of the schemes `sip`, `sips`, `tel` and `urn`.
///
/// ```cfg
/// $var(uri) = "sip:alice@example.org";
/// if (is_uri("$var(uri)")) xinfo("a URI\n");   # log: a URI
/// ```
#[script_function(is_uri, routes = ANY)]
fn is_uri(_call: &mut Call, text: Text) -> Verdict {
    use sip::Scheme::{Sip, Sips, Tel, Urn};
    let uri = Uri::parse(&text);
    Verdict::of(uri.is_ok_and(|uri| matches!(uri.scheme(), Sip | Sips | Tel | Urn)))
}

/// Whether a text is a telephone number: digits, with an optional `+` in front.
///
/// ```cfg
/// if (is_tel_number("+4930123")) xinfo("a number\n");   # log: a number
/// ```
#[script_function(is_tel_number, routes = ANY)]
fn is_tel_number(_call: &mut Call, text: Text) -> Verdict {
    or_no(number::is_telephone_number(&text))
}

/// Whether a text is digits.
///
/// ```cfg
/// if (is_numeric("123")) xinfo("digits\n");   # log: digits
/// ```
#[script_function(is_numeric, routes = ANY)]
fn is_numeric(_call: &mut Call, text: Text) -> Verdict {
    or_no(number::is_digits(&text))
}

/// Whether a text is ASCII letters and digits; with the return code -3 when it has other characters.
///
/// ```cfg
/// if (is_alphanum("abc123")) xinfo("plain\n");   # log: plain
/// ```
#[script_function(is_alphanum, routes = ANY)]
fn is_alphanum(_call: &mut Call, text: Text) -> Verdict {
    is_plain(&text, b"")
}

/// Whether a text is ASCII letters, digits and the characters of `others`.
///
/// ```cfg
/// if (is_alphanumex("+49-30", "+-")) xinfo("plain\n");   # log: plain
/// ```
#[script_function(is_alphanumex, routes = ANY)]
fn is_alphanumex(_call: &mut Call, text: Text, others: Text) -> Verdict {
    is_plain(&text, &others)
}

/// An empty text and one with other characters are told apart (observed on 5.6.3).
fn is_plain(text: &[u8], others: &[u8]) -> Verdict {
    match number::is_alphanumeric_or(text, others) {
        false if !text.is_empty() => Verdict(-3),
        is_plain => or_no(is_plain),
    }
}

/// Whether two URIs are the same; -2 when one of them is none.
///
/// ```cfg
/// if (cmp_uri("sip:a@example.org", "sip:a@EXAMPLE.org")) xinfo("the same\n");   # log: the same
/// ```
#[script_function(cmp_uri, routes = ANY)]
fn cmp_uri(_call: &mut Call, first: Text, second: Text) -> Verdict {
    match (Uri::parse(&first), Uri::parse(&second)) {
        (Ok(first), Ok(second)) => Verdict::of(same_uri(&first, &second)),
        _ => NO,
    }
}

/// Whether two URIs are of the same address of record: user, host and port; -2 when one of them is none.
///
/// ```cfg
/// if (cmp_aor("sip:a@example.org;x=1", "sip:a@example.org")) xinfo("the same\n");   # log: the same
/// ```
#[script_function(cmp_aor, routes = ANY)]
fn cmp_aor(_call: &mut Call, first: Text, second: Text) -> Verdict {
    match (Uri::parse(&first), Uri::parse(&second)) {
        (Ok(first), Ok(second)) => Verdict::of(same_aor(&first, &second)),
        _ => NO,
    }
}

/// Whether two texts name the same header field, in any case; a compact form is the same as its full name.
///
/// The return code is -2 when neither is a name that we know and the first one comes earlier.
///
/// ```cfg
/// if (cmp_hdr_name("f", "From")) xinfo("the same\n");   # log: the same
/// ```
#[script_function(cmp_hdr_name, routes = ANY)]
fn cmp_hdr_name(_call: &mut Call, first: Text, second: Text) -> Verdict {
    if first.is_empty() || second.is_empty() {
        return NO;
    }
    match (HeaderId::from_name(&first), HeaderId::from_name(&second)) {
        (HeaderId::Other, HeaderId::Other) => {
            let lower = |text: &Text| text.to_ascii_lowercase();
            match lower(&first).cmp(&lower(&second)) {
                Ordering::Equal => Verdict::TRUE,
                Ordering::Less => NO,
                Ordering::Greater => Verdict::FALSE,
            }
        }
        (one, other) => Verdict::of(one == other),
    }
}

/// Whether a URI, that of the request if none is given, is a GRUU: 1 a public, 2 a temporary one.
///
/// ```cfg
/// if (is_gruu("sip:a@example.org;gr=1")) xinfo("of a device\n");   # log: of a device
/// ```
#[script_function(is_gruu, routes = ANY)]
fn is_gruu(call: &mut Call, uri: Option<Text>) -> Verdict {
    let text = uri.unwrap_or_else(|| Text::from(call.request_uri()));
    match Uri::parse(&text).ok().and_then(|uri| uri.param(b"gr")) {
        Some([]) => Verdict(2),
        Some(_) => Verdict::TRUE,
        None => Verdict::FALSE,
    }
}
