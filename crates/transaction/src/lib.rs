//! The transaction machines of RFC 3261 §17 as RFC 6026 corrected them, and a proxy's view of them: one server side,
//! any number of branches, and the choice among their responses (§16.7). Sans-IO.
//!
//! Each machine is a small value in a file of its own, one `match` over its state and an [`Input`]. A [`Transaction`] puts
//! them together: what happens goes in through methods that take the time, what is to be done comes out as [`Effect`]s, and
//! [`Transaction::next_deadline`] says when it wants to be looked at again.
//!
//! It knows no message, no socket, no script: the owner of a transaction keeps those beside it, by the number of the branch.
//! How a request finds its transaction is in [`key`]. Read [`Transaction`] first.

mod branch;
mod client;
mod effect;
mod fork;
mod invite_client;
mod invite_server;
pub mod key;
mod retransmission;
mod server;
mod tick;
mod times;
mod transaction;

pub use branch::{Branch, CancelState};
pub use client::Client;
pub use effect::{Effect, Effects, Input, Output, Outputs, Timer};
pub use fork::{Choice, Ranking};
pub use invite_client::InviteClient;
pub use invite_server::InviteServer;
pub use server::Server;
pub use tick::Tick;
pub use times::{Lifetimes, Times};
pub use transaction::{CancelMode, Drops, Kind, Reason, Transaction};
