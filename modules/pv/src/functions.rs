//! Script functions, in files by what they work on.

pub mod branches;
pub mod params;
pub mod values;
pub mod variables;
pub mod xavps;
