//! An SQLite database in a file, for servers that both read it.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

/// A folder in memory, where there is one: no server is to wait for a disk.
const MEMORY: &str = "/dev/shm";
/// The file in its folder.
const FILE: &str = "rows.db";
/// Who reads does not wait for who writes.
const JOURNAL: &str = "pragma journal_mode=wal;";

/// A database. Dropping it removes it.
pub struct Database {
    folder: PathBuf,
}

impl Database {
    /// A new one, of this process and for `purpose`, as `statements` make it.
    ///
    /// # Errors
    /// When `sqlite3` is not installed, or refuses the statements.
    pub fn new(purpose: &str, statements: &str) -> Result<Self> {
        let memory = Path::new(MEMORY);
        let place = if memory.is_dir() {
            memory.to_owned()
        } else {
            std::env::temp_dir()
        };
        let folder = place.join(format!("kahea-{}-{purpose}", std::process::id()));
        let database = Self { folder };
        database.renew(statements)?;
        Ok(database)
    }

    /// Begins anew, as `statements` make it. Nobody has it open.
    ///
    /// # Errors
    /// When `sqlite3` refuses the statements.
    pub fn renew(&self, statements: &str) -> Result<()> {
        let _ = fs::remove_dir_all(&self.folder);
        fs::create_dir_all(&self.folder)?;
        self.run(&format!("{JOURNAL} {statements}"))?;
        Ok(())
    }

    /// What a script calls it.
    pub fn url(&self) -> String {
        format!("sqlite:///{}", self.file().display())
    }

    /// What `sqlite3` prints for `statements`.
    ///
    /// # Errors
    /// When it refuses them.
    pub fn run(&self, statements: &str) -> Result<String> {
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

    fn file(&self) -> PathBuf {
        self.folder.join(FILE)
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}
