//! What this module counts.
//!
//! COMPAT: a response to a copy or to a request of our own goes to nobody, but counts as sent on (observed on 5.6.3).

use module_api::Counter;
use transaction::Transaction;

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
    /// Transactions that have come to wait for late messages only, be they gone or not.
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
    /// Counts a response that came and was sent on.
    pub fn relayed(&self) {
        self.replies_relayed.increment();
        self.replies_sent.increment();
    }

    /// Counts the response that ended the last branch, if that is still to be done: another goes on in its place.
    ///
    /// What is received is relayed or absorbed, so that the three figures agree (observed on 5.6.3).
    pub fn decided(&self, is_undecided: &mut bool) {
        if std::mem::take(is_undecided) {
            self.replies_absorbed.increment();
        }
    }

    /// Counts a response of our own.
    pub fn generated(&self) {
        self.replies_generated.increment();
        self.replies_sent.increment();
    }

    /// Counts a transaction that goes to nobody and has ended with what that branch has come to.
    pub fn ended(&self, machine: &Transaction, branch: usize) {
        let Some(branch) = machine.branches.get(branch) else {
            return;
        };
        match branch.is_local {
            true => self.generated(),
            false => self.relayed(),
        }
        self.finished(branch.status);
    }

    /// Counts a final response by its class.
    pub fn finished(&self, status: u16) {
        let class = usize::from(status / 100).checked_sub(2);
        if let Some(counter) = class.and_then(|class| self.classes.get(class)) {
            counter.increment();
        }
    }
}
