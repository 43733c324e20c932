//! Which URIs are followed.

use crate::{Arc, Ere, Flags};

/// The most filters of a kind that a message may add.
pub const FILTERS_MAX: usize = 6;

/// What becomes of a URI that no pattern matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Default {
    /// It is followed.
    Accept,
    /// It is not.
    Deny,
}

/// Patterns of both kinds.
#[derive(Clone, Debug, std::default::Default)]
pub struct Filters {
    /// Of URIs that are not followed.
    pub deny: Vec<Arc<Ere>>,
    /// Of URIs that are.
    pub accept: Vec<Arc<Ere>>,
}

/// Compiles a pattern.
pub fn compile(pattern: &[u8]) -> Result<Arc<Ere>, String> {
    let flags = Flags {
        ignore_case: true,
        newline: false,
    };
    match Ere::compile(pattern, flags) {
        Ok(pattern) => Ok(Arc::new(pattern)),
        Err(reason) => Err(reason.to_string()),
    }
}

impl Filters {
    /// Whether a URI is followed.
    pub fn take(&self, uri: &[u8], default: Default) -> bool {
        let matches = |patterns: &[Arc<Ere>]| patterns.iter().any(|pattern| pattern.is_match(uri));
        if matches(&self.accept) {
            return true;
        }
        default == Default::Accept && !matches(&self.deny)
    }
}

/// How many Contacts are followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// In all.
    pub total: usize,
    /// Of one branch.
    pub branch: usize,
}

impl Limits {
    /// Reads `total:branch`; `*` and 0 are without limit.
    pub fn read(text: &str) -> Option<Limits> {
        let number = |text: &str| match text.trim() {
            "*" | "0" | "" => Some(usize::MAX),
            digits => digits.parse().ok(),
        };
        let (total, branch) = text.split_once(':').unwrap_or((text, "*"));
        Some(Limits {
            total: number(total)?,
            branch: number(branch)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_read_with_and_without_branches() {
        let limits = |total, branch| Some(Limits { total, branch });
        assert_eq!(Limits::read("*:2"), limits(usize::MAX, 2));
        assert_eq!(Limits::read("6:*"), limits(6, usize::MAX));
        assert_eq!(Limits::read("4"), limits(4, usize::MAX));
        assert_eq!(Limits::read("0"), limits(usize::MAX, usize::MAX));
        assert_eq!(Limits::read("x"), None);
    }

    #[test]
    fn what_is_accepted_goes_before_what_is_denied() {
        let filters = Filters {
            deny: vec![compile(b".*@siphub\\.net").unwrap()],
            accept: vec![compile(b"sip:boss@.*").unwrap()],
        };
        for (uri, accepting, denying) in [
            ("sip:a@example.org", true, false),
            ("sip:a@siphub.net", false, false),
            ("sip:boss@siphub.net", true, true),
        ] {
            let takes = |default| filters.take(uri.as_bytes(), default);
            assert_eq!(
                (takes(Default::Accept), takes(Default::Deny)),
                (accepting, denying)
            );
        }
    }
}
