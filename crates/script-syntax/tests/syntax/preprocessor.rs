//! Directives, defines, includes and substitutions.

use script_syntax::{MemoryLoader, Options, SubstitutionOption, parse};

use crate::shape::{script, script_with};

fn check(text: &str, expected: &str) {
    assert_eq!(script(text), expected, "{text}");
}

fn check_with(text: &str, loader: &MemoryLoader, expected: &str) {
    assert_eq!(
        script_with(text, loader, &Options::default()),
        expected,
        "{text}"
    );
}

#[test]
fn a_define_is_put_in_the_place_of_its_name() {
    check("#!define N 5\ndebug=N", "(debug 5)");
    check(
        "  #!def N 5\nport=1 #!define M 6\nx.y=N x.z=M",
        "(port 1)\n(x.y 5)\n(x.z 6)",
    );
    check("!!define A B\n#!define B 5\ndebug=A", "(debug 5)");
    check("#!define A debug=5 \\\n  port=6\nA", "(debug 5)\n(port 6)");
    check("#!define A 5\\\n6\ndebug=A", "(debug 56)");
    check("#!define R foo\nroute[R] { exit; }", "(Route foo ((exit)))");
    check(
        "#!define U\nroute[X] { $x = 1 U + 1; U }",
        "(Route X ((= $x (Add 1 1))))",
    );
    check(
        "#!define T \"b\"\nlog_prefix=\"a\" T",
        "(log_prefix \"ab\")",
    );
    check(
        "#!define P 127.0.0.1\nlisten=udp:P:5060",
        "(listen udp:127.0.0.1:5060)",
    );
}

#[test]
fn words_of_the_language_texts_and_event_names_are_left_alone() {
    check(
        "#!define exit drop\nroute[X] { exit; }",
        "(Route X ((exit)))\nwarning S0014 at 1:10",
    );
    check("#!define N 5\nlog_prefix=\"N\"", "(log_prefix \"N\")");
    check(
        "#!define init 5\nevent_route[a:init] { exit; }",
        "(Event a:init ((exit)))",
    );
    check(
        "#!define x 5\nroute[X] { $var(x) = 1; }",
        "(Route X ((= $var<x> 1)))",
    );
}

#[test]
fn a_name_is_defined_once_unless_said_otherwise() {
    check(
        "#!define A 1\n#!define A 2\ndebug=A",
        "(debug 1)\nerror S0012 at 2:10",
    );
    check(
        "#!define A 1\n#!trydef A 2\n#!trydefine B 3\ndebug=A port=B",
        "(debug 1)\n(port 3)",
    );
    check(
        "#!define A 1\n#!redef A 2\n#!redefine B 3\ndebug=A port=B",
        "(debug 2)\n(port 3)",
    );
    check(
        "#!define A 1\n#!undef A\n#!ifdef A\nx=1\n#!endif\n#!tryundef A\n#!undefine A\n",
        "warning S0013 at 7:12",
    );
    check(
        "#!define A 1\n#!substdef \"/A/2/\"\n#!defexp A 3\ndebug=A",
        "(debug 1)\nerror S0012 at 2:12\nerror S0012 at 3:10",
    );
    check("#!define A-B 1\n", "error S0011 at 1:10");
    check(
        "#!define 1A 1\n#!define\n",
        "warning S0010 at 1:1\nwarning S0010 at 2:1",
    );
}

#[test]
fn unknown_directives_are_comments() {
    check(
        "#!foo bar\n#!KAMAILIO\n#! define A\n#!DEFINE A\n#!defined A\n##!ifdef A\n# #!define A\ndebug=1",
        "(debug 1)\nwarning S0063 at 5:1",
    );
}

#[test]
fn a_define_that_contains_itself_ends() {
    check(
        "#!define A A\ndebug=A",
        "(debug error)\nerror S0015 at 2:7\nerror S0034 at 2:8",
    );
    check(
        "#!define A B\n#!define B A 5\ndebug=A",
        "(debug 5)\nerror S0015 at 3:7",
    );
}

