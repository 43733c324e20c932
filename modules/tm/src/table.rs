//! The transactions of one lane: where they are, how they are found, when they want to be woken.

use crate::Tm;
use crate::cell::Cell;
use crate::counters::Counters;
use crate::requests::LookedFor;
use crate::work::Todo;
use module_api::{Call, LaneState, TransactionId, Work};
use sip::identifiers::BranchId;
use sip::{Message, Method};
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;
use stdx::hash::{Map, Seed};
use stdx::wheel::{Token, Wheel};
use transaction::Tick;
use transaction::key::{self, Key, Matching};

/// The table's place in its lane. It is taken out while somebody works with it.
#[derive(Default)]
struct Home(Option<Box<Table>>);

/// The transactions of one lane.
pub struct Table {
    entries: Vec<Entry>,
    free: Vec<u32>,
    by_key: Map<Key, u32>,
    by_dialog: Map<Key, u32>,
    wheel: Wheel<u32>,
    seed: Seed,
    start: Instant,
    /// The last instant that was made a tick, and that tick.
    reckoned: std::cell::Cell<(Instant, Tick)>,
    /// The lane's number.
    lane: usize,
    /// The earliest tick that somebody asked to be woken at and the lane has not been told.
    wanted: Option<Tick>,
    /// How requests are compared.
    matching: Matching,
    /// Room for the identity of a request, whose memory is used again.
    identity: std::cell::Cell<Vec<u8>>,
    /// Told of transactions that go; known as soon as there is one.
    counters: Option<Arc<Counters>>,
    /// The octets that the lane's transactions take.
    bytes: usize,
    /// What is to be done when no run is going on.
    pub todo: VecDeque<Todo>,
}

#[derive(Default)]
struct Entry {
    generation: u32,
    cell: Option<Box<Cell>>,
    token: Option<(Token, Tick)>,
    /// The octets that the transaction took when it was last looked after.
    weight: usize,
}

/// A lane that takes less than this part of the memory for transactions has room, whatever the others take.
const LANE_SHARE: usize = 256;

/// The octets of room for identities that a lane keeps at most.
const ROOM_MAX: usize = 1_024;

/// How many ticks too early a transaction may be looked at, before its timer is moved.
const TOO_EARLY: u64 = 64;

/// How many bits of the index that scripts see tell the lane.
const LANE_BITS: u32 = 8;

impl Table {
    fn new(lane: &mut LaneState) -> Table {
        let start = lane.start.unwrap_or_else(Instant::now);
        Table {
            entries: Vec::new(),
            free: Vec::new(),
            by_key: Map::with_hasher(Seed::new(lane.random.u64(..))),
            by_dialog: Map::with_hasher(Seed::new(lane.random.u64(..))),
            wheel: Wheel::new(0),
            seed: Seed::new(lane.random.u64(..)),
            start,
            reckoned: (start, Tick::default()).into(),
            lane: lane.number,
            wanted: None,
            matching: Matching::default(),
            identity: Default::default(),
            counters: None,
            bytes: 0,
            todo: VecDeque::new(),
        }
    }

    /// An instant as a tick.
    pub fn tick(&self, now: Instant) -> Tick {
        // It is asked several times for each message.
        let (last, tick) = self.reckoned.get();
        if last == now {
            return tick;
        }
        let tick = Tick::at(now.saturating_duration_since(self.start));
        self.reckoned.set((now, tick));
        tick
    }

    /// Whether no more transactions are taken in.
    pub fn is_full(&self, tm: &Tm) -> bool {
        let most = tm.params.memory();
        self.bytes >= most / LANE_SHARE
            && usize::try_from(tm.counters.bytes.value()).unwrap_or(0) >= most
    }

    /// Puts a transaction in; it gets its place and its name. Requests with that identity belong to it.
    pub fn insert(
        &mut self,
        tm: &Tm,
        mut cell: Box<Cell>,
        is_invite: bool,
        identity: &[u8],
    ) -> TransactionId {
        if self.counters.is_none() {
            self.counters = Some(tm.counters.clone());
        }
        let slot = self.free.pop().unwrap_or_else(|| {
            self.entries.push(Entry::default());
            self.entries.len() as u32 - 1
        });
        cell.identity = identity.into();
        cell.key = self.seed.hash_bytes(identity);
        let generation = self
            .entries
            .get(slot as usize)
            .map_or(0, |entry| entry.generation);
        let id = TransactionId { slot, generation };
        cell.id = id;
        if !cell.machine.is_own() {
            self.by_key.insert(cell.key, slot);
        }
        if is_invite {
            cell.dialog_key = self.dialog_key(&cell.request);
            self.by_dialog.insert(cell.dialog_key, slot);
        }
        if let Some(entry) = self.entries.get_mut(slot as usize) {
            entry.cell = Some(cell);
        }
        id
    }

