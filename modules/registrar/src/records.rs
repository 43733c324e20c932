//! Reaching address-of-records, wherever their table is kept.

use crate::Registrar;
use crate::aor::AorName;
use db::Pending;
use mod_usrloc::{Access, Change, Domain, Keeping, Record};
use module_api::{Call, Step, Verdict};
use std::sync::Arc;

/// The database did not do what it was asked to; the reason has been logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unkept;

/// Lets `work` change an address-of-record, then `then` go on with what it made of it once that is kept.
pub fn change<R: Send + 'static>(
    registrar: &Registrar,
    call: &mut Call,
    domain: Arc<Domain>,
    aor: AorName,
    work: impl FnOnce(&Registrar, &mut Call, &mut Access<'_>) -> R + Send + 'static,
    then: impl FnOnce(&Registrar, &mut Call, R, Result<(), Unkept>) -> Step + Send + 'static,
) -> Step {
    if domain.spec.keeping == Keeping::Database {
        return change_fetched(registrar, call, domain, aor, work, then);
    }
    let Some(storage) = registrar.usrloc.storage() else {
        let (result, _) = domain.access(&aor, |access| work(registrar, call, access));
        return then(registrar, call, result, Ok(()));
    };
    let runtime = call.runtime.clone();
    let (result, kept, undo) = domain.access_undoable(
        &aor,
        |access| work(registrar, call, access),
        |changes| {
            if changes.is_empty() {
                Pending::Ready(Ok(()))
            } else {
                storage.write(&runtime, &domain, &changes)
            }
        },
    );
    await_kept(
        registrar,
        call,
        kept,
        result,
        move |registrar, call, result, kept| {
            if kept.is_err()
                && let Some(undo) = undo
            {
                domain.undo(&aor, *undo);
            }
            then(registrar, call, result, kept)
        },
    )
}

fn await_kept<R: Send + 'static>(
    registrar: &Registrar,
    call: &mut Call,
    kept: Pending<()>,
    result: R,
    then: impl FnOnce(&Registrar, &mut Call, R, Result<(), Unkept>) -> Step + Send + 'static,
) -> Step {
    match kept {
        Pending::Ready(kept) => {
            let kept = logged(call, kept);
            then(registrar, call, result, kept)
        }
        Pending::Later(answer) => Step::wait("usrloc write", answer, move |call, kept| {
            let kept = logged(call, kept);
            resume(call, |registrar, call| then(registrar, call, result, kept))
        }),
    }
}

fn logged<T>(call: &mut Call, result: Result<T, db::Error>) -> Result<T, Unkept> {
    result.map_err(|error| {
        call.error(format_args!("location table: {error}"));
        Unkept
    })
}

/// Goes on with the instance that the run started with.
fn resume(call: &mut Call, work: impl FnOnce(&Registrar, &mut Call) -> Step) -> Step {
    match call.runtime.module::<Registrar>() {
        Some(registrar) => work(&registrar, call),
        None => Verdict::FALSE.into(),
    }
}

/// The same for a table that is in the database only.
fn change_fetched<R: Send + 'static>(
    registrar: &Registrar,
    call: &mut Call,
    domain: Arc<Domain>,
    aor: AorName,
    work: impl FnOnce(&Registrar, &mut Call, &mut Access<'_>) -> R + Send + 'static,
    then: impl FnOnce(&Registrar, &mut Call, R, Result<(), Unkept>) -> Step + Send + 'static,
) -> Step {
    let table = domain.clone();
    let name = aor.clone();
    fetch(
        registrar,
        call,
        &domain,
        &aor,
        move |registrar, call, fetched| {
            let (mut record, fetched) = match fetched {
                Ok(record) => (record, Ok(())),
                Err(error) => (Record::default(), Err(error)),
            };
            let mut changes: Vec<Change> = Vec::new();
            let order = table.spec.order;
            let mut access = Access::fetched(&name, &mut record, order, &mut changes);
            let result = work(registrar, call, &mut access);
            let written = match (registrar.usrloc.storage(), fetched) {
                (_, Err(error)) => Pending::Ready(Err(error)),
                (Some(storage), _) if !changes.is_empty() => {
                    storage.write(&call.runtime, &table, &changes)
                }
                _ => Pending::Ready(Ok(())),
            };
            await_kept(registrar, call, written, result, then)
        },
    )
}

fn fetch(
    registrar: &Registrar,
    call: &mut Call,
    domain: &Domain,
    aor: &[u8],
    then: impl FnOnce(&Registrar, &mut Call, Result<Record, db::Error>) -> Step + Send + 'static,
) -> Step {
    let Some(storage) = registrar.usrloc.storage() else {
        return Verdict::FALSE.into();
    };
    match storage.fetch(&call.runtime, domain, aor) {
        Pending::Ready(record) => then(registrar, call, record),
        Pending::Later(answer) => Step::wait("usrloc read", answer, move |call, record| {
            resume(call, |registrar, call| then(registrar, call, record))
        }),
    }
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
    if domain.spec.keeping == Keeping::Database {
        return fetch(registrar, call, &domain, &aor, |registrar, call, record| {
            let record = logged(call, record).unwrap_or_default();
            let known = (!record.bindings().is_empty()).then_some(&record);
            let result = work(registrar, call, known);
            then(registrar, call, result)
        });
    }
    let mut work = Some(work);
    let found = domain.read(&aor, |record| {
        work.take().map(|work| work(registrar, call, Some(record)))
    });
    let result = match (found.flatten(), work) {
        (Some(result), _) => result,
        (None, Some(work)) => work(registrar, call, None),
        (None, None) => return Verdict::FALSE.into(),
    };
    then(registrar, call, result)
}

/// Goes on with the address-of-record that has a binding of that unique name.
pub fn named(
    registrar: &Registrar,
    call: &mut Call,
    domain: &Domain,
    ruid: &[u8],
    then: impl FnOnce(&Registrar, &mut Call, Option<AorName>) -> Step + Send + 'static,
) -> Step {
    let storage = registrar.usrloc.storage();
    let asked = match (domain.spec.keeping, storage) {
        (Keeping::Database, Some(storage)) => storage.aor_of(domain, ruid),
        _ => Pending::Ready(Ok(domain.aor_of(ruid))),
    };
    let name = |aor: Option<Box<[u8]>>| aor.map(|aor| AorName::from_slice(&aor));
    match asked {
        Pending::Ready(found) => {
            let found = logged(call, found).ok().flatten();
            then(registrar, call, name(found))
        }
        Pending::Later(answer) => Step::wait("usrloc read", answer, move |call, found| {
            let found = logged(call, found).ok().flatten();
            resume(call, |registrar, call| then(registrar, call, name(found)))
        }),
    }
}
