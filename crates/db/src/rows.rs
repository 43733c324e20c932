//! What a query brings.

use crate::value::{ColumnType, Value};
use std::sync::Arc;
use stdx::Text;

/// A column of a result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: Text,
    /// Its type as declared; that of a computed column is [`ColumnType::Text`].
    pub kind: ColumnType,
}

/// The rows of a result: cells in one piece, row after row.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rows {
    columns: Arc<[Column]>,
    cells: Vec<Value>,
}

/// One row of a result.
pub type Row<'a> = &'a [Value];

impl Rows {
    /// A result without rows.
    pub fn new(columns: Arc<[Column]>) -> Rows {
        Rows {
            columns,
            cells: Vec::new(),
        }
    }

    /// Adds the next cell, from left to right, row after row.
    pub fn push(&mut self, cell: Value) {
        self.cells.push(cell);
    }

    /// The columns.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.cells
            .len()
            .checked_div(self.columns.len())
            .unwrap_or(0)
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.cells.is_empty()
    }

    /// The row at `position`.
    pub fn row(&self, position: usize) -> Option<Row<'_>> {
        let width = self.columns.len();
        let start = position.checked_mul(width)?;
        self.cells
            .get(start..start.checked_add(width)?)
            .filter(|row| !row.is_empty())
    }

    /// The cell at a row and a column.
    pub fn cell(&self, row: usize, column: usize) -> Option<&Value> {
        self.row(row)?.get(column)
    }

    /// All rows in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Row<'_>> {
        self.cells.chunks(self.columns.len().max(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_found_by_row_and_column() {
        let column = |name: &str| Column {
            name: Text::from(name),
            kind: ColumnType::Int,
        };
        let mut rows = Rows::new(Arc::new([column("a"), column("b")]));
        assert!(rows.is_empty() && rows.row(0).is_none());
        for number in 0..6i64 {
            rows.push(Value::Int(number));
        }
        assert_eq!(rows.len(), 3);
        assert_eq!(rows.cell(1, 1), Some(&Value::Int(3)));
        assert_eq!(rows.cell(3, 0), None);
        assert_eq!(rows.cell(0, 2), None);
        assert_eq!(
            rows.iter().map(<[Value]>::len).collect::<Vec<_>>(),
            [2, 2, 2]
        );
        assert_eq!(Rows::default().row(0), None);
    }
}
