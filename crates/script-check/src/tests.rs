//! Tables of scripts and what is said about them: the code, and the text that is blamed.

use crate::{Names, check};
use catalog::{
    ArgKind, Catalog, Compat, Effect, EventRouteEntry, FunctionEntry, ModuleEntry, ParamEntry,
    PvarEntry, Routes, SettingEntry, SettingKind,
};
use diagnostics::Diagnostic;
use script_syntax::{MemoryLoader, Options};
use std::collections::BTreeSet;

const fn function(
    name: &'static str,
    params: &'static [ParamEntry],
    routes: Routes,
    effect: Effect,
) -> FunctionEntry {
    FunctionEntry {
        name,
        aliases: &[],
        doc: "",
        params,
        routes,
        waits: false,
        effect,
        compat: Compat::Full,
    }
}

const fn param(name: &'static str, kind: ArgKind) -> ParamEntry {
    ParamEntry {
        name,
        kind,
        optional: false,
    }
}

const fn variable(name: &'static str) -> PvarEntry {
    PvarEntry {
        name,
        aliases: &[],
        doc: "",
        writable: true,
        waits: false,
        compat: Compat::Full,
    }
}

static ANSWER: FunctionEntry = function(
    "answer",
    &[param("code", ArgKind::Int), param("reason", ArgKind::Text)],
    Routes::REQUEST,
    Effect::Answers,
);
static RELAY: FunctionEntry = function("relay", &[], Routes::REQUEST, Effect::SendsOn);
static SAY: FunctionEntry = function(
    "say",
    &[param("text", ArgKind::Text)],
    Routes::ANY,
    Effect::None,
);
static FILL: FunctionEntry = function(
    "fill",
    &[param("target", ArgKind::Variable)],
    Routes::ANY,
    Effect::None,
);
static LATER: FunctionEntry = function(
    "later",
    &[param("block", ArgKind::Route)],
    Routes::ANY,
    Effect::None,
);
static VAR: PvarEntry = variable("var");
static RU: PvarEntry = variable("ru");
static MODULE: ModuleEntry = ModuleEntry {
    name: "m",
    doc: "",
    functions: &[&ANSWER, &RELAY, &SAY, &FILL, &LATER],
    pvars: &[&VAR, &RU],
    transformations: &[],
    settings: &[
        SettingEntry {
            name: "one",
            kind: SettingKind::Int,
            default: "0",
            doc: "",
            compat: Compat::Full,
        },
        SettingEntry {
            name: "many",
            kind: SettingKind::TextList,
            default: "",
            doc: "",
            compat: Compat::Full,
        },
    ],
    rpcs: &[],
    event_routes: &[
        EventRouteEntry {
            name: "m:e",
            doc: "",
        },
        EventRouteEntry {
            name: "m:gone:<table>",
            doc: "",
        },
    ],
    statistics: &[],
};

/// What is said about a script, in the order of the checks: the code, and the text that is blamed.
fn said(script: &str) -> Vec<(String, String)> {
    found(script, |diagnostic, place| {
        (diagnostic.code.id().to_owned(), place.to_owned())
    })
}

/// What `told` makes of each diagnostic and of the text that it blames.
fn found<T>(script: &str, told: impl Fn(&Diagnostic, &str) -> T) -> Vec<T> {
    let parsed = script_syntax::parse("t.cfg", script, &MemoryLoader::new(), &Options::default());
    assert!(parsed.is_sound(), "{script}: {:?}", parsed.diagnostics);
    found_in(&parsed, told)
}

/// The same of what was parsed, in part at least.
fn found_in<T>(parsed: &script_syntax::Parsed, told: impl Fn(&Diagnostic, &str) -> T) -> Vec<T> {
    let catalog = Catalog::new([&MODULE]);
    let names = Names {
        loaded: vec![&MODULE],
        missing: &[],
        catalog: &catalog,
        preset_variables: BTreeSet::from(["preset".to_owned()]),
        sources: &parsed.sources,
        has_gaps: !parsed.is_sound(),
        misses_files: false,
        has_other_routes: false,
    };
    check(&parsed.tree, &names)
        .iter()
        .map(|diagnostic| told(diagnostic, parsed.sources.text(diagnostic.primary.span)))
        .collect()
}

/// Each row: a script, and what is said about it as `CODE text` lines.
fn table(rows: &[(&str, &[&str])]) {
    for (script, expected) in rows {
        let found: Vec<String> = said(script)
            .into_iter()
            .map(|(code, text)| format!("{code} {text}"))
            .collect();
        assert_eq!(found, *expected, "\n{script}");
    }
}

/// The same for the body of the request route.
fn bodies(rows: &[(&str, &[&str])]) {
    for (body, expected) in rows {
        let script = format!("request_route {{ {body} }}");
        table(&[(script.as_str(), expected)]);
    }
}

