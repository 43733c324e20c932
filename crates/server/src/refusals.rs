//! What the operator is told of connections that are closed because of a limit or how they begin.

use module_api::log_outside;
use net::Limit;
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;
use telemetry::{LogLevel, Logger, Suppressed};

/// How often each address is told of.
const INTERVAL: Duration = Duration::from_secs(60);

/// How many addresses are told apart; of further ones nothing is said until others have gone.
const ADDRESSES_MAX: usize = 1024;

/// Tells of each address once in a while.
#[derive(Default)]
pub struct Refusals {
    /// When an address was told of, since 1970, and how many connections were refused since.
    told: Mutex<BTreeMap<IpAddr, (Duration, u64)>>,
}

impl Refusals {
    /// A connection from `address` was refused at `time`, since 1970.
    pub fn note(&self, logger: &Logger, time: Duration, address: IpAddr, limit: Limit) {
        let Some(suppressed) = self.is_due(address, time) else {
            return;
        };
        let (what, parameter) = match limit {
            Limit::All => ("there are too many connections", "tcp_max_connections"),
            Limit::ProxyHeader => ("its PROXY header cannot be read", "tcp_accept_haproxy"),
            Limit::PerAddress => ("it has too many connections", "tcp_accept_iplimit"),
        };
        let message = format_args!(
            "a connection from {address} was refused: {what} (parameter {parameter}){suppressed}"
        );
        log_outside(logger, LogLevel::Warning, time, message);
    }

    /// Whether an address is to be told of, and how many of its connections were refused without.
    fn is_due(&self, address: IpAddr, time: Duration) -> Option<Suppressed> {
        let is_recent = |told: Duration| time.saturating_sub(told) < INTERVAL;
        let mut all = self.told.lock();
        if let Some((told, others)) = all.get_mut(&address) {
            if is_recent(*told) {
                *others += 1;
                return None;
            }
            *told = time;
            return Some(Suppressed(std::mem::take(others)));
        }
        if all.len() >= ADDRESSES_MAX {
            all.retain(|_, (told, _)| is_recent(*told));
        }
        if all.len() >= ADDRESSES_MAX {
            return None;
        }
        all.insert(address, (time, 0));
        Some(Suppressed(0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_told_of_once_a_minute() {
        let refusals = Refusals::default();
        let at = |address: u8, seconds| {
            let address = IpAddr::from([127, 0, 0, address]);
            let due = refusals.is_due(address, Duration::from_secs(seconds));
            due.map(|suppressed| suppressed.0)
        };
        assert_eq!(at(1, 100), Some(0));
        assert_eq!((at(1, 101), at(1, 159)), (None, None));
        assert_eq!(at(2, 101), Some(0));
        assert_eq!(at(1, 160), Some(2));
    }
}
