//! Sockets: UDP and TCP, the connection table. The only SIP sockets of the server.
//!
//! Octets in: a [`Handler`] is given every datagram and every message of a stream as [`Received`], on the thread that read
//! it. Octets out: a [`Sender`] takes them from any thread and never waits.
//!
//! This crate does not look into messages (how a stream is cut is the business of `sip::framing`), and knows no script, no lane
//! and no name service.
//!
//! Read [`bind`] first, then [`Handler`].

mod company;
mod config;
mod connections;
mod interface;
mod network;
mod os;
mod reach;
mod received;
mod route;
mod sender;
mod socket;
mod socket_table;
mod stream;
mod udp;

pub use company::{Company, rest};
pub use config::{IpConfig, NetConfig};
pub use connections::{ConnectionInfo, Connections, KeepAlive};
pub use interface::{InterfaceAddress, interface_addresses, resolve_interface};
pub use network::{BindError, BoundNetwork, Network, bind};
pub use os::name_of;
pub use received::{
    ClosedBy, ConnectionEvent, ConnectionEventKind, ConnectionId, Handler, Limit, Overdue,
    Received, Turn,
};
pub use sender::{Delivery, SendError, SendFlags, Sender, Sent};
pub use socket::{ListenSpec, Socket, SocketId};
pub use socket_table::SocketTable;
pub use stream::{ConnectionState, Gathered, TakenAlias, TcpConfig, TcpCounts};
pub use udp::{PathMtuDiscovery, RawConfig, UdpConfig, UdpCounts};
