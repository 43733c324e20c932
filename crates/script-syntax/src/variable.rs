//! Variables: `$name`, `$name(inner)`, `$(name(inner)[index]{transformation})`, alone or within a text.

use diagnostics::Diagnostic;
use diagnostics::codes::syntax as codes;

use crate::ast::{
    Format, FormatPiece, Index, IndexKind, Inner, TextPlace, Transformation, TransformationParam,
    Variable,
};
use crate::lexer;

/// Variables within variables.
const DEPTH_MAX: usize = 16;
/// Brackets within brackets of one variable. What stands in them is read later, again as a text with variables.
const BRACKETS_MAX: usize = 64;

/// Reads a text with variables in it, as functions with format arguments do. `$$` is a `$`.
///
/// A `$` that begins no variable stays in the text and is reported: Kamailio does not start with one.
pub fn parse_format(text: &str, place: TextPlace<'_>, diagnostics: &mut Vec<Diagnostic>) -> Format {
    Reader::new(text, place, diagnostics).format()
}

/// Reads a text that is one variable and nothing else; `None` when it is not.
pub fn parse_variable(
    text: &str,
    place: TextPlace<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Variable> {
    Reader::new(text, place, diagnostics).only_variable(0..text.len())
}

/// How many brackets are open at once, of any kind.
fn brackets_depth(text: &str) -> usize {
    let (mut open, mut most) = (0_usize, 0);
    for byte in text.bytes() {
        match byte {
            b'(' | b'[' | b'{' => open += 1,
            b')' | b']' | b'}' => open = open.saturating_sub(1),
            _ => {}
        }
        most = most.max(open);
    }
    most
}

struct Reader<'a> {
    text: &'a str,
    place: TextPlace<'a>,
    diagnostics: &'a mut Vec<Diagnostic>,
    depth: usize,
    /// A parenthesis was not closed: another search for an end would find nothing either.
    is_unclosed: bool,
}

type Range = std::ops::Range<usize>;

