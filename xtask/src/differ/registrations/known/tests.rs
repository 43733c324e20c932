use super::*;
use crate::differ::known::tests::reason_of;
use crate::differ::registrations::Registrations;

#[test]
fn a_message_is_told_without_its_contacts() {
    let told = "3: 503 Service Unavailable (2 REGISTER, tagged)";
    let contact = " Contact: <sip:a@b>;expires=60, <sip:c@d>";
    let rest = " P-Registrar-Error: Too many";
    let whole = format!("{told}{contact}{rest}");
    assert_eq!(without(&whole, CONTACT), format!("{told}{rest}"));
    assert_eq!(without(&format!("{told}{contact}"), CONTACT), told);
    assert_eq!(
        cut("a expires=60;b expires=7", EXPIRES),
        "a expires=;b expires="
    );
}

const ROWS_OF_TIMER: [(&str, &str); 2] = [("usrloc.db_mode", "2"), ("usrloc.db_ops_ruid", "0")];
const ROWS_ALONE: [(&str, &str); 2] = [("usrloc.db_mode", "3"), ("usrloc.desc_time_order", "1")];

/// The beginning of the reason of a difference at one place.
fn begins(reason: Option<&'static str>) -> &'static str {
    let words = reason.unwrap_or("unknown");
    words.split([',', ';']).next().unwrap_or_default()
}

fn at(
    place: &str,
    parameters: &[(&str, &str)],
    scenario: &str,
    [theirs, ours]: [&str; 2],
) -> &'static str {
    let lines = [(place, theirs)];
    begins(reason_of::<Registrations>(
        parameters,
        scenario,
        &lines,
        &[(place, ours)],
    ))
}

#[test]
fn a_row_is_left_only_of_who_was_taken_out() {
    let row = |contact| format!("4 location a-0@- {contact} received=- q=1");
    let seen = |ended| {
        let theirs = [("expired", ended), ("rows", &*row("sip:x@h"))];
        reason_of::<Registrations>(&ROWS_OF_TIMER, "", &theirs, &[("expired", ended)])
    };
    assert_eq!(
        begins(seen("a-0 sip:x@h")),
        "who is taken out has no row any more"
    );
    assert_eq!(begins(seen("a-0 sip:y@h")), "unknown");
}

#[test]
fn what_follows_from_a_registration_that_both_refused_is_meant_for_its_contacts_alone() {
    let scenario = "# phone1: REGISTER a-%n@one.test 1 2 | Contact: <sip:x@h;p=1> | X-Do: 0\n";
    let refused = ("log", "0 save -1 <null>");
    let seen = |line| {
        let told = reason_of::<Registrations>(&[], scenario, &[refused, ("log", line)], &[refused]);
        begins(told)
    };
    let all = "a REGISTER that is refused changes nothing (RFC 3261 §10.3)";
    assert_eq!(seen("1 found 1 ru=sip:x@h"), all);
    assert_eq!(seen("1 found 1 ru=sip:z@h"), "unknown");
    let details = at(
        "log",
        &[],
        scenario,
        ["0 save -1 sip:a@h", "0 save -1 sip:b@h"],
    );
    assert_eq!(details, all);
}

#[test]
fn the_call_id_of_a_refused_registration_tells_which_contact_it_changed() {
    let scenario = "# phone1: REGISTER a-%n@one.test 2 2 | Contact: <sip:x@h> | X-Do: 0\n";
    let refused = ("log", "0 save -1 <null>");
    let seen = |mode, line| {
        let parameters = [("usrloc.matching_mode", mode)];
        let theirs = [refused, ("rows", line)];
        begins(reason_of::<Registrations>(
            &parameters,
            scenario,
            &theirs,
            &[refused],
        ))
    };
    let row = "1 location a-0@- sip:y@h q=0.5 2.0@differ.invalid 9";
    let all = "a REGISTER that is refused changes no other contact of its Call-ID";
    assert_eq!(seen("3", row), all);
    assert_eq!(seen("0", row), "unknown");
    assert_eq!(
        seen("3", "1 location a-0@- sip:y@h q=0.5 1.0@differ.invalid 9"),
        "unknown"
    );
}

#[test]
fn a_row_is_left_of_an_instance_that_is_elsewhere() {
    let row = |contact, instance| {
        format!("4 location a-0@- {contact} received=- instance=<{instance}> reg_id=2 server_id=0")
    };
    let seen = |instance| {
        let (old, new) = (row("sip:x@h", "urn:1"), row("sip:y@h", instance));
        let theirs = [("rows", &*new), ("rows", &*old)];
        begins(reason_of::<Registrations>(
            &ROWS_OF_TIMER,
            "",
            &theirs,
            &[("rows", &new)],
        ))
    };
    assert_eq!(seen("urn:1"), "who is taken out has no row any more");
    assert_eq!(seen("urn:2"), "unknown");
}

