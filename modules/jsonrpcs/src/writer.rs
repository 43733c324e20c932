//! JSON text as upstream writes it: a tab before each member, a tab after its colon.

use module_api::{RpcValue, Text};
use std::collections::BTreeSet;
use std::io::Write;

/// How the text is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// With line breaks and indentation.
    Pretty,
    /// Without any blank.
    Compact,
}

/// A text in the making.
pub struct Writer {
    /// The text so far.
    pub out: Vec<u8>,
    style: Style,
}

impl Writer {
    /// An empty text.
    pub fn new(style: Style) -> Writer {
        Writer {
            out: Vec::with_capacity(256),
            style,
        }
    }

    fn indent(&mut self, depth: usize) {
        if self.style == Style::Pretty {
            self.out.push(b'\n');
            self.out.extend(std::iter::repeat_n(b'\t', depth));
        }
    }

    /// Writes a member's name, as the `index`-th of an object at `depth`.
    pub fn name(&mut self, index: usize, depth: usize, name: &[u8]) {
        if index > 0 {
            self.out.push(b',');
        }
        self.indent(depth);
        self.text(name);
        self.out.push(b':');
        if self.style == Style::Pretty {
            self.out.push(b'\t');
        }
    }

    /// Ends an object at `depth`.
    pub fn end(&mut self, depth: usize) {
        self.indent(depth.saturating_sub(1));
        self.out.push(b'}');
    }

    /// Writes a value at `depth`.
    pub fn value(&mut self, value: &RpcValue, depth: usize) {
        match value {
            RpcValue::Int(number) => stdx::number::push_decimal(&mut self.out, *number),
            RpcValue::Double(number) => self.double(*number),
            RpcValue::Str(text) => self.text(text),
            RpcValue::Null => self.out.extend_from_slice(b"null"),
            RpcValue::Struct(members) if has_repeated(members) => {
                self.list(std::slice::from_ref(value), depth);
            }
            RpcValue::Struct(members) => self.object(members, depth),
            RpcValue::Array(values) => self.list(values, depth),
            RpcValue::Named(members) => {
                self.out.push(b'[');
                self.members(members, &mut true, depth);
                self.out.push(b']');
            }
        }
    }

    /// Writes each member as an object of its own in an array at `depth`.
    fn members(&mut self, members: &[(Text, RpcValue)], is_first: &mut bool, depth: usize) {
        for member in members {
            self.item(is_first);
            self.object(std::slice::from_ref(member), depth + 1);
        }
    }

    fn object(&mut self, members: &[(Text, RpcValue)], depth: usize) {
        self.out.push(b'{');
        for (index, (name, value)) in members.iter().enumerate() {
            self.name(index, depth + 1, name);
            self.value(value, depth + 1);
        }
        if members.is_empty() && self.style == Style::Compact {
            self.out.push(b'}');
        } else {
            self.end(depth + 1);
        }
    }

    /// Writes values as an array at `depth`. A struct that has a name twice is one item for each member: an object cannot
    /// hold it, and 5.6.3 shows such structs like this (observed of `core.sockets_list`).
    pub fn list(&mut self, values: &[RpcValue], depth: usize) {
        self.out.push(b'[');
        let mut is_first = true;
        for value in values {
            match value {
                RpcValue::Struct(members) if has_repeated(members) => {
                    self.members(members, &mut is_first, depth);
                }
                value => {
                    self.item(&mut is_first);
                    self.value(value, depth + 1);
                }
            }
        }
        self.out.push(b']');
    }

    fn item(&mut self, is_first: &mut bool) {
        match (std::mem::take(is_first), self.style) {
            (true, _) => {}
            (false, Style::Pretty) => self.out.extend_from_slice(b", "),
            (false, Style::Compact) => self.out.push(b','),
        }
    }

