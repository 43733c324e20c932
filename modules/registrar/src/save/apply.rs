//! Doing to an address-of-record what a registration asks for: all of it or nothing (RFC 3261 §10.3).

use super::Plan;
use crate::Registrar;
use crate::refusal::Refusal;
use crate::request::{Contacts, Wanted};
use mod_usrloc::{Access, Binding, Facts, Matching, Texts};
use module_api::{Call, ConnectionId};
use sip::HeaderId;
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
    /// Where its new bindings are to be found.
    pub places: SmallVec<[Place; 1]>,
}

/// Return codes of `save`.
const INSERTED: i64 = 1;
const UPDATED: i64 = 2;
const REMOVED: i64 = 3;
const QUERIED: i64 = 4;

/// How a contact of a registration relates to the binding that it is about.
enum Standing {
    /// There is none yet.
    New,
    /// It is to be changed or taken out.
    Older(usize),
    /// It is the same registration again.
    Retransmitted,
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
        places: SmallVec::new(),
    };
    match &plan.contacts {
        Contacts::Query => applied.code = QUERIED,
        Contacts::Star => {
            access.take(|_| true);
            applied.code = REMOVED;
        }
        Contacts::List(list) => {
            if let Err(refusal) = check(registrar, plan, list, access) {
                applied.refusal = Some(refusal);
                applied.code = refusal.code();
                return applied;
            }
            let mut ruid = Vec::new();
            for wanted in list {
                ruid.clear();
                put(
                    registrar,
                    call,
                    plan,
                    wanted,
                    access,
                    &mut ruid,
                    &mut applied,
                );
            }
            let living = list.iter().any(|wanted| wanted.life > 0);
            if plan.has_one_contact && living {
                let call_id = plan.message.call_id().unwrap_or_default();
                access.take(|binding| {
                    binding.texts().call_id != call_id || binding.facts.cseq != plan.facts.cseq
                });
            }
        }
    }
    applied
}

fn check(
    registrar: &Registrar,
    plan: &Plan,
    list: &[Wanted],
    access: &Access<'_>,
) -> Result<(), Refusal> {
    let valid = |binding: &&Binding| binding.facts.is_valid(plan.now);
    let mut count = access.bindings().iter().filter(valid).count();
    let mut more = 0usize;
    for wanted in list {
        if let Some(mistake) = wanted.mistake {
            return Err(mistake);
        }
        match standing(registrar, plan, wanted, access)? {
            Standing::New if wanted.life > 0 => more += 1,
            Standing::Older(at) => {
                let was_valid = access.bindings().get(at).is_some_and(|b| valid(&b));
                match (was_valid, wanted.life > 0) {
                    (true, false) => count = count.saturating_sub(1),
                    (false, true) => more += 1,
                    _ => {}
                }
            }
            _ => {}
        }
    }
    let total = if plan.has_one_contact {
        list.iter().filter(|wanted| wanted.life > 0).count()
    } else {
        count + more
    };
    let most = usize::try_from(plan.contacts_max).unwrap_or(0);
    if most > 0 && more > 0 && total > most {
        return Err(Refusal::TooMany);
    }
    Ok(())
}

fn standing(
    registrar: &Registrar,
    plan: &Plan,
    wanted: &Wanted,
    access: &Access<'_>,
) -> Result<Standing, Refusal> {
    let usrloc = &registrar.usrloc;
    let counts = plan.supports.outbound || registrar.params.regid_mode;
    let reg_id = if counts { wanted.reg_id } else { 0 };
    let texts = plan.texts(wanted, b"");
    let Some(at) = access.find(usrloc.matching(), &texts, reg_id) else {
        return Ok(Standing::New);
    };
    let Some(binding) = access.bindings().get(at) else {
        return Ok(Standing::New);
    };
    let facts = &binding.facts;
    if binding.texts().call_id != texts.call_id || facts.cseq < plan.facts.cseq {
        return Ok(Standing::Older(at));
    }
    let delay = u32::try_from(usrloc.params.cseq_delay).unwrap_or(u32::MAX);
    let is_soon = facts.modified.saturating_add(delay) > plan.now;
    if facts.cseq == plan.facts.cseq && is_soon {
        Ok(Standing::Retransmitted)
    } else {
        Err(Refusal::BadCSeq)
    }
}

fn put(
    registrar: &Registrar,
    call: &mut Call,
    plan: &Plan,
    wanted: &Wanted,
    access: &mut Access<'_>,
    ruid: &mut Vec<u8>,
    applied: &mut Applied,
) {
    let facts = Facts {
        expires: plan.now.saturating_add(wanted.life),
        q: wanted.q,
        methods: wanted.methods,
        reg_id: wanted.reg_id,
        ..plan.facts
    };
    let follows = registrar.usrloc.loses_connections();
    match standing(registrar, plan, wanted, access) {
        Ok(Standing::New) if wanted.life > 0 => {
            registrar.usrloc.push_ruid(&call.runtime, ruid);
            access.insert(&plan.texts(wanted, ruid), facts, plan.attributes.as_deref());
            applied.code = INSERTED;
            if !wanted.instance.is_empty() || follows && facts.connection != 0 {
                applied.places.push(Place {
                    connection: facts.connection().filter(|_| follows),
                    ruid: (!wanted.instance.is_empty()).then(|| ruid.as_slice().into()),
                });
            }
        }
        Ok(Standing::Older(at)) if wanted.life == 0 => {
            access.remove(at);
            applied.code = REMOVED;
        }
        Ok(Standing::Older(at)) => {
            applied.code = UPDATED;
            let Some(binding) = access.bindings().get(at) else {
                return;
            };
            let old = binding.facts;
            let facts = Facts {
                roundtrip_us: old.roundtrip_us,
                ..facts
            };
            // The Call-ID alone says which contact is meant, so that stays the one it is.
            let kept = (registrar.usrloc.matching() == Matching::CallId)
                .then(|| Box::<[u8]>::from(binding.contact()));
            let mut texts = plan.texts(wanted, b"");
            if let Some(kept) = &kept {
                texts.contact = kept;
            }
            access.update(at, &texts, facts, plan.attributes.as_deref());
            if follows && facts.connection != 0 && facts.connection != old.connection {
                applied.places.push(Place {
                    connection: facts.connection(),
                    ruid: None,
                });
            }
        }
        _ => {}
    }
}

impl Plan {
    fn texts<'a>(&'a self, wanted: &Wanted, ruid: &'a [u8]) -> Texts<'a> {
        let message = &self.message;
        Texts {
            contact: message.text(wanted.uri),
            call_id: message.call_id().unwrap_or_default(),
            user_agent: message.value_of(HeaderId::UserAgent).unwrap_or(b"n/a"),
            ruid,
            received: &self.received,
            path: &self.path,
            instance: message.text(wanted.instance),
        }
    }
}
