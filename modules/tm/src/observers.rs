//! Telling other modules what becomes of requests: accounting, dialogs.

use crate::Tm;
use crate::table::Table;
use module_api::{Call, Flags, Text, TransactionId, Work};
use sip::Message;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// The final response that a transaction has been given.
#[derive(Clone, Debug)]
pub struct Finished {
    /// Its status.
    pub status: u16,
    /// Its reason phrase.
    pub reason: Text,
    /// The response that was sent on; none when it was made here.
    pub response: Option<Arc<Message>>,
}

/// What others are told.
#[derive(Clone, Debug)]
pub enum Event {
    /// All branches have failed; the failure route is yet to come. The context is that of the request: message, flags,
    /// attributes.
    Failing(Finished),
    /// The final response has been given. The context is that of the request.
    Finished(Finished),
    /// The ACK to a 2xx passes. The context is that of the ACK; these are the flags of the INVITE.
    Acknowledged(Flags),
}

/// Told of what becomes of received requests.
pub type Observer = Arc<dyn Fn(&mut Call, &Event) + Send + Sync>;

/// Those who want to be told.
#[derive(Default)]
pub struct Observers {
    /// Whether there are any, so that nobody pays for none.
    some: AtomicBool,
    list: Mutex<Vec<Observer>>,
}

impl Observers {
    /// Adds one; meant for the start of a module.
    pub fn add(&self, observer: Observer) {
        let mut list = self.list.lock().unwrap_or_else(PoisonError::into_inner);
        list.push(observer);
        self.some.store(true, Ordering::Release);
    }

    /// Whether there are any.
    pub fn is_empty(&self) -> bool {
        !self.some.load(Ordering::Acquire)
    }

    /// Tells all of them. The transaction is in use meanwhile: what they need of it is in the context.
    pub fn tell(&self, call: &mut Call, event: &Event) {
        let list = self
            .list
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        for observer in list {
            observer(call, event);
        }
    }
}

/// Tells of something that happens between runs.
pub fn tell_between(
    tm: &Tm,
    work: &mut Work<'_>,
    table: &mut Table,
    id: TransactionId,
    event: &Event,
) {
    let Some(cell) = table.get_mut(id) else {
        return;
    };
    let mut call = cell.context(work);
    tm.observers.tell(&mut call, event);
    cell.take_back(&mut call);
    work.give_back(call);
}
