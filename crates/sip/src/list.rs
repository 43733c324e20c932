//! Values separated by commas.

use crate::Span;
use crate::scan::{Reader, trimmed};

/// Iterator over the values of a comma-separated list. Commas in quoted strings and in `<…>` separate nothing; blanks
/// around a value are left out, and empty values skipped.
#[derive(Clone, Debug)]
pub struct CommaList<'a> {
    reader: Reader<'a>,
    /// Whether quotes, and brackets, are known to have no end: from there on they are ordinary characters, and nobody looks
    /// for their end again.
    has_open_quote: bool,
    has_open_bracket: bool,
}

impl<'a> CommaList<'a> {
    /// The values in `text`.
    pub fn new(text: &'a [u8]) -> CommaList<'a> {
        CommaList::within(text, Span::from_offsets(0, text.len()))
    }

    /// The values in `span` of `buffer`; their spans are offsets in `buffer`.
    pub fn within(buffer: &'a [u8], span: Span) -> CommaList<'a> {
        CommaList {
            reader: Reader::new(buffer, span),
            has_open_quote: false,
            has_open_bracket: false,
        }
    }

    /// As the iterator itself, with the values' octets.
    pub fn values(self) -> impl Iterator<Item = &'a [u8]> {
        let buffer = self.reader.bytes;
        self.map(move |span| span.of(buffer))
    }

    /// Steps to the comma that ends the value, or to the end.
    #[inline]
    fn skip_value(&mut self) {
        loop {
            self.reader.skip_list_text();
            match self.reader.peek() {
                Some(b'"') => {
                    self.has_open_quote = self.has_open_quote || !self.reader.skip_quoted();
                    self.reader.at += usize::from(self.has_open_quote);
                }
                Some(b'<') => {
                    self.has_open_bracket =
                        self.has_open_bracket || self.reader.take_until(b'>').is_none();
                    self.reader.at += 1;
                }
                Some(_) | None => return,
            }
        }
    }
}

impl Iterator for CommaList<'_> {
    type Item = Span;

    fn next(&mut self) -> Option<Span> {
        while !self.reader.is_at_end() {
            let start = self.reader.at;
            self.skip_value();
            let value = trimmed(self.reader.bytes, start, self.reader.at);
            self.reader.at += 1;
            if !value.is_empty() {
                return Some(value);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(text: &str) -> Vec<String> {
        CommaList::new(text.as_bytes())
            .values()
            .map(|value| String::from_utf8_lossy(value).into_owned())
            .collect()
    }

    #[test]
    fn commas_in_quotes_and_brackets_separate_nothing() {
        assert_eq!(split("a, b ,c"), ["a", "b", "c"]);
        assert_eq!(
            split("\"x, \\\"y\" <sip:a,b@c;p=\"1>;q=1, <sip:d>"),
            ["\"x, \\\"y\" <sip:a,b@c;p=\"1>;q=1", "<sip:d>"]
        );
    }

    #[test]
    fn empty_values_are_skipped() {
        assert_eq!(split(""), [""; 0]);
        assert_eq!(split(" ,, a,\r\n b,"), ["a", "b"]);
    }

    #[test]
    fn an_unclosed_quote_or_bracket_is_an_ordinary_character() {
        assert_eq!(split("\"a, b"), ["\"a", "b"]);
        assert_eq!(split("<a, b"), ["<a", "b"]);
        assert_eq!(split("<a, \"b, c\", d"), ["<a", "\"b, c\"", "d"]);
        assert_eq!(split("<a>, \"b, <c,d>"), ["<a>", "\"b", "<c,d>"]);
    }

    #[test]
    fn hostile_nesting_takes_no_longer_than_plain_text() {
        assert_eq!(CommaList::new("\\\"".repeat(500_000).as_bytes()).count(), 1);
        assert_eq!(CommaList::new("<".repeat(1_000_000).as_bytes()).count(), 1);
        assert_eq!(
            CommaList::new("<,\",".repeat(300_000).as_bytes()).count(),
            300_000
        );
    }
}
