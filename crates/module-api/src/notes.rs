//! What modules keep with a message: one value for each type.

use smallvec::SmallVec;
use std::any::Any;
use stdx::Text;

/// Values by their type; few, so they are searched in order.
#[derive(Default)]
pub struct Notes {
    values: SmallVec<[Box<dyn Any + Send>; 2]>,
}

impl Notes {
    /// The note of type `T`.
    pub fn get<T: Send + 'static>(&self) -> Option<&T> {
        self.values
            .iter()
            .find_map(|value| value.downcast_ref::<T>())
    }

    /// The note of type `T`, for changing.
    pub fn get_mut<T: Send + 'static>(&mut self) -> Option<&mut T> {
        self.values
            .iter_mut()
            .find_map(|value| value.downcast_mut::<T>())
    }

    /// Puts a note in the place of the one of its type.
    pub fn set<T: Send + 'static>(&mut self, note: T) {
        match self.get_mut::<T>() {
            Some(slot) => *slot = note,
            None => self.values.push(Box::new(note)),
        }
    }

    /// Takes the note of type `T` away.
    pub fn take<T: Send + 'static>(&mut self) -> Option<T> {
        let position = self.values.iter().position(|value| value.is::<T>())?;
        self.values
            .remove(position)
            .downcast::<T>()
            .ok()
            .map(|note| *note)
    }
}

/// A note of whoever checks credentials: the sender proved to know this user's secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authenticated {
    /// The user's name, with its domain if the credentials have one.
    pub username: Text,
    /// The realm of the credentials.
    pub realm: Text,
}

/// A note for `event_route[core:msg-received]`: what was received, before anybody looked at it. Scripts may change it.
#[derive(Clone, Debug)]
pub struct RawMessage {
    /// The octets.
    pub bytes: Text,
    /// How the route is run, as a bit of `received_route_mode`.
    pub mode: i64,
}

/// A note for `event_route[network:msg]`: octets that came in or are about to leave.
#[derive(Clone, Debug)]
pub struct NetworkOctets {
    /// The octets.
    pub octets: Text,
    /// Which way they go.
    pub direction: NetworkDirection,
}

/// Which way octets go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NetworkDirection {
    /// They came in.
    Incoming,
    /// They are about to leave.
    Outgoing,
}

/// A note for `event_route[core:tkv]`: an event of a type, with a key and a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypedEvent {
    /// The type.
    pub kind: i64,
    /// The key.
    pub key: Text,
    /// The value.
    pub value: Text,
}
