//! A proxy's transaction between a caller and callees over a network that loses, repeats, delays and reorders messages.
//!
//! Each seed is one story; what must hold in all of them is in [`Story::check`]. More of them:
//! `SEEDS=10000 cargo test -p transaction`.

use fastrand::Rng;
use std::collections::BTreeMap;
use transaction::{CancelMode, Choice, Effect, Effects, Kind, Ranking, Tick, Times, Transaction};

/// How many stories are told unless the environment wants more.
const SEEDS: u64 = 400;

/// The longest story, in ticks of 16 ms: five minutes and what is kept after them.
const END: u64 = 25_000;

/// What travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Message {
    /// From the caller.
    Request,
    Ack,
    Cancel,
    /// To the caller.
    Upstream(u16),
    /// To a callee.
    Branch(usize),
    BranchAck(usize),
    BranchCancel(usize),
    /// From a callee.
    Response(usize, u16),
    CancelResponse(usize),
}

/// A callee: what it has answered last, and what it will.
#[derive(Default)]
struct Callee {
    has_request: bool,
    last: u16,
    acknowledged: bool,
    cancelled: bool,
    again_at: u64,
}

struct Story {
    seed: u64,
    random: Rng,
    is_invite: bool,
    transaction: Transaction,
    callees: Vec<Callee>,
    /// On their way, by when they arrive and a number that tells them apart.
    flying: BTreeMap<(u64, u64), Message>,
    count: u64,
    now: u64,
    loss: f64,
    last_upstream: u16,
    /// Final statuses given upstream, in order, without repetitions.
    finals: Vec<u16>,
    caller_final: u16,
    caller_again_at: u64,
    caller_tries: u32,
    log: Vec<String>,
}

impl Story {
    fn new(seed: u64) -> Story {
        let mut random = Rng::with_seed(seed);
        let is_invite = random.u8(..4) > 0;
        let kind = if is_invite { Kind::Invite } else { Kind::Other };
        let times = Times {
            lifetime: if is_invite { 180_000 } else { 32_000 },
            ..Times::default()
        };
        Story {
            seed,
            is_invite,
            transaction: Transaction::new(kind, false, times, Tick(0)),
            callees: (0..random.usize(1..4)).map(|_| Callee::default()).collect(),
            loss: [0.0, 0.1, 0.3, 0.6][random.usize(..4)],
            random,
            flying: BTreeMap::new(),
            count: 0,
            now: 0,
            last_upstream: 0,
            finals: Vec::new(),
            caller_final: 0,
            caller_again_at: 31,
            caller_tries: 0,
            log: Vec::new(),
        }
    }

    fn send(&mut self, message: Message) {
        self.log.push(format!("{:>6} {message:?}", self.now));
        let copies = if self.random.f64() < 0.05 { 2 } else { 1 };
        for _ in 0..copies {
            if self.random.f64() >= self.loss {
                self.count += 1;
                let at = self.now + 1 + self.random.u64(..8);
                self.flying.insert((at, self.count), message);
            }
        }
    }

    fn tell(mut self) {
        let mut effects = Effects::new();
        for _ in 0..self.callees.len() {
            self.transaction.add_branch(false, Tick(0), &mut effects);
        }
        self.perform(effects);
        let cancels_at = (self.is_invite && self.random.bool()).then(|| self.random.u64(..1500));
        while self.now < END {
            self.now += 1;
            if Some(self.now) == cancels_at && self.caller_final == 0 {
                self.send(Message::Cancel);
            }
            self.arrivals();
            self.callees_act();
            self.caller_acts();
            let mut effects = Effects::new();
            self.transaction.expire(Tick(self.now), &mut effects);
            self.perform(effects);
            if self.transaction.is_over() && self.flying.is_empty() {
                break;
            }
        }
        self.check();
    }

    fn arrivals(&mut self) {
        while let Some((&(at, number), &message)) = self.flying.iter().next() {
            if at > self.now {
                return;
            }
            self.flying.remove(&(at, number));
            self.arrive(message);
        }
    }

    fn arrive(&mut self, message: Message) {
        let now = Tick(self.now);
        let mut effects = Effects::new();
        match message {
            Message::Request => self.transaction.request_again(now, &mut effects),
            Message::Ack => self.transaction.acknowledged(now),
            Message::Cancel => {
                self.transaction.is_cancelled = true;
                let mode =
                    [CancelMode::Fake, CancelMode::Wait, CancelMode::Send][self.random.usize(..3)];
                self.transaction.cancel(|_| true, mode, now, &mut effects);
            }
            Message::Upstream(status) => {
                if status >= 200 {
                    self.caller_final = status;
                    if self.is_invite && status >= 300 {
                        self.send(Message::Ack);
                    }
                }
            }
            Message::Branch(index) => self.callees[index].has_request = true,
            Message::BranchAck(index) => self.callees[index].acknowledged = true,
            Message::BranchCancel(index) => {
                self.callees[index].cancelled = true;
                self.send(Message::CancelResponse(index));
            }
            Message::Response(index, status) => {
                self.transaction.receive(index, status, now, &mut effects);
                self.perform(effects);
                return;
            }
            Message::CancelResponse(index) => {
                self.transaction.receive_for_cancel(index, 200, now);
            }
        }
        self.perform(effects);
    }

