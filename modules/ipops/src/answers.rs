//! What queries have found, by the names that the script gave them.

use locate::{Kind, Record};
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

/// A note: the records of each query for services, authority pointers and pointers.
#[derive(Default)]
pub struct Records(BTreeMap<(Kind, Text), Vec<Record>>);

impl Records {
    /// Keeps the records of a query in the place of those of its last run, best first.
    pub fn keep(&mut self, kind: Kind, name: Text, mut found: Vec<Record>) {
        found.retain(|record| record.kind() == kind);
        found.sort_by_key(|record| match record {
            Record::Srv {
                priority, weight, ..
            } => (*priority, u16::MAX - weight),
            Record::Naptr {
                order, preference, ..
            } => (*order, *preference),
            Record::Address(_) | Record::Name(_) => (0, 0),
        });
        self.0.insert((kind, name), found);
    }

    /// The records of a query, if it has been made.
    pub fn of(&self, kind: Kind, name: &Text) -> Option<&[Record]> {
        self.0.get(&(kind, name.clone())).map(Vec::as_slice)
    }
}
