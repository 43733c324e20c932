//! `name-addr` and `addr-spec` with parameters: From, To, Contact, Route, P-Asserted-Identity and many others.

use crate::params::ParamsEnd;
use crate::scan::{Reader, is_blank, trimmed};
use crate::{Param, Params, Span, Uri, UriError};

/// Where the parts of an address with its header parameters are.
///
/// All spans are offsets in the buffer that it was parsed from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NameAddr {
    /// From display name or URI to the end of the last parameter.
    pub whole: Span,
    /// Display name as written, quotes included; empty when there is none.
    pub display: Span,
    /// The URI, without the brackets.
    pub uri: Span,
    /// Whether the URI stands in `<…>`. Without them everything after a `;` belongs to the header (RFC 3261 §20.10).
    pub is_bracketed: bool,
    /// Header parameters with their leading `;`; empty when there is none.
    pub params: Span,
    /// Value of the `tag` parameter, when there is one that is not empty.
    pub tag: Option<Span>,
}

impl NameAddr {
    /// Reads `text` as one address; a comma is an ordinary character.
    ///
    /// # Errors
    /// The offset where the reader gave up.
    pub fn parse(text: &[u8]) -> Result<NameAddr, u32> {
        NameAddr::within(text, Span::from_offsets(0, text.len()))
    }

    /// Reads `span` of `buffer` as one address; a comma is an ordinary character.
    ///
    /// # Errors
    /// The offset where the reader gave up.
    pub fn within(buffer: &[u8], span: Span) -> Result<NameAddr, u32> {
        let mut reader = Reader::new(buffer, span);
        NameAddr::read(&mut reader, false).map_err(|at| at as u32)
    }

    /// Reads one address; with `in_list`, a comma ends it.
    pub(crate) fn read(reader: &mut Reader<'_>, in_list: bool) -> Result<NameAddr, usize> {
        reader.skip_blanks();
        let start = reader.at;
        let (display, uri, is_bracketed) = read_address(reader, in_list)?;
        let mut whole_end = if is_bracketed {
            reader.at
        } else {
            uri.end as usize
        };
        reader.skip_blanks();
        let params_start = reader.at;
        let mut tag = None;
        match reader.peek() {
            Some(b';') => {
                let mut params = Params::reading(
                    *reader,
                    if in_list {
                        ParamsEnd::Comma
                    } else {
                        ParamsEnd::Text
                    },
                );
                while let Some(param) = params.step() {
                    whole_end = param.end as usize;
                    if tag.is_none() && is_tag(param.name.of(reader.bytes)) {
                        tag = param.value.and_then(|value| tag_span(reader.bytes, value));
                    }
                }
                reader.at = params.end()?;
            }
            Some(b',') if in_list => {}
            Some(_) => return Err(reader.at),
            None => {}
        }
        if reader.peek().is_some_and(|byte| byte != b',') {
            return Err(reader.at);
        }
        Ok(NameAddr {
            whole: Span::from_offsets(start, whole_end),
            display,
            uri,
            is_bracketed,
            params: Span::from_offsets(params_start.min(whole_end), whole_end),
            tag,
        })
    }

    /// The display name without surrounding quotes (escapes inside stay); empty when there is none.
    pub fn display_name<'a>(&self, buffer: &'a [u8]) -> &'a [u8] {
        crate::params::unquoted(self.display.of(buffer))
    }

    /// The parsed URI.
    ///
    /// # Errors
    /// See [`Uri::parse`].
    pub fn parse_uri<'a>(&self, buffer: &'a [u8]) -> Result<Uri<'a>, UriError> {
        Uri::parse(self.uri.of(buffer))
    }

    /// Whether the URI is there and free of what has to be escaped in it: blanks, quotes and opening brackets (RFC 3261 §25.1).
    /// A blank at the end does no harm.
    pub(crate) fn has_clean_uri(&self, buffer: &[u8]) -> bool {
        let uri = self.uri.of(buffer).trim_ascii_end();
        let mut reader = Reader::new(uri, Span::from_offsets(0, uri.len()));
        reader.skip_clean_uri();
        !uri.is_empty() && reader.is_at_end()
    }

    /// The header parameters; their spans are offsets in `buffer`.
    pub fn params<'a>(&self, buffer: &'a [u8]) -> Params<'a> {
        Params::within(buffer, self.params)
    }

    /// The header parameter of that name.
    pub fn param<'a>(&self, buffer: &'a [u8], name: &[u8]) -> Option<Param<'a>> {
        self.params(buffer).named(name)
    }
}

