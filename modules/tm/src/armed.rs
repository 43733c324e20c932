//! What a script asks for in advance: routes for later, other timers, other ways.

use crate::table;
use module_api::{Call, RouteId};
use transaction::{Drops, Times};

/// What a script has asked for, before there is a transaction or for the one there is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Armed {
    /// Run when all branches have failed.
    pub failure: Option<RouteId>,
    /// Run for each branch before its request is made.
    pub branch: Option<RouteId>,
    /// Run for each response.
    pub reply: Option<RouteId>,
    /// Run for each branch that fails.
    pub branch_failure: Option<RouteId>,
    /// Other timers than the usual.
    pub times: OtherTimes,
    /// Other ways than the usual.
    pub options: Options,
    /// What becomes of the responses so far at the end of the failure route that is being run.
    pub drops: Drops,
}

/// Intervals in milliseconds that differ from the module's parameters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OtherTimes {
    /// See [`Times::fr`].
    pub fr: Option<u32>,
    /// See [`Times::fr_inv`].
    pub fr_inv: Option<u32>,
    /// See [`Times::t1`].
    pub t1: Option<u32>,
    /// See [`Times::t2`].
    pub t2: Option<u32>,
    /// How long an INVITE may go on.
    pub lifetime_invite: Option<u32>,
    /// How long another request may go on.
    pub lifetime_other: Option<u32>,
}

impl OtherTimes {
    /// The usual times with these instead.
    pub fn over(&self, mut times: Times, is_invite: bool) -> Times {
        let lifetime = if is_invite {
            self.lifetime_invite
        } else {
            self.lifetime_other
        };
        for (slot, other) in [
            (&mut times.fr, self.fr),
            (&mut times.fr_inv, self.fr_inv),
            (&mut times.t1, self.t1),
            (&mut times.t2, self.t2),
            (&mut times.lifetime, lifetime),
        ] {
            if let Some(other) = other {
                *slot = other;
            }
        }
        times
    }
}

/// A set of the ways in which a transaction may differ from the usual.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options(pub u16);

impl Options {
    /// No 100 of our own (`t_set_auto_inv_100(0)`).
    pub const NO_100: Options = Options(1);
    /// A 100 of our own, whatever the parameter says (`t_set_auto_inv_100(1)`).
    pub const WITH_100: Options = Options(1 << 1);
    /// A 6xx is like any other (`t_set_disable_6xx(1)`).
    pub const NO_6XX: Options = Options(1 << 2);
    /// No other place is tried (`t_set_disable_failover(1)`).
    pub const NO_FAILOVER: Options = Options(1 << 3);
    /// A failed relay is not answered (`t_set_disable_internal_reply(1)`).
    pub const NO_INTERNAL_REPLY: Options = Options(1 << 4);
    /// No ACK of our own to a 2xx (`t_set_no_auto_ack(1)`).
    pub const NO_ACK: Options = Options(1 << 5);
    /// Reasons of a CANCEL are not passed on (`t_set_no_e2e_cancel_reason(1)`).
    pub const NO_CANCEL_REASON: Options = Options(1 << 6);
    /// The script has said that it is done with the transaction (`t_release`).
    pub const RELEASED: Options = Options(1 << 7);
    /// Responses are not relayed (`t_replicate`).
    pub const LOCAL_ONLY: Options = Options(1 << 8);

    /// Whether all of `options` are in it.
    pub const fn contains(self, options: Options) -> bool {
        self.0 & options.0 == options.0
    }

    /// Puts in or takes out.
    pub fn set(&mut self, options: Options, on: bool) {
        if on {
            self.0 |= options.0;
        } else {
            self.0 &= !options.0;
        }
    }
}

/// Changes what is asked for: in the transaction of the run, or for the one to come.
pub fn change(call: &mut Call, change: impl FnOnce(&mut Armed)) {
    let Some(id) = call.transaction else {
        match call.notes.get_mut::<Armed>() {
            Some(armed) => change(armed),
            None => {
                let mut armed = Armed::default();
                change(&mut armed);
                call.notes.set(armed);
            }
        }
        return;
    };
    table::in_call(call, |_, table| {
        if let Some(cell) = table.get_mut(id) {
            change(&mut cell.armed);
        }
    });
}

/// What is asked for.
pub fn current(call: &mut Call) -> Armed {
    match call.transaction {
        Some(id) => table::look(call, |table| table.get(id).map(|cell| cell.armed))
            .flatten()
            .unwrap_or_default(),
        None => call.notes.get::<Armed>().copied().unwrap_or_default(),
    }
}

/// The routes of a branch: those that are asked for when it is made. What is asked for later holds for later branches (observed
/// on 5.6.3), also what the branch route of this one has asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BranchArmed {
    /// See [`Armed::reply`].
    pub reply: Option<RouteId>,
    /// See [`Armed::failure`].
    pub failure: Option<RouteId>,
    /// See [`Armed::branch_failure`].
    pub branch_failure: Option<RouteId>,
}

impl From<Armed> for BranchArmed {
    fn from(armed: Armed) -> BranchArmed {
        BranchArmed {
            reply: armed.reply,
            failure: armed.failure,
            branch_failure: armed.branch_failure,
        }
    }
}