#[test]
fn calls_fit_the_catalog() {
    bodies(&[
        ("say(\"a\");", &[]),
        ("sya(\"a\");", &["N0002 sya"]),
        (
            "if (!sya(\"a\") && nosuch()) exit;",
            &["N0002 sya", "N0002 nosuch"],
        ),
        ("say();", &["P0002 say()"]),
        ("say(\"a\", 1);", &["P0002 say(\"a\", 1)"]),
        ("route();", &["P0002 route()"]),
    ]);
    table(&[("reply_route { relay(); }", &["R0002 relay"])]);
}

#[test]
fn modules_are_loaded_once_and_above_what_uses_them() {
    table(&[
        ("loadmodule \"m.so\"\nrequest_route { say(\"a\"); }", &[]),
        (
            "request_route { say(\"a\"); say(\"b\"); }\nloadmodule \"m.so\"",
            &["N0009 say"],
        ),
        (
            "modparam(\"m\", \"level\", 1)\nloadmodule \"m.so\"\nrequest_route { exit; }",
            &["N0009 \"m\""],
        ),
        (
            "loadmodule \"m.so\"\nloadmodule \"x/m.so\"\nrequest_route { exit; }",
            &["P0008 \"x/m.so\""],
        ),
        (
            "loadmodule \"absent.so\"\nloadmodule \"absent.so\"\nrequest_route { exit; }",
            &[],
        ),
    ]);
}

#[test]
fn an_address_of_what_is_sent_is_known_when_it_is_sent() {
    table(&[(
        "request_route { if (to_ip == 192.0.2.1) exit; }\nonsend_route { if (snd_ip == 192.0.2.1) exit; }",
        &["R0002 to_ip"],
    )]);
}

#[test]
fn route_blocks_exist_once_and_are_used() {
    table(&[
        ("request_route { route(A); } route[A] { exit; }", &[]),
        (
            "request_route { route(A); } route[B] { exit; }",
            &["R0001 A", "R0009 route[B]"],
        ),
        (
            "request_route { route(\"A\" + 1); } route[A1] { exit; }",
            &[],
        ),
        ("request_route { later(\"A\"); } route[A] { exit; }", &[]),
        (
            "request_route { say(\"MANAGE\"); } failure_route[MANAGE] { exit; }",
            &[],
        ),
        (
            "request_route { exit; } failure_route[F] { exit; }",
            &["R0009 failure_route[F]"],
        ),
        (
            "modparam(\"m\", \"many\", \"t=A\") request_route { exit; } route[A] { exit; }",
            &[],
        ),
        ("request_route { exit; } event_route[m:e] { exit; }", &[]),
        (
            "request_route { route(A); } route[A] { exit; } route[A] { exit; }",
            &["R0003 route[A]"],
        ),
    ]);
}

#[test]
fn what_follows_an_end_is_never_reached() {
    bodies(&[
        (
            "if ($ru == \"a\") break; if ($ru == \"b\") break;",
            &["R0004 break"],
        ),
        ("exit; say(\"a\");", &["R0005 say(\"a\")"]),
        ("exit; exit;", &[]),
        (
            "if ($ru == \"a\") { exit; say(\"a\"); } say(\"b\");",
            &["R0005 say(\"a\")"],
        ),
        (
            "if ($ru == \"a\") { exit; } else { drop; } say(\"b\");",
            &["R0005 say(\"b\")"],
        ),
        (
            "if ($ru == \"a\") { exit; } else { say(\"c\"); } say(\"b\");",
            &[],
        ),
        ("while ($ru == \"a\") { exit; } say(\"b\");", &[]),
        (
            "while (1) { break; say(\"a\"); } say(\"b\");",
            &["R0005 say(\"a\")"],
        ),
        (
            "switch ($ru) { case \"a\": exit; break; default: exit; } say(\"b\");",
            &[],
        ),
        (
            "switch ($ru) { case \"a\": exit; default: exit; } say(\"b\");",
            &["R0005 say(\"b\")"],
        ),
        ("switch ($ru) { case \"a\": exit; } say(\"b\");", &[]),
        ("break; say(\"b\");", &["R0005 say(\"b\")", "R0004 break"]),
    ]);
}

