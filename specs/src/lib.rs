//! Behaviour across modules, and the pages that follow from the catalog.
//!
//! The Markdown pages beside this crate, and those in the `specs` folder of each module, are stories that the server is run
//! through by `tests/specs.rs`; their blocks are described in `testkit::Role`. [`reference`] writes `docs/reference`.

pub mod reference;
