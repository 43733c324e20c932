//! Script functions.

use crate::AuthEphemeral;
use crate::secrets::{is_same, parts, password};
use mod_auth::{ChallengeKind, Refusal, Secret, Started};
use module_api::{Authenticated, Call, Text, Verdict, script_function};
use sip::Uri;

/// Whether the time in a name has not come yet.
fn is_current(module: &AuthEphemeral, call: &Call, username: &[u8]) -> bool {
    parts(username, module.params.username_format)
        .is_some_and(|(expires_at, _)| expires_at >= call.unix_time.as_secs())
}

fn authenticate(
    module: &AuthEphemeral,
    call: &mut Call,
    kind: ChallengeKind,
    realm: &[u8],
    method: Option<Text>,
) -> Verdict {
    let Some(auth) = module.auth.get() else {
        call.error(format_args!("module auth is not loaded"));
        return Verdict::FALSE;
    };
    if realm.is_empty() {
        call.error(format_args!(
            "auth_ephemeral: credentials are checked for a realm"
        ));
        return Verdict::FALSE;
    }
    let begun = match auth.begin(call, kind.credentials(), realm) {
        Ok(Started::Credentials(begun)) => begun,
        Ok(Started::Exempt) => return Verdict::TRUE,
        Err(refusal) => return refusal.verdict(),
    };
    let username = Text::from(begun.credentials(call).username.unwrap_or_default());
    if !is_current(module, call, &username) {
        return Verdict::FALSE;
    }
    let mut refusal = Refusal::WrongPassword;
    for shared in module.secrets.all() {
        let made = password(module.params.sha_algorithm, &shared, &username);
        let secret = Secret::Password(made.as_bytes());
        match auth.finish(call, begun, secret, method.as_deref()) {
            Ok(()) => return Verdict::TRUE,
            Err(reason) => refusal = reason,
        }
    }
    refusal.verdict()
}

/// Checks the credentials in Authorization for `realm`. The `method` is that of the request unless given.
///
/// ```cfg
/// if (!autheph_www("$fd")) {
///     www_challenge("$fd", "1");
///     exit;
/// }
/// ```
#[script_function(autheph_www, routes = REQUEST)]
fn autheph_www(
    module: &AuthEphemeral,
    call: &mut Call,
    realm: Text,
    method: Option<Text>,
) -> Verdict {
    authenticate(module, call, ChallengeKind::UserAgent, &realm, method)
}

/// Checks the credentials in Proxy-Authorization for `realm`.
///
/// ```cfg
/// if (!autheph_proxy("$fd")) {
///     proxy_challenge("$fd", "1");
///     exit;
/// }
/// ```
#[script_function(autheph_proxy, routes = REQUEST)]
fn autheph_proxy(module: &AuthEphemeral, call: &mut Call, realm: Text) -> Verdict {
    authenticate(module, call, ChallengeKind::Proxy, &realm, None)
}

/// Checks a REGISTER as `autheph_www()` does, any other request as `autheph_proxy()` does.
///
/// ```cfg
/// if (!autheph_check("$fd")) {
///     auth_challenge("$fd", "1");
///     exit;
/// }
/// ```
#[script_function(autheph_check, routes = REQUEST)]
fn autheph_check(module: &AuthEphemeral, call: &mut Call, realm: Text) -> Verdict {
    let kind = ChallengeKind::fitting(call);
    authenticate(module, call, kind, &realm, None)
}

/// Checks a name and a password that came by another way than a header field with credentials.
///
/// ```cfg
/// if (!autheph_authenticate("1234567890:alice", "bm8=")) xinfo("refused\n");   # log: refused
/// ```
#[script_function(autheph_authenticate, routes = REQUEST)]
fn autheph_authenticate(
    module: &AuthEphemeral,
    call: &mut Call,
    username: Text,
    password: Text,
) -> Verdict {
    if !is_current(module, call, &username) {
        return Verdict::FALSE;
    }
    let algorithm = module.params.sha_algorithm;
    let secrets = module.secrets.all();
    let is_made_by = |secret: &[u8]| {
        let made = crate::secrets::password(algorithm, secret, &username);
        is_same(made.as_bytes(), &password)
    };
    Verdict::of(secrets.iter().any(|shared| is_made_by(shared)))
}

/// Whether a URI's user, and its domain where the name has one, are those of a name.
fn is_of(
    module: &AuthEphemeral,
    call: &mut Call,
    uri: Option<&[u8]>,
    username: Option<Text>,
) -> bool {
    let proven = call.notes.get::<Authenticated>();
    let Some(username) = username.or_else(|| proven.map(|proven| proven.username.clone())) else {
        return false;
    };
    let Some((_, user)) = parts(&username, module.params.username_format) else {
        return false;
    };
    let Some(Ok(uri)) = uri.map(Uri::parse) else {
        return false;
    };
    let mut wanted = user.splitn(2, |byte| *byte == b'@');
    let (user, domain) = (wanted.next().unwrap_or_default(), wanted.next());
    uri.user().unwrap_or_default() == user
        && domain.is_none_or(|domain| uri.host().eq_ignore_ascii_case(domain))
}

/// True when the user of From is that of `username`, or of the credentials that were found good.
///
/// ```cfg
/// if (!autheph_check_from("1234567890:carol")) xinfo("somebody else\n");   # log: somebody else
/// ```
#[script_function(autheph_check_from, routes = REQUEST)]
fn autheph_check_from(module: &AuthEphemeral, call: &mut Call, username: Option<Text>) -> Verdict {
    let message = call.message.clone();
    let uri = message.from().ok().map(|from| message.text(from.uri));
    Verdict::of(is_of(module, call, uri, username))
}

/// True when the user of To is that of `username`, or of the credentials that were found good.
///
/// ```cfg
/// if (!autheph_check_to("1234567890:carol")) xinfo("somebody else\n");   # log: somebody else
/// ```
#[script_function(autheph_check_to, routes = REQUEST)]
fn autheph_check_to(module: &AuthEphemeral, call: &mut Call, username: Option<Text>) -> Verdict {
    let message = call.message.clone();
    let uri = message.to().ok().map(|to| message.text(to.uri));
    Verdict::of(is_of(module, call, uri, username))
}

/// True when the time in `username` has not come yet.
///
/// ```cfg
/// if (!autheph_check_timestamp("1:alice")) xinfo("expired\n");   # log: expired
/// ```
#[script_function(autheph_check_timestamp, routes = REQUEST)]
fn autheph_check_timestamp(module: &AuthEphemeral, call: &mut Call, username: Text) -> Verdict {
    Verdict::of(is_current(module, call, &username))
}
