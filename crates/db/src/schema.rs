//! The tables that Kamailio's modules keep their data in: same names, columns, types, keys and versions.
//!
//! The facts are in `schema/tables.tsv` and `schema/indexes.tsv`; here they are read and rendered per dialect. [`create`]
//! gives the statements that make a database out of nothing, [`check_version`] compares what is there.

use crate::connection::{Connection, Request};
use crate::dialect::Dialect;
use crate::error::Error;
use crate::statement::Statement;
use crate::value::Value;
use stdx::Text;

const TABLES: &str = include_str!("../schema/tables.tsv");
const INDEXES: &str = include_str!("../schema/indexes.tsv");

/// A table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// The set it is created with: `standard`, `usrloc`, `auth_db` ...
    pub group: &'static str,
    /// Its name.
    pub name: &'static str,
    /// Its version, as the `version` table holds it.
    pub version: i64,
    /// Its columns in order.
    pub columns: Vec<ColumnSpec>,
    /// Its keys besides the primary one.
    pub indexes: Vec<Index>,
}

/// A column of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ColumnSpec {
    /// Its name.
    pub name: &'static str,
    /// Its type in MySQL.
    pub mysql_type: &'static str,
    /// Its type in SQLite; empty where it follows from that of MySQL.
    pub sqlite_type: &'static str,
    /// What a row gets that does not say; empty when it must say.
    pub default: &'static str,
    /// Whether a cell may hold nothing.
    pub is_nullable: bool,
    /// Whether it is the row's number, given by the engine.
    pub is_primary: bool,
}

/// A key of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Index {
    /// Whether no two rows may have the same.
    pub is_unique: bool,
    /// Its columns.
    pub columns: Vec<&'static str>,
}

/// All tables, those of the `standard` group first.
pub fn tables() -> Vec<Table> {
    let mut tables: Vec<Table> = Vec::new();
    for line in TABLES.lines().skip(1) {
        let fields: Vec<&'static str> = line.split('\t').collect();
        let [
            group,
            name,
            version,
            column,
            mysql_type,
            sqlite_type,
            default,
            nullable,
            primary,
        ] = *fields
        else {
            stdx::never!("a line of the table of tables has another number of fields");
            continue;
        };
        if tables.last().is_none_or(|table| table.name != name) {
            tables.push(Table {
                group,
                name,
                version: version.parse().unwrap_or_default(),
                columns: Vec::new(),
                indexes: indexes(name),
            });
        }
        if let Some(table) = tables.last_mut() {
            table.columns.push(ColumnSpec {
                name: column,
                mysql_type,
                sqlite_type,
                default,
                is_nullable: nullable == "yes",
                is_primary: primary == "yes",
            });
        }
    }
    tables
}

fn indexes(table: &str) -> Vec<Index> {
    let lines = INDEXES.lines().skip(1).map(|line| line.split('\t'));
    lines
        .filter_map(|mut fields| {
            let (name, kind, columns) = (fields.next()?, fields.next()?, fields.next()?);
            (name == table).then(|| Index {
                is_unique: kind == "unique",
                columns: columns.split(',').collect(),
            })
        })
        .collect()
}

/// The statements that create a table with its keys, leaving one that is there as it is, and note its version.
pub fn create(table: &Table, dialect: Dialect) -> Vec<String> {
    let mut statements = vec![table.render(dialect)];
    for index in table.indexes.iter().filter(|index| !index.is_unique) {
        statements.push(table.render_index(index, dialect));
    }
    let note = format!(
        "INTO version (table_name, table_version) VALUES ('{}', {})",
        table.name, table.version
    );
    statements.push(match dialect {
        Dialect::Postgres => format!("INSERT {note} ON CONFLICT (table_name) DO NOTHING"),
        Dialect::Mysql => format!("INSERT IGNORE {note}"),
        _ => format!("INSERT OR IGNORE {note}"),
    });
    statements
}

impl Table {
    fn render(&self, dialect: Dialect) -> String {
        let mut out = String::from("CREATE TABLE IF NOT EXISTS ");
        dialect.write_name(&Text::from(self.name), &mut out);
        out.push_str(" (");
        for (position, column) in self.columns.iter().enumerate() {
            out.push_str(if position == 0 { "\n    " } else { ",\n    " });
            column.render(dialect, &mut out);
        }
        for index in self.indexes.iter().filter(|index| index.is_unique) {
            let name = self.index_name(index);
            out.push_str(&format!(",\n    CONSTRAINT {name} UNIQUE "));
            write_list(&index.columns, dialect, &mut out);
        }
        out.push_str("\n)");
        out
    }

    fn render_index(&self, index: &Index, dialect: Dialect) -> String {
        let mut out = String::from("CREATE INDEX ");
        // MySQL has no such condition: the caller passes over an index that is there.
        if dialect != Dialect::Mysql {
            out.push_str("IF NOT EXISTS ");
        }
        out.push_str(&self.index_name(index));
        out.push_str(" ON ");
        dialect.write_name(&Text::from(self.name), &mut out);
        out.push(' ');
        write_list(&index.columns, dialect, &mut out);
        out
    }

    fn index_name(&self, index: &Index) -> String {
        format!("{}_{}_idx", self.name, index.columns.join("_"))
    }
}

fn write_list(columns: &[&str], dialect: Dialect, out: &mut String) {
    out.push('(');
    for (position, column) in columns.iter().enumerate() {
        if position > 0 {
            out.push_str(", ");
        }
        dialect.write_name(&Text::from(*column), out);
    }
    out.push(')');
}

