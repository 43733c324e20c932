//! The list of modules in the server.
