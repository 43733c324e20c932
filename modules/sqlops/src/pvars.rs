//! Variables.

use crate::SqlOps;
use crate::arguments::connection_named;
use crate::results::{affected, rows, value_of};
use diagnostics::codes::names;
use module_api::{Binder, Call, Diagnostic, PvarInner, PvarSpec, Template, Text, Value, ast, pvar};

/// What of a result is meant.
enum Part {
    Rows,
    Columns,
    Name(Template),
    Cell(Template, Template),
}

/// `result=>part`.
pub struct ResultPart {
    result: Text,
    part: Part,
}

impl PvarInner for ResultPart {
    fn bind(spec: &PvarSpec<'_>, binder: &mut Binder<'_>) -> Result<Self, Diagnostic> {
        let inner = spec.inner();
        let error = || {
            let message =
                format!("`{inner}` is not `result=>rows`, `cols`, `colname[N]` or `[row,column]`");
            Diagnostic::error(names::BAD_VARIABLE_NAME, spec.span(), message)
        };
        let (result, part) = inner.split_once("=>").ok_or_else(error)?;
        let start = inner.len() - part.len();
        let result = Text::from(result.trim());
        let mut template = |from: usize, to: usize| {
            let place = ast::TextPlace::Verbatim(spec.span()).span_of(from..to);
            let text = inner.get(from..to).unwrap_or("");
            binder.template_at(text, ast::TextPlace::Verbatim(place))
        };
        let part = match part {
            "rows" => Part::Rows,
            "cols" => Part::Columns,
            _ => {
                let open = part.find('[').ok_or_else(error)?;
                if !part.ends_with(']') {
                    return Err(error());
                }
                let (from, to) = (start + open + 1, inner.len() - 1);
                match part.get(..open) {
                    Some("colname") => Part::Name(template(from, to)?),
                    Some("") => {
                        let text = inner.get(from..to).unwrap_or("");
                        let comma = from + text.find(',').ok_or_else(error)?;
                        Part::Cell(template(from, comma)?, template(comma + 1, to)?)
                    }
                    _ => return Err(error()),
                }
            }
        };
        if let Some(module) = binder.module::<SqlOps>() {
            module.declare_result(&result);
        }
        Ok(ResultPart { result, part })
    }
}

/// A position out of a template; none when it is no position.
fn position(call: &mut Call, template: &Template) -> Option<usize> {
    let number = match template.value(call) {
        Value::Str(text) => stdx::number::parse_i64(text.trim_ascii()),
        value => value.to_int().ok(),
    };
    usize::try_from(number?).ok()
}

/// A part of the result of `sql_query()`: `rows` and `cols` are its numbers of rows and columns, `colname[N]` the name of a
/// column, `[row,column]` a cell. Positions start with 0 and may be variables.
#[pvar("dbr")]
pub fn result(call: &mut Call, at: &ResultPart) -> Value {
    let found = rows(call, &at.result).filter(|rows| !rows.is_empty());
    let Some(rows) = found else {
        // A result without rows has no columns either (observed on 5.6.3).
        return match at.part {
            Part::Rows | Part::Columns => Value::Int(0),
            _ => Value::Null,
        };
    };
    match &at.part {
        Part::Rows => Value::Int(rows.len() as i64),
        Part::Columns => Value::Int(rows.columns().len() as i64),
        Part::Name(template) => {
            let column = position(call, template);
            let column = column.and_then(|column| rows.columns().get(column));
            Value::from_option(column.map(|column| column.name.clone()))
        }
        Part::Cell(row, column) => {
            let (row, column) = (position(call, row), position(call, column));
            let cell = row
                .zip(column)
                .and_then(|(row, column)| rows.cell(row, column));
            cell.map_or(Value::Null, value_of)
        }
    }
}

/// The name of a connection.
pub struct ConnectionName(Text);

impl PvarInner for ConnectionName {
    fn bind(spec: &PvarSpec<'_>, binder: &mut Binder<'_>) -> Result<Self, Diagnostic> {
        let connection = connection_named(spec.inner(), spec.span(), binder)?;
        Ok(ConnectionName(connection.name.clone()))
    }
}

/// How many rows the last query over a connection has added, changed or removed.
#[pvar("sqlrows")]
pub fn affected_rows(call: &mut Call, connection: &ConnectionName) -> Value {
    affected(call, &connection.0).map_or(Value::Null, Value::Int)
}
