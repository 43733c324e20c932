//! Variables.

use module_api::{Call, InnerLiteral, Value, pvar};

/// A terminal colour, `$C(xy)`: foreground and background letter, as in `$C(rx)`; `x` is the terminal's own.
///
/// Letters: s black, r red, g green, y yellow, b blue, p magenta, c cyan, w white; upper case is bright.
#[pvar("C")]
pub fn color(_call: &mut Call, letters: &InnerLiteral) -> Value {
    let [foreground, background] = letters.0.as_bytes() else {
        return Value::Null;
    };
    let mut codes = String::from("\x1b[");
    match code(*foreground) {
        _ if *foreground == b'x' => codes.push('0'),
        Some(code) => {
            let weight = if foreground.is_ascii_uppercase() {
                1
            } else {
                0
            };
            codes.push_str(&format!("{weight};3{code}"));
        }
        None => return Value::Null,
    }
    if *background != b'x' {
        match code(*background) {
            Some(code) => codes.push_str(&format!(";4{code}")),
            None => return Value::Null,
        }
    }
    codes.push('m');
    Value::from(codes.as_str())
}

fn code(letter: u8) -> Option<usize> {
    b"srgybpcw"
        .iter()
        .position(|known| *known == letter.to_ascii_lowercase())
}
