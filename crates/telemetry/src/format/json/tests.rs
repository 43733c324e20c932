use super::*;
use crate::{LogLevel, LogPlace};
use std::fmt;
use std::time::Duration;

fn check(letters: &str, prefix: &str, message: fmt::Arguments<'_>, expected: &str) {
    let place = LogPlace {
        file: "xlog.c",
        line: 282,
        function: "",
    };
    let origin = LogOrigin {
        prefix,
        module: "xlog",
        place: Some(place),
        label: Some("PFX "),
        call_id: Some("cid@1"),
        level_name: None,
    };
    let record = LogRecord {
        level: LogLevel::Error,
        time: Duration::ZERO,
        facility: None,
        message,
    };
    let mut out = Vec::new();
    let process = Some(Process { index: 1, pid: 7 });
    json_line(
        &mut out,
        JsonFlags::from_letters(letters),
        process,
        &origin,
        &record,
    );
    assert_eq!(String::from_utf8_lossy(&out), expected, "{letters}");
}

const HEAD: &str = "{ \"idx\": 1, \"pid\": 7, \"level\": \"ERROR\", \"module\": \"xlog\", \"file\": \"xlog.c\", \"line\": 282, \"function\": \"\"";

#[test]
fn objects_are_those_observed() {
    let tail = |rest: &str| format!("{HEAD}, {rest} }}\n");
    let text = format_args!("T\t\"a\\ \x01\n");
    check(
        "",
        "{1} ",
        text,
        &tail(r#""logprefix": "{1} ", "message": "T\t\"a\\ \u0001\n""#),
    );
    check(
        "M",
        "",
        text,
        &tail(r#""logprefix": "", "message": "T\t\"a\\ \u0001""#),
    );
    check(
        "c",
        "",
        format_args!("x"),
        &tail(r#""callid": "cid@1", "logprefix": "", "message": "x""#),
    );
    check(
        "j",
        "p",
        format_args!("x\n"),
        &tail(r#""logprefix": { "text": "p" }, "message": { "text": "x\n" }"#),
    );
    check(
        "jM",
        "p",
        format_args!("{{ \"k\": 1 }}\n"),
        &tail(r#""logprefix": { "text": "p" }, "message": { "k": 1 }"#),
    );
    check(
        "p",
        ", \"a\": 1",
        format_args!("x"),
        &tail(r#""a": 1, "message": "x""#),
    );
    check("p", "", format_args!("x"), &tail(r#""message": "x""#));
    check(
        "p",
        "p",
        format_args!("x"),
        &tail(r#""logprefix": "p", "message": "x""#),
    );
}

#[test]
fn names_may_carry_a_prefix_and_lines_may_lack_their_end() {
    let record = LogRecord {
        level: LogLevel::Info,
        time: Duration::ZERO,
        facility: None,
        message: format_args!("x"),
    };
    let mut out = Vec::new();
    let flags = JsonFlags::from_letters("aN");
    json_line(&mut out, flags, None, &LogOrigin::default(), &record);
    assert_eq!(
        String::from_utf8_lossy(&out),
        "{ \"kamailio.level\": \"INFO\", \"kamailio.module\": \"\", \"kamailio.file\": \"\", \
             \"kamailio.line\": 0, \"kamailio.function\": \"\", \"kamailio.logprefix\": \"\", \
             \"kamailio.message\": \"x\" }"
    );
}