/// Display name, URI, and whether it was bracketed; leaves the reader behind the `>` or the bare URI.
fn read_address(reader: &mut Reader<'_>, in_list: bool) -> Result<(Span, Span, bool), usize> {
    let start = reader.at;
    let ends = |byte| byte == b';' || in_list && byte == b',';
    loop {
        match reader.peek() {
            Some(b'"') => {
                if !reader.skip_quoted() {
                    return Err(reader.at);
                }
            }
            Some(b'<') => break,
            Some(byte) if !ends(byte) => {
                reader.take_while(|byte| !(matches!(byte, b'<' | b'"') || ends(byte)));
            }
            Some(_) | None => {
                let uri = trimmed(reader.bytes, start, reader.at);
                let text = uri.of(reader.bytes);
                return if text.is_empty()
                    || text.iter().any(|byte| is_blank(*byte) || *byte == b'"')
                {
                    Err(start)
                } else {
                    Ok((Span::point(start as u32), uri, false))
                };
            }
        }
    }
    let display = trimmed(reader.bytes, start, reader.at);
    reader.at += 1;
    let inside = reader.take_until(b'>').ok_or(reader.at)?;
    reader.at += 1;
    let uri = trimmed(reader.bytes, inside.start as usize, inside.end as usize);
    if uri.is_empty() {
        Err(inside.start as usize)
    } else {
        Ok((display, uri, true))
    }
}

/// Whether a parameter of that name is the tag.
#[inline]
fn is_tag(name: &[u8]) -> bool {
    name == b"tag" || (name.len() == 3 && name.eq_ignore_ascii_case(b"tag"))
}

/// The tag's characters: without the quotes that some put around it, `None` when nothing is left.
fn tag_span(buffer: &[u8], value: Span) -> Option<Span> {
    let is_quoted = value.of(buffer).first() == Some(&b'"');
    let tag = if is_quoted {
        Span::new(value.start + 1, value.end - 1)
    } else {
        value
    };
    (!tag.is_empty()).then_some(tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Display name, URI, tag.
    fn parts(text: &str) -> Option<(&str, &str, Option<&str>)> {
        let address = NameAddr::parse(text.as_bytes()).ok()?;
        let of = |span: Span| std::str::from_utf8(span.of(text.as_bytes())).unwrap();
        Some((of(address.display), of(address.uri), address.tag.map(of)))
    }

    #[test]
    fn addresses_are_read_as_written() {
        for (text, expected) in [
            ("sip:a@b;tag=x", ("", "sip:a@b", Some("x"))),
            ("<sip:a@b>", ("", "sip:a@b", None)),
            ("<sip:a@b>;tag=", ("", "sip:a@b", None)),
            ("<sip:a@b;tag=y>;tag=x", ("", "sip:a@b;tag=y", Some("x"))),
            ("Bell, A <sip:a@b>;tag=x", ("Bell, A", "sip:a@b", Some("x"))),
            (
                "\"a \\\" <b>\"<sip:a@b> ; TAG = x",
                ("\"a \\\" <b>\"", "sip:a@b", Some("x")),
            ),
            ("one \"two\" <sip:a@b>", ("one \"two\"", "sip:a@b", None)),
            (
                "token1~` token2'+_ token3*%!.- <sip:m@e>;fromParam''~+*_!.-%=\"value\";tag=_token~1'+`*%!-.",
                (
                    "token1~` token2'+_ token3*%!.-",
                    "sip:m@e",
                    Some("_token~1'+`*%!-."),
                ),
            ),
            ("<sip:a@b>;tag=\"x\"", ("", "sip:a@b", Some("x"))),
            ("<sip:a@b>;;tag=x;", ("", "sip:a@b", Some("x"))),
            ("< sip:a@b >", ("", "sip:a@b", None)),
            ("a@b;tag=x", ("", "a@b", Some("x"))),
            ("sip:a@b?x=y;tag=x", ("", "sip:a@b?x=y", Some("x"))),
            ("<sip:a@b>;x=(y);tag=x", ("", "sip:a@b", Some("x"))),
        ] {
            assert_eq!(parts(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in [
            "",
            "   ",
            "<>",
            "<sip:a",
            "\"x <sip:a@b>;tag=x",
            "<sip:a@b> foo;tag=x",
            "<sip:a@b>;tag=a b",
            "Joe sip:a@b",
            ";tag=x",
            "<sip:a@b>;=x",
            "<sip:a@b>;x=\"y",
            "\"x\"",
        ] {
            assert_eq!(parts(text), None, "{text}");
        }
    }

    #[test]
    fn spans_cover_the_value_and_its_parameters() {
        let text = b"  \"A\" <sip:a@b> ;tag=1 ; x ";
        let address = NameAddr::parse(text).unwrap();
        assert_eq!(address.whole.of(text), b"\"A\" <sip:a@b> ;tag=1 ; x");
        assert_eq!(address.params.of(text), b";tag=1 ; x");
        assert_eq!(address.display_name(text), b"A");
        let bare = NameAddr::parse(b"sip:a@b ").unwrap();
        assert_eq!(
            (bare.whole, bare.params.is_empty(), bare.is_bracketed),
            (Span::new(0, 7), true, false)
        );
        let spans: Vec<_> = address
            .params(text)
            .map(|param| param.span.of(text))
            .collect();
        assert_eq!(spans, [&b";tag=1"[..], b"; x"]);
    }
}
