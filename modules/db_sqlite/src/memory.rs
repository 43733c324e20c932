//! A database in memory: one connection that all share, and nothing to wait for.

use crate::driver::{FileOptions, JournalMode};
use crate::hand::Hand;
use db::{Answer, Connection, Dialect, Error, Pending, Request, Row};
use parking_lot::Mutex;
use std::ops::ControlFlow;

/// An open database in memory. It ends with its last user.
pub struct Memory {
    hand: Mutex<Hand>,
}

impl Memory {
    /// An empty database.
    pub fn open() -> Result<Memory, Error> {
        let options = FileOptions {
            journal_mode: JournalMode::Memory,
            ..FileOptions::default()
        };
        Ok(Memory {
            hand: Mutex::new(Hand::open(":memory:", options)?),
        })
    }
}

impl Connection for Memory {
    fn dialect(&self) -> Dialect {
        Dialect::Sqlite
    }

    fn run(&self, request: Request) -> Pending<Answer> {
        Pending::Ready(self.run_blocking(request))
    }

    fn run_all(&self, requests: Vec<Request>) -> Pending<Vec<Answer>> {
        Pending::Ready(self.run_all_blocking(requests))
    }

    fn run_blocking(&self, request: Request) -> Result<Answer, Error> {
        let answers = self.hand.lock().run_all(std::slice::from_ref(&request))?;
        Ok(answers.into_iter().next().unwrap_or_default())
    }

    fn run_all_blocking(&self, requests: Vec<Request>) -> Result<Vec<Answer>, Error> {
        self.hand.lock().transact(&requests)
    }

    fn read_blocking(
        &self,
        request: Request,
        each: &mut dyn FnMut(Row<'_>) -> ControlFlow<()>,
    ) -> Result<(), Error> {
        let answer = self.run_blocking(request)?;
        for row in answer.rows.iter() {
            if each(row).is_break() {
                break;
            }
        }
        Ok(())
    }
}
