//! Script functions.

pub mod record;
pub mod route;