impl<'a> Reader<'a> {
    fn new(
        text: &'a str,
        place: TextPlace<'a>,
        diagnostics: &'a mut Vec<Diagnostic>,
    ) -> Reader<'a> {
        Reader {
            text,
            place,
            diagnostics,
            depth: 0,
            is_unclosed: false,
        }
    }

    fn format(&mut self) -> Format {
        let mut pieces = Vec::new();
        let mut pending = String::new();
        let mut at = 0;
        while let Some(rest) = self.text.get(at..) {
            let plain = memchr::memchr(b'$', rest.as_bytes()).unwrap_or(rest.len());
            pending.push_str(rest.get(..plain).unwrap_or_default());
            at += plain;
            if at >= self.text.len() {
                break;
            }
            if self.byte(at + 1) == Some(b'$') {
                pending.push('$');
                at += 2;
                continue;
            }
            let end = self.variable_end(at);
            match end.and_then(|end| self.variable(at..end)) {
                Some(variable) => {
                    if !pending.is_empty() {
                        pieces.push(FormatPiece::Text(
                            std::mem::take(&mut pending).into_boxed_str(),
                        ));
                    }
                    pieces.push(FormatPiece::Variable(variable));
                    at = end.unwrap_or(at + 1);
                }
                None => {
                    let end = end.unwrap_or(at + 1);
                    pending.push_str(self.slice(at..end));
                    at = end;
                }
            }
        }
        if !pending.is_empty() {
            pieces.push(FormatPiece::Text(pending.into_boxed_str()));
        }
        Format { pieces }
    }

    fn byte(&self, at: usize) -> Option<u8> {
        self.text.as_bytes().get(at).copied()
    }

    fn slice(&self, range: Range) -> &str {
        self.text.get(range).unwrap_or_default()
    }

    fn report(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    /// Where the variable that begins at `start` ends; reports when none does.
    fn variable_end(&mut self, start: usize) -> Option<usize> {
        let name_end = start + 1 + self.class_length(start + 1);
        if self.byte(name_end) == Some(b'(') {
            let rest = self.text.as_bytes().get(name_end..).unwrap_or_default();
            let length = if self.is_unclosed {
                None
            } else {
                closing(rest, b'(', b')')
            };
            if length.is_none() && !std::mem::replace(&mut self.is_unclosed, true) {
                let span = self.place.span_of(start..name_end + 1);
                let message = "a variable's parenthesis is not closed";
                self.report(Diagnostic::error(codes::UNCLOSED_VARIABLE, span, message));
            }
            return length.map(|length| name_end + length);
        }
        if name_end == start + 1 {
            let span = self.place.span_of(start..start + 1);
            let diagnostic = Diagnostic::error(codes::LONE_DOLLAR, span, "`$` begins no variable")
                .suggest("double it to get a `$`", span, "$$");
            self.report(diagnostic);
            return None;
        }
        Some(name_end)
    }

    /// Within a text a dot or a question mark belongs to the name (observed on 5.6.3).
    fn class_length(&self, at: usize) -> usize {
        let rest = self.text.as_bytes().get(at..).unwrap_or_default();
        rest.iter()
            .take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'?' | b'.'))
            .count()
    }

    fn only_variable(&mut self, range: Range) -> Option<Variable> {
        if self.byte(range.start) != Some(b'$') {
            return None;
        }
        let end = self.variable_end(range.start)?;
        if end != range.end {
            return None;
        }
        self.variable(range)
    }

    /// The variable that fills `range`.
    fn variable(&mut self, range: Range) -> Option<Variable> {
        if self.depth >= DEPTH_MAX || brackets_depth(self.slice(range.clone())) > BRACKETS_MAX {
            let span = self.place.span_of(range);
            self.report(Diagnostic::error(
                codes::TOO_DEEP,
                span,
                "variables are nested too deeply",
            ));
            return None;
        }
        self.depth += 1;
        let is_wrapped = self.byte(range.start + 1) == Some(b'(');
        let content = if is_wrapped {
            range.start + 2..range.end - 1
        } else {
            range.start + 1..range.end
        };
        let variable = self.content(range, content);
        self.depth -= 1;
        variable
    }

    /// `class(inner)[index]{transformation}…`, which fills `content`.
    fn content(&mut self, whole: Range, content: Range) -> Option<Variable> {
        let class_end = (content.start + self.class_length(content.start)).min(content.end);
        let class = self.slice(content.start..class_end).to_owned();
        let span = self.place.span_of(whole);
        if class.is_empty() {
            let message = "a variable has no name";
            self.report(Diagnostic::error(codes::BAD_VARIABLE, span, message));
            return None;
        }
        let mut variable = Variable {
            class: class.into_boxed_str(),
            inner: None,
            index: None,
            transformations: Vec::new(),
            span,
        };
        let mut at = class_end;
        if let Some(end) = self.enclosed(at..content.end, b'(', b')') {
            variable.inner = Some(self.inner(at + 1..end - 1));
            at = end;
        }
        if let Some(end) = self.enclosed(at..content.end, b'[', b']') {
            variable.index = self.index(at..end);
            at = end;
        }
        while let Some(end) = self.enclosed(at..content.end, b'{', b'}') {
            variable
                .transformations
                .extend(self.transformation(at..end));
            at = end;
        }
        if !self.slice(at..content.end).trim().is_empty() {
            let rest = self.place.span_of(at..content.end);
            let message = format!(
                "`{}` cannot stand in a variable here",
                self.slice(at..content.end)
            );
            let diagnostic = Diagnostic::error(codes::BAD_VARIABLE, rest, message)
                .help("the order is `$(name(inner)[index]{transformation})`, without blanks between the parts");
            self.report(diagnostic);
        }
        Some(variable)
    }

    /// The end of what `range` begins with, when that stands between `open` and `close`.
    fn enclosed(&self, range: Range, open: u8, close: u8) -> Option<usize> {
        let rest = self.text.as_bytes().get(range.clone())?;
        if rest.first() != Some(&open) {
            return None;
        }
        closing(rest, open, close).map(|length| range.start + length)
    }

    fn inner(&self, range: Range) -> Inner {
        Inner {
            text: self.slice(range.clone()).into(),
            span: self.place.span_of(range),
        }
    }

    fn index(&mut self, range: Range) -> Option<Index> {
        let span = self.place.span_of(range.clone());
        let inside = range.start + 1..range.end - 1;
        let text = self.slice(inside.clone()).trim();
        let kind = match text {
            "*" => IndexKind::All,
            _ if text.starts_with('$') => {
                let start = inside.start + self.slice(inside.clone()).find('$').unwrap_or(0);
                let length = self.slice(inside.clone()).trim_end().len();
                IndexKind::Variable(Box::new(self.only_variable(start..inside.start + length)?))
            }
            _ => match text.parse() {
                Ok(number) => IndexKind::Int(number),
                Err(_) => {
                    let message = format!("`{text}` is no index");
                    let diagnostic = Diagnostic::error(codes::BAD_VARIABLE, span, message).help(
                        "an index is a number, negative from the end, `*` for all, or a variable",
                    );
                    self.report(diagnostic);
                    return None;
                }
            },
        };
        Some(Index { kind, span })
    }

    fn transformation(&mut self, range: Range) -> Option<Transformation> {
        let span = self.place.span_of(range.clone());
        let inside = range.start + 1..range.end - 1;
        let text = self.slice(inside.clone());
        let comma = text.find(',');
        let head = text
            .get(..comma.unwrap_or(text.len()))
            .unwrap_or_default()
            .trim();
        let Some((class, name)) = head.split_once('.').filter(|(class, _)| !class.is_empty())
        else {
            let message = format!("`{head}` is no transformation");
            let diagnostic = Diagnostic::error(codes::BAD_TRANSFORMATION, span, message)
                .help("a transformation is written `{class.name}` or `{class.name,parameter}`");
            self.report(diagnostic);
            return None;
        };
        let (class, name): (Box<str>, Box<str>) = (class.into(), name.into());
        let arguments = comma.map(|comma| inside.start + comma + 1..inside.end);
        let params = match &arguments {
            None => Vec::new(),
            // A pattern may hold commas.
            Some(range) if &*class == "re" => {
                vec![TransformationParam::Text(self.inner(range.clone()))]
            }
            Some(range) => self.params(range.clone()),
        };
        let arguments = arguments.map(|range| self.inner(range));
        Some(Transformation {
            class,
            name,
            arguments,
            params,
            span,
        })
    }

    fn params(&mut self, range: Range) -> Vec<TransformationParam> {
        split_params(self.slice(range.clone()))
            .into_iter()
            .map(|part| self.param(range.start + part.start..range.start + part.end))
            .collect()
    }

    fn param(&mut self, range: Range) -> TransformationParam {
        let text = self.slice(range.clone());
        let blank = text.len() - text.trim_start().len();
        let trimmed = range.start + blank..range.start + text.trim_end().len().max(blank);
        match self.slice(trimmed.clone()) {
            "$$" => {
                let span = self.place.span_of(trimmed);
                return TransformationParam::Text(Inner {
                    text: "$".into(),
                    span,
                });
            }
            // A `$` alone is a character like any other here.
            variable if variable.len() > 1 && variable.starts_with('$') => {
                if let Some(variable) = self.only_variable(trimmed) {
                    return TransformationParam::Variable(variable);
                }
            }
            _ => {}
        }
        TransformationParam::Text(self.inner(range))
    }
}

