//! Script functions.

pub mod compute;
pub mod database;
pub mod memory;
pub mod test;
