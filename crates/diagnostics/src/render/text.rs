//! Diagnostics as text with the source lines they are about.

use annotate_snippets::renderer::{DecorStyle, Renderer};
use annotate_snippets::{Annotation, AnnotationKind, Group, Level, Patch, Snippet};

use crate::{Diagnostic, FileId, Help, Label, Origin, Severity, SourceMap, Span};

/// Whether to use colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Color {
    /// Escape sequences of terminals.
    Always,
    /// Plain text.
    Never,
}

/// The diagnostic with its source lines, the way through defines and includes, and help.
///
/// ```text
/// error[S0032]: `;` is missing after an action
///  --> kamailio.cfg:3:14
///   |
/// 3 |     t_relay()
///   |              ^
///   |
/// help: add it
///   |
/// 3 |     t_relay();
///   |              +
/// ```
pub fn render_text(diagnostic: &Diagnostic, sources: &SourceMap, color: Color) -> String {
    let renderer = match color {
        Color::Always => Renderer::styled(),
        Color::Never => Renderer::plain(),
    };
    let steps = steps(diagnostic.primary.span, sources);
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    };
    let title = level
        .primary_title(&diagnostic.message)
        .id(diagnostic.code.id());
    let mut group = Group::with_title(title);
    for part in parts(diagnostic, sources, &steps) {
        group = group.element(part.snippet());
    }
    for (file, by) in includes(diagnostic.primary.span, sources) {
        group = group.element(
            Level::NOTE.message(format!("{file} is included at {}", sources.location(by))),
        );
    }
    let mut groups = vec![group];
    groups.extend(diagnostic.help.iter().map(|help| help_group(help, sources)));
    let mut text = renderer.decor_style(DecorStyle::Ascii).render(&groups);
    text.push('\n');
    text
}

/// The labels that lie in one text.
struct Part<'a> {
    name: String,
    window: Window<'a>,
    labels: Vec<(&'a Label, AnnotationKind)>,
}

impl<'a> Part<'a> {
    fn snippet(&self) -> Snippet<'a, Annotation<'a>> {
        let annotations = self.labels.iter().map(|(label, kind)| {
            let annotation = kind.span(self.window.range(label.span));
            if label.text.is_empty() {
                annotation
            } else {
                annotation.label(&label.text)
            }
        });
        Snippet::source(self.window.text)
            .path(self.name.clone())
            .line_start(self.window.line)
            .annotations(annotations)
    }
}

/// The primary label's text first, then the others in the order of their labels.
fn parts<'a>(
    diagnostic: &'a Diagnostic,
    sources: &'a SourceMap,
    steps: &'a [Label],
) -> Vec<Part<'a>> {
    let primary = std::iter::once((&diagnostic.primary, AnnotationKind::Primary));
    let others = diagnostic
        .secondary
        .iter()
        .chain(steps)
        .map(|label| (label, AnnotationKind::Context));
    let mut by_file: Vec<(FileId, Vec<(&Label, AnnotationKind)>)> = Vec::new();
    for (label, kind) in primary.chain(others) {
        match by_file
            .iter_mut()
            .find(|(file, _)| *file == label.span.file)
        {
            Some((_, labels)) => labels.push((label, kind)),
            None => by_file.push((label.span.file, vec![(label, kind)])),
        }
    }
    let part = |(file, labels): (FileId, Vec<(&'a Label, AnnotationKind)>)| {
        let source = sources.get(file)?;
        let name = match &source.origin {
            Origin::Expansion { name, .. } => format!("value of `{name}`"),
            _ => source.name.to_string(),
        };
        let spans = labels.iter().map(|(label, _)| label.span);
        Some(Part {
            name,
            window: Window::around(&source.text, spans),
            labels,
        })
    };
    by_file.into_iter().filter_map(part).collect()
}

/// Labels for the uses of the defines that lead to a place in the value of one.
fn steps(span: Span, sources: &SourceMap) -> Vec<Label> {
    let mut steps = Vec::new();
    let mut span = span;
    while let Some(Origin::Expansion {
        name,
        used,
        defined,
    }) = sources.get(span.file).map(|file| &file.origin)
    {
        if used.file >= span.file {
            break;
        }
        steps.push(Label {
            span: *used,
            text: format!("`{name}` is used here"),
        });
        steps.extend(defined.map(|defined| Label {
            span: defined,
            text: format!("`{name}` is defined here"),
        }));
        span = *used;
    }
    steps
}

/// The includes that lead to a place: the included file and the directive.
fn includes(span: Span, sources: &SourceMap) -> Vec<(String, Span)> {
    let mut includes: Vec<(String, Span)> = Vec::new();
    let mut file = sources.in_file(span).file;
    while let Some(source) = sources.get(file) {
        let Origin::Included { by } = source.origin else {
            break;
        };
        if by.file >= file {
            break;
        }
        let step = (source.name.to_string(), sources.in_file(by));
        file = step.1.file;
        // A file that includes itself makes the same step again and again.
        if includes
            .last()
            .is_none_or(|last| sources.location(last.1) != sources.location(step.1))
        {
            includes.push(step);
        }
    }
    includes
}

fn help_group<'a>(help: &'a Help, sources: &'a SourceMap) -> Group<'a> {
    let mut group = Group::with_title(Level::HELP.secondary_title(&help.text));
    let Some(source) = help
        .edits
        .first()
        .and_then(|edit| sources.get(edit.span.file))
    else {
        return group;
    };
    let file = help.edits.first().map(|edit| edit.span.file);
    let edits = || {
        help.edits
            .iter()
            .filter(|edit| Some(edit.span.file) == file)
    };
    let window = Window::around(&source.text, edits().map(|edit| edit.span));
    let patches =
        edits().map(|edit| Patch::new(window.range(edit.span), edit.replacement.as_str()));
    let snippet = Snippet::source(window.text)
        .path(source.name.to_string())
        .line_start(window.line)
        .patches(patches);
    group = group.element(snippet);
    group
}

/// The lines of a text that are shown.
struct Window<'a> {
    text: &'a str,
    /// Offset of `text` in the whole.
    start: usize,
    /// Number of its first line.
    line: usize,
}

impl<'a> Window<'a> {
    /// Whole lines around all spans.
    fn around(whole: &'a str, spans: impl Iterator<Item = Span>) -> Window<'a> {
        let (mut first, mut last) = (whole.len(), 0);
        for span in spans {
            first = first.min(boundary(whole, span.start as usize));
            last = last.max(boundary(whole, span.end as usize));
        }
        let first = first.min(last);
        let before = whole.get(..first).unwrap_or_default();
        let start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let after = whole.get(last..).unwrap_or_default();
        let end = last + after.find('\n').unwrap_or(after.len());
        let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
        Window {
            text: whole.get(start..end).unwrap_or_default(),
            start,
            line,
        }
    }

    /// A span as a range of the window.
    fn range(&self, span: Span) -> std::ops::Range<usize> {
        let offset = |at: u32| boundary(self.text, (at as usize).saturating_sub(self.start));
        let (start, end) = (offset(span.start), offset(span.end));
        start..end.max(start)
    }
}

/// The nearest offset at or before `at` that lies between two characters.
fn boundary(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}
