//! Parameters: `;name=value` after a header's value or in a URI.

use crate::Span;
use crate::scan::{Reader, is_blank};

/// One parameter.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Param<'a> {
    /// Name as written.
    pub name: &'a [u8],
    /// Value as written, quotes included; `None` without `=`.
    pub value: Option<&'a [u8]>,
    /// From the `;` in front (or the name, when there is none) to the end of the value, in the text that was parsed.
    pub span: Span,
    /// The value, in the text that was parsed; empty, at the end of the name, when there is none.
    pub value_span: Span,
}

impl<'a> Param<'a> {
    /// Whether it has that name, in any case.
    #[inline]
    pub fn is(&self, name: &[u8]) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }

    /// The value without surrounding quotes (escapes inside stay); empty when there is none.
    pub fn text(&self) -> &'a [u8] {
        unquoted(self.value.unwrap_or_default())
    }
}

/// `value` without the double quotes around it, if it has them; escapes inside stay.
pub fn unquoted(value: &[u8]) -> &[u8] {
    match value {
        [b'"', inner @ .., b'"'] => inner,
        _ => value,
    }
}

/// Iterator over parameters. Quoted strings are respected, empty parameters (`;;`) skipped, blanks and folds around the
/// separators left out.
#[derive(Clone, Debug)]
pub struct Params<'a> {
    reader: Reader<'a>,
    ends: ParamsEnd,
    broken: bool,
}

/// What ends the parameters of a value besides the end of the text.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum ParamsEnd {
    /// Nothing: header fields with a single value.
    Text,
    /// The comma before the next value of a list.
    Comma,
    /// In a Via: a comma or a comment in parentheses.
    CommaOrComment,
}

impl<'a> Params<'a> {
    /// The parameters in `text`, whose first `;` may be missing.
    pub fn new(text: &'a [u8]) -> Params<'a> {
        Params::within(text, Span::from_offsets(0, text.len()))
    }

    /// The parameters in `span` of `buffer`; their spans are offsets in `buffer`.
    pub fn within(buffer: &'a [u8], span: Span) -> Params<'a> {
        Params::reading(Reader::new(buffer, span), ParamsEnd::Text)
    }

    #[inline]
    pub(crate) fn reading(reader: Reader<'a>, ends: ParamsEnd) -> Params<'a> {
        Params {
            reader,
            ends,
            broken: false,
        }
    }

    /// The first parameter of that name, in any case.
    pub fn named(mut self, name: &[u8]) -> Option<Param<'a>> {
        self.find(|param| param.is(name))
    }

    /// After the last [`Params::step`]: where the parameters ended, at the comma, comment or end of text after them. `Err`
    /// with the offset of the mistake when they could not be read to there.
    #[inline]
    pub(crate) fn end(&self) -> Result<usize, usize> {
        if self.broken {
            Err(self.reader.at)
        } else {
            Ok(self.reader.at)
        }
    }

    #[inline]
    fn has_comment(&self) -> bool {
        self.ends == ParamsEnd::CommaOrComment
    }

    /// Whether `byte` is where the parameters end.
    #[inline]
    fn is_end(&self, byte: u8) -> bool {
        match byte {
            b',' => self.ends != ParamsEnd::Text,
            b'(' => self.has_comment(),
            _ => false,
        }
    }

    /// Reads a value that is no plain token: quoted, or with blanks or separators in it that a lenient reader lets pass.
    fn value(&mut self) -> Option<Span> {
        let start = self.reader.at;
        if self.reader.peek() == Some(b'"') {
            if !self.reader.skip_quoted() {
                return None;
            }
            return Some(Span::from_offsets(start, self.reader.at));
        }
        loop {
            self.reader.take_param_text();
            // A value may hold an unescaped `=`, as Base64 does, and elsewhere than in a Via a parenthesis.
            let goes_on = self.reader.eat(b'=') || (!self.has_comment() && self.reader.eat(b'('));
            if !goes_on {
                return Some(Span::from_offsets(start, self.reader.at));
            }
        }
    }

    /// The next parameter's places.
    #[inline]
    pub(crate) fn step(&mut self) -> Option<ParamSpans> {
        if self.broken || self.reader.is_at_end() {
            return None;
        }
        self.plain().or_else(|| self.odd())
    }

    /// A parameter as nearly all write it: a semicolon, a name, a value that needs no quotes, and no blank.
    #[inline(always)]
    fn plain(&mut self) -> Option<ParamSpans> {
        let mut reader = self.reader;
        let start = reader.at;
        if !reader.eat(b';') {
            return None;
        }
        let name = reader.take_param_text();
        let value = reader.eat(b'=').then(|| reader.take_param_text());
        let is_last = reader.peek().is_none_or(|byte| self.is_end(byte));
        if name.is_empty() || !(is_last || reader.peek() == Some(b';')) {
            return None;
        }
        self.reader = reader;
        Some(ParamSpans {
            start: start as u32,
            name,
            value,
            end: reader.at as u32,
        })
    }

    /// A parameter however it is written.
    #[cold]
    fn odd(&mut self) -> Option<ParamSpans> {
        let mut start = self.reader.at;
        loop {
            match self.reader.peek()? {
                b';' => {
                    start = self.reader.at;
                    self.reader.at += 1;
                }
                blank if is_blank(blank) => self.reader.at += 1,
                end if self.is_end(end) => return None,
                _ => break,
            }
        }
        let name = self.reader.take_param_text();
        let mut spans = ParamSpans {
            start: start as u32,
            name,
            value: None,
            end: name.end,
        };
        self.reader.skip_blanks();
        if self.reader.eat(b'=') {
            self.reader.skip_blanks();
            spans.value = self.value();
            spans.end = self.reader.at as u32;
            self.broken = spans.value.is_none();
            self.reader.skip_blanks();
        }
        // A name is missing where a stray quote, comma or equals sign stands.
        self.broken |= name.is_empty();
        self.broken |= self
            .reader
            .peek()
            .is_some_and(|byte| byte != b';' && !self.is_end(byte));
        (!self.broken).then_some(spans)
    }
}

/// Where a parameter is.
#[derive(Clone, Copy)]
pub(crate) struct ParamSpans {
    /// Of the `;` in front, or of the name.
    pub start: u32,
    pub name: Span,
    pub value: Option<Span>,
    pub end: u32,
}

impl<'a> Iterator for Params<'a> {
    type Item = Param<'a>;

    fn next(&mut self) -> Option<Param<'a>> {
        let spans = self.step()?;
        let buffer = self.reader.bytes;
        Some(Param {
            name: spans.name.of(buffer),
            value: spans.value.map(|span| span.of(buffer)),
            span: Span::new(spans.start, spans.end),
            value_span: spans.value.unwrap_or(Span::point(spans.end)),
        })
    }
}
