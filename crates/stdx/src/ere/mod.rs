//! POSIX extended regular expressions with glibc's meaning and a DFA's speed.
//!
//! A pattern is parsed here, by glibc's rules, and matched by one of three engines:
//!
//! - *Does it match?* is answered by a dense DFA, or by the lazy engines of
//!   `regex-automata` where that DFA would be large. Both describe the same
//!   regular language as the original.
//! - *What did the groups match?* is answered by a small backtracker or by the same
//!   family when greedy matching provably yields POSIX's leftmost-longest groups.
//! - Everything else (other groups, back-references) goes to the C library, after
//!   the DFA has sorted out the texts that do not match at all.
//!
//! Texts are bytes in the C locale; a NUL in a text is an ordinary byte that `.`
//! does not match. Read [`Ere`] first, [`Subst`] next.

mod bracket;
mod engine;
mod exactness;
mod flat;
mod parse;
mod posix;
mod quirks;
mod set;
mod subst;
mod translate;

#[cfg(test)]
mod tests;

use std::fmt;
use std::ops::Range;
use std::sync::OnceLock;

use regex_automata::{Input, dfa, meta};

use flat::{Flat, Outcome};
use posix::Posix;

pub use subst::{EmptyMatch, Piece, Subst, SubstError};

/// Patterns of more positions than this are left to the C library altogether.
const TRANSLATED_MAX: usize = 5_000;

/// How a pattern is compiled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flags {
    /// Without regard to the case of ASCII letters (`REG_ICASE`).
    pub ignore_case: bool,
    /// `^` and `$` also match at line ends, `.` and `[^x]` do not match a newline
    /// (`REG_NEWLINE`).
    pub newline: bool,
}

/// Why a pattern was refused; the cases are those of `regcomp`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EreError {
    /// `(` without `)`.
    UnmatchedParenthesis,
    /// `[` without `]`.
    UnmatchedBracket,
    /// `{` without `}`.
    UnmatchedBrace,
    /// What stands between `{` and `}` is no interval.
    BadInterval,
    /// `*`, `+`, `?` or `{` with nothing before it to repeat.
    RepetitionOfNothing,
    /// The range of a bracket expression ends before it begins, or has a class for an end.
    BadRange,
    /// `[:name:]` is no class.
    UnknownClass,
    /// `[.name.]` or `[=name=]` of more than one byte.
    BadCollation,
    /// The pattern ends in a backslash.
    TrailingBackslash,
    /// A back-reference to a group that does not exist or is still open.
    UnknownGroup,
    /// A back-reference beside a repetition of what may be empty: the C library, which
    /// alone knows back-references, may never return from such a pattern.
    EndlessRepetition,
    /// Counts or nesting beyond any use.
    TooLarge,
    /// The C library refused, with this code.
    Refused(i32),
}

impl fmt::Display for EreError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            EreError::UnmatchedParenthesis => "parenthesis `(` is not closed",
            EreError::UnmatchedBracket => "bracket `[` is not closed",
            EreError::UnmatchedBrace => "brace `{` is not closed",
            EreError::BadInterval => "the repetition between `{` and `}` is not a count or a range",
            EreError::RepetitionOfNothing => "a repetition has nothing before it to repeat",
            EreError::BadRange => "a range in brackets ends before it begins",
            EreError::UnknownClass => "there is no character class of this name",
            EreError::BadCollation => "a collating element must be one byte",
            EreError::TrailingBackslash => "the pattern ends in a backslash",
            EreError::UnknownGroup => "a back-reference names a group that is not complete",
            EreError::EndlessRepetition => {
                "a repetition of what may be empty cannot stand beside a back-reference"
            }
            EreError::TooLarge => "the pattern is too large",
            EreError::Refused(code) => return write!(formatter, "regcomp failed with code {code}"),
        })
    }
}

impl std::error::Error for EreError {}

/// A compiled POSIX extended regular expression.
///
/// Immutable and shared between threads freely; matching takes no lock that
/// other threads hold for long.
pub struct Ere {
    pattern: Box<[u8]>,
    flags: Flags,
    groups_count: usize,
    /// Whether `^` occurs.
    is_anchored: bool,
    /// The pattern for `regex-automata`, where that describes the same language.
    translated: Option<String>,
    /// The quick way to groups, where the pattern allows it.
    flat: Option<Flat>,
    /// The C library's copy, where groups or back-references need it.
    posix: Option<Posix>,
    matcher: OnceLock<Matcher>,
    finder: OnceLock<Option<meta::Regex>>,
}

/// Answers whether a text matches.
enum Matcher {
    Dense(Box<dfa::dense::DFA<Vec<u32>>>),
    Lazy(meta::Regex),
    Posix,
}

impl Ere {
    /// Compiles `pattern`, which ends at its first NUL as it does in C.
    ///
    /// All errors are found here. The engines are built by the first use;
    /// [`Ere::prepare_match`] and [`Ere::prepare_captures`] do it in advance.
    pub fn compile(pattern: &[u8], flags: Flags) -> Result<Ere, EreError> {
        let pattern = pattern.split(|&byte| byte == 0).next().unwrap_or_default();
        let (node, traits) = parse::parse(pattern, flags)?;
        let repeats_empty = exactness::repeats_empty(&node);
        if repeats_empty && traits.back_references {
            return Err(EreError::EndlessRepetition);
        }
        let is_regular = !traits.back_references
            && traits.size <= TRANSLATED_MAX
            && (repeats_empty || quirks::is_regular(&node, flags));
        // The engines cannot be told of a text that begins a word, or begins at all,
        // but no line (`captures_from`).
        let is_greedy = is_regular
            && (repeats_empty
                || !(traits.text_start_assertions
                    || traits.start_assertions && traits.word_assertions)
                    && exactness::has_equal_groups(&node));
        Ok(Ere {
            pattern: pattern.into(),
            flags,
            groups_count: traits.groups,
            is_anchored: traits.start_assertions,
            translated: is_regular.then(|| translate::translate(&node, flags)),
            flat: if is_greedy {
                Flat::new(&node, flags)
            } else {
                None
            },
            posix: if is_greedy {
                None
            } else {
                Some(Posix::compile(pattern, flags)?)
            },
            matcher: OnceLock::new(),
            finder: OnceLock::new(),
        })
    }

