//! `kahea db`: creates the tables that modules keep their data in.

use crate::commands::{show, tell};
use db::schema::{Table, create, tables};
use db::{Connection, Dialect, Error, OpenError, Request, Statement};
use std::process::ExitCode;
use std::sync::Arc;

use crate::FAILED;

/// What `kahea db` is asked to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DatabaseCommand {
    /// `init URL [GROUP …]`: creates tables, those of all groups when none is named.
    Init {
        /// The database.
        url: String,
        /// The groups of tables, as Kamailio's scripts name them: `standard`, `usrloc`, `auth_db` ...
        groups: Vec<String>,
    },
}

/// What the words after `db` ask for.
pub fn parse(mut words: impl Iterator<Item = String>) -> Result<DatabaseCommand, String> {
    match (words.next().as_deref(), words.next()) {
        (Some("init"), Some(url)) => Ok(DatabaseCommand::Init {
            url,
            groups: words.collect(),
        }),
        _ => Err("the command is: db init URL [GROUP ...]".to_owned()),
    }
}

/// Opens the database of a URL.
pub fn open(url: &str) -> Result<Arc<dyn Connection>, String> {
    let drivers = mod_all::database_drivers();
    drivers.open(url).map_err(|error| match error {
        OpenError::NoDriver(scheme) => {
            let known: Vec<_> = drivers.schemes().collect();
            format!(
                "there is no driver for databases of the kind `{scheme}` in this build; there is: {}",
                known.join(", ")
            )
        }
        error => error.to_string(),
    })
}

/// Does what was asked.
pub fn run(command: &DatabaseCommand) -> ExitCode {
    let DatabaseCommand::Init { url, groups } = command;
    match init(url, groups) {
        Ok(count) => {
            show(format_args!("{count} tables are there\n"));
            ExitCode::SUCCESS
        }
        Err(reason) => {
            tell(format_args!("kahea: db init: {reason}"));
            ExitCode::from(FAILED)
        }
    }
}

/// Creates the tables of some groups; how many there are.
pub fn init(url: &str, groups: &[String]) -> Result<usize, String> {
    let known = tables();
    for group in groups {
        if !known.iter().any(|table| table.group == group) {
            return Err(format!("there is no group of tables `{group}`"));
        }
    }
    let connection = open(url)?;
    // The table of versions is what the others are noted in.
    let is_wanted = |table: &Table| {
        groups.is_empty()
            || table.group == "standard"
            || groups.iter().any(|group| group == table.group)
    };
    let mut count = 0;
    for table in known.iter().filter(|table| is_wanted(table)) {
        create_table(&*connection, table)
            .map_err(|error| format!("table {}: {error}", table.name))?;
        count += 1;
    }
    Ok(count)
}

fn create_table(connection: &dyn Connection, table: &Table) -> Result<(), Error> {
    let dialect = connection.dialect();
    for (position, sql) in create(table, dialect).into_iter().enumerate() {
        let statement = connection.prepare(Statement::raw(sql));
        let result = connection.run_blocking(Request::new(&statement, []));
        match result {
            Ok(_) => {}
            // MySQL cannot be told to leave an index that is there alone.
            Err(Error::Statement(_)) if position > 0 && dialect == Dialect::Mysql => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> impl Iterator<Item = String> {
        text.split_whitespace().map(str::to_owned)
    }

    #[test]
    fn a_database_is_named_with_what_is_to_be_created() {
        let parsed = parse(words("init sqlite:///x.db usrloc"));
        let wanted = DatabaseCommand::Init {
            url: "sqlite:///x.db".to_owned(),
            groups: vec!["usrloc".to_owned()],
        };
        assert_eq!(parsed, Ok(wanted));
        assert!(parse(words("init")).is_err() && parse(words("drop x")).is_err());
    }

    #[test]
    fn tables_are_created_by_groups() {
        let none: [String; 0] = [];
        assert!(init("sqlite://:memory:", &none).is_ok_and(|count| count > 60));
        let groups = ["auth_db".to_owned()];
        assert_eq!(init("sqlite://:memory:", &groups), Ok(2));
        assert!(init("sqlite://:memory:", &["nothing".to_owned()]).is_err());
        let refused = init("oracle://x", &groups).unwrap_err();
        assert!(
            refused.contains("no driver") && refused.contains("sqlite"),
            "{refused}"
        );
    }
}
