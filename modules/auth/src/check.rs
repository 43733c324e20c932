//! Checking credentials, in two steps: what can be said without the secret, and the rest.

use crate::Auth;
use module_api::{Authenticated, Call, Text, Verdict};
use sip::digest::{
    Algorithm, Credentials, CredentialsError, CredentialsPlaces, HexDigest, Verification, ha1,
    response_auth,
};
use sip::{HeaderField, HeaderId, Message, Method};
use std::sync::atomic::Ordering;

/// Why credentials are not good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Malformed, incomplete, or with a nonce that is none of ours.
    Malformed,
    /// Made with another password.
    WrongPassword,
    /// There is no such user.
    UnknownUser,
    /// The nonce is too old.
    StaleNonce,
    /// There are no credentials for the realm.
    NoCredentials,
    /// The nonce was used before.
    NonceReused,
    /// The user is not the one that the request speaks for.
    OtherUser,
}

impl Refusal {
    /// The return code of script functions for it.
    pub fn verdict(self) -> Verdict {
        Verdict(match self {
            Refusal::Malformed => -1,
            Refusal::WrongPassword => -2,
            Refusal::UnknownUser => -3,
            Refusal::StaleNonce => -4,
            Refusal::NoCredentials => -5,
            Refusal::NonceReused => -6,
            Refusal::OtherUser => -8,
        })
    }
}

/// What the client has to know.
#[derive(Clone, Copy)]
pub enum Secret<'a> {
    /// A password as it is.
    Password(&'a [u8]),
    /// The hash of user, realm and password, in hex.
    Ha1(&'a [u8]),
}

/// Credentials that are good as far as can be said without the secret. They stay in the message; this says where.
#[derive(Clone, Copy, Debug)]
pub struct Begun {
    /// The position of the header field among all.
    position: usize,
    /// Where they stand in its value.
    places: CredentialsPlaces,
    algorithm: Algorithm,
}

/// The outcome of the first step.
pub enum Started {
    /// The request is one that cannot be challenged: it passes.
    Exempt,
    /// There are credentials to be checked against a secret.
    Credentials(Begun),
}

/// How many credentials of one request are tried: one for each algorithm. More would be more guesses at a password.
const MOST_TRIED: usize = 3;

/// A note: which credentials were found good, for `consume_credentials()`.
struct Proven {
    id: HeaderId,
    realm: Text,
}

/// A note: the algorithms that the script wants for this message instead of those of the parameter.
pub(crate) struct WantedAlgorithms(pub Vec<Algorithm>);

impl Begun {
    /// The credentials.
    pub fn credentials<'a>(&self, call: &'a Call) -> Credentials<'a> {
        self.in_message(&call.message)
    }

    fn in_message<'a>(&self, message: &'a Message) -> Credentials<'a> {
        self.places.in_value(value_at(message, self.position))
    }

    /// The algorithm that they are checked with.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }
}

/// The value of the header field at `position` among all.
fn value_at(message: &Message, position: usize) -> &[u8] {
    let field = message.headers().get(position);
    field.map(|field| message.value(field)).unwrap_or_default()
}

