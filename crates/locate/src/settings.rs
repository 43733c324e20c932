//! What the operator decides about locating: Kamailio's `dns_*` parameters.

use sip::Transport;

use crate::{Kind, TransportSet};

/// How URIs become destinations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// `dns_try_naptr`: ask for NAPTR records when the URI leaves the transport open.
    pub tries_naptr: bool,
    /// `dns_naptr_ignore_rfc`: our preferences before the order of the NAPTR records.
    pub ignores_naptr_order: bool,
    /// `dns_srv_lb`: choose among SRV records of one priority at random by weight;
    /// otherwise the heaviest comes first.
    pub balances_srv: bool,
    /// `use_dns_failover`: offer further destinations after the first.
    pub has_failover: bool,
    /// Which address families to ask for.
    pub families: Families,
    /// `dns_udp_pref` and its kin.
    pub preferences: TransportPreferences,
    /// The transports that this server has sockets for.
    pub transports: TransportSet,
}

impl Default for Settings {
    /// Kamailio's defaults, for a server with IPv4 sockets for UDP and TCP.
    fn default() -> Settings {
        Settings {
            tries_naptr: false,
            ignores_naptr_order: true,
            balances_srv: false,
            has_failover: false,
            families: Families::V4,
            preferences: TransportPreferences::default(),
            transports: TransportSet::of([Transport::Udp, Transport::Tcp]),
        }
    }
}

impl Settings {
    /// The transports to look for when the URI leaves it open, preferred first.
    pub(crate) fn transports_by_preference(&self) -> Vec<Transport> {
        let mut transports: Vec<_> = Transport::ALL
            .into_iter()
            .filter(|transport| self.transports.contains(*transport))
            .filter(|transport| self.preferences.of(*transport).is_some())
            .collect();
        // Stable: equal preferences keep the order udp, tcp, tls, sctp.
        transports.sort_by_key(|transport| std::cmp::Reverse(self.preferences.of(*transport)));
        transports
    }

    /// The transport of a URI that names none and whose records name none.
    pub(crate) fn default_transport(&self) -> Transport {
        if self.transports.contains(Transport::Udp) {
            return Transport::Udp;
        }
        self.transports_by_preference()
            .first()
            .copied()
            .unwrap_or(Transport::Udp)
    }
}

/// How much each transport is liked; greater is better, negative means never.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TransportPreferences {
    /// `dns_udp_pref`, by default 30.
    pub udp: i32,
    /// `dns_tcp_pref`, by default 20.
    pub tcp: i32,
    /// `dns_tls_pref`, by default 10.
    pub tls: i32,
    /// `dns_sctp_pref`, by default 20.
    pub sctp: i32,
}

impl Default for TransportPreferences {
    fn default() -> TransportPreferences {
        TransportPreferences {
            udp: 30,
            tcp: 20,
            tls: 10,
            sctp: 20,
        }
    }
}

impl TransportPreferences {
    /// The preference of a transport; `None` when it is never chosen. WebSocket
    /// is not found by DNS: its clients cannot be connected to.
    pub fn of(&self, transport: Transport) -> Option<i32> {
        let preference = match transport {
            Transport::Udp => self.udp,
            Transport::Tcp => self.tcp,
            Transport::Tls => self.tls,
            Transport::Sctp => self.sctp,
            Transport::Ws | Transport::Wss => return None,
        };
        (preference >= 0).then_some(preference)
    }
}

/// Which families of addresses a name may lead to, and in which order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Families {
    /// Only IPv4; a numeric IPv6 host is refused.
    V4,
    /// Only IPv6 for names.
    V6,
    /// IPv4 first.
    V4ThenV6,
    /// IPv6 first.
    V6ThenV4,
}

impl Families {
    /// What `dns_try_ipv6` and `dns_cache_flags` (1 only IPv4, 2 only IPv6, 4 prefer
    /// IPv6) mean for a server with or without IPv6 sockets, as observed on 5.6.3.
    pub fn from_params(try_ipv6: bool, cache_flags: i64, has_ipv6_sockets: bool) -> Families {
        if !try_ipv6 || !has_ipv6_sockets || cache_flags & 1 != 0 {
            Families::V4
        } else if cache_flags & 2 != 0 {
            Families::V6
        } else if cache_flags & 4 != 0 {
            Families::V6ThenV4
        } else {
            Families::V4ThenV6
        }
    }

    /// The kinds of address records to ask for, in order.
    pub(crate) const fn kinds(self) -> &'static [Kind] {
        match self {
            Families::V4 => &[Kind::A],
            Families::V6 => &[Kind::Aaaa],
            Families::V4ThenV6 => &[Kind::A, Kind::Aaaa],
            Families::V6ThenV4 => &[Kind::Aaaa, Kind::A],
        }
    }

    /// Whether a numeric host of that family may be sent to.
    pub(crate) const fn allows(self, address: std::net::IpAddr) -> bool {
        address.is_ipv4() || !matches!(self, Families::V4)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families_follow_the_parameters() {
        for (try_ipv6, flags, has_sockets, expected) in [
            (true, 0, true, Families::V4ThenV6),
            (true, 4, true, Families::V6ThenV4),
            (true, 2, true, Families::V6),
            (true, 1, true, Families::V4),
            (false, 4, true, Families::V4),
            (false, 2, true, Families::V4),
            (true, 2, false, Families::V4),
            (true, 0, false, Families::V4),
        ] {
            assert_eq!(
                Families::from_params(try_ipv6, flags, has_sockets),
                expected
            );
        }
    }

    #[test]
    fn preferences_order_the_transports_and_negative_ones_drop_out() {
        let mut settings = Settings {
            transports: TransportSet::of(Transport::ALL),
            ..Settings::default()
        };
        let order = |settings: &Settings| settings.transports_by_preference();
        assert_eq!(
            order(&settings),
            [
                Transport::Udp,
                Transport::Tcp,
                Transport::Sctp,
                Transport::Tls
            ]
        );
        settings.preferences.udp = -1;
        settings.preferences.tls = 99;
        assert_eq!(
            order(&settings),
            [Transport::Tls, Transport::Tcp, Transport::Sctp]
        );
        settings.transports = TransportSet::of([Transport::Tcp]);
        assert_eq!(order(&settings), [Transport::Tcp]);
        assert_eq!(settings.default_transport(), Transport::Tcp);
    }
}
