//! Statements as values: what to do with which columns of which table.

use stdx::Text;

/// How a column is compared with a value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Operator {
    /// `=`; no cell is equal to nothing.
    #[default]
    Equal,
    /// `=`, and nothing is the same as nothing.
    Same,
    /// `<>`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// A pattern of SQL's `LIKE`.
    Like,
    /// At least one bit of the value is set.
    AnyBit,
}

/// A condition on a column; the value comes with the request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// The column.
    pub column: Text,
    /// How it is compared.
    pub operator: Operator,
}

/// Which end a sorted result starts from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// The smallest first.
    Ascending,
    /// The largest first.
    Descending,
}

/// How a result is sorted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// The column.
    pub column: Text,
    /// The direction.
    pub direction: Direction,
}

/// What a statement does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Reads rows.
    Select,
    /// Adds a row.
    Insert,
    /// Adds a row, or changes the one with the same unique columns.
    Upsert,
    /// Adds a row in the place of the one with the same unique columns.
    Replace,
    /// Changes rows.
    Update,
    /// Removes rows.
    Delete,
    /// Whatever the text says, in the engine's own language.
    Raw,
}

/// A statement: everything of a request but its values.
///
/// The values of a request come in the order of `columns` (of all but `Select`), then of `keys`.
///
/// ```
/// use db::{Dialect, Statement};
/// let find = Statement::select("subscriber").column("ha1").key("username");
/// assert_eq!(find.render(Dialect::Sqlite), "SELECT `ha1` FROM `subscriber` WHERE `username` = ?");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// What it does.
    pub operation: Operation,
    /// The table; the whole text of a raw statement.
    pub table: Text,
    /// The columns that are read (all when empty) or given a value.
    pub columns: Vec<Text>,
    /// The conditions, all of which must hold; for `Upsert` and `Replace` the columns that are unique together.
    pub keys: Vec<Key>,
    /// How a result is sorted.
    pub order: Option<Order>,
    /// How many rows are read at most.
    pub limit: Option<u32>,
}

impl Statement {
    fn new(operation: Operation, table: impl Into<Text>) -> Statement {
        Statement {
            operation,
            table: table.into(),
            columns: Vec::new(),
            keys: Vec::new(),
            order: None,
            limit: None,
        }
    }

    /// Reads rows of `table`: all columns, unless some are named.
    pub fn select(table: impl Into<Text>) -> Statement {
        Statement::new(Operation::Select, table)
    }

    /// Adds a row to `table`.
    pub fn insert(table: impl Into<Text>) -> Statement {
        Statement::new(Operation::Insert, table)
    }

    /// Adds a row to `table`, or changes the one with the same keys. The keys must be among the columns and be unique
    /// together in the table's schema; they take no values of their own.
    pub fn upsert(table: impl Into<Text>) -> Statement {
        Statement::new(Operation::Upsert, table)
    }

    /// Adds a row to `table` in the place of the one with the same unique columns.
    pub fn replace(table: impl Into<Text>) -> Statement {
        Statement::new(Operation::Replace, table)
    }

    /// Changes the rows of `table` that the keys choose.
    pub fn update(table: impl Into<Text>) -> Statement {
        Statement::new(Operation::Update, table)
    }

    /// Removes the rows of `table` that the keys choose.
    pub fn delete(table: impl Into<Text>) -> Statement {
        Statement::new(Operation::Delete, table)
    }

    /// The engine's own language, as it stands.
    pub fn raw(text: impl Into<Text>) -> Statement {
        Statement::new(Operation::Raw, text)
    }

    /// Names a column to be read or set.
    pub fn column(mut self, column: impl Into<Text>) -> Statement {
        self.columns.push(column.into());
        self
    }

    /// Names columns to be read or set.
    pub fn columns<T: Into<Text>>(mut self, columns: impl IntoIterator<Item = T>) -> Statement {
        self.columns.extend(columns.into_iter().map(Into::into));
        self
    }

    /// Adds the condition that a column is equal to a value of the request.
    pub fn key(self, column: impl Into<Text>) -> Statement {
        self.compare(column, Operator::Equal)
    }

    /// Adds a condition on a column.
    pub fn compare(mut self, column: impl Into<Text>, operator: Operator) -> Statement {
        self.keys.push(Key {
            column: column.into(),
            operator,
        });
        self
    }

    /// Sorts the result.
    pub fn order_by(mut self, column: impl Into<Text>, direction: Direction) -> Statement {
        self.order = Some(Order {
            column: column.into(),
            direction,
        });
        self
    }

    /// Bounds the number of rows that are read.
    pub fn limit(mut self, rows: u32) -> Statement {
        self.limit = Some(rows);
        self
    }
}
