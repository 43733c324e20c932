//! Script functions.

use crate::arguments::TableArg;
use crate::subscribers::Column;
use crate::{AuthDb, Parts};
use db::{Answer, Error};
use mod_auth::{Begun, ChallengeKind, IdentityCheck, Refusal, Secret, Started, check_identity};
use module_api::{Call, Step, Text, Verdict, script_function};
use sip::Uri;

/// Flag of `auth_check()`: the credentials' user must be the one that the request speaks for.
const CHECKS_IDENTITY: i64 = 1;
/// Flag of `auth_check()`: not so for requests that may come with an anonymous From.
const SPARES_ANONYMOUS: i64 = 2;
/// Flag of `is_subscriber()`: the domain counts.
const WITH_DOMAIN: i64 = 1;
/// Flag of `is_subscriber()`: nothing is read into AVPs.
const KEEPS_QUIET: i64 = 2;

/// What a check is about.
struct Check {
    kind: ChallengeKind,
    realm: Text,
    table: Text,
    method: Option<Text>,
    flags: i64,
}

/// Finds the credentials, asks for their secret, and goes on when it is there.
fn check(module: &AuthDb, call: &mut Call, mut check: Check) -> Step {
    let Some(parts) = module.parts.get() else {
        return Verdict::FALSE.into();
    };
    if check.realm.is_empty() {
        check.realm = own_realm(call, check.kind);
    }
    let started = parts
        .auth
        .begin(call, check.kind.credentials(), &check.realm);
    let begun = match started {
        Ok(Started::Credentials(begun)) => begun,
        Ok(Started::Exempt) => return Verdict::TRUE.into(),
        Err(refusal) => return refusal.verdict().into(),
    };
    let credentials = begun.credentials(call);
    let (user, domain) = (credentials.user(), credentials.domain());
    let column = match module.params.calculate_ha1 || domain.is_empty() {
        true => Column::First,
        false => Column::Second,
    };
    let realm = credentials.realm.unwrap_or_default();
    let wanted = match (module.params.use_domain, domain.is_empty()) {
        (false, _) => None,
        (true, true) => Some(parts.auth.realm(realm)),
        (true, false) => Some(domain),
    };
    let pending = parts
        .subscribers
        .find(call, &check.table, column, user, wanted);
    Step::answered(
        call,
        "credentials of a subscriber",
        pending,
        move |call, answer| {
            let runtime = call.runtime.clone();
            let Some(module) = runtime.module::<AuthDb>() else {
                return Verdict::FALSE;
            };
            match module
                .parts
                .get()
                .map(|parts| finish(&module, parts, call, &check, begun, answer))
            {
                Some(Ok(())) => Verdict::TRUE,
                Some(Err(refusal)) => refusal.verdict(),
                None => Verdict::FALSE,
            }
        },
    )
}

/// Checks the credentials against the secret that the database has.
fn finish(
    module: &AuthDb,
    parts: &Parts,
    call: &mut Call,
    check: &Check,
    begun: Begun,
    answer: Result<Answer, Error>,
) -> Result<(), Refusal> {
    let answer = answer.map_err(|error| {
        call.error(format_args!("table {}: {error}", check.table));
        Refusal::Malformed
    })?;
    let Some(cell) = answer.rows.cell(0, 0) else {
        return Err(Refusal::UnknownUser);
    };
    let text = cell.to_text().unwrap_or_default();
    let secret = match module.params.calculate_ha1 {
        true => Secret::Password(&text),
        false => Secret::Ha1(&text),
    };
    let result = parts
        .auth
        .finish(call, begun, secret, check.method.as_deref());
    if result.is_ok() || module.params.force_generate_avps {
        parts.subscribers.load(call, &answer.rows);
    }
    result?;
    if check.flags & CHECKS_IDENTITY != 0 {
        let credentials = begun.credentials(call);
        let identity = IdentityCheck {
            spares_anonymous: check.flags & SPARES_ANONYMOUS != 0,
            with_domain: module.params.use_domain,
        };
        if !check_identity(call, credentials.user(), credentials.domain(), identity) {
            return Err(Refusal::OtherUser);
        }
    }
    Ok(())
}

/// The domain that the request speaks for: that of To in a REGISTER, else that of From.
fn own_realm(call: &Call, kind: ChallengeKind) -> Text {
    let party = match kind {
        ChallengeKind::UserAgent => call.message.to(),
        ChallengeKind::Proxy => call.message.from(),
    };
    let uri = party.map(|party| call.message.text(party.uri));
    match uri.map(Uri::parse) {
        Ok(Ok(uri)) => Text::from(uri.host()),
        _ => Text::default(),
    }
}

