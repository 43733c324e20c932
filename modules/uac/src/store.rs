//! The table of accounts elsewhere.

use crate::registrations::Account;
use db::schema::{VersionError, check_version};
use db::{Answer, Connection, Error, Pending, Prepared, Request, Rows, Statement, Value};
use std::sync::Arc;
use stdx::Text;

/// The version of the table of accounts.
const VERSION: i64 = 5;

/// The table of accounts.
pub struct Store {
    connection: Arc<dyn Connection>,
    table: Text,
    /// The table with the versions of tables.
    versions: Text,
    all: Arc<Prepared>,
    one: Arc<Prepared>,
}

impl Store {
    /// The table of that name; `versions` is the table with the versions of tables.
    pub fn new(connection: Arc<dyn Connection>, table: Text, versions: Text) -> Store {
        Store {
            all: connection.prepare(Statement::select(table.clone())),
            one: connection.prepare(Statement::select(table.clone()).key("l_uuid")),
            connection,
            table,
            versions,
        }
    }

    /// Makes sure that the table has the version whose columns are known here. Waits.
    fn check(&self) -> Result<(), VersionError> {
        check_version(&*self.connection, &self.versions, &self.table, VERSION)
    }

    /// Whether the database only stands in for one.
    pub fn is_closed(&self) -> bool {
        self.connection.is_closed()
    }

    /// All accounts. Waits.
    ///
    /// # Errors
    /// When the table has another version, and when the database does not answer.
    pub fn load_all(&self) -> Result<Vec<Account>, VersionError> {
        self.check()?;
        let answer = self.connection.run_blocking(Request::new(&self.all, []));
        let answer = answer.map_err(|error| {
            VersionError::Unknown(self.table.to_str_lossy().into_owned(), error)
        })?;
        Ok(accounts(&answer.rows))
    }

    /// One account. Waits.
    pub fn load_one(&self, uuid: &Text) -> Result<Option<Account>, Error> {
        let answer = self.connection.run_blocking(self.request(uuid))?;
        Ok(accounts(&answer.rows).into_iter().next())
    }

    /// Asks for one account.
    pub fn ask_one(&self, uuid: &Text) -> Pending<Answer> {
        self.connection.run(self.request(uuid))
    }

    fn request(&self, uuid: &Text) -> Request {
        Request::new(&self.one, [Value::Text(uuid.clone())])
    }
}

/// The accounts of a result, by the names of its columns: not every version of the table has all of them.
pub fn accounts(rows: &Rows) -> Vec<Account> {
    rows.iter()
        .map(|row| {
            let cell = |name: &str| {
                let position = rows.columns().iter().position(|column| column.name == name);
                position.and_then(|position| row.get(position))
            };
            let text = |name: &str| cell(name).and_then(Value::to_text).unwrap_or_default();
            let number = |name: &str| cell(name).and_then(Value::as_int).unwrap_or(0);
            Account {
                uuid: text("l_uuid"),
                username: text("l_username"),
                domain: text("l_domain"),
                remote_username: text("r_username"),
                remote_domain: text("r_domain"),
                realm: text("realm"),
                auth_username: text("auth_username"),
                auth_password: text("auth_password"),
                auth_ha1: text("auth_ha1"),
                proxy: text("auth_proxy"),
                expires: number("expires"),
                flags: number("flags"),
                delay: number("reg_delay"),
                contact_address: text("contact_addr"),
                contact_user: text("contact_user"),
                socket: text("socket"),
            }
        })
        .filter(|account| !account.uuid.is_empty())
        .collect()
}
