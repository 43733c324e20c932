//! Telling other modules what becomes of requests: accounting, dialogs.

use crate::table::Table;
use crate::view::Reply;
use arc_swap::{ArcSwap, ArcSwapOption};
use module_api::{Call, Flags, Reception, RouteKind, Text, TransactionId, Work};
use sip::Message;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// The final response that a transaction has been given.
#[derive(Clone, Debug)]
pub struct Finished {
    /// Its status.
    pub status: u16,
    /// Its reason phrase.
    pub reason: Text,
    /// The response that was sent on; none when it was made here.
    pub response: Option<Message>,
    /// How that response came in.
    pub reception: Option<Reception>,
}

/// What others are told.
#[derive(Clone, Debug)]
pub enum Event {
    /// All branches have failed; the failure route is yet to come. The context is that of the request: message, flags,
    /// attributes.
    Failing(Finished),
    /// The final response has been given. The context is that of the request.
    Finished(Finished),
    /// The ACK to a 2xx passes. The context is that of the ACK with the attributes of the INVITE; these are the INVITE's flags
    /// and the status that it was answered with.
    Acknowledged(Flags, u16),
}

/// A transaction was made for the request at hand.
#[derive(Clone, Copy, Debug)]
pub struct Began;

/// A provisional response other than a 100 was sent on. The context is that of the request.
#[derive(Clone, Debug)]
pub struct Provisional(pub Finished);

/// Something that happens to a transaction.
pub trait About {
    /// The response that it is about.
    fn response(&self) -> Option<&Finished> {
        None
    }

    /// The kind of route whose variables show it.
    fn route(&self) -> RouteKind {
        RouteKind::Request
    }
}

impl About for Event {
    fn response(&self) -> Option<&Finished> {
        match self {
            Event::Failing(finished) | Event::Finished(finished) => Some(finished),
            Event::Acknowledged(..) => None,
        }
    }

    fn route(&self) -> RouteKind {
        match self {
            Event::Failing(_) => RouteKind::Failure,
            Event::Finished(_) | Event::Acknowledged(..) => RouteKind::Request,
        }
    }
}

impl About for Provisional {
    fn response(&self) -> Option<&Finished> {
        Some(&self.0)
    }
}

impl About for Began {}

/// How many branches the transaction has that an observer is told of: it is in use meanwhile and cannot be asked.
pub struct BranchCount(pub usize);

impl Finished {
    /// As the variables of a run show it.
    pub fn reply(&self) -> Reply {
        let message = self.response.clone();
        Reply {
            status: self.status,
            reason: self.reason.clone(),
            is_local: message.is_none(),
            message: message.map(|message| (message, self.reception)),
        }
    }
}

/// Told of an `E` that has to do with a received request.
pub type Observer<E> = Arc<dyn Fn(&mut Call, &E) + Send + Sync>;

/// Shown each response that comes for a received request before it goes on, in the context of that response, with the
/// request as it was received and the octets of what was sent to the branch (empty when nobody needs them any more). It
/// may record edits.
pub type ResponseHook = Arc<dyn Fn(&mut Call, &Message, &[u8]) + Send + Sync>;

/// Those who are shown responses, as one.
#[derive(Default)]
pub struct ResponseHooks {
    /// Whether there are any, so that nobody pays for none.
    some: AtomicBool,
    all: ArcSwapOption<ResponseHook>,
}

impl ResponseHooks {
    /// Adds one; meant for the start of a module.
    pub fn add(&self, hook: ResponseHook) {
        self.all.rcu(|all| {
            let hook = hook.clone();
            let chained: ResponseHook = match all.as_deref().cloned() {
                None => hook,
                Some(before) => Arc::new(move |call, request, sent| {
                    before(call, request, sent);
                    hook(call, request, sent);
                }),
            };
            Some(Arc::new(chained))
        });
        self.some.store(true, Ordering::Release);
    }

    /// All of them, if there are any.
    pub fn get(&self) -> Option<Arc<ResponseHook>> {
        if !self.some.load(Ordering::Acquire) {
            return None;
        }
        self.all.load_full()
    }
}

/// Those who want to be told of an `E`.
pub struct Observers<E> {
    /// Whether there are any, so that nobody pays for none.
    some: AtomicBool,
    list: ArcSwap<Vec<Observer<E>>>,
}

impl<E> Default for Observers<E> {
    fn default() -> Observers<E> {
        Observers {
            some: AtomicBool::new(false),
            list: ArcSwap::default(),
        }
    }
}

impl<E: About> Observers<E> {
    /// Adds one; meant for the start of a module.
    pub fn add(&self, observer: Observer<E>) {
        self.list.rcu(|list| {
            let mut list = Vec::clone(list);
            list.push(observer.clone());
            list
        });
        self.some.store(true, Ordering::Release);
    }

    /// Whether there are any.
    pub fn is_empty(&self) -> bool {
        !self.some.load(Ordering::Acquire)
    }

    /// Tells all of them. The transaction is in use meanwhile: what they need of it is in the context.
    pub fn tell(&self, call: &mut Call, event: &E) {
        let shown = event.response().map(Finished::reply);
        self.tell_showing(call, event, shown);
    }

    /// As [`Observers::tell`], where variables show another response than that of the event.
    pub fn tell_showing(&self, call: &mut Call, event: &E, shown: Option<Reply>) {
        let before = call.notes.take::<Reply>();
        if let Some(shown) = shown {
            call.notes.set(shown);
        }
        for observer in self.list.load().iter() {
            observer(call, event);
        }
        call.notes.take::<Reply>();
        if let Some(before) = before {
            call.notes.set(before);
        }
    }
}

/// Tells of a response that was sent on between runs.
pub fn tell_between<E: About>(
    observers: &Observers<E>,
    work: &mut Work<'_>,
    table: &mut Table,
    id: TransactionId,
    event: &E,
) {
    let relayed = table.get(id).and_then(|cell| cell.last_relayed);
    let branch = relayed.map_or(0, usize::from);
    tell_of(observers, work, table, (id, branch), event);
}

/// Tells of something that happens to a branch between runs.
pub fn tell_of<E: About>(
    observers: &Observers<E>,
    work: &mut Work<'_>,
    table: &mut Table,
    (id, branch): (TransactionId, usize),
    event: &E,
) {
    let Some(cell) = table.get_mut(id) else {
        return;
    };
    let mut call = cell.context(work);
    call.route = event.route();
    if call.route == RouteKind::Failure {
        call.notes.set(BranchCount(cell.machine.branches.len()));
    }
    cell.retarget(&mut call, Some(branch));
    observers.tell(&mut call, event);
    cell.take_back(&mut call);
    work.give_back(call);
}
