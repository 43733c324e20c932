//! URIs.

mod escape;
mod parse;

use std::net::IpAddr;

pub use escape::{escape_param, escape_user, unescape};

use crate::scan::find;
use crate::{Param, Params, Transport, UriError};

/// The scheme of a URI.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[repr(u8)]
pub enum Scheme {
    /// RFC 3261 §19.1.
    Sip,
    /// RFC 3261 §19.1.
    Sips,
    /// RFC 3966.
    Tel,
    /// Kamailio's `tels`, the secure kin of `tel`.
    Tels,
    /// RFC 5031 among others.
    Urn,
    /// Any other; nothing behind the colon is looked at.
    Other,
}

/// Where the parts of a URI are, in offsets from its beginning. Small and `Copy`: to be kept beside an owned buffer.
///
/// Parts follow each other, so only the boundaries are held.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct UriSpans {
    scheme: Scheme,
    has_user: bool,
    has_password: bool,
    port: Option<u16>,
    /// Offset of the colon after the scheme.
    scheme_end: u16,
    user_end: u16,
    password_end: u16,
    host_start: u16,
    host_end: u16,
    /// End of `host:port`, where parameters begin.
    port_end: u16,
    /// End of the parameters, where `?headers` begin.
    params_end: u16,
    end: u16,
}

/// A URI, borrowed from its text.
///
/// The reader is as lenient as a proxy must be: it takes empty and valueless parameters, and users with characters that
/// should have been escaped.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Uri<'a> {
    text: &'a [u8],
    spans: UriSpans,
}

impl UriSpans {
    /// Finds the parts of the URI that is the whole of `text`.
    ///
    /// # Errors
    /// Says which part is wrong.
    #[inline]
    pub fn parse(text: &[u8]) -> Result<UriSpans, UriError> {
        parse::parse(text)
    }

    /// The view of the URI over `text`, which must be the text that it was parsed from (other text gives other parts, never a
    /// panic).
    #[inline]
    pub fn over(self, text: &[u8]) -> Uri<'_> {
        Uri { text, spans: self }
    }
}

impl<'a> Uri<'a> {
    /// Reads the URI that is the whole of `text`.
    ///
    /// # Errors
    /// Says which part is wrong.
    #[inline]
    pub fn parse(text: &'a [u8]) -> Result<Uri<'a>, UriError> {
        Ok(UriSpans::parse(text)?.over(text))
    }

    #[inline]
    fn part(&self, start: u16, end: u16) -> &'a [u8] {
        self.text
            .get(usize::from(start)..usize::from(end))
            .unwrap_or_default()
    }

