//! The same statement for tables whose names scripts choose.

use crate::dialect::Dialect;
use crate::prepared::Prepared;
use crate::statement::Statement;
use std::sync::{Arc, Mutex, PoisonError};
use stdx::Text;

/// Tables whose statements are kept.
const TABLES_KEPT: usize = 32;

/// A statement for each table that was asked for lately.
pub struct TableStatements {
    dialect: Dialect,
    make: Box<dyn Fn(Text) -> Statement + Send + Sync>,
    /// The one used last comes last.
    kept: Mutex<Vec<Arc<Prepared>>>,
}

impl TableStatements {
    /// Statements that `make` makes of the name of a table.
    pub fn new(
        dialect: Dialect,
        make: impl Fn(Text) -> Statement + Send + Sync + 'static,
    ) -> TableStatements {
        TableStatements {
            dialect,
            make: Box::new(make),
            kept: Mutex::default(),
        }
    }

    /// The statement for `table`.
    pub fn of(&self, table: &Text) -> Arc<Prepared> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(last) = kept.last()
            && last.statement.table == *table
        {
            return last.clone();
        }
        let position = kept
            .iter()
            .position(|known| known.statement.table == *table);
        let statement = match position {
            Some(position) => kept.remove(position),
            None => Prepared::new((self.make)(table.clone()), self.dialect),
        };
        if kept.len() >= TABLES_KEPT {
            kept.remove(0);
        }
        kept.push(statement.clone());
        statement
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_keeps_its_statement_while_it_is_in_use() {
        let statements = TableStatements::new(Dialect::Sqlite, Statement::select);
        let first = statements.of(&Text::from("a"));
        for number in 0..TABLES_KEPT as i64 {
            statements.of(&Text::from(number));
            assert!(Arc::ptr_eq(&first, &statements.of(&Text::from("a"))));
        }
        for number in 0..TABLES_KEPT as i64 {
            statements.of(&Text::from(number));
        }
        assert!(!Arc::ptr_eq(&first, &statements.of(&Text::from("a"))));
    }
}
