//! Telling of requests that take long.

use crate::connection::{Answer, Connection, Pending, Request, Snapshot};
use crate::dialect::Dialect;
use crate::error::Error;
use crate::prepared::Prepared;
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
            first: first.map(|request| request.statement.clone()),
            since: self.watch.now(),
        }
    }
}

struct Timing {
    watch: Arc<dyn Watch>,
    first: Option<Arc<Prepared>>,
    since: Instant,
}

impl Timing {
    fn end(self) {
        let took = self.watch.now().saturating_duration_since(self.since);
        let sql = self.first.as_ref().map_or("", |first| &*first.sql);
        self.watch.answered(sql, took);
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

    fn run_at(&self, request: Request, moment: Instant) -> (Pending<Answer>, Option<Snapshot>) {
        let timing = self.begin(Some(&request));
        let (pending, snapshot) = self.connection.run_at(request, moment);
        (timing.of(pending), snapshot)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::closed::Closed;
    use crate::statement::Statement;
    use std::sync::Mutex;

    /// A clock that goes a second further each time it is read, and what was answered.
    struct Seconds {
        start: Instant,
        reads: Mutex<u32>,
        answered: Mutex<Vec<(String, Duration)>>,
    }

    impl Watch for Seconds {
        fn now(&self) -> Instant {
            let mut reads = self.reads.lock().unwrap();
            *reads += 1;
            self.start + Duration::from_secs(1) * *reads
        }

        fn answered(&self, sql: &str, took: Duration) {
            self.answered.lock().unwrap().push((sql.to_owned(), took));
        }
    }

    #[test]
    fn each_request_is_told_of_when_it_is_answered() {
        let watch = Arc::new(Seconds {
            start: Instant::now(),
            reads: Mutex::default(),
            answered: Mutex::default(),
        });
        let watched = Watched {
            connection: Arc::new(Closed),
            watch: watch.clone(),
        };
        let statement = Prepared::new(Statement::raw("select 1"), Dialect::Sqlite);
        let request = || Request::new(&statement, []);
        assert!(watched.run_blocking(request()).is_ok());
        assert!(watched.run_all_blocking(vec![request(), request()]).is_ok());
        assert!(matches!(watched.run(request()), Pending::Ready(Ok(_))));
        let told = ("select 1".to_owned(), Duration::from_secs(1));
        assert_eq!(*watch.answered.lock().unwrap(), vec![told; 3]);
    }
}
