//! Tables in a database: loaded from it, and stored in it.

use crate::params::DatabaseParams;
use crate::rows::{EmptyCell, Form, Moment, Reader};
use crate::table::Table;
use db::{Answer, Connection, Pending, Prepared, Request, Statement};
use module_api::Text;
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;

/// The database behind the tables that have one.
pub struct Storage {
    connection: Arc<dyn Connection>,
    places: BTreeMap<Text, Arc<Place>>,
}

/// Where one table is kept.
struct Place {
    form: Form,
    select: Arc<Prepared>,
    clear: Arc<Prepared>,
    insert: Arc<Prepared>,
}

/// Why a table was not loaded or stored.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StorageError {
    /// It has no database table.
    #[error("No database htable")]
    NoTable,
    /// Its columns are not those that items are stored in.
    #[error("a table with `cols` is never stored")]
    OwnColumns,
    /// The database did not do it.
    #[error("{0}")]
    Database(#[from] db::Error),
    /// A row makes no item.
    #[error("{0}")]
    Row(#[from] EmptyCell),
    /// There are more rows than the table may hold items; as many as it may hold are loaded.
    #[error("there are more rows than the table may hold items")]
    Full,
}

impl Storage {
    /// The database of an open connection, for those of the tables that have a place in it.
    pub fn new<'a>(
        connection: Arc<dyn Connection>,
        params: &DatabaseParams,
        tables: impl Iterator<Item = &'a Arc<Table>>,
    ) -> Storage {
        let places = tables
            .filter(|table| !table.spec.source.table.is_empty())
            .map(|table| {
                let place = Place::new(&*connection, params, table);
                (table.spec.name.clone(), Arc::new(place))
            })
            .collect();
        Storage { connection, places }
    }

    fn place(&self, table: &Table) -> Result<&Arc<Place>, StorageError> {
        let place = self.places.get(&table.spec.name);
        place.ok_or(StorageError::NoTable)
    }

    /// Fills a table with what the database has, if that has a place for it. Waits: for the start of the server.
    pub fn load_blocking(&self, table: &Table, now: Moment) -> Result<(), StorageError> {
        let Ok(place) = self.place(table) else {
            return Ok(());
        };
        let mut reader = Reader::new(&place.form, now);
        let mut outcome = Ok(());
        let request = Request::new(&place.select, []);
        self.connection.read_blocking(request, &mut |row| {
            outcome = reader.read(row);
            match outcome {
                Ok(()) => ControlFlow::Continue(()),
                Err(_) => ControlFlow::Break(()),
            }
        })?;
        outcome?;
        let full = table.replace_all(reader.finish());
        full.map_err(|_| StorageError::Full)
    }

    /// Puts what the database has in the place of all that a table holds, once it is there. A table whose rows cannot be
    /// read keeps what it has.
    pub fn reload(
        &self,
        table: &Arc<Table>,
        now: Moment,
    ) -> Result<Pending<Result<(), StorageError>>, StorageError> {
        let place = self.place(table)?.clone();
        let table = table.clone();
        let answer = self.connection.run(Request::new(&place.select, []));
        Ok(answer.map(move |answer: Answer| {
            let mut reader = Reader::new(&place.form, now);
            for row in answer.rows.iter() {
                reader.read(row)?;
            }
            let full = table.replace_all(reader.finish());
            full.map_err(|_| StorageError::Full)
        }))
    }

    /// Puts what a table holds in the place of all that the database has, or changes nothing.
    pub fn store(&self, table: &Table, now: Moment) -> Result<Pending<()>, StorageError> {
        let requests = self.place(table)?.rewrite(table, now)?;
        Ok(self.connection.run_all(requests).map(|_| ()))
    }

    /// Like [`Storage::store`], waiting: for the end of the server.
    pub fn store_blocking(&self, table: &Table, now: Moment) -> Result<(), StorageError> {
        let requests = self.place(table)?.rewrite(table, now)?;
        self.connection.run_all_blocking(requests)?;
        Ok(())
    }
}

impl Place {
    fn new(connection: &dyn Connection, params: &DatabaseParams, table: &Table) -> Place {
        let source = &table.spec.source;
        let mut columns = vec![
            params.key_name_column.clone(),
            params.key_type_column.clone(),
            params.value_type_column.clone(),
            params.key_value_column.clone(),
        ];
        if params.db_expires {
            columns.push(params.expires_column.clone());
        }
        let read = match source.columns.is_empty() {
            true => &columns,
            false => &source.columns,
        };
        let name = &source.table;
        let select = Statement::select(name.clone()).columns(read.iter().cloned());
        let insert = Statement::insert(name.clone()).columns(columns.iter().cloned());
        Place {
            select: connection.prepare(select),
            clear: connection.prepare(Statement::delete(name.clone())),
            insert: connection.prepare(insert),
            form: Form {
                source: source.clone(),
                expire: table.spec.expire,
                has_expires: params.db_expires,
                size_suffix: params.array_size_suffix.clone(),
            },
        }
    }

    /// What makes the rows those of the items.
    ///
    /// COMPAT: 5.6.3 deletes the rows of a table with `cols` and then writes none (observed); here they stay.
    fn rewrite(&self, table: &Table, now: Moment) -> Result<Vec<Request>, StorageError> {
        if !self.form.source.columns.is_empty() {
            return Err(StorageError::OwnColumns);
        }
        let mut requests = Vec::with_capacity(table.len() + 1);
        requests.push(Request::new(&self.clear, []));
        table.each(|key, item| {
            if let Some(row) = self.form.row(key, item, now) {
                requests.push(Request::new(&self.insert, row));
            }
        });
        Ok(requests)
    }
}

#[cfg(test)]
mod tests;
