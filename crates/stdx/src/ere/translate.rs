//! A parsed pattern in the syntax of the `regex` family, for byte matching
//! without Unicode.

use std::fmt::Write;

use super::Flags;
use super::parse::{Assertion, Node};
use super::set::ByteSet;

/// The same language in the other syntax; groups keep their numbers. That family
/// of engines has no back-references: patterns with them are not for here.
pub(super) fn translate(node: &Node, flags: Flags) -> String {
    let mut out = String::new();
    put(node, flags, &mut out);
    out
}

fn put(node: &Node, flags: Flags, out: &mut String) {
    match node {
        Node::Empty => out.push_str("(?:)"),
        Node::Set(set) => put_set(set, out),
        Node::Assertion(assertion) => out.push_str(match (assertion, flags.newline) {
            (Assertion::LineStart, true) => "(?m:^)",
            (Assertion::LineEnd, true) => "(?m:$)",
            (Assertion::LineStart | Assertion::TextStart, _) => r"\A",
            (Assertion::LineEnd | Assertion::TextEnd, _) => r"\z",
            (Assertion::WordStart, _) => r"\b{start}",
            (Assertion::WordEnd, _) => r"\b{end}",
            (Assertion::WordBoundary, _) => r"\b",
            (Assertion::NotWordBoundary, _) => r"\B",
        }),
        Node::Group(inner) => {
            out.push('(');
            put(inner, flags, out);
            out.push(')');
        }
        Node::Concat(parts) => parts.iter().for_each(|part| put(part, flags, out)),
        Node::Alternate(branches) => {
            out.push_str("(?:");
            for (index, branch) in branches.iter().enumerate() {
                if index > 0 {
                    out.push('|');
                }
                put(branch, flags, out);
            }
            out.push(')');
        }
        Node::Repeat { node, min, max } => {
            out.push_str("(?:");
            put(node, flags, out);
            out.push(')');
            put_count(*min, *max, out);
        }
        Node::BackReference => {
            crate::never!("a back-reference has no translation");
        }
    }
}

fn put_count(min: u32, max: Option<u32>, out: &mut String) {
    let written = match (min, max) {
        (0, None) => out.write_str("*"),
        (1, None) => out.write_str("+"),
        (0, Some(1)) => out.write_str("?"),
        (min, None) => write!(out, "{{{min},}}"),
        (min, Some(max)) => write!(out, "{{{min},{max}}}"),
    };
    crate::never!(written.is_err(), "writing to a string failed");
}

fn put_set(set: &ByteSet, out: &mut String) {
    let ranges = set.ranges();
    let written = match ranges.as_slice() {
        [(start, end)] if start == end => put_byte(*start, out),
        // A class without members: nothing is both below and above.
        [] => out.write_str(r"[\x00&&\x01]"),
        ranges => out.write_str("[").and_then(|()| {
            ranges.iter().try_for_each(|(start, end)| {
                put_byte(*start, out)?;
                out.write_str("-")?;
                put_byte(*end, out)
            })?;
            out.write_str("]")
        }),
    };
    crate::never!(written.is_err(), "writing to a string failed");
}

fn put_byte(byte: u8, out: &mut String) -> std::fmt::Result {
    if byte.is_ascii_alphanumeric() {
        out.write_char(char::from(byte))
    } else {
        write!(out, r"\x{byte:02x}")
    }
}
