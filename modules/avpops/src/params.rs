//! Module parameters.

use module_api::{Params, Placed, Text};

/// What `modparam("avpops", …)` sets.
#[derive(Params)]
pub struct Params {
    /// The database that AVPs are kept in.
    pub db_url: Placed<Text>,
    /// The table of the AVPs, where none is named.
    pub avp_table: Text,
    /// Whether a URI is looked for by its domain, too.
    #[param(default = false)]
    pub use_domain: bool,
    /// The column of the owner's identifier.
    #[param(default = Text::from_static("uuid"))]
    pub uuid_column: Text,
    /// The column of the AVP's name.
    #[param(default = Text::from_static("attribute"))]
    pub attribute_column: Text,
    /// The column of its value.
    #[param(default = Text::from_static("value"))]
    pub value_column: Text,
    /// The column of its type: 1 for an integer value, 2 for a numeric name, together 3.
    #[param(default = Text::from_static("type"))]
    pub type_column: Text,
    /// The column of the owner's user name.
    #[param(default = Text::from_static("username"))]
    pub username_column: Text,
    /// The column of the owner's domain.
    #[param(default = Text::from_static("domain"))]
    pub domain_column: Text,
    /// Another table that one value is read from: `name:table=T;uuid_col=U;username_col=N;domain_col=D;value_col=V;value_type=string`.
    pub db_scheme: Vec<Placed<Text>>,
}
