use super::State::*;
use super::*;

const TIMES: Times = Times {
    t1: 500,
    t2: 4_000,
    fr: 30_000,
    fr_inv: 120_000,
    wait: 5_000,
    lifetime: 180_000,
    restarts: true,
};

fn in_state(state: State) -> InviteClient {
    let mut machine = InviteClient::new(false, &TIMES, Tick(0));
    match state {
        Calling => {}
        Proceeding => drop(machine.handle(Input::Response(180), &TIMES, Tick(1))),
        Completed => drop(machine.handle(Input::Response(486), &TIMES, Tick(1))),
        Accepted => drop(machine.handle(Input::Response(200), &TIMES, Tick(1))),
        Terminated => drop(machine.handle(Input::Timer(Timer::B), &TIMES, Tick(1))),
    }
    assert_eq!(machine.state, state);
    machine
}

#[test]
fn every_input_in_every_state_does_what_the_figure_says() {
    use Output::*;
    let inputs = [
        Input::Response(180),
        Input::Response(200),
        Input::Response(486),
        Input::Timer(Timer::A),
        Input::Timer(Timer::B),
        Input::Timer(Timer::C),
        Input::Timer(Timer::D),
        Input::Timer(Timer::M),
        Input::TransportError,
    ];
    type Row = [(State, &'static [Output]); 9];
    let table: [(State, Row); 5] = [
        (
            Calling,
            [
                (Proceeding, &[Deliver]),
                (Accepted, &[Deliver]),
                (Completed, &[Acknowledge, Deliver]),
                (Calling, &[Transmit]),
                (Terminated, &[TimedOut]),
                (Calling, &[]),
                (Calling, &[]),
                (Calling, &[]),
                (Terminated, &[TransportFailed]),
            ],
        ),
        (
            Proceeding,
            [
                (Proceeding, &[Deliver]),
                (Accepted, &[Deliver]),
                (Completed, &[Acknowledge, Deliver]),
                (Proceeding, &[]),
                (Proceeding, &[]),
                (Terminated, &[TimedOut]),
                (Proceeding, &[]),
                (Proceeding, &[]),
                (Terminated, &[TransportFailed]),
            ],
        ),
        (
            Completed,
            [
                (Completed, &[]),
                (Completed, &[Deliver]),
                (Completed, &[Acknowledge]),
                (Completed, &[]),
                (Completed, &[]),
                (Completed, &[]),
                (Terminated, &[]),
                (Completed, &[]),
                (Completed, &[]),
            ],
        ),
        (
            Accepted,
            [
                (Accepted, &[]),
                (Accepted, &[Deliver]),
                (Accepted, &[Acknowledge, Deliver]),
                (Accepted, &[]),
                (Accepted, &[]),
                (Accepted, &[]),
                (Accepted, &[]),
                (Terminated, &[]),
                (Accepted, &[]),
            ],
        ),
        (
            Terminated,
            [
                (Terminated, &[]),
                (Terminated, &[Deliver]),
                (Completed, &[Acknowledge, Deliver]),
                (Terminated, &[]),
                (Terminated, &[]),
                (Terminated, &[]),
                (Terminated, &[]),
                (Terminated, &[]),
                (Terminated, &[]),
            ],
        ),
    ];
    for (state, row) in table {
        for (input, (after, outputs)) in inputs.into_iter().zip(row) {
            let mut machine = in_state(state);
            let out = machine.handle(input, &TIMES, Tick(2));
            assert_eq!(
                (machine.state, &out[..]),
                (after, outputs),
                "{state:?} {input:?}"
            );
        }
    }
}

#[test]
fn intervals_double_up_to_t2_and_reliable_transports_have_none() {
    let mut machine = InviteClient::new(false, &TIMES, Tick(0));
    let mut intervals = Vec::new();
    for _ in 0..5 {
        machine.handle(Input::Timer(Timer::A), &TIMES, Tick(0));
        intervals.push(machine.timer.interval());
    }
    assert_eq!(intervals, [1000, 2000, 4000, 4000, 4000]);
    let machine = InviteClient::new(true, &TIMES, Tick(0));
    assert_eq!(machine.next_timer().1, Timer::B);
}
