//! Script functions, by what they work on.

pub mod iterators;
pub mod message;
pub mod values;
