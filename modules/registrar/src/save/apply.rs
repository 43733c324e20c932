//! Doing to an address-of-record what a registration asks for: all of it or nothing (RFC 3261 §10.3).

use super::Plan;
use crate::refusal::Refusal;
use crate::request::{Contacts, Wanted};
use crate::{Registrar, path};
use mod_usrloc::{Access, Facts, MEMORY_ONLY, Matching, Texts};
use module_api::{Call, ConnectionId};
use sip::{HeaderId, Message, Span};
use smallvec::SmallVec;

/// Where a binding is to be found besides by its address-of-record.
pub struct Place {
    /// By its connection.
    pub connection: Option<ConnectionId>,
    /// By its unique name.
    pub ruid: Option<Box<[u8]>>,
}

/// What became of a registration.
pub struct Applied {
    /// The return code of `save`.
    pub code: i64,
    /// Why nothing was done.
    pub refusal: Option<Refusal>,
    /// Whether its Path says something.
    pub uses_path: bool,
    /// Where its new bindings are to be found.
    pub places: SmallVec<[Place; 1]>,
}

/// Return codes of `save`.
const INSERTED: i64 = 1;
const UPDATED: i64 = 2;
const REMOVED: i64 = 3;
const QUERIED: i64 = 4;

/// The unique name of a binding.
type Ruid = SmallVec<[u8; 40]>;

/// What is to be done with a contact of a registration.
#[derive(Clone)]
enum Task {
    /// There is no binding yet: one is made.
    Insert,
    /// The binding is given its new values.
    Update(Ruid),
    /// The binding is taken out.
    Remove(Ruid),
    /// It is the same registration again, or there was nothing to be taken out.
    Nothing,
}

impl Task {
    /// Whether both give a binding values.
    fn is_of_same(&self, other: &Task) -> bool {
        match (self, other) {
            (Task::Insert, Task::Insert) => true,
            (Task::Update(ruid), Task::Update(known)) => ruid == known,
            _ => false,
        }
    }

    /// Whether one of them takes a binding out, and the other one is about it too.
    fn takes_out_same(&self, other: &Task) -> bool {
        match (self, other) {
            (Task::Remove(ruid), Task::Remove(known) | Task::Update(known))
            | (Task::Update(ruid), Task::Remove(known)) => ruid == known,
            _ => false,
        }
    }

    /// Comes after `before`, with `before.takes_out_same(self)`. Observed on 5.6.3.
    fn come_after(&mut self, before: &mut Task, last_counts: bool) {
        match (&*before, &*self) {
            // What was taken out is made anew.
            (Task::Remove(_), Task::Update(_)) => *self = Task::Insert,
            (Task::Remove(_), _) => *self = Task::Nothing,
            _ if last_counts => *before = Task::Nothing,
            _ => *self = Task::Nothing,
        }
    }
}

/// Does what the plan says.
pub fn apply(
    registrar: &Registrar,
    call: &mut Call,
    plan: &Plan,
    access: &mut Access<'_>,
) -> Applied {
    let mut applied = Applied {
        code: INSERTED,
        refusal: None,
        uses_path: true,
        places: SmallVec::new(),
    };
    match &plan.contacts {
        Contacts::Query => applied.code = QUERIED,
        Contacts::Star => {
            while !access.bindings().is_empty() {
                remove(plan, access, 0);
            }
            applied.code = REMOVED;
        }
        Contacts::List(list) if Plan::does_nothing(list, access) => applied.uses_path = false,
        Contacts::List(list) => {
            let tasks = match tasks(registrar, plan, list, access) {
                Ok(tasks) => tasks,
                Err(refusal) => {
                    applied.refusal = Some(refusal);
                    applied.code = refusal.code();
                    return applied;
                }
            };
            let replaced = replaced(plan, list, &tasks, access);
            for (wanted, task) in list.iter().zip(tasks) {
                perform(registrar, call, (plan, wanted), task, access, &mut applied);
            }
            access.take(|binding| replaced.iter().any(|ruid| ruid[..] == *binding.ruid()));
        }
    }
    applied
}

