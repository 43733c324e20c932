//! The SIP server.
fn main() {}
