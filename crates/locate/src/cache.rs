//! What is known of names, for how long (Kamailio's `dns_cache_*` parameters).

use std::net::IpAddr;
use std::time::{Duration, Instant};

use stdx::Text;
use stdx::hash::{Map, Seed};

use crate::record::{RECORDS_MAX, canonical_name};
use crate::{Answer, Kind, Query, Record};

/// How long it is remembered that the resolver could not find out.
const FAILURE_TTL_MAX: u32 = 5;
/// What an entry takes besides its names, in bytes.
const ENTRY_BYTES: usize = 160;
/// How often a full cache is searched for what has expired.
const SWEEP_INTERVAL: Duration = Duration::from_secs(1);

/// How the cache behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CacheSettings {
    /// `use_dns_cache`: off, nothing is kept.
    pub is_on: bool,
    /// `dns_cache_mem`, in bytes.
    pub bytes_max: usize,
    /// `dns_cache_min_ttl`, in seconds.
    pub ttl_min: u32,
    /// `dns_cache_max_ttl`, in seconds.
    pub ttl_max: u32,
    /// `dns_cache_negative_ttl`, in seconds; 0 keeps no negative answers.
    pub negative_ttl: u32,
    /// `dns_cache_del_nonexp`: when full, drop what was not used for longest.
    pub may_drop_unexpired: bool,
    /// `dns_cache_rec_pref`.
    pub preference: Preference,
}

impl Default for CacheSettings {
    fn default() -> CacheSettings {
        CacheSettings {
            is_on: true,
            bytes_max: 500 * 1024,
            ttl_min: 0,
            ttl_max: u32::MAX,
            negative_ttl: 60,
            may_drop_unexpired: false,
            preference: Preference::New,
        }
    }
}

/// What happens when an answer arrives for a name that is still known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Preference {
    /// The old one stays.
    Old,
    /// The new one replaces it.
    New,
    /// The one that lives longer stays.
    LongerLived,
}

impl Preference {
    /// The meaning of `dns_cache_rec_pref`.
    pub fn from_param(value: i64) -> Preference {
        match value {
            1 => Preference::Old,
            3 => Preference::LongerLived,
            _ => Preference::New,
        }
    }
}

/// What the cache says to a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cached {
    /// The records, those marked down last.
    Records(Vec<Record>),
    /// The name is another name for this one.
    Alias(Text),
    /// It is known that there is nothing.
    Nothing,
}

/// One entry, for an operator to look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CacheEntry {
    /// What was asked.
    pub query: Query,
    /// What was answered.
    pub content: Cached,
    /// Time left; `None` for entries that stay.
    pub expires_in: Option<Duration>,
    /// Time since it was last used.
    pub last_used: Duration,
    /// What it takes, approximately.
    pub bytes: usize,
}

/// A bounded cache of DNS answers.
#[derive(Debug)]
pub struct DnsCache {
    settings: CacheSettings,
    entries: Map<Query, Entry>,
    bytes: usize,
    swept: Option<Instant>,
}

#[derive(Debug)]
struct Entry {
    content: Content,
    /// `None` stays for ever.
    expires: Option<Instant>,
    used: Instant,
    bytes: usize,
}

#[derive(Debug)]
enum Content {
    Records(Vec<Held>),
    Alias(Text),
    Nothing,
}

#[derive(Clone, Debug)]
struct Held {
    record: Record,
    down_until: Option<Instant>,
}

impl DnsCache {
    /// An empty cache. The names are strangers' choice: the seed should be random.
    pub fn new(settings: CacheSettings, seed: Seed) -> DnsCache {
        DnsCache {
            settings,
            entries: Map::with_hasher(seed),
            bytes: 0,
            swept: None,
        }
    }

    /// Changes the behaviour from here on.
    pub fn set_settings(&mut self, settings: CacheSettings) {
        self.settings = settings;
        if !settings.is_on {
            self.clear();
        }
    }

    /// Bytes taken, approximately.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Number of entries, negative ones and expired ones included.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// True without entries.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// What is known; `None` when it is not or not any more.
    pub fn get(&mut self, query: &Query, now: Instant) -> Option<Cached> {
        let entry = self.entries.get_mut(query)?;
        if entry.is_expired(now) {
            self.remove_entry(query);
            return None;
        }
        entry.used = now;
        Some(entry.content.show(now))
    }

