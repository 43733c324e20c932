//! Profiles: how many dialogs have what in common.

use crate::context::PROFILES_MAX;
use crate::dialog::{Dialog, Membership};
use module_api::Text;
use parking_lot::{Mutex, RwLock};
use std::collections::BTreeMap;
use std::sync::Arc;
use stdx::hash::{Map, Seed};

/// How many values and remote members one profile has at most.
const MEMBERS_MAX: usize = 1_000_000;

/// All profiles by name. One that is there stays, with its number.
#[derive(Default)]
pub struct Profiles {
    list: RwLock<Vec<Arc<Profile>>>,
}

/// A profile.
pub struct Profile {
    /// Its name.
    pub name: Text,
    /// Whether its members have values.
    pub has_values: bool,
    members: Mutex<Members>,
}

struct Members {
    /// How many dialogs have a value; without values all have the empty one.
    counts: Map<Text, u32>,
    all: u32,
    /// Members of other servers: value and end, by their unique name.
    remote: BTreeMap<Text, (Text, u32)>,
}

impl Profiles {
    /// Makes the profiles with these names, which have semicolons between them, as far as they are not there.
    pub fn declare(&self, names: &[u8], has_values: bool, seed: u64) {
        let mut list = self.list.write();
        for name in names.split(|byte| *byte == b';').map(<[u8]>::trim_ascii) {
            let is_new = !name.is_empty() && list.iter().all(|known| *known.name != *name);
            if is_new && list.len() < usize::from(u16::MAX) {
                list.push(Arc::new(Profile::new(name, has_values, seed)));
            }
        }
    }

    /// The number of a profile.
    pub fn find(&self, name: &[u8]) -> Option<u16> {
        let list = self.list.read();
        let at = list.iter().position(|known| *known.name == *name)?;
        u16::try_from(at).ok()
    }

    /// A profile by its number.
    pub fn get(&self, number: u16) -> Option<Arc<Profile>> {
        self.list.read().get(usize::from(number)).cloned()
    }

    /// Makes a dialog a member of a profile. A profile without values takes no notice of one.
    pub fn join(&self, dialog: &Dialog, number: u16, value: Text) -> bool {
        let Some(profile) = self.get(number) else {
            return false;
        };
        let value = if profile.has_values {
            value
        } else {
            Text::default()
        };
        let mut body = dialog.body();
        if body.state == crate::dialog::State::Deleted || body.profiles().len() >= PROFILES_MAX {
            return false;
        }
        if !profile.add(&value) {
            return false;
        }
        let membership = Membership {
            profile: number,
            value,
        };
        body.extra_mut().profiles.insert(0, membership);
        true
    }

    /// Takes a dialog out of a profile; whether it was in.
    pub fn leave(&self, dialog: &Dialog, number: u16, value: &[u8]) -> bool {
        let Some(profile) = self.get(number) else {
            return false;
        };
        let mut body = dialog.body();
        let memberships = &mut body.extra_mut().profiles;
        let Some(at) = memberships
            .iter()
            .position(|known| profile.is(known, number, Some(value)))
        else {
            return false;
        };
        let gone = memberships.remove(at);
        profile.remove(&gone.value);
        true
    }

    /// Takes a dialog out of all profiles.
    pub fn leave_all(&self, memberships: Vec<Membership>) {
        for gone in memberships {
            if let Some(profile) = self.get(gone.profile) {
                profile.remove(&gone.value);
            }
        }
    }

    /// Whether a dialog is in a profile, with that value if one is given.
    pub fn has(&self, dialog: &Dialog, number: u16, value: Option<&[u8]>) -> bool {
        let Some(profile) = self.get(number) else {
            return false;
        };
        let body = dialog.body();
        let mut memberships = body.profiles().iter();
        memberships.any(|known| profile.is(known, number, value))
    }

    /// Takes remote members out whose time is over.
    pub fn sweep(&self, now: u32) {
        for profile in self.list.read().iter() {
            profile.sweep(now);
        }
    }
}

impl Profile {
    fn new(name: &[u8], has_values: bool, seed: u64) -> Profile {
        Profile {
            name: Text::from(name),
            has_values,
            members: Mutex::new(Members {
                counts: Map::with_hasher(Seed::new(seed)),
                all: 0,
                remote: BTreeMap::new(),
            }),
        }
    }

    fn is(&self, known: &Membership, number: u16, value: Option<&[u8]>) -> bool {
        let same_value = value.is_none_or(|value| !self.has_values || *known.value == *value);
        known.profile == number && same_value
    }