#[test]
fn comments_belong_to_the_value_of_a_define() {
    check("#!define N 5 # five\ndebug=N\n", "(debug 5)");
    check(
        "#!define N 5 // five\ndebug=N port=6\n",
        "(debug 5)\n(port 6)\nwarning S0016 at 2:7",
    );
    check(
        "#!define N 5 /* five */\ndebug=N port=6\n",
        "(debug 5)\n(port 6)",
    );
}

#[test]
fn conditions_choose_and_nest() {
    let choose = "#!ifdef A\ndebug=1\n#!ifndef B\ndebug=2\n#!else\ndebug=3\n#!endif\n#!else\ndebug=4\n#!endif\n";
    check(choose, "(debug 4)");
    check(&format!("#!define A\n{choose}"), "(debug 1)\n(debug 2)");
    check(
        &format!("#!define A\n#!define B\n{choose}"),
        "(debug 1)\n(debug 3)",
    );
    check("!!ifdef A\nxx\n!!else\ndebug=1\n!!endif\n", "(debug 1)");
    check(
        "#!ifdef A\r\nxx\r\n#!else\r\ndebug=1\r\n#!endif\r\n",
        "(debug 1)",
    );
    check(
        "#!ifdef KAMAILIO_6\n#!ifdef KAMAILIO_6_1_0\ndebug=1\n#!endif\n#!endif\n",
        "(debug 1)",
    );
}

#[test]
fn what_a_condition_leaves_out_is_not_read() {
    check(
        "#!ifdef A\n\"open /* $( #!define A\ninclude_file \"none\"\n#!endif\n#!ifdef A\nxx\n#!endif\n",
        "",
    );
    check("#!ifdef A\nxx #!endif\ndebug=1\n", "(debug 1)");
    check(
        "#!ifdef A\n#!elsex\n#!endifx\n# #!else x\n#!endif\ndebug=1\n",
        "(debug 1)\nwarning S0063 at 2:1\nwarning S0063 at 3:1",
    );
}

#[test]
fn directives_that_kamailio_does_not_see_are_said_to_be_none() {
    check(
        "#!define A\n#!ifdef A\n#!endif # A\ndebug=1\n#!endif\n",
        "(debug 1)\nwarning S0017 at 3:1",
    );
    check(
        "#!ifdef A\nxx\n#!else # A\nxx\n#!endif\n",
        "warning S0017 at 3:1",
    );
    check("#!ifdef A && B\nxx\n#!endif\n", "warning S0018 at 1:1");
    check("#!ifdef A\n#!endif", "warning S0062 at 2:1");
}

#[test]
fn conditions_and_ends_are_paired() {
    check("#!ifdef A\nxx\n", "error S0022 at 1:1");
    check("debug=1\n#!endif\n", "(debug 1)\nerror S0021 at 2:1");
    check(
        "#!endif\n#!ifdef A\n",
        "warning S0021 at 1:1\nwarning S0022 at 2:1",
    );
    check("#!else\n", "warning S0019 at 1:1");
    check(
        "#!ifdef A\n#!else\n#!else\nxx\n#!endif\n",
        "warning S0020 at 3:1",
    );
    check("#!ifdef\nxx\n#!endif\n", "error S0010 at 1:1");
}

#[test]
fn expressions_decide_and_define() {
    check(
        "#!define A\n#!ifexp A && !B\ndebug=1\n#!endif\n",
        "(debug 1)",
    );
    check(
        "#!ifexp KAMAILIO_VERSION >= 5006000 && OS_NAME == \"linux\"\ndebug=1\n#!endif\n",
        "(debug 1)",
    );
    check(
        "#!define IP 10.0.0.1\n#!defexp N 1<<4\n#!defexps U \"sip:\" + IP\ndebug=N log_prefix=U",
        "(debug 16)\n(log_prefix \"sip:10.0.0.1\")",
    );
    check("#!ifexp A and B\ndebug=1\n#!endif\n", "error S0023 at 1:1");
}

#[test]
fn a_loaded_module_is_defined() {
    check(
        "loadmodule \"lib/tm.so\"\n#!ifdef MOD_tm\ndebug=1\n#!endif\n",
        "(loadmodule tm)\n(debug 1)",
    );
    check(
        "loadmodule(\"sl\")\n#!ifndef MOD_sl\ndebug=1\n#!endif\n",
        "(loadmodule sl)",
    );
}

