//! One outgoing leg of a request.

use crate::effect::{Effect, Effects, Input, Output, Timer};
use crate::{Client, InviteClient, Tick, Times, client, invite_client};

/// One outgoing leg of a request, with what is known of its fate.
#[derive(Clone, Debug)]
pub struct Branch {
    /// Its machine.
    pub machine: Machine,
    /// The status of the last response that counts; 0 when there is none.
    pub status: u16,
    /// What has become of its CANCEL.
    pub cancel: CancelState,
    /// Whether a provisional response has come; once something else happens to the transaction, also whether a final one has.
    pub is_replied: bool,
    /// Whether its status was made here because no response came.
    pub is_timed_out: bool,
    /// Whether its status was made here at all.
    pub is_local: bool,
    /// Whether its response no longer competes with those of others.
    pub is_left_out: bool,
    /// Which attempt it belongs to: those of one relaying have the same number.
    pub attempt: u8,
    is_reliable: bool,
}

/// The client side of a branch.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Machine {
    /// Of an INVITE.
    Invite(InviteClient),
    /// Of another request.
    Other(Client),
    /// Nothing was sent: somebody else will say what becomes of the request, by that time.
    Blind(Tick),
}

/// What has become of a branch's CANCEL.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CancelState {
    /// Not wanted.
    No,
    /// It may not be sent before a provisional response has come (RFC 3261 §9.1).
    Wanted,
    /// It was sent.
    Sent(Client),
}

impl Branch {
    /// A branch whose request is about to be sent.
    pub fn new(
        is_invite: bool,
        is_reliable: bool,
        attempt: u8,
        times: &Times,
        now: Tick,
    ) -> Branch {
        let machine = if is_invite {
            Machine::Invite(InviteClient::new(is_reliable, times, now))
        } else {
            Machine::Other(Client::new(is_reliable, times, now))
        };
        Branch::of(machine, attempt, is_reliable)
    }

    /// A branch that waits for somebody until `until`.
    pub fn blind(attempt: u8, until: Tick) -> Branch {
        Branch::of(Machine::Blind(until), attempt, true)
    }

    fn of(machine: Machine, attempt: u8, is_reliable: bool) -> Branch {
        Branch {
            machine,
            status: 0,
            cancel: CancelState::No,
            is_replied: false,
            is_timed_out: false,
            is_local: false,
            is_left_out: false,
            attempt,
            is_reliable,
        }
    }

    /// Whether its final response is known.
    pub fn has_ended(&self) -> bool {
        self.status >= 200
    }

    /// Whether it is a blind one.
    pub fn is_blind(&self) -> bool {
        matches!(self.machine, Machine::Blind(_))
    }

    /// Takes a response to its request.
    pub fn receive(
        &mut self,
        index: usize,
        status: u16,
        times: &Times,
        now: Tick,
        out: &mut Effects,
    ) {
        let was_given_up = self.is_given_up();
        // Observed on 5.6.3: nor is it news that somebody rings whom nobody waits for.
        let is_news = !was_given_up && self.cancel == CancelState::No;
        self.is_replied |= status < 200 && is_news;
        self.handle(index, Input::Response(status), times, now, out);
        // Observed on 5.6.3: who rings when nobody waits for it any more is made to stop.
        let is_unwanted = was_given_up && self.cancel == CancelState::No;
        if status < 200 && (is_unwanted || self.cancel == CancelState::Wanted) {
            self.send_cancel(index, times, now, out);
        }
    }

    /// Whether an INVITE was ended here because no response came.
    fn is_given_up(&self) -> bool {
        self.is_timed_out && matches!(self.machine, Machine::Invite(_))
    }

