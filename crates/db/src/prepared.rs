//! A statement made ready for one engine.

use crate::dialect::Dialect;
use crate::rows::Column;
use crate::statement::Statement;
use std::sync::{Arc, OnceLock};

/// A statement with its text in an engine's language, made once and used by many requests.
#[derive(Debug)]
pub struct Prepared {
    /// The statement.
    pub statement: Statement,
    /// Its text; empty for engines that speak no SQL.
    pub sql: Box<str>,
    /// The columns of its result, once a driver knows them.
    pub columns: OnceLock<Arc<[Column]>>,
}

impl Prepared {
    /// Makes a statement ready for engines of a dialect.
    pub fn new(statement: Statement, dialect: Dialect) -> Arc<Prepared> {
        Arc::new(Prepared {
            sql: statement.render(dialect).into(),
            statement,
            columns: OnceLock::new(),
        })
    }
}
