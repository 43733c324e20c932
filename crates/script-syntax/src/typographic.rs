//! Typographic quotes, as they come with text copied from a web page: they quote nothing and are passed over, so that a text
//! stands there as bare words.
//!
//! Where that is a mistake, this says so and not what the bare words lead to; where bare words may stand, it is a warning, as
//! Kamailio starts with such a script (observed on 5.6.3).

use std::collections::{BTreeMap, BTreeSet};

use diagnostics::codes::syntax as codes;
use diagnostics::{Diagnostic, FileId, SourceMap, Span};

/// The quote that was meant by a character, if it is a typographic one.
pub(crate) fn meant(character: &str) -> Option<&'static str> {
    match character {
        "“" | "”" | "„" | "‟" => Some("\""),
        "‘" | "’" | "‚" | "‛" => Some("'"),
        _ => None,
    }
}

/// Reports the quotes at `places`, line by line, in the stead of the errors in those lines.
pub(crate) fn report(places: &[Span], sources: &SourceMap, diagnostics: &mut Vec<Diagnostic>) {
    let mut lines: BTreeMap<(FileId, u32), Span> = BTreeMap::new();
    for place in places {
        let line = (place.file, line_start(*place, sources));
        let whole = lines.entry(line).or_insert(*place);
        *whole = whole.to(*place);
    }
    if lines.is_empty() {
        return;
    }
    let line_of = |diagnostic: &Diagnostic| {
        let place = sources.in_file(diagnostic.primary.span);
        (place.file, line_start(place, sources))
    };
    let errors = diagnostics.iter().filter(|told| told.is_error());
    let broken: BTreeSet<_> = errors
        .map(line_of)
        .filter(|line| lines.contains_key(line))
        .collect();
    diagnostics.retain(|told| {
        let is_follower = told.is_error() || told.code == codes::IGNORED_CHARACTER;
        !(is_follower && broken.contains(&line_of(told)))
    });
    // Of lines that are read all the same one is shown.
    let harmless = lines.len() - broken.len();
    let mut shown = false;
    for (line, span) in &lines {
        let is_broken = broken.contains(line);
        let mut message = "typographic quotes mean nothing".to_owned();
        if !is_broken {
            if std::mem::replace(&mut shown, true) {
                continue;
            }
            message.push_str(" and are ignored");
            if harmless > 1 {
                message.push_str(&format!(", as in {} more lines", harmless - 1));
            }
        }
        let told = match is_broken {
            true => Diagnostic::error(codes::IGNORED_CHARACTER, *span, message),
            false => Diagnostic::warning(codes::IGNORED_CHARACTER, *span, message),
        };
        let plain = straightened(sources.text(*span));
        diagnostics.push(told.suggest("write plain ones", *span, plain));
    }
}

fn line_start(place: Span, sources: &SourceMap) -> u32 {
    let text = sources.get(place.file).map_or("", |file| &*file.text);
    let before = text.get(..place.start as usize).unwrap_or_default();
    before.rfind('\n').map_or(0, |newline| newline as u32 + 1)
}

fn straightened(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for character in text.chars() {
        match meant(character.encode_utf8(&mut [0; 4])) {
            Some(quote) => plain.push_str(quote),
            None => plain.push(character),
        }
    }
    plain
}
