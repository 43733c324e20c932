//! Module parameters.

use module_api::{Params, Text};

/// What `modparam("json", …)` sets.
#[derive(Params)]
pub struct Params {
    /// The character that stands for a dot within a name of a path: `a%b.c` is `c` in what is named `a.b`.
    #[param(default = Text::from_static("%"))]
    pub json_escape_char: Text,
}
