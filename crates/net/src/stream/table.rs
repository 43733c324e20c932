//! All connections, found by number and by whom they lead to.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hash, RandomState};
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sip::Transport;
use smallvec::SmallVec;

use super::connection::Connection;
use crate::received::ConnectionId;

/// Independently locked parts of each index.
const SHARDS: usize = 32;

/// The connection table.
pub(crate) struct Table {
    by_id: [Mutex<HashMap<ConnectionId, Arc<Connection>>>; SHARDS],
    by_peer: [Mutex<PeerIndex>; SHARDS],
    /// Accepted connections per peer.
    accepted: Mutex<HashMap<IpAddr, usize>>,
    next_id: AtomicU32,
    count: AtomicUsize,
    /// Those of them that we are opening.
    connecting: Arc<AtomicUsize>,
    hasher: RandomState,
}

/// The newest connection last.
type PeerIndex = HashMap<Peer, SmallVec<[Arc<Connection>; 1]>>;

/// Whom a connection leads to.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Peer {
    pub(crate) transport: Transport,
    pub(crate) address: SocketAddr,
}

/// Which of several connections to a peer is wanted.
#[derive(Clone, Copy)]
pub(crate) struct Wanted {
    /// The socket to send from. A connection has to have its address, unless that is a wildcard.
    pub(crate) local: SocketAddr,
    /// One that has the socket's port too comes first (`tcp_connection_match`).
    pub(crate) prefers_port: bool,
}

/// A place among the connections that we are opening.
///
/// These are at most half of what there may be: whoever has us send to places that do not answer is not to keep others from
/// connecting to us.
pub(crate) struct Connecting(Arc<AtomicUsize>);

impl Drop for Connecting {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A part of the peer index, locked.
pub(crate) struct PeerShard<'a> {
    index: MutexGuard<'a, PeerIndex>,
    peer: Peer,
}

impl Table {
    pub(crate) fn new() -> Table {
        Table {
            by_id: std::array::from_fn(|_| Mutex::default()),
            by_peer: std::array::from_fn(|_| Mutex::default()),
            accepted: Mutex::default(),
            next_id: AtomicU32::new(1),
            count: AtomicUsize::new(0),
            connecting: Arc::default(),
            hasher: RandomState::new(),
        }
    }

    /// A number for a new connection.
    pub(crate) fn next_id(&self) -> ConnectionId {
        loop {
            // After 4,294,967,295 comes 0, which is no number, and then those that are free again.
            if let Some(id) = ConnectionId::new(self.next_id.fetch_add(1, Ordering::Relaxed))
                && self.get(id).is_none()
            {
                return id;
            }
        }
    }

    /// Connections in the table.
    pub(crate) fn len(&self) -> usize {
        self.count.load(Ordering::Relaxed)
    }

    /// Counts one more connection in, unless there are as many as may be. Undone by [`release`](Self::release).
    pub(crate) fn reserve(&self, max: usize) -> bool {
        let before = self.count.fetch_add(1, Ordering::Relaxed);
        if before >= max {
            self.release();
        }
        before < max
    }

    /// Counts one out again that was reserved.
    pub(crate) fn release(&self) {
        self.count.fetch_sub(1, Ordering::Relaxed);
    }

    /// Counts one more in that we open, unless there are as many as may be (see [`Connecting`]).
    pub(crate) fn reserve_connecting(&self, max: usize) -> Option<Connecting> {
        let before = self.connecting.fetch_add(1, Ordering::Relaxed);
        let place = Connecting(Arc::clone(&self.connecting));
        (before < max.div_ceil(2)).then_some(place)
    }

    /// Counts one more accepted connection from this address in, unless there are `max` (0 is no limit).
    pub(crate) fn reserve_accepted(&self, address: IpAddr, max: usize) -> bool {
        let mut accepted = lock(&self.accepted);
        let count = accepted.entry(address).or_default();
        if max > 0 && *count >= max {
            return false;
        }
        *count += 1;
        true
    }

    /// Counts one out again.
    fn release_accepted(&self, address: IpAddr) {
        let mut accepted = lock(&self.accepted);
        if let Some(count) = accepted.get_mut(&address) {
            *count -= 1;
            if *count == 0 {
                accepted.remove(&address);
            }
        }
    }

