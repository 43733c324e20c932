use super::*;

const FACTS: RequestFacts<'_> = RequestFacts {
    call_id: b"a84b4c76e66710@pc33.atlanta.com",
    from_tag: b"1928301774",
    to_tag: b"",
    cseq_number: 314_159,
    via_branch: b"z9hG4bK776asdhds",
    top_via: b"SIP/2.0/UDP pc33.atlanta.com;branch=z9hG4bK776asdhds",
    request_uri: b"sip:bob@biloxi.com",
};

fn identifiers() -> Identifiers {
    Identifiers::new([1; 16])
}

fn has_tag_form(tag: &[u8], separator: u8) -> bool {
    let is_hex = |text: &[u8]| {
        text.iter()
            .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    };
    tag.len() == 41 && is_hex(&tag[..32]) && tag[32] == separator && is_hex(&tag[33..])
}

#[test]
fn tags_have_the_forms_seen_on_the_wire() {
    assert!(has_tag_form(
        identifiers().stateless_tag(&FACTS).as_bytes(),
        b'.'
    ));
    assert!(has_tag_form(
        identifiers().stateful_tag(&FACTS).as_bytes(),
        b'-'
    ));
}

#[test]
fn ack_for_a_stateless_response_is_recognised() {
    let tag = identifiers().stateless_tag(&FACTS);
    let ack = RequestFacts {
        to_tag: tag.as_bytes(),
        ..FACTS
    };
    assert!(identifiers().is_stateless_tag(tag.as_bytes(), &ack));
}

#[test]
fn tag_of_another_request_or_server_is_not_recognised() {
    let tag = identifiers().stateless_tag(&FACTS);
    for other in [
        RequestFacts {
            call_id: b"x",
            ..FACTS
        },
        RequestFacts {
            from_tag: b"x",
            ..FACTS
        },
        RequestFacts {
            cseq_number: 2,
            ..FACTS
        },
        RequestFacts {
            via_branch: b"z9hG4bKx",
            ..FACTS
        },
    ] {
        assert!(
            !identifiers().is_stateless_tag(tag.as_bytes(), &other),
            "{other:?}"
        );
        assert_ne!(identifiers().stateless_tag(&other), tag);
    }
    assert!(!Identifiers::new([2; 16]).is_stateless_tag(tag.as_bytes(), &FACTS));
    assert!(!identifiers().is_stateless_tag(identifiers().stateful_tag(&FACTS).as_bytes(), &FACTS));
    assert!(!identifiers().is_stateless_tag(b"", &FACTS));
    assert!(!identifiers().is_stateless_tag(&tag.as_bytes()[1..], &FACTS));
}

#[test]
fn stateless_branch_follows_the_received_branch_alone_when_it_has_the_cookie() {
    let branch = identifiers().stateless_branch(&FACTS, 0);
    let ack = RequestFacts {
        to_tag: b"t",
        request_uri: b"sip:other",
        top_via: b"",
        ..FACTS
    };
    assert_eq!(identifiers().stateless_branch(&ack, 0), branch);
    let other = RequestFacts {
        via_branch: b"z9hG4bK776asdhdt",
        ..FACTS
    };
    assert_ne!(identifiers().stateless_branch(&other, 0).key, branch.key);
    assert_eq!(
        identifiers().stateless_branch(&FACTS, 1),
        BranchId { index: 1, ..branch }
    );
}

#[test]
fn stateless_branch_of_an_old_client_follows_all_that_tells_transactions_apart() {
    let old = RequestFacts {
        via_branch: b"1",
        ..FACTS
    };
    let branch = identifiers().stateless_branch(&old, 0);
    for no_transaction in [&b"2"[..], b"z9hG4bK", b""] {
        let facts = RequestFacts {
            via_branch: no_transaction,
            ..old
        };
        assert_eq!(identifiers().stateless_branch(&facts, 0), branch);
    }
    for other in [
        RequestFacts {
            call_id: b"x",
            ..old
        },
        RequestFacts {
            from_tag: b"x",
            ..old
        },
        RequestFacts {
            to_tag: b"x",
            ..old
        },
        RequestFacts {
            cseq_number: 1,
            ..old
        },
        RequestFacts {
            top_via: b"x",
            ..old
        },
        RequestFacts {
            request_uri: b"x",
            ..old
        },
    ] {
        assert_ne!(
            identifiers().stateless_branch(&other, 0).key,
            branch.key,
            "{other:?}"
        );
    }
}

#[test]
fn branches_read_back() {
    for hash in [0, 1, 0x6b, 0xff2a, u16::MAX] {
        for index in [0, 9, 11, u16::MAX] {
            let branch = BranchId {
                hash,
                key: 0x9e37_79b9_7f4a_7c15_0000_0000_0000_0001,
                index,
            };
            let mut text = Vec::new();
            branch.write(&mut text);
            assert!(text.len() <= BranchId::LENGTH_MAX);
            assert_eq!(BranchId::parse(&text), Some(branch));
        }
    }
    // As 5.6.3 writes them.
    let observed = b"z9hG4bKff2a.ea3abd4cef269cfd225e37ba3050363a.0";
    let expected = BranchId {
        hash: 0xff2a,
        key: 0xea3a_bd4c_ef26_9cfd_225e_37ba_3050_363a,
        index: 0,
    };
    assert_eq!(BranchId::parse(observed), Some(expected));
}

#[test]
fn foreign_branches_do_not_parse() {
    for text in [
        "",
        "z9hG4bK",
        "z9hG4bK776asdhds",
        "z9hG4bK..",
        "z9hG4bKff2a.ea3abd4cef269cfd225e37ba3050363a",
        "z9hG4bKff2a.ea3abd4cef269cfd225e37ba3050363a.",
        "z9hG4bKff2a.ea3abd4cef269cfd225e37ba3050363.0",
        "z9hG4bKff2a.ea3abd4cef269cfd225e37ba3050363ab.0",
        "z9hG4bKff2a.EA3abd4cef269cfd225e37ba3050363a.0",
        "z9hG4bK0f2a.ea3abd4cef269cfd225e37ba3050363a.0",
        "z9hG4bKff2a.ea3abd4cef269cfd225e37ba3050363a.00",
        "z9hG4bKff2a.ea3abd4cef269cfd225e37ba3050363a.0.0",
        "z9hG4bKff2a.ea3abd4cef269cfd225e37ba3050363a.65536",
        "z9hG4bK1ff2a.ea3abd4cef269cfd225e37ba3050363a.0",
        "z9hG4bKff2a.ea3abd4cef269cfd225e37ba3050363a.x",
        "Z9HG4BKff2a.ea3abd4cef269cfd225e37ba3050363a.0",
    ] {
        assert_eq!(BranchId::parse(text.as_bytes()), None, "{text}");
    }
}