    fn dialog_key(&self, message: &Message) -> Key {
        let number = message.cseq().map_or(0, |cseq| cseq.number);
        key::of_dialog(message.call_id().unwrap_or_default(), number, self.seed)
    }

    /// A transaction by its name.
    pub fn get(&self, id: TransactionId) -> Option<&Cell> {
        let entry = self.entries.get(id.slot as usize)?;
        entry
            .cell
            .as_deref()
            .filter(|_| entry.generation == id.generation)
    }

    /// A transaction by its name, for changing.
    pub fn get_mut(&mut self, id: TransactionId) -> Option<&mut Cell> {
        let entry = self.entries.get_mut(id.slot as usize)?;
        let is_same = entry.generation == id.generation;
        entry.cell.as_deref_mut().filter(|_| is_same)
    }

    fn at_slot(&self, slot: u32) -> Option<&Cell> {
        self.entries.get(slot as usize)?.cell.as_deref()
    }

    /// Puts the lane where [`Cell::branch_id`] has the hash of a branch from.
    pub fn with_lane(&self, high: u64) -> u64 {
        high & !u64::from(u16::MAX) | self.lane as u64
    }

    /// The lane that a transaction's branch names if it is another one out of `lanes`: what was sent had another Call-ID than what
    /// came. A branch without a transaction has a hash of all its key.
    pub fn other_lane(&self, branch: &BranchId, lanes: usize) -> Option<usize> {
        let lane = usize::from(branch.hash);
        let is_named = branch.hash == (branch.key >> 64) as u16;
        (is_named && lane != self.lane && lane < lanes).then_some(lane)
    }

    /// The transaction that a branch of ours names.
    pub fn of_branch(&self, branch: &BranchId) -> Option<TransactionId> {
        let cell = self.at_slot(branch.key as u32)?;
        (cell.branch_key == branch.key).then_some(cell.id)
    }

    /// Works with the identity of the request at hand and the transaction that has it already.
    pub fn with_identity<T>(
        &mut self,
        tm: &Tm,
        call: &mut Call,
        act: impl FnOnce(&mut Call, &mut Table, &[u8], Option<TransactionId>) -> T,
    ) -> T {
        self.matching = tm.params.matching();
        let mut identity = self.identity.take();
        let looked_for = call.notes.get::<LookedFor>();
        let request = looked_for.map_or(&call.message, |LookedFor(request)| request);
        key::identity(request, false, self.matching, &mut identity);
        let known = self.of_identity(&identity);
        let result = act(call, self, &identity, known);
        self.keep(identity);
        result
    }

    /// The transaction that a request belongs to: an ACK or CANCEL to that of its INVITE if `of_invite`.
    pub fn of_request(&self, request: &Message, of_invite: bool) -> Option<TransactionId> {
        let mut identity = self.identity.take();
        key::identity(request, of_invite, self.matching, &mut identity);
        let known = self.of_identity(&identity);
        self.keep(identity);
        known
    }

    /// Keeps the room for identities, but for one that a huge message has needed.
    fn keep(&self, identity: Vec<u8>) {
        if identity.capacity() <= ROOM_MAX {
            self.identity.set(identity);
        }
    }

    fn of_identity(&self, identity: &[u8]) -> Option<TransactionId> {
        let key = self.seed.hash_bytes(identity);
        let cell = self.at_slot(*self.by_key.get(&key)?)?;
        (*cell.identity == *identity).then_some(cell.id)
    }

    /// The transaction that a CANCEL is for: of an INVITE, or of another request, which is answered for but goes on
    /// (RFC 3261 §9.2).
    pub fn of_cancelled(&self, cancel: &Message) -> Option<TransactionId> {
        let invite = self.of_request(cancel, true);
        invite.or_else(|| self.of_other_cancelled(cancel))
    }

