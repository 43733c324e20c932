//! A transaction with its messages.

use crate::armed::{Armed, Options};
use crate::uac::Finish;
use crate::work::Todo;
use crate::{Tm, local_ack, uac};
use module_api::relay::ChangedStatus;
use module_api::{
    Attributes, Call, Delivery, Flags, NextHop, Reception, ResponseExtras, RouteId, RouteKind,
    Runtime, Target, TransactionId, Work,
};
use sip::identifiers::BranchId;
use sip::{Edits, Message, Method};
use smallvec::SmallVec;
use std::sync::Arc;
use stdx::Text;
use transaction::key::Key;
use transaction::{CancelState, Tick, Transaction};

/// A transaction with its messages.
pub struct Cell {
    /// Its name.
    pub id: TransactionId,
    /// What it does when.
    pub machine: Transaction,
    /// The branches' messages, by number.
    pub legs: SmallVec<[Leg; 1]>,
    /// The request; nothing is left of it after the final response, but where [`Cell::shed`] finds that it is needed.
    pub request: Message,
    /// The request's method.
    pub method: Method,
    /// How it came in.
    pub reception: Reception,
    /// Where responses go.
    pub upstream: Delivery,
    /// The last response sent there.
    pub response: Box<[u8]>,
    /// What was loaded when the request came.
    pub runtime: Arc<Runtime>,
    /// What tells it from others.
    pub identity: Box<[u8]>,
    /// Under which requests find it.
    pub key: Key,
    /// Under which the ACK to its 2xx finds it.
    pub dialog_key: Key,
    /// The To tags of the 2xx to its INVITE.
    pub to_tags: ToTags,
    /// What the branches of its Vias have in common.
    pub branch_key: u128,
    /// How many branches were made of the request on its later ways through here.
    pub breadth: u16,
    /// The second of the two numbers by which scripts name it.
    pub label: u32,
    /// The flags of the request.
    pub flags: Flags,
    /// The routes it has asked for, and how it differs from the usual.
    pub armed: Armed,
    /// What later routes need of the request's run.
    pub kept: Option<Box<Kept>>,
    /// The branch whose response was chosen, while a failure route runs.
    pub picked: Option<usize>,
    /// The status of the last response that came.
    pub last_received: u16,
    /// Whether the branch whose response came last had had one before: the one that a reply route is run for does not count yet.
    pub had_response: bool,
    /// The branch whose response went upstream last; none when that was one of ours.
    pub last_relayed: Option<u16>,
    /// Why relaying has failed in the script or failure route, for the response that is made of it at the end of that.
    pub error: Option<i64>,
    /// Header lines that go into a CANCEL.
    pub cancel_reason: Text,
    /// The CANCEL that came, where more follows from it than from any.
    pub cancel: Option<Box<Cancel>>,
    /// Whether a route of it is being run.
    pub is_running: bool,
    /// Whether the script of its request has not ended yet.
    pub is_held: bool,
    /// Whether it was counted as one that waits for late messages only.
    pub is_counted: bool,
    /// Whether the final response was counted to what goes to nobody: a copy, or a request of our own.
    pub has_result: bool,
    /// Whether the response that ended the last branch is neither relayed nor absorbed yet.
    pub is_undecided: bool,
    /// What is to be done when the run that is going on has ended.
    pub waiting: Vec<Todo>,
    /// Who is told of the final response to a request of our own.
    pub finish: Option<Finish>,
    /// What has acknowledged the 2xx to an INVITE of ours.
    pub local_acks: local_ack::SentAcks,
}

/// What later routes need of the request's run.
#[derive(Default)]
pub struct Kept {
    /// AVPs of all kinds.
    pub attributes: Box<Attributes>,
    /// What was done to the request.
    pub edits: Edits,
    /// The Request-URI and next hop as they stood.
    pub target: Target,
    /// What responses of our own have.
    pub extras: ResponseExtras,
    /// How much of it stays as it is.
    pub fixed: Fixed,
}

/// What no longer follows the script of the request (observed on 5.6.3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fixed {
    /// Nothing yet.
    #[default]
    Nothing,
    /// The target: the script has made the transaction before it relayed.
    Target,
    /// The edits too: the script has asked for it.
    Saved,
    /// The edits too: the request was relayed.
    All,
}

/// A CANCEL that came, and is more than a reason to cancel the branches.
pub struct Cancel {
    /// What those of the branches repeat.
    pub message: Message,
    /// Its transaction, while it waits for the branches' answers (`e2e_cancel_hop_by_hop` 0).
    pub waiting: Option<TransactionId>,
}

