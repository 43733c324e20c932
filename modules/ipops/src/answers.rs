//! What queries have found, by the names that the script gave them.

use std::collections::BTreeMap;
use std::net::IpAddr;
use stdx::Text;

/// A note: the addresses of each query.
#[derive(Default)]
pub struct Addresses(BTreeMap<Text, Vec<IpAddr>>);

impl Addresses {
    /// Keeps the addresses of a query in the place of those of its last run; each address once.
    pub fn keep(&mut self, name: Text, found: impl IntoIterator<Item = IpAddr>) {
        let mut addresses = Vec::new();
        for address in found {
            if !addresses.contains(&address) {
                addresses.push(address);
            }
        }
        self.0.insert(name, addresses);
    }

    /// The addresses of a query, if it has been made.
    pub fn of(&self, name: &[u8]) -> Option<&[IpAddr]> {
        self.0.get(name).map(Vec::as_slice)
    }
}

/// A note: the names of the queries for services, authority pointers and pointers that were made.
#[derive(Default)]
pub struct Asked(Vec<(Record, Text)>);

/// The kinds of records that are asked for besides addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Record {
    /// SRV
    Service,
    /// NAPTR
    AuthorityPointer,
    /// PTR
    Pointer,
}

impl Asked {
    /// Keeps that a query was made.
    pub fn keep(&mut self, record: Record, name: Text) {
        if !self.contains(record, &name) {
            self.0.push((record, name));
        }
    }

    /// Whether a query was made.
    pub fn contains(&self, record: Record, name: &[u8]) -> bool {
        self.0
            .iter()
            .any(|(kind, known)| *kind == record && **known == *name)
    }
}
