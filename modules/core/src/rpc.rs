//! RPC commands.

pub mod blocklist;
pub mod connections;
pub mod dns;
pub mod modules;
pub mod network;
pub mod processes;
pub mod server;
pub mod system;
