//! Selects: `@from.uri.host`, `$sel(from.uri.host)`; they read parts of the message by a path of names.
//!
//! [`Path::parse`] cuts a path into steps; [`Select::resolve`] finds what the first steps name in [`table`] and lets the
//! steps after that refine it: a part of an address, of a URI, a parameter. Modules offer families of their own: `@tm…`.

mod read;
mod refine;
mod steps;
mod table;

pub use steps::Path;

use module_api::{Call, SelectReader, Text};
use refine::Refinement;
use table::Source;

/// A select, found at load.
pub struct Select(Kind);

enum Kind {
    /// One of the message and what surrounds it.
    OfMessage {
        source: Source,
        refinements: Vec<Refinement>,
    },
    /// One that another module offers.
    OfModule(SelectReader),
}

impl Select {
    /// Finds what a path means.
    ///
    /// # Errors
    /// Says which step is none that there is.
    pub fn resolve(path: &Path) -> Result<Select, String> {
        let mut steps = path.steps.as_slice();
        let (source, mut yields) =
            table::source(&mut steps).ok_or_else(|| format!("there is no select `@{path}`"))?;
        let mut refinements = Vec::new();
        while let Some(part) = steps.first() {
            let (refinement, next) = refine::refinement(yields, &mut steps)
                .ok_or_else(|| format!("`@{path}` has no part `{}`", part.name))?;
            refinements.push(refinement);
            yields = next;
        }
        Ok(Select(Kind::OfMessage {
            source,
            refinements,
        }))
    }

    /// One that another module offers.
    pub fn of_module(reader: SelectReader) -> Select {
        Select(Kind::OfModule(reader))
    }

    /// Its value in the message at hand.
    pub fn read(&self, call: &mut Call) -> Option<Text> {
        match &self.0 {
            Kind::OfMessage {
                source,
                refinements,
            } => {
                let value = read::source(source, call)?;
                refinements
                    .iter()
                    .try_fold(value, |value, refinement| refinement.apply(call, &value))
            }
            Kind::OfModule(reader) => reader(call),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_that_mean_nothing_are_refused() {
        let resolve =
            |text: &str| Path::parse(text).and_then(|path| Select::resolve(&path).map(|_| ()));
        for good in [
            "from",
            "from.uri.host",
            "ruri.params.foo",
            "via[1].host",
            "hf_value.x_a",
            "hf_value[\"X-A\"][-1].p.q",
            "hf_value.contact[1].uri.host",
            "hf_value_exists.x_a.foo",
            "msg.header[\"X-A\"].nameaddr.uri.user",
        ] {
            assert_eq!(resolve(good), Ok(()), "{good}");
        }
        for bad in [
            "nosuch",
            "from.nosuch",
            "from.params",
            "ruri.host.x",
            "authorization",
            "via[x]",
            "hf_value",
            "hf_value[1]",
            "hf_value.x_a.foo",
            "from..tag",
            "",
        ] {
            assert!(resolve(bad).is_err(), "{bad}");
        }
    }
}
