//! In which order SRV and NAPTR records are tried.

use std::cmp::Reverse;

use sip::Transport;
use stdx::Text;

use crate::record::canonical_name;
use crate::{Record, Settings};

/// A small generator: the choice between servers needs to be even, not secret.
#[derive(Debug)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Random {
        Random(seed)
    }

    /// 0 to `bound` - 1 (SplitMix64, scaled).
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut value = self.0;
        value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        value ^= value >> 31;
        ((u128::from(value) * u128::from(bound)) >> 64) as u64
    }
}

/// Host and port of an SRV record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Server {
    pub(crate) host: Text,
    pub(crate) port: u16,
}

/// The servers of SRV records, to be tried first to last.
///
/// COMPAT: without balancing, the heaviest of a priority comes first (observed on
/// 5.6.3). With it, RFC 2782 decides.
pub(crate) fn order_srv(records: &[Record], balances: bool, random: &mut Random) -> Vec<Server> {
    let mut rows: Vec<(u16, u16, Server)> = records
        .iter()
        .filter_map(|record| match record {
            Record::Srv {
                priority,
                weight,
                port,
                target,
            } if *port != 0 => {
                // A target of "." says that there is no such service.
                let host = canonical_name(target)?;
                Some((*priority, *weight, Server { host, port: *port }))
            }
            _ => None,
        })
        .collect();
    rows.sort_by_key(|(priority, weight, _)| (*priority, Reverse(*weight)));
    if balances {
        for same in rows.chunk_by_mut(|left, right| left.0 == right.0) {
            balance(same, random);
        }
    }
    rows.into_iter().map(|(_, _, server)| server).collect()
}

/// Orders records of one priority: each next one is drawn among the rest with the
/// chance that its weight gives it, nil weights having a small one (RFC 2782).
fn balance(mut rows: &mut [(u16, u16, Server)], random: &mut Random) {
    const NIL_SHARE: u64 = 1;
    const SHARE: u64 = 100;
    let share = |weight: u16| {
        if weight == 0 {
            NIL_SHARE
        } else {
            u64::from(weight) * SHARE
        }
    };
    while rows.len() > 1 {
        let total = rows.iter().map(|(_, weight, _)| share(*weight)).sum();
        let mut drawn = random.below(total);
        let chosen = rows.iter().position(|(_, weight, _)| {
            let share = share(*weight);
            let is_chosen = drawn < share;
            drawn = drawn.saturating_sub(share);
            is_chosen
        });
        rows.swap(0, chosen.unwrap_or(0));
        rows = rows.get_mut(1..).unwrap_or_default();
    }
}

/// A service that NAPTR records or our own habits lead to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Service {
    /// The name of its SRV records.
    pub(crate) name: Text,
    pub(crate) transport: Transport,
}

/// The SIP services of NAPTR records that we can use, to be tried first to last
/// (RFC 3263 §4.1). Only `s` records count, as in Kamailio (observed on 5.6.3).
pub(crate) fn order_naptr(records: &[Record], settings: &Settings) -> Vec<Service> {
    let mut rows: Vec<(u16, u16, i32, Service)> = records
        .iter()
        .filter_map(|record| {
            let Record::Naptr {
                order,
                preference,
                flags,
                service,
                replacement,
                ..
            } = record
            else {
                return None;
            };
            let transport = transport_of_service(service)?;
            let ours = settings.preferences.of(transport)?;
            if !flags.eq_ignore_ascii_case(b"s") || !settings.transports.contains(transport) {
                return None;
            }
            let name = canonical_name(replacement)?;
            Some((*order, *preference, ours, Service { name, transport }))
        })
        .collect();
    if settings.ignores_naptr_order {
        rows.sort_by_key(|(order, preference, ours, _)| (Reverse(*ours), *order, *preference));
    } else {
        rows.sort_by_key(|(order, preference, ours, _)| (*order, Reverse(*ours), *preference));
    }
    rows.into_iter().map(|(_, _, _, service)| service).collect()
}

fn transport_of_service(service: &[u8]) -> Option<Transport> {
    const SERVICES: [(&[u8], Transport); 4] = [
        (b"SIP+D2U", Transport::Udp),
        (b"SIP+D2T", Transport::Tcp),
        (b"SIPS+D2T", Transport::Tls),
        (b"SIP+D2S", Transport::Sctp),
    ];
    SERVICES
        .iter()
        .find(|(name, _)| service.eq_ignore_ascii_case(name))
        .map(|(_, transport)| *transport)
}

/// The service of `host` over `transport` (RFC 3263 §4.1). `None` for transports
/// that have no SRV records.
pub(crate) fn service_of(host: &Text, transport: Transport) -> Option<Service> {
    let prefix: &[u8] = match transport {
        Transport::Udp => b"_sip._udp.",
        Transport::Tcp => b"_sip._tcp.",
        Transport::Tls => b"_sips._tcp.",
        Transport::Sctp => b"_sip._sctp.",
        Transport::Ws | Transport::Wss => return None,
    };
    // A host so long that the service's name is none has no services.
    let name = canonical_name(&Text::concat(&[prefix, host]))?;
    Some(Service { name, transport })
}

#[cfg(test)]
mod tests;
