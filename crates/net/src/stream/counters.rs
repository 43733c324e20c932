//! Counters of stream connections, under the names of Kamailio's `tcp` statistics.

use std::sync::atomic::{AtomicU64, Ordering};

#[derive(Default)]
pub(crate) struct TcpCounters {
    pub(crate) established: Counter,
    pub(crate) passive_open: Counter,
    pub(crate) connect_success: Counter,
    pub(crate) connect_failed: Counter,
    pub(crate) local_reject: Counter,
    pub(crate) con_timeout: Counter,
    pub(crate) con_reset: Counter,
    pub(crate) send_timeout: Counter,
    pub(crate) sendq_full: Counter,
    pub(crate) received: Counter,
    pub(crate) panics: Counter,
}

#[derive(Default)]
pub(crate) struct Counter(AtomicU64);

impl Counter {
    pub(crate) fn add_one(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// What happened to stream connections since the start, and how things are.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct TcpCounts {
    /// Connections that were opened, by either side.
    pub established: u64,
    /// Connections accepted.
    pub passive_open: u64,
    /// Connections we opened.
    pub connect_success: u64,
    /// Connections we could not open.
    pub connect_failed: u64,
    /// Connections refused because of a limit.
    pub local_reject: u64,
    /// Connections closed because nothing came.
    pub con_timeout: u64,
    /// Connections reset by the peer.
    pub con_reset: u64,
    /// Connections closed because the peer took nothing.
    pub send_timeout: u64,
    /// Messages refused because of a full queue.
    pub sendq_full: u64,
    /// Messages received.
    pub received: u64,
    /// Panics of the handler that were caught.
    pub panics: u64,
    /// Connections at the moment.
    pub current_opened_connections: u64,
    /// Octets queued at the moment.
    pub current_write_queue_size: u64,
}
