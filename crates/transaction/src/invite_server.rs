//! The server side of an INVITE (RFC 3261 §17.2.1, RFC 6026 §7.1), and the 2xx of a server that answers by itself
//! (RFC 3261 §13.3.1.4).

use crate::effect::{Input, Output, Outputs, Timer};
use crate::retransmission::Retransmission;
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
    /// A 2xx was sent on; whoever made it sends it again.
    Accepted,
    /// A 2xx of our own was sent.
    Answered,
    /// Over.
    Terminated,
}

/// The server side of an INVITE.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct InviteServer {
    /// Where it is.
    pub state: State,
    is_reliable: bool,
    /// Timer G, and H, I or L by the state.
    timer: Retransmission,
}

impl InviteServer {
    /// One whose INVITE has just arrived.
    pub fn new(is_reliable: bool) -> InviteServer {
        InviteServer {
            state: State::Proceeding,
            is_reliable,
            timer: Retransmission::NONE,
        }
    }

    /// Takes an input.
    pub fn handle(&mut self, input: Input, times: &Times, now: Tick) -> Outputs {
        let mut out = Outputs::new();
        match (self.state, input) {
            (State::Proceeding, Input::Response(100..=199)) => out.push(Output::Transmit),
            (State::Proceeding, Input::Response(200..=299)) => {
                self.wait(State::Accepted, times, now);
                out.push(Output::Transmit);
            }
            // RFC 3261 §13.3.1.4: over reliable transports too, as there may be unreliable hops behind them.
            (State::Proceeding, Input::Answer) => {
                self.state = State::Answered;
                self.timer = Retransmission::begin(false, times.fr, times, now);
                out.push(Output::Transmit);
            }
            (State::Proceeding, Input::Response(_)) => {
                self.state = State::Completed;
                self.timer = Retransmission::begin(self.is_reliable, times.fr, times, now);
                out.push(Output::Transmit);
            }
            (State::Completed | State::Answered, Input::Timer(Timer::G)) => {
                self.timer.back_off(times, now);
                out.push(Output::Transmit);
            }
            (State::Completed, Input::Timer(Timer::H)) => {
                self.wait(State::Confirmed, times, now);
                out.push(Output::NotAcknowledged);
            }
            (State::Answered, Input::Timer(Timer::H)) => {
                self.wait(State::Accepted, times, now);
                out.push(Output::NotAcknowledged);
            }
            (State::Completed, Input::Ack) => self.wait(State::Confirmed, times, now),
            (State::Answered, Input::Ack) => self.wait(State::Accepted, times, now),
            // RFC 6026 §7.1: further 2xx pass through.
            (State::Accepted | State::Answered, Input::Response(200..=299)) => {
                out.push(Output::Transmit);
            }
            // COMPAT: a repeated INVITE gets the last response also after a 2xx, as Kamailio does it; RFC 6026 absorbs it.
            (
                State::Proceeding | State::Completed | State::Accepted | State::Answered,
                Input::Request,
            ) => {
                out.push(Output::Transmit);
            }
            (State::Confirmed, Input::Timer(Timer::I))
            | (State::Accepted, Input::Timer(Timer::L)) => {
                self.state = State::Terminated;
                self.timer = Retransmission::NONE;
            }
            _ => {}
        }
        out
    }

    /// The timer that runs out first.
    pub fn next_timer(&self) -> (Tick, Timer) {
        let end = match self.state {
            State::Proceeding | State::Completed | State::Answered => Timer::H,
            State::Confirmed => Timer::I,
            State::Accepted | State::Terminated => Timer::L,
        };
        self.timer.next(Timer::G, end)
    }

    fn wait(&mut self, state: State, times: &Times, now: Tick) {
        self.state = state;
        self.timer.stop(times.wait, now);
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
            Input::Answer,
            Input::Request,
            Input::Ack,
            Input::Timer(Timer::G),
            Input::Timer(Timer::H),
            Input::Timer(Timer::I),
            Input::Timer(Timer::L),
        ];
        type Row = [(State, &'static [Output]); 10];
        let table: [(State, Row); 6] = [
            (
                Proceeding,
                [
                    (Proceeding, &[Transmit]),
                    (Accepted, &[Transmit]),
                    (Completed, &[Transmit]),
                    (Answered, &[Transmit]),
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
                    (Accepted, &[]),
                    (Accepted, &[Transmit]),
                    (Accepted, &[]),
                    (Accepted, &[]),
                    (Accepted, &[]),
                    (Accepted, &[]),
                    (Terminated, &[]),
                ],
            ),
            (
                Answered,
                [
                    (Answered, &[]),
                    (Answered, &[Transmit]),
                    (Answered, &[]),
                    (Answered, &[]),
                    (Answered, &[Transmit]),
                    (Accepted, &[]),
                    (Answered, &[Transmit]),
                    (Accepted, &[NotAcknowledged]),
                    (Answered, &[]),
                    (Answered, &[]),
                ],
            ),
            (Terminated, [(Terminated, &[]); 10]),
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
    #[test]
    fn an_answer_of_our_own_is_repeated_until_its_ack_also_over_reliable_transports() {
        let times = Times::default();
        for is_reliable in [false, true] {
            let mut machine = InviteServer::new(is_reliable);
            machine.handle(Input::Answer, &times, Tick(0));
            let mut at = Vec::new();
            while machine.next_timer().1 == Timer::G {
                let (tick, timer) = machine.next_timer();
                at.push(tick.since_start().as_millis() / 100);
                machine.handle(Input::Timer(timer), &times, tick);
            }
            assert_eq!(at.get(..5), Some(&[5, 15, 35, 75, 116][..]));
            assert_eq!(machine.next_timer(), (Tick(0).after_ms(times.fr), Timer::H));
            machine.handle(Input::Ack, &times, Tick(100));
            assert_eq!(machine.next_timer().1, Timer::L);
        }
    }
}
