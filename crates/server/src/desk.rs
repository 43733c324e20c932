//! What a thread works with while it has lanes, whose memory is used again: by whoever works next, and while it is still in
//! the processor's cache.

use module_api::{Call, Outbox};
use parking_lot::Mutex;

/// A context for the next message, and what is to be sent.
#[derive(Default)]
pub struct Desk {
    /// A context that no message needs any more.
    pub spare: Option<Box<Call>>,
    /// Messages that leave together.
    pub outbox: Outbox,
}

/// Desks that nobody works at.
#[derive(Default)]
#[expect(
    clippy::vec_box,
    reason = "a desk is taken and put for every batch of messages: its place is moved, not half a kilobyte"
)]
pub struct Desks(Mutex<Vec<Box<Desk>>>);

/// More desks than this are not kept: that many threads work at a time.
const KEPT_MAX: usize = 8;

/// A larger buffer is not kept, in octets.
const BUFFER_MAX: usize = 1 << 18;

impl Desks {
    /// A desk, the one used last if there is one.
    pub fn take(&self) -> Box<Desk> {
        self.0.lock().pop().unwrap_or_default()
    }

    /// Takes a desk back. What is in its outbox is lost.
    pub fn put(&self, mut desk: Box<Desk>) {
        desk.outbox.clear();
        if desk.outbox.buffer.capacity() > BUFFER_MAX {
            desk.outbox = Outbox::default();
        }
        let mut desks = self.0.lock();
        if desks.len() < KEPT_MAX {
            desks.push(desk);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_desk_used_last_is_used_next_and_a_large_buffer_is_not_kept() {
        let desks = Desks::default();
        let mut desk = desks.take();
        desk.outbox.buffer.reserve_exact(1000);
        desks.put(desk);
        let mut desk = desks.take();
        assert_eq!(desk.outbox.buffer.capacity(), 1000);
        desk.outbox.buffer.reserve_exact(BUFFER_MAX + 1);
        desks.put(desk);
        assert_eq!(desks.take().outbox.buffer.capacity(), 0);
    }
}