/// The messages of a branch.
pub struct Leg {
    /// Where it was to go, while somebody may ask.
    pub target: Option<Box<Target>>,
    /// Its flags when nobody may any more.
    pub flags: u32,
    /// Where it goes.
    pub delivery: Delivery,
    /// The request as it was sent.
    pub sent: Box<[u8]>,
    /// The ACK to its negative response.
    pub ack: Ack,
    /// How many responses that have not been handled yet have had it.
    pub early_acks: u8,
    /// Its final response, while it may still be chosen.
    pub response: Option<Box<Stored>>,
    /// Where to try next when this place does not answer.
    pub other_hops: Vec<NextHop>,
    /// The reply route that was asked for when it was made.
    pub on_reply: Option<RouteId>,
    /// The failure route that was asked for when it was made.
    pub on_failure: Option<RouteId>,
    /// The branch-failure route that was asked for when it was made.
    pub on_branch_failure: Option<RouteId>,
    /// Its CANCEL, when one was sent: what is sent again is the same.
    pub cancel: Option<Box<[u8]>>,
}

impl Leg {
    /// The flags of its branch.
    pub fn branch_flags(&self) -> u32 {
        self.target
            .as_ref()
            .map_or(self.flags, |target| target.flags)
    }

    /// Sets the flags of its branch.
    pub fn set_branch_flags(&mut self, flags: u32) {
        match &mut self.target {
            Some(target) => target.flags = flags,
            None => self.flags = flags,
        }
    }

    /// One without a request: somebody else will say what becomes of it.
    pub fn blind(upstream: Delivery, on_failure: Option<RouteId>) -> Leg {
        Leg {
            target: None,
            flags: 0,
            delivery: upstream,
            sent: Box::default(),
            ack: Ack::Unmade,
            early_acks: 0,
            response: None,
            other_hops: Vec::new(),
            on_reply: None,
            on_failure,
            on_branch_failure: None,
            cancel: None,
        }
    }
}

/// The ACK to a negative response of a branch.
pub enum Ack {
    /// It can be made of the request as it was sent.
    Unmade,
    /// The request is gone after a 2xx; of this it can be made: the first line, or all of it when there are Route fields.
    Kept(Box<[u8]>),
    /// This is it.
    Made(Box<[u8]>),
}

impl Ack {
    /// The octets it takes.
    pub fn len(&self) -> usize {
        match self {
            Ack::Unmade => 0,
            Ack::Kept(bytes) | Ack::Made(bytes) => bytes.len(),
        }
    }
}

/// A response that may be chosen.
pub struct Stored {
    /// The response.
    pub message: Message,
    /// What the script has done to it.
    pub edits: Edits,
    /// Another status and reason for it.
    pub changed: Option<ChangedStatus>,
    /// How it came in.
    pub reception: Reception,
}

/// How many answers to one INVITE are told apart. Who forks has fewer branches; who makes up one tag after the other is not
/// to fill our memory.
pub const ANSWERS_MAX: usize = 64;

/// The To tags of the 2xx to an INVITE.
#[derive(Default)]
pub struct ToTags(SmallVec<[Box<[u8]>; 1]>);

impl ToTags {
    /// Whether `tag` is one of them.
    pub fn has(&self, tag: Option<&[u8]>) -> bool {
        let tag = tag.unwrap_or_default();
        self.0.iter().any(|known| **known == *tag)
    }

    /// Takes note of a tag, where there are not too many.
    pub fn add(&mut self, tag: Option<&[u8]>) {
        if self.0.len() < ANSWERS_MAX && !self.has(tag) {
            self.0.push(tag.unwrap_or_default().into());
        }
    }

    /// The octets they take.
    fn weight(&self) -> usize {
        self.0.iter().map(|tag| size_of_val(tag) + tag.len()).sum()
    }
}

impl Cell {
    /// The branch id of a branch.
    pub fn branch_id(&self, index: usize) -> BranchId {
        BranchId {
            hash: (self.branch_key >> 64) as u16,
            key: self.branch_key,
            index: index as u16,
        }
    }

    /// Whether the script's routes may need what its run had.
    fn needs_kept(&self) -> bool {
        let armed = &self.armed;
        armed.failure.is_some()
            || armed.branch_failure.is_some()
            || self.legs.iter().any(|leg| leg.on_failure.is_some())
            || self.machine.branches.iter().any(|b| b.is_blind())
    }

    /// Takes over from a run what later routes need.
    pub fn keep(&mut self, call: &mut Call) {
        let has_attributes = !call.attributes.is_empty();
        let full = self.needs_kept() && self.machine.status < 200;
        if !has_attributes && !full && self.kept.is_none() {
            return;
        }
        let kept = self.kept.get_or_insert_default();
        std::mem::swap(&mut kept.attributes, &mut call.attributes);
        if full {
            if kept.fixed < Fixed::Saved {
                kept.edits = std::mem::take(&mut call.edits);
                kept.target = std::mem::take(&mut call.target);
            }
            kept.extras = std::mem::take(&mut call.response_extras);
        }
    }

