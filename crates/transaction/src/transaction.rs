//! A request's server side and its branches together.

use crate::effect::{Effect, Effects, Input, Output, Timer};
use crate::fork::{self, Choice, Ranking};
use crate::{
    Branch, CancelState, Client, InviteServer, Server, Tick, Times, client, invite_server, server,
};
use smallvec::SmallVec;

/// What a transaction is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// A received INVITE.
    Invite,
    /// Another received request.
    Other,
    /// An INVITE of our own.
    OwnInvite,
    /// Another request of our own.
    Own,
}

/// What to do about a branch that is to be cancelled and has not had a provisional response (`cancel_b_method`, but for `Hush`).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CancelMode {
    /// It ends at once with 487 and sends nothing again; the CANCEL follows should a provisional response come all the same.
    Fake,
    /// The CANCEL waits for a provisional response, for which its request is sent again as before.
    Wait,
    /// As `Wait`, but nothing is sent again.
    Hush,
    /// The CANCEL is sent all the same, and the request not again.
    Send,
}

/// Which responses compete no longer when a failure route has ended (`failure_reply_mode`, `t_drop_replies`).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Drops {
    /// None.
    Nothing,
    /// All, whether or not there is another attempt.
    All,
    /// Those of the last attempt, whether or not there is another.
    LastAttempt,
    /// All, once there is another attempt.
    #[default]
    Superseded,
}

/// The upstream side.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Upstream {
    Invite(InviteServer),
    Other(Server),
    /// The request is our own: nobody upstream.
    None,
}

/// Why a transaction wants to be looked at.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reason {
    /// A timer of the upstream side.
    Upstream(Timer),
    /// A timer of a branch.
    Branch(usize, Timer),
    /// A timer of a branch's CANCEL.
    Cancel(usize, Timer),
    /// Nothing has become of it, and now it goes.
    Lifetime,
}

/// A transaction as a proxy sees it: what came from upstream, and the branches it was sent on by.
#[derive(Clone, Debug)]
pub struct Transaction {
    /// What it is for.
    pub kind: Kind,
    /// How long things take; whoever changes it says when by [`Transaction::restart`].
    pub times: Times,
    /// The branches, by number.
    pub branches: SmallVec<[Branch; 1]>,
    /// The last status sent upstream; 0 before the first.
    pub status: u16,
    /// Whether its sender has taken it back.
    pub is_cancelled: bool,
    /// The number of the attempt that new branches belong to.
    pub attempt: u8,
    /// Whether the 2xx to the INVITE was made here.
    pub is_answered: bool,
    upstream: Upstream,
    /// Whether nobody wants it any more, so that its upstream side will not end it.
    is_abandoned: bool,
    is_released: bool,
    ends_at: Tick,
}

impl Transaction {
    /// One whose request has just arrived, or is about to be made. `is_reliable` tells of the transport upstream.
    pub fn new(kind: Kind, is_reliable: bool, times: Times, now: Tick) -> Transaction {
        Transaction {
            kind,
            times,
            branches: SmallVec::new(),
            status: 0,
            is_cancelled: false,
            attempt: 0,
            is_answered: false,
            upstream: match kind {
                Kind::Invite => Upstream::Invite(InviteServer::new(is_reliable)),
                Kind::Other => Upstream::Other(Server::new()),
                Kind::OwnInvite | Kind::Own => Upstream::None,
            },
            is_abandoned: false,
            is_released: false,
            ends_at: now.after_ms(times.lifetime),
        }
    }

    /// Whether it is about an INVITE.
    pub fn is_invite(&self) -> bool {
        matches!(self.kind, Kind::Invite | Kind::OwnInvite)
    }

    /// Whether it is about a request of our own.
    pub fn is_own(&self) -> bool {
        self.upstream == Upstream::None
    }

    /// Adds a branch whose request is to be sent; its number.
    pub fn add_branch(&mut self, is_reliable: bool, now: Tick, out: &mut Effects) -> usize {
        let index = self.branches.len();
        let mut branch = Branch::new(
            self.is_invite(),
            is_reliable,
            self.attempt,
            &self.times,
            now,
        );
        branch.end_by(self.ends_at);
        self.branches.push(branch);
        out.push(Effect::Transmit(index));
        index
    }

    /// Adds a branch that waits for somebody to go on with the request; its number.
    pub fn add_blind_branch(&mut self, now: Tick) -> usize {
        let index = self.branches.len();
        // Observed on 5.6.3: as for a first response, also for an INVITE.
        let until = now.after_ms(self.times.fr).min(self.ends_at);
        self.branches.push(Branch::blind(self.attempt, until));
        index
    }

