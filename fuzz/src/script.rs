//! Scripts.

use script_syntax::{MemoryLoader, Options, decode, parse, parse_actions};

/// A script: whatever it is, there is a tree, and every mistake has its place.
pub fn script(data: &[u8]) {
    let (text, _) = decode(data);
    let loader = MemoryLoader::new()
        .file(
            "included.cfg",
            "#!define FROM_INCLUDE 1\nroute[INCLUDED] {\n  return;\n}\n",
        )
        .variable("HOME", "/nowhere");
    let options = Options::default();
    let parsed = parse("kamailio.cfg", &text, &loader, &options);
    for diagnostic in &parsed.diagnostics {
        let place = parsed.sources.in_file(diagnostic.primary.span);
        assert!(place.start <= place.end);
    }
    let again = parse("kamailio.cfg", &text, &loader, &options);
    assert_eq!(parsed.diagnostics.len(), again.diagnostics.len());
    let _ = parse_actions("actions.cfg", &text, &loader, &options);
}
