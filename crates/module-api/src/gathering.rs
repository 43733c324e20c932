//! Asking all lanes the same.

use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What several lanes tell, each when it can; handed on in the order of their numbers when nobody is left who could tell:
/// each has a clone, and drops it.
pub struct Gathering<T>(Arc<State<T>>);

struct State<T> {
    told: Mutex<BTreeMap<usize, Vec<T>>>,
    done: Option<Box<dyn FnOnce(Vec<T>) + Send + Sync>>,
}

impl<T> Drop for State<T> {
    fn drop(&mut self) {
        if let Some(done) = self.done.take() {
            let told = std::mem::take(self.told.get_mut());
            done(told.into_values().flatten().collect());
        }
    }
}

impl<T> Clone for Gathering<T> {
    fn clone(&self) -> Self {
        Gathering(self.0.clone())
    }
}

impl<T> Gathering<T> {
    /// Calls `done` in the end.
    pub fn new(done: impl FnOnce(Vec<T>) + Send + Sync + 'static) -> Gathering<T> {
        Gathering(Arc::new(State {
            told: Mutex::default(),
            done: Some(Box::new(done)),
        }))
    }

    /// Takes what a lane tells.
    pub fn tell(self, lane: usize, found: Vec<T>) {
        self.0.told.lock().insert(lane, found);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_is_handed_on_once_and_in_order() {
        let (sender, receiver) = std::sync::mpsc::channel();
        let gathering = Gathering::new(move |all| sender.send(all).unwrap());
        let (first, silent) = (gathering.clone(), gathering.clone());
        gathering.tell(1, vec!["c"]);
        drop(silent);
        assert!(receiver.try_recv().is_err());
        first.tell(0, vec!["a", "b"]);
        assert_eq!(receiver.try_recv(), Ok(vec!["a", "b", "c"]));
        assert!(receiver.recv().is_err());
    }
}
