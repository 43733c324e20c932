//! Diagnostics for people and programs.

mod json;
mod text;

use crate::{Diagnostic, SourceMap};

pub use json::render_json;
pub use text::{Color, render_text};

/// One line in the manner of Kamailio's parser: `file, line 3, column 5-9: error: message [S0001]`.
///
/// A place inside the value of a define is given as the place where the define is used.
pub fn render_line(diagnostic: &Diagnostic, sources: &SourceMap) -> String {
    let place = sources.location(sources.in_file(diagnostic.primary.span));
    let mut columns = place.column.to_string();
    if place.column_end > place.column {
        columns.push('-');
        columns.push_str(&place.column_end.to_string());
    }
    format!(
        "{}, line {}, column {}: {}: {} [{}]",
        place.file,
        place.line,
        columns,
        diagnostic.severity.word(),
        diagnostic.message,
        diagnostic.code
    )
}
