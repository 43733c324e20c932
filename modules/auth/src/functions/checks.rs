//! Checking credentials against what the script knows.

use super::Given;
use crate::Auth;
use crate::challenge::{ChallengeKind, Offer, Qop, STALE};
use crate::check::{Begun, Refusal, Secret, Started};
use crate::identity::{IdentityCheck, check_identity};
use module_api::{Call, Text, Verdict, script_function};
use sip::HeaderId;

/// Flag of the checks: the secret is a hash, not a password.
const IS_HA1: i64 = 1;
/// Flags of the checks: a challenge is left in an AVP.
const KEEP_PLAIN: i64 = 2;
const KEEP_AUTH: i64 = 4;
const KEEP_AUTH_INT: i64 = 8;
/// Flag of the checks: what fails does not use up the count of its nonce.
const SPARE_COUNT: i64 = 32;

/// Takes the credentials that were found good out of the request that is sent on.
///
/// ```cfg
/// if (pv_proxy_authenticate("$fd", "secret", "0")) consume_credentials();
/// ```
#[script_function(consume_credentials, routes = REQUEST)]
fn consume_credentials(auth: &Auth, call: &mut Call) -> Verdict {
    let has_consumed = auth.consume(call);
    if !has_consumed {
        call.log(
            module_api::LogLevel::Debug,
            format_args!("no credentials were found good that could be consumed"),
        );
    }
    Verdict::of(has_consumed)
}

/// True when the request has credentials for `realm`, in Authorization or Proxy-Authorization.
///
/// ```cfg
/// if (!has_credentials("example.org")) xinfo("who are you?\n");   # log: who are you?
/// ```
#[script_function(has_credentials, routes = REQUEST)]
fn has_credentials(auth: &Auth, call: &mut Call, realm: Text) -> Verdict {
    let has = |id| auth.find(call, id, &realm).is_ok();
    Verdict::of(has(HeaderId::Authorization) || has(HeaderId::ProxyAuthorization))
}

/// What a check is about.
struct Check {
    kind: ChallengeKind,
    realm: Text,
    password: Text,
    flags: i64,
    method: Option<Text>,
}

/// The credentials that were found good; none where none are asked for.
fn check(auth: &Auth, call: &mut Call, check: &Check) -> Result<Option<Begun>, Refusal> {
    if check.realm.is_empty() {
        call.error(format_args!(
            "credentials are checked for a realm, none is given"
        ));
        return Err(Refusal::Malformed);
    }
    if check.password.is_empty() {
        call.error(format_args!(
            "credentials are checked against a password, none is given"
        ));
        return Err(Refusal::Malformed);
    }
    let secret = match check.flags & IS_HA1 {
        0 => Secret::Password(&check.password),
        _ => Secret::Ha1(&check.password),
    };
    let started = auth.begin(call, check.kind.credentials(), &check.realm);
    let result = match started {
        Ok(Started::Exempt) => Ok(None),
        Ok(Started::Credentials(begun)) => {
            let method = check.method.as_deref();
            let finished = auth.finish(call, begun, secret, method);
            if finished.is_err() && check.flags & SPARE_COUNT != 0 {
                auth.give_back(call, begun);
            }
            finished.map(|()| Some(begun))
        }
        Err(refusal) => Err(refusal),
    };
    if result.is_err() && check.flags & (KEEP_PLAIN | KEEP_AUTH | KEEP_AUTH_INT) != 0 {
        let offer = Offer {
            kind: check.kind,
            realm: &check.realm,
            qop: match check.flags {
                flags if flags & KEEP_AUTH_INT != 0 => Qop::AuthInt,
                flags if flags & KEEP_AUTH != 0 => Qop::Auth,
                _ => Qop::None,
            },
            stale: check.flags & STALE != 0,
        };
        auth.keep_challenge(call, offer);
    }
    result
}

fn verdict(result: Result<Option<Begun>, Refusal>) -> Verdict {
    match result {
        Ok(_) => Verdict::TRUE,
        Err(refusal) => refusal.verdict(),
    }
}

/// Checks the credentials in Authorization for `realm` against a password.
///
/// The `flags` are a sum: 1 means that `password` is the hash of user, realm and password; 2, 4 and 8 leave a challenge
/// without `qop`, with `auth` or with `auth-int` in `$avp(digest_challenge)` when the check fails, and 16 says in it that
/// only the nonce was too old; with 32 a failure does not use up the count of the nonce (`nonce_count`). The `method` is that of the request
/// unless given.
///
/// ```cfg
/// if (!pv_www_authenticate("example.org", "secret", "0")) xinfo("code $rc\n");   # log: code -5
/// ```
#[script_function(pv_www_authenticate, aliases(pv_www_authorize), routes = REQUEST)]
fn pv_www_authenticate(
    auth: &Auth,
    call: &mut Call,
    realm: Given,
    password: Given,
    flags: i64,
    method: Option<Text>,
) -> Verdict {
    let kind = ChallengeKind::UserAgent;
    let wanted = Check {
        kind,
        realm: realm.0,
        password: password.0,
        flags,
        method,
    };
    verdict(check(auth, call, &wanted))
}

/// Checks the credentials in Proxy-Authorization for `realm` against a password.
///
/// The arguments are those of `pv_www_authenticate()`.
///
/// ```cfg
/// if (!pv_proxy_authenticate("$fd", "secret", "0")) {
///     proxy_challenge("$fd", "1");
///     exit;
/// }
/// ```
#[script_function(pv_proxy_authenticate, aliases(pv_proxy_authorize), routes = REQUEST)]
fn pv_proxy_authenticate(
    auth: &Auth,
    call: &mut Call,
    realm: Given,
    password: Given,
    flags: i64,
) -> Verdict {
    let wanted = Check {
        kind: ChallengeKind::Proxy,
        realm: realm.0,
        password: password.0,
        flags,
        method: None,
    };
    verdict(check(auth, call, &wanted))
}

/// Checks a REGISTER as `pv_www_authenticate()` does, any other request as `pv_proxy_authenticate()` does; with 1 in
/// `checks`, also that the credentials' user is the one that the request speaks for.
///
/// That is the user of From; for REGISTER and PUBLISH that of To as well, for a REGISTER in the domain of From, and for PUBLISH
/// that of the Request-URI. When it
/// is another, the return code is -8.
///
/// ```cfg
/// if (!pv_auth_check("$fd", "secret", "0", "1")) {
///     auth_challenge("$fd", "1");
///     exit;
/// }
/// ```
#[script_function(pv_auth_check, routes = REQUEST)]
fn pv_auth_check(
    auth: &Auth,
    call: &mut Call,
    realm: Given,
    password: Given,
    flags: i64,
    checks: i64,
) -> Verdict {
    let kind = ChallengeKind::fitting(call);
    let wanted = Check {
        kind,
        realm: realm.0,
        password: password.0,
        flags,
        method: None,
    };
    let begun = match check(auth, call, &wanted) {
        Ok(Some(begun)) => begun,
        Ok(None) => return Verdict::TRUE,
        Err(refusal) => return refusal.verdict(),
    };
    if checks & 1 == 0 {
        return Verdict::TRUE;
    }
    // Whichever of several were good: they are all of this user.
    let credentials = begun.credentials(call);
    let identity = IdentityCheck {
        spares_anonymous: false,
        with_domain: auth.params.use_domain,
    };
    match check_identity(call, credentials.user(), credentials.domain(), identity) {
        true => Verdict::TRUE,
        false => Refusal::OtherUser.verdict(),
    }
}