    /// Somebody goes on with the request of a blind branch: it has no part in what comes.
    pub fn end_blind(&mut self, branch: usize) {
        if let Some(branch) = self.branches.get_mut(branch) {
            branch.fail(0, 500, &mut Effects::new());
            branch.is_left_out = true;
        }
    }

    /// Nothing will come back for a request of our own.
    pub fn end_own(&mut self) {
        self.branches.clear();
        self.ends_at = Tick::NEVER;
    }

    /// Whether it has had its time.
    pub fn is_expired(&self, now: Tick) -> bool {
        self.ends_at <= now
    }

    /// The request has arrived again.
    pub fn request_again(&mut self, now: Tick, out: &mut Effects) {
        if self.status > 0 {
            self.upstream_input(Input::Request, now, out);
        }
    }

    /// The ACK to a negative final response has arrived.
    pub fn acknowledged(&mut self, now: Tick) {
        self.upstream_input(Input::Ack, now, &mut Effects::new());
    }

    /// A response of this status is sent upstream. False when the transaction has had a final response that this one
    /// cannot follow; a 2xx may follow a 2xx to an INVITE.
    pub fn respond(&mut self, status: u16, now: Tick) -> bool {
        if self.status >= 200 && !self.may_follow(status) {
            return false;
        }
        self.status = status;
        self.upstream_input(Input::Response(status), now, &mut Effects::new());
        true
    }

    /// A final response of our own is sent upstream: as [`Transaction::respond`], but that a 2xx to an INVITE is sent again
    /// until its ACK comes (RFC 3261 §13.3.1.4).
    pub fn answer(&mut self, status: u16, now: Tick) -> bool {
        let is_success = (200..300).contains(&status) && self.is_invite();
        if !is_success || self.status >= 200 {
            return self.respond(status, now);
        }
        self.status = status;
        self.is_answered = true;
        self.upstream_input(Input::Answer, now, &mut Effects::new());
        true
    }

    fn may_follow(&self, status: u16) -> bool {
        (200..300).contains(&self.status) && (200..300).contains(&status) && self.is_invite()
    }

    /// Nothing will be sent upstream any more: it goes when late messages have had their time.
    pub fn release(&mut self, now: Tick) {
        self.is_released = true;
        self.ends_at = now.after_ms(self.times.wait);
    }

    /// Whether it only waits for late messages.
    pub fn is_waiting(&self) -> bool {
        self.status >= 200 || self.is_released || (self.is_own() && self.all_ended())
    }

    /// Nobody wants it any more: it counts as answered with `status`, and its branches are left alone (observed on 5.6.3: no CANCEL).
    pub fn abandon(&mut self, status: u16, now: Tick) {
        for branch in &mut self.branches {
            branch.abandon(status);
        }
        self.status = self.status.max(status);
        self.is_abandoned = true;
        self.release(now);
    }

    fn upstream_input(&mut self, input: Input, now: Tick, out: &mut Effects) {
        let outputs = match &mut self.upstream {
            Upstream::Invite(machine) => machine.handle(input, &self.times, now),
            Upstream::Other(machine) => machine.handle(input, &self.times, now),
            Upstream::None => return,
        };
        for output in outputs {
            match output {
                Output::Transmit => out.push(Effect::Respond),
                Output::NotAcknowledged => out.push(Effect::NotAcknowledged),
                _ => {}
            }
        }
    }

    /// A response to a branch's request has arrived.
    pub fn receive(&mut self, branch: usize, status: u16, now: Tick, out: &mut Effects) {
        let ends_at = self.ends_at;
        self.note_replied();
        if let Some(known) = self.branches.get_mut(branch) {
            known.receive(branch, status, &self.times, now, out);
            known.end_by(ends_at);
        }
    }

    /// A response to a branch's CANCEL has arrived.
    pub fn receive_for_cancel(&mut self, branch: usize, status: u16, now: Tick) {
        if let Some(known) = self.branches.get_mut(branch)
            && let CancelState::Sent(machine) = &mut known.cancel
        {
            machine.handle(Input::Response(status), &self.times, now);
        }
    }

    /// What was sent for a branch cannot have arrived.
    pub fn unsent(&mut self, branch: usize, now: Tick, out: &mut Effects) {
        if let Some(known) = self.branches.get_mut(branch) {
            known.handle(branch, Input::TransportError, &self.times, now, out);
        }
    }