    /// The script goes on with a transaction that it has made: later routes will see the target as it is.
    pub fn fix_target(&mut self, call: &Call) {
        let kept = self.kept.get_or_insert_default();
        kept.target = call.target.clone();
        kept.fixed = Fixed::Target;
    }

    /// The request was relayed: later routes will see it as it was then.
    pub fn fix(&mut self, call: &mut Call) {
        self.flags = call.flags;
        // Observed on 5.6.3: it holds for one relaying.
        self.armed.branch = None;
        if call.route != RouteKind::Request {
            return;
        }
        if !self.needs_kept() {
            return;
        }
        let kept = self.kept.get_or_insert_default();
        if kept.fixed == Fixed::Nothing {
            kept.target = call.target.clone();
        }
        if kept.fixed != Fixed::Saved {
            kept.edits = call.edits.branch();
            kept.fixed = Fixed::All;
        }
    }

    /// Later routes will see the request as it is, whatever the script still does to it.
    pub fn save(&mut self, call: &mut Call) {
        let kept = self.kept.get_or_insert_default();
        if kept.fixed < Fixed::Saved {
            kept.edits = call.edits.branch();
            kept.fixed = Fixed::Saved;
        }
    }

    /// Waits for something else than a response, no longer than for that.
    pub fn await_news(&mut self, now: Tick) {
        self.machine.note_replied();
        self.machine.add_blind_branch(now);
        self.legs
            .push(Leg::blind(self.upstream, self.armed.failure));
    }

    /// A context like that of the request's run.
    pub fn context(&mut self, work: &mut Work<'_>) -> Box<Call> {
        let mut call = work.context(&self.runtime, self.request.clone(), self.reception);
        call.transaction = Some(self.id);
        call.flags = self.flags;
        call.flags.script = 0;
        call.target_is_new = false;
        if let Some(kept) = &mut self.kept {
            std::mem::swap(&mut kept.attributes, &mut call.attributes);
            call.edits = kept.edits.branch();
            call.target = kept.target.clone();
            call.response_extras = kept.extras.clone();
        }
        call
    }

    /// Lets a context have the target that others are told of: the Request-URI of the branch that it is about, with the
    /// next hop as it was when the request was relayed first (observed on 5.6.3).
    pub fn retarget(&self, call: &mut Call, branch: Option<usize>) {
        let target = |at: usize| self.legs.get(at)?.target.as_deref();
        let fixed = self.kept.as_ref().map(|kept| kept.fixed);
        if let Some(kept) = self
            .kept
            .as_ref()
            .filter(|kept| kept.fixed == Fixed::Target)
        {
            call.target.clone_from(&kept.target);
        }
        if fixed.unwrap_or_default() == Fixed::Nothing
            && let Some(first) = target(0)
        {
            call.target
                .destination_uri
                .clone_from(&first.destination_uri);
        }
        if let Some(told) = target(branch.unwrap_or(0)) {
            call.target.uri.clone_from(&told.uri);
        }
    }

    /// Takes back what a route of the transaction has had; the request's edits stay as they were.
    pub fn take_back(&mut self, call: &mut Call) {
        self.flags.marks.accounted_failure = call.flags.marks.accounted_failure;
        self.flags.message = call.flags.message;
        self.flags.extended = call.flags.extended;
        self.swap_attributes(call);
    }

    /// Exchanges attributes with a context: to it before a run, from it afterwards.
    pub fn swap_attributes(&mut self, call: &mut Call) {
        match &mut self.kept {
            Some(kept) => std::mem::swap(&mut kept.attributes, &mut call.attributes),
            None if !call.attributes.is_empty() => {
                let kept = self.kept.get_or_insert_default();
                std::mem::swap(&mut kept.attributes, &mut call.attributes);
            }
            None => {}
        }
    }

    /// Whether a run of it is going on, which may be waiting for something. It has the attributes, so no other begins.
    pub fn is_busy(&self) -> bool {
        self.is_running || self.is_held
    }

    /// Whether somebody still comes back to it, though its machine has nothing more to do.
    pub fn is_needed(&self) -> bool {
        let has_route = self.machine.is_own() && uac::may_try_again(self);
        self.is_busy() || self.finish.is_some() || has_route
    }

    /// Whether an option of the transaction is set.
    pub fn is(&self, option: Options) -> bool {
        self.armed.options.contains(option)
    }

