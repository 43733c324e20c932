//! The server side of a request that is no INVITE (RFC 3261 §17.2.2).

use crate::effect::{Input, Output, Outputs, Timer};
use crate::{Tick, Times};

/// The states of RFC 3261 figure 8.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum State {
    /// No response sent.
    Trying,
    /// A provisional response was sent.
    Proceeding,
    /// A final response was sent.
    Completed,
    /// Over.
    Terminated,
}

/// The server side of a request that is no INVITE.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Server {
    /// Where it is.
    pub state: State,
    /// Timer J.
    until: Tick,
}

impl Default for Server {
    fn default() -> Self {
        Server::new()
    }
}

impl Server {
    /// One whose request has just arrived.
    pub fn new() -> Server {
        Server {
            state: State::Trying,
            until: Tick::NEVER,
        }
    }

    /// Takes an input.
    pub fn handle(&mut self, input: Input, times: &Times, now: Tick) -> Outputs {
        let mut out = Outputs::new();
        match (self.state, input) {
            (State::Trying | State::Proceeding, Input::Response(100..=199)) => {
                self.state = State::Proceeding;
                out.push(Output::Transmit);
            }
            (State::Trying | State::Proceeding, Input::Response(_)) => {
                self.state = State::Completed;
                // COMPAT: kept as long as any transaction, also over reliable transports where timer J would be 0.
                self.until = now.after_ms(times.wait);
                out.push(Output::Transmit);
            }
            (State::Proceeding | State::Completed, Input::Request) => out.push(Output::Transmit),
            (State::Completed, Input::Timer(Timer::J)) => {
                self.state = State::Terminated;
                self.until = Tick::NEVER;
            }
            _ => {}
        }
        out
    }

    /// The timer that runs out first.
    pub fn next_timer(&self) -> (Tick, Timer) {
        (self.until, Timer::J)
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
            Input::Response(404),
            Input::Request,
            Input::Ack,
            Input::Timer(Timer::J),
        ];
        type Row = [(State, &'static [Output]); 5];
        let table: [(State, Row); 4] = [
            (
                Trying,
                [
                    (Proceeding, &[Transmit]),
                    (Completed, &[Transmit]),
                    (Trying, &[]),
                    (Trying, &[]),
                    (Trying, &[]),
                ],
            ),
            (
                Proceeding,
                [
                    (Proceeding, &[Transmit]),
                    (Completed, &[Transmit]),
                    (Proceeding, &[Transmit]),
                    (Proceeding, &[]),
                    (Proceeding, &[]),
                ],
            ),
            (
                Completed,
                [
                    (Completed, &[]),
                    (Completed, &[]),
                    (Completed, &[Transmit]),
                    (Completed, &[]),
                    (Terminated, &[]),
                ],
            ),
            (Terminated, [(Terminated, &[]); 5]),
        ];
        for (state, row) in table {
            for (input, (after, outputs)) in inputs.into_iter().zip(row) {
                let mut machine = Server::new();
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
