//! Subscribers in the database.

use crate::params::{Attribute, Params, Target};
use db::schema::VersionError;
use db::{Answer, Connection, Pending, Request, Rows, Statement, TableStatements, Value, Values};
use module_api::{Call, Text};
use std::sync::Arc;

/// Which secret of a subscriber is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    /// That of `password_column`.
    First,
    /// That of `password_column_2`.
    Second,
    /// None: only whether there is such a subscriber.
    None,
}

/// The queries on tables of subscribers.
pub struct Subscribers {
    connection: Arc<dyn Connection>,
    /// What is read besides the secret.
    attributes: Arc<[Attribute]>,
    /// By the column wanted, then without and with the domain.
    queries: [[TableStatements; 2]; 3],
}

impl Subscribers {
    /// Queries as the parameters say.
    pub fn new(
        connection: Arc<dyn Connection>,
        params: &Params,
        attributes: Vec<Attribute>,
    ) -> Subscribers {
        let attributes: Arc<[Attribute]> = attributes.into();
        let query = |column: Option<&Text>, with_domain: bool| {
            // Whoever only asks whether there is a row reads the column that every row has.
            let secret = column.unwrap_or(&params.user_column).clone();
            let (user, domain) = (params.user_column.clone(), params.domain_column.clone());
            let attributes = attributes.clone();
            TableStatements::new(connection.dialect(), move |table| {
                let columns = attributes.iter().map(|attribute| attribute.column.clone());
                let select = Statement::select(table)
                    .column(secret.clone())
                    .columns(columns)
                    .key(user.clone());
                match with_domain {
                    true => select.key(domain.clone()),
                    false => select,
                }
            })
        };
        let both = |column: Option<&Text>| [query(column, false), query(column, true)];
        let queries = [
            both(Some(&params.password_column)),
            both(Some(&params.password_column_2)),
            both(None),
        ];
        Subscribers {
            connection,
            attributes,
            queries,
        }
    }

    /// Asks for a subscriber in the name of the event at hand. Without a `domain` any of that name is meant.
    pub fn find(
        &self,
        call: &Call,
        table: &Text,
        column: Column,
        user: &[u8],
        domain: Option<&[u8]>,
    ) -> Pending<Answer> {
        let [first, second, none] = &self.queries;
        let [without, with] = match column {
            Column::First => first,
            Column::Second => second,
            Column::None => none,
        };
        let mut values = Values::new();
        values.push(Value::from(user));
        let query = match domain {
            Some(domain) => {
                values.push(Value::from(domain));
                with
            }
            None => without,
        };
        let statement = query.of(table);
        call.ask(&*self.connection, Request { statement, values })
    }

    /// Puts what was read besides the secret into AVPs; what is nothing makes none.
    pub fn load(&self, call: &mut Call, rows: &Rows) {
        let cells = rows.row(0).unwrap_or_default();
        for (attribute, cell) in self.attributes.iter().zip(cells.iter().skip(1)) {
            let value = match cell {
                Value::Null => continue,
                Value::Int(number) | Value::Time(number) => module_api::Value::Int(*number),
                other => other.to_text().unwrap_or_default().into(),
            };
            match &attribute.target {
                Target::Avp(name) => call.attributes.avps.push(name.clone(), value),
                Target::Variable(variable) => {
                    // A variable that cannot be written stays what it is.
                    let _ = variable.set(call, value);
                }
            }
        }
    }

    /// Makes sure that a table has a version, according to the table `versions`.
    pub fn check_version(
        &self,
        versions: &Text,
        table: &Text,
        wanted: i64,
    ) -> Result<(), VersionError> {
        db::schema::check_version(&*self.connection, versions, table, wanted)
    }
}
