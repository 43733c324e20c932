//! Sockets: UDP and TCP, the connection table.
