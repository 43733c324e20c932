//! Telling other modules what becomes of requests: accounting, dialogs.

use crate::Tm;
use crate::table::Table;
use module_api::{Call, Text, TransactionId, Work};
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

/// Told of the final response to a received request. The context is that of the request: message, flags, attributes.
pub type Observer = Arc<dyn Fn(&mut Call, &Finished) + Send + Sync>;

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
    pub fn tell(&self, call: &mut Call, finished: &Finished) {
        let list = self
            .list
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        for observer in list {
            observer(call, finished);
        }
    }
}

/// Tells of a response that was sent on between runs.
pub fn tell_between(
    tm: &Tm,
    work: &mut Work<'_>,
    table: &mut Table,
    id: TransactionId,
    finished: &Finished,
) {
    let Some(cell) = table.get_mut(id) else {
        return;
    };
    let mut call = cell.context(work);
    tm.observers.tell(&mut call, finished);
    cell.lend_attributes(&mut call);
    work.give_back(call);
}
