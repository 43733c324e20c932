//! Contact values and q-values.

use crate::params::ParamsEnd;
use crate::scan::Reader;
use crate::{NameAddr, Param, Params, Span};

/// One value of a Contact header field.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Contact {
    /// `*`: every binding (RFC 3261 §10.2.2).
    Star(Span),
    /// An address with parameters.
    Address(NameAddr),
}

impl Contact {
    /// Reads one value of a list.
    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Contact, usize> {
        let mut ahead = *reader;
        ahead.skip_blanks();
        let start = ahead.at;
        if ahead.eat(b'*') {
            let star = Span::from_offsets(start, ahead.at);
            ahead.skip_blanks();
            // RFC 3261 §25.1 gives it no parameters; some phones do.
            if ahead.peek() == Some(b';') {
                let mut params = Params::reading(ahead, ParamsEnd::Comma);
                while params.step().is_some() {}
                ahead.at = params.end()?;
            }
            if matches!(ahead.peek(), None | Some(b',')) {
                *reader = ahead;
                return Ok(Contact::Star(star));
            }
        }
        NameAddr::read(reader, true).map(Contact::Address)
    }

    /// The whole value.
    pub fn whole(&self) -> Span {
        match self {
            Contact::Star(span) => *span,
            Contact::Address(address) => address.whole,
        }
    }

    /// The address, unless it is `*`.
    pub fn address(&self) -> Option<&NameAddr> {
        match self {
            Contact::Star(_) => None,
            Contact::Address(address) => Some(address),
        }
    }

    /// The header parameter of that name.
    pub fn param<'a>(&self, buffer: &'a [u8], name: &[u8]) -> Option<Param<'a>> {
        self.address()?.param(buffer, name)
    }

    /// The `expires` parameter in seconds; `None` when absent or no number.
    pub fn expires(&self, buffer: &[u8]) -> Option<u32> {
        parse_expires(self.param(buffer, b"expires")?.text())
    }

    /// The `q` parameter; `None` when absent or malformed.
    pub fn q(&self, buffer: &[u8]) -> Option<Q> {
        Q::parse(self.param(buffer, b"q")?.text())
    }
}

/// Seconds as Expires and `expires` parameters write them; numbers beyond 2³²-1 count as that (RFC 3261 §20.19).
pub fn parse_expires(text: &[u8]) -> Option<u32> {
    if text.is_empty() || !text.iter().all(u8::is_ascii_digit) {
        return None;
    }
    Some(crate::scan::decimal(text).unwrap_or(u32::MAX))
}

/// A q-value in thousandths, 0 to 1000 (RFC 3261 §20.10).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Q(u16);

impl Q {
    /// From thousandths; `None` above 1000.
    pub const fn from_thousandths(thousandths: u16) -> Option<Q> {
        if thousandths <= 1000 {
            Some(Q(thousandths))
        } else {
            None
        }
    }

    /// 0 to 1000.
    pub const fn thousandths(self) -> u16 {
        self.0
    }

    /// Reads `0`, `0.5`, `.5`, `1.000` and the like; digits beyond the third are ignored.
    pub fn parse(text: &[u8]) -> Option<Q> {
        let (whole, fraction) = stdx::ascii::split_once(text, b'.').unwrap_or((text, b""));
        let whole = match whole {
            b"" if !fraction.is_empty() => 0,
            b"0" => 0,
            b"1" => 1000,
            _ => return None,
        };
        if !fraction.iter().all(u8::is_ascii_digit) {
            return None;
        }
        let digit = |place: usize| fraction.get(place).map_or(0, |byte| u16::from(byte - b'0'));
        Q::from_thousandths(whole + digit(0) * 100 + digit(1) * 10 + digit(2))
    }
}

impl std::fmt::Display for Q {
    /// The shortest form: `1`, `0.5`, `0.25`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            whole if whole % 1000 == 0 => write!(f, "{}", whole / 1000),
            tenths if tenths % 100 == 0 => write!(f, "0.{}", tenths / 100),
            hundredths if hundredths % 10 == 0 => write!(f, "0.{:02}", hundredths / 10),
            thousandths => write!(f, "0.{thousandths:03}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn q_values_are_read_and_written() {
        for (text, thousandths) in [
            ("1", 1000),
            ("1.0", 1000),
            ("0", 0),
            ("0.5", 500),
            (".5", 500),
            ("0.25", 250),
            ("0.001", 1),
            ("0.9999", 999),
        ] {
            assert_eq!(
                Q::parse(text.as_bytes()).map(Q::thousandths),
                Some(thousandths),
                "{text}"
            );
        }
        for text in ["", ".", "1.5", "2", "-1", "0.x", "0,5", "00.5"] {
            assert_eq!(Q::parse(text.as_bytes()), None, "{text}");
        }
        assert_eq!(
            Q::parse(b"0.50").map(|q| q.to_string()).as_deref(),
            Some("0.5")
        );
        assert_eq!(
            Q::parse(b"0.25").map(|q| q.to_string()).as_deref(),
            Some("0.25")
        );
        assert_eq!(
            Q::parse(b"0.025").map(|q| q.to_string()).as_deref(),
            Some("0.025")
        );
        assert_eq!(Q(1000).to_string(), "1");
    }

    #[test]
    fn a_star_is_all_contacts_with_and_without_parameters() {
        let read = |text: &str| {
            let mut reader = Reader::new(text.as_bytes(), Span::from_offsets(0, text.len()));
            let contact = Contact::read(&mut reader);
            (
                contact.is_ok_and(|contact| contact.address().is_none()),
                reader.at,
            )
        };
        assert_eq!(read("*"), (true, 1));
        assert_eq!(read("*, <sip:a@b>"), (true, 1));
        assert_eq!(read(" * ;q=1;expires=0, <sip:a@b>"), (true, 17));
        assert!(!read("*a").0);
    }

    #[test]
    fn expiry_beyond_the_range_is_the_largest() {
        assert_eq!(parse_expires(b"3600"), Some(3600));
        assert_eq!(parse_expires(b"36893488147419103232"), Some(u32::MAX));
        assert_eq!(parse_expires(b"-1"), None);
        assert_eq!(parse_expires(b""), None);
        assert_eq!(parse_expires(b"many"), None);
    }
}
