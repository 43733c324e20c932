//! What holds for every text.

use diagnostics::{Color, render_json, render_line, render_text};
use proptest::prelude::*;
use script_syntax::ast::{FormatPiece, TextPlace};
use script_syntax::{
    MemoryLoader, Options, Parsed, decode, parse, parse_actions, parse_format, print_active,
    print_file,
};

/// Fragments that a random text of letters would hardly ever contain.
const WORDS: &[&str] = &[
    "route",
    "[",
    "]",
    "{",
    "}",
    "(",
    ")",
    ";",
    ",",
    "\n",
    " ",
    "if",
    "else",
    "while",
    "switch",
    "case",
    "default",
    ":",
    "return",
    "exit",
    "$var(x)",
    "$(ru{s.len})",
    "$",
    "$(",
    "=",
    "==",
    "=~",
    "+",
    "-",
    "/",
    "\"text\"",
    "'t'",
    "\"",
    "'",
    "5",
    "0x1f",
    "10.0.0.1",
    "::1",
    "uri",
    "myself",
    "src_ip",
    "@a.b[1]",
    "listen=",
    "udp:",
    "alias",
    "modparam",
    "loadmodule",
    "#!define A ",
    "#!define B A A",
    "#!ifdef A\n",
    "#!else\n",
    "#!endif\n",
    "A",
    "B",
    "#",
    "/*",
    "*/",
    "//",
    "include_file \"b.cfg\"\n",
    "#!subst \"/t/u/\"\n",
    "event_route",
    "a:b",
    "!",
    "!!",
    "socket",
    "é",
    "\\",
    "..",
    "flags",
    "selval",
    "defined",
    "(int)",
    "coreparam",
    "a.b",
    "#!ifexp A\n",
    "#!defexp C 1+1\n",
    "#!undef A\n",
];

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        proptest::collection::vec(proptest::sample::select(WORDS), 0..60)
            .prop_map(|words| words.concat()),
        proptest::collection::vec(any::<u8>(), 0..200).prop_map(|bytes| decode(&bytes).0),
    ]
}

fn check_whole<T>(parsed: &Parsed<T>) {
    for (id, file) in parsed.sources.files() {
        if !matches!(file.origin, diagnostics::Origin::Expansion { .. }) {
            assert_eq!(print_file(&parsed.tokens, &parsed.sources, id), *file.text);
        }
    }
    for diagnostic in &parsed.diagnostics {
        assert!(!diagnostic.message.is_empty());
        let labels = diagnostic.secondary.iter().chain([&diagnostic.primary]);
        for label in labels {
            let source = parsed
                .sources
                .get(label.span.file)
                .expect("a label lies in a text");
            assert!(
                label.span.start <= label.span.end && label.span.end as usize <= source.text.len()
            );
        }
        render_text(diagnostic, &parsed.sources, Color::Never);
        render_line(diagnostic, &parsed.sources);
    }
    render_json(&parsed.diagnostics, &parsed.sources);
    print_active(&parsed.tokens, &parsed.sources);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_parsed_reproduced_and_its_mistakes_shown(text in text(), part in text()) {
        let loader = MemoryLoader::new().file("b.cfg", &part);
        let options = Options::default();
        check_whole(&parse("a.cfg", &text, &loader, &options));
        check_whole(&parse_actions("a.cfg", &text, &loader, &options));
    }

    #[test]
    fn any_format_is_parsed(text in text()) {
        let mut diagnostics = Vec::new();
        parse_format(&text, TextPlace::Whole(Default::default()), &mut diagnostics);
    }

    #[test]
    fn a_text_without_dollars_is_a_format_of_itself(text in "[^$]*") {
        let mut diagnostics = Vec::new();
        let format = parse_format(&text, TextPlace::Whole(Default::default()), &mut diagnostics);
        let texts = format.pieces.iter().map(|piece| match piece {
            FormatPiece::Text(text) => &**text,
            FormatPiece::Variable(_) => "$",
        });
        prop_assert_eq!(texts.collect::<String>(), text);
    }

    #[test]
    fn bytes_of_utf8_stay_what_they_are(text in any::<String>()) {
        prop_assert_eq!(decode(text.as_bytes()), (text, None));
    }
}
