//! Which requests of HTTP a module takes, by their URLs: `url_match` and `url_skip`.

use diagnostics::codes;
use module_api::{Diagnostic, Placed, Text};
use stdx::ere::{Ere, Flags};

/// Chooses URLs by regular expressions.
pub struct UrlFilter {
    matching: Option<Ere>,
    skipped: Option<Ere>,
}

impl UrlFilter {
    /// Lets the URLs pass that match `matching` and do not match `skipped`; of an empty one nothing is asked.
    ///
    /// # Errors
    /// What is no regular expression.
    pub fn new(
        matching: &Placed<Text>,
        skipped: &Placed<Text>,
    ) -> Result<UrlFilter, Vec<Diagnostic>> {
        match (compile(matching), compile(skipped)) {
            (Ok(matching), Ok(skipped)) => Ok(UrlFilter { matching, skipped }),
            (one, other) => Err(one.err().into_iter().chain(other.err()).collect()),
        }
    }

    /// Whether a URL passes.
    pub fn lets_pass(&self, url: &[u8]) -> bool {
        let skipped = self.skipped.as_ref().is_some_and(|re| re.is_match(url));
        !skipped && self.matching.as_ref().is_none_or(|re| re.is_match(url))
    }
}

fn compile(given: &Placed<Text>) -> Result<Option<Ere>, Diagnostic> {
    if given.value.is_empty() {
        return Ok(None);
    }
    let flags = Flags {
        ignore_case: true,
        newline: false,
    };
    Ere::compile(&given.value, flags)
        .map(Some)
        .map_err(|error| {
            let message = format!("`{}` is no regular expression: {error}", given.value);
            Diagnostic::error(codes::params::BAD_REGEX, given.span, message)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &'static str) -> Placed<Text> {
        Placed {
            value: Text::from_static(text),
            ..Placed::default()
        }
    }

    #[test]
    fn what_is_skipped_does_not_pass_even_if_it_matches() {
        let passes = |matching, skipped, url: &str| {
            let filter = UrlFilter::new(&text(matching), &text(skipped))
                .ok()
                .unwrap();
            filter.lets_pass(url.as_bytes())
        };
        assert!(passes("", "", "/any"));
        assert!(passes("^/rpc", "", "/RPC2") && !passes("^/rpc", "", "/a/rpc"));
        assert!(!passes("^/rpc", "private", "/rpc/private") && passes("", "private", "/rpc"));
    }

    #[test]
    fn each_expression_that_is_none_is_told_of() {
        let mistakes = UrlFilter::new(&text("("), &text("[")).err().unwrap();
        assert_eq!(mistakes.len(), 2);
    }
}
