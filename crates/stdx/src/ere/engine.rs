//! The engines of `regex-automata`, set up for bytes without Unicode.

use std::ops::Range;

use regex_automata::dfa::{Automaton, dense};
use regex_automata::nfa::thompson;
use regex_automata::util::primitives::NonMaxUsize;
use regex_automata::util::syntax;
use regex_automata::{Input, MatchKind, meta};

/// Bytes a dense DFA may take; larger patterns use the lazy engines.
const DENSE_MAX: usize = 256 * 1024;
/// Bytes the construction of a dense DFA may take.
const DETERMINIZE_MAX: usize = 1024 * 1024;
/// Groups that fit the stack, the whole match included.
const GROUPS_ON_STACK: usize = 16;

fn bytes_syntax() -> syntax::Config {
    syntax::Config::new()
        .unicode(false)
        .utf8(false)
        .nest_limit(1_000)
}

/// A DFA that only says whether there is a match; `None` when it would be large.
pub(super) fn build_dense(pattern: &str) -> Option<dense::DFA<Vec<u32>>> {
    dense::Builder::new()
        .configure(
            dense::Config::new()
                .match_kind(MatchKind::All)
                .start_kind(regex_automata::dfa::StartKind::Unanchored)
                .accelerate(false)
                .dfa_size_limit(Some(DENSE_MAX))
                .determinize_size_limit(Some(DETERMINIZE_MAX)),
        )
        .thompson(
            thompson::Config::new()
                .utf8(false)
                .which_captures(thompson::WhichCaptures::None),
        )
        .syntax(bytes_syntax())
        .build(pattern)
        .ok()
}

/// One automaton step per byte and a way out at the first match or dead end.
#[inline]
pub(super) fn is_dense_match(dfa: &dense::DFA<Vec<u32>>, text: &[u8]) -> bool {
    let Ok(mut state) = dfa.start_state_forward(&Input::new(text)) else {
        return false;
    };
    for &byte in text {
        state = dfa.next_state(state, byte);
        if dfa.is_special_state(state) {
            if dfa.is_match_state(state) {
                return true;
            }
            if dfa.is_dead_state(state) {
                return false;
            }
        }
    }
    dfa.is_match_state(dfa.next_eoi_state(state))
}

/// The engines that build what they need while searching.
pub(super) fn build_lazy(pattern: &str) -> Option<meta::Regex> {
    let built = meta::Builder::new()
        .configure(meta::Config::new().utf8_empty(false).nfa_size_limit(None))
        .syntax(bytes_syntax())
        .build(pattern);
    crate::never!(built.is_err(), "a translated pattern is refused: {pattern}");
    built.ok()
}

/// Fills `groups` from the first match by greedy preference.
pub(super) fn greedy_search(
    regex: &meta::Regex,
    input: Input<'_>,
    groups: &mut [Option<Range<usize>>],
) -> bool {
    let mut on_stack = [None; GROUPS_ON_STACK * 2];
    let mut on_heap: Vec<Option<NonMaxUsize>> = Vec::new();
    let slots = match on_stack.get_mut(..groups.len() * 2) {
        Some(slots) => slots,
        None => {
            on_heap.resize(groups.len() * 2, None);
            on_heap.as_mut_slice()
        }
    };
    if regex.search_slots(&input, slots).is_none() {
        return false;
    }
    for (group, ends) in groups.iter_mut().zip(slots.chunks_exact(2)) {
        *group = match ends {
            [Some(start), Some(end)] => Some(start.get()..end.get()),
            _ => None,
        };
    }
    true
}