    /// The octets it takes, about: its messages and what is kept beside them.
    pub fn weight(&self) -> usize {
        /// What finds a message's fields.
        const INDEX: usize = 900;
        /// What finds a transaction.
        const PLACE: usize = 384;
        let of_message = |message: &Message| message.buffer().len() + INDEX;
        let legs = self.legs.iter().map(|leg| {
            let stored = leg
                .response
                .as_ref()
                .map(|stored| of_message(&stored.message));
            let cancel = leg.cancel.as_ref().map_or(0, |cancel| cancel.len());
            let target = leg.target.as_ref().map_or(0, |target| target.weight());
            let hops = leg.other_hops.capacity() * size_of::<NextHop>();
            let sent = leg.sent.len() + leg.ack.len() + cancel;
            size_of::<Leg>() + sent + stored.unwrap_or(0) + target + hops
        });
        let kept = self.kept.as_ref().map_or(0, |_| size_of::<Kept>());
        let answers = self.to_tags.weight() + self.local_acks.weight();
        let own = size_of::<Cell>() + PLACE + self.identity.len() + self.response.len() + answers;
        own + of_message(&self.request) + kept + legs.sum::<usize>()
    }

    /// Forgets what nobody needs after the final response.
    pub fn shed(&mut self, tm: &Tm) {
        if !self.machine.all_ended() {
            return;
        }
        let is_invite = self.machine.is_invite();
        for (leg, branch) in self.legs.iter_mut().zip(&self.machine.branches) {
            // What has not been answered may yet be, and then it needs an ACK; a CANCEL is made of it.
            if !branch.is_local && branch.cancel == CancelState::No {
                let sent = std::mem::take(&mut leg.sent);
                if is_invite && branch.status < 300 && !sent.is_empty() {
                    leg.ack = Ack::Kept(needed_for_ack(sent));
                }
            }
            leg.other_hops = Vec::new();
            // A route that runs may still ask for them.
            if !self.is_running {
                leg.response = None;
                leg.flags = leg.branch_flags();
                leg.target = None;
            }
        }
        if self.is_busy() {
            return;
        }
        // The ACK to a 2xx is compared with its INVITE, and a 2xx may still come from who has not answered in time. The reply
        // route of a branch that was given up asks for the request.
        let may_answer = |leg: &Leg| !leg.sent.is_empty();
        let has_success = self.machine.status < 300 || self.legs.iter().any(may_answer);
        let asks = |leg: &Leg| may_answer(leg) && leg.on_reply.is_some();
        let is_needed = (is_invite && has_success) || self.legs.iter().any(asks);
        if !is_needed && !self.machine.is_own() {
            self.request = tm.nothing.clone();
        }
        let may_be_told_of = is_invite && has_success && !tm.observers.is_empty();
        let has_reply_route = self.legs.iter().any(|leg| leg.on_reply.is_some());
        let needs_attributes = has_reply_route || may_be_told_of;
        self.kept = self
            .kept
            .take()
            .filter(|kept| needs_attributes && !kept.attributes.is_empty())
            .map(|kept| {
                Box::new(Kept {
                    attributes: kept.attributes,
                    ..Kept::default()
                })
            });
    }
}

/// What the ACK to a negative response needs of an INVITE and cannot be had from the response (RFC 3261 §17.1.1.3).
fn needed_for_ack(sent: Box<[u8]>) -> Box<[u8]> {
    let before = |at: usize| sent.get(at.saturating_sub(2)..at);
    let has_routes = memchr::memmem::find_iter(&sent, b"oute:")
        .any(|at| matches!(before(at), Some(b"\nR" | b"\nr")));
    match memchr::memchr(b'\n', &sent).and_then(|end| sent.get(..=end)) {
        Some(line) if !has_routes => line.into(),
        _ => sent,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_answers_with_ever_new_tags_fills_no_memory() {
        let mut tags = ToTags::default();
        for number in 0..1_000 {
            tags.add(Some(format!("tag{number:03}").as_bytes()));
            tags.add(Some(b"tag000"));
        }
        assert_eq!(tags.0.len(), ANSWERS_MAX);
        assert_eq!(tags.weight(), ANSWERS_MAX * (16 + 6));
        assert!(tags.has(Some(b"tag063")));
        assert!(!tags.has(Some(b"tag064")));
    }

    /// A transaction is kept for seconds, thousands of them at a time.
    #[test]
    fn a_transaction_without_its_messages_is_small() {
        let sizes = [
            size_of::<Cell>(),
            size_of::<Leg>(),
            size_of::<Transaction>(),
        ];
        assert!(size_of::<Cell>() <= 1_024, "{sizes:?}");
    }
}
