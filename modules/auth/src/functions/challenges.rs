//! Asking for credentials.

use super::Given;
use crate::Auth;
use crate::challenge::{ChallengeKind, Offer, Qop, STALE};
use crate::check::WantedAlgorithms;
use crate::params::parse_algorithms;
use module_api::{Call, PvarRef, Step, Text, Verdict, script_function};

fn ask(
    auth: &Auth,
    call: &mut Call,
    kind: ChallengeKind,
    (realm, flags, algorithms): (Text, i64, Option<Text>),
) -> Step {
    match parse_algorithms(&algorithms.unwrap_or_default()) {
        Ok(algorithms) => auth.challenge(call, kind, &realm, flags, &algorithms),
        Err(name) => {
            call.error(format_args!("there is no algorithm `{name}`"));
            auth.fail(call, flags)
        }
    }
}

/// Answers with 401 and a challenge for `realm`.
///
/// The `flags` are a sum: 1 offers `qop=auth`, 2 `qop=auth-int`, 16 says that only the nonce was too old; with 4 nothing
/// is answered when the challenge cannot be made. With `algorithms`, names between commas, there is a challenge for each,
/// the preferred first.
///
/// ```cfg
/// if (!pv_www_authenticate("$td", "secret", "0")) {
///     www_challenge("$td", "1");
///     exit;
/// }
/// ```
#[script_function(www_challenge, routes = REQUEST | FAILURE | REPLY, waits, challenges)]
fn www_challenge(
    auth: &Auth,
    call: &mut Call,
    realm: Given,
    flags: i64,
    algorithms: Option<Text>,
) -> Step {
    ask(
        auth,
        call,
        ChallengeKind::UserAgent,
        (realm.0, flags, algorithms),
    )
}

/// Answers with 407 and a challenge for `realm`. The arguments are those of `www_challenge()`.
///
/// ```cfg
/// if (!pv_proxy_authenticate("$fd", "secret", "0")) {
///     proxy_challenge("$fd", "1");
///     exit;
/// }
/// ```
#[script_function(proxy_challenge, routes = REQUEST | FAILURE | REPLY, waits, challenges)]
fn proxy_challenge(
    auth: &Auth,
    call: &mut Call,
    realm: Given,
    flags: i64,
    algorithms: Option<Text>,
) -> Step {
    ask(
        auth,
        call,
        ChallengeKind::Proxy,
        (realm.0, flags, algorithms),
    )
}

/// Answers a REGISTER as `www_challenge()` does, any other request as `proxy_challenge()` does.
///
/// ```cfg
/// if (!pv_auth_check("$fd", "secret", "0", "1")) {
///     auth_challenge("$fd", "1");
///     exit;
/// }
/// ```
#[script_function(auth_challenge, routes = REQUEST | FAILURE | REPLY, waits, challenges)]
fn auth_challenge(
    auth: &Auth,
    call: &mut Call,
    realm: Given,
    flags: i64,
    algorithms: Option<Text>,
) -> Step {
    let kind = ChallengeKind::fitting(call);
    ask(auth, call, kind, (realm.0, flags, algorithms))
}

/// Puts the header line with a challenge for `realm` into the variable `destination`.
///
/// The `flags` are those of `www_challenge()`.
///
/// ```cfg
/// if (auth_get_www_authenticate("$fd", "1", "$var(header)")) append_to_reply("$var(header)");
/// ```
#[script_function(auth_get_www_authenticate, routes = REQUEST)]
fn auth_get_www_authenticate(
    auth: &Auth,
    call: &mut Call,
    realm: Given,
    flags: i64,
    destination: PvarRef,
) -> Verdict {
    let realm = realm.0;
    if realm.is_empty() {
        call.error(format_args!("a challenge needs a realm"));
        return Verdict::FALSE;
    }
    let offer = Offer {
        kind: ChallengeKind::UserAgent,
        realm: &realm,
        qop: Qop::from_challenge_flags(flags),
        stale: flags & STALE != 0,
    };
    let header = Text::from(auth.header(call, offer, &[]));
    Verdict::of(destination.set(call, header).is_ok())
}

/// Has this request challenged and checked with `algorithm`, whatever the parameter of that name says.
///
/// Several names between commas make several challenges, of which the client may answer any. An empty text asks for MD5
/// without naming it.
///
/// ```cfg
/// auth_algorithm("SHA-256");
/// if (!pv_www_authenticate("$td", "secret", "0")) www_challenge("$td", "1");
/// ```
#[script_function(auth_algorithm, routes = REQUEST)]
fn auth_algorithm(_auth: &Auth, call: &mut Call, algorithm: Text) -> Verdict {
    match parse_algorithms(&algorithm) {
        Ok(algorithms) => {
            call.notes.set(WantedAlgorithms(algorithms));
            Verdict::TRUE
        }
        Err(name) => {
            call.error(format_args!("there is no algorithm `{name}`"));
            Verdict::FALSE
        }
    }
}
