//! Addresses in a page: `{server}` and `{name}`.

/// Replaces each `{name}` by what `address` says; all other braces stay.
///
/// # Errors
/// What `address` fails with.
pub fn fill<E>(
    text: &str,
    mut address: impl FnMut(&str) -> Result<String, E>,
) -> Result<String, E> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find('{') {
        let (before, after) = rest.split_at(start);
        out.push_str(before);
        let inner = after.get(1..).unwrap_or("");
        let end = inner
            .find(|c: char| !c.is_ascii_lowercase())
            .unwrap_or(inner.len());
        let (name, tail) = inner.split_at(end);
        match tail.strip_prefix('}') {
            Some(tail) if !name.is_empty() => {
                out.push_str(&address(name)?);
                rest = tail;
            }
            _ => {
                out.push('{');
                rest = inner;
            }
        }
    }
    out.push_str(rest);
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::convert::Infallible;

    #[test]
    fn names_in_braces_become_addresses_and_other_braces_stay() {
        let filled = fill(
            "route { if (1) {exit;} } {alice} $(ru{s.len}) {server}{",
            |name| Ok::<_, Infallible>(format!("<{name}>")),
        );
        let Ok(filled) = filled;
        assert_eq!(
            filled,
            "route { if (1) {exit;} } <alice> $(ru{s.len}) <server>{"
        );
    }
}
