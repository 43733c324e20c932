//! The text of a select, cut into steps.

use super::{SelectIndex, SelectStep};
use std::fmt;

/// A path of steps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SelectPath {
    /// The steps, at least one.
    pub steps: Vec<SelectStep>,
    text: Box<str>,
}

impl SelectPath {
    /// Cuts a path at its dots. A leading `@` is left out.
    ///
    /// # Errors
    /// Says what is wrong.
    pub fn parse(text: &str) -> Result<SelectPath, String> {
        let text = text.trim();
        let text = text.strip_prefix('@').unwrap_or(text);
        let mut rest = text;
        let mut steps = Vec::new();
        loop {
            let end = rest.find(['.', '[']).unwrap_or(rest.len());
            let (name, after) = rest.split_at(end);
            let mut step = SelectStep {
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
                    return Ok(SelectPath {
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
fn parse_index(inside: &str) -> Option<(SelectIndex, &str)> {
    let inside = inside.trim_start();
    if let Some(quoted) = inside.strip_prefix('"') {
        let (text, after) = quoted.split_once('"')?;
        return Some((
            SelectIndex::Text(text.into()),
            after.trim_start().strip_prefix(']')?,
        ));
    }
    let (number, after) = inside.split_once(']')?;
    Some((SelectIndex::Int(number.trim().parse().ok()?), after))
}

impl fmt::Display for SelectPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_cut_at_dots_outside_of_quotes() {
        let path = SelectPath::parse("@msg.header[\"X.A\"][-1].params").unwrap();
        let names: Vec<&str> = path.steps.iter().map(|step| &*step.name).collect();
        assert_eq!(names, ["msg", "header", "params"]);
        assert_eq!(
            path.steps[1].indexes,
            [SelectIndex::Text("X.A".into()), SelectIndex::Int(-1)]
        );
        assert_eq!(path.to_string(), "msg.header[\"X.A\"][-1].params");
    }

    #[test]
    fn what_is_no_path_is_refused() {
        for text in ["", ".", "a.", "a[", "a[x]", "a[\"x]", "a[1]b"] {
            assert!(SelectPath::parse(text).is_err(), "{text}");
        }
    }
}
