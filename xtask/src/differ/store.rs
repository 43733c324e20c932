//! A database that outlives its server, with tables that a family names.

use std::sync::mpsc::{Receiver, Sender, channel};

use anyhow::{Context, Result};

use super::record::Names;
use crate::database::Database;

/// What stands for the database in a script.
pub const DATABASE: &str = "DATABASE";

/// The database of one server.
pub struct Store(Database);

/// What one of two servers that are compared gives the other one, and takes from it.
pub struct Swap {
    give: Sender<String>,
    take: Receiver<String>,
}

impl Swap {
    /// Those of two servers.
    pub fn pair() -> (Self, Self) {
        let ((give, take), (give_back, take_back)) = (channel(), channel());
        let one = Self {
            give,
            take: take_back,
        };
        let other = Self {
            give: give_back,
            take,
        };
        (one, other)
    }
}

impl Store {
    /// A new one, with nothing in its tables.
    ///
    /// # Errors
    /// When `sqlite3` is not installed, or refuses the tables.
    pub fn new(server: &str, tables: &str) -> Result<Self> {
        Database::new(&format!("differ-{server}"), tables).map(Self)
    }

    /// A script with the database in the place of its name.
    pub fn resolve(&self, script: &str) -> String {
        script.replace(DATABASE, &self.0.url())
    }

    /// Takes what the other server left in the place of what this one did, with this one's addresses. Neither runs.
    ///
    /// # Errors
    /// When the other one is no more.
    pub fn exchange(&self, swap: &Swap, names: &Names) -> Result<()> {
        let ours = names.restore(&self.0.run(".dump")?);
        swap.give.send(ours).context("nobody takes the rows")?;
        let theirs = swap.take.recv().context("nobody gives its rows")?;
        self.0.renew(&names.resolve(&theirs))
    }
}
