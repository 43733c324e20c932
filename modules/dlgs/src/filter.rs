//! Which calls are meant: a field, an operator and what it is compared with.

use crate::table::Record;
use stdx::ere::{Ere, Flags};

/// A field of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    Any,
    Source,
    Destination,
    Data,
}

/// How a field is compared.
enum Operator {
    Equal,
    Different,
    Begins,
    Matches(Box<Ere>),
}

/// Chooses calls.
pub struct Filter {
    field: Field,
    operator: Operator,
    data: Box<[u8]>,
}

impl Filter {
    /// `any`, `src`, `dst` or `data`; `eq`, `ne`, `sw` or `re`; the text. `None` when one of them is not known.
    pub fn read(field: &[u8], operator: &[u8], data: &[u8]) -> Option<Filter> {
        let field = match field {
            b"any" => Field::Any,
            b"src" => Field::Source,
            b"dst" => Field::Destination,
            b"data" => Field::Data,
            _ => return None,
        };
        let operator = match operator {
            b"eq" => Operator::Equal,
            b"ne" => Operator::Different,
            b"sw" => Operator::Begins,
            b"re" => {
                let flags = Flags {
                    ignore_case: true,
                    newline: true,
                };
                Operator::Matches(Box::new(Ere::compile(data, flags).ok()?))
            }
            _ => return None,
        };
        Some(Filter {
            field,
            operator,
            data: data.into(),
        })
    }

    /// Whether it takes a call.
    pub fn takes(&self, record: &Record) -> bool {
        let text: &[u8] = match self.field {
            Field::Any => return true,
            Field::Source => &record.source,
            Field::Destination => &record.destination,
            Field::Data => &record.data,
        };
        match &self.operator {
            Operator::Equal => *text == *self.data,
            Operator::Different => *text != *self.data,
            Operator::Begins => text.starts_with(&self.data),
            Operator::Matches(pattern) => pattern.is_match(text),
        }
    }
}
