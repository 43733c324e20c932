//! The server in virtual time, for tests.
//!
//! A [`Bench`] is a whole server without sockets, threads or clocks: messages are handed to it, time passes when the test says
//! so, and what it sends and logs is collected. A [`Spec`] is a Markdown page that tells such a story; [`run_spec`] says where
//! the server departs from it, and [`oracle`] asks a real Kamailio the same. [`OneTable`] is a database for testing code that
//! keeps something in one. [`free_port`] is for tests that start the program itself.
//!
//! For tests only. Read [`Bench`] first.

mod bench;
mod database;
mod examples;
pub mod oracle;
mod pattern;
mod people;
mod places;
mod ports;
mod run;
mod spec;
mod world;

pub use bench::{Bench, Sent};
pub use database::OneTable;
pub use examples::run_examples;
pub use ports::{free_port, free_ports};
pub use run::{SpecFailure, accept_ladders, run_spec};
pub use spec::{Block, Role, Spec, Whom};
