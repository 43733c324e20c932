//! Substitutions.

use crate::area::{Area, place_in};
use crate::header_name::{HeaderName, Which};
use crate::pattern::substitution;
use crate::substitution::Substitution;
use module_api::{Call, PvarRef, Text, Verdict, script_function};
use sip::Span;
use stdx::ere::EmptyMatch;

/// Replaces what matches in header fields and body: `/pattern/replacement/flags`.
///
/// The replacement may hold `\1` to `\9` (groups), `\0` (all), `\u` (the Request-URI) and variables. Flags: `i` without
/// regard to case, `g` all matches, `s` the text is one line.
///
/// ```cfg
/// subst("/^(Subject): (.*)$/\1: [$fU] \2/i");
/// ```
#[script_function(subst, routes = ANY)]
fn subst(call: &mut Call, substitution: Substitution) -> Verdict {
    let area = Area::HeadersAndBody.span(&call.message);
    let changed = substitute_in(call, &substitution, area);
    verdict(call, changed)
}

/// Replaces what matches in the body: `/pattern/replacement/flags`.
///
/// ```cfg
/// subst_body("/^o=[^ ]* /o=$fU /");
/// ```
#[script_function(subst_body, routes = ANY)]
fn subst_body(call: &mut Call, substitution: Substitution) -> Verdict {
    let area = call.message.body_span();
    let changed = substitute_in(call, &substitution, area);
    verdict(call, changed)
}

/// Replaces what matches in the values of a header field.
///
/// `flags` tells which: `a` all of that name, `f` the first, `l` the last.
///
/// ```cfg
/// subst_hf("Subject", "/hello/goodbye/i", "a");
/// ```
#[script_function(subst_hf, routes = ANY)]
fn subst_hf(
    call: &mut Call,
    header: HeaderName,
    substitution: Substitution,
    flags: Which,
) -> Verdict {
    let message = call.message.clone();
    let mut is_changed = false;
    for field in flags.of(&header, &message) {
        match substitute_in(call, &substitution, field.value()) {
            Ok(changed) => is_changed |= changed,
            Err(error) => return verdict(call, Err(error)),
        }
    }
    Verdict::of(is_changed)
}

/// Replaces what matches in the Request-URI.
///
/// ```cfg
/// $ru = "sip:123@example.org";
/// subst_uri("/^sip:([0-9]+)@(.*)$/sip:+49\1@\2;from=\1/");
/// xinfo("$ru\n");   # log: sip:+49123@example.org;from=123
/// ```
#[script_function(subst_uri, routes = REQUEST | FAILURE | BRANCH | REPLY)]
fn subst_uri(call: &mut Call, substitution: Substitution) -> Verdict {
    let uri = Text::from(call.request_uri());
    match substitution.apply(call, &uri) {
        Ok(Some(changed)) => {
            call.set_request_uri(changed);
            Verdict::TRUE
        }
        Ok(None) => Verdict::FALSE,
        Err(error) => verdict(call, Err(error)),
    }
}

/// Replaces what matches in the user of the Request-URI; an empty one goes, with its password.
///
/// ```cfg
/// $ru = "sip:123@example.org";
/// subst_user("/^([0-9]+)$/+49\1/");
/// xinfo("$ru\n");   # log: sip:+49123@example.org
/// ```
#[script_function(subst_user, routes = REQUEST | FAILURE | BRANCH | REPLY)]
fn subst_user(call: &mut Call, substitution: Substitution) -> Verdict {
    let text = Text::from(call.request_uri());
    let Ok(uri) = sip::Uri::parse(&text) else {
        return Verdict::FALSE;
    };
    let user = uri.user();
    match substitution.apply(call, user.unwrap_or_default()) {
        Ok(Some(changed)) => {
            if changed.is_empty() {
                return without_user(call, &uri);
            }
            let scheme = uri.scheme_name();
            let rest = uri.after_scheme();
            let (rest, separator): (_, &[u8]) = match user {
                Some(user) => (rest.get(user.len()..).unwrap_or_default(), b""),
                None => (rest, b"@"),
            };
            let uri = Text::concat(&[scheme, b":", &changed, separator, rest]);
            call.set_request_uri(uri);
            Verdict::TRUE
        }
        Ok(None) => Verdict::FALSE,
        Err(error) => verdict(call, Err(error)),
    }
}

fn without_user(call: &mut Call, uri: &sip::Uri<'_>) -> Verdict {
    match sip::rewrite::with_user(uri, None) {
        Ok(uri) => {
            call.set_request_uri(uri);
            Verdict::TRUE
        }
        Err(_) => Verdict::FALSE,
    }
}

/// Puts `text` with what matches replaced into `result`; the substitution is made when the function is called.
///
/// False, with `result` as it was, when nothing matches.
///
/// ```cfg
/// $var(from) = "b";
/// subst_v("abc", "/$var(from)/X/", "$var(to)");
/// xinfo("$var(to)\n");   # log: aXc
/// ```
#[script_function(subst_v, routes = ANY)]
fn subst_v(call: &mut Call, text: Text, expression: Text, result: PvarRef) -> Verdict {
    let Some(subst) = substitution(call, &expression) else {
        return Verdict::FALSE;
    };
    let mut out = Vec::new();
    match subst.apply(&text, &mut out, |(), _| {}) {
        Ok(0) => Verdict::FALSE,
        Ok(_) => Verdict::of(result.set(call, out).is_ok()),
        Err(error) => verdict(call, Err(error)),
    }
}

fn substitute_in(
    call: &mut Call,
    substitution: &Substitution,
    area: Span,
) -> Result<bool, EmptyMatch> {
    let message = call.message.clone();
    let edits = substitution.edits(call, message.text(area))?;
    let is_changed = !edits.is_empty();
    for (range, replacement) in edits {
        call.edits
            .replace_beside(place_in(area, &range), replacement);
    }
    Ok(is_changed)
}

fn verdict(call: &mut Call, changed: Result<bool, EmptyMatch>) -> Verdict {
    match changed {
        Ok(is_changed) => Verdict::of(is_changed),
        Err(error) => {
            call.error(format_args!("{error}"));
            Verdict::FALSE
        }
    }
}
