//! Media proxies as those see them who have calls led through them: which there are, which of them answer, and questions to them.
//!
//! Proxies form sets; within a set a hash of the Call-ID decides by weight, so that all commands of a call meet the same one.
//! A question carries a cookie that its answer repeats; a proxy that does not answer is left alone for a while. The crate knows no
//! proxy's commands, nor what a script wants of it. Read [`nodes::Nodes`] first.

mod due;
pub mod exchange;
pub mod nodes;

pub use due::{Due, due};
