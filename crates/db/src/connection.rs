//! Putting requests to a database.

use crate::BoxFuture;
use crate::dialect::Dialect;
use crate::error::Error;
use crate::prepared::Prepared;
use crate::rows::{Row, Rows};
use crate::statement::Statement;
use crate::value::{Value, Values};
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Instant;

/// A statement with its values.
#[derive(Clone, Debug)]
pub struct Request {
    /// The statement.
    pub statement: Arc<Prepared>,
    /// Its values, in the order of the placeholders.
    pub values: Values,
}

impl Request {
    /// A request.
    pub fn new(statement: &Arc<Prepared>, values: impl IntoIterator<Item = Value>) -> Request {
        Request {
            statement: statement.clone(),
            values: values.into_iter().collect(),
        }
    }
}

/// What came of a request.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    /// The rows, if it asked for any.
    pub rows: Rows,
    /// How many rows it added, changed or removed.
    pub affected: u64,
}

/// An answer that is there, or will be.
pub enum Pending<T> {
    /// It is there.
    Ready(Result<T, Error>),
    /// It has to be waited for. The request is on its way already, and dropping this does not take it back.
    Later(BoxFuture<Result<T, Error>>),
}

impl<T: Send + 'static> Pending<T> {
    /// An answer made of this one, as soon as it is there.
    pub fn map<U: Send + 'static>(
        self,
        change: impl FnOnce(T) -> U + Send + 'static,
    ) -> Pending<U> {
        match self {
            Pending::Ready(result) => Pending::Ready(result.map(change)),
            Pending::Later(answer) => {
                Pending::Later(Box::pin(async move { answer.await.map(change) }))
            }
        }
    }

    /// The answer as a future, for whoever waits anyway.
    pub fn wait(self) -> BoxFuture<Result<T, Error>> {
        match self {
            Pending::Ready(result) => Box::pin(std::future::ready(result)),
            Pending::Later(answer) => answer,
        }
    }
}

/// The database as it was at one moment, kept for further reads until this is dropped.
pub struct Snapshot(#[expect(dead_code, reason = "it is there to be dropped")] Box<dyn Send>);

impl Snapshot {
    /// One that ends when `held` is dropped.
    pub fn new(held: impl Send + 'static) -> Snapshot {
        Snapshot(Box::new(held))
    }
}

/// An open database. Shared by all that use the same URL; bounded in what it keeps waiting.
pub trait Connection: Send + Sync {
    /// The language it speaks.
    fn dialect(&self) -> Dialect;

    /// Whether it only stands in for a database while a configuration is checked.
    fn is_closed(&self) -> bool {
        false
    }

    /// Carries a request out. Never waits: work that takes time goes on elsewhere, and a queue that is full answers at
    /// once with [`Error::QueueFull`].
    fn run(&self, request: Request) -> Pending<Answer>;

    /// Like [`Connection::run`], for an event that happened at `moment`: a read may be of the database as it was at any time
    /// since then, so that reads for events of one moment can share what it takes to begin one. Whatever this server has
    /// been answered to be written is seen all the same.
    ///
    /// Where something is kept for the next read of that moment, it is to be dropped as soon as none is left to come.
    fn run_at(&self, request: Request, _moment: Instant) -> (Pending<Answer>, Option<Snapshot>) {
        (self.run(request), None)
    }

    /// Carries requests out all together or not at all, in their order.
    fn run_all(&self, requests: Vec<Request>) -> Pending<Vec<Answer>>;

    /// Carries a request out and waits for it. Only where nothing else runs: while modules come to life, when the server
    /// stops, in tools.
    fn run_blocking(&self, request: Request) -> Result<Answer, Error>;

    /// Like [`Connection::run_all`], waiting.
    fn run_all_blocking(&self, requests: Vec<Request>) -> Result<Vec<Answer>, Error>;

    /// Hands the rows of a result on one by one, however many there are, until told to stop. Waits, as
    /// [`Connection::run_blocking`] does.
    fn read_blocking(
        &self,
        request: Request,
        each: &mut dyn FnMut(Row<'_>) -> ControlFlow<()>,
    ) -> Result<(), Error>;
}

impl dyn Connection + '_ {
    /// Makes a statement ready for this database.
    pub fn prepare(&self, statement: Statement) -> Arc<Prepared> {
        Prepared::new(statement, self.dialect())
    }
}
