//! The client side of a request that is no INVITE (RFC 3261 §17.1.2).

use crate::effect::{Input, Output, Outputs, Timer};
use crate::retransmission::Retransmission;
use crate::{Tick, Times};

/// The states of RFC 3261 figure 6.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum State {
    /// Sent, no response yet.
    Trying,
    /// A provisional response has come.
    Proceeding,
    /// A final response has come.
    Completed,
    /// Over.
    Terminated,
}

/// The client side of a request that is no INVITE.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Client {
    /// Where it is.
    pub state: State,
    /// Timer E, and F or K by the state.
    timer: Retransmission,
}

impl Client {
    /// One whose request has just been sent.
    pub fn new(is_reliable: bool, times: &Times, now: Tick) -> Client {
        Client {
            state: State::Trying,
            timer: Retransmission::begin(is_reliable, times.fr, times, now),
        }
    }

    /// Takes an input.
    pub fn handle(&mut self, input: Input, times: &Times, now: Tick) -> Outputs {
        let mut out = Outputs::new();
        match (self.state, input) {
            // RFC 3261 §17.1.2.2
            (State::Trying, Input::Timer(Timer::E)) => {
                self.timer.back_off(times, now);
                out.push(Output::Transmit);
            }
            (State::Proceeding, Input::Timer(Timer::E)) => {
                self.timer.slow_down(times, now);
                out.push(Output::Transmit);
            }
            (State::Trying | State::Proceeding, Input::Timer(Timer::F)) => {
                self.end();
                out.push(Output::TimedOut);
            }
            (State::Trying | State::Proceeding, Input::TransportError) => {
                self.end();
                out.push(Output::TransportFailed);
            }
            (State::Trying | State::Proceeding, Input::Response(100..=199)) => {
                self.state = State::Proceeding;
                out.push(Output::Deliver);
            }
            (State::Trying | State::Proceeding, Input::Response(_)) => {
                self.state = State::Completed;
                self.timer.stop(times.wait, now);
                out.push(Output::Deliver);
            }
            (State::Completed, Input::Timer(Timer::K)) => self.end(),
            _ => {}
        }
        out
    }

    /// The timer that runs out first.
    pub fn next_timer(&self) -> (Tick, Timer) {
        let end = match self.state {
            State::Trying | State::Proceeding => Timer::F,
            State::Completed | State::Terminated => Timer::K,
        };
        self.timer.next(Timer::E, end)
    }

    /// What was sent is not sent again.
    pub(crate) fn fall_silent(&mut self) {
        self.timer.fall_silent();
    }

    /// Waits for a response no longer than to `at`.
    pub fn end_by(&mut self, at: Tick) {
        if matches!(self.state, State::Trying | State::Proceeding) {
            self.timer.end_by(at);
        }
    }

    /// Gives timer F another length from now.
    pub fn restart(&mut self, times: &Times, now: Tick) {
        if matches!(self.state, State::Trying | State::Proceeding) {
            self.timer.wait(times.fr, now);
        }
    }

    /// Ends it: only what comes late is dealt with.
    pub(crate) fn end(&mut self) {
        self.state = State::Terminated;
        self.timer = Retransmission::NONE;
    }
}

#[cfg(test)]
mod tests {
    use super::State::*;
    use super::*;

    #[test]
    fn every_input_in_every_state_does_what_the_figure_says() {
        use Output::*;
        let times = Times::default();
        let inputs = [
            Input::Response(100),
            Input::Response(200),
            Input::Response(404),
            Input::Timer(Timer::E),
            Input::Timer(Timer::F),
            Input::Timer(Timer::K),
            Input::TransportError,
        ];
        type Row = [(State, &'static [Output]); 7];
        let table: [(State, Row); 4] = [
            (
                Trying,
                [
                    (Proceeding, &[Deliver]),
                    (Completed, &[Deliver]),
                    (Completed, &[Deliver]),
                    (Trying, &[Transmit]),
                    (Terminated, &[TimedOut]),
                    (Trying, &[]),
                    (Terminated, &[TransportFailed]),
                ],
            ),
            (
                Proceeding,
                [
                    (Proceeding, &[Deliver]),
                    (Completed, &[Deliver]),
                    (Completed, &[Deliver]),
                    (Proceeding, &[Transmit]),
                    (Terminated, &[TimedOut]),
                    (Proceeding, &[]),
                    (Terminated, &[TransportFailed]),
                ],
            ),
            (
                Completed,
                [
                    (Completed, &[]),
                    (Completed, &[]),
                    (Completed, &[]),
                    (Completed, &[]),
                    (Completed, &[]),
                    (Terminated, &[]),
                    (Completed, &[]),
                ],
            ),
            (Terminated, [(Terminated, &[]); 7]),
        ];
        for (state, row) in table {
            for (input, (after, outputs)) in inputs.into_iter().zip(row) {
                let mut machine = Client::new(false, &times, Tick(0));
                machine.state = state;
                let out = machine.handle(input, &times, Tick(2));
                assert_eq!(
                    (machine.state, &out[..]),
                    (after, outputs),
                    "{state:?} {input:?}"
                );
            }
        }
    }
}
