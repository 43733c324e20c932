//! What the language means: sources in, the shape of the tree or the diagnostics out.
#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on fails"
)]

mod bounds;
mod diagnostics_shown;
mod expressions;
mod items;
mod places;
mod preprocessor;
mod print;
mod properties;
mod remedies;
mod shape;
mod statements;
mod variables;
