//! The machine's own interfaces and addresses.

use std::io;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use nix::ifaddrs::getifaddrs;
use nix::net::if_::InterfaceFlags;
use nix::sys::socket::SockaddrStorage;

/// How long the list of addresses is believed: short enough for an address that moves between machines.
const KEPT: Duration = Duration::from_secs(1);

/// An address of an interface.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct InterfaceAddress {
    /// The interface, such as `eth0`.
    pub interface: String,
    /// Its address.
    pub address: IpAddr,
    /// Whether the interface is up.
    pub is_up: bool,
    /// Whether it is the loopback.
    pub is_loopback: bool,
}

impl InterfaceAddress {
    /// Whether it is only good on its own link (`fe80::/10`): such an address cannot be listened on without a scope.
    pub fn is_link_local(&self) -> bool {
        match self.address {
            IpAddr::V4(_) => false,
            IpAddr::V6(address) => address.is_unicast_link_local(),
        }
    }
}

/// Every address of every interface, in the kernel's order.
///
/// # Errors
/// What `getifaddrs(3)` fails with.
pub fn interface_addresses() -> io::Result<Vec<InterfaceAddress>> {
    let addresses = getifaddrs()?
        .filter_map(|entry| {
            let address = ip_of(entry.address.as_ref()?)?;
            Some(InterfaceAddress {
                interface: entry.interface_name,
                address,
                is_up: entry.flags.contains(InterfaceFlags::IFF_UP),
                is_loopback: entry.flags.contains(InterfaceFlags::IFF_LOOPBACK),
            })
        })
        .collect();
    Ok(addresses)
}

/// The addresses meant by an interface name in `listen` (`listen=udp:eth0:5060`): its IPv4 addresses only, as on 5.6.3;
/// with `ipv6` (`auto_bind_ipv6`) the IPv6 ones too. Empty if there is no such interface.
///
/// # Errors
/// What `getifaddrs(3)` fails with.
pub fn resolve_interface(name: &str, ipv6: bool) -> io::Result<Vec<IpAddr>> {
    let addresses = interface_addresses()?
        .into_iter()
        .filter(|entry| entry.interface == name)
        .filter(|entry| entry.address.is_ipv4() || (ipv6 && !entry.is_link_local()))
        .map(|entry| entry.address)
        .collect();
    Ok(addresses)
}

fn ip_of(storage: &SockaddrStorage) -> Option<IpAddr> {
    if let Some(address) = storage.as_sockaddr_in() {
        return Some(address.ip().into());
    }
    storage.as_sockaddr_in6().map(|address| address.ip().into())
}

/// The machine's addresses, looked up again when older than a second.
#[derive(Debug, Default)]
pub(crate) struct OwnAddresses {
    list: Mutex<Option<(Instant, Vec<IpAddr>)>>,
}

impl OwnAddresses {
    /// Whether an interface has this address.
    pub(crate) fn contains(&self, address: IpAddr) -> bool {
        let now = Instant::now();
        let mut list = self.list.lock().unwrap_or_else(PoisonError::into_inner);
        match &*list {
            Some((read, addresses)) if now.duration_since(*read) < KEPT => {
                addresses.contains(&address)
            }
            _ => {
                let addresses: Vec<IpAddr> = interface_addresses()
                    .unwrap_or_default()
                    .into_iter()
                    .map(|entry| entry.address)
                    .collect();
                let found = addresses.contains(&address);
                *list = Some((now, addresses));
                found
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_loopback_has_its_address() {
        let all = interface_addresses().unwrap();
        let loopback = all
            .iter()
            .find(|entry| entry.address == IpAddr::from([127, 0, 0, 1]))
            .unwrap();
        assert!(loopback.is_loopback && loopback.is_up && !loopback.is_link_local());
        let by_name = resolve_interface(&loopback.interface, false).unwrap();
        assert!(by_name.contains(&loopback.address));
        assert!(by_name.iter().all(IpAddr::is_ipv4));
    }

    #[test]
    fn an_unknown_interface_has_no_address() {
        assert_eq!(
            resolve_interface("no-such-interface", true).unwrap(),
            Vec::<IpAddr>::new()
        );
    }

    #[test]
    fn own_addresses_are_recognized() {
        let own = OwnAddresses::default();
        assert!(own.contains([127, 0, 0, 1].into()));
        assert!(!own.contains([203, 0, 113, 9].into()));
    }
}
