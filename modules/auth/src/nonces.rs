//! Making nonces and taking them back.

use crate::check::Refusal;
use crate::params::Params;
use crate::track::{Track, Use};
use base64::Engine;
use diagnostics::codes;
use module_api::{Call, Diagnostic, Text};
use sip::Method;
use sip::digest::Credentials;
use sip::digest::nonce::{MessageFacts, Nonce, NonceIndex, NonceKeys, SealedNonce};
use std::net::IpAddr;
use std::sync::Arc;

/// Which facts of a message a nonce is bound to.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Checks(i64);

impl Checks {
    const REQUEST_URI: i64 = 1;
    const CALL_ID: i64 = 2;
    const FROM_TAG: i64 = 4;
    const SOURCE: i64 = 8;
}

/// What makes nonces and knows them again.
pub struct Nonces {
    secret: Text,
    /// Whether the secret is random: it is kept when the configuration is loaded again.
    is_random: bool,
    expire: u32,
    drift: u32,
    register: Checks,
    outside: Checks,
    inside: Checks,
    counts: Option<Arc<Track>>,
    onces: Option<Arc<Track>>,
}

impl Nonces {
    /// As the parameters say; what is remembered of nonces in use is kept from `previous` where its size stays.
    pub fn new(params: &Params, previous: Option<&Nonces>) -> Result<Nonces, Diagnostic> {
        let is_random = params.secret.is_empty();
        let secret = match previous.filter(|previous| previous.is_random) {
            _ if !is_random => params.secret.clone(),
            Some(previous) => previous.secret.clone(),
            None => Text::from(random::<32>()?.as_slice()),
        };
        let first = u32::from_ne_bytes(random::<4>()?);
        let keep =
            |track: Option<&Arc<Track>>, span| track.filter(|track| track.span() == span).cloned();
        let counts = params.nonce_count.then(|| {
            let track = previous.and_then(|previous| previous.counts.as_ref());
            let span = params.counts();
            keep(track, span).unwrap_or_else(|| Arc::new(Track::counts(span, first)))
        });
        let onces = params.one_time_nonce.then(|| {
            let track = previous.and_then(|previous| previous.onces.as_ref());
            let span = params.onces();
            keep(track, span).unwrap_or_else(|| Arc::new(Track::bits(span, first)))
        });
        Ok(Nonces {
            secret,
            is_random,
            expire: u32::try_from(params.nonce_expire).unwrap_or(u32::MAX),
            drift: u32::try_from(params.nonce_auth_max_drift).unwrap_or(u32::MAX),
            register: Checks(params.auth_checks_register),
            outside: Checks(params.auth_checks_no_dlg),
            inside: Checks(params.auth_checks_in_dlg),
            counts,
            onces,
        })
    }

    /// Appends a new nonce for the request at hand.
    pub fn write(&self, call: &Call, out: &mut Vec<u8>) {
        let created_at = seconds(call);
        let index = match (&self.counts, &self.onces) {
            // A client that does not count after all uses it once: both know it by the same number.
            (Some(counts), Some(onces)) => {
                let id = counts.take_count();
                onces.adopt_bit(id);
                Some(NonceIndex {
                    id,
                    flags: NonceIndex::ONCE | NonceIndex::COUNTED,
                })
            }
            (Some(counts), None) => Some(NonceIndex {
                id: counts.take_count(),
                flags: NonceIndex::COUNTED,
            }),
            (None, Some(onces)) => Some(NonceIndex {
                id: onces.take_bit(),
                flags: NonceIndex::ONCE,
            }),
            (None, None) => None,
        };
        let keys = self.keys();
        let checks = self.checks(call);
        let facts = (checks.0 != 0).then(|| self.facts(call, checks, &keys));
        let nonce = Nonce {
            expires_at: created_at.saturating_add(self.expire),
            created_at,
            facts,
            index,
        };
        nonce.write(&keys, out);
    }

