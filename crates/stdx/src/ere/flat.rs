//! A matcher for flat patterns: the shape of most substitutions in scripts.
//!
//! A flat pattern is a sequence of single-byte sets with a repetition each, of `^`
//! and `$`, and of parentheses that are not repeated: `^sip:(.*)@([^:]*)`. Matching
//! it needs no automaton: take as many bytes as each set allows, and give some back
//! where that leads nowhere. A budget keeps patterns that give back too much from
//! costing more than the text is worth; those are left to the automata.

use std::ops::Range;

use super::Flags;
use super::parse::{Assertion, Node};
use super::set::ByteSet;

/// Sets, anchors and parentheses in one pattern.
const ITEMS_MAX: usize = 48;
/// Steps spent for each byte of the text, and once more.
const STEPS_PER_BYTE: usize = 24;

#[derive(Debug)]
pub(super) struct Flat {
    items: Vec<Item>,
    /// Bytes that a match can begin with; `None` when it may begin without a byte.
    first: Option<ByteSet>,
    /// Whether a match can only be at the beginning of the text.
    is_anchored: bool,
    is_multiline: bool,
}

#[derive(Debug)]
enum Item {
    Take {
        set: ByteSet,
        min: u32,
        max: u32,
        /// Whether what comes next could use a byte that is given back.
        gives_back: bool,
    },
    Start,
    End,
    Open(usize),
    Close(usize),
}

/// The place to go back to: item, where it began, how many bytes it holds.
type Choice = (usize, usize, u32);

/// What came of a search.
pub(super) enum Outcome {
    Match,
    NoMatch,
    /// The budget is spent.
    Unknown,
}

impl Flat {
    /// `None` when the pattern is not flat, or long.
    pub(super) fn new(node: &Node, flags: Flags) -> Option<Flat> {
        let mut items = Vec::new();
        flatten(node, &mut items, &mut 0)?;
        if items.len() > ITEMS_MAX {
            return None;
        }
        for index in 0..items.len() {
            let needs = items.get(index).is_some_and(|item| match item {
                Item::Take { set, .. } => gives_back(set, &items[index + 1..], flags),
                _ => false,
            });
            if let Some(Item::Take { gives_back, .. }) = items.get_mut(index) {
                *gives_back = needs;
            }
        }
        let first = items
            .iter()
            .find(|item| !matches!(item, Item::Open(_) | Item::Close(_)));
        Some(Flat {
            is_anchored: matches!(first, Some(Item::Start)) && !flags.newline,
            first: match first {
                Some(Item::Take { set, min: 1.., .. }) => Some(*set),
                _ => None,
            },
            is_multiline: flags.newline,
            items,
        })
    }

    /// Looks for the first match in `text` and fills `groups`, the whole first. With
    /// `is_continued`, the beginning of the text is no beginning of a line.
    pub(super) fn search(
        &self,
        text: &[u8],
        is_continued: bool,
        groups: &mut [Option<Range<usize>>],
    ) -> Outcome {
        let mut run = Run {
            text,
            is_continued,
            is_multiline: self.is_multiline,
            starts: [0; ITEMS_MAX + 1],
            choices: [(0, 0, 0); ITEMS_MAX],
            steps: STEPS_PER_BYTE * (text.len() + 1),
        };
        let last_start = if self.is_anchored { 0 } else { text.len() };
        for start in 0..=last_start {
            if let Some(first) = &self.first
                && !text.get(start).is_some_and(|byte| first.contains(*byte))
            {
                continue;
            }
            match run.match_at(&self.items, start) {
                Outcome::Match => {
                    self.report(&run.starts, groups);
                    return Outcome::Match;
                }
                Outcome::NoMatch => {}
                Outcome::Unknown => return Outcome::Unknown,
            }
        }
        Outcome::NoMatch
    }

    fn report(&self, starts: &[usize; ITEMS_MAX + 1], groups: &mut [Option<Range<usize>>]) {
        if let Some(whole) = groups.first_mut() {
            *whole = Some(starts[0]..starts[self.items.len()]);
        }
        for (item, at) in self.items.iter().zip(starts) {
            match item {
                Item::Open(number) => {
                    if let Some(group) = groups.get_mut(*number) {
                        *group = Some(*at..*at);
                    }
                }
                Item::Close(number) => {
                    if let Some(Some(group)) = groups.get_mut(*number) {
                        group.end = *at;
                    }
                }
                Item::Take { .. } | Item::Start | Item::End => {}
            }
        }
    }
}

