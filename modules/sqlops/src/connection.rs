//! A named connection.

use db::{Connection, Drivers, OpenError};
use diagnostics::Span;
use futures_channel::oneshot;
use module_api::{BoxFuture, Call, Runtime, Text};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

/// How long a database that could not be opened is left alone.
const PAUSE: Duration = Duration::from_secs(5);

/// A connection as queries name it.
pub struct SqlConnection {
    /// Its name.
    pub name: Text,
    /// Where it was declared.
    pub span: Span,
    url: String,
    connection: OnceLock<Arc<dyn Connection>>,
    /// Whether somebody tries to open it, or has just failed to.
    is_trying: AtomicBool,
}

impl SqlConnection {
    /// A connection that is not open yet.
    pub fn new(name: &str, url: &str, span: Span) -> SqlConnection {
        SqlConnection {
            name: Text::from(name),
            span,
            url: url.to_owned(),
            connection: OnceLock::new(),
            is_trying: AtomicBool::new(false),
        }
    }

    /// The kind of database.
    pub fn scheme(&self) -> &str {
        self.url.split_once("://").map_or("", |(scheme, _)| scheme)
    }

    /// Opens it. May wait.
    pub fn open(&self, drivers: &Drivers) -> Result<(), OpenError> {
        if self.connection.get().is_none() {
            let connection = drivers.open(&self.url)?;
            // The first counts.
            let _ = self.connection.set(connection);
        }
        Ok(())
    }

    /// What to wait for until it is open, or cannot be; nothing when it is open, or has just failed to.
    pub fn opening(self: &Arc<Self>, call: &Call) -> Option<BoxFuture<()>> {
        if self.connection.get().is_some() || self.is_trying.load(Ordering::Relaxed) {
            return None;
        }
        let (sender, receiver) = oneshot::channel();
        let (own, runtime) = (self.clone(), call.runtime.clone());
        let host = runtime.host.clone();
        let has_begun = host.run_blocking(Box::new(move || {
            if own.open(&runtime.hooks.databases).is_err() {
                own.pause(&runtime);
            }
            // The run that asked may have ended.
            let _ = sender.send(());
        }));
        has_begun.then(|| -> BoxFuture<()> {
            Box::pin(async move {
                // Whoever drops it has not opened anything: the query says so.
                let _ = receiver.await;
            })
        })
    }

    /// Leaves it alone for a while.
    fn pause(self: &Arc<Self>, runtime: &Runtime) {
        self.is_trying.store(true, Ordering::Relaxed);
        let pause = runtime.host.sleep(PAUSE);
        let own = self.clone();
        runtime.host.spawn(Box::pin(async move {
            pause.await;
            own.is_trying.store(false, Ordering::Relaxed);
        }));
    }

    /// The database, when it is open. When it is not, another attempt is made beside the script.
    pub fn get(self: &Arc<Self>, call: &Call) -> Option<&Arc<dyn Connection>> {
        let connection = self.connection.get();
        if connection.is_none() && !self.is_trying.swap(true, Ordering::Relaxed) {
            let (own, runtime) = (self.clone(), call.runtime.clone());
            let host = runtime.host.clone();
            let has_begun = host.run_blocking(Box::new(move || {
                if own.open(&runtime.hooks.databases).is_err() {
                    own.pause(&runtime);
                }
            }));
            if !has_begun {
                self.is_trying.store(false, Ordering::Relaxed);
            }
        }
        connection
    }
}
