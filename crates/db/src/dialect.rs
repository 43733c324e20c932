//! SQL as the engines speak it.

use crate::octets;
use crate::statement::{Direction, Operation, Operator, Statement};
use stdx::Text;

/// The language of an engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// SQLite 3.24 and later.
    Sqlite,
    /// MySQL and MariaDB.
    Mysql,
    /// PostgreSQL.
    Postgres,
    /// None of SQL: the driver reads the [`Statement`] itself.
    None,
}

impl Dialect {
    /// Appends the name of a table or column, quoted so that nothing in it can be more than a name. The parts of
    /// `schema.table` are quoted one by one.
    pub fn write_name(self, name: &Text, out: &mut String) {
        let quote = match self {
            Dialect::Postgres => '"',
            _ => '`',
        };
        for (position, part) in name.to_str_lossy().split('.').enumerate() {
            if position > 0 {
                out.push('.');
            }
            out.push(quote);
            for letter in part.chars().filter(|letter| *letter != '\0') {
                if letter == quote {
                    out.push(quote);
                }
                out.push(letter);
            }
            out.push(quote);
        }
    }

    fn write_names<'a>(self, names: impl IntoIterator<Item = &'a Text>, out: &mut String) {
        for (position, name) in names.into_iter().enumerate() {
            if position > 0 {
                out.push_str(", ");
            }
            self.write_name(name, out);
        }
    }

    fn write_placeholder(self, number: &mut usize, out: &mut String) {
        *number += 1;
        match self {
            Dialect::Postgres => out.push_str(&format!("${number}")),
            _ => out.push('?'),
        }
    }

    fn write_condition(self, column: &Text, operator: Operator, at: &mut usize, out: &mut String) {
        self.write_name(column, out);
        out.push_str(match (operator, self) {
            (Operator::Equal, _) => " = ",
            (Operator::Same, Dialect::Sqlite) => " IS ",
            (Operator::Same, Dialect::Postgres) => " IS NOT DISTINCT FROM ",
            (Operator::Same, _) => " <=> ",
            (Operator::NotEqual, _) => " <> ",
            (Operator::Less, _) => " < ",
            (Operator::LessOrEqual, _) => " <= ",
            (Operator::Greater, _) => " > ",
            (Operator::GreaterOrEqual, _) => " >= ",
            (Operator::Like, _) => " LIKE ",
            (Operator::AnyBit, _) => " & ",
        });
        self.write_placeholder(at, out);
        if operator == Operator::AnyBit {
            out.push_str(" <> 0");
        }
    }
}

impl Statement {
    /// The statement in an engine's language; empty in [`Dialect::None`].
    pub fn render(&self, dialect: Dialect) -> String {
        if self.operation == Operation::Raw {
            return octets::text_of(&self.table, dialect);
        }
        let mut out = String::with_capacity(128);
        let mut at = 0;
        match (self.operation, dialect) {
            (_, Dialect::None) => return out,
            (Operation::Select, _) => {
                out.push_str("SELECT ");
                match self.columns.is_empty() {
                    true => out.push('*'),
                    false => dialect.write_names(&self.columns, &mut out),
                }
                out.push_str(" FROM ");
                dialect.write_name(&self.table, &mut out);
                self.write_where(dialect, &mut at, &mut out);
                self.write_order(dialect, &mut out);
            }
            (Operation::Insert | Operation::Upsert, _) => {
                out.push_str("INSERT INTO ");
                self.write_row(dialect, &mut at, &mut out);
                if self.operation == Operation::Upsert {
                    self.write_conflict(dialect, &mut out);
                }
            }
            (Operation::Replace, Dialect::Postgres) => {
                out.push_str("INSERT INTO ");
                self.write_row(dialect, &mut at, &mut out);
                self.write_conflict(dialect, &mut out);
            }
            (Operation::Replace, _) => {
                out.push_str("REPLACE INTO ");
                self.write_row(dialect, &mut at, &mut out);
            }
            (Operation::Update, _) => {
                out.push_str("UPDATE ");
                dialect.write_name(&self.table, &mut out);
                for (position, column) in self.columns.iter().enumerate() {
                    out.push_str(if position == 0 { " SET " } else { ", " });
                    dialect.write_condition(column, Operator::Equal, &mut at, &mut out);
                }
                self.write_where(dialect, &mut at, &mut out);
            }
            (Operation::Delete, _) => {
                out.push_str("DELETE FROM ");
                dialect.write_name(&self.table, &mut out);
                self.write_where(dialect, &mut at, &mut out);
            }
            (Operation::Raw, _) => {}
        }
        out
    }

    fn write_row(&self, dialect: Dialect, at: &mut usize, out: &mut String) {
        dialect.write_name(&self.table, out);
        out.push_str(" (");
        dialect.write_names(&self.columns, out);
        out.push_str(") VALUES (");
        for position in 0..self.columns.len() {
            if position > 0 {
                out.push_str(", ");
            }
            dialect.write_placeholder(at, out);
        }
        out.push(')');
    }

