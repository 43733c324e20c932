//! Keeping what strangers say within one line.

use std::fmt::{self, Write};

/// What is shown as one line, whatever it says: control characters but tabs become `\n`, `\r`, `\x1b`, and so on. Whoever sends
/// a message could else write lines of the log that nobody logged.
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
        while let Some(at) = rest.bytes().position(breaks_line) {
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

/// Whether an octet ends a line or makes a terminal do something else than show it.
fn breaks_line(octet: u8) -> bool {
    octet.is_ascii_control() && octet != b'\t'
}

/// Makes one line of what `line` holds from `start` on, as [`OneLine`] does.
pub fn make_one_line(line: &mut Vec<u8>, start: usize) {
    let tail = line.get(start..).unwrap_or_default();
    if !tail.iter().copied().any(breaks_line) {
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
