//! The client side of an INVITE (RFC 3261 §17.1.1, RFC 6026 §7.2).

use crate::effect::{Input, Output, Outputs, Timer};
use crate::retransmission::Retransmission;
use crate::{Tick, Times};

/// The states of RFC 3261 figure 5, and Accepted of RFC 6026.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum State {
    /// Sent, no response yet.
    Calling,
    /// A provisional response has come.
    Proceeding,
    /// A final response of 300 or more has come.
    Completed,
    /// A 2xx has come.
    Accepted,
    /// Over.
    Terminated,
}

/// The client side of an INVITE.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct InviteClient {
    /// Where it is.
    pub state: State,
    /// Timer A, and B, C, D or M by the state.
    timer: Retransmission,
    /// The highest provisional status so far.
    highest: u16,
}

impl InviteClient {
    /// One whose INVITE has just been sent.
    pub fn new(is_reliable: bool, times: &Times, now: Tick) -> InviteClient {
        InviteClient {
            state: State::Calling,
            timer: Retransmission::begin(is_reliable, times.fr, times, now),
            highest: 0,
        }
    }

    /// Takes an input.
    pub fn handle(&mut self, input: Input, times: &Times, now: Tick) -> Outputs {
        let mut out = Outputs::new();
        match (self.state, input) {
            // RFC 3261 §17.1.1.2. COMPAT: the interval stops growing at T2, as Kamailio's does; the RFC doubles it without end.
            (State::Calling, Input::Timer(Timer::A)) => {
                self.timer.back_off(times, now);
                out.push(Output::Transmit);
            }
            (State::Calling, Input::Timer(Timer::B))
            | (State::Proceeding, Input::Timer(Timer::C)) => {
                self.end();
                out.push(Output::TimedOut);
            }
            (State::Calling | State::Proceeding, Input::TransportError) => {
                self.end();
                out.push(Output::TransportFailed);
            }
            (State::Calling, Input::Response(status @ 100..=199)) => {
                self.highest = status;
                self.state = State::Proceeding;
                self.timer.stop(times.fr_inv, now);
                out.push(Output::Deliver);
            }
            (State::Proceeding, Input::Response(status @ 100..=199)) => {
                // Without it a peer cannot hold a call by repeating one response.
                if times.restarts || status >= 180 && status > self.highest {
                    self.highest = self.highest.max(status);
                    self.timer.wait(times.fr_inv, now);
                }
                out.push(Output::Deliver);
            }
            (State::Calling | State::Proceeding, Input::Response(200..=299)) => {
                self.settle(State::Accepted, times, now);
                out.push(Output::Deliver);
            }
            (State::Calling | State::Proceeding, Input::Response(_)) => {
                self.settle(State::Completed, times, now);
                out.push(Output::Acknowledge);
                out.push(Output::Deliver);
            }
            // Its ACK was lost.
            (State::Completed, Input::Response(300..)) => {
                out.push(Output::Acknowledge);
            }
            // Nobody waits for it any more, but it may be of interest.
            (State::Terminated, Input::Response(300..)) => {
                self.settle(State::Completed, times, now);
                out.push(Output::Acknowledge);
                out.push(Output::Deliver);
            }
            // From one of several behind a proxy that lets it pass after the 2xx of another: it is repeated until it has its ACK.
            (State::Accepted, Input::Response(300..)) => {
                out.push(Output::Acknowledge);
                out.push(Output::Deliver);
            }
            // RFC 6026 §7.2: each 2xx goes up, and the ACK comes from the caller; also one that somebody who forks further on
            // has sent after a negative response.
            (
                State::Completed | State::Accepted | State::Terminated,
                Input::Response(200..=299),
            ) => {
                out.push(Output::Deliver);
            }
            (State::Completed, Input::Timer(Timer::D))
            | (State::Accepted, Input::Timer(Timer::M)) => {
                self.end();
            }
            _ => {}
        }
        out
    }

    /// The timer that runs out first.
    pub fn next_timer(&self) -> (Tick, Timer) {
        let end = match self.state {
            State::Calling => Timer::B,
            State::Proceeding => Timer::C,
            State::Completed => Timer::D,
            State::Accepted | State::Terminated => Timer::M,
        };
        self.timer.next(Timer::A, end)
    }

    /// What was sent is not sent again.
    pub(crate) fn fall_silent(&mut self) {
        self.timer.fall_silent();
    }

    /// Waits for a response no longer than to `at`.
    pub fn end_by(&mut self, at: Tick) {
        if matches!(self.state, State::Calling | State::Proceeding) {
            self.timer.end_by(at);
        }
    }

    /// Gives timers B and C another length from now.
    pub fn restart(&mut self, times: &Times, now: Tick) {
        match self.state {
            State::Calling => self.timer.wait(times.fr, now),
            State::Proceeding => self.timer.wait(times.fr_inv, now),
            _ => {}
        }
    }

    fn settle(&mut self, state: State, times: &Times, now: Tick) {
        self.state = state;
        self.timer.stop(times.wait, now);
    }

    /// Ends it: only what comes late is dealt with.
    pub(crate) fn end(&mut self) {
        self.state = State::Terminated;
        self.timer = Retransmission::NONE;
    }
}

#[cfg(test)]
mod tests;