#[test]
fn the_environment_is_asked_through_the_loader() {
    let loader = MemoryLoader::new()
        .variable("PORT", "5070")
        .variable("NAME", "a\"b");
    check_with("#!defenv PORT\nport=PORT", &loader, "(port 5070)");
    check_with("#!defenv P=PORT # c\nport=P", &loader, "(port 5070)");
    check_with(
        "#!defenvs NAME\nlog_prefix=NAME",
        &loader,
        "(log_prefix \"a\\\"b\")",
    );
    check_with(
        "#!trydefenvs N=NAME\n#!trydefenv NONE\n#!ifdef NONE\nxx\n#!endif\nlog_prefix=N",
        &loader,
        "(log_prefix \"a\\\"b\")",
    );
    check_with(
        "#!defenv NONE\n#!defenv\n",
        &loader,
        "error S0024 at 1:10\nerror S0010 at 2:1",
    );
}

#[test]
fn substitutions_edit_every_text_that_follows() {
    check(
        "a.b=\"x1\"\n#!subst \"/x/y/\"\na.b=\"xx\" a.c='x'",
        "(a.b \"x1\")\n(a.b \"yx\")\n(a.c \"y\")",
    );
    check(
        "#!subst \"/(a+)(b)/<\\2\\1>/g\"\na.b=\"aab ab\"",
        "(a.b \"<baa> <ba>\")",
    );
    check("#!subst \"!A!/!gi\"\na.b=\"aA\"", "(a.b \"//\")");
    check(
        "#!substdef \"!PORT!5070!g\"\nport=PORT a.b=\"PORT\"",
        "(port 5070)\n(a.b \"5070\")",
    );
    check("#!substdefs \"/NAME/x/\"\na.b=NAME", "(a.b \"x\")");
    // A substitution is a text too: an earlier one edits it.
    check(
        "#!subst \"/b/c/\"\n#!subst \"/a/b/\"\na.b=\"aaa\"",
        "(a.b \"caa\")",
    );
    check(
        "#!subst \"/x/y\"\n#!subst /x/y/\n#!subst \"/(/y/\"\n",
        "error S0025 at 1:9\nerror S0025 at 2:1\nerror S0025 at 3:9",
    );
}

#[test]
fn substitutions_know_the_environment_and_defines() {
    let loader = MemoryLoader::new().variable("HOST", "10.0.0.1");
    check_with(
        "#!substdef \"!IP!$env(HOST)!g\"\nlisten=IP a.b=\"x IP\"",
        &loader,
        "(listen 10.0.0.1)\n(a.b \"x 10.0.0.1\")",
    );
    check_with(
        "#!define V 5\n#!subst \"/x/$def(V)$$/\"\na.b=\"x\"",
        &loader,
        "(a.b \"5$\")",
    );
    check_with(
        "#!subst \"/x/$rU/\"\na.b=\"x\"",
        &loader,
        "(a.b \"$rU\")\nwarning S0026 at 1:9",
    );
}

#[test]
fn files_are_included_from_the_working_directory_or_beside_the_includer() {
    let loader = MemoryLoader::new()
        .file("one.cfg", "port=1")
        .file("sub/two.cfg", "include_file \"three.cfg\"\nport=2\n")
        .file("sub/three.cfg", "port=3\n")
        .file("part.cfg", "exit;\n")
        .file("open.cfg", "#!ifdef A\n");
    check_with(
        "include_file \"one.cfg\"\n#!include_file \"one.cfg\" debug=1",
        &loader,
        "(port 1)\n(port 1)\n(debug 1)",
    );
    check_with(
        "!!include_file \"sub/two.cfg\"\ndebug=1",
        &loader,
        "(port 3)\n(port 2)\n(debug 1)",
    );
    check_with(
        "route[A] {\ninclude_file \"part.cfg\"\n}",
        &loader,
        "(Route A ((exit)))",
    );
    check_with("include_file \"open.cfg\"\nxx\n#!endif\n", &loader, "");
    check_with(
        "import_file \"none.cfg\"\n#!import_file\n\"one.cfg\"",
        &loader,
        "(port 1)",
    );
    check_with(
        "#!define I include_file \"one.cfg\"\nI",
        &loader,
        "(port 1)",
    );
    check_with(
        "#!subst \"/none/one/\"\ninclude_file \"none.cfg\"",
        &loader,
        "(port 1)",
    );
}

