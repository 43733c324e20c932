//! Diagnostics as JSON, for editors and pipelines.

use serde_json::{Value, json};

use crate::{Diagnostic, Origin, SourceMap, Span};

/// All diagnostics as one JSON array.
///
/// Lines and columns are counted from 1, columns and offsets in bytes. `via` lists the defines and includes through
/// which the place became part of the script, the nearest first. Edits are left out where no file has their place.
pub fn render_json(diagnostics: &[Diagnostic], sources: &SourceMap) -> String {
    let list: Vec<Value> = diagnostics
        .iter()
        .map(|diagnostic| object(diagnostic, sources))
        .collect();
    Value::Array(list).to_string()
}

fn object(diagnostic: &Diagnostic, sources: &SourceMap) -> Value {
    let related: Vec<Value> = diagnostic
        .secondary
        .iter()
        .map(|label| json!({ "place": place(label.span, sources), "text": label.text }))
        .collect();
    let help: Vec<Value> = diagnostic
        .help
        .iter()
        .map(|help| {
            // An edit of the value of a define is one of the define.
            let edits: Option<Vec<Value>> = help
                .edits
                .iter()
                .map(|edit| {
                    let span = sources.in_definition(edit.span)?;
                    Some(json!({ "place": place(span, sources), "replacement": edit.replacement }))
                })
                .collect();
            let edits = edits.unwrap_or_default();
            json!({ "text": help.text, "edits": edits })
        })
        .collect();
    json!({
        "code": diagnostic.code.id(),
        "severity": diagnostic.severity.word(),
        "message": diagnostic.message,
        "place": place(diagnostic.primary.span, sources),
        "label": diagnostic.primary.text,
        "related": related,
        "help": help,
        "via": via(diagnostic.primary.span, sources),
    })
}

fn place(span: Span, sources: &SourceMap) -> Value {
    let span = sources.in_file(span);
    let location = sources.location(span);
    let (line_end, column_end) = sources
        .get(span.file)
        .map_or((location.line, location.column), |file| {
            file.line_column(span.end)
        });
    json!({
        "file": &*location.file,
        "line": location.line,
        "column": location.column,
        "line_end": line_end,
        "column_end": column_end,
        "start": span.start,
        "end": span.end,
    })
}

fn via(span: Span, sources: &SourceMap) -> Value {
    let mut steps = Vec::new();
    let mut file = span.file;
    while let Some(source) = sources.get(file) {
        let at = match &source.origin {
            Origin::Expansion { name, used, .. } => {
                steps.push(json!({ "define": &**name, "place": place(*used, sources) }));
                *used
            }
            Origin::Included { by } => {
                steps.push(json!({ "include": &*source.name, "place": place(*by, sources) }));
                *by
            }
            Origin::Root | Origin::Argument => break,
        };
        if at.file >= file {
            break;
        }
        file = at.file;
    }
    Value::Array(steps)
}