    /// A CANCEL does not tell the method of what it cancels, so each is tried.
    fn of_other_cancelled(&self, cancel: &Message) -> Option<TransactionId> {
        let mut identity = Vec::new();
        key::identity(cancel, true, self.matching, &mut identity);
        let others = Method::ALL
            .iter()
            .filter(|method| !matches!(method, Method::Invite | Method::Ack | Method::Cancel));
        others.into_iter().find_map(|method| {
            *identity.first_mut()? = *method as u8;
            self.of_identity(&identity)
        })
    }

    /// The INVITE transaction with that Call-ID and CSeq number.
    pub fn of_dialog(&self, call_id: &[u8], number: u32) -> Option<TransactionId> {
        let key = key::of_dialog(call_id, number, self.seed);
        let cell = self.at_slot(*self.by_dialog.get(&key)?)?;
        let same_number = cell.request.cseq().is_ok_and(|cseq| cseq.number == number);
        (cell.request.call_id().ok() == Some(call_id) && same_number).then_some(cell.id)
    }

    /// Any transaction with that Call-ID and CSeq number.
    pub fn of_call(&self, call_id: &[u8], number: u32) -> Option<TransactionId> {
        self.of_dialog(call_id, number).or_else(|| {
            self.cells()
                .find(|cell| {
                    cell.request.call_id().ok() == Some(call_id)
                        && cell.request.cseq().is_ok_and(|cseq| cseq.number == number)
                })
                .map(|cell| cell.id)
        })
    }

    /// As [`Table::of_call`], also one that has nothing left of its request but the response to it.
    pub fn of_call_or_response(&self, call_id: &[u8], number: u32) -> Option<TransactionId> {
        self.of_call(call_id, number).or_else(|| {
            let answers = |cell: &&Cell| {
                let response = Message::parse(cell.response.to_vec().into());
                cell.request.call_id().is_err()
                    && response.is_ok_and(|response| {
                        response.call_id().ok() == Some(call_id)
                            && response.cseq().is_ok_and(|cseq| cseq.number == number)
                    })
            };
            self.cells().find(answers).map(|cell| cell.id)
        })
    }

    /// All transactions.
    pub fn cells(&self) -> impl Iterator<Item = &Cell> {
        self.entries
            .iter()
            .filter_map(|entry| entry.cell.as_deref())
    }

    /// The two numbers by which scripts name a transaction: the first tells the lane and the place.
    pub fn shown(&self, id: TransactionId) -> (i64, i64) {
        let index = u64::from(id.slot) << LANE_BITS | self.lane as u64;
        let label = self.get(id).map_or(0, |cell| cell.label);
        (index as i64, i64::from(label))
    }

    /// The lane that an index is of.
    pub fn lane_of(index: i64) -> usize {
        (index as u64 & ((1 << LANE_BITS) - 1)) as usize
    }

    /// The transaction that the two numbers name.
    pub fn named(&self, index: i64, label: i64) -> Option<TransactionId> {
        let slot = u32::try_from(index as u64 >> LANE_BITS).ok()?;
        let cell = self.at_slot(slot)?;
        (i64::from(cell.label) == label).then_some(cell.id)
    }

    /// Sees to it that a transaction is looked at when it wants to be; one that is over goes.
    pub fn look_after(&mut self, id: TransactionId) -> bool {
        let entry = self.entries.get_mut(id.slot as usize);
        let Some(entry) = entry.filter(|entry| entry.generation == id.generation) else {
            return false;
        };
        let Some(cell) = entry.cell.as_deref_mut() else {
            return false;
        };
        if !cell.is_counted && cell.machine.is_waiting() {
            cell.is_counted = true;
            if let Some(counters) = &self.counters {
                counters.waiting.increment();
            }
        }
        if cell.machine.is_over() && !cell.is_needed() {
            self.remove(id);
            return true;
        }
        let weight = cell.weight();
        let before = std::mem::replace(&mut entry.weight, weight);
        let next = cell.machine.next_deadline();
        match (entry.token, next) {
            (_, None) => {}
            // It is looked at before that anyway. Much before, that would be for nothing, when it is no longer at hand.
            (Some((_, armed)), Some((at, _))) if armed <= at && at.0 - armed.0 <= TOO_EARLY => {}
            (Some((token, _)), Some((at, _))) => {
                self.wheel.rearm(token, at.0);
                entry.token = Some((token, at));
            }
            (None, Some((at, _))) => {
                entry.token = Some((self.wheel.arm(at.0, id.slot), at));
            }
        }
        self.weighed(before, weight);
        if let Some((at, _)) = next {
            self.want(at);
        }
        false
    }

