//! Reaching address-of-records, wherever their table is kept.

use crate::Registrar;
use crate::aor::AorName;
use mod_usrloc::{Access, Domain, Record};
use module_api::{Call, Step};
use std::sync::Arc;

/// Lets `work` change an address-of-record, then `then` go on with what it made of it once that is kept.
pub fn change<R: Send + 'static>(
    registrar: &Registrar,
    call: &mut Call,
    domain: Arc<Domain>,
    aor: AorName,
    work: impl FnOnce(&Registrar, &mut Call, &mut Access<'_>) -> R + Send + 'static,
    then: impl FnOnce(&Registrar, &mut Call, R) -> Step + Send + 'static,
) -> Step {
    let (result, _) = domain.access(&aor, |access| work(registrar, call, access));
    then(registrar, call, result)
}

/// Lets `work` look at an address-of-record; it gets none when there is no binding.
pub fn look<R: Send + 'static>(
    registrar: &Registrar,
    call: &mut Call,
    domain: Arc<Domain>,
    aor: AorName,
    work: impl FnOnce(&Registrar, &mut Call, Option<&Record>) -> R + Send + 'static,
    then: impl FnOnce(&Registrar, &mut Call, R) -> Step + Send + 'static,
) -> Step {
    let mut work = Some(work);
    let found = domain.read(&aor, |record| {
        work.take().map(|work| work(registrar, call, Some(record)))
    });
    let result = match (found.flatten(), work) {
        (Some(result), _) => result,
        (None, Some(work)) => work(registrar, call, None),
        (None, None) => return module_api::Verdict::FALSE.into(),
    };
    then(registrar, call, result)
}