    /// Whether the nonce of credentials is one of ours that may be used, and uses it.
    pub fn accept(&self, call: &Call, credentials: &Credentials<'_>) -> Result<(), Refusal> {
        let text = credentials.nonce.unwrap_or_default();
        let now = seconds(call);
        // COMPAT: a nonce from before the last start is sealed with another secret; when it was made too long ago besides, it
        // is called stale, so that its phone tries again without asking its user (observed on 5.6.3).
        let sealed = SealedNonce::read(text);
        let checks = self.checks(call);
        // COMPAT: what is made for requests that are bound to something is none for the others, and the other way round; that
        // is told before its age (observed on 5.6.3).
        if let Ok(sealed) = &sealed
            && sealed.is_bound() != (checks.0 != 0)
        {
            return Err(Refusal::Malformed);
        }
        let created_at = match &sealed {
            Ok(sealed) => Some(sealed.created_at()),
            Err(_) => made_at(text),
        };
        if let Some(created_at) = created_at
            && (now > created_at.saturating_add(self.expire)
                || created_at > now.saturating_add(self.drift))
        {
            return Err(Refusal::StaleNonce);
        }
        let keys = self.keys();
        let nonce = sealed
            .and_then(|sealed| sealed.open(&keys))
            .map_err(|_| Refusal::Malformed)?;
        if nonce.is_stale(now, self.drift) {
            return Err(Refusal::StaleNonce);
        }
        let has_count = credentials.qop.is_some() && credentials.nonce_count.is_some();
        let flags = nonce.index.map_or(0, |index| index.flags);
        let id = nonce.index.map_or(0, |index| index.id);
        if has_count
            && flags & NonceIndex::COUNTED != 0
            && let Some(counts) = &self.counts
        {
            // RFC 7616 §3.4: eight digits.
            let digits = credentials.nonce_count.map_or(0, <[u8]>::len);
            let count = credentials.count().filter(|_| digits == 8);
            let count = count.ok_or(Refusal::Malformed)?;
            return match counts.use_count(id, count) {
                Use::Fresh => Ok(()),
                Use::Repeated | Use::Forgotten => Err(Refusal::StaleNonce),
            };
        }
        if let Some(onces) = &self.onces {
            if flags & NonceIndex::ONCE == 0 {
                return Err(Refusal::StaleNonce);
            }
            match onces.use_bit(id) {
                Use::Fresh => {}
                Use::Repeated => return Err(Refusal::NonceReused),
                Use::Forgotten => return Err(Refusal::StaleNonce),
            }
        }
        if checks.0 != 0 && !nonce.is_for(&self.facts(call, checks, &keys)) {
            return Err(Refusal::StaleNonce);
        }
        Ok(())
    }

    /// Takes back the count with which credentials have used their nonce, so that it may come again.
    pub fn give_back(&self, credentials: &Credentials<'_>) {
        let sealed = SealedNonce::read(credentials.nonce.unwrap_or_default());
        let keys = self.keys();
        let index = sealed
            .and_then(|sealed| sealed.open(&keys))
            .ok()
            .and_then(|nonce| nonce.index)
            .filter(|index| index.flags & NonceIndex::COUNTED != 0);
        if let (Some(index), Some(counts), Some(count)) = (index, &self.counts, credentials.count())
            && credentials.qop.is_some()
        {
            counts.give_back_count(index.id, count);
        }
    }

    /// Whether a nonce can be used only once.
    pub fn are_used_once(&self) -> bool {
        self.onces.is_some()
    }

    fn keys(&self) -> NonceKeys<'_> {
        let some = self.register.0 | self.outside.0 | self.inside.0;
        if some == 0 {
            NonceKeys::whole(&self.secret)
        } else {
            NonceKeys::halves(&self.secret)
        }
    }

    fn checks(&self, call: &Call) -> Checks {
        if call.message.method() == Method::Register {
            self.register
        } else if call.message.to_tag().is_some() {
            self.inside
        } else {
            self.outside
        }
    }

    fn facts(&self, call: &Call, checks: Checks, keys: &NonceKeys<'_>) -> [u8; 16] {
        let message = &call.message;
        let wants = |check: i64| checks.0 & check != 0;
        let (v4, v6);
        let mut facts = MessageFacts::default();
        if wants(Checks::REQUEST_URI) {
            facts.request_uri = message.request_uri();
        }
        if wants(Checks::CALL_ID) {
            facts.call_id = message.call_id().unwrap_or_default();
        }
        if wants(Checks::FROM_TAG) {
            facts.from_tag = message.from_tag().unwrap_or_default();
        }
        if wants(Checks::SOURCE) {
            facts.source = match call.reception.peer.ip() {
                IpAddr::V4(address) => {
                    v4 = address.octets();
                    &v4
                }
                IpAddr::V6(address) => {
                    v6 = address.octets();
                    &v6
                }
            };
        }
        facts.seal(keys)
    }
}

/// The time of the event at hand, in seconds since 1970.
fn seconds(call: &Call) -> u32 {
    u32::try_from(call.unix_time.as_secs()).unwrap_or(u32::MAX)
}

/// When a text says that it was made that begins as a nonce and goes on as none; nothing when it is too short.
fn made_at(nonce: &[u8]) -> Option<u32> {
    /// Two times and a hash.
    const SHORTEST: usize = 24;
    let mut octets = [0u8; SHORTEST];
    let engine = base64::engine::general_purpose::STANDARD;
    let written = engine
        .decode_slice(nonce.get(..SHORTEST / 3 * 4)?, &mut octets)
        .ok()?;
    let (_, rest) = octets.split_first_chunk::<4>()?;
    let created_at = rest.first_chunk::<4>()?;
    (written == SHORTEST).then_some(u32::from_be_bytes(*created_at))
}

fn random<const N: usize>() -> Result<[u8; N], Diagnostic> {
    let mut octets = [0u8; N];
    match getrandom::fill(&mut octets) {
        Ok(()) => Ok(octets),
        Err(error) => Err(Diagnostic::error(
            codes::params::BAD_PARAMETER,
            diagnostics::Span::default(),
            format!("the system has no randomness for a secret: {error}"),
        )),
    }
}
