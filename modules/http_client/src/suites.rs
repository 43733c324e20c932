//! Which cipher suites of TLS 1.2 are offered: a list in the language of OpenSSL (`openssl-ciphers(1)`), as libcurl takes it.
//!
//! Of its suites those are there that have forward secrecy and authenticate what they encrypt. Those of TLS 1.3 are none of the
//! list's business.

use rustls::crypto::ring::cipher_suite as ring;
use rustls::{CipherSuite, SupportedCipherSuite};

/// A suite, with the words that lists have for it.
struct Named {
    suite: SupportedCipherSuite,
    /// Its own.
    name: &'static str,
    /// The kinds it is of, beside those that all are of.
    kinds: &'static [&'static str],
    /// The bits of its key.
    strength: u16,
}

/// The kinds that all suites here are of.
const KINDS: &[&str] = &[
    "ALL", "DEFAULT", "HIGH", "TLSv1.2", "ECDHE", "EECDH", "kECDHE", "kEECDH", "ECDH",
];

/// The suites in the order of OpenSSL.
const SUITES: &[Named] = &[
    Named {
        suite: ring::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
        name: "ECDHE-ECDSA-AES256-GCM-SHA384",
        kinds: &[
            "aECDSA",
            "ECDSA",
            "AES",
            "AESGCM",
            "AES256",
            "FIPS",
            "SUITEB128",
            "SUITEB192",
        ],
        strength: 256,
    },
    Named {
        suite: ring::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
        name: "ECDHE-RSA-AES256-GCM-SHA384",
        kinds: &["aRSA", "AES", "AESGCM", "AES256", "FIPS"],
        strength: 256,
    },
    Named {
        suite: ring::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
        name: "ECDHE-ECDSA-CHACHA20-POLY1305",
        kinds: &["aECDSA", "ECDSA", "CHACHA20"],
        strength: 256,
    },
    Named {
        suite: ring::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
        name: "ECDHE-RSA-CHACHA20-POLY1305",
        kinds: &["aRSA", "CHACHA20"],
        strength: 256,
    },
    Named {
        suite: ring::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
        name: "ECDHE-ECDSA-AES128-GCM-SHA256",
        kinds: &[
            "aECDSA",
            "ECDSA",
            "AES",
            "AESGCM",
            "AES128",
            "FIPS",
            "SUITEB128",
            "SUITEB128ONLY",
        ],
        strength: 128,
    },
    Named {
        suite: ring::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
        name: "ECDHE-RSA-AES128-GCM-SHA256",
        kinds: &["aRSA", "AES", "AESGCM", "AES128", "FIPS"],
        strength: 128,
    },
];

/// The suites of TLS 1.3.
fn newest() -> impl Iterator<Item = SupportedCipherSuite> {
    let all = rustls::crypto::ring::ALL_CIPHER_SUITES.iter().copied();
    all.filter(|suite| suite.tls13().is_some())
}

/// What a list comes to.
pub struct Chosen {
    suites: Vec<&'static Named>,
    /// What it asks for that no suite here is.
    pub absent: Vec<String>,
}

impl Named {
    /// Whether it is all of what `kinds` says, joined by `+`.
    fn is(&self, kinds: &str) -> bool {
        kinds
            .split('+')
            .all(|kind| self.name == kind || self.kinds.contains(&kind) || KINDS.contains(&kind))
    }
}