#[test]
fn an_answered_request_is_not_sent_on() {
    bodies(&[
        ("answer(404, \"a\"); relay();", &["R0007 relay()"]),
        ("answer(\"404\", \"a\"); relay();", &["R0007 relay()"]),
        ("answer(100, \"a\"); relay();", &[]),
        ("answer($ru, \"a\"); relay();", &[]),
        (
            "if ($ru == \"a\") { answer(404, \"a\"); } relay();",
            &["R0007 relay()"],
        ),
        (
            "if ($ru == \"a\") { answer(404, \"a\"); exit; } relay();",
            &[],
        ),
        ("if ($ru == \"a\") answer(404, \"a\"); else relay();", &[]),
        ("answer(404, \"a\"); if ($ru == \"a\") relay();", &[]),
        (
            "answer(404, \"a\"); if (!relay()) say(\"b\");",
            &["R0007 relay()"],
        ),
        ("answer(404, \"a\"); if ($ru == \"a\") exit; relay();", &[]),
        (
            "if (!answer(404, \"a\")) say(\"b\"); relay();",
            &["R0007 relay()"],
        ),
    ]);
    table(&[
        (
            "request_route { answer(404, \"a\"); route(R); } route[R] { say(\"a\"); if (!relay()) { exit; } }",
            &["R0007 route(R)"],
        ),
        (
            "request_route { answer(404, \"a\"); route(R); } route[R] { if ($ru == \"a\") exit; relay(); }",
            &[],
        ),
        (
            "request_route { answer(404, \"a\"); route(END); relay(); } route[END] { exit; }",
            &[],
        ),
    ]);
}

#[test]
fn conditions_compare_and_depend_on_something() {
    bodies(&[
        ("if ($var(x) = 1) exit;", &["R0006 ($var(x) = 1)"]),
        (
            "if (($var(x) = 1) && $ru == \"a\") exit;",
            &["R0006 ($var(x) = 1)"],
        ),
        ("if (1) exit;", &["R0010 (1)"]),
        ("if (1 == 2) exit;", &["R0010 (1 == 2)"]),
        ("if (\"INVITE\") exit;", &["R0010 (\"INVITE\")"]),
        ("if ($ru == \"a\" && 0) exit;", &["R0010 0"]),
        ("if ($ru == \"a\" || \"b\") exit;", &["P0007 \"b\""]),
        ("while (1) { say(\"a\"); }", &[]),
        ("while (0) { say(\"a\"); }", &["R0010 (0)"]),
    ]);
    table(&[(
        "#!define WITH_IT 1\nrequest_route { if (WITH_IT == 1) exit; if (WITH_IT) exit; }",
        &[],
    )]);
}

#[test]
fn a_text_is_true_when_it_is_a_positive_number() {
    for (text, value) in [
        ("1", true),
        ("0x10", true),
        ("0", false),
        ("-1", false),
        ("0x", false),
        ("INVITE", false),
    ] {
        let script = format!("request_route {{ if (\"{text}\") exit; }}");
        let messages = found(&script, |diagnostic, _| diagnostic.message.clone());
        assert_eq!(messages, [format!("this is always {value}")], "{text}");
    }
}

#[test]
fn labels_of_a_switch_are_constants_of_one_type_and_differ() {
    bodies(&[
        (
            "switch ($ru) { case 1: exit; case -1: exit; case 1+1: exit; default: exit; }",
            &[],
        ),
        (
            "switch ($ru) { case 1: exit; case \"a\": exit; }",
            &["R0011 \"a\""],
        ),
        (
            "switch ($ru) { case 1: exit; case /\"a\": exit; }",
            &["R0011 \"a\""],
        ),
        (
            "switch ($ru) { case $var(preset): exit; }",
            &["R0011 $var(preset)"],
        ),
        ("switch ($ru) { case 1: exit; case 1: drop; }", &["R0012 1"]),
        (
            "switch ($ru) { default: exit; default: drop; }",
            &["R0011 default"],
        ),
    ]);
}

#[test]
fn operators_are_given_constants_of_their_types() {
    let mismatch = |body: &str, blamed: &str| {
        let blamed = format!("P0007 {blamed}");
        let body = format!("$var(x) = {body};");
        bodies(&[(body.as_str(), &[blamed.as_str()])]);
    };
    // Observed on 5.6.3: each of these keeps it from starting.
    for (body, blamed) in [
        ("method == \"A\" || \"B\"", "\"B\""),
        ("!\"a\"", "\"a\""),
        ("1 + \"2\"", "\"2\""),
        ("\"10\" * 2", "\"10\""),
        ("\"2\" < 10", "\"2\""),
        ("$ru * \"3\"", "\"3\""),
        ("12 == \"12\"", "\"12\""),
        ("1 + (str)2", "(str)2"),
        ("1 ieq \"1\"", "\"1\""),
        ("5 eq \"a\"", "\"a\""),
        ("2 + 3 + \"a\"", "\"a\""),
        ("(\"a\" == \"a\") + \"a\"", "\"a\""),
        ("relay() == \"x\"", "\"x\""),
        ("(\"a\" + $ru) * 2", "(\"a\" + $ru)"),
        ("1 == @ruri.user", "@ruri.user"),
        ("strlen(5)", "(5)"),
    ] {
        mismatch(body, blamed);
    }
    // And with each of these it starts.
    for body in [
        "\"1\" + 2",
        "$ru + \"3\"",
        "\"12\" == 12",
        "$ru =~ 12",
        "(int)\"2\" | 10",
        "1 + strlen(\"abc\")",
        "\"a\" eq 1",
        "($ru + \"a\") * 2",
        "-$ru",
        "src_port == \"a\"",
        "defined \"a\"",
    ] {
        let body = format!("$var(x) = {body};");
        bodies(&[(body.as_str(), &[])]);
    }
}