    /// Keeps an answer for as long as it and the settings say.
    pub fn store(&mut self, query: &Query, answer: &Answer, now: Instant) {
        let (content, ttl) = match answer {
            Answer::Records(records) => {
                let held: Vec<_> = records
                    .iter()
                    .filter(|(record, _)| record.kind() == query.kind)
                    .take(RECORDS_MAX)
                    .collect();
                match held.iter().map(|(_, ttl)| *ttl).min() {
                    Some(ttl) => (
                        Content::of(held.into_iter().map(|(record, _)| record)),
                        self.clamp(ttl),
                    ),
                    None => (Content::Nothing, self.settings.negative_ttl),
                }
            }
            Answer::Alias { target, ttl } => match canonical_name(target) {
                Some(name) => (Content::Alias(name), self.clamp(*ttl)),
                None => (Content::Nothing, self.settings.negative_ttl),
            },
            Answer::NotFound => (Content::Nothing, self.settings.negative_ttl),
            Answer::Failed => (
                Content::Nothing,
                self.settings.negative_ttl.min(FAILURE_TTL_MAX),
            ),
        };
        if ttl == 0 {
            return;
        }
        // What would outlive the clock stays.
        let expires = now.checked_add(Duration::from_secs(ttl.into()));
        if self.keeps_old(query, expires, now) {
            return;
        }
        self.insert(query.clone(), content, expires, now);
    }

    /// Adds a record by hand, beside those that the name has. Without `ttl` (in
    /// seconds) it stays for ever. False when the name is none or there is no room.
    pub fn add(&mut self, name: &[u8], record: Record, ttl: Option<u32>, now: Instant) -> bool {
        let Some(name) = canonical_name(name) else {
            return false;
        };
        let query = Query {
            name,
            kind: record.kind(),
        };
        let expires = ttl.and_then(|ttl| now.checked_add(Duration::from_secs(ttl.into())));
        let mut held = match self.remove_entry(&query) {
            Some(Entry {
                content: Content::Records(held),
                ..
            }) => held,
            _ => Vec::new(),
        };
        held.retain(|old| old.record != record);
        held.truncate(RECORDS_MAX - 1);
        held.push(Held {
            record,
            down_until: None,
        });
        self.insert(query, Content::Records(held), expires, now)
    }

    /// Keeps that a name has no records of a kind, for `ttl` seconds or for ever; false when that cannot be kept.
    pub fn add_nothing(&mut self, name: &[u8], kind: Kind, ttl: Option<u32>, now: Instant) -> bool {
        let Some(name) = canonical_name(name) else {
            return false;
        };
        let query = Query { name, kind };
        self.remove_entry(&query);
        let expires = ttl.and_then(|ttl| now.checked_add(Duration::from_secs(ttl.into())));
        self.insert(query, Content::Nothing, expires, now)
    }

    /// Forgets a name; false when it was not known.
    pub fn remove(&mut self, name: &[u8], kind: Kind) -> bool {
        canonical_name(name)
            .and_then(|name| self.remove_entry(&Query { name, kind }))
            .is_some()
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.entries.clear();
        self.bytes = 0;
    }

    /// Forgets what has expired (`dns_cache_gc_interval`).
    pub fn sweep(&mut self, now: Instant) {
        let mut bytes = 0;
        self.entries.retain(|_, entry| {
            let stays = !entry.is_expired(now);
            bytes += if stays { entry.bytes } else { 0 };
            stays
        });
        self.bytes = bytes;
        self.swept = Some(now);
    }

    /// Remembers until `until` that an address of a name does not answer.
    pub fn mark_down(&mut self, query: &Query, address: IpAddr, until: Instant) {
        if let Some(Entry {
            content: Content::Records(held),
            ..
        }) = self.entries.get_mut(query)
        {
            for one in held
                .iter_mut()
                .filter(|one| one.record == Record::Address(address))
            {
                one.down_until = Some(until);
            }
        }
    }