impl ColumnSpec {
    fn render(&self, dialect: Dialect, out: &mut String) {
        dialect.write_name(&Text::from(self.name), out);
        out.push(' ');
        if self.is_primary {
            out.push_str(match dialect {
                Dialect::Postgres => "SERIAL PRIMARY KEY NOT NULL",
                Dialect::Mysql => "INT(10) UNSIGNED AUTO_INCREMENT PRIMARY KEY NOT NULL",
                _ => "INTEGER PRIMARY KEY NOT NULL",
            });
            return;
        }
        out.push_str(match dialect {
            Dialect::Mysql => self.mysql_type,
            Dialect::Postgres => postgres_type(self.mysql_type),
            _ if self.sqlite_type.is_empty() => sqlite_type(self.mysql_type),
            _ => self.sqlite_type,
        });
        if !self.default.is_empty() {
            out.push_str(" DEFAULT ");
            out.push_str(self.default);
        }
        if !self.is_nullable {
            out.push_str(" NOT NULL");
        }
    }
}

fn sqlite_type(mysql: &'static str) -> &'static str {
    match postgres_type(mysql) {
        "BYTEA" => "BLOB",
        other => other,
    }
}

fn postgres_type(mysql: &'static str) -> &'static str {
    let (name, _) = mysql.split_once(['(', ' ']).unwrap_or((mysql, ""));
    match name {
        "INT" => "INTEGER",
        "SMALLINT" | "TINYINT" => "SMALLINT",
        "FLOAT" => "REAL",
        "DATETIME" => "TIMESTAMP WITHOUT TIME ZONE",
        "MEDIUMTEXT" => "TEXT",
        "BLOB" | "MEDIUMBLOB" => "BYTEA",
        _ => mysql,
    }
}

/// Why a table cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VersionError {
    /// The database did not answer.
    #[error("the version of table `{0}` is not known: {1}")]
    Unknown(String, Error),
    /// The table has another version.
    #[error("table `{table}` has version {found}, version {wanted} is needed")]
    Differs {
        /// The table.
        table: String,
        /// Its version; 0 when it is not there.
        found: i64,
        /// The version that is needed.
        wanted: i64,
    },
}

/// Makes sure that `table` has version `wanted`, according to the table named `versions`. Waits.
pub fn check_version(
    connection: &dyn Connection,
    versions: &Text,
    table: &Text,
    wanted: i64,
) -> Result<(), VersionError> {
    if connection.is_closed() {
        return Ok(());
    }
    let statement = connection.prepare(
        Statement::select(versions.clone())
            .column("table_version")
            .key("table_name"),
    );
    let name = table.to_str_lossy().into_owned();
    let request = Request::new(&statement, [Value::Text(table.clone())]);
    let found = match connection.run_blocking(request) {
        Ok(answer) => answer.rows.cell(0, 0).and_then(Value::as_int).unwrap_or(0),
        Err(error) => return Err(VersionError::Unknown(name, error)),
    };
    if found == wanted {
        return Ok(());
    }
    Err(VersionError::Differs {
        table: name,
        found,
        wanted,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(name: &str) -> Table {
        let mut tables = tables().into_iter();
        tables.find(|table| table.name == name).unwrap()
    }

    #[test]
    fn every_table_has_columns_a_version_and_keys_on_columns_of_its_own() {
        let tables = tables();
        assert_eq!(tables[0].name, "version");
        for table in &tables {
            assert!(table.version > 0, "{}", table.name);
            for name in table.indexes.iter().flat_map(|index| &index.columns) {
                let is_column = table.columns.iter().any(|column| column.name == *name);
                assert!(is_column, "{}.{name}", table.name);
            }
        }
        let indexes: usize = tables.iter().map(|table| table.indexes.len()).sum();
        assert_eq!(indexes, INDEXES.lines().count() - 1);
    }

    #[test]
    fn a_table_is_created_as_each_engine_wants_it() {
        let subscriber = table("subscriber");
        let statements = create(&subscriber, Dialect::Sqlite);
        assert_eq!(
            statements[0],
            "CREATE TABLE IF NOT EXISTS `subscriber` (\n    `id` INTEGER PRIMARY KEY NOT NULL,\n    \
             `username` VARCHAR(64) DEFAULT '' NOT NULL,\n    `domain` VARCHAR(64) DEFAULT '' NOT NULL,\n    \
             `password` VARCHAR(64) DEFAULT '' NOT NULL,\n    `ha1` VARCHAR(128) DEFAULT '' NOT NULL,\n    \
             `ha1b` VARCHAR(128) DEFAULT '' NOT NULL,\n    \
             CONSTRAINT subscriber_username_domain_idx UNIQUE (`username`, `domain`)\n)"
        );
        assert_eq!(
            statements[1],
            "CREATE INDEX IF NOT EXISTS subscriber_username_idx ON `subscriber` (`username`)"
        );
        assert!(statements[2].starts_with("INSERT OR IGNORE INTO version"));
        let location = create(&table("location"), Dialect::Postgres);
        assert!(location[0].contains(
            "\"expires\" TIMESTAMP WITHOUT TIME ZONE DEFAULT '2030-05-28 21:32:15' NOT NULL"
        ));
        assert!(location[0].contains("\"id\" SERIAL PRIMARY KEY"));
    }
}
