//! A hash table with expiry: knows no call, no script, no RPC.

use hashbrown::hash_table::{Entry, HashTable};
use module_api::{Text, Value};
use parking_lot::Mutex;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::{Duration, Instant};
use stdx::hash::Seed;

/// How many parts a table is locked in.
const SHARDS: usize = 64;

/// What a table is like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableSpec {
    /// Its name.
    pub name: Text,
    /// How long an item lives after it was written; none is for ever.
    pub expire: Option<Duration>,
    /// Whether writing an item that is there gives it a whole life again.
    pub update_expire: bool,
    /// What a missing item reads as.
    pub initial: Option<i64>,
    /// How many items it may hold.
    pub limit: usize,
    /// As given; shown to operators.
    pub size: u8,
    /// Where its items come from.
    pub source: Source,
}

/// The table of a database that a table's items come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Its name; none is empty.
    pub table: Text,
    /// The columns of keys and of values; those that the module's parameters name when there are none.
    pub columns: Vec<Text>,
    /// What stands between the values of several columns.
    pub delimiter: Text,
    /// What stands for a value that is null.
    pub null: Text,
    /// Whether the items are stored when the server stops.
    pub is_written_back: bool,
    /// How long after one loading they are loaded again; none is never.
    pub reload_after: Option<Duration>,
}

impl Default for Source {
    fn default() -> Source {
        Source {
            table: Text::default(),
            columns: Vec::new(),
            delimiter: Text::from_static(","),
            null: Text::from_static("*"),
            is_written_back: false,
            reload_after: None,
        }
    }
}

/// An item.
#[derive(Clone, Debug)]
pub struct Item {
    /// Its value.
    pub value: Value,
    /// When it expires; none is never.
    pub expires: Option<Instant>,
}

impl Item {
    /// Whether it has not expired.
    pub fn is_alive(&self, now: Instant) -> bool {
        self.expires.is_none_or(|at| at > now)
    }
}

type Shard = HashTable<(Text, Item)>;

/// A table was full.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Full;

/// How keys or values are chosen.
pub enum Choice {
    /// Equal to the text.
    Equal(Text),
    /// Different from the text.
    Different(Text),
    /// Begins with the text.
    Begins(Text),
    /// Ends with the text.
    Ends(Text),
    /// Has the text somewhere.
    Includes(Text),
    /// Matches the expression.
    Matches(Box<stdx::ere::Ere>),
}

impl Choice {
    /// Whether a text is chosen.
    pub fn takes(&self, text: &[u8]) -> bool {
        match self {
            Choice::Equal(wanted) => **wanted == *text,
            Choice::Different(other) => **other != *text,
            Choice::Begins(start) => text.starts_with(start),
            Choice::Ends(end) => text.ends_with(end),
            Choice::Includes(part) => stdx::ascii::find(text, part).is_some(),
            Choice::Matches(regex) => regex.is_match(text),
        }
    }
}

/// A hash table shared by all calls.
pub struct Table {
    /// What it is like.
    pub spec: TableSpec,
    shards: Box<[Mutex<Shard>]>,
    /// Random: strangers choose keys.
    seed: Seed,
    items: AtomicI64,
    /// Whether somebody has loaded it from its database, or is at it.
    is_loaded: AtomicBool,
}

impl Table {
    /// An empty table.
    pub fn new(spec: TableSpec) -> Table {
        Table {
            spec,
            shards: (0..SHARDS).map(|_| Mutex::default()).collect(),
            seed: Seed::new(RandomState::new().build_hasher().finish()),
            items: AtomicI64::new(0),
            is_loaded: AtomicBool::new(false),
        }
    }

    /// How many items it holds, those included that have expired and were not yet taken away.
    pub fn len(&self) -> usize {
        usize::try_from(self.items.load(Ordering::Relaxed)).unwrap_or(0)
    }

    /// Whether its items are to be loaded: true for who asks first, if they come from anywhere.
    pub fn begin_loading(&self) -> bool {
        !self.spec.source.table.is_empty() && !self.is_loaded.swap(true, Ordering::Relaxed)
    }

    /// Whether its items are to be stored when the server stops.
    pub fn is_stored(&self) -> bool {
        let source = &self.spec.source;
        source.is_written_back && source.columns.is_empty() && !source.table.is_empty()
    }

    /// The value of a key; a missing one reads as the initial value.
    pub fn get(&self, key: &[u8], now: Instant) -> Value {
        match self.find(key, now) {
            Some(value) => value,
            None => self.spec.initial.map_or(Value::Null, Value::Int),
        }
    }