    /// All entries that have not expired, in the order of their names.
    pub fn entries(&self, now: Instant) -> Vec<CacheEntry> {
        let mut entries: Vec<_> = self
            .entries
            .iter()
            .filter(|(_, entry)| !entry.is_expired(now))
            .map(|(query, entry)| CacheEntry {
                query: query.clone(),
                content: entry.content.show(now),
                expires_in: entry
                    .expires
                    .map(|expires| expires.saturating_duration_since(now)),
                last_used: now.saturating_duration_since(entry.used),
                bytes: entry.bytes,
            })
            .collect();
        entries.sort_by(|left, right| left.query.cmp(&right.query));
        entries
    }

    fn clamp(&self, ttl: u32) -> u32 {
        ttl.max(self.settings.ttl_min).min(self.settings.ttl_max)
    }

    fn keeps_old(&self, query: &Query, expires: Option<Instant>, now: Instant) -> bool {
        let Some(old) = self.entries.get(query).filter(|old| !old.is_expired(now)) else {
            return false;
        };
        match self.settings.preference {
            // What an operator added outlives answers.
            _ if old.expires.is_none() => true,
            Preference::Old => true,
            Preference::New => false,
            Preference::LongerLived => expires.is_some() && old.expires > expires,
        }
    }

    fn insert(
        &mut self,
        query: Query,
        content: Content,
        expires: Option<Instant>,
        now: Instant,
    ) -> bool {
        if !self.settings.is_on {
            return false;
        }
        self.remove_entry(&query);
        let bytes = ENTRY_BYTES + query.name.len() + content.bytes();
        if !self.make_room(bytes, now) {
            return false;
        }
        self.bytes += bytes;
        self.entries.insert(
            query,
            Entry {
                content,
                expires,
                used: now,
                bytes,
            },
        );
        true
    }

    fn remove_entry(&mut self, query: &Query) -> Option<Entry> {
        let entry = self.entries.remove(query)?;
        self.bytes = self.bytes.saturating_sub(entry.bytes);
        Some(entry)
    }

    fn make_room(&mut self, bytes: usize, now: Instant) -> bool {
        let fits = |cache: &DnsCache| cache.bytes.saturating_add(bytes) <= cache.settings.bytes_max;
        let is_due = |swept: Instant| now.saturating_duration_since(swept) >= SWEEP_INTERVAL;
        if !fits(self) && self.swept.is_none_or(is_due) {
            self.sweep(now);
        }
        if !fits(self) && self.settings.may_drop_unexpired {
            self.drop_unused(bytes);
        }
        fits(self)
    }

    /// Drops entries that were not used for longest until there is room for `bytes`
    /// and a tenth more.
    fn drop_unused(&mut self, bytes: usize) {
        let room = self.settings.bytes_max;
        let keep = room.saturating_sub(room / 10).saturating_sub(bytes);
        let mut by_use: Vec<_> = self
            .entries
            .iter()
            .filter(|(_, entry)| entry.expires.is_some())
            .map(|(query, entry)| (entry.used, query.clone()))
            .collect();
        by_use.sort();
        for (_, query) in by_use {
            if self.bytes <= keep {
                break;
            }
            self.remove_entry(&query);
        }
    }
}

impl Entry {
    fn is_expired(&self, now: Instant) -> bool {
        self.expires.is_some_and(|expires| expires <= now)
    }
}

