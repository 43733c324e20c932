//! The engine's own language, written by a script, with octets in it that are no UTF-8.

use crate::dialect::Dialect;
use std::fmt::Write;

/// The text of a raw statement.
///
/// Engines are given text, and SQLite reads it as UTF-8; but what stands in a literal came from a message as often as not,
/// and is stored octet for octet (observed on 5.6.3). A literal that is no UTF-8 is written by the numbers of its octets.
pub fn text_of(sql: &[u8], dialect: Dialect) -> String {
    match std::str::from_utf8(sql) {
        Ok(text) => text.to_owned(),
        Err(_) if dialect == Dialect::Sqlite => by_number(sql),
        Err(_) => String::from_utf8_lossy(sql).into_owned(),
    }
}

fn by_number(sql: &[u8]) -> String {
    let mut out = String::with_capacity(sql.len() * 2);
    let mut rest = sql;
    while !rest.is_empty() {
        let (piece, after) = rest.split_at(piece_length(rest).clamp(1, rest.len()));
        rest = after;
        match literal(piece) {
            Some(content) if std::str::from_utf8(&content).is_err() => {
                out.push_str("CAST(x'");
                for octet in content {
                    // Writing to memory does not fail.
                    let _ = write!(out, "{octet:02x}");
                }
                out.push_str("' AS TEXT)");
            }
            _ => out.push_str(&String::from_utf8_lossy(piece)),
        }
    }
    out
}

/// The length of what begins a statement: a literal, a quoted name, a comment, or what stands before the next of them.
fn piece_length(sql: &[u8]) -> usize {
    let through = |end: &[u8], from: usize| {
        let found = sql
            .get(from..)
            .and_then(|rest| stdx::ascii::find(rest, end));
        found.map_or(sql.len(), |at| from + at + end.len())
    };
    match sql {
        [quote @ (b'\'' | b'"' | b'`'), ..] => quoted_length(sql, *quote),
        [b'[', ..] => through(b"]", 1),
        [b'-', b'-', ..] => through(b"\n", 2),
        [b'/', b'*', ..] => through(b"*/", 2),
        [_, rest @ ..] => {
            let begins = |byte: &u8| matches!(byte, b'\'' | b'"' | b'`' | b'[' | b'-' | b'/');
            rest.iter().position(begins).map_or(sql.len(), |at| at + 1)
        }
        [] => 0,
    }
}

/// Through the quote that ends what one begins: two of them are one that belongs to it.
fn quoted_length(sql: &[u8], quote: u8) -> usize {
    let mut at = 1;
    while let Some(found) = sql
        .get(at..)
        .and_then(|rest| stdx::ascii::find(rest, &[quote]))
    {
        at += found + 1;
        match sql.get(at) == Some(&quote) {
            true => at += 1,
            false => return at,
        }
    }
    sql.len()
}

/// What a literal stands for; none for what is no literal. SQLite takes text in double quotes for one where no column has that
/// name, and none has a name that is no UTF-8.
fn literal(piece: &[u8]) -> Option<Vec<u8>> {
    let (quote, inner) = match piece {
        [b'\'', inner @ .., b'\''] => (b'\'', inner),
        [b'"', inner @ .., b'"'] => (b'"', inner),
        _ => return None,
    };
    let mut content = Vec::with_capacity(inner.len());
    let mut octets = inner.iter();
    while let Some(octet) = octets.next() {
        content.push(*octet);
        if *octet == quote && octets.next() != Some(&quote) {
            return None;
        }
    }
    Some(content)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_that_are_no_utf8_are_written_by_the_numbers_of_their_octets() {
        for (sql, expected) in [
            (&b"select '\xc3\xa9'"[..], "select 'é'"),
            (
                b"select 'J\xe9', 'x', \"y\xff\"",
                "select CAST(x'4ae9' AS TEXT), 'x', CAST(x'79ff' AS TEXT)",
            ),
            (
                b"select 'a''\xe9''',''",
                "select CAST(x'6127e927' AS TEXT),''",
            ),
            (
                b"select 1 -- '\xe9\n, '\xe9'",
                "select 1 -- '\u{fffd}\n, CAST(x'e9' AS TEXT)",
            ),
            (
                b"select 1/* ' \xe9 */-2, `a'\xe9`, [b'\xe9]",
                "select 1/* ' \u{fffd} */-2, `a'\u{fffd}`, [b'\u{fffd}]",
            ),
            (b"select '\xe9", "select '\u{fffd}"),
            (b"select '\xe9''", "select '\u{fffd}''"),
            (b"/* \xe9", "/* \u{fffd}"),
        ] {
            assert_eq!(text_of(sql, Dialect::Sqlite), expected);
        }
        assert_eq!(
            text_of(b"select '\xe9'", Dialect::Mysql),
            "select '\u{fffd}'"
        );
    }
}
