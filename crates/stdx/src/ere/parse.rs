//! POSIX extended regular expressions as glibc reads them, into a tree.
//!
//! What POSIX leaves open is as glibc 2.36 decides it in the C locale; the
//! differential tests hold every choice against the installed library.

use super::set::ByteSet;
use super::{EreError, Flags};

/// The largest count in an interval expression (`RE_DUP_MAX`).
const REPEAT_MAX: u32 = 32_767;
/// How deep parentheses may nest.
const DEPTH_MAX: usize = 150;
/// How many single-byte positions a pattern may come to once its counted
/// repetitions are written out.
const SIZE_MAX: usize = 200_000;

/// One node of a parsed pattern.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Node {
    /// Matches the empty text.
    Empty,
    /// Matches one byte of the set.
    Set(ByteSet),
    /// Matches at a position without taking a byte.
    Assertion(Assertion),
    /// A parenthesised part.
    Group(Box<Node>),
    /// One after the other.
    Concat(Vec<Node>),
    /// One of them.
    Alternate(Vec<Node>),
    /// `min` to `max` times; no upper bound for `None`.
    Repeat {
        node: Box<Node>,
        min: u32,
        max: Option<u32>,
    },
    /// `\1` to `\9`.
    BackReference,
}

/// A condition on a position.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Assertion {
    /// `^`
    LineStart,
    /// `$`
    LineEnd,
    /// `` \` ``
    TextStart,
    /// `\'`
    TextEnd,
    /// `\<`
    WordStart,
    /// `\>`
    WordEnd,
    /// `\b`
    WordBoundary,
    /// `\B`
    NotWordBoundary,
}

/// What a pattern uses besides plain matching.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Traits {
    pub(super) groups: usize,
    /// Single-byte positions once counted repetitions are written out.
    pub(super) size: usize,
    pub(super) back_references: bool,
    /// `^` or `` \` ``
    pub(super) start_assertions: bool,
    /// `` \` ``
    pub(super) text_start_assertions: bool,
    /// `\<`, `\>`, `\b` or `\B`
    pub(super) word_assertions: bool,
}

/// How deep repetitions may stand within each other: what the C library keeps of them grows with the square of the copies.
const REPETITIONS_MAX: usize = 8;

/// Parses `pattern`.
pub(super) fn parse(pattern: &[u8], flags: Flags) -> Result<(Node, Traits), EreError> {
    let mut parser = Parser {
        pattern,
        at: 0,
        flags,
        depth: 0,
        open_groups: Vec::new(),
        traits: Traits::default(),
    };
    let node = parser.alternation()?;
    parser.traits.size = size(&node);
    if parser.traits.size > SIZE_MAX || repetitions(&node) > REPETITIONS_MAX {
        return Err(EreError::TooLarge);
    }
    Ok((node, parser.traits))
}

/// How deep repetitions stand within each other.
fn repetitions(node: &Node) -> usize {
    match node {
        Node::Empty | Node::Set(_) | Node::Assertion(_) | Node::BackReference => 0,
        Node::Group(inner) => repetitions(inner),
        Node::Concat(parts) | Node::Alternate(parts) => {
            parts.iter().map(repetitions).max().unwrap_or(0)
        }
        Node::Repeat { node, .. } => repetitions(node) + 1,
    }
}

/// Positions after writing out counted repetitions, and `x+` as `xx*`: stacked (`x++++`), each doubles what is below it.
fn size(node: &Node) -> usize {
    match node {
        Node::Empty | Node::Set(_) | Node::Assertion(_) | Node::BackReference => 1,
        Node::Group(inner) => size(inner).saturating_add(1),
        Node::Concat(parts) | Node::Alternate(parts) => parts
            .iter()
            .fold(1, |sum, part| sum.saturating_add(size(part))),
        Node::Repeat { node, min, max } => {
            let copies = max.unwrap_or(min.saturating_add(u32::from(*min > 0)));
            size(node).saturating_mul(copies.max(1) as usize)
        }
    }
}

struct Parser<'a> {
    pattern: &'a [u8],
    at: usize,
    flags: Flags,
    depth: usize,
    /// Numbers of the groups not closed yet.
    open_groups: Vec<usize>,
    traits: Traits,
}

