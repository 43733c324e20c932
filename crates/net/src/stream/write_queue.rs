//! Messages that wait until the peer takes them.

use std::collections::VecDeque;
use std::io::IoSlice;
use std::mem;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use smallvec::SmallVec;

/// Messages that are written at once, at most.
const PIECES: usize = 16;
/// More octets do not wait for others where there is room for them.
const GATHERED_MAX: usize = 16_384;

/// How much may be queued.
pub(crate) struct QueueLimits<'a> {
    /// Octets for one connection.
    pub(crate) connection_max: usize,
    /// Octets for all connections.
    pub(crate) total_max: usize,
    /// Octets queued for all connections.
    pub(crate) total: &'a AtomicUsize,
}

impl QueueLimits<'_> {
    /// How many octets may wait on one connection though there is room for them.
    pub(crate) fn gathered_max(&self) -> usize {
        self.connection_max.min(GATHERED_MAX)
    }
}

/// Which limit was met.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum QueueFull {
    Connection,
    Total,
}

/// The messages of one connection that wait, the first perhaps in part.
#[derive(Default)]
pub(crate) struct WriteQueue {
    messages: VecDeque<Bytes>,
    /// Octets of the first message that have left.
    written: usize,
    /// Octets that wait.
    waiting: usize,
}

impl WriteQueue {
    pub(crate) fn is_empty(&self) -> bool {
        self.messages.is_empty()
    }

    /// Octets that wait.
    pub(crate) fn len(&self) -> usize {
        self.waiting
    }

    /// Appends a message of which `written` octets have left; these can only be more than 0 if the queue is empty.
    pub(crate) fn push(
        &mut self,
        message: &[u8],
        written: usize,
        limits: &QueueLimits<'_>,
    ) -> Result<(), QueueFull> {
        let more = message.len().saturating_sub(written);
        if self.waiting + more > limits.connection_max {
            return Err(QueueFull::Connection);
        }
        let total = limits.total.fetch_add(more, Ordering::Relaxed);
        if total + more > limits.total_max {
            limits.total.fetch_sub(more, Ordering::Relaxed);
            return Err(QueueFull::Total);
        }
        if self.messages.is_empty() {
            self.written = written;
        }
        self.waiting += more;
        self.messages.push_back(Bytes::copy_from_slice(message));
        Ok(())
    }

    /// What is to be written next.
    pub(crate) fn pieces(&self) -> SmallVec<[IoSlice<'_>; PIECES]> {
        let mut begun = self.written;
        let texts = self.messages.iter().take(PIECES);
        texts
            .map(|message| {
                let text = message.get(mem::take(&mut begun)..);
                IoSlice::new(text.unwrap_or_default())
            })
            .collect()
    }

    /// Notes that `count` octets have left.
    pub(crate) fn advance(&mut self, count: usize, total: &AtomicUsize) {
        let count = count.min(self.waiting);
        self.written += count;
        self.waiting -= count;
        total.fetch_sub(count, Ordering::Relaxed);
        while let Some(front) = self.messages.front()
            && self.written >= front.len()
        {
            self.written -= front.len();
            self.messages.pop_front();
        }
    }

    /// Empties the queue and returns the messages of which nothing has left.
    pub(crate) fn take_unsent(&mut self, total: &AtomicUsize) -> Vec<Bytes> {
        total.fetch_sub(self.waiting, Ordering::Relaxed);
        self.waiting = 0;
        if self.written > 0 {
            self.messages.pop_front();
            self.written = 0;
        }
        mem::take(&mut self.messages).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(total: &AtomicUsize) -> QueueLimits<'_> {
        QueueLimits {
            connection_max: 10,
            total_max: 15,
            total,
        }
    }

    #[test]
    fn what_was_pushed_leaves_in_order_however_it_is_cut() {
        let total = AtomicUsize::new(0);
        let mut queue = WriteQueue::default();
        queue.push(b"abc", 1, &limits(&total)).unwrap();
        queue.push(b"defg", 0, &limits(&total)).unwrap();
        assert_eq!((queue.len(), total.load(Ordering::Relaxed)), (6, 6));
        let mut left = Vec::new();
        while !queue.is_empty() {
            let pieces = queue.pieces();
            left.push(
                pieces
                    .iter()
                    .map(|piece| piece.to_vec())
                    .collect::<Vec<_>>(),
            );
            drop(pieces);
            queue.advance(3, &total);
        }
        assert_eq!(
            left,
            [
                vec![b"bc".to_vec(), b"defg".to_vec()],
                vec![b"efg".to_vec()]
            ]
        );
        assert_eq!((queue.len(), total.load(Ordering::Relaxed)), (0, 0));
        assert!(queue.is_empty());
    }

    #[test]
    fn both_limits_hold() {
        let total = AtomicUsize::new(0);
        let (mut one, mut two) = (WriteQueue::default(), WriteQueue::default());
        assert_eq!(
            one.push(b"12345678901", 0, &limits(&total)),
            Err(QueueFull::Connection)
        );
        one.push(b"1234567890", 0, &limits(&total)).unwrap();
        assert_eq!(
            one.push(b"1", 0, &limits(&total)),
            Err(QueueFull::Connection)
        );
        assert_eq!(
            two.push(b"123456", 0, &limits(&total)),
            Err(QueueFull::Total)
        );
        two.push(b"12345", 0, &limits(&total)).unwrap();
        assert_eq!(total.load(Ordering::Relaxed), 15);
    }

    #[test]
    fn unsent_are_those_of_which_nothing_has_left() {
        let total = AtomicUsize::new(0);
        let mut queue = WriteQueue::default();
        for message in [&b"abc"[..], b"de", b"f"] {
            queue.push(message, 0, &limits(&total)).unwrap();
        }
        queue.advance(1, &total);
        assert_eq!(queue.take_unsent(&total), [&b"de"[..], b"f"]);
        assert_eq!((queue.len(), total.load(Ordering::Relaxed)), (0, 0));
        assert_eq!(queue.take_unsent(&total), Vec::<Bytes>::new());
    }
}