    /// The value of a key that is there.
    pub fn find(&self, key: &[u8], now: Instant) -> Option<Value> {
        let (hash, shard) = self.shard(key);
        let shard = shard.lock();
        let (_, item) = shard.find(hash, is_at(key))?;
        item.is_alive(now).then(|| item.value.clone())
    }

    /// Gives a key a value.
    pub fn set(&self, key: Text, value: Value, now: Instant) -> Result<(), Full> {
        let fresh = self.fresh_expiry(now);
        let keep = !self.spec.update_expire;
        self.write(key, |old| match old {
            Some(item) if keep && item.is_alive(now) => Item {
                value,
                expires: item.expires,
            },
            _ => Item {
                value,
                expires: fresh,
            },
        })
    }

    /// Gives a key a value and a life of its own; zero is for ever.
    pub fn set_with_life(
        &self,
        key: Text,
        value: Value,
        life: Duration,
        now: Instant,
    ) -> Result<(), Full> {
        let expires = (!life.is_zero()).then(|| now + life);
        self.write(key, |_| Item { value, expires })
    }

    /// Adds to the integer of a key. A missing one starts from the initial value; without that there is nothing to add to.
    pub fn add(&self, key: &[u8], amount: i64, now: Instant) -> Option<i64> {
        let (hash, shard) = self.shard(key);
        let mut shard = shard.lock();
        let found = shard.find_mut(hash, is_at(key));
        match found.filter(|(_, item)| item.is_alive(now)) {
            Some((_, item)) => {
                let Value::Int(number) = &mut item.value else {
                    return None;
                };
                *number = number.wrapping_add(amount);
                let sum = *number;
                if self.spec.update_expire {
                    item.expires = self.fresh_expiry(now);
                }
                Some(sum)
            }
            None => {
                let sum = self.spec.initial?.wrapping_add(amount);
                drop(shard);
                self.set(Text::from(key), Value::Int(sum), now).ok()?;
                Some(sum)
            }
        }
    }

    /// How long an item will live; none when it is not there, zero when it lives for ever.
    pub fn life(&self, key: &[u8], now: Instant) -> Option<Duration> {
        let (hash, shard) = self.shard(key);
        let shard = shard.lock();
        let found = shard.find(hash, is_at(key));
        let (_, item) = found.filter(|(_, item)| item.is_alive(now))?;
        Some(
            item.expires
                .map_or(Duration::ZERO, |at| at.saturating_duration_since(now)),
        )
    }

    /// Gives an item another life; zero is for ever. False when it is not there.
    pub fn set_life(&self, key: &[u8], life: Duration, now: Instant) -> bool {
        let (hash, shard) = self.shard(key);
        let mut shard = shard.lock();
        let found = shard.find_mut(hash, is_at(key));
        match found.filter(|(_, item)| item.is_alive(now)) {
            Some((_, item)) => {
                item.expires = (!life.is_zero()).then(|| now + life);
                true
            }
            None => false,
        }
    }

    /// Takes an item away; whether it was there.
    pub fn remove(&self, key: &[u8]) -> bool {
        let (hash, shard) = self.shard(key);
        let mut shard = shard.lock();
        let found = shard.find_entry(hash, is_at(key)).ok();
        let removed = found.map(|entry| entry.remove()).is_some();
        if removed {
            self.items.fetch_sub(1, Ordering::Relaxed);
        }
        removed
    }

    /// Takes away what `chosen` says; how many those were.
    pub fn remove_where(&self, mut chosen: impl FnMut(&Text, &Value) -> bool) -> usize {
        let mut removed = 0;
        for shard in &self.shards {
            let mut shard = shard.lock();
            let before = shard.len();
            shard.retain(|(key, item)| !chosen(key, &item.value));
            removed += before - shard.len();
        }
        self.items.fetch_sub(removed as i64, Ordering::Relaxed);
        removed
    }

    /// Takes away what has expired and hands it out.
    pub fn take_expired(&self, now: Instant) -> Vec<(Text, Value)> {
        let mut expired = Vec::new();
        for shard in &self.shards {
            let mut shard = shard.lock();
            expired.extend(
                shard
                    .extract_if(|(_, item)| !item.is_alive(now))
                    .map(|(key, item)| (key, item.value)),
            );
        }
        self.items
            .fetch_sub(expired.len() as i64, Ordering::Relaxed);
        expired.sort_by(|(a, _), (b, _)| a.cmp(b));
        expired
    }

    /// Takes everything away.
    pub fn clear(&self) {
        self.remove_where(|_, _| true);
    }

