//! Script functions.

pub mod contact;
pub mod sdp;
pub mod target;
pub mod test;
