//! The impossible, reported instead of assumed.

use std::fmt;
use std::panic::Location;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

static COUNT: AtomicU64 = AtomicU64::new(0);
static LAST: Mutex<String> = Mutex::new(String::new());

/// States that this place, or this condition, cannot be reached.
///
/// Panics where `debug_assertions` are on (development and tests). Elsewhere it
/// counts the event, remembers what was said and where, and goes on: the caller
/// writes what "going on" means. The server tells its operator of it.
///
/// - `never!()` and `never!("message {x}")` are unconditional.
/// - `never!(condition)` and `never!(condition, "message {x}")` evaluate to the
///   condition, so that `if never!(list.is_empty()) { return; }` reads well.
#[macro_export]
macro_rules! never {
    () => {
        $crate::never::report(::core::format_args!("reached a place that cannot be reached"))
    };
    ($message:literal $(, $argument:expr)* $(,)?) => {
        $crate::never::report(::core::format_args!($message $(, $argument)*))
    };
    ($condition:expr $(,)?) => {
        $crate::never!($condition, "{}", ::core::stringify!($condition))
    };
    ($condition:expr, $message:literal $(, $argument:expr)* $(,)?) => {{
        let happened: bool = $condition;
        if happened {
            $crate::never::report(::core::format_args!($message $(, $argument)*));
        }
        happened
    }};
}

/// How often a [`never!`](crate::never!) happened in this process. Always 0 in
/// debug builds, which panic instead.
pub fn count() -> u64 {
    COUNT.load(Ordering::Relaxed)
}

/// What the latest [`never!`](crate::never!) said, and where; empty before the first.
pub fn last() -> String {
    LAST.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

/// The function behind [`never!`](crate::never!); always returns `true`.
#[cold]
#[inline(never)]
#[track_caller]
#[expect(
    clippy::panic,
    reason = "the one deliberate panic, compiled out of release builds"
)]
pub fn report(message: fmt::Arguments<'_>) -> bool {
    if cfg!(debug_assertions) {
        panic!("never: {message}");
    }
    COUNT.fetch_add(1, Ordering::Relaxed);
    *LAST.lock().unwrap_or_else(PoisonError::into_inner) =
        format!("{message} ({})", Location::caller());
    true
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_false_condition_is_handed_back_and_nothing_counts() {
        let before = super::count();
        assert!(!never!(1 > 2));
        assert!(!never!(1 > 2, "one is {}", 1));
        assert_eq!(super::count(), before);
    }

    #[test]
    #[cfg(debug_assertions)]
    #[should_panic(expected = "never: value 7")]
    fn debug_builds_panic_with_the_message() {
        let value = 7;
        never!("value {value}");
    }

    #[test]
    #[cfg(not(debug_assertions))]
    fn release_builds_count_and_go_on() {
        let before = super::count();
        assert!(never!(2 > 1));
        assert!(super::count() > before);
        assert!(super::last().starts_with("2 > 1 ("));
        assert!(super::last().contains("never.rs:"));
    }
}
