//! Authentication header fields: challenges and credentials.

use crate::Span;
use crate::scan::{Reader, is_token};

/// A challenge or credentials: `Digest realm="…", nonce="…"`.
#[derive(Clone, Debug)]
pub struct AuthParams<'a> {
    scheme: &'a [u8],
    reader: Reader<'a>,
}

/// One parameter of a challenge or credentials.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AuthParam<'a> {
    /// Name as written.
    pub name: &'a [u8],
    /// Value without quotes; escapes inside stay.
    pub value: &'a [u8],
    /// Whether the value was quoted.
    pub is_quoted: bool,
}

impl<'a> AuthParams<'a> {
    /// Reads the scheme (`Digest`, `Basic` …) of a header field's value; the parameters follow on iteration.
    /// `None` without a scheme.
    pub fn parse(value: &'a [u8]) -> Option<AuthParams<'a>> {
        let mut reader = Reader::new(value, Span::from_offsets(0, value.len()));
        reader.skip_blanks();
        let scheme = reader.take_while(is_token);
        if scheme.is_empty() {
            return None;
        }
        Some(AuthParams {
            scheme: scheme.of(value),
            reader,
        })
    }

    /// The scheme as written.
    pub fn scheme(&self) -> &'a [u8] {
        self.scheme
    }

    /// Whether the scheme is that one, in any case.
    pub fn is(&self, scheme: &[u8]) -> bool {
        self.scheme.eq_ignore_ascii_case(scheme)
    }

    /// Value of the first parameter of that name, in any case.
    pub fn named(&self, name: &[u8]) -> Option<&'a [u8]> {
        self.clone()
            .find(|param| param.name.eq_ignore_ascii_case(name))
            .map(|param| param.value)
    }
}

impl<'a> Iterator for AuthParams<'a> {
    type Item = AuthParam<'a>;

    /// Ends at the end of the text or at the first mistake.
    fn next(&mut self) -> Option<AuthParam<'a>> {
        let reader = &mut self.reader;
        reader.take_while(|byte| byte == b',' || crate::scan::is_blank(byte));
        let name = reader.take_while(is_token);
        reader.skip_blanks();
        if name.is_empty() || !reader.eat(b'=') {
            return None;
        }
        reader.skip_blanks();
        let start = reader.at;
        let is_quoted = reader.peek() == Some(b'"');
        let value = if is_quoted {
            if !reader.skip_quoted() {
                return None;
            }
            Span::from_offsets(start + 1, reader.at - 1)
        } else {
            reader.take_while(|byte| byte != b',' && !crate::scan::is_blank(byte))
        };
        Some(AuthParam {
            name: name.of(reader.bytes),
            value: value.of(reader.bytes),
            is_quoted,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_read_with_folds_and_odd_blanks() {
        let auth = AuthParams::parse(
            b"digest  username=\"al\\\"ice\" , realm = \"a, b\",\r\n nonce=\"x=y\",uri=\"sip:a\", qop=auth,nc=00000001 ,,response=\"\"",
        )
        .unwrap();
        assert!(auth.is(b"Digest"));
        assert_eq!(auth.named(b"USERNAME"), Some(&b"al\\\"ice"[..]));
        assert_eq!(auth.named(b"realm"), Some(&b"a, b"[..]));
        assert_eq!(auth.named(b"nonce"), Some(&b"x=y"[..]));
        assert_eq!(auth.named(b"qop"), Some(&b"auth"[..]));
        assert_eq!(auth.named(b"response"), Some(&b""[..]));
        assert_eq!(auth.named(b"opaque"), None);
        assert_eq!(auth.clone().count(), 7);
        assert_eq!(auth.clone().filter(|param| param.is_quoted).count(), 5);
    }

    #[test]
    fn mistakes_end_the_parameters() {
        assert!(AuthParams::parse(b"").is_none());
        assert!(AuthParams::parse(b"=").is_none());
        assert_eq!(AuthParams::parse(b"Basic dXNlcjpwYXNz").unwrap().count(), 0);
        assert_eq!(
            AuthParams::parse(b"Digest a=\"b, c=\"d\"").unwrap().count(),
            1
        );
        assert_eq!(AuthParams::parse(b"Digest a=\"b").unwrap().count(), 0);
    }
}
