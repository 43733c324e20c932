//! Stream connections: TCP, and what runs on it.
//!
//! The walk of a connection: [`accept`] or [`connect`] makes it and puts it into the [`table`]; its [`reader`] task cuts
//! messages out of it and, in the end, takes it out again; whoever sends writes at once on his own thread, and only what the
//! peer does not take is queued and flushed by a task ([`gathering`] tells when he waits a little); the [`sweep`] task ends what is overdue.

mod accept;
mod clock;
mod config;
mod connect;
mod connection;
mod counters;
mod gathering;
mod options;
mod proxy_header;
mod reader;
mod shared;
mod sweep;
mod table;
mod transport_stream;
mod write_queue;

pub(crate) use accept::{Entrance, Listener, bind_tcp};
pub use config::{TakenAlias, TcpConfig};
pub(crate) use connect::{ConnectError, Target};
pub use connection::ConnectionState;
pub(crate) use connection::{Connection, Refused, Taken};
pub use counters::TcpCounts;
pub use gathering::Gathered;
pub(crate) use options::keep_alive;
pub(crate) use shared::Streams;
pub(crate) use table::{Peer, Wanted};