    /// How many members there are, with that value if one is given.
    pub fn size(&self, value: Option<&[u8]>) -> u32 {
        let members = self.members.lock();
        match value.filter(|_| self.has_values) {
            Some(value) => members.counts.get(value).copied().unwrap_or(0),
            None => members.all,
        }
    }

    fn add(&self, value: &Text) -> bool {
        let mut members = self.members.lock();
        if members.counts.len() >= MEMBERS_MAX && !members.counts.contains_key(value) {
            return false;
        }
        // A value that comes with a message must not keep all of that message.
        let value = Text::from(&**value);
        *members.counts.entry(value).or_insert(0) += 1;
        members.all += 1;
        true
    }

    fn remove(&self, value: &[u8]) {
        let mut members = self.members.lock();
        let Some(count) = members.counts.get_mut(value) else {
            return;
        };
        *count -= 1;
        if *count == 0 {
            members.counts.remove(value);
        }
        members.all = members.all.saturating_sub(1);
    }

    /// Counts a member of another server until `end`, in seconds since 1970.
    pub fn add_remote(&self, unique: Text, value: Text, end: u32) -> bool {
        let value = if self.has_values {
            value
        } else {
            Text::default()
        };
        {
            let mut members = self.members.lock();
            if let Some(known) = members.remote.get_mut(&unique) {
                known.1 = end;
                return true;
            }
            if members.remote.len() >= MEMBERS_MAX {
                return false;
            }
            members.remote.insert(unique, (value.clone(), end));
        }
        self.add(&value)
    }

    /// Counts a member of another server no more; whether it was counted.
    pub fn remove_remote(&self, unique: &[u8]) -> bool {
        let gone = self.members.lock().remote.remove(unique);
        match gone {
            Some((value, _)) => {
                self.remove(&value);
                true
            }
            None => false,
        }
    }

    fn sweep(&self, now: u32) {
        let over: Vec<Text> = {
            let members = self.members.lock();
            let over = members.remote.iter().filter(|(_, (_, end))| *end < now);
            over.map(|(unique, _)| unique.clone()).collect()
        };
        for unique in over {
            self.remove_remote(&unique);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialog::State;
    use crate::dialog::tests::body;

    #[test]
    fn a_profile_counts_its_members() {
        let profiles = Profiles::default();
        profiles.declare(b"caller ; x", true, 1);
        profiles.declare(b"all;caller", false, 1);
        let (caller, all) = (
            profiles.find(b"caller").unwrap(),
            profiles.find(b"all").unwrap(),
        );
        let dialog = Dialog::new(0, 1, body(State::Confirmed));
        assert!(profiles.join(&dialog, caller, Text::from("alice")));
        assert!(profiles.join(&dialog, all, Text::from("nobody asks")));
        assert!(profiles.join(&dialog, all, Text::default()));
        let size = |number, value| profiles.get(number).unwrap().size(value);
        assert_eq!(size(caller, Some(&b"alice"[..])), 1);
        assert_eq!(size(caller, Some(&b"bob"[..])), 0);
        assert_eq!(size(caller, None), 1);
        assert_eq!(size(all, Some(&b"whatever"[..])), 2);
        assert!(profiles.has(&dialog, caller, Some(b"alice")));
        assert!(!profiles.has(&dialog, caller, Some(b"bob")));
        assert!(profiles.leave(&dialog, caller, b"alice"));
        assert!(!profiles.leave(&dialog, caller, b"alice"));
        let left = std::mem::take(&mut dialog.body().extra_mut().profiles);
        profiles.leave_all(left);
        assert_eq!(size(all, None), 0);
        assert!(profiles.find(b"nope").is_none());
    }

    #[test]
    fn a_remote_member_counts_until_its_end() {
        let profiles = Profiles::default();
        profiles.declare(b"caller", true, 1);
        let profile = profiles.get(0).unwrap();
        assert!(profile.add_remote(Text::from("u"), Text::from("v"), 10));
        assert!(profile.add_remote(Text::from("u"), Text::from("v"), 20));
        assert_eq!(profile.size(Some(b"v")), 1);
        profiles.sweep(15);
        assert_eq!(profile.size(Some(b"v")), 1);
        profiles.sweep(21);
        assert_eq!(profile.size(None), 0);
        assert!(!profile.remove_remote(b"u"));
    }
}
