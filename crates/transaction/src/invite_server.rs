//! The server side of an INVITE (RFC 3261 §17.2.1, RFC 6026 §7.1).

use crate::effect::{Input, Output, Outputs, Timer};
use crate::{Tick, Times};

/// The states of RFC 3261 figure 7, and Accepted of RFC 6026.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum State {
    /// No final response sent.
    Proceeding,
    /// A final response of 300 or more was sent.
    Completed,
    /// It was acknowledged.
    Confirmed,
    /// A 2xx was sent.
    Accepted,
    /// Over.
    Terminated,
}

/// The server side of an INVITE.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct InviteServer {
    /// Where it is.
    pub state: State,
    is_reliable: bool,
    /// The interval of timer G, in milliseconds.
    interval: u32,
    /// Timer G.
    again_at: Tick,
    /// Timer H, I or L, by the state.
    until: Tick,
}

impl InviteServer {
    /// One whose INVITE has just arrived.
    pub fn new(is_reliable: bool) -> InviteServer {
        InviteServer {
            state: State::Proceeding,
            is_reliable,
            interval: 0,
            again_at: Tick::NEVER,
            until: Tick::NEVER,
        }
    }

    /// Takes an input.
    pub fn handle(&mut self, input: Input, times: &Times, now: Tick) -> Outputs {
        let mut out = Outputs::new();
        match (self.state, input) {
            (State::Proceeding, Input::Response(100..=199)) => out.push(Output::Transmit),
            (State::Proceeding, Input::Response(200..=299)) => {
                self.state = State::Accepted;
                self.until = now.after_ms(times.wait);
                out.push(Output::Transmit);
            }
            (State::Proceeding, Input::Response(_)) => {
                self.state = State::Completed;
                if !self.is_reliable {
                    self.interval = times.t1;
                    self.again_at = now.after_ms(self.interval);
                }
                self.until = now.after_ms(times.fr);
                out.push(Output::Transmit);
            }
            (State::Completed, Input::Timer(Timer::G)) => {
                self.interval = self.interval.saturating_mul(2).min(times.t2);
                self.again_at = now.after_ms(self.interval);
                out.push(Output::Transmit);
            }
            (State::Completed, Input::Timer(Timer::H)) => {
                self.wait(State::Confirmed, times, now);
                out.push(Output::NotAcknowledged);
            }
            (State::Completed, Input::Ack) => self.wait(State::Confirmed, times, now),
            // RFC 6026 §7.1: further 2xx pass through.
            (State::Accepted, Input::Response(200..=299)) => out.push(Output::Transmit),
            // COMPAT: a repeated INVITE gets the last response also after a 2xx, as Kamailio does it; RFC 6026 absorbs it.
            (State::Proceeding | State::Completed | State::Accepted, Input::Request) => {
                out.push(Output::Transmit);
            }
            (State::Confirmed, Input::Timer(Timer::I))
            | (State::Accepted, Input::Timer(Timer::L)) => {
                self.state = State::Terminated;
                self.until = Tick::NEVER;
            }
            _ => {}
        }
        out
    }

    /// The timer that runs out first.
    pub fn next_timer(&self) -> (Tick, Timer) {
        let timer = match self.state {
            State::Proceeding | State::Completed => Timer::H,
            State::Confirmed => Timer::I,
            State::Accepted | State::Terminated => Timer::L,
        };
        if self.again_at <= self.until && self.again_at.is_set() {
            (self.again_at, Timer::G)
        } else {
            (self.until, timer)
        }
    }

    fn wait(&mut self, state: State, times: &Times, now: Tick) {
        self.state = state;
        self.again_at = Tick::NEVER;
        self.until = now.after_ms(times.wait);
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
            Input::Response(180),
            Input::Response(200),
            Input::Response(486),
            Input::Request,
            Input::Ack,
            Input::Timer(Timer::G),
            Input::Timer(Timer::H),
            Input::Timer(Timer::I),
            Input::Timer(Timer::L),
        ];
        type Row = [(State, &'static [Output]); 9];
        let table: [(State, Row); 5] = [
            (
                Proceeding,
                [
                    (Proceeding, &[Transmit]),
                    (Accepted, &[Transmit]),
                    (Completed, &[Transmit]),
                    (Proceeding, &[Transmit]),
                    (Proceeding, &[]),
                    (Proceeding, &[]),
                    (Proceeding, &[]),
                    (Proceeding, &[]),
                    (Proceeding, &[]),
                ],
            ),
            (
                Completed,
                [
                    (Completed, &[]),
                    (Completed, &[]),
                    (Completed, &[]),
                    (Completed, &[Transmit]),
                    (Confirmed, &[]),
                    (Completed, &[Transmit]),
                    (Confirmed, &[NotAcknowledged]),
                    (Completed, &[]),
                    (Completed, &[]),
                ],
            ),
            (
                Confirmed,
                [
                    (Confirmed, &[]),
                    (Confirmed, &[]),
                    (Confirmed, &[]),
                    (Confirmed, &[]),
                    (Confirmed, &[]),
                    (Confirmed, &[]),
                    (Confirmed, &[]),
                    (Terminated, &[]),
                    (Confirmed, &[]),
                ],
            ),
            (
                Accepted,
                [
                    (Accepted, &[]),
                    (Accepted, &[Transmit]),
                    (Accepted, &[]),
                    (Accepted, &[Transmit]),
                    (Accepted, &[]),
                    (Accepted, &[]),
                    (Accepted, &[]),
                    (Accepted, &[]),
                    (Terminated, &[]),
                ],
            ),
            (Terminated, [(Terminated, &[]); 9]),
        ];
        for (state, row) in table {
            for (input, (after, outputs)) in inputs.into_iter().zip(row) {
                let mut machine = InviteServer::new(false);
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
