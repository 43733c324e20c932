//! Selects: `@from.uri.host` reads a part of the message by a path of names.
//!
//! [`find`] finds what the first steps of a path name in [`table`] and lets the steps after that refine it: a part of an
//! address, of a URI, a parameter.

mod read;
mod refine;
mod table;

use module_api::{SelectReader, SelectStep, UnknownStep};

/// Finds what a path means.
///
/// # Errors
/// Tells the first step that means nothing.
pub fn find(path: &[SelectStep]) -> Result<SelectReader, UnknownStep> {
    let mut steps = path;
    let (source, mut yields) = table::source(&mut steps).ok_or(UnknownStep(0))?;
    let mut refinements = Vec::new();
    while !steps.is_empty() {
        let unknown = UnknownStep(path.len() - steps.len());
        let (refinement, next) = refine::refinement(yields, &mut steps).ok_or(unknown)?;
        refinements.push(refinement);
        yields = next;
    }
    Ok(Box::new(move |call| {
        let value = read::source(&source, call)?;
        refinements
            .iter()
            .try_fold(value, |value, refinement| refinement.apply(call, &value))
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use module_api::SelectPath;

    #[test]
    fn paths_that_mean_nothing_are_refused() {
        let is_known =
            |text: &str| SelectPath::parse(text).is_ok_and(|path| find(&path.steps).is_ok());
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
            assert!(is_known(good), "{good}");
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
            assert!(!is_known(bad), "{bad}");
        }
    }

    #[test]
    fn the_first_step_without_a_meaning_is_told() {
        let unknown = |text: &str| find(&SelectPath::parse(text).unwrap().steps).err();
        assert_eq!(unknown("nosuch.uri"), Some(UnknownStep(0)));
        assert_eq!(unknown("from.nosuch"), Some(UnknownStep(1)));
        assert_eq!(unknown("from.uri.nosuch.x"), Some(UnknownStep(2)));
    }
}
