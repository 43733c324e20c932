//! Bracket expressions: `[a-z]`, `[^[:alpha:]_]`, `[]x]`.

use super::EreError;
use super::parse::BracketInput;
use super::set::ByteSet;

/// The longest name between `[:` and `:]` that glibc reads.
const NAME_MAX: usize = 32;

enum Element {
    Byte(u8),
    Class(ByteSet),
}

/// The set of a bracket expression, the opening bracket already taken.
pub(super) fn parse(input: &mut BracketInput<'_, '_>) -> Result<ByteSet, EreError> {
    let mut set = ByteSet::default();
    let negated = input.peek_at(0)? == b'^';
    if negated {
        input.skip(1);
        if input.flags().newline {
            set.insert(b'\n');
        }
    }
    let mut is_first = true;
    while is_first || input.peek_at(0)? != b']' {
        let start = element(input, is_first)?;
        is_first = false;
        match start {
            Element::Class(class) => set = set.union(&class),
            Element::Byte(start) => {
                let end = if is_range(input)? {
                    range_end(input)?
                } else {
                    start
                };
                if end < start {
                    return Err(EreError::BadRange);
                }
                set = set.union(&ByteSet::of(start..=end));
            }
        }
    }
    input.skip(1);
    Ok(if negated { set.complement() } else { set })
}

/// Whether a `-` follows that stands between two ends.
fn is_range(input: &BracketInput<'_, '_>) -> Result<bool, EreError> {
    Ok(input.peek_at(0)? == b'-' && input.peek_at(1)? != b']')
}

fn range_end(input: &mut BracketInput<'_, '_>) -> Result<u8, EreError> {
    input.skip(1);
    match element(input, true)? {
        Element::Byte(end) => Ok(end),
        Element::Class(_) => Err(EreError::BadRange),
    }
}

fn element(input: &mut BracketInput<'_, '_>, accepts_hyphen: bool) -> Result<Element, EreError> {
    let byte = input.peek_at(0)?;
    if byte == b'[' {
        let kind = input.peek_at(1)?;
        if matches!(kind, b':' | b'=' | b'.') {
            return symbol(input, kind);
        }
    }
    if byte == b'-' && !accepts_hyphen && input.peek_at(1)? != b']' {
        return Err(EreError::BadRange);
    }
    input.skip(1);
    Ok(Element::Byte(byte))
}

/// `[:name:]`, `[=x=]` or `[.x.]`.
fn symbol(input: &mut BracketInput<'_, '_>, kind: u8) -> Result<Element, EreError> {
    input.skip(2);
    let mut name = Vec::new();
    loop {
        let byte = if kind == b':' {
            input.raw_at(0)?
        } else {
            input.peek_at(0)?
        };
        if byte == kind && input.raw_at(1)? == b']' {
            break;
        }
        if name.len() >= NAME_MAX {
            return Err(EreError::UnmatchedBracket);
        }
        name.push(byte);
        input.skip(1);
    }
    input.skip(2);
    match (kind, name.as_slice()) {
        (b':', name) => class(name, input).map(Element::Class),
        (b'=', &[byte]) => Ok(Element::Class(ByteSet::of([byte]))),
        (_, &[byte]) => Ok(Element::Byte(byte)),
        _ => Err(EreError::BadCollation),
    }
}

fn class(name: &[u8], input: &BracketInput<'_, '_>) -> Result<ByteSet, EreError> {
    let ignore_case = input.flags().ignore_case;
    let accept: fn(u8) -> bool = match name {
        b"upper" | b"lower" if ignore_case => |byte| byte.is_ascii_alphabetic(),
        b"upper" => |byte| byte.is_ascii_uppercase(),
        b"lower" => |byte| byte.is_ascii_lowercase(),
        b"alpha" => |byte| byte.is_ascii_alphabetic(),
        b"digit" => |byte| byte.is_ascii_digit(),
        b"alnum" => |byte| byte.is_ascii_alphanumeric(),
        b"space" => |byte| matches!(byte, b' ' | b'\t'..=b'\r'),
        b"blank" => |byte| matches!(byte, b' ' | b'\t'),
        b"punct" => |byte| byte.is_ascii_punctuation(),
        b"print" => |byte| matches!(byte, b' '..=b'~'),
        b"graph" => |byte| byte.is_ascii_graphic(),
        b"cntrl" => |byte| byte.is_ascii_control(),
        b"xdigit" => |byte| byte.is_ascii_hexdigit(),
        _ => return Err(EreError::UnknownClass),
    };
    Ok(ByteSet::filter(accept))
}
