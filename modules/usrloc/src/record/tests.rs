use super::*;

fn binding(contact: &'static str, call_id: &'static str, q: i16) -> Binding {
    let texts = Texts {
        contact: contact.as_bytes(),
        call_id: call_id.as_bytes(),
        ruid: contact.as_bytes(),
        path: call_id.as_bytes(),
        ..Texts::default()
    };
    let facts = Facts {
        q,
        ..Facts::default()
    };
    Binding::new(&texts, facts).unwrap()
}

fn order(record: &Record) -> Vec<&str> {
    let contacts = record.bindings.iter().map(Binding::contact);
    contacts
        .map(|contact| std::str::from_utf8(contact).unwrap())
        .collect()
}

#[test]
fn the_highest_priority_comes_first_and_none_at_all_last() {
    let mut record = Record::nameless();
    for (contact, q) in [("a", 500), ("b", -1), ("c", 500), ("d", 700), ("e", 0)] {
        record.put(Order::ByPriority, binding(contact, "1", q));
    }
    assert_eq!(order(&record), ["d", "a", "c", "e", "b"]);
}

#[test]
fn another_priority_moves_a_binding_and_the_same_one_does_not() {
    let mut record = Record::nameless();
    for (contact, q) in [("a", 500), ("b", 500), ("c", 300)] {
        record.put(Order::ByPriority, binding(contact, "1", q));
    }
    let texts = |contact: &'static str| Texts {
        contact: contact.as_bytes(),
        ..Texts::default()
    };
    let facts = |q| Facts {
        q,
        ..Facts::default()
    };
    record.change(Order::ByPriority, 0, &texts("a"), facts(500));
    assert_eq!(order(&record), ["a", "b", "c"]);
    record.change(Order::ByPriority, 2, &texts("c"), facts(900));
    assert_eq!(order(&record), ["c", "a", "b"]);
}

#[test]
fn the_last_registered_comes_first_when_time_decides() {
    let mut record = Record::nameless();
    for (contact, q) in [("a", 500), ("b", 900), ("c", -1)] {
        record.put(Order::ByTime, binding(contact, "1", q));
    }
    assert_eq!(order(&record), ["c", "b", "a"]);
    let texts = record.bindings[2].clone();
    record.change(Order::ByTime, 2, &texts.texts(), Facts::default());
    assert_eq!(order(&record), ["a", "c", "b"]);
}

#[test]
fn each_matching_mode_looks_at_its_own_texts() {
    let mut record = Record::nameless();
    record.put(Order::ByPriority, binding("a", "1", -1));
    record.put(Order::ByPriority, binding("b", "2", -1));
    let wanted = |contact: &'static str, call_id: &'static str, path: &'static str| Texts {
        contact: contact.as_bytes(),
        call_id: call_id.as_bytes(),
        path: path.as_bytes(),
        ..Texts::default()
    };
    for (matching, texts, found) in [
        (Matching::Contact, wanted("b", "9", "9"), Some(1)),
        (Matching::ContactAndCallId, wanted("b", "9", "2"), None),
        (Matching::ContactAndCallId, wanted("b", "2", "9"), Some(1)),
        (Matching::ContactAndPath, wanted("b", "2", "9"), None),
        (Matching::ContactAndPath, wanted("b", "9", "2"), Some(1)),
        (Matching::ContactAndPath, wanted("b", "9", ""), Some(1)),
        (Matching::CallId, wanted("x", "1", ""), Some(0)),
    ] {
        assert_eq!(record.find(matching, &texts, 0), found, "{matching:?}");
    }
}

#[test]
fn an_instance_decides_alone_and_has_a_binding_for_each_flow() {
    let mut record = Record::nameless();
    let texts = Texts {
        contact: b"a",
        instance: b"<urn:uuid:1>",
        ..Texts::default()
    };
    let facts = Facts {
        reg_id: 2,
        ..Facts::default()
    };
    record.put(Order::ByPriority, Binding::new(&texts, facts).unwrap());
    let other = Texts {
        contact: b"elsewhere",
        ..texts
    };
    assert_eq!(record.find(Matching::Contact, &other, 2), Some(0));
    assert_eq!(record.find(Matching::Contact, &texts, 1), None);
    assert_eq!(record.find(Matching::Contact, &texts, 0), None);
    assert_eq!(record.find(Matching::CallId, &other, 2), Some(0));
    let stranger = Texts {
        instance: b"<urn:uuid:2>",
        ..texts
    };
    assert_eq!(record.find(Matching::Contact, &stranger, 0), None);
    let silent = Texts {
        instance: b"",
        ..texts
    };
    assert_eq!(record.find(Matching::Contact, &silent, 0), Some(0));
    record.change(Order::ByPriority, 0, &silent, Facts::default());
    let kept = &record.bindings[0];
    assert_eq!(
        (kept.instance(), kept.facts.reg_id),
        (&b"<urn:uuid:1>"[..], 2)
    );
}