/// The bindings that have to go because there may be one contact only: all but that of the first contact that is carried out. When
/// that is the same registration again, none (observed on 5.6.3).
fn replaced(
    plan: &Plan,
    list: &[Wanted],
    tasks: &[Task],
    access: &Access<'_>,
) -> SmallVec<[Ruid; 2]> {
    let mut living = list.iter().zip(tasks).filter(|(wanted, _)| wanted.life > 0);
    let stays: &[u8] = match living.next() {
        Some((_, Task::Insert)) if plan.has_one_contact => b"",
        Some((_, Task::Update(ruid))) if plan.has_one_contact => ruid,
        _ => return SmallVec::new(),
    };
    let others = access.bindings().iter().map(|binding| binding.ruid());
    let others = others.filter(|ruid| *ruid != stays);
    others.map(SmallVec::from_slice).collect()
}

/// What is to be done with each contact. Nothing is done yet: one that is refused refuses them all.
fn tasks(
    registrar: &Registrar,
    plan: &Plan,
    list: &[Wanted],
    access: &Access<'_>,
) -> Result<SmallVec<[Task; 2]>, Refusal> {
    let is_new = access.bindings().is_empty();
    // Which of several mistakes is told of was observed on 5.6.3.
    if !path::is_followable(&plan.path) {
        return Err(Refusal::BadPath);
    }
    if is_new && list.iter().any(|wanted| wanted.is_too_brief) {
        return Err(Refusal::TooBrief);
    }
    let mut has_living = false;
    let mut tasks: SmallVec<[Task; 2]> = SmallVec::new();
    for wanted in list {
        if let Some(mistake) = wanted.mistake.filter(|_| !is_new) {
            return Err(mistake);
        }
        // Whoever counts contacts looks at each CSeq first (observed on 5.6.3).
        if plan.contacts_max == 0 && wanted.is_too_brief && !(plan.has_one_contact && has_living) {
            return Err(Refusal::TooBrief);
        }
        let mut task = task(registrar, plan, wanted, access)?;
        // The same contact twice counts once: the one that comes last for an instance and for an address-of-record that had
        // no contacts, the first one otherwise (observed on 5.6.3).
        let last_counts = is_new || !wanted.instance.is_empty();
        for (before, other) in tasks.iter_mut().zip(list) {
            if before.takes_out_same(&task) {
                task.come_after(before, !wanted.instance.is_empty());
            }
            if !task.is_of_same(before) || !is_same(registrar, plan, other, wanted) {
                continue;
            }
            match last_counts {
                true => *before = Task::Nothing,
                false => task = Task::Nothing,
            }
        }
        // COMPAT: of several contacts the first that is carried out is the one that stays, unless all are new (observed
        // on 5.6.3).
        if plan.has_one_contact && !is_new {
            // With the first of them all others have gone.
            if has_living {
                task = Task::Nothing;
            }
            has_living |= wanted.life > 0;
        }
        tasks.push(task);
    }
    refuse_together(plan, list, &tasks, access)?;
    Ok(tasks)
}

/// Refuses what is wrong with the contacts together, and what matters only of those that come to something.
#[inline]
fn refuse_together(
    plan: &Plan,
    list: &[Wanted],
    tasks: &[Task],
    access: &Access<'_>,
) -> Result<(), Refusal> {
    let is_new = access.bindings().is_empty();
    let mut living = list.iter().filter(|wanted| wanted.life > 0);
    let total = match plan.has_one_contact {
        true if is_new => living.count(),
        true => usize::from(living.next().is_some()),
        false => living_after(plan, tasks, access),
    };
    let most = usize::try_from(plan.contacts_max).unwrap_or(0);
    if most > 0 && total > most && adds(plan, tasks, access) {
        return Err(Refusal::TooMany);
    }
    // Of one that does not come to anything nobody asks (observed on 5.6.3).
    let counted = match plan.has_one_contact && !is_new {
        true => 1,
        false => list.len(),
    };
    let living = list.iter().filter(|wanted| wanted.life > 0);
    for wanted in living.take(counted) {
        let brief = wanted.is_too_brief.then_some(Refusal::TooBrief);
        if let Some(refusal) = wanted.mistake.or(brief) {
            return Err(refusal);
        }
    }
    if plan.lacks_path_support {
        return Err(Refusal::PathUnsupported);
    }
    Ok(())
}