impl Chosen {
    /// Reads a list.
    pub fn read(list: &str) -> Chosen {
        let mut chosen: Vec<&Named> = Vec::new();
        let mut banned: Vec<CipherSuite> = Vec::new();
        let mut absent = Vec::new();
        // A command may stand behind a word.
        let list = list.replace('@', ":@");
        let items = list.split([':', ',', ' ', ';']);
        for item in items.filter(|item| !item.is_empty()) {
            let is_banned = |suite: &Named| banned.contains(&suite.suite.suite());
            if let Some(kinds) = item.strip_prefix('!') {
                let gone = SUITES.iter().filter(|suite| suite.is(kinds));
                banned.extend(gone.map(|suite| suite.suite.suite()));
                chosen.retain(|suite| !suite.is(kinds));
            } else if let Some(kinds) = item.strip_prefix('-') {
                chosen.retain(|suite| !suite.is(kinds));
            } else if let Some(kinds) = item.strip_prefix('+') {
                // Those that are not meant stay before the others.
                chosen.sort_by_key(|suite| suite.is(kinds));
            } else if let Some(command) = item.strip_prefix('@') {
                if command == "STRENGTH" {
                    chosen.sort_by_key(|suite| std::cmp::Reverse(suite.strength));
                }
            } else {
                let meant = || SUITES.iter().filter(|suite| suite.is(item));
                if meant().next().is_none() {
                    absent.push(item.to_owned());
                }
                for suite in meant().filter(|suite| !is_banned(suite)) {
                    if !chosen.iter().any(|known| known.name == suite.name) {
                        chosen.push(suite);
                    }
                }
            }
        }
        Chosen {
            suites: chosen,
            absent,
        }
    }

    /// Whether no suite of TLS 1.2 is left.
    pub fn is_empty(&self) -> bool {
        self.suites.is_empty()
    }

    /// The suites, after those of TLS 1.3.
    pub fn suites(&self) -> Vec<SupportedCipherSuite> {
        let older = self.suites.iter().map(|named| named.suite);
        newest().chain(older).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What `openssl ciphers` 3.0 says.
    #[test]
    fn a_list_comes_to_what_openssl_makes_of_it() {
        let short = |suite: &&Named| {
            let name = suite.name.replace("ECDHE-", "").replace("-POLY1305", "");
            let name = name.split("-GCM").next().unwrap().to_owned();
            name.replace("ECDSA", "E").replace("RSA", "R")
        };
        for (list, expected) in [
            (
                "HIGH:!aNULL",
                "E-AES256 R-AES256 E-CHACHA20 R-CHACHA20 E-AES128 R-AES128",
            ),
            ("aRSA", "R-AES256 R-CHACHA20 R-AES128"),
            ("ECDSA", "E-AES256 E-CHACHA20 E-AES128"),
            ("ECDHE+AESGCM", "E-AES256 R-AES256 E-AES128 R-AES128"),
            ("SUITEB128ONLY", "E-AES128"),
            (
                "ECDHE:-AES128:+AES256",
                "E-CHACHA20 R-CHACHA20 E-AES256 R-AES256",
            ),
            ("!AES:ALL", "E-CHACHA20 R-CHACHA20"),
            (
                "ALL:!AES256:AES256",
                "E-CHACHA20 R-CHACHA20 E-AES128 R-AES128",
            ),
            ("CHACHA20+aRSA", "R-CHACHA20"),
            (
                "ECDHE-RSA-AES128-GCM-SHA256:ALL:@STRENGTH",
                "E-AES256 R-AES256 E-CHACHA20 R-CHACHA20 R-AES128 E-AES128",
            ),
            (
                "DEFAULT@SECLEVEL=3:-CHACHA20",
                "E-AES256 R-AES256 E-AES128 R-AES128",
            ),
            (
                "ECDHE-RSA-AES128-GCM-SHA256,ECDHE-ECDSA-AES256-GCM-SHA384",
                "R-AES128 E-AES256",
            ),
            ("AES128-SHA", ""),
            ("ecdhe-rsa-aes128-gcm-sha256", ""),
            ("TLS_AES_128_GCM_SHA256", ""),
        ] {
            let chosen = Chosen::read(list);
            let names: Vec<_> = chosen.suites.iter().map(short).collect();
            assert_eq!(names.join(" "), expected, "{list}");
        }
    }

    #[test]
    fn what_is_not_there_is_told() {
        let chosen = Chosen::read("AES128-SHA:!MD5:nonsense:AESGCM");
        assert_eq!(chosen.absent, ["AES128-SHA", "nonsense"]);
        assert!(!chosen.is_empty());
        assert!(Chosen::read("AES128-SHA").is_empty());
    }

    #[test]
    fn the_suites_of_tls_1_3_are_always_there() {
        let suites = Chosen::read("nonsense").suites();
        assert_eq!(suites.len(), 3);
        assert!(suites.iter().all(|suite| suite.tls13().is_some()));
    }
}