    /// How many items `chosen` says yes to.
    pub fn count(&self, now: Instant, mut chosen: impl FnMut(&Text, &Value) -> bool) -> usize {
        let mut count = 0;
        for shard in &self.shards {
            let shard = shard.lock();
            count += shard
                .iter()
                .filter(|(key, item)| item.is_alive(now) && chosen(key, &item.value))
                .count();
        }
        count
    }

    /// All items in the order of their keys.
    pub fn items(&self, now: Instant) -> Vec<(Text, Value)> {
        let mut items = Vec::with_capacity(self.len());
        for shard in &self.shards {
            let shard = shard.lock();
            items.extend(
                shard
                    .iter()
                    .filter(|(_, item)| item.is_alive(now))
                    .map(|(key, item)| (key.clone(), item.value.clone())),
            );
        }
        items.sort_by(|(a, _), (b, _)| a.cmp(b));
        items
    }

    /// Hands out each item, as it is when its part of the table is reached.
    pub fn each(&self, mut work: impl FnMut(&Text, &Item)) {
        for shard in &self.shards {
            for (key, item) in shard.lock().iter() {
                work(key, item);
            }
        }
    }

    /// Puts items in the place of all that it holds; of several under one key the last counts. A reader of one key sees
    /// the old item or the new one. What is more than the table may hold is left out.
    pub fn replace_all(&self, items: Vec<(Text, Item)>) -> Result<(), Full> {
        let mut parts: Vec<Shard> = (0..SHARDS).map(|_| Shard::default()).collect();
        let (mut count, mut outcome) = (0, Ok(()));
        let again = |(key, _): &(Text, Item)| self.seed.hash_bytes(key.as_bytes());
        for (key, item) in items {
            let hash = self.seed.hash_bytes(key.as_bytes());
            let Some(part) = parts.get_mut(shard_of(hash)) else {
                continue;
            };
            match part.entry(hash, is_at(&key), again) {
                Entry::Occupied(mut entry) => entry.get_mut().1 = item,
                Entry::Vacant(_) if count >= self.spec.limit => outcome = Err(Full),
                Entry::Vacant(entry) => {
                    entry.insert((key, item));
                    count += 1;
                }
            }
        }
        for (shard, part) in self.shards.iter().zip(parts) {
            let change = part.len() as i64;
            let old = std::mem::replace(&mut *shard.lock(), part);
            self.items
                .fetch_add(change - old.len() as i64, Ordering::Relaxed);
        }
        outcome
    }

    /// How many items the fullest and the emptiest part hold.
    pub fn spread(&self) -> (usize, usize) {
        let sizes: Vec<usize> = self.shards.iter().map(|shard| shard.lock().len()).collect();
        (
            sizes.iter().max().copied().unwrap_or(0),
            sizes.iter().min().copied().unwrap_or(0),
        )
    }

    fn write(&self, key: Text, item: impl FnOnce(Option<&Item>) -> Item) -> Result<(), Full> {
        let (hash, shard) = self.shard(&key);
        let mut shard = shard.lock();
        let again = |(key, _): &(Text, Item)| self.seed.hash_bytes(key.as_bytes());
        match shard.entry(hash, is_at(&key), again) {
            Entry::Occupied(mut entry) => {
                let (_, present) = entry.get_mut();
                *present = item(Some(present));
            }
            Entry::Vacant(entry) => {
                if self.len() >= self.spec.limit {
                    return Err(Full);
                }
                entry.insert((key, item(None)));
                self.items.fetch_add(1, Ordering::Relaxed);
            }
        }
        Ok(())
    }

    fn fresh_expiry(&self, now: Instant) -> Option<Instant> {
        self.spec.expire.map(|life| now + life)
    }

    /// The hash of a key, and the part of the table that it belongs to.
    fn shard(&self, key: &[u8]) -> (u64, &Mutex<Shard>) {
        let hash = self.seed.hash_bytes(key);
        (hash, &self.shards[shard_of(hash)])
    }
}

/// The part of a table that a hash belongs to; always below [`SHARDS`], a power of two. The parts use other bits.
fn shard_of(hash: u64) -> usize {
    (hash >> 32) as usize & (SHARDS - 1)
}