fn is_valid(plan: &Plan, access: &Access<'_>, ruid: &[u8]) -> bool {
    let at = access.find_ruid(ruid);
    let binding = at.and_then(|at| access.bindings().get(at));
    binding.is_some_and(|binding| binding.facts.is_valid(plan.now))
}

/// Whether there are bindings after the tasks that were not there, or had ended.
fn adds(plan: &Plan, tasks: &[Task], access: &Access<'_>) -> bool {
    tasks.iter().any(|task| match task {
        Task::Insert => true,
        Task::Update(ruid) => !is_valid(plan, access, ruid),
        Task::Remove(_) | Task::Nothing => false,
    })
}

/// How many bindings will not have ended after the tasks.
fn living_after(plan: &Plan, tasks: &[Task], access: &Access<'_>) -> usize {
    let bindings = access.bindings().iter();
    let mut living = bindings
        .filter(|binding| binding.facts.is_valid(plan.now))
        .count();
    for task in tasks {
        match task {
            Task::Insert => living += 1,
            Task::Update(ruid) if !is_valid(plan, access, ruid) => living += 1,
            Task::Remove(ruid) if is_valid(plan, access, ruid) => {
                living = living.saturating_sub(1);
            }
            Task::Update(_) | Task::Remove(_) | Task::Nothing => {}
        }
    }
    living
}

/// Whether two contacts of the registration are about the same binding.
fn is_same(registrar: &Registrar, plan: &Plan, one: &Wanted, other: &Wanted) -> bool {
    registrar.usrloc.matching().is_same(
        &plan.texts(one, b""),
        one.reg_id,
        &plan.texts(other, b""),
        other.reg_id,
    )
}

fn task(
    registrar: &Registrar,
    plan: &Plan,
    wanted: &Wanted,
    access: &Access<'_>,
) -> Result<Task, Refusal> {
    let usrloc = &registrar.usrloc;
    let texts = plan.texts(wanted, b"");
    let found = access.find(usrloc.matching(), &texts, wanted.reg_id);
    let Some(binding) = found.and_then(|at| access.bindings().get(at)) else {
        return Ok(match wanted.life {
            0 => Task::Nothing,
            _ => Task::Insert,
        });
    };
    let task = match wanted.life {
        0 => Task::Remove(binding.ruid().into()),
        _ => Task::Update(binding.ruid().into()),
    };
    let facts = &binding.facts;
    let is_other_call = binding.texts().call_id != texts.call_id;
    // COMPAT: what an instance says counts whatever its CSeq (observed on 5.6.3).
    let counts_anyway = !texts.instance.is_empty();
    if is_other_call || counts_anyway || facts.cseq < plan.facts.cseq {
        return Ok(task);
    }
    let delay = u32::try_from(usrloc.params.cseq_delay).unwrap_or(u32::MAX);
    let is_soon = facts.modified.saturating_add(delay) > plan.now;
    if facts.cseq == plan.facts.cseq && is_soon {
        Ok(Task::Nothing)
    } else {
        Err(Refusal::BadCSeq)
    }
}

fn perform(
    registrar: &Registrar,
    call: &Call,
    (plan, wanted): (&Plan, &Wanted),
    task: Task,
    access: &mut Access<'_>,
    applied: &mut Applied,
) {
    let facts = Facts {
        expires: plan.now.saturating_add(wanted.life),
        q: wanted.q,
        methods: wanted.methods,
        reg_id: wanted.reg_id,
        ..plan.facts
    };
    match task {
        Task::Insert => {
            let place = insert(registrar, call, (plan, wanted), facts, access);
            applied.places.extend(place);
            applied.code = INSERTED;
        }
        Task::Update(ruid) => {
            let place = update(registrar, (plan, wanted), &ruid, facts, access);
            applied.places.extend(place);
            applied.code = UPDATED;
        }
        Task::Remove(ruid) => {
            if let Some(at) = access.find_ruid(&ruid) {
                remove(plan, access, at);
            }
            applied.code = REMOVED;
        }
        Task::Nothing => {}
    }
}

