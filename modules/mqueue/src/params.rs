//! Module parameters.

use crate::queue::{AddMode, QueueSpec, Storing};
use module_api::{Params, Placed, Text};
use stdx::number::leading_i64;

/// What `modparam("mqueue", …)` sets.
#[derive(Params)]
pub struct Params {
    /// A queue: `name=NAME;size=N;addmode=M;dbmode=D`. Without a size it holds 1,000,000 pairs.
    ///
    /// `dbmode`: 1 its pairs are taken out of the database's table of the queue's name when the server starts, and put there
    /// when it stops; 2 only the former, 3 only the latter.
    #[param(compat = partial("a queue without a size is bounded too"))]
    pub mqueue: Vec<Placed<Text>>,
    /// A queue by its name alone; its size and mode are those of the two parameters below.
    pub mqueue_name: Vec<Placed<Text>>,
    /// The size of queues declared by name alone; 0 is 1,000,000.
    #[param(default = 0, range = 0..)]
    pub mqueue_size: i64,
    /// The mode of queues declared by name alone: 0 adds every pair, 1 keeps the oldest of a key, 2 the newest.
    #[param(default = 0, range = 0..=2)]
    pub mqueue_addmode: i64,
    /// The database of queues with a `dbmode`: a table for each, with columns `key` and `val`.
    #[param(shown = "")]
    pub db_url: Placed<Text>,
}

/// How many pairs a queue holds unless it says otherwise.
const SIZE: usize = 1_000_000;

/// A queue declared by its name alone.
pub fn named(name: Text, size: i64, mode: i64) -> QueueSpec {
    QueueSpec {
        name,
        size: bounded(size),
        mode: add_mode(mode),
        storing: Storing::default(),
    }
}

fn bounded(size: i64) -> usize {
    usize::try_from(size)
        .ok()
        .filter(|size| *size > 0)
        .unwrap_or(SIZE)
}

fn add_mode(number: i64) -> AddMode {
    match number {
        1 => AddMode::KeepOldest,
        2 => AddMode::KeepNewest,
        _ => AddMode::All,
    }
}

/// Reads a queue's description; `odd` is told what was taken for something else.
pub fn queue_spec(text: &str, odd: &mut Vec<String>) -> Result<QueueSpec, String> {
    let (mut name, mut size, mut mode, mut storing) = (None, 0, 0, 0);
    for attribute in text.split(';').map(str::trim).filter(|a| !a.is_empty()) {
        let (key, value) = attribute.split_once('=').unwrap_or((attribute, ""));
        let (key, value) = (key.trim(), value.trim());
        let mut number = || {
            let (number, read) = leading_i64(value.as_bytes()).unwrap_or((0, 0));
            if read == 0 || read < value.len() {
                odd.push(format!(
                    "`{value}` is no number for `{key}`: {number} is taken"
                ));
            }
            number
        };
        match key {
            "name" => name = Some(Text::from(value)),
            "size" => size = number(),
            "addmode" => mode = number(),
            "dbmode" => storing = number(),
            _ => return Err(format!("queues have no attribute `{key}`")),
        }
    }
    match name {
        Some(name) if !name.is_empty() => Ok(QueueSpec {
            storing: Storing::from_mode(storing),
            ..named(name, size, mode)
        }),
        _ => Err("a queue needs a name: `name=NAME`".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_description_has_at_least_a_name() {
        let queue_spec = |text| queue_spec(text, &mut Vec::new());
        let spec = queue_spec("name=q;size=20;addmode=2;").unwrap();
        assert_eq!(
            (spec.name, spec.size, spec.mode),
            (Text::from_static("q"), 20, AddMode::KeepNewest)
        );
        assert_eq!(queue_spec("name=q").unwrap().size, SIZE);
        let storing = queue_spec("name=q;dbmode=3").unwrap().storing;
        assert!(storing.stores && !storing.loads);
        assert!(queue_spec("size=20").is_err());
        assert!(queue_spec("name=q;colour=red").is_err());
    }

    #[test]
    fn a_number_ends_where_its_digits_do() {
        for (text, size, odd) in [("x", SIZE, 1), ("", SIZE, 1), ("2x", 2, 1), ("-1", SIZE, 0)] {
            let mut found = Vec::new();
            let spec = queue_spec(&format!("name=q;size={text}"), &mut found);
            assert_eq!((spec.unwrap().size, found.len()), (size, odd), "{text}");
        }
    }
}
