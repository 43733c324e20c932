//! The examples of the codes: each has the mistake it explains, and is shown as `rendered.txt` says.
//!
//! `ACCEPT=1 cargo test -p script-syntax` writes the file.

use std::fmt::Write;

use diagnostics::{Code, Color, Diagnostic, SourceMap, codes, render_text};
use script_syntax::ast::{Argument, Expr, ExprKind, StatementKind, TextPlace};
use script_syntax::{MemoryLoader, Options, parse, parse_actions, parse_format};

/// The example in the explanation of a code.
fn example(code: Code) -> String {
    let text = codes::explain(code);
    let (_, rest) = text.split_once("```cfg\n").expect("an example");
    rest.split_once("```")
        .expect("the end of the example")
        .0
        .to_owned()
}

/// Examples that a page cannot hold.
fn stand_in(code: Code) -> Option<String> {
    Some(match code.id() {
        "S0008" => {
            let defines = (1..30).map(|level| format!("#!define A{level} A{0} A{0}\n", level - 1));
            format!("#!define A0 x\n{}A29\n", defines.collect::<String>())
        }
        "S0009" => format!(
            "route[A] {{\n    $x = {}1{};\n}}\n",
            "(".repeat(300),
            ")".repeat(300)
        ),
        "S0062" => "#!ifdef A\n#!endif".to_owned(),
        _ => return None,
    })
}

/// The diagnostics with the code, from the example read as a script or as actions.
fn found(code: Code) -> (Vec<Diagnostic>, SourceMap) {
    let text = stand_in(code).unwrap_or_else(|| example(code));
    let mut loader = MemoryLoader::new().file("kamailio.cfg", &text);
    let options = Options::default();
    if code == codes::syntax::NOT_UTF8 {
        loader
            .files
            .insert("latin.cfg".into(), b"# caf\xe9\n".to_vec());
        let parsed = script_syntax::parse_file("latin.cfg", &loader, &options).expect("the file");
        return (parsed.diagnostics, parsed.sources);
    }
    let script = parse("kamailio.cfg", &text, &loader, &options);
    if script
        .diagnostics
        .iter()
        .any(|diagnostic| diagnostic.code == code)
    {
        return (script.diagnostics, script.sources);
    }
    let mut actions = parse_actions("kamailio.cfg", &text, &loader, &options);
    // Which texts hold variables is for the functions to say; the examples have no others.
    for statement in &actions.tree {
        if let StatementKind::Expr(Expr {
            kind: ExprKind::Call(call),
            ..
        }) = &statement.kind
        {
            for argument in &call.arguments {
                if let Argument::Expr(Expr {
                    kind: ExprKind::String(text),
                    ..
                }) = argument
                {
                    parse_format(
                        &text.value,
                        TextPlace::Literal(text),
                        &mut actions.diagnostics,
                    );
                }
            }
        }
    }
    (actions.diagnostics, actions.sources)
}

#[test]
fn each_example_has_its_mistake() {
    let compat = [codes::compat::EMPTY_BLOCK, codes::compat::BARE_BLOCK];
    let mut shown = String::new();
    // Whether a name with a dot is one of a variable is for those to say who know the variables.
    let known_here = |code: &Code| *code != codes::syntax::DOT_IN_VARIABLE;
    let syntax = codes::syntax::all().into_iter().filter(known_here);
    for code in syntax.chain(compat) {
        let (diagnostics, sources) = found(code);
        let mine = diagnostics
            .iter()
            .find(|diagnostic| diagnostic.code == code);
        let mine = mine.unwrap_or_else(|| panic!("the example of {code} has {diagnostics:?}"));
        if code != codes::syntax::TOO_DEEP && code != codes::syntax::TOO_LARGE {
            writeln!(shown, "{}", render_text(mine, &sources, Color::Never)).expect("a string");
        }
    }
    check_file(&shown);
}

fn check_file(shown: &str) {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/syntax/rendered.txt");
    if std::env::var_os("ACCEPT").is_some() {
        std::fs::write(path, shown).expect("the file can be written");
    }
    let expected = std::fs::read_to_string(path).expect("rendered.txt");
    for (mine, theirs) in shown.split("\n\n").zip(expected.split("\n\n")) {
        assert_eq!(mine, theirs, "run with ACCEPT=1 when this is meant");
    }
    assert_eq!(shown.len(), expected.len());
}
