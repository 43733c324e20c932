//! Locks that scripts take by name. A run that cannot have one parks; one that forgets to give it back loses it at its end.

use crate::call::Call;
use crate::step::{Step, Verdict};
use futures_channel::oneshot;
use parking_lot::Mutex;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use stdx::Text;

/// How many runs may wait for one lock. More fail at once.
const WAITERS_MAX: usize = 10_000;

/// A set of named locks.
#[derive(Clone, Default)]
pub struct Locks(Arc<Mutex<BTreeMap<Text, VecDeque<oneshot::Sender<Guard>>>>>);

/// A lock that is held. Dropping it gives the lock to the run that has waited longest.
struct Guard {
    locks: Locks,
    name: Text,
}

impl Drop for Guard {
    fn drop(&mut self) {
        let mut locks = self.locks.0.lock();
        let Some(waiters) = locks.get_mut(&self.name) else {
            return;
        };
        while let Some(next) = waiters.pop_front() {
            let guard = Guard {
                locks: self.locks.clone(),
                name: self.name.clone(),
            };
            match next.send(guard) {
                Ok(()) => return,
                // The run that waited is gone; its guard must not be dropped while the table is locked.
                Err(guard) => std::mem::forget(guard),
            }
        }
        locks.remove(&self.name);
    }
}

/// The locks that a run holds, each with how often it took it.
#[derive(Default)]
struct Held(Vec<(Guard, u32)>);

impl Held {
    fn position(&self, locks: &Locks, name: &[u8]) -> Option<usize> {
        self.0
            .iter()
            .position(|(guard, _)| Arc::ptr_eq(&guard.locks.0, &locks.0) && *guard.name == *name)
    }
}

impl Locks {
    /// Takes a lock for the run of `call`; taking one again that it holds is free.
    pub fn take(&self, call: &mut Call, name: Text) -> Step {
        if self.take_again(call, &name) {
            return Verdict::TRUE.into();
        }
        let waiting = {
            let mut locks = self.0.lock();
            match locks.get_mut(&name) {
                None => {
                    locks.insert(name.clone(), VecDeque::new());
                    None
                }
                Some(waiters) if waiters.len() >= WAITERS_MAX => return Verdict::FALSE.into(),
                Some(waiters) => {
                    let (sender, receiver) = oneshot::channel();
                    waiters.push_back(sender);
                    Some(receiver)
                }
            }
        };
        match waiting {
            None => {
                hold(
                    call,
                    Guard {
                        locks: self.clone(),
                        name,
                    },
                );
                Verdict::TRUE.into()
            }
            Some(receiver) => Step::wait(
                format!("lock {name}"),
                receiver,
                |call, guard| match guard {
                    Ok(guard) => {
                        hold(call, guard);
                        Verdict::TRUE
                    }
                    Err(_) => Verdict::FALSE,
                },
            ),
        }
    }

    /// Takes a lock if it is free.
    pub fn try_take(&self, call: &mut Call, name: Text) -> bool {
        if self.take_again(call, &name) {
            return true;
        }
        {
            let mut locks = self.0.lock();
            if locks.contains_key(&name) {
                return false;
            }
            locks.insert(name.clone(), VecDeque::new());
        }
        hold(
            call,
            Guard {
                locks: self.clone(),
                name,
            },
        );
        true
    }

    /// Gives a lock back; false when the run does not hold it.
    pub fn give_back(&self, call: &mut Call, name: &[u8]) -> bool {
        let Some(held) = call.notes.get_mut::<Held>() else {
            return false;
        };
        let Some(position) = held.position(self, name) else {
            return false;
        };
        if let Some((_, count)) = held.0.get_mut(position)
            && *count > 1
        {
            *count -= 1;
            return true;
        }
        drop(held.0.remove(position));
        true
    }

    fn take_again(&self, call: &mut Call, name: &[u8]) -> bool {
        let Some(held) = call.notes.get_mut::<Held>() else {
            return false;
        };
        let Some(position) = held.position(self, name) else {
            return false;
        };
        if let Some((_, count)) = held.0.get_mut(position) {
            *count += 1;
        }
        true
    }
}

fn hold(call: &mut Call, guard: Guard) {
    match call.notes.get_mut::<Held>() {
        Some(held) => held.0.push((guard, 1)),
        None => call.notes.set(Held(vec![(guard, 1)])),
    }
}

/// Gives back what a run has forgotten to give back, and says so. The server calls it at the end of each run.
pub fn release_forgotten(call: &mut Call) {
    let Some(held) = call.notes.take::<Held>() else {
        return;
    };
    for (guard, _) in held.0 {
        call.warn(format_args!(
            "the run ended without giving back the lock `{}`",
            guard.name
        ));
    }
}
