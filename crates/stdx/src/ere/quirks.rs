//! Patterns whose meaning in glibc is not the one the textbook gives them.
//!
//! Observed on glibc 2.36, by comparing a few hundred thousand random patterns:
//!
//! - Without `REG_NEWLINE`, a `^` behind something that takes bytes matches after
//!   a newline, and a `$` before something that takes bytes matches before one.
//! - An assertion inside a repetition is now and then overlooked or honoured in
//!   the wrong round.
//!
//! Scripts have such patterns by accident only; the C library decides them.

use super::Flags;
use super::parse::{Assertion, Node};

/// True when the textbook's meaning of `node` is also glibc's.
pub(super) fn is_regular(node: &Node, flags: Flags) -> bool {
    !repeats_assertions(node)
        && (flags.newline
            || !(is_misplaced(node, Side::Before, &mut false)
                || is_misplaced(node, Side::After, &mut false)))
}

fn repeats_assertions(node: &Node) -> bool {
    match node {
        Node::Repeat { node, .. } => has_assertions(node),
        Node::Group(inner) => repeats_assertions(inner),
        Node::Concat(parts) | Node::Alternate(parts) => parts.iter().any(repeats_assertions),
        Node::Empty | Node::Set(_) | Node::Assertion(_) | Node::BackReference => false,
    }
}

fn has_assertions(node: &Node) -> bool {
    match node {
        Node::Assertion(_) => true,
        Node::Repeat { node, .. } | Node::Group(node) => has_assertions(node),
        Node::Concat(parts) | Node::Alternate(parts) => parts.iter().any(has_assertions),
        Node::Empty | Node::Set(_) | Node::BackReference => false,
    }
}

/// On which side of an anchor bytes may not be taken.
#[derive(Clone, Copy, PartialEq)]
enum Side {
    Before,
    After,
}

/// Whether an anchor of `side` stands where bytes may have been taken on that
/// side of it; `has_taken` says so for the place of `node` and is brought forward.
fn is_misplaced(node: &Node, side: Side, has_taken: &mut bool) -> bool {
    match node {
        Node::Empty => false,
        Node::Set(_) | Node::BackReference => {
            *has_taken = true;
            false
        }
        Node::Assertion(Assertion::LineStart | Assertion::TextStart) => {
            side == Side::Before && *has_taken
        }
        Node::Assertion(Assertion::LineEnd | Assertion::TextEnd) => {
            side == Side::After && *has_taken
        }
        Node::Assertion(_) => false,
        Node::Group(inner) => is_misplaced(inner, side, has_taken),
        Node::Repeat { node, .. } => is_misplaced(node, side, has_taken),
        Node::Concat(parts) if side == Side::Before => {
            parts.iter().any(|part| is_misplaced(part, side, has_taken))
        }
        Node::Concat(parts) => parts
            .iter()
            .rev()
            .any(|part| is_misplaced(part, side, has_taken)),
        Node::Alternate(branches) => {
            let before = *has_taken;
            branches.iter().any(|branch| {
                let mut taken = before;
                let is_misplaced = is_misplaced(branch, side, &mut taken);
                *has_taken |= taken;
                is_misplaced
            })
        }
    }
}
