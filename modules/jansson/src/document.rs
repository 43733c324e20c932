//! JSON documents: places in them, and values from and to the script.

use module_api::{Text, Value};
use serde_json::Value as Json;

/// Why a document was not changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChangeError {
    /// The path cannot be read.
    #[error("the path cannot be read")]
    Path,
    /// The document has no such place, and it cannot be made.
    #[error("there is no such place in the document")]
    NoPlace,
    /// What is there takes no further value.
    #[error("what is there takes no further value")]
    NotAppendable,
    /// The type's name is not known.
    #[error("the type is none of integer, real, string, object, array, true, false and null")]
    Type,
    /// The value is not of that type.
    #[error("the value is not of that type")]
    Value,
}

/// A step on the way to a place.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Step<'p> {
    /// A member by its name.
    Member(&'p str),
    /// An item by its number.
    Item(usize),
}

/// The steps of `a.b[3].c`; the empty path has none.
fn steps(path: &str) -> Option<Vec<Step<'_>>> {
    let mut steps = Vec::new();
    if path.is_empty() {
        return Some(steps);
    }
    for (index, part) in path.split('.').enumerate() {
        let (name, items) = match part.find('[') {
            Some(at) => part.split_at_checked(at)?,
            None => (part, ""),
        };
        if !name.is_empty() {
            steps.push(Step::Member(name));
        } else if index > 0 || items.is_empty() {
            return None;
        }
        let mut items = items;
        while let Some(rest) = items.strip_prefix('[') {
            let (number, rest) = rest.split_once(']')?;
            steps.push(Step::Item(number.parse().ok()?));
            items = rest;
        }
        if !items.is_empty() {
            return None;
        }
    }
    Some(steps)
}

/// What is at a place.
pub fn get<'j>(document: &'j Json, path: &str) -> Option<&'j Json> {
    steps(path)?
        .into_iter()
        .try_fold(document, |at, step| match step {
            Step::Member(name) => at.get(name),
            Step::Item(number) => at.get(number),
        })
}

/// Puts a value at a place; objects on the way are made, items of lists are not.
pub fn set(document: &mut Json, path: &str, value: Json) -> Result<(), ChangeError> {
    let steps = steps(path).ok_or(ChangeError::Path)?;
    if steps.is_empty() {
        return Err(ChangeError::Path);
    }
    let mut at = document;
    for step in steps {
        at = match step {
            Step::Member(name) => {
                if at.is_null() {
                    *at = Json::Object(serde_json::Map::new());
                }
                let members = at.as_object_mut().ok_or(ChangeError::NoPlace)?;
                members.entry(name).or_insert(Json::Null)
            }
            Step::Item(number) => at.get_mut(number).ok_or(ChangeError::NoPlace)?,
        };
    }
    *at = value;
    Ok(())
}

/// Adds a value to the list at a place, or the members of an object to the object there. Behind an item of a list stands what
/// `set` would put there.
pub fn append(document: &mut Json, path: &str, value: Json) -> Result<(), ChangeError> {
    let steps = steps(path).ok_or(ChangeError::Path)?;
    let ends_in_item = matches!(steps.last(), Some(Step::Item(_)));
    let mut at = document;
    for step in steps {
        at = match step {
            Step::Member(name) => at.get_mut(name),
            Step::Item(number) => at.get_mut(number),
        }
        .ok_or(ChangeError::NoPlace)?;
    }
    match (at, value) {
        (Json::Array(items), value) => items.push(value),
        (Json::Object(members), Json::Object(more)) => members.extend(more),
        (at, value) if ends_in_item => *at = value,
        _ => return Err(ChangeError::NotAppendable),
    }
    Ok(())
}

/// A value of the named type from what the script gives.
pub fn typed(kind: &[u8], value: &Value) -> Result<Json, ChangeError> {
    let text = value.to_text();
    let parsed = |is_wanted: fn(&Json) -> bool| {
        let parsed = serde_json::from_slice(&text).ok();
        parsed.filter(is_wanted).ok_or(ChangeError::Value)
    };
    match kind {
        // What is no UTF-8 is no string of JSON (observed on 5.6.3).
        b"string" | b"str" => match text.to_str() {
            Some(text) => Ok(Json::from(text)),
            None => Err(ChangeError::Value),
        },
        b"integer" | b"int" => match stdx::number::parse_i64(&text) {
            Some(number) => Ok(number.into()),
            None => parsed(Json::is_u64),
        },
        b"real" => {
            let number = text
                .to_str()
                .and_then(|text| text.trim().parse::<f64>().ok());
            let number = number.and_then(serde_json::Number::from_f64);
            number.map(Json::Number).ok_or(ChangeError::Value)
        }
        b"object" | b"obj" => parsed(Json::is_object),
        b"array" => parsed(Json::is_array),
        b"true" => Ok(Json::Bool(true)),
        b"false" => Ok(Json::Bool(false)),
        b"null" => Ok(Json::Null),
        _ => Err(ChangeError::Type),
    }
}

