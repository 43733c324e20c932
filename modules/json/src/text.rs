//! JSON values as text, in the form of Kamailio's library (observed on 5.6.3): `{ "a": [ 1, 2 ] }`.

use module_api::Text;
use serde_json::Value as Json;
use serde_json::ser::{CharEscape, Formatter, Serializer};
use std::io::{Result, Write};

/// The value as JSON.
pub fn written(value: &Json) -> Text {
    let mut out = Vec::new();
    let mut serializer = Serializer::with_formatter(&mut out, Spaced);
    let outcome = serde::Serialize::serialize(value, &mut serializer);
    stdx::never!(outcome.is_err(), "writing to memory failed");
    Text::from(out)
}

/// The value as JSON, of a string its content.
pub fn content(value: &Json) -> Text {
    match value {
        Json::String(text) => Text::from(text),
        value => written(value),
    }
}

/// Blanks within braces and brackets and after commas and colons.
struct Spaced;

impl Formatter for Spaced {
    fn begin_array<W: ?Sized + Write>(&mut self, out: &mut W) -> Result<()> {
        out.write_all(b"[")
    }

    fn end_array<W: ?Sized + Write>(&mut self, out: &mut W) -> Result<()> {
        out.write_all(b" ]")
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, out: &mut W, is_first: bool) -> Result<()> {
        out.write_all(if is_first { b" " } else { b", " })
    }

    fn begin_object<W: ?Sized + Write>(&mut self, out: &mut W) -> Result<()> {
        out.write_all(b"{")
    }

    fn end_object<W: ?Sized + Write>(&mut self, out: &mut W) -> Result<()> {
        out.write_all(b" }")
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, out: &mut W, is_first: bool) -> Result<()> {
        out.write_all(if is_first { b" " } else { b", " })
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, out: &mut W) -> Result<()> {
        out.write_all(b": ")
    }

    fn write_string_fragment<W: ?Sized + Write>(
        &mut self,
        out: &mut W,
        fragment: &str,
    ) -> Result<()> {
        let mut parts = fragment.split('/');
        out.write_all(parts.next().unwrap_or_default().as_bytes())?;
        for part in parts {
            self.write_char_escape(out, CharEscape::Solidus)?;
            out.write_all(part.as_bytes())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_written_as_observed() {
        let check = |json: &str, expected: &str| {
            let value: Json = serde_json::from_str(json).unwrap();
            assert_eq!(written(&value), expected);
        };
        check(
            r#"{"b":5,"c":[1,{"d":"x y"}]}"#,
            r#"{ "b": 5, "c": [ 1, { "d": "x y" } ] }"#,
        );
        check(r#"["a/b"]"#, r#"[ "a\/b" ]"#);
        check("{}", "{ }");
        check("1.5", "1.5");
    }
}