    /// What an upsert does with the row that is there already.
    fn write_conflict(&self, dialect: Dialect, out: &mut String) {
        let is_mysql = dialect == Dialect::Mysql;
        if is_mysql {
            out.push_str(" ON DUPLICATE KEY UPDATE ");
        } else {
            out.push_str(" ON CONFLICT (");
            dialect.write_names(self.keys.iter().map(|key| &key.column), out);
            out.push_str(") DO ");
        }
        let is_key = |column: &Text| self.keys.iter().any(|key| key.column == *column);
        let mut is_first = true;
        for column in self.columns.iter().filter(|column| !is_key(column)) {
            match is_first {
                true if !is_mysql => out.push_str("UPDATE SET "),
                true => {}
                false => out.push_str(", "),
            }
            is_first = false;
            dialect.write_name(column, out);
            out.push_str(if is_mysql {
                " = VALUES("
            } else {
                " = excluded."
            });
            dialect.write_name(column, out);
            if is_mysql {
                out.push(')');
            }
        }
        // Nothing but keys: the row stays as it is.
        if is_first && let Some(key) = self.keys.first() {
            if is_mysql {
                dialect.write_name(&key.column, out);
                out.push_str(" = ");
                dialect.write_name(&key.column, out);
            } else {
                out.push_str("NOTHING");
            }
        }
    }

    fn write_where(&self, dialect: Dialect, at: &mut usize, out: &mut String) {
        for (position, key) in self.keys.iter().enumerate() {
            out.push_str(if position == 0 { " WHERE " } else { " AND " });
            dialect.write_condition(&key.column, key.operator, at, out);
        }
    }

    fn write_order(&self, dialect: Dialect, out: &mut String) {
        if let Some(order) = &self.order {
            out.push_str(" ORDER BY ");
            dialect.write_name(&order.column, out);
            if order.direction == Direction::Descending {
                out.push_str(" DESC");
            }
        }
        if let Some(limit) = self.limit {
            out.push_str(&format!(" LIMIT {limit}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(statement: &Statement, dialect: Dialect, expected: &str) {
        assert_eq!(statement.render(dialect), expected);
    }

    #[test]
    fn statements_read_as_each_engine_wants_them() {
        let find = Statement::select("location")
            .columns(["contact", "q"])
            .key("username")
            .compare("expires", Operator::Greater)
            .compare("domain", Operator::Same)
            .order_by("q", Direction::Descending)
            .limit(3);
        check(
            &find,
            Dialect::Sqlite,
            "SELECT `contact`, `q` FROM `location` WHERE `username` = ? AND `expires` > ? AND `domain` IS ? ORDER BY `q` DESC LIMIT 3",
        );
        check(
            &find,
            Dialect::Postgres,
            "SELECT \"contact\", \"q\" FROM \"location\" WHERE \"username\" = $1 AND \"expires\" > $2 AND \"domain\" IS NOT DISTINCT FROM $3 ORDER BY \"q\" DESC LIMIT 3",
        );
        let put = Statement::upsert("t").columns(["k", "v"]).key("k");
        check(
            &put,
            Dialect::Sqlite,
            "INSERT INTO `t` (`k`, `v`) VALUES (?, ?) ON CONFLICT (`k`) DO UPDATE SET `v` = excluded.`v`",
        );
        check(
            &put,
            Dialect::Mysql,
            "INSERT INTO `t` (`k`, `v`) VALUES (?, ?) ON DUPLICATE KEY UPDATE `v` = VALUES(`v`)",
        );
        let change = Statement::update("t").columns(["a", "b"]).key("k");
        check(
            &change,
            Dialect::Postgres,
            "UPDATE \"t\" SET \"a\" = $1, \"b\" = $2 WHERE \"k\" = $3",
        );
        check(&Statement::delete("t"), Dialect::Mysql, "DELETE FROM `t`");
        check(
            &Statement::replace("t").column("a"),
            Dialect::Sqlite,
            "REPLACE INTO `t` (`a`) VALUES (?)",
        );
        check(&Statement::raw("select 1"), Dialect::Sqlite, "select 1");
    }

    #[test]
    fn a_name_cannot_be_more_than_a_name() {
        let statement = Statement::delete("t`; drop table x").key("a\"b");
        check(
            &statement,
            Dialect::Sqlite,
            "DELETE FROM `t``; drop table x` WHERE `a\"b` = ?",
        );
        check(
            &statement,
            Dialect::Postgres,
            "DELETE FROM \"t`; drop table x\" WHERE \"a\"\"b\" = $1",
        );
        check(
            &Statement::select("kam.location"),
            Dialect::Mysql,
            "SELECT * FROM `kam`.`location`",
        );
    }
}
