//! Which engine a URL belongs to.

use crate::closed::Closed;
use crate::connection::Connection;
use crate::error::Error;
use crate::url::{Url, UrlError};
use crate::watched::{Watch, Watched};
use std::sync::Arc;

/// What opens databases of one kind.
pub trait Driver: Send + Sync {
    /// Opens the database, or gives the connection that is open already. May wait.
    fn open(&self, url: &Url) -> Result<Arc<dyn Connection>, Error>;
}

/// Why a database could not be opened.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// The URL makes no sense.
    #[error("{0}")]
    Url(#[from] UrlError),
    /// No loaded module has that scheme.
    #[error("no loaded module opens databases of the kind `{0}`; load db_{0}")]
    NoDriver(String),
    /// The driver could not.
    #[error("{0}")]
    Driver(#[from] Error),
}

/// The engines that are loaded, by the scheme of their URLs.
#[derive(Default)]
pub struct Drivers {
    list: Vec<(&'static str, Arc<dyn Driver>)>,
    keeps_closed: bool,
    watch: Option<Arc<dyn Watch>>,
}

impl Drivers {
    /// Adds an engine. A scheme may have several names; the last engine added for one counts.
    pub fn register(&mut self, scheme: &'static str, driver: Arc<dyn Driver>) {
        self.list.retain(|(known, _)| *known != scheme);
        self.list.push((scheme, driver));
    }

    /// The schemes that have an engine.
    pub fn schemes(&self) -> impl Iterator<Item = &'static str> {
        self.list.iter().map(|(scheme, _)| *scheme)
    }

    /// The engine for a scheme.
    pub fn driver(&self, scheme: &str) -> Option<&Arc<dyn Driver>> {
        let mut same = self.list.iter().filter(|(known, _)| *known == scheme);
        same.next().map(|(_, driver)| driver)
    }

    /// Opens no database from here on: what is asked of one finds nothing. For checking a configuration on a machine
    /// that its databases need not be on.
    pub fn keep_closed(&mut self) {
        self.keeps_closed = true;
    }

    /// Has the requests of all databases watched that are opened from here on.
    pub fn watch(&mut self, watch: Arc<dyn Watch>) {
        self.watch = Some(watch);
    }

    /// Opens the database of a URL.
    pub fn open(&self, url: &str) -> Result<Arc<dyn Connection>, OpenError> {
        let url = Url::parse(url)?;
        let Some(driver) = self.driver(&url.scheme) else {
            return Err(OpenError::NoDriver(url.scheme));
        };
        if self.keeps_closed {
            return Ok(Arc::new(Closed));
        }
        let connection = driver.open(&url)?;
        Ok(match self.watch.clone() {
            Some(watch) => Arc::new(Watched { connection, watch }),
            None => connection,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Request, Statement};
    use stdx::Text;

    struct Broken;

    impl Driver for Broken {
        fn open(&self, _: &Url) -> Result<Arc<dyn Connection>, Error> {
            Err(Error::Busy)
        }
    }

    #[test]
    fn a_url_finds_its_engine_and_a_check_opens_nothing() {
        let mut drivers = Drivers::default();
        assert!(matches!(drivers.open("x://y"), Err(OpenError::NoDriver(_))));
        drivers.register("x", Arc::new(Broken));
        assert!(matches!(
            drivers.open("db_x://y"),
            Err(OpenError::Driver(Error::Busy))
        ));
        drivers.keep_closed();
        let connection = drivers.open("x://y").unwrap();
        let request = Request::new(&connection.prepare(Statement::select("t")), []);
        assert!(
            connection
                .run_blocking(request)
                .is_ok_and(|answer| answer.rows.is_empty())
        );
        let (versions, table) = (Text::from("version"), Text::from("location"));
        let checked = crate::schema::check_version(&*connection, &versions, &table, 9);
        assert_eq!(checked, Ok(()));
        assert!(matches!(drivers.open("z://y"), Err(OpenError::NoDriver(_))));
    }
}