    /// Gives the machine an input and translates what it wants.
    pub fn handle(
        &mut self,
        index: usize,
        input: Input,
        times: &Times,
        now: Tick,
        out: &mut Effects,
    ) {
        let was_proceeding = matches!(
            self.machine,
            Machine::Invite(InviteClient {
                state: invite_client::State::Proceeding,
                ..
            })
        );
        let outputs = match &mut self.machine {
            Machine::Invite(machine) => machine.handle(input, times, now),
            Machine::Other(machine) => machine.handle(input, times, now),
            Machine::Blind(_) => match input {
                Input::Timer(_) => [Output::TimedOut].into_iter().collect(),
                _ => return,
            },
        };
        for output in outputs {
            match output {
                Output::Transmit => out.push(Effect::Retransmit(index)),
                Output::Acknowledge => out.push(Effect::Acknowledge(index)),
                Output::Deliver => {
                    let status = match input {
                        Input::Response(status) => status,
                        _ => 0,
                    };
                    if status > 0 && !self.has_ended() {
                        self.status = status;
                    }
                    // Observed on 5.6.3: that a branch rings after its CANCEL is no news.
                    let is_awaited = !self.has_ended() && self.cancel == CancelState::No;
                    if status >= 200 || is_awaited {
                        out.push(Effect::Deliver(index));
                    }
                }
                Output::TimedOut => {
                    // RFC 3261 §16.8: an INVITE that rings for too long is cancelled.
                    if was_proceeding && self.cancel == CancelState::No {
                        self.send_cancel(index, times, now, out);
                    }
                    self.is_timed_out = true;
                    self.fail(index, 408, out);
                }
                Output::TransportFailed => self.fail(index, 477, out),
                Output::NotAcknowledged => {}
            }
        }
    }

    /// Ends it with a status of our own.
    pub fn fail(&mut self, index: usize, status: u16, out: &mut Effects) {
        if self.has_ended() {
            return;
        }
        self.status = status;
        self.is_local = true;
        if let Machine::Blind(until) = &mut self.machine {
            *until = Tick::NEVER;
        }
        out.push(Effect::Failed(index, status));
    }

    /// Ends it with a status that nobody is told: what was sent is not sent again, and no CANCEL follows.
    pub fn abandon(&mut self, status: u16) {
        if self.has_ended() {
            return;
        }
        self.status = status;
        self.is_local = true;
        if self.cancel == CancelState::Wanted {
            self.cancel = CancelState::No;
        }
        match &mut self.machine {
            Machine::Invite(machine) => machine.end(),
            Machine::Other(machine) => machine.end(),
            Machine::Blind(until) => *until = Tick::NEVER,
        }
    }

    /// Whether a response may still come.
    pub fn is_pending(&self) -> bool {
        match self.machine {
            Machine::Invite(machine) => matches!(
                machine.state,
                invite_client::State::Calling | invite_client::State::Proceeding
            ),
            Machine::Other(machine) => matches!(
                machine.state,
                client::State::Trying | client::State::Proceeding
            ),
            Machine::Blind(until) => until.is_set(),
        }
    }

    /// Sends the CANCEL. The response to the INVITE is then waited for no longer than one to any request.
    pub fn send_cancel(&mut self, index: usize, times: &Times, now: Tick, out: &mut Effects) {
        self.cancel = CancelState::Sent(Client::new(self.is_reliable, times, now));
        if let Machine::Invite(machine) = &mut self.machine {
            machine.end_by(now.after_ms(times.fr));
        }
        out.push(Effect::Cancel(index));
    }

    /// What was sent is not sent again; a response may still come.
    pub fn fall_silent(&mut self) {
        match &mut self.machine {
            Machine::Invite(machine) => machine.fall_silent(),
            Machine::Other(machine) => machine.fall_silent(),
            Machine::Blind(_) => {}
        }
    }

    /// Waits for a response no longer than to `at`.
    pub fn end_by(&mut self, at: Tick) {
        match &mut self.machine {
            Machine::Invite(machine) => machine.end_by(at),
            Machine::Other(machine) => machine.end_by(at),
            Machine::Blind(until) => *until = (*until).min(at),
        }
    }

    /// Starts waiting for a response anew.
    pub fn restart(&mut self, times: &Times, now: Tick) {
        match &mut self.machine {
            Machine::Invite(machine) => machine.restart(times, now),
            Machine::Other(machine) => machine.restart(times, now),
            Machine::Blind(_) => {}
        }
    }

    /// The timer of its request that runs out first.
    pub fn next_timer(&self) -> (Tick, Timer) {
        match &self.machine {
            Machine::Invite(machine) => machine.next_timer(),
            Machine::Other(machine) => machine.next_timer(),
            Machine::Blind(until) => (*until, Timer::Lifetime),
        }
    }
}
