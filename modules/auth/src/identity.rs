//! Whether the user of credentials is the one that the request speaks for.

use module_api::Call;
use sip::{Method, Uri};

/// What is compared with the credentials' user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IdentityCheck {
    /// Leaves out the kinds of requests that may come with an anonymous From: INVITE, BYE, PRACK, UPDATE, MESSAGE.
    pub spares_anonymous: bool,
    /// Domains are compared besides users.
    pub with_domain: bool,
}

/// Whether the user of credentials is that of From, for a REGISTER and a PUBLISH that of To as well, for a PUBLISH that of
/// the Request-URI as well. With an empty `domain` that of credentials is not compared; but who registers does so in the domain
/// of From (as on 5.6.3, which is particular about its case besides).
pub fn check_identity(call: &Call, user: &[u8], domain: &[u8], check: IdentityCheck) -> bool {
    let method = call.message.method();
    let may_be_anonymous = matches!(
        method,
        Method::Invite | Method::Bye | Method::Prack | Method::Update | Method::Message
    );
    if check.spares_anonymous && may_be_anonymous {
        return true;
    }
    let domain = if check.with_domain { domain } else { b"" };
    let message = &call.message;
    let is_user = |uri: &[u8]| {
        Uri::parse(uri).is_ok_and(|uri| {
            uri.user().unwrap_or_default() == user
                && (domain.is_empty() || uri.host().eq_ignore_ascii_case(domain))
        })
    };
    let from = message.from().ok().map(|from| message.text(from.uri));
    let to = message.to().ok().map(|to| message.text(to.uri));
    let is_of_same_domain = || match (from.map(Uri::parse), to.map(Uri::parse)) {
        (Some(Ok(from)), Some(Ok(to))) => from.host().eq_ignore_ascii_case(to.host()),
        _ => false,
    };
    from.is_some_and(is_user)
        && match method {
            Method::Register => to.is_some_and(is_user) && is_of_same_domain(),
            Method::Publish => to.is_some_and(is_user) && is_user(call.request_uri()),
            _ => true,
        }
}