    /// The connection with this number.
    pub(crate) fn get(&self, id: ConnectionId) -> Option<Arc<Connection>> {
        lock(self.id_shard(id)).get(&id).cloned()
    }

    /// Locks the part of the index that holds this peer.
    pub(crate) fn peer_shard(&self, peer: Peer) -> PeerShard<'_> {
        let shard = shard_of(&self.by_peer, self.hasher.hash_one(peer));
        PeerShard {
            index: lock(shard),
            peer,
        }
    }

    /// A connection to this peer that takes messages.
    pub(crate) fn find(&self, peer: Peer, wanted: Wanted) -> Option<Arc<Connection>> {
        self.peer_shard(peer).find(wanted)
    }

    /// Makes a connection findable by its number. [`PeerShard::insert`] does so by its peer.
    pub(crate) fn insert(&self, connection: &Arc<Connection>) {
        lock(self.id_shard(connection.id)).insert(connection.id, Arc::clone(connection));
    }

    /// Forgets a connection.
    pub(crate) fn remove(&self, connection: &Connection) {
        let ends = &connection.ends;
        lock(self.id_shard(connection.id)).remove(&connection.id);
        let ports = connection.aliases().into_iter().chain([ends.peer.port()]);
        for port in ports {
            let peer = Peer {
                transport: ends.transport,
                address: SocketAddr::new(ends.peer.ip(), port),
            };
            self.peer_shard(peer).remove(connection.id);
        }
        if ends.accepted {
            self.release_accepted(ends.peer.ip());
        }
        self.release();
    }

    /// All connections, the oldest number first.
    pub(crate) fn all(&self) -> Vec<Arc<Connection>> {
        let mut all = Vec::with_capacity(self.len());
        for shard in &self.by_id {
            all.extend(lock(shard).values().cloned());
        }
        all.sort_unstable_by_key(|connection| connection.id);
        all
    }

    /// Calls `visit` for every connection, in no order. It must not call back into the table.
    pub(crate) fn for_each(&self, mut visit: impl FnMut(&Arc<Connection>)) {
        for shard in &self.by_id {
            lock(shard).values().for_each(&mut visit);
        }
    }

    fn id_shard(&self, id: ConnectionId) -> &Mutex<HashMap<ConnectionId, Arc<Connection>>> {
        shard_of(&self.by_id, id.number().into())
    }
}

impl PeerShard<'_> {
    /// A connection to the peer that takes messages, the newest first.
    pub(crate) fn find(&self, wanted: Wanted) -> Option<Arc<Connection>> {
        let known = self
            .index
            .get(&self.peer)
            .map(SmallVec::as_slice)
            .unwrap_or_default();
        let fitting = || {
            known.iter().rev().filter(|connection| {
                let local = wanted.local.ip();
                connection.is_usable()
                    && (local.is_unspecified() || connection.ends.local.ip() == local)
            })
        };
        let exact = match wanted.prefers_port {
            true => fitting().find(|connection| connection.ends.local == wanted.local),
            false => None,
        };
        exact.or_else(|| fitting().next()).cloned()
    }

    pub(crate) fn insert(&mut self, connection: &Arc<Connection>) {
        self.index
            .entry(self.peer)
            .or_default()
            .push(Arc::clone(connection));
    }

    /// Whether another connection to the peer takes messages.
    pub(super) fn has_other(&self, id: ConnectionId) -> bool {
        let known = self.index.get(&self.peer);
        known.is_some_and(|known| {
            let mut others = known.iter().filter(|connection| connection.id != id);
            others.any(|connection| connection.is_usable())
        })
    }

    /// Forgets all connections to the peer.
    pub(super) fn clear(&mut self) {
        self.index.remove(&self.peer);
    }

    pub(super) fn remove(&mut self, id: ConnectionId) {
        if let Some(known) = self.index.get_mut(&self.peer) {
            known.retain(|connection| connection.id != id);
            if known.is_empty() {
                self.index.remove(&self.peer);
            }
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn shard_of<T>(shards: &[T; SHARDS], hash: u64) -> &T {
    let position = (hash % SHARDS as u64) as usize;
    shards.get(position).unwrap_or(&shards[0])
}
