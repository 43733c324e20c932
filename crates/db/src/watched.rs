//! Telling of requests that take long.

use crate::connection::{Answer, Connection, Pending, Request};
use crate::dialect::Dialect;
use crate::error::Error;
use crate::rows::Row;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What watches how long requests take.
pub trait Watch: Send + Sync {
    /// The time now.
    fn now(&self) -> Instant;

    /// A request with this text was answered after `took`. Requests that are carried out together are told by the first.
    fn answered(&self, sql: &str, took: Duration);
}

/// A connection whose requests are watched.
pub(crate) struct Watched {
    pub connection: Arc<dyn Connection>,
    pub watch: Arc<dyn Watch>,
}

impl Watched {
    fn begin(&self, first: Option<&Request>) -> Timing {
        Timing {
            watch: self.watch.clone(),
            sql: first.map_or_else(|| "".into(), |request| request.statement.sql.clone()),
            since: self.watch.now(),
        }
    }
}

struct Timing {
    watch: Arc<dyn Watch>,
    sql: Box<str>,
    since: Instant,
}

impl Timing {
    fn end(self) {
        let took = self.watch.now().saturating_duration_since(self.since);
        self.watch.answered(&self.sql, took);
    }

    fn of<T: Send + 'static>(self, pending: Pending<T>) -> Pending<T> {
        match pending {
            Pending::Ready(result) => {
                self.end();
                Pending::Ready(result)
            }
            Pending::Later(answer) => Pending::Later(Box::pin(async move {
                let result = answer.await;
                self.end();
                result
            })),
        }
    }
}

impl Connection for Watched {
    fn dialect(&self) -> Dialect {
        self.connection.dialect()
    }

    fn is_closed(&self) -> bool {
        self.connection.is_closed()
    }

    fn run(&self, request: Request) -> Pending<Answer> {
        let timing = self.begin(Some(&request));
        timing.of(self.connection.run(request))
    }

    fn run_all(&self, requests: Vec<Request>) -> Pending<Vec<Answer>> {
        let timing = self.begin(requests.first());
        timing.of(self.connection.run_all(requests))
    }

    fn run_blocking(&self, request: Request) -> Result<Answer, Error> {
        let timing = self.begin(Some(&request));
        let result = self.connection.run_blocking(request);
        timing.end();
        result
    }

    fn run_all_blocking(&self, requests: Vec<Request>) -> Result<Vec<Answer>, Error> {
        let timing = self.begin(requests.first());
        let result = self.connection.run_all_blocking(requests);
        timing.end();
        result
    }

    fn read_blocking(
        &self,
        request: Request,
        each: &mut dyn FnMut(Row<'_>) -> ControlFlow<()>,
    ) -> Result<(), Error> {
        let timing = self.begin(Some(&request));
        let result = self.connection.read_blocking(request, each);
        timing.end();
        result
    }
}
