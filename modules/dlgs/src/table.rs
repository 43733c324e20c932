//! The calls, in shards by Call-ID.

use module_api::Text;
use parking_lot::Mutex;
use sip::Message;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use stdx::hash::{Map, core_hash};

const SHARDS: usize = 64;
/// The most calls that are remembered.
const CALLS_MAX: usize = 1 << 20;
/// The most tags of one call.
const TAGS_MAX: usize = 16;

/// How far a call is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// It has begun.
    Initial = 1,
    /// The other side has said so.
    Progress = 2,
    /// It was answered.
    Answered = 3,
    /// The answer was acknowledged.
    Confirmed = 4,
    /// It has ended.
    Terminated = 5,
    /// It was not answered. Another branch may still answer it.
    NotAnswered = 6,
}

impl State {
    /// Whether the call goes on.
    pub fn is_active(self) -> bool {
        self < State::Terminated
    }

    /// Whether a call in this state gets to `next`.
    fn leads_to(self, next: State) -> bool {
        match (self, next) {
            (State::Terminated, _) => false,
            (State::NotAnswered, next) => next == State::Answered,
            (State::Answered | State::Confirmed, State::NotAnswered) => false,
            (State::Initial | State::Progress, State::Confirmed) => false,
            (present, next) => next > present,
        }
    }
}

/// How long calls are remembered, in seconds.
#[derive(Clone, Copy, Debug, Default)]
pub struct Lifetimes {
    /// Answered ones.
    pub active_s: u64,
    /// Those not answered yet.
    pub initial_s: u64,
    /// Those that have ended.
    pub finished_s: u64,
}

/// A call.
#[derive(Clone, Debug)]
pub struct Record {
    /// Its Call-ID.
    pub call_id: Text,
    /// The tag of who called.
    pub from_tag: Text,
    /// The tag of who was called, once it is known.
    pub to_tag: Text,
    /// Who called, as the script says.
    pub source: Text,
    /// Who was called, as the script says.
    pub destination: Text,
    /// What else the script says.
    pub data: Text,
    /// Its tags.
    pub tags: Vec<Text>,
    /// How far it is.
    pub state: State,
    /// When it began, in seconds since 1970.
    pub began_s: u64,
    /// When it was answered; 0 before.
    pub answered_s: u64,
    /// When it got to its state.
    pub changed_s: u64,
    /// Its number.
    pub number: u64,
}

/// By what a message names its call.
pub struct Names<'m> {
    /// The Call-ID.
    pub call_id: &'m [u8],
    /// The From tag.
    pub from_tag: &'m [u8],
    /// The To tag; empty when there is none.
    pub to_tag: &'m [u8],
}

impl<'m> Names<'m> {
    /// Those of a message.
    pub fn of(message: &'m Message) -> Option<Names<'m>> {
        Some(Names {
            call_id: message.call_id().ok()?,
            from_tag: message.from_tag()?,
            to_tag: message.to_tag().unwrap_or_default(),
        })
    }

    fn fit(&self, record: &Record) -> bool {
        *record.from_tag == *self.from_tag
            || !self.to_tag.is_empty() && *record.from_tag == *self.to_tag
    }
}

/// What a script says of a call that begins.
pub struct Said {
    /// Who calls.
    pub source: Text,
    /// Who is called.
    pub destination: Text,
    /// Anything else.
    pub data: Text,
}

/// All calls.
pub struct Table {
    shards: Box<[Mutex<Map<Text, Vec<Record>>>]>,
    count: AtomicUsize,
    next_number: AtomicU64,
    lifetimes: Mutex<Lifetimes>,
}

impl Default for Table {
    fn default() -> Table {
        Table {
            shards: (0..SHARDS).map(|_| Mutex::default()).collect(),
            count: AtomicUsize::new(0),
            next_number: AtomicU64::new(1),
            lifetimes: Mutex::default(),
        }
    }
}

impl Table {
    /// Says how long calls are remembered.
    pub fn set_lifetimes(&self, lifetimes: Lifetimes) {
        *self.lifetimes.lock() = lifetimes;
    }

    fn shard(&self, call_id: &[u8]) -> Option<&Mutex<Map<Text, Vec<Record>>>> {
        self.shards.get(core_hash(call_id) as usize % SHARDS)
    }

    /// Remembers a call; one that is known already stays as it is. False when there are too many.
    pub fn begin(&self, names: &Names<'_>, said: Said, now_s: u64) -> bool {
        let Some(shard) = self.shard(names.call_id) else {
            return false;
        };
        let mut shard = shard.lock();
        let calls = shard.entry(Text::from(names.call_id)).or_default();
        if calls.iter().any(|record| names.fit(record)) {
            return true;
        }
        if self.count.fetch_add(1, Ordering::Relaxed) >= CALLS_MAX {
            self.count.fetch_sub(1, Ordering::Relaxed);
            if calls.is_empty() {
                shard.remove(names.call_id);
            }
            return false;
        }
        calls.push(Record {
            call_id: Text::from(names.call_id),
            from_tag: Text::from(names.from_tag),
            to_tag: Text::default(),
            source: said.source,
            destination: said.destination,
            data: said.data,
            tags: Vec::new(),
            state: State::Initial,
            began_s: now_s,
            answered_s: 0,
            changed_s: now_s,
            number: self.next_number.fetch_add(1, Ordering::Relaxed),
        });
        true
    }

    /// Lets `work` change the call that a message names.
    pub fn change<R>(&self, names: &Names<'_>, work: impl FnOnce(&mut Record) -> R) -> Option<R> {
        let mut shard = self.shard(names.call_id)?.lock();
        let calls = shard.get_mut(names.call_id)?;
        calls.iter_mut().find(|record| names.fit(record)).map(work)
    }

