//! The pages beside this crate, and those in the `specs` folder of each module, are stories that the server is run through.
//!
//! `tests/specs.rs` runs them all, and all examples of the catalog. A page's blocks are described in `testkit::Role`.