fn is_at(key: &[u8]) -> impl Fn(&(Text, Item)) -> bool + '_ {
    move |(present, _)| **present == *key
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(spec: TableSpec) -> (Table, Instant) {
        (Table::new(spec), Instant::now())
    }

    fn spec() -> TableSpec {
        TableSpec {
            name: Text::from_static("t"),
            expire: None,
            update_expire: true,
            initial: None,
            limit: 100,
            size: 4,
            source: Source::default(),
        }
    }

    fn seconds(n: u64) -> Duration {
        Duration::from_secs(n)
    }

    #[test]
    fn what_was_set_is_read_until_it_is_removed() {
        let (table, now) = table(spec());
        table
            .set(Text::from_static("k"), Value::Int(5), now)
            .unwrap();
        assert_eq!(table.get(b"k", now), Value::Int(5));
        assert!(table.remove(b"k"));
        assert!(!table.remove(b"k"));
        assert_eq!(table.get(b"k", now), Value::Null);
        assert_eq!(table.len(), 0);
    }

    #[test]
    fn a_missing_item_reads_as_the_initial_value_and_counts_from_it() {
        let (table, now) = table(TableSpec {
            initial: Some(5),
            ..spec()
        });
        assert_eq!(table.get(b"k", now), Value::Int(5));
        assert_eq!(table.add(b"k", 1, now), Some(6));
        assert_eq!(table.add(b"k", -2, now), Some(4));
    }

    #[test]
    fn without_an_initial_value_there_is_nothing_to_count_from() {
        let (table, now) = table(spec());
        assert_eq!(table.add(b"k", 1, now), None);
    }

    #[test]
    fn an_item_expires_a_life_after_its_last_write() {
        let (table, now) = table(TableSpec {
            expire: Some(seconds(10)),
            ..spec()
        });
        table
            .set(Text::from_static("k"), Value::Int(1), now)
            .unwrap();
        table
            .set(Text::from_static("k"), Value::Int(2), now + seconds(5))
            .unwrap();
        assert_eq!(table.get(b"k", now + seconds(14)), Value::Int(2));
        assert_eq!(table.get(b"k", now + seconds(15)), Value::Null);
        let expired = table.take_expired(now + seconds(15));
        assert_eq!(expired, [(Text::from_static("k"), Value::Int(2))]);
        assert_eq!(table.len(), 0);
    }

    #[test]
    fn without_updateexpire_the_first_write_decides() {
        let (table, now) = table(TableSpec {
            expire: Some(seconds(10)),
            update_expire: false,
            ..spec()
        });
        table
            .set(Text::from_static("k"), Value::Int(1), now)
            .unwrap();
        table
            .set(Text::from_static("k"), Value::Int(2), now + seconds(5))
            .unwrap();
        assert_eq!(table.get(b"k", now + seconds(10)), Value::Null);
    }

    #[test]
    fn a_full_table_takes_no_new_key_but_still_changes_old_ones() {
        let (table, now) = table(TableSpec { limit: 1, ..spec() });
        table
            .set(Text::from_static("a"), Value::Int(1), now)
            .unwrap();
        assert_eq!(
            table.set(Text::from_static("b"), Value::Int(1), now),
            Err(Full)
        );
        assert_eq!(
            table.set(Text::from_static("a"), Value::Int(2), now),
            Ok(())
        );
    }

    #[test]
    fn a_life_of_its_own_can_be_given_and_changed() {
        let (table, now) = table(spec());
        table
            .set_with_life(Text::from_static("k"), Value::Int(1), seconds(50), now)
            .unwrap();
        assert_eq!(table.life(b"k", now), Some(seconds(50)));
        assert!(table.set_life(b"k", seconds(5), now));
        assert_eq!(table.life(b"k", now + seconds(6)), None);
        assert!(!table.set_life(b"k", seconds(5), now + seconds(6)));
    }

    #[test]
    fn new_items_take_the_place_of_all_old_ones() {
        let (table, now) = table(TableSpec { limit: 2, ..spec() });
        table
            .set(Text::from_static("old"), Value::Int(1), now)
            .unwrap();
        let item = |key: &'static str, number| {
            let (value, expires) = (Value::Int(number), None);
            (Text::from_static(key), Item { value, expires })
        };
        let items = vec![item("a", 1), item("a", 2), item("b", 3)];
        assert_eq!(table.replace_all(items), Ok(()));
        let (a, b) = (Text::from_static("a"), Text::from_static("b"));
        assert_eq!(table.items(now), [(a, Value::Int(2)), (b, Value::Int(3))]);
        assert_eq!(table.len(), 2);
        let items = vec![item("a", 1), item("b", 2), item("c", 3)];
        assert_eq!(table.replace_all(items), Err(Full));
        assert_eq!(table.len(), 2);
        let mut seen = 0;
        table.each(|_, item| seen += i64::from(item.is_alive(now)));
        assert_eq!(seen, 2);
    }
}