    /// A branch ends with a status of our own.
    pub fn fail(&mut self, branch: usize, status: u16, out: &mut Effects) {
        if let Some(known) = self.branches.get_mut(branch) {
            known.fail(branch, status, out);
        }
    }

    /// Cancels those of the branches still without final response that `wanted` chooses.
    pub fn cancel(
        &mut self,
        wanted: impl Fn(usize) -> bool,
        mode: CancelMode,
        now: Tick,
        out: &mut Effects,
    ) {
        let is_invite = self.is_invite();
        for (index, branch) in self.branches.iter_mut().enumerate() {
            if branch.has_ended() || !wanted(index) {
                continue;
            }
            if branch.is_blind() {
                branch.fail(index, 487, out);
                continue;
            }
            let is_silent = branch.status < 100;
            if is_silent && mode != CancelMode::Wait {
                branch.fall_silent();
            }
            if matches!(branch.cancel, CancelState::Sent(_)) {
                continue;
            }
            // RFC 3261 §9.1: only an INVITE is cancelled.
            if is_invite && (!is_silent || mode == CancelMode::Send) {
                branch.send_cancel(index, &self.times, now, out);
                continue;
            }
            if is_invite {
                branch.cancel = CancelState::Wanted;
            }
            if is_silent && mode == CancelMode::Fake {
                branch.fail(index, 487, out);
            }
        }
    }

    /// Whether cancelling takes a CANCEL to a branch, now or when it has had a provisional response.
    pub fn takes_cancel(&self, mode: CancelMode) -> bool {
        let needs_one = |branch: &Branch| {
            let is_open = !branch.is_blind() && !branch.has_ended();
            is_open && (branch.status >= 100 || mode != CancelMode::Fake)
        };
        self.is_invite() && self.branches.iter().any(needs_one)
    }

    /// Whether a CANCEL to a branch is still to be answered, or to be sent when the branch has had a provisional response.
    pub fn is_cancelling(&self) -> bool {
        self.branches.iter().any(|branch| match branch.cancel {
            CancelState::No => false,
            CancelState::Wanted => !branch.has_ended(),
            CancelState::Sent(machine) => {
                matches!(
                    machine.state,
                    client::State::Trying | client::State::Proceeding
                )
            }
        })
    }

    /// Whether cancelling takes a CANCEL to a branch of what is no INVITE, and so cannot be (RFC 3261 §9.1).
    pub fn refuses_cancel(&self, mode: CancelMode) -> bool {
        let needs_one = |branch: &Branch| {
            let is_open = !branch.is_blind() && !branch.has_ended();
            is_open && (branch.status >= 100 || mode == CancelMode::Send)
        };
        !self.is_invite() && self.branches.iter().any(needs_one)
    }

    /// What becomes of a response of that status, which that branch has had and the script has let pass.
    pub fn choose(&self, branch: usize, status: u16) -> Choice {
        let has_answered = self.status >= 200;
        let known = self.branches.get(branch).map_or(0, |known| known.status);
        match status {
            100 => Choice::Absorb,
            // Who has taken the request back is told of its end only (observed on 5.6.3).
            101..=199 if has_answered || self.is_cancelled => Choice::Absorb,
            101..=199 => Choice::Forward,
            // RFC 3261 §16.7 point 5: each 2xx to an INVITE goes upstream.
            200..=299 if self.is_invite() || !has_answered => Choice::Forward,
            _ if has_answered => Choice::Absorb,
            // Behind the 2xx of the branch, which may still be in its reply route.
            _ if (200..300).contains(&known) => Choice::Absorb,
            _ if self.all_ended() => Choice::Decide,
            _ => Choice::Keep,
        }
    }

    /// Whether somebody may still answer.
    pub fn is_awaiting(&self) -> bool {
        let mut branches = self.branches.iter();
        branches.any(|branch| !branch.is_blind() && !branch.has_ended())
    }

    /// Whether the final response of every branch is known.
    pub fn all_ended(&self) -> bool {
        self.branches.iter().all(Branch::has_ended)
    }

    /// The branch with the best negative response.
    pub fn best(&self, ranking: Ranking) -> Option<usize> {
        fork::best(&self.branches, ranking)
    }

    /// Begins another attempt.
    pub fn begin_attempt(&mut self) {
        self.note_replied();
        self.attempt = self.attempt.wrapping_add(1);
    }