/// Takes a binding out; where contacts are saved in memory only, without its row.
fn remove(plan: &Plan, access: &mut Access<'_>, at: usize) {
    if plan.facts.flags & MEMORY_ONLY == 0 {
        access.remove(at);
    } else {
        access.forget(at);
    }
}

fn insert(
    registrar: &Registrar,
    call: &Call,
    (plan, wanted): (&Plan, &Wanted),
    facts: Facts,
    access: &mut Access<'_>,
) -> Option<Place> {
    let follows = registrar.usrloc.notes_connections();
    let mut ruid = Vec::new();
    registrar.usrloc.push_ruid(&call.runtime, &mut ruid);
    let mut texts = plan.texts(wanted, &ruid);
    if registrar.usrloc.matching() == Matching::CallId && texts.instance.is_empty() {
        texts.contact = plan.message.text(plan.first_uri(wanted));
    }
    access.insert(&texts, facts, plan.attributes.as_deref());
    let has_gruu = registrar.params.gruu_enabled && !wanted.instance.is_empty();
    let connection = facts.connection().filter(|_| follows);
    (has_gruu || connection.is_some()).then(|| Place {
        connection,
        ruid: has_gruu.then(|| ruid.into_boxed_slice()),
    })
}

fn update(
    registrar: &Registrar,
    (plan, wanted): (&Plan, &Wanted),
    ruid: &[u8],
    facts: Facts,
    access: &mut Access<'_>,
) -> Option<Place> {
    let at = access.find_ruid(ruid)?;
    let binding = access.bindings().get(at)?;
    let old = binding.facts;
    let facts = Facts {
        roundtrip_us: old.roundtrip_us,
        ..facts
    };
    let mut texts = plan.texts(wanted, b"");
    // The Call-ID alone says which contact is meant, so that stays the one it is.
    let keeps_contact =
        registrar.usrloc.matching() == Matching::CallId && texts.instance.is_empty();
    let kept = keeps_contact.then(|| Box::<[u8]>::from(binding.contact()));
    if let Some(kept) = &kept {
        texts.contact = kept;
    }
    access.update(at, &texts, facts, plan.attributes.as_deref());
    let follows = registrar.usrloc.notes_connections();
    let is_moved = follows && facts.connection != 0 && facts.connection != old.connection;
    is_moved.then(|| Place {
        connection: facts.connection(),
        ruid: None,
    })
}

/// How long a User-Agent may be that is kept (observed on 5.6.3).
const LONGEST_USER_AGENT: usize = 254;

fn user_agent(message: &Message) -> &[u8] {
    match message.value_of(HeaderId::UserAgent) {
        Some(name) if (1..=LONGEST_USER_AGENT).contains(&name.len()) => name,
        _ => b"n/a",
    }
}

impl Plan {
    /// Whether it takes out what is not there, so that neither its Path nor anything else matters (observed on 5.6.3).
    fn does_nothing(list: &[Wanted], access: &Access<'_>) -> bool {
        access.bindings().is_empty() && list.iter().all(|wanted| wanted.life == 0)
    }

    /// The URI of the contact that is one with others of the registration, because the Call-ID alone says which is meant: that of the
    /// first (observed on 5.6.3).
    fn first_uri(&self, wanted: &Wanted) -> Span {
        let Contacts::List(list) = &self.contacts else {
            return wanted.uri;
        };
        let mut living = list.iter().filter(|other| other.life > 0);
        let first = living.find(|other| other.instance.is_empty());
        first.map_or(wanted.uri, |first| first.uri)
    }

    fn texts<'a>(&'a self, wanted: &Wanted, ruid: &'a [u8]) -> Texts<'a> {
        let message = &self.message;
        Texts {
            contact: message.text(wanted.uri),
            call_id: message.call_id().unwrap_or_default(),
            user_agent: user_agent(message),
            ruid,
            // COMPAT: what the contact says of itself counts before what the script says (observed on 5.6.3).
            received: match (&self.received_of_path, message.text(wanted.received)) {
                (Some(received), _) => received,
                (None, b"") => &self.received,
                (None, received) => received,
            },
            path: &self.path,
            instance: message.text(wanted.instance),
        }
    }
}
