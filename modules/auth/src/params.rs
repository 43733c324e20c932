//! Module parameters.

use diagnostics::codes;
use module_api::{Diagnostic, Params, Placed, Text};
use sip::digest::Algorithm;

/// What `modparam("auth", …)` sets.
#[derive(Params)]
pub struct Params {
    /// What nonces are sealed with. Servers with the same one accept each other's nonces. Random when empty.
    #[param(shown = "")]
    pub secret: Text,
    /// Seconds that a nonce is good for.
    #[param(default = 300, range = 1..=31_536_000)]
    pub nonce_expire: i64,
    /// Seconds that the clock of the server that made a nonce may be ahead of ours.
    #[param(default = 3, range = 0..=31_536_000)]
    pub nonce_auth_max_drift: i64,
    /// Accepted, and without effect upstream, too.
    #[param(default = 0, compat = accepted("nothing reads it"))]
    pub protect_contacts: i64,
    /// The AVP in which `pv_www_authenticate()` and its kin leave the challenge.
    #[param(default = Text::from_static("$digest_challenge"))]
    pub challenge_attr: Text,
    /// The name of the header field with a challenge by a proxy.
    #[param(default = Text::from_static("Proxy-Authenticate"))]
    pub proxy_challenge_header: Text,
    /// The name of the header field with a challenge by a user agent.
    #[param(default = Text::from_static("WWW-Authenticate"))]
    pub www_challenge_header: Text,
    /// The protection that other modules' challenges offer: `auth`, `auth-int` or none.
    #[param(shown = "", compat = accepted("each challenge says itself what it offers (observed on 5.6.3)"))]
    pub qop: Placed<Text>,
    /// What of a REGISTER must be as it was when its nonce was made: 1 Request-URI, 2 Call-ID, 4 From tag, 8 source
    /// address; the sum of these.
    #[param(default = 0, range = 0..=15)]
    pub auth_checks_register: i64,
    /// The same for other requests outside of dialogs.
    #[param(default = 0, range = 0..=15)]
    pub auth_checks_no_dlg: i64,
    /// The same for requests in dialogs.
    #[param(default = 0, range = 0..=15)]
    pub auth_checks_in_dlg: i64,
    /// Whether each use of a nonce must have a higher count (`nc`) than the one before, up to 255.
    #[param(default = false)]
    pub nonce_count: bool,
    /// For how many nonces the count is kept; of more the oldest are taken for stale. Rounded down to a power of 2.
    #[param(default = 1_048_576, range = 1..=1_073_741_824)]
    pub nc_array_size: i64,
    /// The same as a power of 2.
    #[param(default = 20, range = 0..=30)]
    pub nc_array_order: i64,
    /// Whether each nonce can be used only once, where its count is not watched.
    #[param(default = false)]
    pub one_time_nonce: bool,
    /// For how many nonces it is kept whether they were used. Rounded down to a power of 2.
    #[param(default = 1_048_576, range = 1..=1_073_741_824)]
    pub otn_in_flight_no: i64,
    /// The same as a power of 2.
    #[param(default = 20, range = 0..=30)]
    pub otn_in_flight_order: i64,
    /// Parts of the arrays that processes use each for themselves.
    #[param(default = 1, range = 1..=64, compat = accepted("all share one part, which costs nothing"))]
    pub nid_pool_no: i64,
    /// Whether challenges are sent without a transaction even where there is one.
    #[param(default = false)]
    pub force_stateless_reply: bool,
    /// What is taken off the beginning of realms.
    #[param(shown = "")]
    pub realm_prefix: Text,
    /// Whether `pv_auth_check()` compares domains besides users, where the credentials' user has one.
    #[param(default = false)]
    pub use_domain: bool,
    /// The algorithms that are asked for and accepted: `MD5`, `SHA-256`, `SHA-512`, `SHA-512-256`, or several of them, the preferred
    /// first. When empty, challenges name none, which means MD5.
    #[param(shown = "")]
    pub algorithm: Placed<Text>,
    /// Whether 2xx responses carry an Authentication-Info header field.
    #[param(default = false)]
    pub add_authinfo_hdr: bool,
}

impl Params {
    /// The algorithms by their names.
    pub fn algorithms(&self) -> Result<Vec<Algorithm>, Diagnostic> {
        parse_algorithms(&self.algorithm.value).map_err(|name| {
            Diagnostic::error(
                codes::params::BAD_PARAMETER,
                self.algorithm.span,
                format!(
                    "parameter `algorithm`: there is no `{}`, but MD5, SHA-256, SHA-512 and SHA-512-256",
                    name.to_str_lossy()
                ),
            )
        })
    }

    /// How many counts are kept.
    pub fn counts(&self) -> usize {
        slots(self.nc_array_size, self.nc_array_order)
    }

    /// For how many one-time nonces it is kept whether they were used.
    pub fn onces(&self) -> usize {
        slots(self.otn_in_flight_no, self.otn_in_flight_order)
    }
}

/// The power of 2 that a size and an order stand for: the one that was changed from 2^20 counts.
fn slots(size: i64, order: i64) -> usize {
    let power = if order != 20 {
        order
    } else {
        i64::from(size.max(1).ilog2())
    };
    1 << power.clamp(0, 30)
}

/// Algorithms from a list of names between commas, semicolons or blanks; the error is the name that is none.
pub fn parse_algorithms(names: &Text) -> Result<Vec<Algorithm>, Text> {
    let names = names.split(|byte| matches!(byte, b',' | b';' | b' '));
    names
        .filter(|name| !name.is_empty())
        .map(|name| Algorithm::from_name(name).ok_or_else(|| Text::from(name)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_rounded_down_and_an_order_counts_more() {
        assert_eq!(slots(1_000_000, 20), 524_288);
        assert_eq!(slots(1_048_576, 20), 1_048_576);
        assert_eq!(slots(1_048_576, 4), 16);
        assert_eq!(slots(1, 20), 1);
    }

    #[test]
    fn algorithms_are_read_in_order() {
        let parse = |text: &str| parse_algorithms(&Text::from(text));
        assert_eq!(parse(""), Ok(vec![]));
        assert_eq!(
            parse("SHA-256,md5"),
            Ok(vec![Algorithm::Sha256, Algorithm::Md5])
        );
        assert_eq!(parse("MD5, FOO"), Err(Text::from("FOO")));
    }
}
