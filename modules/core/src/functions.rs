//! Script functions.
//!
//! Those of the core are statements more than functions: `$rc` does not show what they answer, and their texts are taken
//! as they stand.

pub mod branches;
pub mod external;
pub mod flags;
pub mod logging;
pub mod sending;
pub mod settings;
pub mod uri;
