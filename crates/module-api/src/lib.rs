//! All that a module sees of the server.