    /// Something else happens: the final responses until here are of the past (observed on 5.6.3: the one that a failure route
    /// is run for does not count yet).
    pub fn note_replied(&mut self) {
        for branch in &mut self.branches {
            branch.is_replied |= branch.has_ended() && !branch.is_local;
        }
    }

    /// A failure route has ended that had `count` branches behind it: some compete no longer. False when none of them is left
    /// and nobody else was tried, so that there is nothing to choose from (observed on 5.6.3: also when earlier attempts are
    /// not dropped).
    pub fn drop_responses(&mut self, drops: Drops, count: usize) -> bool {
        if self.branches.len() <= count {
            return matches!(drops, Drops::Nothing | Drops::Superseded);
        }
        let before = self.branches.get_mut(..count).unwrap_or_default();
        let last = before.last().map_or(0, |branch| branch.attempt);
        for branch in before {
            branch.is_left_out |= match drops {
                Drops::Nothing => false,
                Drops::All | Drops::Superseded => true,
                Drops::LastAttempt => branch.attempt == last,
            };
        }
        true
    }

    /// Starts waiting for responses anew, after [`Transaction::times`] has changed.
    pub fn restart(&mut self, now: Tick) {
        for branch in &mut self.branches {
            branch.restart(&self.times, now);
            branch.end_by(self.ends_at);
        }
    }

    /// Gives it another length from now.
    pub fn set_lifetime(&mut self, millis: u32, now: Tick) {
        self.times.lifetime = millis;
        self.ends_at = now.after_ms(millis);
        for branch in &mut self.branches {
            branch.end_by(self.ends_at);
        }
    }

    /// When it wants to be looked at, and why; none when it is over.
    pub fn next_deadline(&self) -> Option<(Tick, Reason)> {
        let mut first = (Tick::NEVER, Reason::Lifetime);
        let mut consider = |at: Tick, reason: Reason| {
            if at < first.0 {
                first = (at, reason);
            }
        };
        match &self.upstream {
            Upstream::Invite(machine) => {
                let (at, timer) = machine.next_timer();
                consider(at, Reason::Upstream(timer));
            }
            Upstream::Other(machine) => {
                let (at, timer) = machine.next_timer();
                consider(at, Reason::Upstream(timer));
            }
            Upstream::None => {}
        }
        let mut is_pending = false;
        for (index, branch) in self.branches.iter().enumerate() {
            // What waits for late responses only is needed no longer than the upstream side.
            if branch.is_pending() || self.is_own() {
                let (at, timer) = branch.next_timer();
                is_pending |= branch.is_pending();
                consider(at, Reason::Branch(index, timer));
            }
            if let CancelState::Sent(machine) = &branch.cancel
                && is_waiting(machine)
            {
                let (at, timer) = machine.next_timer();
                consider(at, Reason::Cancel(index, timer));
            }
        }
        let has_no_end = self.status < 200 || self.is_abandoned;
        if !is_pending && has_no_end && !self.is_own() {
            consider(self.ends_at, Reason::Lifetime);
        }
        first.0.is_set().then_some(first)
    }

    /// Does what is due.
    pub fn expire(&mut self, now: Tick, out: &mut Effects) {
        while let Some((at, reason)) = self.next_deadline() {
            if at > now {
                return;
            }
            match reason {
                Reason::Upstream(timer) => self.upstream_input(Input::Timer(timer), now, out),
                Reason::Branch(index, timer) => {
                    self.note_replied();
                    if let Some(branch) = self.branches.get_mut(index) {
                        branch.handle(index, Input::Timer(timer), &self.times, now, out);
                        branch.end_by(self.ends_at);
                    }
                    self.outlive(now, out);
                }
                Reason::Cancel(index, timer) => {
                    if let Some(branch) = self.branches.get_mut(index)
                        && let CancelState::Sent(machine) = &mut branch.cancel
                    {
                        let outputs = machine.handle(Input::Timer(timer), &self.times, now);
                        if outputs.contains(&Output::Transmit) {
                            out.push(Effect::Cancel(index));
                        }
                    }
                }
                Reason::Lifetime => {
                    self.ends_at = Tick::NEVER;
                    self.outlive(now, out);
                }
            }
        }
    }

    /// Stays to answer for the branches that had to end with it.
    fn outlive(&mut self, now: Tick, out: &Effects) {
        let is_failed = |effect: &Effect| matches!(effect, Effect::Failed(..));
        if !self.ends_at.is_set() && out.iter().any(is_failed) {
            self.release(now);
        }
    }

