//! The text of a select, cut into steps.

pub use module_api::{SelectIndex as Index, SelectStep as Step};
use std::fmt;

/// A path of steps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path {
    /// The steps, at least one.
    pub steps: Vec<Step>,
    text: Box<str>,
}

impl Path {
    /// Cuts a path at its dots. A leading `@` is left out.
    ///
    /// # Errors
    /// Says what is wrong.
    pub fn parse(text: &str) -> Result<Path, String> {
        let text = text.trim();
        let text = text.strip_prefix('@').unwrap_or(text);
        let mut rest = text;
        let mut steps = Vec::new();
        loop {
            let end = rest.find(['.', '[']).unwrap_or(rest.len());
            let (name, after) = rest.split_at(end);
            let mut step = Step {
                name: name.trim().into(),
                indexes: Vec::new(),
            };
            rest = after;
            while let Some(inside) = rest.strip_prefix('[') {
                let (index, after) = parse_index(inside)
                    .ok_or_else(|| format!("`{rest}` is no index of a select"))?;
                step.indexes.push(index);
                rest = after;
            }
            if step.name.is_empty() {
                return Err(format!("`{text}` lacks a name"));
            }
            steps.push(step);
            match rest.strip_prefix('.') {
                Some(after) => rest = after,
                None if rest.is_empty() => {
                    return Ok(Path {
                        steps,
                        text: text.into(),
                    });
                }
                None => return Err(format!("`{rest}` cannot stand in a select here")),
            }
        }
    }
}

/// An index up to its closing bracket, and what follows.
fn parse_index(inside: &str) -> Option<(Index, &str)> {
    let inside = inside.trim_start();
    if let Some(quoted) = inside.strip_prefix('"') {
        let (text, after) = quoted.split_once('"')?;
        return Some((
            Index::Text(text.into()),
            after.trim_start().strip_prefix(']')?,
        ));
    }
    let (number, after) = inside.split_once(']')?;
    Some((Index::Int(number.trim().parse().ok()?), after))
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_cut_at_dots_outside_of_quotes() {
        let path = Path::parse("@msg.header[\"X.A\"][-1].params").unwrap();
        let names: Vec<&str> = path.steps.iter().map(|step| &*step.name).collect();
        assert_eq!(names, ["msg", "header", "params"]);
        assert_eq!(
            path.steps[1].indexes,
            [Index::Text("X.A".into()), Index::Int(-1)]
        );
        assert_eq!(path.to_string(), "msg.header[\"X.A\"][-1].params");
    }

    #[test]
    fn what_is_no_path_is_refused() {
        for text in ["", ".", "a.", "a[", "a[x]", "a[\"x]", "a[1]b"] {
            assert!(Path::parse(text).is_err(), "{text}");
        }
    }
}
