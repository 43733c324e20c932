//! The passwords of a load's users, for servers that look them up in a database.

use std::fmt::Write;

use anyhow::Result;

use super::load::Load;
use super::register::{LOCKED, password, user};
use crate::database::Database;

/// What stands for the database in a configuration.
const DATABASE: &str = "@DATABASE@";
/// Kamailio's tables, as far as `auth_db` reads them.
const TABLES: &str = "
create table version (id integer primary key, table_name varchar(32) not null, table_version integer not null default 0);
insert into version (table_name, table_version) values ('subscriber', 7);
create table subscriber (id integer primary key, username varchar(64) not null, domain varchar(64) not null,
    password varchar(64) not null, ha1 varchar(128) not null default '', ha1b varchar(128) not null default '');
create unique index subscriber_account_idx on subscriber (username, domain);
";

/// A database with the subscribers of some loads.
pub struct Subscribers(Database);

impl Subscribers {
    /// Those that `configuration` looks for, if it does: the users of `loads`.
    ///
    /// # Errors
    /// When `sqlite3` is not installed.
    pub fn wanted_by(configuration: &str, loads: &[Load]) -> Result<Option<Self>> {
        if !configuration.contains(DATABASE) {
            return Ok(None);
        }
        Database::new("bench", &statements(loads)?).map(|database| Some(Self(database)))
    }

    /// `configuration` with the database in the place of its name.
    pub fn resolve(&self, configuration: &str) -> String {
        configuration.replace(DATABASE, &self.0.url())
    }
}

fn statements(loads: &[Load]) -> Result<String> {
    let mut statements = TABLES.to_owned() + "begin;\n";
    for load in loads {
        for unit in 0..load.count {
            let user = user(load.run, unit);
            writeln!(
                statements,
                "insert into subscriber (username, domain, password) values ('{user}', '{LOCKED}', '{}');",
                password(&user)
            )?;
        }
    }
    Ok(statements + "commit;\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::fake_server::load;
    use crate::bench::workload::{Exchange, WORKLOADS};

    #[test]
    fn every_user_of_every_load_has_a_password() {
        let server = "127.0.0.1:1".parse().unwrap();
        let first = load(Exchange::RegisterAuth, server, None);
        let second = Load {
            run: !first.run,
            ..first
        };
        let statements = statements(&[first, second]).unwrap();
        for load in [first, second] {
            for unit in 0..load.count {
                let user = user(load.run, unit);
                let row = format!("('{user}', 'locked.invalid', 'pass-{user}')");
                assert!(statements.contains(&row), "{row}");
            }
        }
    }

    #[test]
    fn who_looks_nothing_up_gets_no_database() {
        let looking = |name: &str| name == "register-authdb";
        for workload in WORKLOADS.iter().filter(|workload| !looking(workload.name)) {
            let subscribers = Subscribers::wanted_by(workload.config, &[]).unwrap();
            assert!(subscribers.is_none(), "{}", workload.name);
        }
    }
}
