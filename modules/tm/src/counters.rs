//! What this module counts.

use module_api::Counter;

/// What this module counts.
#[derive(Default)]
pub struct Counters {
    /// Transactions made by received requests.
    pub received_requests: Counter,
    /// Transactions made by requests of our own.
    pub own_requests: Counter,
    /// Transactions made.
    pub created: Counter,
    /// Transactions that are gone.
    pub freed: Counter,
    /// Transactions that have had their final response.
    pub waiting: Counter,
    /// Transactions by the class of their final response, 2xx first.
    pub classes: [Counter; 5],
    /// Responses that came.
    pub replies_received: Counter,
    /// Responses that came and went nowhere.
    pub replies_absorbed: Counter,
    /// Responses that came and were sent on.
    pub replies_relayed: Counter,
    /// Responses of our own.
    pub replies_generated: Counter,
    /// Responses sent.
    pub replies_sent: Counter,
    /// The octets that transactions take.
    pub bytes: Counter,
    /// Requests that were refused for want of memory.
    pub refused: Counter,
}

impl Counters {
    /// Counts the final response of a transaction.
    pub fn finished(&self, status: u16) {
        self.waiting.increment();
        let class = usize::from(status / 100).checked_sub(2);
        if let Some(counter) = class.and_then(|class| self.classes.get(class)) {
            counter.increment();
        }
    }
}
