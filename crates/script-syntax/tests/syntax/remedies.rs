//! Mistakes that operators make often: one thing is said of each, and the remedy is what was meant.

use script_syntax::{MemoryLoader, Options, parse};

/// What is said of a script: each code with the first remedy, as `replaced text -> replacement` or as its words.
fn told(text: &str) -> Vec<String> {
    let parsed = parse("t.cfg", text, &MemoryLoader::new(), &Options::default());
    let tell = |diagnostic: &diagnostics::Diagnostic| {
        let remedy = diagnostic
            .help
            .first()
            .map(|help| match help.edits.first() {
                Some(edit) => {
                    let replaced = parsed.sources.text(edit.span);
                    format!("{replaced} -> {}", edit.replacement)
                }
                None => help.text.clone(),
            });
        let severity = diagnostic.severity.word();
        let code = diagnostic.code.id();
        format!("{severity} {code}: {}", remedy.unwrap_or_default())
    };
    parsed.diagnostics.iter().map(tell).collect()
}

fn check(text: &str, expected: &[&str]) {
    assert_eq!(told(text), expected, "{text}");
}

/// The same for the body of a route.
fn body(text: &str, expected: &[&str]) {
    check(
        &format!("request_route {{\n    {text}\n    exit;\n}}\n"),
        expected,
    );
}

#[test]
fn transformations_get_the_parentheses_they_need() {
    body(
        "$var(x) = $rU{s.len};",
        &["error S0059: $rU{s.len} -> $(rU{s.len})"],
    );
    body(
        "if ($var(a){s.select,1,:}{s.int} > 3 && $x) exit;",
        &["error S0059: $var(a){s.select,1,:}{s.int} -> $(var(a){s.select,1,:}{s.int})"],
    );
    body(
        "xlog($(ru){uri.host});",
        &["error S0059: $(ru){uri.host} -> $(ru{uri.host})"],
    );
    body("if $rU { exit; }", &[]);
}

#[test]
fn typographic_quotes_become_plain_ones() {
    body(
        "xlog(“hello world\\n”);",
        &["error S0005: “hello world\\n” -> \"hello world\\n\""],
    );
    body(
        "xlog(‘a’, “b”);\n    xlog(“c d”);",
        &[
            "error S0005: ‘a’, “b” -> 'a', \"b\"",
            "error S0005: “c d” -> \"c d\"",
        ],
    );
    body(
        "route(“A”);\n    setflag(“1”);",
        &["warning S0005: “A” -> \"A\""],
    );
    body("xlog(\"“quoted”\"); # “said”", &[]);
}

#[test]
fn else_if_is_two_words() {
    for word in ["elseif", "elsif", "elif"] {
        body(
            &format!("if ($a) {{ exit; }} {word} (f(\"x\")) {{ exit; }} else {{ exit; }}"),
            &[&format!("error S0053: {word} -> else if")],
        );
    }
}

#[test]
fn what_joins_values_or_divides_actions_is_told() {
    body("if (rU == \"bob\") exit;", &["error S0040:  -> $"]);
    body("if ($rU == bob) exit;", &["error S0040: bob -> \"bob\""]);
    body("$var(a) = \"a\" $rU;", &["error S0032:  ->  +"]);
    body("$var(a) = $rU \"a\";", &["error S0032:  ->  +"]);
    body("setflag(1), setflag(2);", &["error S0032: , -> ;"]);
    body("$var(a)++;", &["error S0051: ++ ->  = $var(a) + 1"]);
    body("$var(a) -= 2;", &["error S0051: -= -> = $var(a) -"]);
    body("$var(a) .= \"x\";", &["error S0051: .= -> = $var(a) +"]);
}

#[test]
fn a_word_that_resembles_a_define_is_one() {
    check(
        "#!define DBURL \"x\"\nmodparam(\"m\", \"db_url\", DBURLL)\n",
        &["error S0034: DBURLL -> DBURL"],
    );
    check(
        "modparam(\"m\", \"db_url\", OTHER)\n",
        &["error S0034: OTHER -> \"OTHER\""],
    );
}

#[test]
fn misspelt_directives_are_told_of_wherever_they_stand() {
    check("#!defin A 1\n", &["warning S0063: #!defin -> #!define"]);
    check(
        "#!ifdef A\n#!esle\nchildren=4\n#!endif\n",
        &["warning S0063: #!esle -> #!else"],
    );
    check("#!KAMAILIO\n#!kamailio\n## !define\n#!/bin/x\n", &[]);
}

#[test]
fn a_parameter_has_an_equals_sign() {
    check("fork yes\nchildren=4\n", &["error S0033:  ->  ="]);
    check(
        "loadmodul \"tm.so\"\n",
        &["error S0033: loadmodul -> loadmodule"],
    );
    check("this is text\n", &["error S0033: "]);
}

#[test]
fn protocols_are_spelt_right() {
    check("listen=upd:127.0.0.1:5060\n", &["error S0044: upd -> udp"]);
    check(
        "listen=tpc:example.org:5060\n",
        &["error S0044: tpc -> tcp"],
    );
    check("listen=localhost:5060\n", &[]);
}

#[test]
fn one_mistake_is_told_once() {
    body("xlog(\"hello\\n);", &["error S0001: "]);
    body("if ($rU == \"a) {\n    exit;\n    }", &["error S0001: "]);
    body("$var(x = 1;", &["error S0003: "]);
    body("/* never closed", &["warning S0002: ", "error S0031: "]);
    body(
        "#!ifdef A",
        &["error S0022: `#!endif` and `#!else` count only when nothing follows them in their line"],
    );
}