    /// Takes a call to a state, if that comes behind its own. False when there is no such call.
    pub fn advance(&self, names: &Names<'_>, state: State, now_s: u64) -> bool {
        let changed = self.change(names, |record| {
            if record.state.leads_to(state) {
                record.state = state;
                record.changed_s = now_s;
                if state == State::Answered {
                    record.answered_s = now_s;
                }
            }
            if record.to_tag.is_empty() && *record.from_tag == *names.from_tag {
                record.to_tag = Text::from(names.to_tag);
            }
        });
        changed.is_some()
    }

    /// Gives a call a tag. False when there is no such call, or it has too many.
    pub fn add_tag(&self, names: &Names<'_>, tag: Text) -> bool {
        let added = self.change(names, |record| {
            if record.tags.contains(&tag) {
                return true;
            }
            let has_room = record.tags.len() < TAGS_MAX;
            if has_room {
                record.tags.push(tag);
            }
            has_room
        });
        added.unwrap_or(false)
    }

    /// Takes a tag from a call. False when it has none of that name.
    pub fn remove_tag(&self, names: &Names<'_>, tag: &[u8]) -> bool {
        let removed = self.change(names, |record| {
            let before = record.tags.len();
            record.tags.retain(|known| **known != *tag);
            record.tags.len() < before
        });
        removed.unwrap_or(false)
    }

    /// Lets `work` look at every call, shard by shard, until it answers false.
    pub fn for_each(&self, work: &mut dyn FnMut(&Record) -> bool) {
        for shard in &self.shards {
            let shard = shard.lock();
            for record in shard.values().flatten() {
                if !work(record) {
                    return;
                }
            }
        }
    }

    /// Forgets the calls whose time is over.
    pub fn sweep(&self, now_s: u64) {
        let lifetimes = *self.lifetimes.lock();
        for shard in &self.shards {
            let mut removed = 0;
            shard.lock().retain(|_, calls| {
                let before = calls.len();
                calls.retain(|record| {
                    let (since, lifetime) = match record.state {
                        State::Initial | State::Progress => (record.began_s, lifetimes.initial_s),
                        State::Answered | State::Confirmed => {
                            (record.answered_s, lifetimes.active_s)
                        }
                        State::Terminated | State::NotAnswered => {
                            (record.changed_s, lifetimes.finished_s)
                        }
                    };
                    now_s.saturating_sub(since) < lifetime
                });
                removed += before - calls.len();
                !calls.is_empty()
            });
            self.count.fetch_sub(removed, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: Names<'static> = Names {
        call_id: b"c1",
        from_tag: b"a",
        to_tag: b"",
    };

    fn table() -> Table {
        let table = Table::default();
        table.set_lifetimes(Lifetimes {
            active_s: 100,
            initial_s: 20,
            finished_s: 5,
        });
        let said = Said {
            source: Text::from_static("alice"),
            destination: Text::from_static("bob"),
            data: Text::default(),
        };
        assert!(table.begin(&NAMES, said, 1000));
        table
    }

    fn state(table: &Table) -> Option<State> {
        table.change(&NAMES, |record| record.state)
    }

    #[test]
    fn a_call_goes_on_and_never_back() {
        let table = table();
        let steps = [
            (State::Confirmed, State::Initial),
            (State::Progress, State::Progress),
            (State::NotAnswered, State::NotAnswered),
            (State::Progress, State::NotAnswered),
            (State::Answered, State::Answered),
            (State::NotAnswered, State::Answered),
            (State::Confirmed, State::Confirmed),
            (State::Terminated, State::Terminated),
            (State::Answered, State::Terminated),
        ];
        for (next, expected) in steps {
            table.advance(&NAMES, next, 1001);
            assert_eq!(state(&table), Some(expected), "{next:?}");
        }
    }

    #[test]
    fn both_sides_name_the_call() {
        let table = table();
        let answer = Names {
            to_tag: b"b",
            ..NAMES
        };
        table.advance(&answer, State::Answered, 1001);
        let back = Names {
            call_id: b"c1",
            from_tag: b"b",
            to_tag: b"a",
        };
        assert!(table.advance(&back, State::Terminated, 1002));
        assert_eq!(state(&table), Some(State::Terminated));
        assert_eq!(
            table.change(&NAMES, |record| record.to_tag.to_vec()),
            Some(b"b".to_vec())
        );
        let stranger = Names {
            call_id: b"c1",
            from_tag: b"x",
            to_tag: b"y",
        };
        assert!(!table.advance(&stranger, State::Terminated, 1002));
    }

    #[test]
    fn calls_are_forgotten_when_their_time_is_over() {
        let waiting = table();
        waiting.sweep(1019);
        assert!(state(&waiting).is_some());
        waiting.sweep(1020);
        assert!(state(&waiting).is_none() && waiting.count.load(Ordering::Relaxed) == 0);
        let ended = table();
        ended.advance(&NAMES, State::Answered, 1010);
        ended.sweep(1050);
        ended.advance(&NAMES, State::Terminated, 1060);
        ended.sweep(1064);
        assert!(state(&ended).is_some());
        ended.sweep(1065);
        assert!(state(&ended).is_none());
    }

    #[test]
    fn tags_are_counted_once() {
        let table = table();
        let tag = Text::from_static("vip");
        assert!(table.add_tag(&NAMES, tag.clone()) && table.add_tag(&NAMES, tag.clone()));
        assert!(table.remove_tag(&NAMES, &tag) && !table.remove_tag(&NAMES, &tag));
    }
}