    fn perform(&mut self, effects: Effects) {
        for effect in effects {
            match effect {
                Effect::Transmit(index) | Effect::Retransmit(index) => {
                    self.send(Message::Branch(index));
                }
                Effect::Acknowledge(index) => self.send(Message::BranchAck(index)),
                Effect::Cancel(index) => {
                    assert!(
                        self.transaction.branches[index].status > 0
                            || self.transaction.is_cancelled
                            || !self.finals.is_empty(),
                        "seed {}: a CANCEL for no reason",
                        self.seed
                    );
                    self.send(Message::BranchCancel(index));
                }
                Effect::Deliver(index) => {
                    let status = self.transaction.branches[index].status;
                    self.deal(index, status);
                }
                Effect::Failed(index, status) => self.deal(index, status),
                Effect::Respond => {
                    if self.last_upstream > 0 {
                        self.send(Message::Upstream(self.last_upstream));
                    }
                }
                Effect::NotAcknowledged => {}
            }
        }
    }

    /// What a proxy without a script does with a response.
    fn deal(&mut self, index: usize, status: u16) {
        match self.transaction.choose(index, status) {
            Choice::Forward => {
                self.respond(status);
                if status >= 200 {
                    self.cancel_others(index);
                }
            }
            Choice::Keep | Choice::Decide => {
                if status >= 600 {
                    self.cancel_others(index);
                }
                if self.transaction.all_ended() && self.transaction.status < 200 {
                    let Some(best) = self.transaction.best(Ranking::default()) else {
                        return;
                    };
                    let status = self.transaction.branches[best].status;
                    self.respond(status);
                }
            }
            Choice::Absorb => {}
        }
    }

    fn cancel_others(&mut self, index: usize) {
        let mut effects = Effects::new();
        self.transaction.cancel(
            |other| other != index,
            CancelMode::Wait,
            Tick(self.now),
            &mut effects,
        );
        self.perform(effects);
    }

    fn respond(&mut self, status: u16) {
        let repeated = (200..300).contains(&status) && self.finals.last() == Some(&status);
        if status >= 200 && !repeated {
            self.finals.push(status);
        }
        if self.transaction.respond(status, Tick(self.now)) {
            self.last_upstream = status;
        }
        self.send(Message::Upstream(status));
    }

    /// A callee rings, answers, repeats its final response until it is acknowledged, and obeys a CANCEL.
    fn callees_act(&mut self) {
        for index in 0..self.callees.len() {
            let chance = self.random.f64();
            let pick = self.random.usize(..7);
            let callee = &mut self.callees[index];
            if !callee.has_request {
                continue;
            }
            let answer = if callee.last >= 200 {
                let repeats = self.is_invite && !callee.acknowledged && callee.last >= 300;
                if repeats && self.now >= callee.again_at {
                    callee.again_at = self.now + 60;
                    Some(callee.last)
                } else {
                    None
                }
            } else if callee.cancelled {
                Some(487)
            } else if chance < 0.002 {
                Some([200, 200, 302, 404, 486, 500, 603][pick])
            } else if chance < 0.01 && self.is_invite {
                Some(180)
            } else {
                None
            };
            if let Some(status) = answer {
                if status >= 200 && callee.last < 200 {
                    callee.again_at = self.now + 60;
                }
                callee.last = callee.last.max(status);
                self.send(Message::Response(index, status));
            }
        }
    }

    fn caller_acts(&mut self) {
        if self.caller_final == 0 && self.now >= self.caller_again_at && self.caller_tries < 7 {
            self.caller_tries += 1;
            self.caller_again_at = self.now + (31 << self.caller_tries);
            self.send(Message::Request);
        }
    }

    fn check(&self) {
        let tell = || self.log.join("\n");
        let seed = self.seed;
        assert!(
            self.transaction.is_over(),
            "seed {seed}: it never ends\n{}",
            tell()
        );
        assert!(
            !self.finals.is_empty(),
            "seed {seed}: no final response\n{}",
            tell()
        );
        let negative = self.finals.iter().filter(|status| **status >= 300).count();
        assert!(negative <= 1, "seed {seed}: {:?}\n{}", self.finals, tell());
        let first_good = self.finals.iter().position(|status| *status < 300);
        let first_bad = self.finals.iter().position(|status| *status >= 300);
        if let (Some(good), Some(bad)) = (first_good, first_bad) {
            assert!(
                bad < good,
                "seed {seed}: {:?} after a 2xx\n{}",
                self.finals,
                tell()
            );
        }
        if !self.is_invite {
            assert_eq!(self.finals.len(), 1, "seed {seed}\n{}", tell());
        }
        if self.loss == 0.0 && self.is_invite {
            for (index, callee) in self.callees.iter().enumerate() {
                assert!(
                    callee.last < 300 || callee.acknowledged,
                    "seed {seed}: nobody acknowledges {index}\n{}",
                    tell()
                );
            }
        }
    }
}

fn seeds() -> u64 {
    // The number of stories is the operator's choice, not the machine's behaviour.
    option_env!("SEEDS")
        .and_then(|seeds| seeds.parse().ok())
        .unwrap_or(SEEDS)
}

#[test]
fn every_story_ends_well() {
    for seed in 0..seeds() {
        Story::new(seed).tell();
    }
}