#[test]
fn includes_that_fail_are_reported() {
    let loader = MemoryLoader::new().file("self.cfg", "include_file \"self.cfg\"\nport=1\n");
    check_with(
        "include_file \"none.cfg\"\ndebug=1",
        &loader,
        "(debug 1)\nerror S0027 at 1:14",
    );
    check_with(
        "include_file 'one.cfg'\ninclude_file one.cfg\ndebug=1",
        &loader,
        "(debug 1)\nerror S0028 at 1:13\nerror S0028 at 2:13",
    );
    let deep = script_with("include_file \"self.cfg\"", &loader, &Options::default());
    assert_eq!(deep.matches("(port 1)").count(), 10);
    assert!(deep.ends_with("error S0029 at 1:14"), "{deep}");
}

#[test]
fn files_in_other_encodings_are_read_as_latin_1() {
    let mut loader = MemoryLoader::new();
    loader.files.insert(
        "latin.cfg".into(),
        b"# caf\xe9\nlog_prefix=\"\xfc\"\n".to_vec(),
    );
    check_with(
        "include_file \"latin.cfg\"\n",
        &loader,
        "(log_prefix \"\u{fc}\")\nwarning S0006 at 1:6",
    );
}

#[test]
fn the_command_line_defines_and_substitutes() {
    let options = Options {
        defines: vec![
            ("WITH_A".into(), None),
            ("PORT".into(), Some("5070".into())),
        ],
        substitutions: vec![
            SubstitutionOption::Text("/x/y/".into()),
            SubstitutionOption::Define("/IP/10.0.0.1/".into()),
            SubstitutionOption::QuotedDefine("/NAME/n/".into()),
        ],
        version: [5, 6, 3],
        os_name: "darwin".into(),
    };
    let text = "#!ifdef WITH_A\nport=PORT\n#!endif\n#!ifdef KAMAILIO_5_6\na.b=\"x\"\n#!endif\n\
                listen=IP\na.c=NAME a.d=OS_NAME\n#!define PORT 1\n";
    assert_eq!(
        script_with(text, &MemoryLoader::new(), &options),
        "(port 5070)\n(a.b \"y\")\n(listen 10.0.0.1)\n(a.c \"n\")\n(a.d \"darwin\")\nerror S0012 at 9:10"
    );
}

#[test]
fn the_defines_at_the_end_are_kept() {
    let parsed = parse(
        "a.cfg",
        "#!define A  5 \n#!define B\n",
        &MemoryLoader::new(),
        &Options::default(),
    );
    assert_eq!(
        parsed
            .defines
            .get("A")
            .and_then(|define| define.value.as_deref()),
        Some("5 ")
    );
    assert!(parsed.defines.contains("B"));
    assert_eq!(
        parsed
            .defines
            .get("B")
            .and_then(|define| define.value.as_deref()),
        None
    );
    assert!(
        parsed
            .defines
            .iter()
            .any(|(name, _)| name == "KAMAILIO_6_1")
    );
}

#[test]
fn the_environment_defines_new_names_only() {
    let loader = MemoryLoader::new().variable("PORT", "5070");
    check_with(
        "#!define PORT 1\n#!trydefenv PORT\nport=PORT",
        &loader,
        "(port 1)\nerror S0012 at 2:13",
    );
}

#[test]
fn substitutions_edit_variables_too() {
    check(
        "#!substdef \"!KEY!k1!g\"\nroute[A] { $avp(KEY) = $var(aKEYb); }\n",
        "(Route A ((= $avp<k1> $var<ak1b>)))",
    );
    check(
        "#!substdef \"!EXT!$$hdr(Call-ID)!g\"\nroute[A] { $var(x) = EXT; }\n",
        "(Route A ((= $var<x> $hdr<Call-ID>)))",
    );
}
