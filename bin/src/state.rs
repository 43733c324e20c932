//! The state folder: where the built-in configuration keeps its database.

use crate::database;
use std::path::{Path, PathBuf};

/// The groups of tables that the built-in configuration uses.
const GROUPS: [&str; 2] = ["auth_db", "usrloc"];

/// The folder: `STATE_DIRECTORY` as systemd sets it, `/var/lib/kahea` for root, else a folder in the user's home.
fn folder() -> PathBuf {
    let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    if let Some(folder) = variable("STATE_DIRECTORY") {
        return folder.into();
    }
    if nix::unistd::geteuid().is_root() {
        return "/var/lib/kahea".into();
    }
    let home = || variable("HOME").map(|home| Path::new(&home).join(".local/state"));
    variable("XDG_STATE_HOME")
        .map(PathBuf::from)
        .or_else(home)
        .unwrap_or_else(|| "/tmp".into())
        .join("kahea")
}

/// The URL of the database in the state folder.
pub fn database_url() -> String {
    format!("sqlite://{}", folder().join("kahea.sqlite").display())
}

/// Makes the state folder and the database in it, unless they are there. Whether the database is new.
pub fn prepare() -> Result<bool, String> {
    let folder = folder();
    std::fs::create_dir_all(&folder)
        .map_err(|error| format!("cannot make the folder {}: {error}", folder.display()))?;
    let is_new = !folder.join("kahea.sqlite").exists();
    if is_new {
        database::init(&database_url(), &GROUPS.map(str::to_owned))?;
    }
    Ok(is_new)
}

/// What is done next, for who starts the server for the first time.
pub const WELCOME: &str = "\
This is a new server. Two users, and two phones can call each other:

  kahea user add alice SECRET        (cargo run --release -- user add alice SECRET)
  kahea user add bob SECRET

A phone registers with its user name, the secret, and this machine's address as its domain, over UDP or TCP.
Calls go to sip:bob@ADDRESS. `kahea config print` shows the configuration, a starting point for your own.
";
