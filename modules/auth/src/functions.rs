//! Script functions.

pub mod challenges;
pub mod checks;
