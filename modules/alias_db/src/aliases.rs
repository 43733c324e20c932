//! The table of aliases.

use crate::params::Params;
use db::{Answer, Connection, Pending, Request, Rows, Statement, TableStatements, Value, Values};
use module_api::{Call, Text};
use sip::Uri;
use std::sync::Arc;

/// How an alias is looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lookup {
    /// From the user to the alias.
    pub is_reverse: bool,
    /// The domain counts.
    pub with_domain: bool,
}

impl Lookup {
    /// By the letters of a flags argument: `d` without, `u` with the domain; `r` from the user to the alias.
    pub fn from_flags(flags: &[u8], use_domain: bool) -> Lookup {
        let mut lookup = Lookup {
            is_reverse: false,
            with_domain: use_domain,
        };
        for flag in flags {
            match flag {
                b'd' => lookup.with_domain = false,
                b'u' => lookup.with_domain = true,
                b'r' => lookup.is_reverse = true,
                _ => {}
            }
        }
        lookup
    }
}

/// The queries on tables of aliases.
pub struct Aliases {
    connection: Arc<dyn Connection>,
    domain_prefix: Text,
    /// Forward and reverse, each without and with the domain.
    queries: [[TableStatements; 2]; 2],
}

impl Aliases {
    /// Queries as the parameters say.
    pub fn new(connection: Arc<dyn Connection>, params: &Params) -> Aliases {
        let alias = [&params.alias_user_column, &params.alias_domain_column];
        let user = [&params.user_column, &params.domain_column];
        let query = |from: [&Text; 2], to: [&Text; 2], with_domain: bool| {
            let [name, domain] = from.map(Text::clone);
            let wanted = to.map(Text::clone);
            TableStatements::new(connection.dialect(), move |table| {
                let select = Statement::select(table)
                    .columns(wanted.clone())
                    .key(name.clone());
                match with_domain {
                    true => select.key(domain.clone()),
                    false => select,
                }
            })
        };
        let queries = [
            [query(alias, user, false), query(alias, user, true)],
            [query(user, alias, false), query(user, alias, true)],
        ];
        Aliases {
            connection,
            domain_prefix: params.domain_prefix.clone(),
            queries,
        }
    }

    /// Asks what `uri` stands for; none when it has no user.
    pub fn find(
        &self,
        call: &Call,
        table: &Text,
        uri: &[u8],
        lookup: Lookup,
    ) -> Option<Pending<Answer>> {
        let uri = Uri::parse(uri).ok()?;
        let user = uri.user().filter(|user| !user.is_empty())?;
        let [forward, reverse] = &self.queries;
        let [without, with] = if lookup.is_reverse { reverse } else { forward };
        let mut values = Values::new();
        values.push(Value::from(user));
        let query = if lookup.with_domain {
            let host = uri.host();
            let domain = host.strip_prefix(self.domain_prefix.as_bytes());
            values.push(Value::from(domain.unwrap_or(host)));
            with
        } else {
            without
        };
        let statement = query.of(table);
        Some(call.ask(&*self.connection, Request { statement, values }))
    }
}

/// The URIs that rows of user and domain make.
pub fn uris(rows: &Rows) -> impl Iterator<Item = Text> {
    rows.iter().filter_map(|row| {
        let (user, domain) = (row.first()?.to_text()?, row.get(1)?.to_text()?);
        Some(Text::concat(&[b"sip:", &user, b"@", &domain]))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_choose_the_way_of_a_lookup() {
        let lookup = |flags: &[u8], use_domain| {
            let lookup = Lookup::from_flags(flags, use_domain);
            (lookup.is_reverse, lookup.with_domain)
        };
        assert_eq!(lookup(b"", false), (false, false));
        assert_eq!(lookup(b"", true), (false, true));
        assert_eq!(lookup(b"rd", true), (true, false));
        assert_eq!(lookup(b"u", false), (false, true));
    }
}
