//! Script functions.

pub mod registrations;
pub mod replacing;
pub mod requests;
