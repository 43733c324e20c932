//! Rust source split into what is code and what is not, without a parser.
//!
//! A rule about names must not trip over a comment, and a rule about comments must not trip over a string.

/// One file's text in two views of equal shape: every byte that does not belong to the view is a space, line ends stay.
pub struct Views {
    /// Code, with comments and the contents of string literals blanked.
    pub code: String,
    /// Comments, with everything else blanked.
    pub comments: String,
}

#[derive(Clone, Copy, PartialEq)]
enum Part {
    Code,
    Comment,
    Text,
}

/// Splits `text` into its views.
pub fn views(text: &str) -> Views {
    let parts = classify(text.as_bytes());
    let view = |wanted: Part| -> String {
        let keep = |(index, byte): (usize, u8)| match byte {
            b'\n' => '\n',
            _ if parts[index] == wanted && byte.is_ascii() => byte as char,
            _ => ' ',
        };
        text.bytes().enumerate().map(keep).collect()
    };
    Views {
        code: view(Part::Code),
        comments: view(Part::Comment),
    }
}

/// The part of `text` that is not tests: up to the first inline `#[cfg(test)] mod … {`.
pub fn without_tests(text: &str) -> &str {
    let mut start = 0;
    while let Some(found) = text[start..].find("#[cfg(test)]") {
        let at = start + found;
        let rest = text[at + "#[cfg(test)]".len()..].trim_start();
        let declares_only = rest.find(['{', ';']).map(|i| rest.as_bytes()[i]) == Some(b';');
        if rest.starts_with("mod ") && !declares_only {
            return &text[..at];
        }
        start = at + "#[cfg(test)]".len();
    }
    text
}

/// Whether the whole file is tests, judging by its path.
pub fn is_test_file(path: &str) -> bool {
    path.ends_with("/tests.rs")
        || path.ends_with("_tests.rs")
        || path.contains("/tests/")
        || path.contains("/benches/")
        || path.contains("/examples/")
}

fn classify(bytes: &[u8]) -> Vec<Part> {
    let mut parts = vec![Part::Code; bytes.len()];
    let mut at = 0;
    while at < bytes.len() {
        let (part, end) = next_part(bytes, at);
        parts[at..end].fill(part);
        at = end;
    }
    parts
}

/// The part that starts at `at`, and where it ends.
fn next_part(bytes: &[u8], at: usize) -> (Part, usize) {
    let rest = &bytes[at..];
    if rest.starts_with(b"//") {
        let length = rest.iter().position(|&b| b == b'\n').unwrap_or(rest.len());
        return (Part::Comment, at + length);
    }
    if rest.starts_with(b"/*") {
        return (Part::Comment, at + block_comment(rest));
    }
    let in_word = at > 0 && (bytes[at - 1].is_ascii_alphanumeric() || bytes[at - 1] == b'_');
    if !in_word && let Some(length) = raw_string(rest) {
        return (Part::Text, at + length);
    }
    match rest[0] {
        b'"' => (Part::Text, at + quoted(rest)),
        b'\'' => match char_literal(rest) {
            Some(length) => (Part::Text, at + length),
            None => (Part::Code, at + 1),
        },
        _ => (Part::Code, at + 1),
    }
}

fn block_comment(rest: &[u8]) -> usize {
    let mut depth = 0;
    let mut at = 0;
    while at < rest.len() {
        if rest[at..].starts_with(b"/*") {
            depth += 1;
            at += 2;
        } else if rest[at..].starts_with(b"*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += 1;
        }
    }
    at
}

/// Length of `r"…"`, `r#"…"#` and their byte forms; `None` when there is none here.
fn raw_string(rest: &[u8]) -> Option<usize> {
    let prefix = [&b"br"[..], b"cr", b"r"]
        .into_iter()
        .find(|prefix| rest.starts_with(prefix))?;
    let hashes = rest[prefix.len()..]
        .iter()
        .take_while(|&&b| b == b'#')
        .count();
    let open = prefix.len() + hashes;
    if rest.get(open) != Some(&b'"') {
        return None;
    }
    let mut close = vec![b'"'];
    close.extend(std::iter::repeat_n(b'#', hashes));
    let body = &rest[open + 1..];
    let length = body
        .windows(close.len())
        .position(|window| window == close)
        .map_or(body.len(), |found| found + close.len());
    Some(open + 1 + length)
}

fn quoted(rest: &[u8]) -> usize {
    let mut at = 1;
    while at < rest.len() {
        match rest[at] {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    rest.len()
}

/// Length of a character literal; `None` for a lifetime.
fn char_literal(rest: &[u8]) -> Option<usize> {
    if rest.get(1) == Some(&b'\\') {
        let close = rest.iter().skip(3).position(|&b| b == b'\'')?;
        return Some(3 + close + 1);
    }
    let text = std::str::from_utf8(&rest[..rest.len().min(6)])
        .or_else(|error| std::str::from_utf8(&rest[..error.valid_up_to()]))
        .ok()?;
    let inner = text.chars().nth(1)?;
    (text.chars().nth(2) == Some('\'')).then(|| 2 + inner.len_utf8())
}

/// The name and the rest of what a line of a struct declares, if it looks like a field.
pub fn declared(line: &str) -> Option<(&str, &str)> {
    let rest = line.strip_prefix("    ")?;
    let rest = match rest.strip_prefix("pub") {
        Some(rest) => rest
            .trim_start_matches("(crate)")
            .trim_start_matches("(super)")
            .trim_start(),
        None => rest,
    };
    rest.split_once(": ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_and_comments_leave_the_code_view() {
        let split = views("let a = \"std::fs\"; // std::env\nuse std::thread; /* a /* b */ c */ x");
        assert!(!split.code.contains("std::fs"));
        assert!(!split.code.contains("std::env"));
        assert!(split.code.contains("use std::thread;"));
        assert!(split.code.trim_end().ends_with('x'));
        assert!(split.comments.contains("std::env"));
        assert_eq!(split.code.len(), split.comments.len());
    }

    #[test]
    fn raw_strings_chars_and_lifetimes_are_told_apart() {
        let split = views(
            "fn f<'a>(x: &'a str) { g('\"', b'\\'', '\\u{1F600}', r#\"a\"b\"#, br\"c\") } // end",
        );
        assert!(split.code.contains("fn f<'a>(x: &'a str)"));
        assert!(!split.code.contains('b') || !split.code.contains("a\"b"));
        assert!(split.comments.trim() == "// end");
    }

    #[test]
    fn an_inline_test_module_ends_the_product_code() {
        assert_eq!(without_tests("a\n#[cfg(test)]\nmod tests {\n b }"), "a\n");
        let declared = "#[cfg(test)]\nmod tests;\nfn a() {}";
        assert_eq!(without_tests(declared), declared);
    }
}