impl Auth {
    /// A realm without the prefix that is to be taken off.
    pub fn realm<'a>(&self, realm: &'a [u8]) -> &'a [u8] {
        realm
            .strip_prefix(self.params.realm_prefix.as_bytes())
            .unwrap_or(realm)
    }

    /// The credentials for `realm` in header fields of a kind, with their positions.
    fn all_for<'a>(
        &'a self,
        message: &'a Message,
        id: HeaderId,
        realm: &'a [u8],
    ) -> impl Iterator<Item = (usize, Credentials<'a>)> + 'a {
        let fields = message.headers().iter().enumerate();
        let own = fields.filter(move |(_, field)| field.id == id);
        own.filter_map(move |(position, field)| {
            let credentials = Credentials::parse(message.value(field)).ok()?;
            let own = self.realm(credentials.realm.unwrap_or_default());
            let is_ours = own.eq_ignore_ascii_case(self.realm(realm));
            is_ours.then_some((position, credentials))
        })
    }

    /// The position of the credentials for `realm` in header fields of a kind.
    pub fn find(&self, call: &Call, id: HeaderId, realm: &[u8]) -> Result<usize, Refusal> {
        let realm = self.realm(realm);
        let mut refusal = Refusal::NoCredentials;
        if !call.message.has(id) {
            return Err(refusal);
        }
        for (position, field) in call.message.headers().iter().enumerate() {
            if field.id != id {
                continue;
            }
            match Credentials::parse(call.message.value(field)) {
                Ok(credentials) => {
                    let own = self.realm(credentials.realm.unwrap_or_default());
                    if own.eq_ignore_ascii_case(realm) {
                        return Ok(position);
                    }
                }
                Err(CredentialsError::Empty) => refusal = Refusal::Malformed,
                Err(CredentialsError::NotDigest) => {}
            }
        }
        Err(refusal)
    }

    /// The first step: finds the credentials for `realm` and uses up their nonce. Of several, one for each algorithm on
    /// offer (RFC 8760 §2.4), the first that are acceptable count.
    pub fn begin(&self, call: &Call, id: HeaderId, realm: &[u8]) -> Result<Started, Refusal> {
        if matches!(
            call.message.method(),
            Method::Ack | Method::Cancel | Method::Prack
        ) {
            return Ok(Started::Exempt);
        }
        let mut refusal = None;
        let all = self.all_for(&call.message, id, realm);
        for (position, credentials) in all.take(MOST_TRIED) {
            match self.begin_with(call, position, &credentials, None) {
                Ok(begun) => return Ok(Started::Credentials(begun)),
                Err(reason) => refusal = refusal.or(Some((reason, credentials))),
            }
        }
        let Some((reason, credentials)) = refusal else {
            let missing = self.find(call, id, realm).err();
            return Err(missing.unwrap_or(Refusal::NoCredentials));
        };
        // COMPAT: a guess of an impossible length uses up the nonce as any other does (observed on 5.6.3).
        if self.has_misfitting_response(call, &credentials) {
            self.nonces.accept(call, &credentials)?;
        }
        Err(reason)
    }

    /// The first step for the credentials at a position. A nonce that others of the same request have used up already is
    /// not used up again.
    fn begin_with<'a>(
        &self,
        call: &'a Call,
        position: usize,
        credentials: &Credentials<'a>,
        used: Option<&[u8]>,
    ) -> Result<Begun, Refusal> {
        let algorithm = self
            .algorithm_for(call, credentials)
            .filter(|algorithm| fits(*algorithm, credentials))
            .ok_or(Refusal::Malformed)?;
        if used.is_none() || used != credentials.nonce {
            self.nonces.accept(call, credentials)?;
        }
        let is_whole = |qop: &[u8]| qop.eq_ignore_ascii_case(b"auth-int");
        if credentials.qop.is_some_and(is_whole) && !self.offers_auth_int.load(Ordering::Relaxed) {
            return Err(Refusal::WrongPassword);
        }
        Ok(Begun {
            position,
            places: credentials.places(value_at(&call.message, position)),
            algorithm,
        })
    }

    /// Whether credentials have all that they need, but a response that is not as long as one of their algorithm.
    fn has_misfitting_response(&self, call: &Call, credentials: &Credentials<'_>) -> bool {
        let algorithm = self.algorithm_for(call, credentials);
        credentials.response.is_some()
            && algorithm.is_some_and(|algorithm| !fits(algorithm, credentials))
    }

    /// The algorithm of credentials that have all that they need: one of those that are wanted, MD5 where none is said to be
    /// (observed on 5.6.3).
    fn algorithm_for(&self, call: &Call, credentials: &Credentials<'_>) -> Option<Algorithm> {
        credentials.exchange(call.message.method_name(), b"")?;
        let wanted = match call.notes.get::<WantedAlgorithms>() {
            Some(wanted) => wanted.0.as_slice(),
            None => &self.algorithms,
        };
        match wanted {
            // COMPAT: the name counts for nothing where only one can be meant (observed on 5.6.3).
            [] => Some(Algorithm::Md5),
            [only] => Some(*only),
            several => {
                let named = credentials.algorithm.map(Algorithm::from_name);
                let named = named.unwrap_or(Some(Algorithm::Md5));
                named.filter(|algorithm| several.contains(algorithm))
            }
        }
    }

    /// The second step: whether the client knows the secret. `method` is that of the request unless the script names
    /// another. When it does, the message is noted to be its user's. Other credentials of the same user for the realm are
    /// tried, too.
    pub fn finish(
        &self,
        call: &mut Call,
        begun: Begun,
        secret: Secret<'_>,
        method: Option<&[u8]>,
    ) -> Result<(), Refusal> {
        let message = call.message.clone();
        let credentials = begun.in_message(&message);
        match verify(&message, begun.algorithm, &credentials, secret, method) {
            Err(Refusal::WrongPassword) => {
                let (other, credentials, hash) = self
                    .try_others(call, &message, begun, &credentials, secret, method)
                    .ok_or(Refusal::WrongPassword)?;
                self.note(call, other, &credentials, &hash);
            }
            verified => self.note(call, begun, &credentials, &verified?),
        }
        Ok(())
    }

    /// Lets the count of credentials that were not good come again.
    pub fn give_back(&self, call: &Call, begun: Begun) {
        self.nonces.give_back(&begun.in_message(&call.message));
    }

    /// The credentials behind those at hand that the client has made with the secret.
    fn try_others<'a>(
        &'a self,
        call: &Call,
        message: &'a Message,
        begun: Begun,
        first: &Credentials<'a>,
        secret: Secret<'_>,
        method: Option<&[u8]>,
    ) -> Option<(Begun, Credentials<'a>, HexDigest)> {
        let id = message.headers().get(begun.position)?.id;
        let realm = first.realm.unwrap_or_default();
        self.all_for(message, id, realm)
            .take(MOST_TRIED)
            .filter(|(position, _)| *position > begun.position)
            .filter(|(_, credentials)| credentials.username == first.username)
            .find_map(|(position, credentials)| {
                let other = self.begin_with(call, position, &credentials, first.nonce);
                let other = other.ok()?;
                let hash = verify(message, other.algorithm, &credentials, secret, method).ok()?;
                Some((other, credentials, hash))
            })
    }

    /// Notes that the message is its user's.
    fn note(&self, call: &mut Call, begun: Begun, credentials: &Credentials<'_>, hash: &HexDigest) {
        let realm = credentials.realm.unwrap_or_default();
        let (user, domain) = (credentials.user(), credentials.domain());
        let proven = Authenticated {
            username: match domain {
                [] => Text::from(user),
                domain => Text::concat(&[user, b"@", domain]),
            },
            realm: Text::from(realm),
        };
        let field = call.message.headers().get(begun.position);
        let id = field.map_or(HeaderId::Authorization, |field| field.id);
        let realm = proven.realm.clone();
        let info = self
            .params
            .add_authinfo_hdr
            .then(|| self.authentication_info(call, begun.algorithm, credentials, hash));
        if let Some(info) = info {
            call.response_extras.headers.extend_from_slice(&info);
        }
        call.notes.set(proven);
        call.notes.set(Proven { id, realm });
    }

    /// The header line with which the server proves that it knows the secret (RFC 7616 §3.5).
    fn authentication_info(
        &self,
        call: &Call,
        algorithm: Algorithm,
        credentials: &Credentials<'_>,
        hash: &HexDigest,
    ) -> Vec<u8> {
        let mut out = b"Authentication-Info: nextnonce=\"".to_vec();
        if self.nonces.are_used_once() {
            self.nonces.write(call, &mut out);
        } else {
            out.extend_from_slice(credentials.nonce.unwrap_or_default());
        }
        out.push(b'"');
        let Some(exchange) = credentials.exchange(b"", b"") else {
            out.extend_from_slice(b"\r\n");
            return out;
        };
        if !exchange.qop.is_empty() {
            out.extend_from_slice(b", qop=");
            out.extend_from_slice(exchange.qop);
        }
        out.extend_from_slice(b", rspauth=\"");
        out.extend_from_slice(response_auth(algorithm, hash, &exchange).as_bytes());
        out.push(b'"');
        if !exchange.qop.is_empty() {
            out.extend_from_slice(b", cnonce=\"");
            out.extend_from_slice(exchange.cnonce);
            out.extend_from_slice(b"\", nc=");
            out.extend_from_slice(exchange.nonce_count);
        }
        out.extend_from_slice(b"\r\n");
        out
    }

    /// Takes the credentials that were found good out of what is sent on; false when none were.
    pub fn consume(&self, call: &mut Call) -> bool {
        let Some(proven) = call.notes.get::<Proven>() else {
            return false;
        };
        let message = call.message.clone();
        let mut consume = |field: &HeaderField| {
            if !call.edits.removes(field.whole()) {
                call.edits.remove_header(field);
            }
        };
        let mut fields = message.headers_of(proven.id);
        if let (Some(only), None) = (fields.next(), fields.next()) {
            consume(only);
            return true;
        }
        let mut has_consumed = false;
        for (position, _) in self.all_for(&message, proven.id, &proven.realm) {
            if let Some(field) = message.headers().get(position) {
                consume(field);
                has_consumed = true;
            }
        }
        has_consumed
    }
}