#[test]
fn a_variable_that_is_read_can_have_been_set() {
    bodies(&[
        ("say(\"$var(x)\");", &["N0011 $var(x)"]),
        ("say(\"$var(preset)\");", &[]),
        ("$var(x) = 1; say(\"$var(x)\");", &[]),
        ("fill(\"$var(x)\"); say(\"$var(x)\");", &[]),
        ("while ($var(i) < 3) { $var(i) = $var(i) + 1; }", &[]),
        (
            "if ($(ru{s.substr,$var(n),0}) == \"a\") exit;",
            &["N0011 $var(n)"],
        ),
    ]);
    table(&[
        (
            "modparam(\"other\", \"result\", \"$var(x)\") request_route { say(\"$var(x)\"); }",
            &[],
        ),
        (
            "request_route { route(A); say(\"$var(x)\"); } route[A] { $var(x) = 1; }",
            &[],
        ),
        (
            "request_route { $var(x) = 1; say(\"F\"); } failure_route[F] { say(\"$var(x)\"); }",
            &["N0011 $var(x)"],
        ),
        (
            "request_route { $var(x) = 1; say(\"B\"); } branch_route[B] { say(\"$var(x)\"); }",
            &[],
        ),
        (
            "request_route { $var(x) = 1; route(R); } failure_route[F] { route(R); say(\"F\"); } route[R] { say(\"$var(x)\"); }",
            &[],
        ),
        (
            "request_route { $var(x) = 1; route($ru); } route[R] { say(\"$var(x)\"); }",
            &[],
        ),
    ]);
}

#[test]
fn texts_outside_of_arguments_are_not_expanded() {
    bodies(&[
        ("$var(x) = \"sip:$ru\";", &["N0014 $ru"]),
        (
            "if ($ru == \"$var(preset)\") exit;",
            &["N0014 $var(preset)"],
        ),
        ("$var(x) = \"5$\";", &[]),
        ("$var(x) = \"$price\";", &[]),
        ("if ($ru =~ \"^a$ru\") exit;", &[]),
        ("say(\"$ru\");", &[]),
    ]);
}

#[test]
fn a_parameter_is_given_once() {
    let set = |name: &str, value: &str| format!("modparam(\"m\", \"{name}\", {value})\n");
    let twice = |name, one, two| {
        format!(
            "{}{}request_route {{ exit; }}",
            set(name, one),
            set(name, two)
        )
    };
    table(&[
        (
            &twice("one", "1", "2"),
            &["P0008 modparam(\"m\", \"one\", 2)"],
        ),
        (&twice("one", "1", "1"), &[]),
        (&twice("many", "\"a\"", "\"b\""), &[]),
    ]);
}

#[test]
fn in_a_script_with_gaps_a_route_is_missed_whose_name_is_nowhere_else() {
    let script = "request_route { route(GONE); route(HIDDEN); route(THERE); }\n\
        route[THERE] { exit; }\n\
        route[HIDDEN] { if ( }\n";
    let parsed = script_syntax::parse("t.cfg", script, &MemoryLoader::new(), &Options::default());
    assert!(!parsed.is_sound());
    let found = found_in(&parsed, |diagnostic, place| {
        (diagnostic.code.id().to_owned(), place.to_owned())
    });
    let unknown = diagnostics::codes::routes::UNKNOWN_ROUTE.id().to_owned();
    assert_eq!(found, [(unknown, "GONE".to_owned())]);
}

#[test]
fn event_routes_are_named_after_events() {
    table(&[
        (
            "request_route { exit; } event_route[m:gone:x] { exit; } event_route[m:f] { exit; }",
            &["R0013 event_route[m:f]"],
        ),
        (
            "request_route { say(\"m:own\"); } event_route[m:own] { exit; }",
            &[],
        ),
    ]);
}

#[test]
fn the_result_of_a_route_is_a_number() {
    bodies(&[
        ("return \"x\";", &["P0007 \"x\""]),
        ("exit @method;", &["P0007 @method"]),
        ("drop \"a\" + $ru;", &["P0007 \"a\" + $ru"]),
        ("return $ru + \"a\";", &[]),
        ("return (int)\"1\";", &[]),
    ]);
}
