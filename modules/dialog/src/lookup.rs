//! Choosing dialogs by one of their values, for commands.

use crate::dialog::Body;
use crate::packed::Field;
use module_api::Text;
use stdx::ere::{Ere, Flags};

/// Which value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Key {
    Text(Field),
    Start,
}

/// How it is compared.
enum Operator {
    Equal(Text),
    Matches(Box<Ere>),
    StartsWith(Text),
    Greater(i64),
    Less(i64),
}

/// What a dialog must be like.
pub struct Choice {
    key: Key,
    operator: Operator,
}

impl Choice {
    /// Reads key, operator and value. The mistake is as 5.6.3 has it.
    pub fn read(key: &[u8], operator: &[u8], value: Text) -> Result<Choice, &'static str> {
        let key = match key {
            b"ruri" => Key::Text(Field::RequestUri),
            b"furi" => Key::Text(Field::FromUri),
            b"turi" => Key::Text(Field::ToUri),
            b"callid" => Key::Text(Field::CallId),
            b"start_ts" => Key::Start,
            _ => return Err("Invalid matching key parameter"),
        };
        let number = stdx::number::parse_i64(&value);
        let operator = match (operator, number) {
            (b"eq", _) => Operator::Equal(value),
            (b"sw", _) => Operator::StartsWith(value),
            (b"re", _) => match Ere::compile(&value, Flags::default()) {
                Ok(pattern) => Operator::Matches(Box::new(pattern)),
                Err(_) => return Err("Invalid matching value parameter"),
            },
            (b"gt", Some(number)) if key == Key::Start => Operator::Greater(number),
            (b"lt", Some(number)) if key == Key::Start => Operator::Less(number),
            _ => return Err("Invalid matching operator parameter"),
        };
        Ok(Choice { key, operator })
    }

    /// Whether a dialog is like that.
    pub fn takes(&self, body: &Body) -> bool {
        let start = i64::from(body.answered);
        let shown = Text::from(start);
        let text = match self.key {
            Key::Text(field) => body.texts.text(field),
            Key::Start => &shown,
        };
        match &self.operator {
            Operator::Equal(value) => text == &**value,
            Operator::Matches(pattern) => pattern.is_match(text),
            Operator::StartsWith(value) => text.starts_with(value),
            Operator::Greater(number) => start > *number,
            Operator::Less(number) => start < *number,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialog::State;
    use crate::dialog::tests::body;

    #[test]
    fn a_value_is_compared_in_five_ways() {
        let body = body(State::Confirmed);
        let takes = |key: &str, operator: &str, value: &str| {
            Choice::read(key.as_bytes(), operator.as_bytes(), Text::from(value))
                .map(|choice| choice.takes(&body))
        };
        for (key, operator, value, expected) in [
            ("callid", "eq", "call", Ok(true)),
            ("callid", "eq", "cal", Ok(false)),
            ("callid", "sw", "cal", Ok(true)),
            ("callid", "re", "^c.l+$", Ok(true)),
            ("start_ts", "gt", "109", Ok(true)),
            ("start_ts", "lt", "109", Ok(false)),
            (
                "callid",
                "gt",
                "1",
                Err("Invalid matching operator parameter"),
            ),
            (
                "callid",
                "xx",
                "1",
                Err("Invalid matching operator parameter"),
            ),
            ("x", "eq", "1", Err("Invalid matching key parameter")),
        ] {
            assert_eq!(takes(key, operator, value), expected, "{key} {operator}");
        }
    }
}