/// Parts of a parameter list; a comma where a parameter would be empty stands for itself.
fn split_params(text: &str) -> Vec<Range> {
    let bytes = text.as_bytes();
    let mut parts = Vec::new();
    let mut start = 0;
    loop {
        let is_comma = bytes.get(start) == Some(&b',');
        let end = if is_comma && matches!(bytes.get(start + 1), None | Some(b',')) {
            start + 1
        } else {
            start + part_length(bytes.get(start..).unwrap_or_default())
        };
        parts.push(start..end);
        if end >= bytes.len() {
            return parts;
        }
        start = end + 1;
    }
}

/// Length up to the first comma outside parentheses and braces.
fn part_length(bytes: &[u8]) -> usize {
    let mut depth = 0i32;
    for (index, byte) in bytes.iter().enumerate() {
        match byte {
            b'(' | b'{' => depth += 1,
            b')' | b'}' => depth -= 1,
            b',' if depth <= 0 => return index,
            _ => {}
        }
    }
    bytes.len()
}

/// Length up to the `close` that belongs to the `open` which `rest` begins with.
fn closing(rest: &[u8], open: u8, close: u8) -> Option<usize> {
    let mut depth = 0usize;
    for (index, byte) in rest.iter().enumerate() {
        if *byte == open {
            depth += 1;
        } else if *byte == close {
            depth = depth.saturating_sub(1);
            if depth == 0 {
                return Some(index + 1);
            }
        }
    }
    None
}

/// A variable as the lexer cut it; `None`, and no diagnostic, when the lexer already said what is wrong with it.
pub(crate) fn of_token(
    text: &str,
    place: TextPlace<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Variable> {
    let name_end = 1 + lexer::variable_name_length(text.as_bytes().get(1..).unwrap_or_default());
    let rest = text.as_bytes().get(name_end..).unwrap_or_default();
    let is_whole = match rest.first() {
        Some(_) => closing(rest, b'(', b')') == Some(rest.len()),
        None => name_end > 1,
    };
    if !is_whole {
        return None;
    }
    Reader::new(text, place, diagnostics).variable(0..text.len())
}
