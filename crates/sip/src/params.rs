//! Parameters: `;name=value` after a header's value or in a URI.

use crate::Span;
use crate::scan::Reader;

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

    /// Where the parameters ended: at the comma, comment or end of text after them. `Err` with the offset of the mistake
    /// when they could not be read to there.
    #[inline]
    pub(crate) fn finish(mut self) -> Result<usize, usize> {
        while self.next().is_some() {}
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
}

impl<'a> Iterator for Params<'a> {
    type Item = Param<'a>;

    fn next(&mut self) -> Option<Param<'a>> {
        let buffer = self.reader.bytes;
        let mut start = self.reader.at;
        loop {
            self.reader.skip_blanks();
            match self.reader.peek()? {
                b';' => {
                    start = self.reader.at;
                    self.reader.at += 1;
                }
                end if self.is_end(end) => return None,
                _ => break,
            }
        }
        let name = self.reader.take_param_text();
        if name.is_empty() {
            // A stray quote, comma or equals sign where a name must be.
            self.broken = true;
            return None;
        }
        let mut end = self.reader.at;
        self.reader.skip_blanks();
        let mut value = None;
        if self.reader.eat(b'=') {
            self.reader.skip_blanks();
            let Some(found) = self.value() else {
                self.broken = true;
                return None;
            };
            end = self.reader.at;
            value = Some(found);
            self.reader.skip_blanks();
        }
        match self.reader.peek() {
            None | Some(b';') => {}
            Some(end) if self.is_end(end) => {}
            Some(_) => {
                self.broken = true;
                return None;
            }
        }
        Some(Param {
            name: name.of(buffer),
            value: value.map(|span| span.of(buffer)),
            span: Span::from_offsets(start, end),
            value_span: value.unwrap_or(Span::point(end as u32)),
        })
    }
}
