//! Script functions.

pub mod managing;
pub mod profiles;
pub mod sending;
pub mod settings;
