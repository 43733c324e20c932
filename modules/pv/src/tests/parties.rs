//! From and To: what is read, and what changes make of the message that leaves.

use super::bench::Bench;
use super::{BARE, RESPONSE, RICH};
use sip::serialize::{nothing_deferred, write_edited};

#[test]
fn addresses_are_read_in_parts() {
    Bench::default().check(RICH, &[
        ("", "$fu|$fU|$fd|$fn|$ft|$fUl|$ful|$from", "sip:alice;p=1@example.org:5070;user=phone|alice|example.org|\"Alice Display\"|ft-1|5|41|sip:alice;p=1@example.org:5070;user=phone"),
        ("", "$tu|$tU|$td|$tn|$tt|$tUl|$tts|$to", "sip:bob@example.net|bob|example.net|<null>|<null>|3|0|sip:bob@example.net"),
    ]);
    Bench::default().check(
        BARE,
        &[
            (
                "",
                "$fu|$fU|$fd|$fn|$ft",
                "sip:alice@example.org|alice|example.org|<null>|x",
            ),
            (
                "",
                "$tu|$tn|$tt|$tts",
                "sip:bob@example.net:5061;transport=tcp|bob|tt|1",
            ),
        ],
    );
    let odd = "OPTIONS foo SIP/2.0\nVia: SIP/2.0/UDP h;branch=z9hG4bKx\nFrom: <sip:ex.org>\nTo: \"q\\\"x\" <xx>\nCall-ID: x y\nCSeq: 7 OPTIONS\n\nbody";
    Bench::default().check(
        odd,
        &[
            ("", "$fu|$fU|$fUl|$ft", "sip:ex.org|<null>|0|<null>"),
            ("", "$tu|$tU|$tn|$td", "xx|<null>|\"q\\\"x\"|<null>"),
            (
                "",
                "$ru|$rU|$rp|$rz|$ou|$nh(u)|$nh(d)",
                "<null>|<null>|<null>|<null>|<null>|foo|<null>",
            ),
        ],
    );
}

/// The From and To that leave after `code`.
fn sent(from: &str, to: &str, code: &'static str) -> (String, String) {
    let message = format!(
        "INVITE sip:x@y SIP/2.0\nVia: SIP/2.0/UDP h;branch=z9hG4bKx\nFrom: {from}\nTo: {to}\nCall-ID: x\nCSeq: 1 INVITE\n\n"
    );
    // What is read does not change.
    let call = Bench::default().check(&message, &[(code, "", "")]).call;
    let mut out = Vec::new();
    write_edited(
        &call.message,
        &call.edits,
        None,
        &mut out,
        &mut nothing_deferred,
    );
    let text = String::from_utf8(out).unwrap();
    let line = |name: &str| {
        text.lines()
            .find_map(|line| line.strip_prefix(name))
            .unwrap()
            .to_owned()
    };
    (line("From: "), line("To: "))
}

#[test]
fn changes_of_from_leave_with_the_message() {
    const ALICE: &str = "\"Alice D\" <sip:alice@ex.org;user=phone>;tag=x";
    for (from, code, expected) in [
        (ALICE, "$fu=\"sip:new@d\"", "\"Alice D\" <sip:new@d>;tag=x"),
        (
            ALICE,
            "$fU=\"nu\"",
            "\"Alice D\" <sip:nu@ex.org;user=phone>;tag=x",
        ),
        (
            ALICE,
            "$fd=\"nd.org\"",
            "\"Alice D\" <sip:alice@nd.org;user=phone>;tag=x",
        ),
        (
            ALICE,
            "$fn=\"New Name\"",
            "New Name <sip:alice@ex.org;user=phone>;tag=x",
        ),
        (
            ALICE,
            "$fn=\"\\\"Quoted N\\\"\"",
            "\"Quoted N\" <sip:alice@ex.org;user=phone>;tag=x",
        ),
        (
            ALICE,
            "$fu=\"sip:new@d\"; $fn=\"nn\"",
            "nn <sip:new@d>;tag=x",
        ),
        (
            ALICE,
            "$fn=\"nn\"; $fu=\"sip:new@d\"",
            "nn <sip:new@d>;tag=x",
        ),
        (
            ALICE,
            "$fU=\"nu\"; $fd=\"nd.org\"",
            "\"Alice D\" <sip:nu@nd.org;user=phone>;tag=x",
        ),
        (ALICE, "$fn=$null", "<sip:alice@ex.org;user=phone>;tag=x"),
        (ALICE, "$fu=$null; $fd=$null; $fu=5; $fn=5", ALICE),
        (
            ALICE,
            "$fU=$null",
            "\"Alice D\" <sip:ex.org;user=phone>;tag=x",
        ),
        (
            "sip:alice@ex.org;tag=x",
            "$fu=\"sip:new@d\"",
            "sip:new@d;tag=x",
        ),
        (
            "sip:alice@ex.org;tag=x",
            "$fU=\"nu\"; $fd=\"nd.org\"",
            "sip:nu@nd.org;tag=x",
        ),
        (
            "<sip:ex.org:7>;tag=x",
            "$fU=\"nu\"",
            "<sip:nu@ex.org:7>;tag=x",
        ),
        // 5.6.3 joins the values of two assignments, and writes addresses nobody can read.
        (
            ALICE,
            "$fu=\"sip:a@b\"; $fu=\"sip:c@d\"",
            "\"Alice D\" <sip:c@d>;tag=x",
        ),
        (
            ALICE,
            "$fn=\"n1\"; $fn=\"n2\"",
            "n2 <sip:alice@ex.org;user=phone>;tag=x",
        ),
        (
            "sip:alice@ex.org;tag=x",
            "$fn=\"nn\"",
            "nn <sip:alice@ex.org>;tag=x",
        ),
        (
            "sip:alice@ex.org;tag=x",
            "$fu=\"sip:new@d;x=y\"",
            "<sip:new@d;x=y>;tag=x",
        ),
        (ALICE, "$fu=\"\"; $fu=\"a b\"; $fn=\"a\\r\\nX: y\"", ALICE),
    ] {
        assert_eq!(sent(from, "<sip:bob@ex.net>", code).0, expected, "{code}");
    }
}

#[test]
fn changes_of_to_leave_with_the_message() {
    const BOB: &str = "bob t <sip:bob:pw@ex.net:5061;transport=tcp>;tag=tt";
    for (to, code, expected) in [
        ("<sip:bob@ex.net>", "$tu=\"sip:new@d\"", "<sip:new@d>"),
        ("<sip:bob@ex.net>", "$tn=\"tn\"", "tn <sip:bob@ex.net>"),
        (
            BOB,
            "$tU=\"nu\"; $td=\"nd\"",
            "bob t <sip:nu:pw@nd:5061;transport=tcp>;tag=tt",
        ),
        (
            BOB,
            "$tn=$null",
            "<sip:bob:pw@ex.net:5061;transport=tcp>;tag=tt",
        ),
        ("tel:+1;tag=tt", "$tU=\"nu\"; $td=\"nd\"", "tel:nu;tag=tt"),
    ] {
        let (from, found) = sent("<sip:a@b>;tag=x", to, code);
        assert_eq!((&*from, &*found), ("<sip:a@b>;tag=x", expected), "{code}");
    }
}

#[test]
fn what_is_read_stays_as_it_was_received() {
    Bench::default().check(
        RESPONSE,
        &[(
            "$fn = \"New Name\"; $fu = \"sip:x@y\"; $tU = \"z\"",
            "$fn|$fu|$tU",
            "<null>|sip:alice@example.org|bob",
        )],
    );
}
