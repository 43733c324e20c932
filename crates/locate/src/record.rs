//! Questions to DNS and what is answered.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use stdx::Text;

/// Records looked at in one answer; what a server sends beyond is ignored.
pub(crate) const RECORDS_MAX: usize = 64;
/// The longest name (RFC 1035 §2.3.4), as text.
const NAME_MAX: usize = 253;
/// The longest label.
const LABEL_MAX: usize = 63;

/// The kind of record asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// IPv4 addresses.
    A,
    /// IPv6 addresses.
    Aaaa,
    /// Services (RFC 2782).
    Srv,
    /// Naming authority pointers (RFC 3403).
    Naptr,
    /// Names of addresses.
    Ptr,
}

/// One question.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Query {
    /// The name, in lower case, without a final dot.
    pub name: Text,
    /// What is asked for.
    pub kind: Kind,
}

/// What one record says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Record {
    /// An address.
    Address(IpAddr),
    /// Where a service is (RFC 2782).
    Srv {
        /// Lower ones first.
        priority: u16,
        /// Share among those of one priority.
        weight: u16,
        /// The port.
        port: u16,
        /// The name of the host.
        target: Text,
    },
    /// Which services there are (RFC 3403).
    Naptr {
        /// Lower ones first.
        order: u16,
        /// Lower ones first within an order.
        preference: u16,
        /// `s` for those of SIP.
        flags: Text,
        /// Such as `SIP+D2T`.
        service: Text,
        /// How the name is to be changed; empty in those of SIP.
        regexp: Text,
        /// The name to ask for next.
        replacement: Text,
    },
    /// The name of an address.
    Name(Text),
}

impl Record {
    /// The kind of query that this record answers.
    pub fn kind(&self) -> Kind {
        match self {
            Record::Address(IpAddr::V4(_)) => Kind::A,
            Record::Address(IpAddr::V6(_)) => Kind::Aaaa,
            Record::Srv { .. } => Kind::Srv,
            Record::Naptr { .. } => Kind::Naptr,
            Record::Name(_) => Kind::Ptr,
        }
    }

    /// The record of an IPv4 address.
    pub fn v4(address: Ipv4Addr) -> Record {
        Record::Address(IpAddr::V4(address))
    }

    /// The record of an IPv6 address.
    pub fn v6(address: Ipv6Addr) -> Record {
        Record::Address(IpAddr::V6(address))
    }
}

/// What the resolver says to a [`Query`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Records with their time to live in seconds. Those of another kind than was
    /// asked for are ignored.
    Records(Vec<(Record, u32)>),
    /// The name is another name for `target`, and the resolver did not follow it.
    Alias {
        /// The other name.
        target: Text,
        /// Time to live, in seconds.
        ttl: u32,
    },
    /// The name does not exist or has no such records.
    NotFound,
    /// The resolver could not find out: a timeout, a server's failure.
    Failed,
}

/// A name in lower case and without its final dot; `None` when it cannot be a
/// host's or a service's name.
pub(crate) fn canonical_name(name: &[u8]) -> Option<Text> {
    let name = name.strip_suffix(b".").unwrap_or(name);
    let is_label = |label: &[u8]| {
        (1..=LABEL_MAX).contains(&label.len())
            && label
                .iter()
                .all(|byte| byte.is_ascii_graphic() && *byte != b'.')
    };
    if name.is_empty() || name.len() > NAME_MAX || !name.split(|byte| *byte == b'.').all(is_label) {
        return None;
    }
    if name.iter().any(u8::is_ascii_uppercase) {
        return Some(Text::from(name.to_ascii_lowercase()));
    }
    Some(Text::from(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_brought_to_one_form() {
        let check = |name: &[u8], expected: Option<&str>| {
            assert_eq!(canonical_name(name), expected.map(Text::from));
        };
        check(b"Example.COM.", Some("example.com"));
        check(b"_sip._udp.example.com", Some("_sip._udp.example.com"));
        check(b"", None);
        check(b".", None);
        check(b"a..b", None);
        check(b"a b", None);
        check(b"a\0b", None);
        check(&b"x".repeat(64), None);
        check(&b"abcdefg.".repeat(32), None);
    }
}
