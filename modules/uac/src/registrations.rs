//! Registrations that we keep at other registrars: what is known of each, and how it stands.

use crate::params::Params;
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use stdx::Text;

/// An account elsewhere: a row of the table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Account {
    /// Its name here; the user of the Contact.
    pub uuid: Text,
    /// The user here.
    pub username: Text,
    /// The domain here.
    pub domain: Text,
    /// The user there.
    pub remote_username: Text,
    /// The domain there.
    pub remote_domain: Text,
    /// The realm of challenges.
    pub realm: Text,
    /// The user who answers them.
    pub auth_username: Text,
    /// That user's password.
    pub auth_password: Text,
    /// That user's HA1; it counts more than the password.
    pub auth_ha1: Text,
    /// The next hop.
    pub proxy: Text,
    /// For how many seconds to register.
    pub expires: i64,
    /// [`State`]'s bits to begin with.
    pub flags: i64,
    /// The seconds to wait at first.
    pub delay: i64,
    /// The host of the Contact, when not that of the parameter.
    pub contact_address: Text,
    /// The user of the Contact, when not `uuid`.
    pub contact_user: Text,
    /// The socket to send from.
    pub socket: Text,
}

/// How a registration stands, in the bits that operators see.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct State(pub i64);

impl State {
    /// It is turned off, or given up.
    pub const DISABLED: i64 = 1;
    /// A request is on its way.
    pub const ONGOING: i64 = 2;
    /// It was accepted.
    pub const ONLINE: i64 = 4;
    /// A challenge has been answered.
    pub const ANSWERED: i64 = 8;
    /// It is looked after.
    pub const INITIAL: i64 = 16;

    /// Whether a bit is set.
    pub fn is(self, bit: i64) -> bool {
        self.0 & bit != 0
    }

    /// Sets or clears bits.
    pub fn change(&mut self, set: i64, clear: i64) {
        self.0 = (self.0 & !clear) | set;
    }
}

/// A registration.
#[derive(Clone, Debug)]
pub struct Registration {
    /// The account.
    pub account: Arc<Account>,
    /// How it stands.
    pub state: State,
    /// For how many seconds it is asked for: what the account says, or what its registrar has it say.
    pub expires: i64,
    /// When it is to be looked at again, in seconds since 1970.
    pub due: i64,
    /// When it was made here.
    pub since: i64,
    /// The Call-ID it was last accepted with.
    pub call_id: Text,
    /// The CSeq it was last accepted with.
    pub sequence: u32,
}

/// What a registration is looked up by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attribute {
    /// `l_uuid`.
    Uuid,
    /// `l_username`.
    Username,
    /// `r_username`.
    RemoteUsername,
    /// `auth_username`.
    AuthUsername,
}

impl Attribute {
    /// The attribute of a column.
    pub fn named(name: &[u8]) -> Option<Attribute> {
        Some(match name {
            b"l_uuid" => Attribute::Uuid,
            b"l_username" => Attribute::Username,
            b"r_username" => Attribute::RemoteUsername,
            b"auth_username" => Attribute::AuthUsername,
            _ => return None,
        })
    }

    fn of(self, account: &Account) -> &Text {
        match self {
            Attribute::Uuid => &account.uuid,
            Attribute::Username => &account.username,
            Attribute::RemoteUsername => &account.remote_username,
            Attribute::AuthUsername => &account.auth_username,
        }
    }
}

/// Counts registrations of a kind.
pub type Figure = fn(State) -> bool;

/// The module's figures.
pub const FIGURES: &[(&str, Figure)] = &[
    ("regtotal", |_| true),
    ("regactive", |state| state.is(State::ONLINE)),
    ("regdisabled", |state| state.is(State::DISABLED)),
];

/// All registrations, by the name of their account here.
pub struct Registrations {
    list: Mutex<BTreeMap<Text, Registration>>,
    is_active: AtomicBool,
    /// Over how many seconds accounts without a delay of their own are spread at first.
    spread: u64,
}

impl Registrations {
    /// None yet.
    pub fn new(params: &Params) -> Registrations {
        Registrations {
            list: Mutex::default(),
            is_active: AtomicBool::new(params.reg_active),
            spread: params.reg_random_delay.unsigned_abs(),
        }
    }

    /// Whether they are looked after.
    pub fn is_active(&self) -> bool {
        self.is_active.load(Ordering::Relaxed)
    }

    /// Has them looked after or not; whether they were.
    pub fn set_active(&self, is_active: bool) -> bool {
        self.is_active.swap(is_active, Ordering::Relaxed)
    }

    /// The seconds that an account waits among those that are spread: the same each time.
    fn place(&self, uuid: &[u8]) -> i64 {
        let number = uuid.iter().fold(17u64, |number, byte| {
            number.wrapping_mul(31).wrapping_add(u64::from(*byte))
        });
        number.checked_rem(self.spread).unwrap_or(0) as i64
    }

    /// How many there are of a kind.
    pub fn count(&self, figure: Figure) -> i64 {
        let list = self.list.lock();
        list.values()
            .filter(|registration| figure(registration.state))
            .count() as i64
    }

