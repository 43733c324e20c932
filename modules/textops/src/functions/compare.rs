//! Comparing texts.

use module_api::{Call, Text, Verdict, script_function};
use std::cmp::Ordering;
use stdx::ascii;

/// 1 for equal texts, -1 when the first comes later, -2 when it comes earlier (observed on 5.6.3).
fn ordering(ordering: Ordering) -> Verdict {
    Verdict(match ordering {
        Ordering::Equal => 1,
        Ordering::Greater => -1,
        Ordering::Less => -2,
    })
}

/// Whether the text at an edge of another, as long as the one that is wanted, is that (return codes observed on 5.6.3).
fn at_edge(edge: Option<&[u8]>, wanted: &[u8]) -> Verdict {
    match edge {
        Some(edge) => ordering(edge.cmp(wanted)),
        None => Verdict::FALSE,
    }
}

/// The place of a text, counted from 1; -1 when it is not there. The empty text is behind the end (observed on 5.6.3).
fn place(text: &[u8], wanted: &[u8], found: Option<usize>) -> Verdict {
    match found {
        _ if wanted.is_empty() => Verdict(text.len() as i64 + 1),
        Some(at) => Verdict(at as i64 + 1),
        None => Verdict::FALSE,
    }
}

/// Compares two texts.
///
/// Returns 1 when they are equal, -1 when the first one comes later and -2 when it comes earlier.
///
/// ```cfg
/// if (cmp_str("kahea", "kahea")) xinfo("equal\n");   # log: equal
/// ```
#[script_function(cmp_str, routes = ANY)]
fn cmp_str(_call: &mut Call, first: Text, second: Text) -> Verdict {
    ordering(first.cmp(&second))
}

/// Compares two texts without regard to case.
///
/// Returns 1 when they are equal, -1 when the first one comes later and -2 when it comes earlier.
///
/// ```cfg
/// if (cmp_istr("Kahea", "KAHEA")) xinfo("equal\n");   # log: equal
/// ```
#[script_function(cmp_istr, routes = ANY)]
fn cmp_istr(_call: &mut Call, first: Text, second: Text) -> Verdict {
    ordering(ascii::cmp_ignore_case(&first, &second))
}

/// Whether `text` begins with `start`.
///
/// The return code is -1 when `start` is the longer one or comes earlier, and -2 when it comes later.
///
/// ```cfg
/// if (starts_with("+358401", "+358")) xinfo("Finland\n");   # log: Finland
/// ```
#[script_function(starts_with, routes = ANY)]
fn starts_with(_call: &mut Call, text: Text, start: Text) -> Verdict {
    at_edge(text.get(..start.len()), &start)
}

/// Whether `text` ends with `end`.
///
/// The return code is -1 when `end` is the longer one or comes earlier, and -2 when it comes later.
///
/// ```cfg
/// if (ends_with("sip.example.org", ".org")) xinfo("it does\n");   # log: it does
/// ```
#[script_function(ends_with, routes = ANY)]
fn ends_with(_call: &mut Call, text: Text, end: Text) -> Verdict {
    let edge = text.len().checked_sub(end.len());
    at_edge(edge.and_then(|at| text.get(at..)), &end)
}

/// Whether `wanted` occurs in `text`; the return code is its place, counted from 1.
///
/// ```cfg
/// $var(at) = str_find("abcd", "c");
/// xinfo("$var(at)\n");   # log: 3
/// ```
#[script_function(str_find, routes = ANY)]
fn str_find(_call: &mut Call, text: Text, wanted: Text) -> Verdict {
    place(&text, &wanted, ascii::find(&text, &wanted))
}

/// Whether `wanted` occurs in `text`, without regard to case; the return code is its place, counted from 1.
///
/// ```cfg
/// if (str_ifind("Alice Smith", "SMITH")) xinfo("found\n");   # log: found
/// ```
#[script_function(str_ifind, routes = ANY)]
fn str_ifind(_call: &mut Call, text: Text, wanted: Text) -> Verdict {
    // COMPAT: the empty text is at the front here (observed on 5.6.3).
    if wanted.is_empty() {
        return Verdict::TRUE;
    }
    place(&text, &wanted, ascii::find_ignore_case(&text, &wanted))
}

/// Whether any character of `text` is one of `characters`.
///
/// ```cfg
/// if (str_any_in("a;b", ";,")) xinfo("separated\n");   # log: separated
/// ```
#[script_function(str_any_in, routes = ANY)]
fn str_any_in(_call: &mut Call, text: Text, characters: Text) -> Verdict {
    Verdict::of(text.iter().any(|byte| characters.contains(byte)))
}

/// Whether each of `characters` is found in `text`; false when there are none.
///
/// ```cfg
/// if (str_all_in("a.b;c", ";.")) xinfo("both\n");   # log: both
/// ```
#[script_function(str_all_in, routes = ANY)]
fn str_all_in(_call: &mut Call, text: Text, characters: Text) -> Verdict {
    Verdict::of(!characters.is_empty() && characters.iter().all(|byte| text.contains(byte)))
}

/// Whether `subject` is an item of `list`, whose items are separated by `separator`.
///
/// Blanks around an item do not count.
///
/// ```cfg
/// if (in_list("fi", "dk,fi,no,se", ",")) xinfo("nordic\n");   # log: nordic
/// ```
#[script_function(in_list, routes = ANY)]
fn in_list(call: &mut Call, subject: Text, list: Text, separator: Text) -> Verdict {
    listed(call, &subject, &list, &separator, |item, subject| {
        item == subject
    })
}

/// Whether an item of `list`, whose items are separated by `separator`, is a prefix of `subject`.
///
/// ```cfg
/// if (in_list_prefix("+4930123", "+49,+43", ",")) xinfo("near\n");   # log: near
/// ```
#[script_function(in_list_prefix, routes = ANY)]
fn in_list_prefix(call: &mut Call, subject: Text, list: Text, separator: Text) -> Verdict {
    listed(call, &subject, &list, &separator, |item, subject| {
        !item.is_empty() && subject.starts_with(item)
    })
}

fn listed(
    call: &mut Call,
    subject: &[u8],
    list: &[u8],
    separator: &[u8],
    fits: impl Fn(&[u8], &[u8]) -> bool,
) -> Verdict {
    let [separator] = *separator else {
        call.error(format_args!("a separator is one character"));
        return Verdict::FALSE;
    };
    if subject.is_empty() {
        call.error(format_args!("nothing is given to look for in a list"));
        return Verdict::FALSE;
    }
    Verdict::of(ascii::split_trimmed(list, separator).any(|item| fits(item, subject)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_count_from_one_and_the_empty_text_is_behind_the_end() {
        // Return codes observed on 5.6.3.
        for (text, wanted, code) in [
            ("xabc", "abc", 2),
            ("xabc", "", 5),
            ("xabc", "q", -1),
            ("", "q", -1),
        ] {
            let found = ascii::find(text.as_bytes(), wanted.as_bytes());
            assert_eq!(
                place(text.as_bytes(), wanted.as_bytes(), found).0,
                code,
                "{text} {wanted}"
            );
        }
    }

    #[test]
    fn an_ordering_has_its_own_return_codes() {
        // Return codes observed on 5.6.3.
        for (first, second, code) in [
            ("a", "b", -2),
            ("b", "a", -1),
            ("a", "a", 1),
            ("aa", "a", -1),
        ] {
            assert_eq!(ordering(first.cmp(second)).0, code, "{first} {second}");
        }
    }
}