/// Whether the response of credentials is as long as one of the algorithm.
fn fits(algorithm: Algorithm, credentials: &Credentials<'_>) -> bool {
    credentials.response.map_or(0, <[u8]>::len) == algorithm.hex_length()
}

/// The hash of user, realm and password when the client knows it.
fn verify(
    message: &Message,
    algorithm: Algorithm,
    credentials: &Credentials<'_>,
    secret: Secret<'_>,
    method: Option<&[u8]>,
) -> Result<HexDigest, Refusal> {
    let (username, realm) = (
        credentials.username.unwrap_or_default(),
        credentials.realm.unwrap_or_default(),
    );
    let hash = match secret {
        // Nobody's: otherwise whoever guesses that there is none has it (as on 5.6.3).
        Secret::Password([]) => return Err(Refusal::WrongPassword),
        Secret::Password(password) => ha1(algorithm, username, realm, password),
        Secret::Ha1(hex) => HexDigest::from_hex(hex).ok_or(Refusal::WrongPassword)?,
    };
    let method = method.unwrap_or_else(|| message.method_name());
    match credentials.verify(algorithm, &hash, method, message.body()) {
        Verification::Matches => Ok(hash),
        Verification::Differs => Err(Refusal::WrongPassword),
        Verification::Incomplete => Err(Refusal::Malformed),
    }
}