impl Parser<'_> {
    /// The byte `ahead` of the current one, as matching sees it.
    fn peek_at(&self, ahead: usize) -> Option<u8> {
        self.raw_at(ahead).map(|byte| self.fold(byte))
    }

    fn peek(&self) -> Option<u8> {
        self.peek_at(0)
    }

    fn raw_at(&self, ahead: usize) -> Option<u8> {
        self.pattern.get(self.at + ahead).copied()
    }

    /// glibc matches without regard to case by upper-casing both sides.
    fn fold(&self, byte: u8) -> u8 {
        if self.flags.ignore_case {
            byte.to_ascii_uppercase()
        } else {
            byte
        }
    }

    /// The bytes of the text that a folded set accepts.
    fn unfold(&self, set: ByteSet) -> ByteSet {
        if self.flags.ignore_case {
            ByteSet::filter(|byte| set.contains(byte.to_ascii_uppercase()))
        } else {
            set
        }
    }

    fn alternation(&mut self) -> Result<Node, EreError> {
        let mut branches = vec![self.branch()?];
        while self.peek() == Some(b'|') {
            self.at += 1;
            branches.push(self.branch()?);
        }
        // `(a|b|c)` is `([abc])`, which the engines and the analysis of groups
        // like better.
        let union = branches
            .iter()
            .try_fold(ByteSet::default(), |union, branch| match branch {
                Node::Set(set) => Some(union.union(set)),
                _ => None,
            });
        Ok(match union {
            Some(set) => Node::Set(set),
            None => one_or(branches, Node::Alternate),
        })
    }

    fn branch(&mut self) -> Result<Node, EreError> {
        let mut parts = Vec::new();
        while let Some(byte) = self.peek() {
            if byte == b'|' || (byte == b')' && self.depth > 0) {
                break;
            }
            parts.push(self.expression()?);
        }
        Ok(one_or(parts, Node::Concat))
    }

    /// One atom and the repetitions behind it.
    fn expression(&mut self) -> Result<Node, EreError> {
        let mut node = self.atom()?;
        // An assertion takes no repetition: the `*` of `^*` then stands alone,
        // which is an error of its own.
        if matches!(node, Node::Assertion(_)) {
            return Ok(node);
        }
        while let Some(byte) = self.peek() {
            let (min, max) = match byte {
                b'*' => (0, None),
                b'+' => (1, None),
                b'?' => (0, Some(1)),
                b'{' => {
                    let (min, max) = self.interval()?;
                    node = repeat(node, min, max);
                    continue;
                }
                _ => break,
            };
            self.at += 1;
            node = repeat(node, min, max);
        }
        Ok(node)
    }

    fn atom(&mut self) -> Result<Node, EreError> {
        let Some(byte) = self.peek() else {
            return Ok(Node::Empty);
        };
        self.at += 1;
        match byte {
            b'(' => self.group(),
            b'[' => {
                let set = super::bracket::parse(&mut BracketInput(self))?;
                Ok(Node::Set(self.unfold(set)))
            }
            b'.' => {
                let newline = self.flags.newline;
                Ok(Node::Set(ByteSet::filter(|byte| {
                    byte != 0 && !(newline && byte == b'\n')
                })))
            }
            b'^' => Ok(self.assertion(Assertion::LineStart)),
            b'$' => Ok(self.assertion(Assertion::LineEnd)),
            b'*' | b'+' | b'?' | b'{' => Err(EreError::RepetitionOfNothing),
            b'\\' => self.escape(),
            _ => Ok(Node::Set(self.unfold(ByteSet::of([byte])))),
        }
    }

    fn group(&mut self) -> Result<Node, EreError> {
        if self.depth >= DEPTH_MAX {
            return Err(EreError::TooLarge);
        }
        self.traits.groups += 1;
        self.open_groups.push(self.traits.groups);
        self.depth += 1;
        let inner = self.alternation()?;
        self.depth -= 1;
        self.open_groups.pop();
        if self.peek() != Some(b')') {
            return Err(EreError::UnmatchedParenthesis);
        }
        self.at += 1;
        Ok(Node::Group(Box::new(inner)))
    }

    fn escape(&mut self) -> Result<Node, EreError> {
        let byte = self.raw_at(0).ok_or(EreError::TrailingBackslash)?;
        self.at += 1;
        let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        let is_space = |byte: u8| matches!(byte, b' ' | b'\t'..=b'\r');
        let node = match byte {
            b'<' => self.assertion(Assertion::WordStart),
            b'>' => self.assertion(Assertion::WordEnd),
            b'b' => self.assertion(Assertion::WordBoundary),
            b'B' => self.assertion(Assertion::NotWordBoundary),
            b'`' => self.assertion(Assertion::TextStart),
            b'\'' => self.assertion(Assertion::TextEnd),
            b'w' => Node::Set(ByteSet::filter(is_word)),
            b'W' => Node::Set(ByteSet::filter(|byte| !is_word(byte))),
            b's' => Node::Set(ByteSet::filter(is_space)),
            b'S' => Node::Set(ByteSet::filter(|byte| !is_space(byte))),
            b'1'..=b'9' => {
                let group = usize::from(byte - b'0');
                if group > self.traits.groups || self.open_groups.contains(&group) {
                    return Err(EreError::UnknownGroup);
                }
                self.traits.back_references = true;
                Node::BackReference
            }
            // An escaped letter is compared with the upper-cased text as it
            // stands: `\d` without regard to case matches nothing at all.
            _ => Node::Set(self.unfold(ByteSet::of([byte]))),
        };
        Ok(node)
    }

    fn assertion(&mut self, assertion: Assertion) -> Node {
        match assertion {
            Assertion::LineStart => self.traits.start_assertions = true,
            Assertion::TextStart => {
                self.traits.start_assertions = true;
                self.traits.text_start_assertions = true;
            }
            Assertion::LineEnd | Assertion::TextEnd => {}
            _ => self.traits.word_assertions = true,
        }
        Node::Assertion(assertion)
    }

    /// `{n}`, `{n,}`, `{n,m}`, `{,m}`.
    fn interval(&mut self) -> Result<(u32, Option<u32>), EreError> {
        self.at += 1;
        let first = self.count()?;
        let (min, max) = match self.next_of_interval()? {
            b'}' => {
                let count = first.ok_or(EreError::BadInterval)?;
                (count, Some(count))
            }
            b',' => {
                let second = self.count()?;
                if self.next_of_interval()? != b'}' {
                    return Err(EreError::BadInterval);
                }
                (first.unwrap_or(0), second)
            }
            _ => return Err(EreError::BadInterval),
        };
        if max.is_some_and(|max| max < min) {
            return Err(EreError::BadInterval);
        }
        if max.unwrap_or(min) > REPEAT_MAX {
            return Err(EreError::TooLarge);
        }
        Ok((min, max))
    }

    /// A number of an interval. The library takes an escaped 0 for the digit, but no other, which would be a back reference.
    fn count(&mut self) -> Result<Option<u32>, EreError> {
        let mut value = None;
        loop {
            let (digit, length) = match (self.raw_at(0), self.raw_at(1)) {
                (Some(digit @ b'0'..=b'9'), _) => (u32::from(digit - b'0'), 1),
                (Some(b'\\'), Some(b'0')) => (0, 2),
                _ => return Ok(value),
            };
            self.at += length;
            value = Some((value.unwrap_or(0) * 10 + digit).min(REPEAT_MAX + 1));
        }
    }

    /// What stands behind a number. The library takes an escaped comma for one.
    fn next_of_interval(&mut self) -> Result<u8, EreError> {
        let is_escaped = self.raw_at(0) == Some(b'\\') && self.raw_at(1) == Some(b',');
        self.at += usize::from(is_escaped);
        let byte = self.raw_at(0).ok_or(EreError::UnmatchedBrace)?;
        self.at += 1;
        Ok(byte)
    }
}

/// The only node, or several joined.
fn one_or(mut nodes: Vec<Node>, join: fn(Vec<Node>) -> Node) -> Node {
    match nodes.len() {
        0 | 1 => nodes.pop().unwrap_or(Node::Empty),
        _ => join(nodes),
    }
}

fn repeat(node: Node, min: u32, max: Option<u32>) -> Node {
    Node::Repeat {
        node: Box::new(node),
        min,
        max,
    }
}

/// The parser as a bracket expression sees it: folded bytes, and raw ones for
/// the names of classes.
pub(super) struct BracketInput<'p, 'a>(&'p mut Parser<'a>);

impl BracketInput<'_, '_> {
    pub(super) fn flags(&self) -> Flags {
        self.0.flags
    }

    pub(super) fn peek_at(&self, ahead: usize) -> Result<u8, EreError> {
        self.0.peek_at(ahead).ok_or(EreError::UnmatchedBracket)
    }

    pub(super) fn raw_at(&self, ahead: usize) -> Result<u8, EreError> {
        self.0.raw_at(ahead).ok_or(EreError::UnmatchedBracket)
    }

    pub(super) fn skip(&mut self, count: usize) {
        self.0.at += count;
    }
}