    /// Takes note of what a transaction takes.
    fn weighed(&mut self, before: usize, weight: usize) {
        if before == weight {
            return;
        }
        self.bytes = self.bytes - before + weight;
        if let Some(counters) = &self.counters {
            counters.bytes.add(weight as i64 - before as i64);
        }
    }

    fn want(&mut self, at: Tick) {
        if self.wanted.is_none_or(|before| at < before) {
            self.wanted = Some(at);
        }
    }

    /// A run of a transaction has ended: what has waited for that is to be done.
    pub fn end_run(&mut self, id: TransactionId) {
        let Some(cell) = self.get_mut(id) else {
            return;
        };
        cell.is_running = false;
        cell.is_held = false;
        let waiting = std::mem::take(&mut cell.waiting);
        self.todo.extend(waiting);
    }

    /// Whether a failure of a branch is still to be looked at; it settles the rest.
    pub fn has_failure_to_come(&self, id: TransactionId) -> bool {
        let is_to_come =
            |todo: &Todo| matches!(todo, Todo::Failed { id: failed, .. } if *failed == id);
        self.todo.iter().any(is_to_come)
    }

    /// The next transaction that wanted to be looked at by now.
    pub fn pop_due(&mut self, now: Tick) -> Option<TransactionId> {
        while let Some((_, slot)) = self.wheel.pop_due(now.0) {
            let Some(entry) = self.entries.get_mut(slot as usize) else {
                continue;
            };
            entry.token = None;
            if let Some(cell) = &entry.cell {
                return Some(cell.id);
            }
        }
        None
    }

    /// Has the lane woken when something is due again, and at once when something is to be done.
    pub fn want_next(&mut self) {
        if let Some(tick) = self.wheel.next_deadline() {
            self.want(Tick(tick));
        }
    }

    fn remove(&mut self, id: TransactionId) {
        let Some(entry) = self.entries.get_mut(id.slot as usize) else {
            return;
        };
        let Some(cell) = entry.cell.take() else {
            return;
        };
        entry.generation = entry.generation.wrapping_add(1);
        if let Some((token, _)) = entry.token.take() {
            self.wheel.cancel(token);
        }
        if self.by_key.get(&cell.key) == Some(&id.slot) {
            self.by_key.remove(&cell.key);
        }
        if cell.machine.is_invite() && self.by_dialog.get(&cell.dialog_key) == Some(&id.slot) {
            self.by_dialog.remove(&cell.dialog_key);
        }
        let weight = std::mem::take(&mut entry.weight);
        self.weighed(weight, 0);
        self.free.push(id.slot);
        if let Some(counters) = &self.counters {
            if !cell.is_counted {
                counters.waiting.increment();
            }
            counters.freed.increment();
        }
    }
}

#[inline(always)]
fn take(lane: &mut LaneState) -> Box<Table> {
    match lane.get::<Home>().0.take() {
        Some(table) => table,
        None => Box::new(Table::new(lane)),
    }
}

#[inline(always)]
fn put(lane: &mut LaneState, mut table: Box<Table>, now: Instant) {
    if let Some(at) = table.wanted.take() {
        lane.wake_at(table.start + at.since_start());
    }
    if !table.todo.is_empty() {
        lane.wake_at(now);
    }
    lane.get::<Home>().0 = Some(table);
}

/// Works with the lane's transactions during a run. What `act` calls must not do so again.
pub fn in_call<T>(call: &mut Call, act: impl FnOnce(&mut Call, &mut Table) -> T) -> T {
    let mut table = take(&mut call.lane);
    let result = act(call, &mut table);
    put(&mut call.lane, table, call.now);
    result
}

/// Works with the lane's transactions between runs. What `act` calls must not do so again.
pub fn in_work<T>(work: &mut Work<'_>, act: impl FnOnce(&mut Work<'_>, &mut Table) -> T) -> T {
    let mut table = take(work.state);
    let result = act(work, &mut table);
    put(work.state, table, work.now);
    result
}

/// Whether something is to be done when no run is going on.
pub fn has_todo(lane: &mut LaneState) -> bool {
    let table = lane.get::<Home>().0.as_ref();
    table.is_some_and(|table| !table.todo.is_empty())
}

/// Looks at the lane's transactions during a run.
pub fn look<T>(call: &mut Call, look: impl FnOnce(&Table) -> T) -> Option<T> {
    call.lane.get::<Home>().0.as_deref().map(look)
}
