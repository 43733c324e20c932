//! Databases as values: statements, rows, typed cells, URLs, and Kamailio's tables.
//!
//! A module opens a [`Connection`] by its URL through [`Drivers`], prepares a [`Statement`] once ([`Prepared`]), and puts
//! [`Request`]s to the connection. What comes back is a [`Pending`]: an embedded engine has the answer at once, others
//! answer later. The engines themselves are modules that register a [`Driver`]; the crate opens no file and no socket,
//! knows no SQL beyond what the dialects need, and no table beyond those of [`schema`]. Read [`Statement`] first.

mod calendar;
mod closed;
mod connection;
mod dialect;
mod drivers;
mod error;
mod octets;
mod prepared;
mod rows;
pub mod schema;
mod statement;
mod tables;
mod url;
mod value;
mod watched;

pub use calendar::parse_time;
pub use connection::{Answer, Connection, Pending, Request, Snapshot};
pub use dialect::Dialect;
pub use drivers::{Driver, Drivers, OpenError};
pub use error::{Error, Fault};
pub use prepared::Prepared;
pub use rows::{Column, Row, Rows};
pub use statement::{Direction, Key, Operation, Operator, Order, Statement};
pub use tables::TableStatements;
pub use url::{Url, UrlError};
pub use value::{ColumnType, Value, Values};
pub use watched::Watch;

/// A future that whoever awaits it may move to another thread.
pub type BoxFuture<T> = std::pin::Pin<Box<dyn Future<Output = T> + Send>>;