impl Content {
    fn of<'a>(records: impl Iterator<Item = &'a Record>) -> Content {
        let held = records.map(|record| Held {
            record: record.clone(),
            down_until: None,
        });
        Content::Records(held.collect())
    }

    fn show(&self, now: Instant) -> Cached {
        match self {
            Content::Records(held) => {
                let is_down = |one: &&Held| one.down_until.is_some_and(|until| until > now);
                let (down, up): (Vec<_>, Vec<_>) = held.iter().partition(is_down);
                Cached::Records(
                    up.into_iter()
                        .chain(down)
                        .map(|one| one.record.clone())
                        .collect(),
                )
            }
            Content::Alias(name) => Cached::Alias(name.clone()),
            Content::Nothing => Cached::Nothing,
        }
    }

    /// What the content takes besides the entry itself.
    fn bytes(&self) -> usize {
        match self {
            Content::Nothing => 0,
            Content::Alias(name) => name.len(),
            Content::Records(held) => held
                .iter()
                .map(|one| {
                    size_of::<Held>()
                        + match &one.record {
                            Record::Address(_) => 0,
                            Record::Srv { target, .. } => target.len(),
                            Record::Naptr {
                                service,
                                regexp,
                                replacement,
                                ..
                            } => service.len() + regexp.len() + replacement.len(),
                            Record::Name(name) => name.len(),
                        }
                })
                .sum(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(start: Instant, seconds: u64) -> Instant {
        start + Duration::from_secs(seconds)
    }

    fn query(name: &str) -> Query {
        Query {
            name: Text::from(name),
            kind: Kind::A,
        }
    }

    fn address(last: u8) -> Record {
        Record::v4([127, 0, 1, last].into())
    }

    fn answer(last: u8, ttl: u32) -> Answer {
        Answer::Records(vec![(address(last), ttl)])
    }

    fn cache(change: impl FnOnce(&mut CacheSettings)) -> (DnsCache, Instant) {
        let mut settings = CacheSettings::default();
        change(&mut settings);
        (DnsCache::new(settings, Seed::default()), Instant::now())
    }

    #[test]
    fn answers_live_as_long_as_their_shortest_record() {
        let (mut cache, start) = cache(|_| {});
        let both = Answer::Records(vec![(address(1), 60), (address(2), 30)]);
        cache.store(&query("a"), &both, start);
        let records = Cached::Records(vec![address(1), address(2)]);
        assert_eq!(cache.get(&query("a"), at(start, 29)), Some(records));
        assert_eq!(cache.get(&query("a"), at(start, 30)), None);
        assert!(cache.is_empty());
        assert_eq!(cache.bytes(), 0);
    }

    #[test]
    fn lifetimes_are_kept_within_the_bounds() {
        let (mut cache, start) = cache(|settings| {
            settings.ttl_min = 10;
            settings.ttl_max = 20;
        });
        cache.store(&query("short"), &answer(1, 0), start);
        cache.store(&query("long"), &answer(1, u32::MAX), start);
        assert!(cache.get(&query("short"), at(start, 9)).is_some());
        assert!(cache.get(&query("short"), at(start, 10)).is_none());
        assert!(cache.get(&query("long"), at(start, 19)).is_some());
        assert!(cache.get(&query("long"), at(start, 20)).is_none());
    }

    #[test]
    fn what_lives_for_no_time_is_not_kept() {
        let (mut cache, start) = cache(|settings| settings.negative_ttl = 0);
        cache.store(&query("a"), &answer(1, 0), start);
        cache.store(&query("b"), &Answer::NotFound, start);
        cache.store(&query("c"), &Answer::Failed, start);
        assert!(cache.is_empty());
    }

    #[test]
    fn nothing_is_remembered_too_and_failures_only_shortly() {
        let (mut cache, start) = cache(|_| {});
        let other_kind = Answer::Records(vec![(Record::v6([0; 16].into()), 500)]);
        cache.store(&query("none"), &Answer::NotFound, start);
        cache.store(&query("other"), &other_kind, start);
        cache.store(&query("failed"), &Answer::Failed, start);
        for name in ["none", "other"] {
            assert_eq!(
                cache.get(&query(name), at(start, 59)),
                Some(Cached::Nothing)
            );
            assert_eq!(cache.get(&query(name), at(start, 60)), None);
        }
        assert_eq!(
            cache.get(&query("failed"), at(start, 4)),
            None.or(Some(Cached::Nothing))
        );
        assert_eq!(cache.get(&query("failed"), at(start, 5)), None);
    }

    #[test]
    fn a_full_cache_takes_nothing_more_until_something_expires() {
        let (mut cache, start) = cache(|settings| settings.bytes_max = 1_000);
        for index in 0..50 {
            cache.store(&query(&format!("host{index}")), &answer(1, 10), start);
        }
        assert!(cache.bytes() <= 1_000);
        assert!(cache.get(&query("host0"), start).is_some());
        assert!(cache.get(&query("host49"), start).is_none());
        cache.store(&query("late"), &answer(1, 10), at(start, 11));
        assert!(cache.get(&query("late"), at(start, 11)).is_some());
        assert_eq!(cache.len(), 1);
    }

    #[test]
    fn a_full_cache_may_drop_what_is_not_used() {
        let (mut cache, start) = cache(|settings| {
            settings.bytes_max = 3_000;
            settings.may_drop_unexpired = true;
        });
        cache.add(b"kept", address(9), None, start);
        for index in 0..50 {
            cache.store(
                &query(&format!("host{index}")),
                &answer(1, 1_000),
                at(start, index),
            );
            assert!(cache.get(&query("host0"), at(start, index)).is_some());
        }
        assert!(cache.bytes() <= 3_000);
        assert!(cache.get(&query("host49"), at(start, 50)).is_some());
        assert!(cache.get(&query("host10"), at(start, 50)).is_none());
        assert!(cache.get(&query("kept"), at(start, 50)).is_some());
    }

    #[test]
    fn the_preference_decides_between_old_and_new() {
        for (preference, shorter, longer) in [(0, 2, 2), (1, 1, 1), (2, 2, 2), (3, 1, 2)] {
            for (ttl, expected) in [(50, shorter), (500, longer)] {
                let (mut cache, start) =
                    cache(|settings| settings.preference = Preference::from_param(preference));
                cache.store(&query("a"), &answer(1, 100), start);
                cache.store(&query("a"), &answer(2, ttl), start);
                let found = cache.get(&query("a"), start);
                assert_eq!(
                    found,
                    Some(Cached::Records(vec![address(expected)])),
                    "{preference}"
                );
            }
        }
    }

    #[test]
    fn records_added_by_hand_stay_and_join_each_other() {
        let (mut cache, start) = cache(|_| {});
        assert!(cache.add(b"A.test.", address(1), None, start));
        assert!(cache.add(b"a.test", address(2), None, start));
        assert!(cache.add(b"a.test", address(1), None, start));
        assert!(!cache.add(b"", address(1), None, start));
        cache.store(&query("a.test"), &answer(7, 100), start);
        let records = Cached::Records(vec![address(2), address(1)]);
        assert_eq!(
            cache.get(&query("a.test"), at(start, 1_000_000)),
            Some(records)
        );
        assert!(cache.remove(b"A.TEST", Kind::A));
        assert!(!cache.remove(b"a.test", Kind::A));
    }

    #[test]
    fn records_that_are_down_come_last_for_a_while() {
        let (mut cache, start) = cache(|_| {});
        let both = Answer::Records(vec![(address(1), 60), (address(2), 60)]);
        cache.store(&query("a"), &both, start);
        cache.mark_down(&query("a"), [127, 0, 1, 1].into(), at(start, 10));
        let show = |cache: &mut DnsCache, seconds| cache.get(&query("a"), at(start, seconds));
        assert_eq!(
            show(&mut cache, 9),
            Some(Cached::Records(vec![address(2), address(1)]))
        );
        assert_eq!(
            show(&mut cache, 10),
            Some(Cached::Records(vec![address(1), address(2)]))
        );
    }

    #[test]
    fn entries_are_listed_in_order() {
        let (mut cache, start) = cache(|_| {});
        cache.store(&query("b"), &answer(1, 60), start);
        cache.store(&query("a"), &Answer::NotFound, start);
        let alias = Answer::Alias {
            target: Text::from("B."),
            ttl: 9,
        };
        cache.store(&query("c"), &alias, start);
        let entries = cache.entries(at(start, 5));
        let shown: Vec<_> = entries
            .iter()
            .map(|entry| (entry.query.name.to_string(), &entry.content))
            .collect();
        assert_eq!(
            shown,
            [
                ("a".to_owned(), &Cached::Nothing),
                ("b".to_owned(), &Cached::Records(vec![address(1)])),
                ("c".to_owned(), &Cached::Alias(Text::from("b"))),
            ]
        );
        assert_eq!(entries[1].expires_in, Some(Duration::from_secs(55)));
        assert_eq!(entries[1].last_used, Duration::from_secs(5));
    }

    #[test]
    fn a_cache_that_is_off_keeps_nothing() {
        let (mut cache, start) = cache(|_| {});
        cache.store(&query("a"), &answer(1, 60), start);
        cache.set_settings(CacheSettings {
            is_on: false,
            ..CacheSettings::default()
        });
        assert_eq!(cache.get(&query("a"), start), None);
        cache.store(&query("a"), &answer(1, 60), start);
        assert!(cache.is_empty());
    }
}
