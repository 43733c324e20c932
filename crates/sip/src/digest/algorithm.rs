//! Which hash a challenge asks for.

/// The algorithms of RFC 7616 §6.1 (`SHA-512-256` is SHA-512/256) and their session forms.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Algorithm {
    /// What is meant when a challenge names none.
    #[default]
    Md5,
    /// MD5, HA1 bound to nonce and cnonce.
    Md5Session,
    /// RFC 8760.
    Sha256,
    /// SHA-256, HA1 bound to nonce and cnonce.
    Sha256Session,
    /// SHA-512; of no RFC, but Kamailio has it.
    Sha512,
    /// SHA-512, HA1 bound to nonce and cnonce.
    Sha512Session,
    /// RFC 8760.
    Sha512_256,
    /// SHA-512/256, HA1 bound to nonce and cnonce.
    Sha512_256Session,
}

impl Algorithm {
    /// Every algorithm, those without session first.
    pub const ALL: [Algorithm; 8] = [
        Algorithm::Md5,
        Algorithm::Sha256,
        Algorithm::Sha512,
        Algorithm::Sha512_256,
        Algorithm::Md5Session,
        Algorithm::Sha256Session,
        Algorithm::Sha512Session,
        Algorithm::Sha512_256Session,
    ];

    /// The algorithm of that name, in any case (phones write `md5`).
    pub fn from_name(name: &[u8]) -> Option<Algorithm> {
        Algorithm::ALL
            .into_iter()
            .find(|algorithm| name.eq_ignore_ascii_case(algorithm.name().as_bytes()))
    }

    /// As written in an `algorithm` parameter.
    pub const fn name(self) -> &'static str {
        match self {
            Algorithm::Md5 => "MD5",
            Algorithm::Md5Session => "MD5-sess",
            Algorithm::Sha256 => "SHA-256",
            Algorithm::Sha256Session => "SHA-256-sess",
            Algorithm::Sha512 => "SHA-512",
            Algorithm::Sha512Session => "SHA-512-sess",
            Algorithm::Sha512_256 => "SHA-512-256",
            Algorithm::Sha512_256Session => "SHA-512-256-sess",
        }
    }

    /// Whether HA1 is hashed once more with nonce and cnonce.
    pub const fn is_session(self) -> bool {
        matches!(
            self,
            Algorithm::Md5Session
                | Algorithm::Sha256Session
                | Algorithm::Sha512Session
                | Algorithm::Sha512_256Session
        )
    }

    /// Length of a hash written in hex: 32, 64 or 128 octets.
    pub const fn hex_length(self) -> usize {
        match self {
            Algorithm::Md5 | Algorithm::Md5Session => 32,
            Algorithm::Sha512 | Algorithm::Sha512Session => 128,
            _ => 64,
        }
    }
}
