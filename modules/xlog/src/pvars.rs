//! Variables.

use crate::Xlog;
use diagnostics::codes::names;
use module_api::{Binder, Call, Diagnostic, PvarInner, PvarSpec, Text, Value, pvar};

/// The escape sequence of a colour, worked out at load; none where colours are not wanted.
pub struct Sequence(Option<Text>);

impl PvarInner for Sequence {
    fn bind(spec: &PvarSpec<'_>, binder: &mut Binder<'_>) -> Result<Self, Diagnostic> {
        let letters = spec.inner();
        let sequence = sequence(letters.as_bytes()).ok_or_else(|| {
            let message = format!("`{letters}` is no colour: two letters are, such as `rx`");
            Diagnostic::error(names::BAD_VARIABLE_NAME, spec.span(), message)
        })?;
        let xlog = binder.module::<Xlog>();
        let is_wanted = xlog.is_none_or(|xlog| xlog.writes_colours);
        Ok(Sequence(is_wanted.then(|| Text::from(sequence))))
    }
}

/// A terminal colour, `$C(xy)`: foreground and background letter, as in `$C(rx)`; `x` is the terminal's own.
///
/// Letters: s black, r red, g green, y yellow, b blue, p magenta, c cyan, w white; a foreground in upper case is
/// bright. Where messages go to the system's log it is empty, unless `force_color` is set.
#[pvar("C")]
pub fn color(_call: &mut Call, sequence: &Sequence) -> Value {
    Value::Str(sequence.0.clone().unwrap_or_default())
}

/// Weight, foreground and background, all of them always told (observed on 5.6.3).
pub fn sequence(letters: &[u8]) -> Option<String> {
    let [foreground, background] = letters else {
        return None;
    };
    let (weight, foreground) = match number(foreground.to_ascii_lowercase())? {
        OWN if *foreground != b'x' => return None,
        foreground_number => (u8::from(foreground.is_ascii_uppercase()), foreground_number),
    };
    let background = number(*background)?;
    Some(format!("\x1b[{weight};3{foreground};4{background}m"))
}

/// The terminal's own colour.
const OWN: usize = 9;

fn number(letter: u8) -> Option<usize> {
    match letter {
        b'x' => Some(OWN),
        letter => b"srgybpcw".iter().position(|known| *known == letter),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_those_of_upstream() {
        // Observed on 5.6.3.
        for (letters, shown) in [
            ("xx", Some("\x1b[0;39;49m")),
            ("gx", Some("\x1b[0;32;49m")),
            ("Gx", Some("\x1b[1;32;49m")),
            ("sw", Some("\x1b[0;30;47m")),
            ("Rg", Some("\x1b[1;31;42m")),
            ("xS", None),
            ("Xx", None),
            ("r", None),
            ("zx", None),
        ] {
            assert_eq!(sequence(letters.as_bytes()).as_deref(), shown, "{letters}");
        }
    }
}
