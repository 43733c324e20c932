//! Runs that wait, in as little memory as they need: there may be many, and for long.

use crate::life::After;
use crate::loading::Loaded;
use bytes::Bytes;
use module_api::{Call, ParkedRun};
use script_vm::{DormantRun, Run};
use sip::Message;
use std::borrow::Cow;
use std::sync::Arc;
use std::time::Instant;
use stdx::Text;

/// A run that waits, with all that belongs to it.
pub struct Parked {
    run: DormantRun,
    /// Its message is a stand-in while there are `octets`.
    call: Box<Call>,
    /// The octets of a message that nobody else holds: its index takes more memory than they do, and less time than the wait.
    octets: Option<Bytes>,
    loaded: Arc<Loaded>,
    what: Cow<'static, str>,
    since: Instant,
    after: After,
    weight: i64,
}

/// What a run and its context take besides the message, with little that a script has set; octets (measured).
const RUN: i64 = 1_450;

/// What the index of a message takes; octets.
const INDEX: i64 = 900;

/// The memory that a message takes while it waits, about; octets.
pub fn weight_of(message: &Message) -> i64 {
    message.buffer().len() as i64 + INDEX
}

impl Parked {
    /// Puts a run aside that waits for `what`.
    pub fn new(
        run: Run,
        mut call: Box<Call>,
        loaded: Arc<Loaded>,
        what: Cow<'static, str>,
        after: After,
    ) -> Parked {
        call.give_up_memory();
        let message = std::mem::replace(&mut call.message, loaded.stand_in.clone());
        let (octets, weight) = match message.into_octets() {
            Ok(octets) => {
                let weight = octets.len() as i64;
                (Some(octets), weight)
            }
            Err(shared) => {
                let weight = weight_of(&shared);
                call.message = shared;
                (None, weight)
            }
        };
        Parked {
            run: run.into(),
            since: call.now,
            call,
            octets,
            loaded,
            what,
            after,
            weight: RUN + weight,
        }
    }

    /// The run as it was, with the message as it was.
    pub fn into_parts(mut self) -> (Run, Box<Call>, Arc<Loaded>, After) {
        self.call();
        (self.run.into(), self.call, self.loaded, self.after)
    }

    /// The context of the run, for changing.
    pub fn call(&mut self) -> &mut Call {
        if self.octets.is_some() {
            self.call.message = self.message();
            self.octets = None;
        }
        &mut self.call
    }

    /// The message that the run is about.
    pub fn message(&self) -> Message {
        let Some(octets) = &self.octets else {
            return self.call.message.clone();
        };
        match Message::parse(octets.clone()) {
            Ok(message) => message,
            Err(_) => {
                stdx::never!("a message that was read cannot be read again");
                self.call.message.clone()
            }
        }
    }

    /// What was loaded when the run began.
    pub fn loaded(&self) -> &Arc<Loaded> {
        &self.loaded
    }

    /// The memory that it takes, about; octets.
    pub fn weight(&self) -> i64 {
        self.weight
    }

    /// What is done when the run has ended.
    pub fn after(&self) -> &After {
        &self.after
    }

    /// What operators are told of it.
    pub fn told(&self) -> ParkedRun {
        let place = self.loaded.runtime.place(self.call.place);
        ParkedRun {
            call_id: Text::from(self.message().call_id().unwrap_or_default()),
            what: self.what.to_string(),
            place: place.map(ToString::to_string).unwrap_or_default(),
            since: self.since,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Besides these there are the octets of the message and what the script has set.
    #[test]
    fn a_run_that_waits_takes_less_than_a_kibioctet() {
        assert!(size_of::<Parked>() + size_of::<Call>() <= 900);
    }
}
