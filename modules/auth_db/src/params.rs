//! Module parameters.

use module_api::{AvpName, Binder, BoundVariable, Diagnostic, Params, Placed, Text};
use std::sync::Arc;

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
    /// Columns that are read into variables: `$avp(name)=column`, or just `column` for the AVP of that name, between semicolons.
    #[param(shown = "")]
    pub load_credentials: Placed<Text>,
    /// Whether the table's version must be the one that this module knows.
    #[param(default = true)]
    pub version_table: bool,
    /// Whether columns are read into AVPs even when the password is wrong.
    #[param(default = false)]
    pub force_generate_avps: bool,
}

/// Where a column goes.
#[derive(Clone)]
pub enum Target {
    /// An AVP.
    Avp(AvpName),
    /// Another variable.
    Variable(Arc<BoundVariable>),
}

/// A column that is read besides the secret.
#[derive(Clone)]
pub struct Attribute {
    /// Where it goes.
    pub target: Target,
    /// The column.
    pub column: Text,
}

impl Params {
    /// The columns that are read into variables.
    pub fn attributes(&self, binder: &mut Binder<'_>) -> Result<Vec<Attribute>, Diagnostic> {
        let given = &self.load_credentials;
        let text = given.value.to_str_lossy();
        let mut attributes = Vec::new();
        for item in text.split(';').map(str::trim).filter(|i| !i.is_empty()) {
            let (variable, column) = parts(item);
            let target = match avp(variable) {
                Some(avp) => Target::Avp(avp),
                None if variable.is_empty() => Target::Avp(AvpName::Text(Text::from(column))),
                None => Target::Variable(Arc::new(binder.variable_in(variable, given.span)?)),
            };
            if !column.is_empty() {
                let column = Text::from(column);
                attributes.push(Attribute { target, column });
            } else if variable.is_empty() {
                let warning = format!("parameter `load_credentials`: `{item}` names no column");
                binder.diagnostics.push(given.warning(warning));
            } else {
                let message =
                    format!("parameter `load_credentials`: `{item}` is not `$avp(name)=column`");
                return Err(given.error(message));
            }
        }
        Ok(attributes)
    }
}

/// The variable, which may be left out, and the column.
fn parts(item: &str) -> (&str, &str) {
    let (variable, column) = item.split_once('=').unwrap_or(("", item));
    (variable.trim(), column.trim())
}

fn avp(variable: &str) -> Option<AvpName> {
    let name = variable.strip_prefix("$avp(")?.strip_suffix(')')?;
    avp_name(name.trim())
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
    fn a_column_may_name_where_it_goes() {
        assert_eq!(parts("rpid"), ("", "rpid"));
        assert_eq!(parts("$avp(s:em) = mail"), ("$avp(s:em)", "mail"));
        let text = |name: &str| AvpName::Text(Text::from(name));
        assert_eq!(avp("$avp(s:em)"), Some(text("em")));
        assert_eq!(avp("$avp(i:5)"), Some(AvpName::Number(5)));
        for other in ["", "$var(x)", "$avp()", "$avp(i:x)"] {
            assert_eq!(avp(other), None, "{other}");
        }
    }
}
