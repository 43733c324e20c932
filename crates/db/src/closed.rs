//! The stand-in for a database that is not opened.

use crate::connection::{Answer, Connection, Pending, Request};
use crate::dialect::Dialect;
use crate::error::Error;
use crate::rows::Row;
use std::ops::ControlFlow;

/// A database in which there is nothing, whatever is done to it.
pub struct Closed;

impl Connection for Closed {
    fn dialect(&self) -> Dialect {
        Dialect::None
    }

    fn is_closed(&self) -> bool {
        true
    }

    fn run(&self, request: Request) -> Pending<Answer> {
        Pending::Ready(self.run_blocking(request))
    }

    fn run_all(&self, requests: Vec<Request>) -> Pending<Vec<Answer>> {
        Pending::Ready(self.run_all_blocking(requests))
    }

    fn run_blocking(&self, _: Request) -> Result<Answer, Error> {
        Ok(Answer::default())
    }

    fn run_all_blocking(&self, requests: Vec<Request>) -> Result<Vec<Answer>, Error> {
        Ok(requests.iter().map(|_| Answer::default()).collect())
    }

    fn read_blocking(
        &self,
        _: Request,
        _: &mut dyn FnMut(Row<'_>) -> ControlFlow<()>,
    ) -> Result<(), Error> {
        Ok(())
    }
}
