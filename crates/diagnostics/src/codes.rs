//! The table of all codes, one file per family; syntax, the largest, has several.
//!
//! A code is a constant with a doc comment: its first line says what is wrong; then follow why it matters, the
//! smallest example and the way out. The comment is both the reference page and what `explain` prints.
//! Codes are never reused: a mistake that no longer exists leaves a gap.

pub mod compat;
pub mod names;
pub mod params;
pub mod routes;
pub mod syntax;

/// A kind of mistake: its stable number and the text that explains it.
#[derive(Clone, Copy)]
pub struct Code(&'static Entry);

/// What the table holds about one code.
pub struct Entry {
    id: &'static str,
    text: &'static [&'static str],
}

impl Code {
    #[doc(hidden)]
    pub const fn from_entry(entry: &'static Entry) -> Code {
        Code(entry)
    }

    /// The stable number, such as `S0001`.
    pub const fn id(self) -> &'static str {
        self.0.id
    }

    /// The first line of the explanation.
    pub fn summary(self) -> &'static str {
        self.0.text.first().map_or("", |line| line.trim())
    }
}

impl PartialEq for Code {
    fn eq(&self, other: &Code) -> bool {
        self.0.id == other.0.id
    }
}

impl Eq for Code {}

impl std::hash::Hash for Code {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.0.id.hash(state);
    }
}

impl std::fmt::Debug for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0.id)
    }
}

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0.id)
    }
}

/// All codes, by number within their family: syntax, names, routes, params, compat.
pub fn all() -> impl Iterator<Item = Code> {
    let others = [names::ALL, routes::ALL, params::ALL, compat::ALL];
    syntax::all()
        .into_iter()
        .chain(others.into_iter().flatten().copied())
}

/// The code with this number, in any letter case.
pub fn find(id: &str) -> Option<Code> {
    all().find(|code| code.id().eq_ignore_ascii_case(id))
}

/// The whole text about a code: what, why, example, way out.
pub fn explain(code: Code) -> String {
    let mut text = String::from(code.id());
    text.push_str(": ");
    for (index, line) in code.0.text.iter().enumerate() {
        let line = line.strip_prefix(' ').unwrap_or(line);
        text.push_str(if index == 0 { line.trim() } else { line });
        text.push('\n');
    }
    text
}

/// Declares the codes of one family, or of one part of it: a doc comment, the number, the constant's name.
macro_rules! family {
    (part $list:ident; $($(#[doc = $doc:literal])+ $id:literal $name:ident;)*) => {
        $(
            $(#[doc = $doc])+
            pub const $name: $crate::Code = $crate::Code::from_entry(
                &$crate::codes::Entry { id: $id, text: &[$($doc),+] },
            );
        )*
        /// The codes declared here, by number.
        pub const $list: &[$crate::Code] = &[$($name),*];
    };
    ($($codes:tt)*) => {
        $crate::codes::family! { part ALL; $($codes)* }
    };
}
use family;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_unique_and_ascend_within_a_family() {
        let syntax = syntax::all();
        let families = [
            ("S", syntax.as_slice()),
            ("N", names::ALL),
            ("R", routes::ALL),
            ("P", params::ALL),
            ("C", compat::ALL),
        ];
        for (letter, codes) in families {
            for code in codes {
                assert!(
                    code.id().starts_with(letter) && code.id().len() == 5,
                    "{code}"
                );
            }
            assert!(
                codes.is_sorted_by_key(|code| code.id()),
                "{letter} is out of order"
            );
            for pair in codes.windows(2) {
                assert_ne!(pair[0], pair[1]);
            }
        }
    }

    #[test]
    fn every_code_says_what_why_and_the_way_out_with_an_example() {
        for code in all() {
            let text = explain(code);
            assert!(
                code.summary().ends_with('.'),
                "{code}: the first line is a sentence"
            );
            assert!(text.contains("```cfg\n"), "{code}: an example");
            assert!(text.contains("\nWay out: "), "{code}: the way out");
        }
    }

    #[test]
    fn a_code_is_found_in_any_letter_case() {
        assert_eq!(find("s0001"), Some(syntax::UNCLOSED_STRING));
        assert_eq!(find("S9999"), None);
    }
}
