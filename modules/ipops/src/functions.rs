//! Script functions, by what they are about.

pub mod addresses;
pub mod names;