/// A value for the script: truth values are 1 and 0, lists and objects are their text (observed on 5.6.3).
pub fn to_script(json: &Json) -> Value {
    match json {
        Json::Null => Value::Null,
        Json::Bool(truth) => Value::Int(i64::from(*truth)),
        Json::Number(number) => match number.as_i64() {
            Some(integer) => Value::Int(integer),
            None => Value::Str(match number.as_u64() {
                Some(integer) => Text::from(integer.to_string()),
                None => Text::from(number.as_f64().unwrap_or_default().to_string()),
            }),
        },
        Json::String(text) => Value::from(text.as_str()),
        Json::Array(_) | Json::Object(_) => Value::Str(Text::from(json.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOCUMENT: &str = r#"{"s":"tx","i":5,"r":1.5,"r2":3.0,"e":1e3,"t":true,"n":null,"o":{"a":{"b":[1,{"c":"d"}]}},"l":[0,"x",[1,2]],"u":"a\u00e9/\"b\\","b2":3000000000}"#;

    /// As 5.6.3 was seen to read it.
    #[test]
    fn places_are_read_by_their_paths() {
        let document: Json = serde_json::from_str(DOCUMENT).unwrap();
        let shown = |path: &str| {
            let value = to_script(get(&document, path)?);
            Some(match value {
                Value::Null => "null".to_owned(),
                value => value.to_text().to_str_lossy().into_owned(),
            })
        };
        for (path, expected) in [
            ("s", "tx"),
            ("i", "5"),
            ("r", "1.5"),
            ("r2", "3"),
            ("e", "1000"),
            ("t", "1"),
            ("n", "null"),
            ("o.a", r#"{"b":[1,{"c":"d"}]}"#),
            ("o.a.b[1].c", "d"),
            ("l[2][1]", "2"),
            ("u", "aé/\"b\\"),
            ("b2", "3000000000"),
        ] {
            assert_eq!(shown(path).as_deref(), Some(expected), "{path}");
        }
        for path in [
            "l[9]", "l[-1]", "nope", "o.nope", "[0]", "o.a.b[x]", "o..a", "s.x", "i[0]", "l[0]x",
        ] {
            assert_eq!(shown(path), None, "{path}");
        }
    }

    /// As 5.6.3 was seen to build it.
    #[test]
    fn documents_are_built_by_paths() {
        let mut document = Json::Object(serde_json::Map::new());
        let mut set = |kind: &str, path: &str, value: &str| {
            let value = typed(kind.as_bytes(), &Value::from(value)).ok()?;
            set(&mut document, path, value).ok()?;
            Some(document.to_string())
        };
        let shown = set("string", "a", "x");
        assert_eq!(shown.as_deref(), Some(r#"{"a":"x"}"#));
        assert!(set("integer", "b", "9000").is_some() && set("int", "b2", "abc").is_none());
        assert!(set("obj", "e", r#"{"foo":"bar"}"#).is_some());
        assert!(set("str", "e.new.deep", "q").is_some() && set("array", "l", "[1,2]").is_some());
        let octets = Value::Str(Text::from(b"J\xe9"));
        assert!(typed(b"string", &octets).is_err());
        assert!(set("int", "l[5]", "8").is_none() && set("obj", "bad", "{x").is_none());
        assert!(set("foo", "x", "y").is_none() && set("string", "", "zz").is_none());
        let shown = set("int", "l[0]", "7");
        let expected = r#"{"a":"x","b":9000,"e":{"foo":"bar","new":{"deep":"q"}},"l":[7,2]}"#;
        assert_eq!(shown.as_deref(), Some(expected));
    }

    #[test]
    fn lists_grow_and_objects_merge() {
        let mut document: Json = serde_json::from_str(r#"{"b":2,"c":3,"l":[1]}"#).unwrap();
        let mut add = |kind: &str, path: &str, value: &str| {
            let value = typed(kind.as_bytes(), &Value::from(value)).unwrap();
            append(&mut document, path, value).map(|()| document.to_string())
        };
        let shown = add("obj", "", r#"{"a":1, "b":100}"#);
        assert_eq!(shown.as_deref(), Ok(r#"{"b":100,"c":3,"l":[1],"a":1}"#));
        assert!(add("int", "nolist", "1").is_err() && add("int", "b", "1").is_err());
        assert!(add("str", "", "y").is_err());
        let shown = add("array", "l", "[3,4]");
        assert_eq!(
            shown.as_deref(),
            Ok(r#"{"b":100,"c":3,"l":[1,[3,4]],"a":1}"#)
        );
    }
}
