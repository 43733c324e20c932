//! IP addresses and networks as texts, and what kind of address one is.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// How an address is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// `1.2.3.4`
    V4(Ipv4Addr),
    /// `::1`
    V6(Ipv6Addr),
    /// `[::1]`
    V6Reference(Ipv6Addr),
}

impl Written {
    /// Reads an address; none for anything else.
    pub fn parse(text: &[u8]) -> Option<Written> {
        match text {
            [b'[', inner @ .., b']'] => match bare(inner)? {
                IpAddr::V6(address) => Some(Written::V6Reference(address)),
                IpAddr::V4(_) => None,
            },
            _ => match bare(text)? {
                IpAddr::V4(address) => Some(Written::V4(address)),
                IpAddr::V6(address) => Some(Written::V6(address)),
            },
        }
    }

    /// The address itself.
    pub fn address(self) -> IpAddr {
        match self {
            Written::V4(address) => IpAddr::V4(address),
            Written::V6(address) | Written::V6Reference(address) => IpAddr::V6(address),
        }
    }

    /// Whether it is written without brackets.
    pub fn is_pure(self) -> bool {
        !matches!(self, Written::V6Reference(_))
    }
}

/// An address without brackets.
pub fn bare(text: &[u8]) -> Option<IpAddr> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

/// A network: an address and how many of its leading bits count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    prefix: u32,
}

impl Network {
    /// Reads `address/bits` or an address alone. Bits that are no number count as 0, as for Kamailio; a network with fewer is none.
    pub fn parse(text: &[u8]) -> Option<Network> {
        let (address, bits) = match stdx::ascii::split_once(text, b'/') {
            Some((address, bits)) => (address, Some(bits)),
            None => (text, None),
        };
        let address = bare(address)?;
        let width = if address.is_ipv4() { 32 } else { 128 };
        let prefix = match bits {
            None => width,
            Some(b"") => 0,
            Some([b'-', bits @ ..]) if stdx::number::parse_u64(bits) > Some(0) => return None,
            Some(bits) if bits.iter().all(u8::is_ascii_digit) => {
                u32::try_from(stdx::number::parse_u64(bits)?)
                    .ok()
                    .filter(|bits| *bits <= width)?
            }
            Some(bits) if bits.first().is_some_and(u8::is_ascii_digit) => return None,
            Some(_) => 0,
        };
        Some(Network { address, prefix })
    }

    /// Whether an address is in it; one of the other family never is.
    pub fn contains(self, address: IpAddr) -> bool {
        match (self.address, address) {
            (IpAddr::V4(network), IpAddr::V4(address)) => {
                let differing = network.to_bits() ^ address.to_bits();
                differing.leading_zeros() >= self.prefix
            }
            (IpAddr::V6(network), IpAddr::V6(address)) => {
                let differing = network.to_bits() ^ address.to_bits();
                differing.leading_zeros() >= self.prefix
            }
            _ => false,
        }
    }
}

/// Whether an address is in one of the networks of a list with commas; what is no network is passed over.
pub fn is_in_list(address: IpAddr, networks: &[u8]) -> bool {
    stdx::ascii::split_trimmed(networks, b',')
        .filter_map(Network::parse)
        .any(|network| network.contains(address))
}

/// Whether an address is private as RFC 1918 says.
pub fn is_rfc1918(address: Ipv4Addr) -> bool {
    address.is_private()
}

/// The kind of an IPv4 address (RFC 5735, RFC 6598), as observed on 5.6.3.
pub fn kind_of_v4(address: Ipv4Addr) -> &'static str {
    match address.octets() {
        [255, 255, 255, 255] => "BROADCAST",
        [0 | 10, ..] | [172, 16..=31, ..] | [192, 168, ..] => "PRIVATE",
        [100, 64..=127, ..] => "SHARED",
        [127, ..] => "LOOPBACK",
        [169, 254, ..] => "LINK-LOCAL",
        [192, 0, 2, _] | [198, 51, 100, _] | [203, 0, 113, _] => "TEST-NET",
        [192, 88, 99, _] => "6TO4-RELAY",
        [192, 0, 0, _] | [198, 18..=19, ..] | [240..=255, ..] => "RESERVED",
        [224..=239, ..] => "MULTICAST",
        _ => "PUBLIC",
    }
}

/// The kind of an IPv6 address (the IANA's registries of IPv6 addresses), as observed on 5.6.3.
pub fn kind_of_v6(address: Ipv6Addr) -> &'static str {
    if address.is_unspecified() {
        return "UNSPECIFIED";
    }
    if address.is_loopback() {
        return "LOOPBACK";
    }
    match address.segments() {
        [0, 0, 0, 0, 0, 0xffff, ..] => "IPV4MAP",
        [0x100, 0, 0, 0, ..] => "DISCARD",
        [0x2001, 0, ..] => "TEREDO",
        [0x2001, 2, 0, ..] => "BMWG",
        [0x2001, 0xdb8, ..] => "DOCUMENTATION",
        [0x2001, 0x10..=0x1f, ..] => "ORCHID",
        [0x2002, ..] => "6TO4",
        [0x2000..=0x3fff, ..] => "GLOBAL-UNICAST",
        [0xfc00..=0xfdff, ..] => "UNIQUE-LOCAL-UNICAST",
        [0xfe80..=0xfebf, ..] => "LINK-LOCAL-UNICAST",
        [0xff00..=0xffff, ..] => "MULTICAST",
        _ => "RESERVED",
    }
}

/// The kind of an address.
pub fn kind(address: IpAddr) -> &'static str {
    match address {
        IpAddr::V4(address) => kind_of_v4(address),
        IpAddr::V6(address) => kind_of_v6(address),
    }
}

#[cfg(test)]
mod tests;
