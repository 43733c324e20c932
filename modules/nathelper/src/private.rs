//! Addresses that mean nothing elsewhere.

use std::net::{IpAddr, Ipv4Addr};

/// Which addresses count as private.
#[derive(Clone, Copy)]
pub struct Private {
    /// All of 192.0.0.0/24 and not only its first eight.
    pub with_reserved: bool,
}

impl Private {
    /// Whether an address is private: RFC 1918, RFC 6598, RFC 7335.
    pub fn contains(self, address: IpAddr) -> bool {
        let IpAddr::V4(address) = address else {
            return false;
        };
        let reserved = if self.with_reserved { 24 } else { 29 };
        [
            ([10, 0, 0, 0], 8),
            ([172, 16, 0, 0], 12),
            ([192, 168, 0, 0], 16),
            ([100, 64, 0, 0], 10),
            ([192, 0, 0, 0], reserved),
        ]
        .into_iter()
        .any(|(network, bits)| {
            let shift = 32 - bits;
            Ipv4Addr::from(network).to_bits() >> shift == address.to_bits() >> shift
        })
    }

    /// Whether a host is a private address.
    pub fn is_host(self, host: &[u8]) -> bool {
        sip::parse_address(host).is_some_and(|address| self.contains(address))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_networks_are_known_to_the_last_address() {
        // As 5.6.3 was seen to tell them apart.
        for (host, expected) in [
            ("10.0.0.1", true),
            ("172.16.0.1", true),
            ("172.31.255.255", true),
            ("172.32.0.1", false),
            ("192.168.3.3", true),
            ("100.64.1.1", true),
            ("100.128.1.1", false),
            ("192.0.0.5", true),
            ("192.0.0.100", true),
            ("192.0.1.1", false),
            ("169.254.1.1", false),
            ("127.0.0.1", false),
            ("[fd00::1]", false),
            ("example.org", false),
        ] {
            let with_reserved = Private {
                with_reserved: true,
            };
            assert_eq!(with_reserved.is_host(host.as_bytes()), expected, "{host}");
        }
        let without = Private {
            with_reserved: false,
        };
        assert!(without.is_host(b"192.0.0.5") && !without.is_host(b"192.0.0.100"));
    }
}
