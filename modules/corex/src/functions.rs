//! Script functions, by what they are about.

pub mod branches;
pub mod files;
pub mod flags;
pub mod sending;
pub mod sockets;
pub mod via;
