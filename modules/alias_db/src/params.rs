//! Module parameters.

use module_api::{Params, Placed, Text};

/// Where the database is when nothing says so.
pub const DEFAULT_URL: &str = "mysql://kamailioro:kamailioro@localhost/kamailio";

/// What `modparam("alias_db", …)` sets.
#[derive(Params)]
pub struct Params {
    /// The database.
    #[param(default = Placed { value: Text::from_static(DEFAULT_URL), ..Placed::default() }, shown = "mysql://kamailioro:kamailioro@localhost/kamailio")]
    pub db_url: Placed<Text>,
    /// The column with the user.
    #[param(default = Text::from_static("username"))]
    pub user_column: Text,
    /// The column with the user's domain.
    #[param(default = Text::from_static("domain"))]
    pub domain_column: Text,
    /// The column with the alias.
    #[param(default = Text::from_static("alias_username"))]
    pub alias_user_column: Text,
    /// The column with the alias's domain.
    #[param(default = Text::from_static("alias_domain"))]
    pub alias_domain_column: Text,
    /// Whether an alias is looked up with its domain.
    #[param(default = false)]
    pub use_domain: bool,
    /// What is taken off the beginning of domains before a look-up.
    #[param(shown = "")]
    pub domain_prefix: Text,
    /// Whether all that is found counts: the second and later become branches, or further values of an AVP.
    #[param(default = false)]
    pub append_branches: bool,
}
