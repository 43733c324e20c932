//! The lanes, the threads that drive them, loading, start and stop.
//!
//! An [`Engine`] is all lanes together; `lane.rs` and [`life`] say what happens to an event and to a message. `loading.rs` turns
//! a configuration into something that runs. Time, sockets and back ends come from outside, through a [`Platform`]: the real one
//! is set up by [`start`], and the test bench has one of its own.
//!
//! The crate names no module. Read [`life`] first.

mod admission;
mod cell;
mod desk;
mod draft;
mod engine;
mod figures;
mod impossible;
mod lane;
pub mod life;
mod listen;
mod loading;
mod log;
mod names;
mod network;
mod parameters;
mod parked;
mod platform;
mod query_watch;
mod real;
mod refusals;
mod server;
mod tap;
mod timers;
mod wanted;

pub use cell::{Clock, HeldLane, LaneCell};
pub use draft::{Draft, Overrides, read};
pub use engine::Engine;
pub use lane::{Arrival, Lane, LaneEvent, Moment, Outside, RunId};
pub use listen::{describe, describe_specs, know_names};
pub use loading::{Loaded, Surroundings, load};
pub use log::{LogForm, Stderr, Syslog};
pub use platform::{Platform, SendError, Unsent};
pub use server::{Server, StartError, check, start};
pub use timers::Periodic;
