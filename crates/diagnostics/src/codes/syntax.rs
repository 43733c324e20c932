//! Syntax: what the preprocessor, the lexer and the parser find.
//!
//! The numbers run through all files of this family.

mod characters;
mod directives;
mod statements;
mod values;
mod variables;

use crate::Code;

pub use characters::*;
pub use directives::*;
pub use statements::*;
pub use values::*;
pub use variables::*;

/// The codes of this family, by number.
pub fn all() -> Vec<Code> {
    let mut all = [CHARACTERS, DIRECTIVES, STATEMENTS, VALUES, VARIABLES].concat();
    all.sort_by_key(|code| code.id());
    all
}
