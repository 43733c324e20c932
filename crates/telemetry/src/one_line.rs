//! Keeping what strangers say within one line.

use std::fmt::{self, Write};

/// What is shown as one line, whatever it says: control characters but tabs, U+0080 to U+009F among them, become `\n`, `\r`,
/// `\x1b`, and so on. Whoever sends a message could else write lines of the log that nobody logged, or give orders to the
/// terminal of who reads it.
pub struct OneLine<T>(pub T);

impl<T: fmt::Display> fmt::Display for OneLine<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(Escaping(formatter), "{}", self.0)
    }
}

struct Escaping<'a, W>(&'a mut W);

impl<W: Write> Write for Escaping<'_, W> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let mut rest = text;
        while let Some(at) = first_control(rest.as_bytes()) {
            let (plain, control) = rest.split_at(at);
            self.0.write_str(plain)?;
            let mut characters = control.chars();
            match characters.next() {
                Some('\n') => self.0.write_str("\\n")?,
                Some('\r') => self.0.write_str("\\r")?,
                Some(other) => write!(self.0, "\\x{:02x}", u32::from(other))?,
                None => {}
            }
            rest = characters.as_str();
        }
        self.0.write_str(rest)
    }
}

/// Where the first character is that ends a line or makes a terminal do something else than show it.
fn first_control(text: &[u8]) -> Option<usize> {
    let mut before = 0;
    text.iter()
        .position(|octet| {
            let is_control = match octet {
                b'\t' => false,
                // The second half of U+0080 to U+009F in UTF-8.
                0x80..=0x9f => before == C1_LEAD,
                octet => octet.is_ascii_control(),
            };
            before = *octet;
            is_control
        })
        .map(|at| match text.get(at) {
            Some(0x80..=0x9f) => at.saturating_sub(1),
            _ => at,
        })
}

/// The first octet of U+0080 to U+00BF in UTF-8.
const C1_LEAD: u8 = 0xc2;

/// Makes one line of what `line` holds from `start` on, as [`OneLine`] does.
pub fn make_one_line(line: &mut Vec<u8>, start: usize) {
    let tail = line.get(start..).unwrap_or_default();
    if first_control(tail).is_none() {
        return;
    }
    let shown = OneLine(String::from_utf8_lossy(tail)).to_string();
    line.truncate(start);
    line.extend_from_slice(shown.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_begin_another_line_is_shown() {
        for (text, shown) in [
            ("plain\ttext, ü", "plain\ttext, ü"),
            ("a\r\n ERROR: b\n", "a\\r\\n ERROR: b\\n"),
            ("\x1b[2J\0\x7f", "\\x1b[2J\\x00\\x7f"),
            ("a\u{9b}2J\u{85}\u{80}\u{9f}", "a\\x9b2J\\x85\\x80\\x9f"),
            ("\u{a0}\u{bf}\u{c2}\u{155}Ü", "\u{a0}\u{bf}\u{c2}\u{155}Ü"),
            ("", ""),
        ] {
            assert_eq!(OneLine(text).to_string(), shown);
            let mut line = b"1\n".to_vec();
            line.extend_from_slice(text.as_bytes());
            make_one_line(&mut line, 2);
            assert_eq!(line, [b"1\n", shown.as_bytes()].concat());
        }
    }
}
