//! Behaviour across modules, and the pages that follow from the catalog.
//!
//! The Markdown pages beside this crate, and those in the `specs` folder of each module, tell stories that `tests/specs.rs` runs
//! the server through; `testkit::Role` describes their blocks. [`mod@reference`] writes `docs/reference`.

pub mod reference;
