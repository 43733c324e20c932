//! Script functions, by what they work on.

pub mod body;
pub mod compare;
pub mod headers;
pub mod multipart;
pub mod properties;
pub mod removal;
pub mod replace;
pub mod search;
pub mod substitute;
