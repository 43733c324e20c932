//! Database URLs, as `db_url` parameters hold them.

use std::fmt;

/// `scheme://user:password@host:port/database`, or `scheme://path` for engines on files.
#[derive(Clone, PartialEq, Eq)]
pub struct Url {
    /// The engine: `sqlite`, `mysql`, `postgres`, `redis`, `text` ...
    pub scheme: String,
    /// All behind `://`, as it stands: the path of an engine on files.
    pub location: String,
    /// The account.
    pub user: Option<String>,
    /// Its password.
    pub password: Option<String>,
    /// The machine; an address of IPv6 is without brackets.
    pub host: Option<String>,
    /// The port.
    pub port: Option<u16>,
    /// The database, behind the first `/` after the host.
    pub database: String,
}

/// Why a text is no database URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    /// There is no `://`, or nothing before it.
    #[error("a database URL starts with the kind of database and `://`")]
    NoScheme,
    /// There is nothing behind `://`.
    #[error("the database URL names no database")]
    NoLocation,
    /// The port is no number from 1 to 65535.
    #[error("the port in the database URL is no number from 1 to 65535")]
    BadPort,
}

impl Url {
    /// Takes a URL apart. A password may contain `@` and `/`: the host starts behind the last `@` (as on 5.6.3).
    pub fn parse(text: &str) -> Result<Url, UrlError> {
        let (scheme, location) = text.trim().split_once("://").ok_or(UrlError::NoScheme)?;
        if scheme.is_empty() {
            return Err(UrlError::NoScheme);
        }
        if location.is_empty() {
            return Err(UrlError::NoLocation);
        }
        let mut url = Url {
            scheme: scheme
                .strip_prefix("db_")
                .unwrap_or(scheme)
                .to_ascii_lowercase(),
            location: location.to_owned(),
            user: None,
            password: None,
            host: None,
            port: None,
            database: String::new(),
        };
        let place = match location.rsplit_once('@') {
            Some((account, place)) => {
                let (user, password) = match account.split_once(':') {
                    Some((user, password)) => (user, Some(password.to_owned())),
                    None => (account, None),
                };
                url.user = Some(user.to_owned());
                url.password = password;
                place
            }
            None => location,
        };
        let (host, database) = place.split_once('/').unwrap_or((place, ""));
        url.database = database.to_owned();
        url.set_host(host)?;
        Ok(url)
    }

    fn set_host(&mut self, text: &str) -> Result<(), UrlError> {
        let (host, port) = match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            Some((address, rest)) => (address, rest.strip_prefix(':')),
            None => match text.split_once(':') {
                Some((host, port)) => (host, Some(port)),
                None => (text, None),
            },
        };
        // A path such as `:memory:` is no host with a port.
        if self.user.is_none() && host.is_empty() {
            return Ok(());
        }
        if !host.is_empty() {
            self.host = Some(host.to_owned());
        }
        if let Some(port) = port {
            let port: u16 = port.parse().map_err(|_| UrlError::BadPort)?;
            self.port = Some(port).filter(|port| *port > 0);
            self.port.ok_or(UrlError::BadPort)?;
        }
        Ok(())
    }
}

/// The URL without its password.
impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.user, self.location.rsplit_once('@')) {
            (Some(user), Some((_, place))) => write!(f, "{}://{user}@{place}", self.scheme),
            _ => write!(f, "{}://{}", self.scheme, self.location),
        }
    }
}

impl fmt::Debug for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Url({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_taken_apart() {
        let url = Url::parse("mysql://kam:p@ss:w/rd@db.example.org:3307/kamailio").unwrap();
        assert_eq!(url.scheme, "mysql");
        assert_eq!(url.user.as_deref(), Some("kam"));
        assert_eq!(url.password.as_deref(), Some("p@ss:w/rd"));
        assert_eq!(url.host.as_deref(), Some("db.example.org"));
        assert_eq!((url.port, &*url.database), (Some(3307), "kamailio"));
        assert_eq!(url.to_string(), "mysql://kam@db.example.org:3307/kamailio");
        let url = Url::parse("postgres://[2001:db8::1]/k").unwrap();
        assert_eq!((url.host.as_deref(), url.port), (Some("2001:db8::1"), None));
        let url = Url::parse("sqlite:///etc/kamailio/k.db").unwrap();
        assert_eq!((&*url.location, url.host), ("/etc/kamailio/k.db", None));
        assert_eq!(
            Url::parse("sqlite://:memory:").unwrap().location,
            ":memory:"
        );
    }

    #[test]
    fn what_is_no_url_is_refused_with_the_reason() {
        assert_eq!(Url::parse("/etc/k.db"), Err(UrlError::NoScheme));
        assert_eq!(Url::parse("://x"), Err(UrlError::NoScheme));
        assert_eq!(Url::parse("sqlite://"), Err(UrlError::NoLocation));
        assert_eq!(Url::parse("mysql://u@h:0/k"), Err(UrlError::BadPort));
        assert_eq!(Url::parse("mysql://h:99999/k"), Err(UrlError::BadPort));
    }
}