    /// Writes a number: whole ones without a point, others with six digits (observed on 5.6.3).
    pub fn double(&mut self, number: f64) {
        // Writing to memory does not fail.
        let _ = match number {
            _ if !number.is_finite() => write!(self.out, "null"),
            _ if number.fract() == 0.0 && number.abs() < 1e15 => write!(self.out, "{number:.0}"),
            _ => write!(self.out, "{number:.6}"),
        };
    }

    /// Writes a string. Octets that are no UTF-8 are written as they are (observed on 5.6.3).
    pub fn text(&mut self, text: &[u8]) {
        self.out.push(b'"');
        for octet in text {
            match octet {
                b'"' => self.out.extend_from_slice(b"\\\""),
                b'\\' => self.out.extend_from_slice(b"\\\\"),
                b'\n' => self.out.extend_from_slice(b"\\n"),
                b'\r' => self.out.extend_from_slice(b"\\r"),
                b'\t' => self.out.extend_from_slice(b"\\t"),
                b'\x08' => self.out.extend_from_slice(b"\\b"),
                b'\x0c' => self.out.extend_from_slice(b"\\f"),
                b'\0'..=b'\x1f' => {
                    // Writing to memory does not fail.
                    let _ = write!(self.out, "\\u{octet:04x}");
                }
                _ => self.out.push(*octet),
            }
        }
        self.out.push(b'"');
    }
}

/// Whether two members have the same name.
fn has_repeated(members: &[(Text, RpcValue)]) -> bool {
    let mut names = BTreeSet::new();
    !members.iter().all(|(name, _)| names.insert(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use module_api::RpcStruct;

    fn written(value: &RpcValue, style: Style) -> String {
        let mut writer = Writer::new(style);
        writer.value(value, 1);
        String::from_utf8(writer.out).unwrap()
    }

    #[test]
    fn what_is_not_there_is_null() {
        let mut item = RpcStruct::new();
        item.add("tag", RpcValue::Null);
        assert!(written(&item.into(), Style::Compact) == r#"{"tag":null}"#);
    }

    #[test]
    fn the_layout_is_that_of_upstream() {
        // Observed on 5.6.3, of htable.dump.
        let mut item = RpcStruct::new();
        item.add("name", "x").add("value", "y");
        let mut entry = RpcStruct::new();
        entry.add("entry", 7);
        entry.add("slot", RpcValue::Array(vec![item.into()]));
        let value = RpcValue::Array(vec![entry.into()]);
        assert_eq!(
            written(&value, Style::Pretty),
            "[{\n\t\t\t\"entry\":\t7,\n\t\t\t\"slot\":\t[{\n\t\t\t\t\t\"name\":\t\"x\",\n\t\t\t\t\t\"value\":\t\"y\"\n\t\t\t\t}]\n\t\t}]"
        );
        assert_eq!(
            written(&value, Style::Compact),
            r#"[{"entry":7,"slot":[{"name":"x","value":"y"}]}]"#
        );
        let nothing = RpcValue::Struct(Vec::new());
        assert_eq!(written(&nothing, Style::Pretty), "{\n\t}");
    }

    #[test]
    fn a_struct_that_has_a_name_twice_is_an_array_of_objects() {
        // Observed on 5.6.3, of core.sockets_list.
        let mut sockets = RpcStruct::new();
        sockets.add("socket", 1).add("socket", 2);
        let value = RpcValue::from(sockets);
        let shown = r#"[{"socket":1},{"socket":2}]"#;
        assert_eq!(written(&value, Style::Compact), shown);
        let list = RpcValue::Array(vec![value]);
        assert_eq!(written(&list, Style::Compact), shown);
    }

    #[test]
    fn text_is_escaped() {
        let value = RpcValue::from("a\"b\\\n\u{1}é");
        assert_eq!(written(&value, Style::Compact), "\"a\\\"b\\\\\\n\\u0001é\"");
        let mut writer = Writer::new(Style::Compact);
        writer.text(b"J\xe9");
        assert_eq!(writer.out, b"\"J\xe9\"");
        assert_eq!(written(&RpcValue::Double(5.5), Style::Compact), "5.500000");
    }
}
