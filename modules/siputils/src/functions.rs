//! Script functions, by what they work on.

pub mod charging;
pub mod checks;
pub mod contact;
pub mod options;
pub mod party;
pub mod uri;
