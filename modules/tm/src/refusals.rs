//! What is done with requests for which there is no memory.

use crate::counters::Counters;
use module_api::relay::{self, Said};
use module_api::{Call, RateLimiter, Verdict};
use sip::Method;
use std::sync::Arc;
use std::time::Duration;

/// How long nothing is said about further refusals.
const SILENCE: Duration = Duration::from_secs(10);

/// When their senders may try again; s.
const RETRY_AFTER: &[u8] = b"Retry-After: 10\r\n";

/// Counts what is refused, and says so from time to time.
pub struct Refusals {
    counters: Arc<Counters>,
    telling: RateLimiter,
}

impl Refusals {
    /// Nothing was refused yet.
    pub fn new(counters: Arc<Counters>) -> Refusals {
        Refusals {
            counters,
            telling: RateLimiter::new(1, SILENCE),
        }
    }

    /// There is no memory for a transaction of the request at hand.
    pub fn count(&self, call: &mut Call) {
        self.counters.refused.increment();
        if self.telling.admit(call.unix_time).is_some() {
            call.warn(format_args!(
                "transactions take all the memory they may have (transactions_memory): {} requests refused so far",
                self.counters.refused.value()
            ));
        }
    }
}

/// Answers the request at hand with 503, without state; its script ends.
pub fn refuse(call: &mut Call) -> Verdict {
    call.response_extras.headers.extend_from_slice(RETRY_AFTER);
    respond(call, 503, b"Service Unavailable");
    Verdict::EXIT
}

/// Answers the request at hand without state. An ACK is not answered.
pub fn respond(call: &mut Call, status: u16, reason: &[u8]) {
    if call.message.method() == Method::Ack {
        return;
    }
    let delivery = relay::response_delivery(call);
    let said = Said {
        status,
        reason,
        ..Said::default()
    };
    relay::answer_statelessly(call, delivery, said);
}