#[test]
fn what_a_line_accounts_for_tells_of_a_refusal_all_the_same() {
    let refusal = "0: 420 Bad Extension (2 REGISTER, tagged)";
    let theirs = format!("{refusal} Contact: <sip:x@h>");
    let told = reason_of::<Registrations>(
        &[],
        "",
        &[("phone1", &theirs), ("log", "1 found 1")],
        &[("phone1", refusal), ("log", "1 found -1")],
    );
    assert_eq!(
        begins(told),
        "a REGISTER that is refused changes nothing (RFC 3261 §10.3)"
    );
}

#[test]
fn a_path_that_cannot_be_read_is_refused_before_anything_else() {
    let scenario = "# phone1: REGISTER a-%n@one.test 1 2 | Path: sip:p@h | X-Do: 0\n";
    let refused = "0: 400 Bad Request (2 REGISTER, tagged) P-Registrar-Error: Path parse error";
    let seen = |theirs| at("phone1", &[], scenario, [theirs, refused]);
    let brief = "0: 423 Interval Too Brief (2 REGISTER, tagged)";
    assert_eq!(seen(brief), "a Path that cannot be read is told of first");
    let done = "0: 200 OK (2 REGISTER, tagged) Supported: outbound";
    let flow = "whoever asks for a flow with a Path that cannot be read is refused";
    assert_eq!(seen(done), flow);
    assert_eq!(
        seen("0: 200 OK (2 REGISTER, tagged) Contact: <sip:x@h>"),
        "unknown"
    );
}

#[test]
fn the_order_of_an_answer_is_meant_and_another_contact_is_not() {
    let seen = |ours| {
        let theirs = "1: 200 OK Contact: <sip:a@h>, <sip:b@h>";
        at("phone1", &ROWS_ALONE, "", [theirs, ours])
    };
    let turned = "1: 200 OK Contact: <sip:b@h>, <sip:a@h>";
    assert_eq!(seen(turned), "what is registered last comes first at once");
    assert_eq!(seen("1: 200 OK Contact: <sip:b@h>, <sip:c@h>"), "unknown");
}

#[test]
fn a_connection_may_be_gone_here_and_not_there() {
    let [there, gone] = CONNECTIONS;
    let lost = at("log", &ROWS_ALONE, "", [there, gone]);
    assert_eq!(lost, "a connection that is gone has no number");
    assert_eq!(at("log", &ROWS_ALONE, "", [gone, there]), "unknown");
}

#[test]
fn what_goes_with_another_request_is_answered_in_any_order() {
    let request = ": OPTIONS a-%n@one.test 1 2 | X-Do: 1\n";
    let scenario = format!("# conn1+{request}# conn1{request}# conn1{request}");
    let seen = |ours: [&str; 3]| {
        let lines = |lines: [&'static str; 3]| lines.map(|line| ("conn1", line));
        let ours = ours.map(|line| ("conn1", line));
        let theirs = lines(["0: 200", "1: 200", "2: 200"]);
        begins(reason_of::<Registrations>(
            &ROWS_ALONE,
            &scenario,
            &theirs,
            &ours,
        ))
    };
    let all = "requests of several calls that come together are each answered when the database has been asked";
    assert_eq!(seen(["1: 200", "0: 200", "2: 200"]), all);
    assert_eq!(seen(["0: 200", "2: 200", "1: 200"]), "unknown");
    assert_eq!(seen(["1: 200", "0: 500", "2: 200"]), "unknown");
}

#[test]
fn a_second_field_without_sense_is_seen_where_one_contact_is_kept() {
    let saved = ["0 save 1 sip:a@h", "0 save -1 <null>"];
    let seen = |fields: &str| {
        let scenario = format!(
            "# phone1: REGISTER a-%n@one.test 1 2 | {fields} | X-Do: 0\nsave(\"location\", \"0x06\");\n"
        );
        at("log", &[], &scenario, saved)
    };
    let all = "a REGISTER with a contact that makes no sense is refused";
    assert_eq!(seen("Contact: <sip:a@h> | Contact: <sip:b@h>;q=2"), all);
    assert_eq!(seen("Contact: <sip:a@h>;q=2"), "unknown");
}

#[test]
fn a_connection_is_closed_with_a_contact_that_5_6_3_has_end() {
    let closing = [("usrloc.db_mode", "2"), ("usrloc.close_expired_tcp", "1")];
    let (ended, closed) = (("expired", "a-0 sip:x@conn1"), ("conn1", CLOSED));
    let told =
        |theirs: &[(&str, &str)]| begins(reason_of::<Registrations>(&closing, "", theirs, &[]));
    assert_eq!(
        told(&[ended, closed]),
        "who takes itself out has not expired"
    );
    assert_eq!(told(&[closed]), "unknown");
}