    /// Whether nothing can come of it any more.
    pub fn is_over(&self) -> bool {
        let upstream_over = match &self.upstream {
            Upstream::Invite(machine) => machine.state == invite_server::State::Terminated,
            Upstream::Other(machine) => machine.state == server::State::Terminated,
            Upstream::None => self.next_deadline().is_none(),
        };
        (upstream_over || !self.ends_at.is_set())
            && self.branches.iter().all(|branch| !branch.is_pending())
    }

    /// Whether an ACK to the final response to an INVITE is still to come.
    pub fn awaits_ack(&self) -> bool {
        matches!(&self.upstream, Upstream::Invite(machine)
            if matches!(machine.state, invite_server::State::Completed | invite_server::State::Answered))
    }
}

fn is_waiting(machine: &Client) -> bool {
    matches!(
        machine.state,
        client::State::Trying | client::State::Proceeding
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_its_lifetime_ends_can_still_be_answered_for() {
        let mut effects = Effects::new();
        let times = Times {
            lifetime: 300,
            ..Times::default()
        };
        let mut transaction = Transaction::new(Kind::Invite, false, times, Tick(0));
        transaction.add_branch(false, Tick(0), &mut effects);
        transaction.receive(0, 180, Tick(20), &mut effects);
        effects.clear();
        transaction.expire(Tick(300), &mut effects);
        assert!(effects.contains(&Effect::Failed(0, 408)), "{effects:?}");
        assert!(!transaction.is_over());
        assert!(transaction.respond(408, Tick(300)));
    }

    #[test]
    fn what_is_abandoned_goes_in_silence_and_acknowledges_what_comes_late() {
        let mut effects = Effects::new();
        let mut transaction = Transaction::new(Kind::Invite, false, Times::default(), Tick(0));
        for branch in 0..2 {
            transaction.add_branch(false, Tick(0), &mut effects);
            transaction.receive(branch, 180, Tick(20), &mut effects);
        }
        transaction.abandon(500, Tick(30));
        effects.clear();
        let (at, reason) = transaction.next_deadline().unwrap();
        assert_eq!(reason, Reason::Lifetime);
        transaction.receive(0, 486, Tick(40), &mut effects);
        assert!(effects.contains(&Effect::Acknowledge(0)), "{effects:?}");
        assert_eq!(transaction.choose(0, 486), Choice::Absorb);
        effects.clear();
        transaction.expire(at, &mut effects);
        assert!(effects.is_empty(), "{effects:?}");
        assert!(transaction.is_over());
    }

    #[test]
    fn what_is_dropped_after_a_failure_route_competes_no_longer() {
        let left = |drops: Drops, has_another: bool| {
            let (now, mut effects) = (Tick(1), Effects::new());
            let mut transaction = Transaction::new(Kind::Other, true, Times::default(), now);
            transaction.add_branch(true, now, &mut effects);
            transaction.begin_attempt();
            transaction.add_branch(true, now, &mut effects);
            if has_another {
                transaction.begin_attempt();
                transaction.add_branch(true, now, &mut effects);
            }
            let has_choice = transaction.drop_responses(drops, 2);
            let branches = transaction.branches.iter();
            (
                has_choice,
                branches.map(|b| !b.is_left_out).collect::<Vec<_>>(),
            )
        };
        for (drops, alone, followed) in [
            (Drops::Nothing, true, [true, true, true]),
            (Drops::All, false, [false, false, true]),
            (Drops::LastAttempt, false, [true, false, true]),
            (Drops::Superseded, true, [false, false, true]),
        ] {
            assert_eq!(left(drops, true), (true, followed.to_vec()), "{drops:?}");
            assert_eq!(left(drops, false), (alone, vec![true, true]), "{drops:?}");
        }
    }

    #[test]
    fn a_refusal_behind_the_2xx_of_its_branch_is_no_failure_though_the_2xx_has_not_left_yet() {
        let (now, mut effects) = (Tick(1), Effects::new());
        let mut transaction = Transaction::new(Kind::Invite, true, Times::default(), now);
        transaction.add_branch(true, now, &mut effects);
        transaction.receive(0, 200, now, &mut effects);
        transaction.receive(0, 487, now, &mut effects);
        assert_eq!(transaction.choose(0, 487), Choice::Absorb);
        assert_eq!(transaction.choose(0, 200), Choice::Forward);
    }
}
