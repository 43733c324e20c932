//! Every place of the tree is a place in the right text.

use diagnostics::{Origin, Span};
use script_syntax::ast::{
    ExprKind, ItemKind, ParameterValue, StatementKind, StringLiteral, TextPlace,
};
use script_syntax::{MemoryLoader, Options, Parsed, parse, parse_format};

fn read(text: &str) -> Parsed {
    let loader = MemoryLoader::new().file("part.cfg", "\nport=PORT\n");
    parse("a.cfg", text, &loader, &Options::default())
}

fn literal(parsed: &Parsed) -> &StringLiteral {
    match &parsed.tree.items[0].kind {
        ItemKind::Parameter(parameter) => match &parameter.value {
            ParameterValue::String(text) => text,
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_place_in_a_text_is_found_through_escapes_and_joints() {
    let parsed = read("log_prefix=\"a\\n$ru\" 'b$rd'");
    let text = literal(&parsed);
    assert_eq!(&*text.value, "a\n$rub$rd");
    let format = parse_format(&text.value, TextPlace::Literal(text), &mut Vec::new());
    let spans: Vec<&str> = format
        .pieces
        .iter()
        .filter_map(|piece| match piece {
            script_syntax::ast::FormatPiece::Variable(variable) => {
                Some(parsed.sources.text(variable.span))
            }
            script_syntax::ast::FormatPiece::Text(_) => None,
        })
        .collect();
    // The name goes on over the joint, and so does the place.
    assert_eq!(spans, ["$ru\" 'b", "$rd"]);
}

#[test]
fn a_text_that_was_edited_is_blamed_as_a_whole() {
    let parsed = read("log_prefix=\"aX$ru\"");
    let text = literal(&parsed);
    assert_eq!(parsed.sources.text(text.span_of(2..5)), "$ru");
    let parsed = read("#!subst \"/X/long/\"\nlog_prefix=\"aX$ru\"");
    let text = literal(&parsed);
    assert_eq!(&*text.value, "along$ru");
    assert_eq!(parsed.sources.text(text.span_of(5..8)), "\"aX$ru\"");
}

#[test]
fn a_place_in_the_value_of_a_define_leads_to_its_use_and_its_definition() {
    let parsed = read("#!define BODY exit; \\\n  $x = uri;\n\nroute[A] {\n  BODY\n}\n");
    let place = parsed.diagnostics[0].primary.span;
    assert_eq!(parsed.sources.text(place), "uri");
    let file = parsed.sources.get(place.file).unwrap();
    let Origin::Expansion {
        name,
        defined,
        used,
    } = &file.origin
    else {
        panic!("{:?}", file.origin)
    };
    assert_eq!(&**name, "BODY");
    assert_eq!(parsed.sources.text(defined.unwrap()), "BODY");
    assert_eq!(parsed.sources.location(*used).to_string(), "a.cfg:5:3");
}

#[test]
fn an_item_that_begins_in_a_define_is_where_the_define_is_used() {
    let parsed = read("#!define P port\nP=5060\n");
    assert_eq!(parsed.sources.text(parsed.tree.items[0].span), "P=5060");
    let parsed = read("#!define N 5060\nport=N\n");
    assert_eq!(parsed.sources.text(parsed.tree.items[0].span), "port=N");
}

#[test]
fn a_place_in_an_included_file_is_in_that_file() {
    let parsed = read("#!define PORT x+\ninclude_file \"part.cfg\"\n");
    let location = parsed
        .sources
        .location(parsed.sources.in_file(parsed.diagnostics[0].primary.span));
    assert_eq!(location.to_string(), "part.cfg:2:6");
}

#[test]
fn nested_expressions_cover_their_operands() {
    let parsed = read("route[A] { $x = (1 + $(ru{s.len})) * f(2); }");
    let route = parsed.tree.routes().next().unwrap();
    let StatementKind::Assign { target, value, .. } = &route.body.statements[0].kind else {
        panic!()
    };
    let text = |span: Span| parsed.sources.text(span);
    assert_eq!(text(target.span), "$x");
    assert_eq!(text(value.span), "(1 + $(ru{s.len})) * f(2)");
    let ExprKind::Binary { left, right, .. } = &value.kind else {
        panic!()
    };
    assert_eq!(text(left.span), "(1 + $(ru{s.len}))");
    assert_eq!(text(right.span), "f(2)");
    let ExprKind::Binary { right, .. } = &left.kind else {
        panic!()
    };
    let ExprKind::Variable(variable) = &right.kind else {
        panic!()
    };
    assert_eq!(text(variable.transformations[0].span), "{s.len}");
    assert_eq!(text(route.head), "route[A]");
    assert_eq!(
        text(route.body.statements[0].span),
        "$x = (1 + $(ru{s.len})) * f(2)"
    );
}
