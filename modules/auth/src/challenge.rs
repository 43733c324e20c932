//! Challenges: what a 401 or 407 carries.

use crate::Auth;
use crate::check::WantedAlgorithms;
use module_api::{Call, Step, Text, Verdict};
use sip::digest::{Algorithm, Challenge};
use sip::{HeaderId, Method};
use std::sync::atomic::Ordering;

/// Who asks: this server as a user agent, or as a proxy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChallengeKind {
    /// 401, WWW-Authenticate, Authorization.
    UserAgent,
    /// 407, Proxy-Authenticate, Proxy-Authorization.
    Proxy,
}

impl ChallengeKind {
    /// The kind that fits the request: a registrar asks as a user agent.
    pub fn fitting(call: &Call) -> ChallengeKind {
        match call.message.method() {
            Method::Register => ChallengeKind::UserAgent,
            _ => ChallengeKind::Proxy,
        }
    }

    /// The header field with the credentials that answer it.
    pub fn credentials(self) -> HeaderId {
        match self {
            ChallengeKind::UserAgent => HeaderId::Authorization,
            ChallengeKind::Proxy => HeaderId::ProxyAuthorization,
        }
    }

    fn status(self) -> (i64, &'static [u8]) {
        match self {
            ChallengeKind::UserAgent => (401, b"Unauthorized"),
            ChallengeKind::Proxy => (407, b"Proxy Authentication Required"),
        }
    }
}

/// The protection on offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Qop {
    /// None: the form of RFC 2069.
    None,
    /// `auth`
    Auth,
    /// `auth-int`: the body is protected, too.
    AuthInt,
}

/// What a challenge says, apart from its nonce.
#[derive(Clone, Copy)]
pub struct Offer<'a> {
    /// Who asks.
    pub kind: ChallengeKind,
    /// Which secret is asked for.
    pub realm: &'a [u8],
    /// The protection on offer.
    pub qop: Qop,
    /// Whether only the nonce was too old.
    pub stale: bool,
}

impl Qop {
    /// By the flags of `www_challenge()`: 1 `auth`, 2 `auth-int`.
    pub fn from_challenge_flags(flags: i64) -> Qop {
        match (flags & 2 != 0, flags & 1 != 0) {
            (true, _) => Qop::AuthInt,
            (_, true) => Qop::Auth,
            _ => Qop::None,
        }
    }

    fn text(self) -> Option<&'static [u8]> {
        match self {
            Qop::None => None,
            Qop::Auth => Some(b"auth"),
            Qop::AuthInt => Some(b"auth-int"),
        }
    }
}

/// Flag of `www_challenge()`: a failure is not answered with 500.
const KEEPS_QUIET: i64 = 4;
/// Flag of `www_challenge()`: only the nonce was too old.
pub const STALE: i64 = 16;

impl Auth {
    /// The header lines of a challenge: one for each algorithm, the preferred first (RFC 8760 §2.4).
    pub(crate) fn header(
        &self,
        call: &Call,
        offer: Offer<'_>,
        algorithms: &[Algorithm],
    ) -> Vec<u8> {
        let wanted = match (algorithms, call.notes.get::<WantedAlgorithms>()) {
            ([], Some(wanted)) => wanted.0.as_slice(),
            ([], None) => self.algorithms.as_slice(),
            (algorithms, _) => algorithms,
        };
        if offer.qop == Qop::AuthInt {
            self.offers_auth_int.store(true, Ordering::Relaxed);
        }
        let mut nonce = Vec::with_capacity(64);
        self.nonces.write(call, &mut nonce);
        let mut out = Vec::with_capacity(192);
        let mut challenge = Challenge {
            realm: self.realm(offer.realm),
            nonce: &nonce,
            qop: offer.qop.text(),
            stale: offer.stale,
            ..Challenge::default()
        };
        let mut line = |challenge: &Challenge<'_>| {
            out.extend_from_slice(match offer.kind {
                ChallengeKind::UserAgent => &self.params.www_challenge_header,
                ChallengeKind::Proxy => &self.params.proxy_challenge_header,
            });
            out.extend_from_slice(b": ");
            challenge.write(&mut out);
            out.extend_from_slice(b"\r\n");
        };
        if wanted.is_empty() {
            line(&challenge);
        }
        for algorithm in wanted {
            challenge.algorithm = Some(algorithm.name().as_bytes());
            line(&challenge);
        }
        out
    }

    /// Answers the request with a challenge; the verdict is -1 when that cannot be.
    pub(crate) fn challenge(
        &self,
        call: &mut Call,
        kind: ChallengeKind,
        realm: &[u8],
        flags: i64,
        algorithms: &[Algorithm],
    ) -> Step {
        if realm.is_empty() {
            call.error(format_args!("a challenge needs a realm"));
            return self.fail(call, flags);
        }
        let offer = Offer {
            kind,
            realm,
            qop: Qop::from_challenge_flags(flags),
            stale: flags & STALE != 0,
        };
        let header = self.header(call, offer, algorithms);
        call.response_extras.headers.extend_from_slice(&header);
        let (code, reason) = kind.status();
        self.respond(call, code, reason)
    }

    /// Answers with 500 where the script does not want to do that itself.
    pub(crate) fn fail(&self, call: &mut Call, flags: i64) -> Step {
        if flags & KEEPS_QUIET != 0 {
            return Verdict::FALSE.into();
        }
        match self.respond(call, 500, b"Internal Server Error") {
            Step::Done(_) => Verdict::FALSE.into(),
            waiting => waiting,
        }
    }

    fn respond(&self, call: &mut Call, code: i64, reason: &[u8]) -> Step {
        let Some(sl) = self.sl.get() else {
            return Verdict::FALSE.into();
        };
        match self.params.force_stateless_reply {
            true => sl.respond_stateless(call, code, reason),
            false => sl.respond(call, code, reason),
        }
    }

    /// Leaves a challenge in the AVP that the parameter names, whole with its header name, for the script to use.
    pub(crate) fn keep_challenge(&self, call: &mut Call, offer: Offer<'_>) {
        let name = &self.params.challenge_attr;
        let name = match name.first() {
            Some(b'$') => name.slice(1..),
            _ => name.clone(),
        };
        let header = Text::from(self.header(call, offer, &[]));
        let avps = &mut call.attributes.avps;
        avps.push(module_api::AvpName::Text(name), header.into());
    }
}
