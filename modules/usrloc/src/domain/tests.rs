use super::*;
use crate::binding::{Binding, Facts, State, Texts};

fn domain(keeping: Keeping) -> Domain {
    Domain::new(DomainSpec {
        name: Text::from_static("location"),
        slots: 16,
        order: Order::ByPriority,
        keeping,
        seed: Seed::new(7),
    })
}

fn register(domain: &Domain, aor: &str, expires: u32, connection: u32) -> Vec<Change> {
    let texts = Texts {
        contact: aor.as_bytes(),
        ruid: aor.as_bytes(),
        ..Texts::default()
    };
    let facts = Facts {
        expires,
        connection,
        ..Facts::default()
    };
    let (_, changes) = domain.access(aor.as_bytes(), |access| access.insert(&texts, facts, None));
    domain.note_places(aor.as_bytes(), facts.connection(), Some(aor.as_bytes()));
    changes
}

fn taken(domain: &Domain) -> Vec<Change> {
    let mut all = Vec::new();
    domain.take_changes(1, &mut |changes| all.extend(changes));
    all
}

fn names(gone: &[AorBinding]) -> Vec<&str> {
    let mut names: Vec<&str> = gone
        .iter()
        .map(|one| std::str::from_utf8(&one.aor).unwrap())
        .collect();
    names.sort_unstable();
    names
}

#[test]
fn a_binding_of_another_process_is_no_part_of_a_connection_of_the_same_number() {
    let domain = domain(Keeping::WriteThrough);
    register(&domain, "alice", 0, 5);
    let taken = |record: &Record| record.bindings().to_vec();
    let mut binding = domain.read(b"alice", taken).unwrap().remove(0);
    binding.facts.lose_connection();
    assert_eq!(binding.facts.connection_number(), Some(-1));
    domain.restore(b"bob", binding);
    let mut gone = Vec::new();
    domain.drop_connection(ConnectionId(5), &mut |one| gone.push(one));
    assert_eq!(names(&gone), ["alice"]);
    assert_eq!(domain.contacts(), 1);
}

#[test]
fn what_was_registered_is_found_until_it_ends() {
    let domain = domain(Keeping::Memory);
    for (aor, expires) in [("alice", 100), ("bob", 200), ("carol", 0)] {
        register(&domain, aor, expires, 0);
    }
    assert_eq!((domain.users(), domain.contacts()), (3, 3));
    let mut gone = Vec::new();
    domain.sweep(99, &mut |one| gone.push(one));
    assert!(gone.is_empty());
    domain.sweep(100, &mut |one| gone.push(one));
    assert_eq!(names(&gone), ["alice"]);
    domain.sweep(1_000_000, &mut |one| gone.push(one));
    assert_eq!(names(&gone), ["alice", "bob"]);
    assert!(domain.read(b"bob", |_| ()).is_none());
    assert!(domain.read(b"carol", |_| ()).is_some());
    assert_eq!((domain.users(), domain.contacts()), (1, 1));
    assert_eq!(domain.expired.value(), 2);
}

#[test]
fn a_refreshed_binding_outlives_the_end_it_had() {
    let domain = domain(Keeping::Memory);
    register(&domain, "alice", 100, 0);
    domain.access(b"alice", |access| {
        let binding = access.bindings()[0].clone();
        let facts = Facts {
            expires: 500,
            ..binding.facts
        };
        access.update(0, &binding.texts(), facts, None)
    });
    let mut gone = Vec::new();
    domain.sweep(100, &mut |one| gone.push(one));
    domain.sweep(499, &mut |one| gone.push(one));
    assert!(gone.is_empty());
    domain.sweep(500, &mut |one| gone.push(one));
    assert_eq!(names(&gone), ["alice"]);
}

#[test]
fn nobody_stays_without_bindings() {
    let domain = domain(Keeping::Memory);
    register(&domain, "alice", 100, 0);
    domain.access(b"alice", |access| access.remove(0));
    domain.access(b"nobody", |access| access.remove(0));
    assert_eq!((domain.users(), domain.contacts()), (0, 0));
}

#[test]
fn a_lost_connection_takes_all_its_bindings_along() {
    let domain = domain(Keeping::Memory);
    for (aor, connection) in [("alice", 5), ("bob", 5), ("carol", 6), ("dave", 0)] {
        register(&domain, aor, 100, connection);
    }
    let mut gone = Vec::new();
    domain.drop_connection(ConnectionId(5), &mut |one| gone.push(one));
    assert_eq!(names(&gone), ["alice", "bob"]);
    domain.drop_connection(ConnectionId(5), &mut |one| gone.push(one));
    assert_eq!(names(&gone), ["alice", "bob"]);
    assert_eq!(domain.contacts(), 2);
}

#[test]
fn a_binding_is_found_by_its_unique_name_while_it_lives() {
    let domain = domain(Keeping::Memory);
    register(&domain, "alice", 100, 0);
    assert_eq!(domain.aor_of(b"alice").as_deref(), Some(&b"alice"[..]));
    domain.access(b"alice", |access| access.remove(0));
    assert_eq!(domain.aor_of(b"alice"), None);
}

