//! A database that outlives its server: in a file, with tables that a family names.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};

use anyhow::{Context, Result, bail};

use super::record::Names;

/// What stands for the database in a script.
pub const DATABASE: &str = "DATABASE";
/// A folder in memory, where there is one: neither server is to wait for a disk.
const MEMORY: &str = "/dev/shm";
/// The file in its folder.
const FILE: &str = "rows.db";
/// Who reads does not wait for who writes.
const JOURNAL: &str = "pragma journal_mode=wal;";

/// The database of one server.
pub struct Store {
    folder: PathBuf,
}

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
        let memory = Path::new(MEMORY);
        let place = if memory.is_dir() {
            memory.to_owned()
        } else {
            std::env::temp_dir()
        };
        let folder = place.join(format!("kahea-differ-{}-{server}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder)?;
        let store = Self { folder };
        store.run(&format!("{JOURNAL} {tables}"))?;
        Ok(store)
    }

    /// A script with the database in the place of its name.
    pub fn resolve(&self, script: &str) -> String {
        let url = format!("sqlite:///{}", self.file().display());
        script.replace(DATABASE, &url)
    }

    /// Takes what the other server left in the place of what this one did, with this one's addresses. Neither runs.
    ///
    /// # Errors
    /// When the other one is no more.
    pub fn exchange(&self, swap: &Swap, names: &Names) -> Result<()> {
        let ours = names.restore(&self.run(".dump")?);
        swap.give.send(ours).context("nobody takes the rows")?;
        let theirs = swap.take.recv().context("nobody gives its rows")?;
        fs::remove_dir_all(&self.folder)?;
        fs::create_dir_all(&self.folder)?;
        self.run(&format!("{JOURNAL} {}", names.resolve(&theirs)))?;
        Ok(())
    }

    fn file(&self) -> PathBuf {
        self.folder.join(FILE)
    }

    fn run(&self, statements: &str) -> Result<String> {
        let mut sqlite = Command::new("sqlite3");
        sqlite.arg(self.file()).stdin(Stdio::piped());
        sqlite.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut sqlite = sqlite.spawn().context("sqlite3 is to be installed")?;
        if let Some(mut input) = sqlite.stdin.take() {
            input.write_all(statements.as_bytes())?;
        }
        let output = sqlite.wait_with_output()?;
        if !output.status.success() {
            bail!("sqlite3: {}", String::from_utf8_lossy(&output.stderr));
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}