    /// Builds what [`Ere::is_match`] needs.
    pub fn prepare_match(&self) {
        self.matcher();
    }

    /// Builds what [`Ere::captures`] needs.
    pub fn prepare_captures(&self) {
        match &self.posix {
            Some(_) => self.prepare_match(),
            None if self.flat.is_some() => {}
            None => {
                self.finder();
            }
        }
    }

    /// The pattern as it was given.
    pub fn pattern(&self) -> &[u8] {
        &self.pattern
    }

    /// The flags as they were given.
    pub fn flags(&self) -> Flags {
        self.flags
    }

    /// Number of parenthesised groups, the whole match not counted.
    pub fn groups_count(&self) -> usize {
        self.groups_count
    }

    /// Whether the pattern matches anywhere in `text`.
    #[inline]
    pub fn is_match(&self, text: &[u8]) -> bool {
        match self.matcher() {
            Matcher::Dense(dfa) => engine::is_dense_match(dfa, text),
            Matcher::Lazy(regex) => regex.is_match(text),
            Matcher::Posix => self
                .posix
                .as_ref()
                .is_some_and(|posix| posix.search(text, false, &mut [])),
        }
    }

    /// The leftmost-longest match in `text`: `groups[0]` is the whole, the others
    /// are the parenthesised groups, `None` for those that took no part. Groups
    /// beyond the length of `groups` are not reported. False without a match.
    pub fn captures(&self, text: &[u8], groups: &mut [Option<Range<usize>>]) -> bool {
        self.captures_from(text, 0, groups)
    }

    /// As [`Ere::captures`], in `text[start..]` as a text of its own, except that
    /// `^` matches at its beginning only when `start` is 0 or follows a newline.
    /// This is how Kamailio goes on after a match (observed on 5.6.3). The ranges
    /// count from the beginning of `text`.
    pub fn captures_from(
        &self,
        text: &[u8],
        start: usize,
        groups: &mut [Option<Range<usize>>],
    ) -> bool {
        let Some(rest) = text.get(start..) else {
            return false;
        };
        groups.fill(None);
        let is_continued = start
            .checked_sub(1)
            .is_some_and(|before| text.get(before) != Some(&b'\n'));
        let found = match &self.posix {
            None => match self.flat_search(rest, is_continued, groups) {
                Outcome::Match => true,
                Outcome::NoMatch => false,
                Outcome::Unknown => return self.greedy_search(text, start, is_continued, groups),
            },
            // Without `^` even fewer texts match, so the DFA may sort them out.
            Some(_) if self.translated.is_some() && !self.is_match(rest) => false,
            Some(posix) => posix.search(rest, is_continued, groups),
        };
        shift(groups, start);
        found
    }

    /// The matches one after the other, each search going on where the last match
    /// ended, one byte further after an empty match.
    pub fn find_iter<'a>(&'a self, text: &'a [u8]) -> impl Iterator<Item = Range<usize>> + 'a {
        let mut start = 0;
        std::iter::from_fn(move || {
            let mut whole = [None];
            self.captures_from(text, start, &mut whole);
            let [found] = whole;
            let found = found?;
            start = if found.is_empty() {
                found.end + 1
            } else {
                found.end
            };
            Some(found)
        })
    }

    fn flat_search(
        &self,
        text: &[u8],
        is_continued: bool,
        groups: &mut [Option<Range<usize>>],
    ) -> Outcome {
        match &self.flat {
            Some(flat) => flat.search(text, is_continued, groups),
            None => Outcome::Unknown,
        }
    }

    /// Searches `text[start..]`; the groups count from the beginning of `text`.
    fn greedy_search(
        &self,
        text: &[u8],
        start: usize,
        is_continued: bool,
        groups: &mut [Option<Range<usize>>],
    ) -> bool {
        let Some(finder) = self.finder() else {
            return false;
        };
        if is_continued && self.is_anchored {
            // The engine sees that the byte before `start` is no newline: that is
            // what keeps `^` from matching there.
            return engine::greedy_search(finder, Input::new(text).range(start..), groups);
        }
        let rest = text.get(start..).unwrap_or_default();
        let found = engine::greedy_search(finder, Input::new(rest), groups);
        shift(groups, start);
        found
    }

    #[inline]
    fn matcher(&self) -> &Matcher {
        self.matcher.get_or_init(|| match &self.translated {
            Some(translated) => match engine::build_dense(translated) {
                Some(dfa) => Matcher::Dense(Box::new(dfa)),
                None => engine::build_lazy(translated).map_or(Matcher::Posix, Matcher::Lazy),
            },
            None => Matcher::Posix,
        })
    }

    #[inline]
    fn finder(&self) -> Option<&meta::Regex> {
        self.finder
            .get_or_init(|| self.translated.as_deref().and_then(engine::build_lazy))
            .as_ref()
    }
}

fn shift(groups: &mut [Option<Range<usize>>], distance: usize) {
    for group in groups.iter_mut().flatten() {
        *group = group.start + distance..group.end + distance;
    }
}

impl fmt::Debug for Ere {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "Ere({:?}, {:?})",
            String::from_utf8_lossy(&self.pattern),
            self.flags
        )
    }
}
