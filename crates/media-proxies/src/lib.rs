//! Media proxies as seen by the modules that route calls through them: which there are, which of them answer, and how to ask one.
//!
//! Proxies form sets; within a set a hash of the Call-ID chooses by weight, so that all commands of a call reach the same proxy.
//! A question carries a cookie that its answer repeats; a proxy that does not answer is left alone for a while. The crate knows
//! neither the commands of any proxy nor what a script wants of it. Read [`nodes::Nodes`] first.

mod due;
pub mod exchange;
pub mod nodes;

pub use due::{Due, due};