struct Run<'a> {
    text: &'a [u8],
    is_continued: bool,
    is_multiline: bool,
    /// Where each item began; behind the last one, where the match ends.
    starts: [usize; ITEMS_MAX + 1],
    choices: [Choice; ITEMS_MAX],
    steps: usize,
}

impl Run<'_> {
    fn match_at(&mut self, items: &[Item], start: usize) -> Outcome {
        let mut at = start;
        let mut index = 0;
        let mut depth = 0;
        loop {
            self.starts[index] = at;
            let Some(item) = items.get(index) else {
                return Outcome::Match;
            };
            let is_possible = match item {
                Item::Take {
                    set,
                    min,
                    max,
                    gives_back,
                } => {
                    let held = self.take(set, at, *max);
                    at += held as usize;
                    if held > *min && *gives_back {
                        self.choices[depth] = (index, at - held as usize, held);
                        depth += 1;
                    }
                    held >= *min
                }
                Item::Start => self.is_line_start(at),
                Item::End => self.is_line_end(at),
                Item::Open(_) | Item::Close(_) => true,
            };
            index += 1;
            if is_possible {
                continue;
            }
            // Give back one byte at the latest choice.
            let Some((chosen, began, held)) = depth
                .checked_sub(1)
                .and_then(|last| self.choices.get(last).copied())
            else {
                return Outcome::NoMatch;
            };
            if self.steps == 0 {
                return Outcome::Unknown;
            }
            self.steps -= 1;
            depth -= 1;
            at = began + held as usize - 1;
            index = chosen + 1;
            if let Some(Item::Take { min, .. }) = items.get(chosen)
                && held - 1 > *min
            {
                self.choices[depth] = (chosen, began, held - 1);
                depth += 1;
            }
        }
    }

    #[inline]
    fn take(&mut self, set: &ByteSet, at: usize, max: u32) -> u32 {
        let rest = self.text.get(at..).unwrap_or_default();
        let held = rest
            .iter()
            .take(max as usize)
            .take_while(|byte| set.contains(**byte))
            .count();
        self.steps = self.steps.saturating_sub(held);
        held as u32
    }

    fn is_line_start(&self, at: usize) -> bool {
        match at.checked_sub(1) {
            None => !self.is_continued,
            Some(before) => self.is_multiline && self.text.get(before) == Some(&b'\n'),
        }
    }

    fn is_line_end(&self, at: usize) -> bool {
        match self.text.get(at) {
            None => true,
            Some(byte) => self.is_multiline && *byte == b'\n',
        }
    }
}

/// Appends the items of `node`; `None` when it is not flat.
fn flatten(node: &Node, items: &mut Vec<Item>, groups: &mut usize) -> Option<()> {
    let take = |set: &ByteSet, min, max| Item::Take {
        set: *set,
        min,
        max,
        gives_back: false,
    };
    match node {
        Node::Empty => {}
        Node::Set(set) => items.push(take(set, 1, 1)),
        Node::Assertion(Assertion::LineStart) => items.push(Item::Start),
        Node::Assertion(Assertion::LineEnd) => items.push(Item::End),
        Node::Group(inner) => {
            *groups += 1;
            let number = *groups;
            items.push(Item::Open(number));
            flatten(inner, items, groups)?;
            items.push(Item::Close(number));
        }
        Node::Concat(parts) => {
            for part in parts {
                flatten(part, items, groups)?;
            }
        }
        Node::Repeat { node, min, max } => match **node {
            Node::Set(ref set) => items.push(take(set, *min, max.unwrap_or(u32::MAX))),
            _ => return None,
        },
        Node::Assertion(_) | Node::Alternate(_) | Node::BackReference => return None,
    }
    Some(())
}

/// Whether giving back a byte of `set` can help what follows: not when that needs
/// a byte which the set does not have, or the end of the text.
fn gives_back(set: &ByteSet, rest: &[Item], flags: Flags) -> bool {
    let next = rest
        .iter()
        .find(|item| !matches!(item, Item::Open(_) | Item::Close(_)));
    match next {
        None => false,
        Some(Item::Take {
            set: next,
            min: 1..,
            ..
        }) => !set.is_disjoint(next),
        Some(Item::End) => flags.newline,
        Some(_) => true,
    }
}
