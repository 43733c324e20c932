//! What stands for something else in a page: `{server}` and `{name}` for addresses, `{vias}` and `{routes}` for lines of messages.

/// What somebody has to repeat of the messages it was sent.
#[derive(Default)]
pub struct Heard {
    /// The Via lines of the last request: they go into its responses.
    vias: String,
    /// The Record-Route lines of the last request: they go into its responses.
    recorded: String,
    /// The route that the last message with such lines has recorded, as Route lines for requests within the dialog.
    routes: String,
}

impl Heard {
    /// Takes note of a message.
    pub fn hear(&mut self, message: &str) {
        let is_request = !message.starts_with("SIP/");
        let lines = || message.lines().take_while(|line| !line.is_empty());
        let named = |name: &str| {
            let named: Vec<&str> = lines().filter(|line| line.starts_with(name)).collect();
            named.join("\n")
        };
        if is_request {
            self.vias = named("Via:");
            self.recorded = named("Record-Route:");
        }
        let mut routes: Vec<String> = lines()
            .filter_map(|line| line.strip_prefix("Record-"))
            .filter(|line| line.starts_with("Route:"))
            .map(str::to_owned)
            .collect();
        if !is_request {
            // RFC 3261 §12.1.2: the caller's route set is the other way round.
            routes.reverse();
        }
        if !routes.is_empty() {
            self.routes = routes.join("\n");
        }
    }

    /// Puts the lines into a message that somebody sends.
    pub fn put_into(&self, text: &str) -> String {
        text.replace("Via: {vias}", &self.vias)
            .replace("Record-Route: {routes}", &self.recorded)
            .replace("Route: {routes}", &self.routes)
    }
}

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
