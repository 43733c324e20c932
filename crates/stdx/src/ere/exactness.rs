//! When do the greedy rule and the POSIX rule choose the same match?
//!
//! POSIX wants the leftmost-longest match and, inside it, the longest
//! sub-matches from left to right; the `regex` family takes the first match in
//! order of preference. Two kinds of patterns get the same groups from both:
//!
//! - *Flat* ones: a sequence of single-byte sets, each with its own repetition,
//!   and of assertions, with parentheses that are not repeated. Two ways to
//!   match such a pattern can be spliced where their item boundaries cross, so
//!   there is one way in which every boundary is furthest right, and both rules
//!   find it.
//! - *Deterministic* ones: the next byte alone decides which position of the
//!   pattern comes next, so there is one way only to match a given extent, and
//!   greedy repetition makes the extent longest.

use super::parse::Node;
use super::set::ByteSet;

/// Patterns with more positions than this are not analysed.
const POSITIONS_MAX: usize = 128;

/// True when leftmost-first greedy matching yields POSIX's groups.
pub(super) fn has_equal_groups(node: &Node) -> bool {
    is_flat(node) || is_deterministic(node)
}

/// True for a repetition of what matches the empty text. glibc may never return
/// from such a pattern when it is asked for groups (`(((()|.))?)+` on two bytes),
/// and takes exponential time to compile several of them in each other.
pub(super) fn repeats_empty(node: &Node) -> bool {
    match node {
        Node::Repeat { node, max, .. } => {
            (*max != Some(1) && is_nullable(node)) || repeats_empty(node)
        }
        Node::Group(inner) => repeats_empty(inner),
        Node::Concat(parts) | Node::Alternate(parts) => parts.iter().any(repeats_empty),
        Node::Empty | Node::Set(_) | Node::Assertion(_) | Node::BackReference => false,
    }
}

fn is_nullable(node: &Node) -> bool {
    match node {
        Node::Empty | Node::Assertion(_) | Node::BackReference => true,
        Node::Set(_) => false,
        Node::Group(inner) => is_nullable(inner),
        Node::Concat(parts) => parts.iter().all(is_nullable),
        Node::Alternate(branches) => branches.iter().any(is_nullable),
        Node::Repeat { node, min, .. } => *min == 0 || is_nullable(node),
    }
}

fn is_flat(node: &Node) -> bool {
    match node {
        Node::Empty | Node::Set(_) | Node::Assertion(_) => true,
        Node::Group(inner) => is_flat(inner),
        Node::Concat(parts) => parts.iter().all(is_flat),
        Node::Repeat { node, .. } => matches!(**node, Node::Set(_)),
        Node::Alternate(_) | Node::BackReference => false,
    }
}

fn is_deterministic(node: &Node) -> bool {
    let mut automaton = Automaton::default();
    match automaton.add(node) {
        Some(part) => {
            automaton.is_unambiguous(&part.first)
                && automaton
                    .follow
                    .iter()
                    .all(|next| automaton.is_unambiguous(next))
        }
        None => false,
    }
}

/// The position automaton of Glushkov.
#[derive(Default)]
struct Automaton {
    sets: Vec<ByteSet>,
    follow: Vec<Vec<usize>>,
}

struct Part {
    nullable: bool,
    first: Vec<usize>,
    last: Vec<usize>,
}

impl Automaton {
    /// `None` where the structure itself leaves a choice.
    fn add(&mut self, node: &Node) -> Option<Part> {
        match node {
            Node::Empty | Node::Assertion(_) => Some(Part {
                nullable: true,
                first: Vec::new(),
                last: Vec::new(),
            }),
            Node::Set(set) => {
                let position = self.sets.len();
                if position >= POSITIONS_MAX {
                    return None;
                }
                self.sets.push(*set);
                self.follow.push(Vec::new());
                Some(Part {
                    nullable: false,
                    first: vec![position],
                    last: vec![position],
                })
            }
            Node::Group(inner) => self.add(inner),
            Node::Concat(parts) => self.add_concat(parts),
            Node::Alternate(branches) => self.add_alternate(branches),
            Node::Repeat { node, min, max } => self.add_repeat(node, *min, *max),
            Node::BackReference => None,
        }
    }

    fn add_concat(&mut self, parts: &[Node]) -> Option<Part> {
        let mut whole = Part {
            nullable: true,
            first: Vec::new(),
            last: Vec::new(),
        };
        for part in parts {
            let part = self.add(part)?;
            self.connect(&whole.last, &part.first);
            if whole.nullable {
                whole.first.extend(&part.first);
            }
            if part.nullable {
                whole.last.extend(&part.last);
            } else {
                whole.last = part.last;
            }
            whole.nullable &= part.nullable;
        }
        Some(whole)
    }

    fn add_alternate(&mut self, branches: &[Node]) -> Option<Part> {
        let mut whole = Part {
            nullable: false,
            first: Vec::new(),
            last: Vec::new(),
        };
        for branch in branches {
            // An empty branch is preferred to those behind it.
            if whole.nullable {
                return None;
            }
            let branch = self.add(branch)?;
            whole.first.extend(&branch.first);
            whole.last.extend(&branch.last);
            whole.nullable = branch.nullable;
        }
        Some(whole)
    }

    fn add_repeat(&mut self, node: &Node, min: u32, max: Option<u32>) -> Option<Part> {
        let may_loop = max != Some(1);
        if max == Some(0) || (may_loop && has_inner_groups(node)) {
            return None;
        }
        let mut part = self.add(node)?;
        if part.nullable {
            return None;
        }
        if may_loop {
            self.connect(&part.last, &part.first);
        }
        part.nullable = min == 0;
        Some(part)
    }

    fn connect(&mut self, from: &[usize], to: &[usize]) {
        for &position in from {
            if let Some(follow) = self.follow.get_mut(position) {
                follow.extend(
                    to.iter()
                        .filter(|next| !follow.contains(next))
                        .collect::<Vec<_>>(),
                );
            }
        }
    }

    fn is_unambiguous(&self, positions: &[usize]) -> bool {
        let mut seen = ByteSet::default();
        positions
            .iter()
            .filter_map(|&position| self.sets.get(position))
            .all(|set| {
                let fresh = seen.is_disjoint(set);
                seen = seen.union(set);
                fresh
            })
    }
}

/// Whether groups stand inside `node`, `node` itself aside: what they hold
/// after the last of several rounds differs between engines.
fn has_inner_groups(node: &Node) -> bool {
    fn has_groups(node: &Node) -> bool {
        match node {
            Node::Group(_) => true,
            Node::Concat(parts) | Node::Alternate(parts) => parts.iter().any(has_groups),
            Node::Repeat { node, .. } => has_groups(node),
            _ => false,
        }
    }
    match node {
        Node::Group(inner) => has_groups(inner),
        other => has_groups(other),
    }
}
