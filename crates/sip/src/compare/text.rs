//! Comparing parts of URIs: escaped or not, in any case or not.

use stdx::hex;

/// Whether upper and lower case differ.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Case {
    Matters,
    Ignored,
}

/// Whether two parts are the same when escapes of unreserved characters are undone (RFC 3261 §19.1.4). An escaped reserved
/// character is another one than the bare character.
pub(super) fn same_text(one: &[u8], other: &[u8], case: Case) -> bool {
    if one == other {
        return true;
    }
    let units = |text| {
        Units { rest: text }.map(move |unit| match case {
            Case::Matters => unit,
            Case::Ignored => Unit {
                octet: unit.octet.to_ascii_lowercase(),
                ..unit
            },
        })
    };
    units(one).eq(units(other))
}

#[derive(PartialEq, Eq)]
struct Unit {
    octet: u8,
    is_escaped: bool,
}

struct Units<'a> {
    rest: &'a [u8],
}

impl Iterator for Units<'_> {
    type Item = Unit;

    fn next(&mut self) -> Option<Unit> {
        if let [b'%', high, low, rest @ ..] = self.rest
            && let (Some(high), Some(low)) = (hex::value_of(*high), hex::value_of(*low))
        {
            let octet = high << 4 | low;
            let is_reserved = matches!(
                octet,
                b';' | b'/' | b'?' | b':' | b'@' | b'&' | b'=' | b'+' | b'$' | b','
            );
            self.rest = rest;
            return Some(Unit {
                octet,
                is_escaped: is_reserved,
            });
        }
        let (octet, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(Unit {
            octet: *octet,
            is_escaped: false,
        })
    }
}
