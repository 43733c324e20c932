//! Compiles the route blocks of a syntax tree into a program and runs it.
//!
//! A [`Run`] is a plain value: a program counter, frames and a small stack. [`Run::start`] and [`Run::resume`] execute
//! until the run ends or has to wait; a parked run costs its frames and nothing else. Expressions without calls are
//! small trees evaluated in place; everything that may call a function, and so wait, is code.
//!
//! The crate names no module and no script function: what a name means is the [`module_api::Binder`]'s business. Read
//! [`Program`] first, then [`Run`].

mod arithmetic;
mod block;
mod code;
mod compile;
mod expression;
mod keywords;
mod program;
mod run;
mod timed;

pub use compile::{Options, compile, route_names};
pub use expression::PureCompiler;
pub use program::Program;
pub use run::{DormantRun, Outcome, Run};