    /// The whole URI as written.
    #[inline]
    pub fn text(&self) -> &'a [u8] {
        self.text
    }

    /// The offsets, to keep.
    #[inline]
    pub fn spans(&self) -> UriSpans {
        self.spans
    }

    /// The scheme.
    #[inline]
    pub fn scheme(&self) -> Scheme {
        self.spans.scheme
    }

    /// The scheme as written.
    pub fn scheme_name(&self) -> &'a [u8] {
        self.part(0, self.spans.scheme_end)
    }

    /// `sips` or `tels`.
    pub fn is_secure(&self) -> bool {
        matches!(self.spans.scheme, Scheme::Sips | Scheme::Tels)
    }

    /// User with its parameters, still escaped; the number of a `tel` URI. `None` without `@`.
    #[inline]
    pub fn user(&self) -> Option<&'a [u8]> {
        self.spans
            .has_user
            .then(|| self.part(self.spans.scheme_end + 1, self.spans.user_end))
    }

    /// The user up to its first parameter (`alice` of `alice;day=tuesday`).
    pub fn user_without_params(&self) -> Option<&'a [u8]> {
        self.user()
            .map(|user| user.split(|byte| *byte == b';').next().unwrap_or_default())
    }

    /// Password, when there is a colon in the user part.
    pub fn password(&self) -> Option<&'a [u8]> {
        self.spans
            .has_password
            .then(|| self.part(self.spans.user_end + 1, self.spans.password_end))
    }

    /// Host; an IPv6 address keeps its brackets. Empty for URIs that have none.
    #[inline]
    pub fn host(&self) -> &'a [u8] {
        self.part(self.spans.host_start, self.spans.host_end)
    }

    /// The host as an address, when it is one.
    pub fn host_address(&self) -> Option<IpAddr> {
        crate::parse_address(self.host())
    }

    /// Port, when written.
    #[inline]
    pub fn port(&self) -> Option<u16> {
        self.spans.port
    }

    /// `host:port` as written.
    pub fn host_port(&self) -> &'a [u8] {
        self.part(self.spans.host_start, self.spans.port_end)
    }

    /// Port, or the default of transport and scheme.
    pub fn port_or_default(&self) -> u16 {
        self.port().unwrap_or_else(|| match self.transport() {
            _ if self.is_secure() => Transport::Tls.default_port(),
            Some(transport) => transport.default_port(),
            None => Transport::Udp.default_port(),
        })
    }

    /// Parameters as written, without the first `;`; empty when there is none.
    pub fn params_text(&self) -> &'a [u8] {
        let text = self.part(self.spans.port_end, self.spans.params_end);
        text.strip_prefix(b";").unwrap_or(text)
    }

    /// Headers as written, without the `?`; `None` when there is no `?`.
    pub fn headers_text(&self) -> Option<&'a [u8]> {
        self.part(self.spans.params_end, self.spans.end)
            .strip_prefix(b"?")
    }

    /// Everything after the scheme's colon.
    pub fn after_scheme(&self) -> &'a [u8] {
        self.part(self.spans.scheme_end + 1, self.spans.end)
    }

    /// The parameters; their spans are offsets in [`Uri::text`].
    pub fn params(&self) -> UriParams<'a> {
        UriParams {
            text: self.text,
            at: usize::from(self.spans.port_end),
            end: usize::from(self.spans.params_end),
        }
    }

    /// The parameters of the user (`day=tuesday` of `alice;day=tuesday@…`).
    pub fn user_params(&self) -> Params<'a> {
        let user = self.user().unwrap_or_default();
        let start = memchr::memchr(b';', user).unwrap_or(user.len());
        Params::new(user.get(start..).unwrap_or_default())
    }

    /// Value of the parameter of that name, in any case, without quotes around it; empty when it has none, `None` when it
    /// is absent. Of several, the last counts (observed on 5.6.3).
    pub fn param(&self, name: &[u8]) -> Option<&'a [u8]> {
        let param = self.params().filter(|param| param.is(name)).last()?;
        let value = param.value.unwrap_or_default();
        let bare = value
            .strip_prefix(b"\"")
            .and_then(|rest| rest.strip_suffix(b"\""));
        Some(bare.unwrap_or(value))
    }

    /// Whether the parameter is there, with or without a value.
    pub fn has_param(&self, name: &[u8]) -> bool {
        self.params().any(|param| param.is(name))
    }

    /// Value of the URI header of that name, still escaped.
    pub fn header(&self, name: &[u8]) -> Option<&'a [u8]> {
        self.headers_text()?
            .split(|byte| *byte == b'&')
            .find_map(|header| {
                let (key, value) = stdx::ascii::split_once(header, b'=').unwrap_or((header, b""));
                key.eq_ignore_ascii_case(name).then_some(value)
            })
    }

    /// The `transport` parameter, when it names a transport that we know.
    pub fn transport(&self) -> Option<Transport> {
        Transport::from_name(self.param(b"transport")?)
    }

    /// The `maddr` parameter.
    pub fn maddr(&self) -> Option<&'a [u8]> {
        self.param(b"maddr")
    }

    /// Whether it names a loose router (`lr`, `lr=on`, …; RFC 3261 §16.4).
    pub fn is_loose_router(&self) -> bool {
        self.has_param(b"lr")
    }
}

/// Iterator over URI parameters. Blanks have no place there; a value in quotes keeps them.
#[derive(Clone, Debug)]
pub struct UriParams<'a> {
    text: &'a [u8],
    at: usize,
    end: usize,
}

impl<'a> Iterator for UriParams<'a> {
    type Item = Param<'a>;

    #[inline]
    fn next(&mut self) -> Option<Param<'a>> {
        if self.at < self.end {
            self.read()
        } else {
            None
        }
    }
}

impl<'a> UriParams<'a> {
    fn read(&mut self) -> Option<Param<'a>> {
        while self.at < self.end {
            let rest = self.text.get(self.at..self.end)?;
            let start = self.at;
            let separator = usize::from(rest.starts_with(b";"));
            let body = rest.get(separator..).unwrap_or_default();
            let is_name = |byte: &u8| !matches!(byte, b';' | b'=');
            let name_length = body.iter().take_while(|byte| is_name(byte)).count();
            let (name, behind) = body.split_at_checked(name_length)?;
            let value = behind.strip_prefix(b"=").map(first_value);
            self.at += separator + name_length + value.map_or(0, |value| value.len() + 1);
            if name.is_empty() && value.is_none() {
                continue;
            }
            let span = crate::Span::from_offsets(start, self.at);
            let value_start = self.at - value.map_or(0, <[u8]>::len);
            return Some(Param {
                name,
                value,
                span,
                value_span: crate::Span::from_offsets(value_start, self.at),
            });
        }
        None
    }
}

/// The value that `text` begins with: up to the next semicolon that is not in quotes.
#[inline]
fn first_value(text: &[u8]) -> &[u8] {
    let quoted = match text.strip_prefix(b"\"") {
        Some(inside) => find(inside, 0, b'"').map_or(0, |close| close + 2),
        None => 0,
    };
    let length = find(text, quoted, b';').unwrap_or(text.len());
    text.get(..length).unwrap_or_default()
}

#[cfg(test)]
mod tests;