    /// Adds an account; one of the same name is replaced, and begins anew unless it is the very same. Its time counts from the next
    /// look at what is due.
    pub fn put(&self, account: Account) {
        let known = self.list.lock().get(&account.uuid).cloned();
        if known.is_none_or(|known| *known.account != account) {
            self.insert(account, 0);
        }
    }

    /// Begins anew with an account, without its delay where it was known (observed on 5.6.3).
    pub fn renew(&self, account: Account) {
        let list = self.list.lock();
        let since = list.get(&account.uuid).map_or(0, |known| known.since);
        drop(list);
        self.insert(account, since);
    }

    fn insert(&self, account: Account, since: i64) {
        let registration = Registration {
            state: State(account.flags & State::DISABLED | State::INITIAL),
            expires: account.expires,
            due: since,
            since,
            call_id: Text::default(),
            sequence: 0,
            account: Arc::new(account),
        };
        let uuid = registration.account.uuid.clone();
        self.list.lock().insert(uuid, registration);
    }

    /// Keeps only these accounts.
    pub fn keep(&self, accounts: &[Account]) {
        let names: Vec<&Text> = accounts.iter().map(|account| &account.uuid).collect();
        self.list.lock().retain(|uuid, _| names.contains(&uuid));
    }

    /// Takes an account away; whether there was one.
    pub fn remove(&self, uuid: &Text) -> bool {
        self.list.lock().remove(uuid).is_some()
    }

    /// The first that fits.
    pub fn find(&self, fits: impl Fn(&Registration) -> bool) -> Option<Registration> {
        self.list
            .lock()
            .values()
            .find(|registration| fits(registration))
            .cloned()
    }

    /// The first with this value of an attribute.
    pub fn with(&self, attribute: Attribute, value: &Text) -> Option<Registration> {
        self.find(|registration| attribute.of(&registration.account) == value)
    }

    /// All of them.
    pub fn all(&self) -> Vec<Registration> {
        self.list.lock().values().cloned().collect()
    }

    /// Changes one; whether it is there.
    pub fn change(&self, uuid: &Text, act: impl FnOnce(&mut Registration)) -> bool {
        let mut list = self.list.lock();
        match list.get_mut(uuid) {
            Some(registration) => {
                act(registration);
                true
            }
            None => false,
        }
    }

    /// Takes those whose time comes within `ahead` seconds, and marks them as being asked for. The delay of an account is waited for
    /// to its end.
    pub fn take_due(&self, now: i64, ahead: i64) -> Vec<Registration> {
        let mut list = self.list.lock();
        for registration in list
            .values_mut()
            .filter(|registration| registration.since == 0)
        {
            registration.since = now;
            registration.due = registration.due.max(now);
        }
        let due = list.values_mut().filter(|registration| {
            let state = registration.state;
            let wait = match registration.account.delay {
                0 => self.place(&registration.account.uuid),
                delay => delay,
            };
            !state.is(State::DISABLED)
                && !state.is(State::ONGOING)
                && registration.since.saturating_add(wait) <= now
                && registration.due <= now.saturating_add(ahead)
        });
        due.map(|registration| {
            registration
                .state
                .change(State::ONGOING | State::INITIAL, State::ANSWERED);
            registration.clone()
        })
        .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(uuid: &str) -> Account {
        Account {
            uuid: Text::from(uuid),
            username: Text::from("lu"),
            expires: 60,
            ..Account::default()
        }
    }

    #[test]
    fn what_is_due_is_taken_once() {
        let registrations = Registrations::new(&Params::default());
        registrations.put(account("a"));
        registrations.put(Account {
            delay: 50,
            ..account("b")
        });
        let due = registrations.take_due(100, 10);
        assert_eq!(due.len(), 1);
        assert_eq!(due[0].state, State(State::ONGOING | State::INITIAL));
        assert!(registrations.take_due(100, 10).is_empty());
        // A registration that stands is refreshed ahead of its end, another waits for its time.
        registrations.change(&Text::from("a"), |r| {
            r.state.change(State::ONLINE, State::ONGOING);
            r.due = 110;
        });
        assert_eq!(registrations.take_due(105, 10).len(), 1);
        assert!(registrations.take_due(149, 10).is_empty());
        assert_eq!(registrations.take_due(150, 10).len(), 1);
    }

    #[test]
    fn an_account_that_has_not_changed_keeps_its_registration() {
        let registrations = Registrations::new(&Params::default());
        registrations.put(account("a"));
        registrations.change(&Text::from("a"), |r| r.state.change(State::ONLINE, 0));
        registrations.put(account("a"));
        assert_eq!(registrations.count(FIGURES[1].1), 1);
        registrations.renew(account("a"));
        assert_eq!(registrations.count(FIGURES[1].1), 0);
        registrations.change(&Text::from("a"), |r| r.state.change(State::ONLINE, 0));
        let changed = Account {
            expires: 61,
            ..account("a")
        };
        registrations.put(changed);
        assert_eq!(registrations.count(FIGURES[1].1), 0);
        registrations.keep(&[]);
        assert!(registrations.all().is_empty());
    }
}
