//! Nothing of a source is lost: its pieces put together are the file, and white space is all that was not marked.

use diagnostics::{FileId, Origin, SourceMap};
use script_syntax::token::Tokens;
use script_syntax::{MemoryLoader, Options, PieceKind, parse, pieces, print_active, print_file};

fn check_reproduced(tokens: &Tokens, sources: &SourceMap) {
    for (id, file) in sources.files() {
        if matches!(file.origin, Origin::Root | Origin::Included { .. }) {
            assert_eq!(print_file(tokens, sources, id), *file.text);
            for piece in pieces(tokens, sources, id) {
                let text = sources.text(piece.span);
                assert!(
                    piece.kind != PieceKind::Blank || text.trim().is_empty(),
                    "{text:?} was passed over"
                );
            }
        }
    }
}

fn script() -> (MemoryLoader, &'static str) {
    let loader = MemoryLoader::new().file("etc/part.cfg", "port=5062 # included\n");
    let text = "#!KAMAILIO\n#!define WITH_A\n#!define VAL 5\n# a comment\ndebug=2   // c\n/* block\n comment */\n\
                children=VAL\n#!ifdef WITH_A\nport=5061\n#!else\nport=5062\n#!endif\n\
                  #!ifdef WITH_B\nlisten=x \"unclosed\n#!endif\ninclude_file \"part.cfg\"\n\
                request_route {\n\t$var(x) = \"abc\" + 'abc';   # trailing\n\texit;\n}\n";
    (loader, text)
}

#[test]
fn a_file_is_reproduced_with_comments_directives_and_what_conditions_leave_out() {
    let (loader, text) = script();
    let parsed = parse("etc/a.cfg", text, &loader, &Options::default());
    assert_eq!(parsed.diagnostics, []);
    check_reproduced(&parsed.tokens, &parsed.sources);
    assert_eq!(print_file(&parsed.tokens, &parsed.sources, FileId(0)), text);
}

#[test]
fn what_cannot_be_parsed_is_reproduced_too() {
    for text in [
        "\u{feff}x `?",
        "\"open",
        "/* open",
        "$(",
        "#!define",
        "include_file x\n",
        "#!endif x\n}",
        "#!ifdef\n{",
    ] {
        let parsed = parse("a.cfg", text, &MemoryLoader::new(), &Options::default());
        check_reproduced(&parsed.tokens, &parsed.sources);
    }
}

#[test]
fn the_active_script_has_its_includes_and_none_of_its_conditions() {
    let (loader, text) = script();
    let parsed = parse("etc/a.cfg", text, &loader, &Options::default());
    // The output of `kamailio --cfg-print` (observed on 5.6.3).
    let expected = "#!KAMAILIO\n#!define WITH_A\n#!define VAL 5\n# a comment\ndebug=2   // c\n/* block\n comment */\n\
                    children=VAL\nport=5061\nport=5062 # included\n\n\
                    request_route {\n\t$var(x) = \"abc\" + 'abc';   # trailing\n\texit;\n}\n";
    assert_eq!(print_active(&parsed.tokens, &parsed.sources), expected);
}