#[test]
fn write_through_tells_each_change_at_once() {
    let domain = domain(Keeping::WriteThrough);
    assert!(matches!(
        register(&domain, "alice", 100, 0)[..],
        [Change::Insert(_)]
    ));
    let (_, changes) = domain.access(b"alice", |access| {
        let binding = access.bindings()[0].clone();
        access.update(0, &binding.texts(), binding.facts, None)
    });
    assert!(matches!(changes[..], [Change::Update(_)]));
    let changes = domain.sweep(100, &mut |_| ());
    assert!(matches!(changes[..], [Change::Delete(_)]));
    assert!(taken(&domain).is_empty());
}

#[test]
fn write_back_tells_what_is_left_of_many_changes() {
    let domain = domain(Keeping::WriteBack);
    assert!(register(&domain, "alice", 100, 0).is_empty());
    register(&domain, "bob", 100, 0);
    domain.access(b"bob", |access| access.remove(0));
    assert!(matches!(taken(&domain)[..], [Change::Insert(_)]));
    assert!(taken(&domain).is_empty());
    domain.access(b"alice", |access| {
        let binding = access.bindings()[0].clone();
        access.update(0, &binding.texts(), binding.facts, None)
    });
    assert!(matches!(taken(&domain)[..], [Change::Update(_)]));
    domain.access(b"alice", |access| access.remove(0));
    assert!(matches!(taken(&domain)[..], [Change::Delete(_)]));
}

#[test]
fn of_what_is_to_be_deleted_what_has_ended_can_stay() {
    let domain = domain(Keeping::WriteBack);
    for (aor, expires) in [("alice", 100), ("bob", 100), ("carol", 300)] {
        register(&domain, aor, expires, 0);
    }
    taken(&domain);
    domain.sweep(200, &mut |_| ());
    domain.access(b"carol", |access| access.remove(0));
    register(&domain, "dave", 300, 0);
    domain.leave_ended(200);
    let left = taken(&domain);
    assert!(matches!(&left[..], [_, _]));
    let is_carol = |change: &Change| matches!(change, Change::Delete(row) if *row.aor == *b"carol");
    assert!(left.iter().any(is_carol));
    assert_eq!(domain.contacts(), 1);
}

#[test]
fn changes_that_could_not_be_written_come_again() {
    let domain = domain(Keeping::WriteBack);
    register(&domain, "alice", 100, 0);
    register(&domain, "bob", 100, 0);
    taken(&domain);
    domain.access(b"bob", |access| access.remove(0));
    register(&domain, "carol", 100, 0);
    let changes = taken(&domain);
    assert_eq!(changes.len(), 2);
    domain.requeue(changes);
    let again = taken(&domain);
    let deleted = |change: &Change| matches!(change, Change::Delete(_));
    let inserted = |change: &Change| matches!(change, Change::Insert(_));
    assert_eq!(again.iter().filter(|change| deleted(change)).count(), 1);
    assert_eq!(again.iter().filter(|change| inserted(change)).count(), 1);
}

#[test]
fn what_was_read_from_a_table_that_is_never_written_is_not_called_older() {
    let domain = domain(Keeping::Memory);
    let texts = Texts {
        contact: b"sip:alice",
        ruid: b"alice",
        ..Texts::default()
    };
    for (aor, state) in [("read", State::Sync), ("new", State::New)] {
        let facts = Facts {
            state,
            ..Facts::default()
        };
        domain.restore(aor.as_bytes(), Binding::new(&texts, facts).unwrap());
        domain.access(aor.as_bytes(), |access| {
            access.update(0, &texts, Facts::default(), None)
        });
        let left = domain.read(aor.as_bytes(), |record| record.bindings()[0].facts.state);
        assert_eq!(left, Some(state), "{aor}");
    }
}

#[test]
fn the_parts_of_a_table_are_all_of_it() {
    let domain = domain(Keeping::Memory);
    for number in 0..100 {
        register(&domain, &format!("user{number}"), 100, number % 2);
    }
    let copies: Vec<AorBinding> = (0..7)
        .flat_map(|part| domain.copies_in_part(part, 7, |b| b.facts.connection == 1))
        .collect();
    assert_eq!(copies.len(), 50);
}

#[test]
fn a_change_that_was_not_written_leaves_no_trace() {
    let domain = domain(Keeping::WriteThrough);
    register(&domain, "alice", 100, 0);
    let (_, changes, undo) =
        domain.access_undoable(b"alice", |access| access.take(|_| true), |changes| changes);
    assert!(matches!(changes[..], [Change::Delete(_)]));
    assert!(domain.read(b"alice", |_| ()).is_none());
    domain.undo(b"alice", *undo.unwrap());
    let left = domain.read(b"alice", |record| record.bindings().len());
    assert_eq!((left, domain.users(), domain.contacts()), (Some(1), 1, 1));
    let texts = Texts {
        contact: b"sip:bob",
        ruid: b"bob",
        ..Texts::default()
    };
    let (_, _, undo) = domain.access_undoable(
        b"bob",
        |access| access.insert(&texts, Facts::default(), None),
        |_| (),
    );
    domain.undo(b"bob", *undo.unwrap());
    assert!(domain.read(b"bob", |_| ()).is_none());
    assert_eq!((domain.users(), domain.contacts()), (1, 1));
}
