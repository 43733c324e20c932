//! Module parameters.

use diagnostics::codes;
use module_api::{AvpName, Diagnostic, Params, Placed, Text};

/// Where the database is when nothing says so.
pub const DEFAULT_URL: &str = "mysql://kamailioro:kamailioro@localhost/kamailio";

/// What `modparam("auth_db", …)` sets.
#[derive(Params)]
pub struct Params {
    /// The database.
    #[param(default = Placed { value: Text::from_static(DEFAULT_URL), ..Placed::default() }, shown = "mysql://kamailioro:kamailioro@localhost/kamailio")]
    pub db_url: Placed<Text>,
    /// The column with users' names.
    #[param(default = Text::from_static("username"))]
    pub user_column: Text,
    /// The column with their domains.
    #[param(default = Text::from_static("domain"))]
    pub domain_column: Text,
    /// The column with hashes of user, realm and password, or with passwords.
    #[param(default = Text::from_static("ha1"))]
    pub password_column: Text,
    /// The column with hashes of `user@domain`, realm and password, used for credentials whose user has a domain.
    #[param(default = Text::from_static("ha1b"))]
    pub password_column_2: Text,
    /// Whether the column holds passwords as they are.
    #[param(default = false)]
    pub calculate_ha1: bool,
    /// Whether a user is looked up with the domain.
    #[param(default = false)]
    pub use_domain: bool,
    /// Columns that are read into AVPs: `$avp(name)=column` or just `column`, between semicolons.
    #[param(shown = "")]
    pub load_credentials: Placed<Text>,
    /// Whether the table's version must be the one that this module knows.
    #[param(default = true)]
    pub version_table: bool,
    /// Whether columns are read into AVPs even when the password is wrong.
    #[param(default = false)]
    pub force_generate_avps: bool,
}

/// A column that is read into an AVP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribute {
    /// The AVP.
    pub avp: AvpName,
    /// The column.
    pub column: Text,
}

impl Params {
    /// The columns that are read into AVPs.
    pub fn attributes(&self) -> Result<Vec<Attribute>, Diagnostic> {
        let text = self.load_credentials.value.to_str_lossy();
        let items = text.split(';').map(str::trim);
        let items = items.filter(|item| !item.is_empty());
        items
            .map(|item| {
                attribute(item).ok_or_else(|| {
                    Diagnostic::error(
                        codes::params::BAD_PARAMETER,
                        self.load_credentials.span,
                        format!(
                            "parameter `load_credentials`: `{item}` is not `$avp(name)=column`"
                        ),
                    )
                })
            })
            .collect()
    }
}

fn attribute(item: &str) -> Option<Attribute> {
    let (avp, column) = match item.split_once('=') {
        None => (AvpName::Text(Text::from(item)), item),
        Some((variable, column)) => {
            let name = variable.trim().strip_prefix("$avp(")?.strip_suffix(')')?;
            (avp_name(name.trim())?, column.trim())
        }
    };
    (!column.is_empty()).then(|| Attribute {
        avp,
        column: Text::from(column),
    })
}

fn avp_name(name: &str) -> Option<AvpName> {
    if let Some(number) = name.strip_prefix("i:") {
        return number.parse().ok().map(AvpName::Number);
    }
    let name = name.strip_prefix("s:").unwrap_or(name);
    (!name.is_empty()).then(|| AvpName::Text(Text::from(name)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_are_named_by_avps_or_by_their_columns() {
        let named = |avp: AvpName, column: &str| Attribute {
            avp,
            column: Text::from(column),
        };
        let text = |name: &str| AvpName::Text(Text::from(name));
        assert_eq!(attribute("rpid"), Some(named(text("rpid"), "rpid")));
        assert_eq!(
            attribute("$avp(i:5)=lim"),
            Some(named(AvpName::Number(5), "lim"))
        );
        assert_eq!(
            attribute("$avp(s:em) = mail"),
            Some(named(text("em"), "mail"))
        );
        for bad in ["$avp(x)=", "$var(x)=y", "$avp()=y", "$avp(i:x)=y"] {
            assert_eq!(attribute(bad), None, "{bad}");
        }
    }
}
