//! Nothing a script can contain exhausts the stack, or takes more than a time in proportion to its length.

use std::time::{Duration, Instant};

use script_syntax::ast::TextPlace;
use script_syntax::{MemoryLoader, Options, parse, parse_format};

fn codes(text: &str) -> Vec<&'static str> {
    let parsed = parse("a.cfg", text, &MemoryLoader::new(), &Options::default());
    let mut codes: Vec<_> = parsed
        .diagnostics
        .iter()
        .map(|diagnostic| diagnostic.code.id())
        .collect();
    codes.dedup();
    codes
}

#[test]
fn deep_nesting_is_refused() {
    let many = 20_000;
    let within = |open: &str, close: &str| {
        format!(
            "route[A] {{ $x = {}1{}; }}",
            open.repeat(many),
            close.repeat(many)
        )
    };
    assert!(codes(&within("(", ")")).contains(&"S0009"));
    assert!(codes(&within("!", "")).contains(&"S0009"));
    assert!(codes(&within("f(", ")")).contains(&"S0009"));
    assert!(codes(&within("selval(1,", ",2)")).contains(&"S0009"));
    let blocks = |open: &str| format!("route[A] {{ {} {} }}", open.repeat(many), "}".repeat(many));
    assert!(codes(&blocks("if(1) {")).contains(&"S0009"));
    assert!(codes(&blocks("while(1) {")).contains(&"S0009"));
    assert!(codes(&blocks("{")).contains(&"S0009"));
    assert!(codes(&blocks("switch(1) { case 1:")).contains(&"S0009"));
    assert!(codes(&format!("route[A] {{ {} exit; }}", "if(1) ".repeat(many))).contains(&"S0009"));
    assert!(codes(&format!("route[A] {{ {}", "while".repeat(many))).contains(&"S0051"));
}

#[test]
fn blocks_may_be_nested_deeply() {
    for open in ["if(1) {", "if(1) exit; else {", "while(1) {"] {
        let text = format!(
            "route[A] {{ {} exit; {} }}",
            open.repeat(198),
            "}".repeat(198)
        );
        assert_eq!(codes(&text), Vec::<&str>::new(), "{open}");
    }
}

#[test]
fn long_chains_have_a_limit_well_above_what_people_write() {
    let chain = |count: usize| format!("route[A] {{ $x = 1{}; }}", " == 1".repeat(count));
    assert_eq!(codes(&chain(400)), Vec::<&str>::new());
    assert!(codes(&chain(10_000)).contains(&"S0009"));
    let branches = |count: usize| {
        format!(
            "route[A] {{ if(1) exit; {} }}",
            "else if(1) exit; ".repeat(count)
        )
    };
    assert_eq!(codes(&branches(900)), Vec::<&str>::new());
    assert_eq!(codes(&branches(10_000)), ["S0009"]);
    let tests = |count: usize| format!("route[A] {{ if (1{}) exit; }}", " || $x".repeat(count));
    assert_eq!(codes(&tests(15_000)), Vec::<&str>::new());
    assert_eq!(codes(&tests(30_000)), ["S0009"]);
}

#[test]
fn what_is_calculated_may_go_on_without_end() {
    let of = |part: &str| format!("route[A] {{ $x = $y{}; }}", part.repeat(100_000));
    for part in [" + 1", " - $x", " + 1 - 2 * 3", " | 1 & 2", " mod 2"] {
        let text = of(part);
        let parsed = parse("a.cfg", &text, &MemoryLoader::new(), &Options::default());
        assert!(parsed.diagnostics.is_empty(), "{part}");
        assert_eq!(parsed.tree.clone(), parsed.tree, "{part}");
    }
    let mixed = "1 * 2 + 3 << 4 >> 5 ^ 6 & 7 | 8 + ".repeat(1_000);
    let text = format!("route[A] {{ if ({mixed} 1 == 5 && $x) exit; }}");
    assert_eq!(codes(&text), Vec::<&str>::new());
    let inside = format!("route[A] {{ $x = 1 + ({}1); }}", "1 + ".repeat(10_000));
    assert_eq!(codes(&inside), Vec::<&str>::new());
}

#[test]
fn defines_that_multiply_each_other_are_stopped() {
    let mut text = String::from("#!define A0 x\n");
    for level in 1..40 {
        text.push_str(&format!("#!define A{level} A{0} A{0}\n", level - 1));
    }
    text.push_str("A39\n");
    assert!(codes(&text).contains(&"S0008"));
}

#[test]
fn substitutions_that_multiply_each_other_are_stopped() {
    let mut text = String::from("#!KAMAILIO\n");
    for level in 0..20 {
        let next = format!("B{} ", level + 1).repeat(10);
        text.push_str(&format!("#!substdef \"!B{level}!{next}!g\"\n"));
    }
    text.push_str("route[A] { xlog(\"B0\"); }\n");
    assert!(codes(&text).contains(&"S0008"));
}

#[test]
fn variables_in_the_names_of_variables_are_refused_where_they_are_nested_too_deeply() {
    let errors = |depth: usize| {
        let text = format!("{}$ru{}", "$sht(a=>".repeat(depth), ")".repeat(depth));
        let mut diagnostics = Vec::new();
        let format = parse_format(
            &text,
            TextPlace::Whole(Default::default()),
            &mut diagnostics,
        );
        assert_eq!(format.as_variable().is_some(), diagnostics.is_empty());
        let codes = diagnostics.iter().map(|diagnostic| diagnostic.code.id());
        codes.collect::<Vec<_>>()
    };
    assert_eq!(errors(50), Vec::<&str>::new());
    assert_eq!(errors(100), ["S0009"]);
    assert_eq!(errors(30_000), ["S0009"]);
}

#[test]
fn time_grows_with_length_only() {
    let hostile = [
        "\"",
        "'",
        "\\\"\n",
        "/*",
        "$(",
        "$( ",
        "$var(x ",
        "#!ifdef A\n",
        "#!endif\n",
        "#!else\n",
        "#!define A\n",
        "{",
        "}",
        "(",
        ")",
        "route[",
        "route[A] {\n",
        "if",
        "a.b=",
        "listen=",
        "alias=a\n",
        "event_route[",
        "@a[",
        "!!",
        "::",
        "1.",
        "0x",
        "=~",
        "a:b",
        "modparam(",
        "include_file ",
        "#!subst \"",
        "\u{feff}",
        "`",
        "switch(1){case ",
    ];
    for part in hostile {
        let text = part.repeat(50_000 / part.len());
        let started = Instant::now();
        codes(&text);
        let inside = format!("route[A] {{\n{text}\n}}\n");
        codes(&inside);
        parse_format(&text, TextPlace::Whole(Default::default()), &mut Vec::new());
        assert!(
            started.elapsed() < Duration::from_secs(10),
            "{part:?} took {:?}",
            started.elapsed()
        );
    }
}