/// Checks the credentials in Authorization for `realm` against the subscribers in `table`.
///
/// The `method` is that of the request unless given. An empty realm means the domain of To.
///
/// ```cfg
/// if (!www_authenticate("$td", "subscriber")) {
///     www_challenge("$td", "1");
///     exit;
/// }
/// ```
#[script_function(www_authenticate, aliases(www_authorize), routes = REQUEST, waits)]
fn www_authenticate(
    module: &AuthDb,
    call: &mut Call,
    realm: Text,
    table: TableArg,
    method: Option<Text>,
) -> Step {
    let wanted = Check {
        kind: ChallengeKind::UserAgent,
        realm,
        table: table.0,
        method,
        flags: 0,
    };
    check(module, call, wanted)
}

/// Checks the credentials in Proxy-Authorization for `realm` against the subscribers in `table`.
///
/// An empty realm means the domain of From.
///
/// ```cfg
/// if (!proxy_authenticate("$fd", "subscriber")) {
///     proxy_challenge("$fd", "1");
///     exit;
/// }
/// ```
#[script_function(proxy_authenticate, aliases(proxy_authorize), routes = REQUEST, waits)]
fn proxy_authenticate(module: &AuthDb, call: &mut Call, realm: Text, table: TableArg) -> Step {
    let wanted = Check {
        kind: ChallengeKind::Proxy,
        realm,
        table: table.0,
        method: None,
        flags: 0,
    };
    check(module, call, wanted)
}

/// Checks a REGISTER as `www_authenticate()` does, any other request as `proxy_authenticate()` does.
///
/// With 1 in `flags` the credentials' user must be that of From, for REGISTER and PUBLISH that of To as well, for a
/// REGISTER in the domain of From, and for PUBLISH that of the Request-URI; else the return code is -8. With 3 this is
/// not asked of INVITE, BYE, PRACK, UPDATE and MESSAGE, which may come with an anonymous From. With `use_domain` a
/// domain that the credentials name must be that of From and To, too: the user of that name in another domain is
/// somebody else. Unlike those of the functions above, the table is not looked at when the configuration is loaded
/// (observed on 5.6.3).
///
/// ```cfg
/// if (!auth_check("$fd", "subscriber", "1")) {
///     auth_challenge("$fd", "1");
///     exit;
/// }
/// ```
#[script_function(auth_check, routes = REQUEST, waits)]
fn auth_check(module: &AuthDb, call: &mut Call, realm: Text, table: Text, flags: i64) -> Step {
    let kind = ChallengeKind::fitting(call);
    let wanted = Check {
        kind,
        realm,
        table,
        method: None,
        flags,
    };
    check(module, call, wanted)
}

/// True when there is a subscriber for `uri` in `table`. The columns of `load_credentials` are read into AVPs.
///
/// With 1 in `flags` the URI's domain counts, with 2 nothing is read into AVPs. The return code is -2 when there is none
/// and -1 when that cannot be told.
///
/// ```cfg
/// if (!is_subscriber("$fu", "subscriber", "3")) xinfo("a stranger\n");
/// ```
#[script_function(is_subscriber, routes = ANY, waits)]
fn is_subscriber(module: &AuthDb, call: &mut Call, uri: Text, table: Text, flags: i64) -> Step {
    let Some(parts) = module.parts.get() else {
        return Verdict::FALSE.into();
    };
    let Ok(parsed) = Uri::parse(&uri) else {
        call.error(format_args!("is_subscriber: `{uri}` is no URI"));
        return Verdict::FALSE.into();
    };
    let Some(user) = parsed.user().filter(|user| !user.is_empty()) else {
        return Verdict(-2).into();
    };
    let domain = (flags & WITH_DOMAIN != 0).then(|| parsed.host());
    let pending = parts
        .subscribers
        .find(call, &table, Column::None, user, domain);
    Step::answered(call, "a subscriber", pending, move |call, answer| {
        let answer = match answer {
            Ok(answer) => answer,
            Err(error) => {
                call.error(format_args!("is_subscriber: table {}: {error}", table));
                return Verdict::FALSE;
            }
        };
        if answer.rows.is_empty() {
            return Verdict(-2);
        }
        let runtime = call.runtime.clone();
        if flags & KEEPS_QUIET == 0
            && let Some(module) = runtime.module::<AuthDb>()
            && let Some(parts) = module.parts.get()
        {
            parts.subscribers.load(call, &answer.rows);
        }
        Verdict::TRUE
    })
}
