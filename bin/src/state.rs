//! The state folder: where the built-in configuration keeps its database and its secret.

use crate::database;
use nix::unistd::{AccessFlags, access};
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// The groups of tables that the built-in configuration uses.
const GROUPS: [&str; 2] = ["auth_db", "usrloc"];

/// The name of the database's file.
const DATABASE: &str = "kahea.sqlite";

/// The name of the file with the secret, and the secret's octets.
const SECRET: &str = "secret";
const SECRET_LENGTH: usize = 16;

/// The state folder: `STATE_DIRECTORY` as systemd sets it, `/var/lib/kahea` for root, else a folder in the user's home.
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
    format!("sqlite://{}", folder().join(DATABASE).display())
}

/// The state folder, for control sockets too, where this account could neither use nor make the `usual` folder for them.
pub fn run_folder(usual: &Path) -> Option<PathBuf> {
    let is_ours = |path: &Path| access(path, AccessFlags::W_OK | AccessFlags::X_OK).is_ok();
    let could_be_made = || !usual.exists() && usual.parent().is_some_and(is_ours);
    (!is_ours(usual) && !could_be_made()).then(folder)
}

/// What the built-in configuration marks its routes with, once it is there.
pub fn secret() -> Option<String> {
    let text = std::fs::read_to_string(folder().join(SECRET)).ok()?;
    let is_whole = text.len() == 2 * SECRET_LENGTH && text.bytes().all(|c| c.is_ascii_hexdigit());
    is_whole.then_some(text)
}

fn make_secret(folder: &Path) -> Result<(), String> {
    let mut octets = [0; SECRET_LENGTH];
    getrandom::fill(&mut octets).map_err(|error| format!("no randomness: {error}"))?;
    let text: String = octets.iter().map(|octet| format!("{octet:02x}")).collect();
    let path = folder.join(SECRET);
    private(&path)?
        .write_all(text.as_bytes())
        .map_err(|error| format!("cannot write {}: {error}", path.display()))
}

/// A new file, empty, that nobody else can read: the folder may be one that others can, as systemd makes it.
fn private(path: &Path) -> Result<File, String> {
    let mut options = OpenOptions::new();
    options
        .create(true)
        .truncate(true)
        .write(true)
        .mode(0o600)
        .open(path)
        .map_err(|error| {
            let path = path.display();
            format!("cannot make {path}: {error}; STATE_DIRECTORY names another folder")
        })
}

/// Makes the state folder, and the database and the secret in it, unless they are there. Whether the database is new.
pub fn prepare() -> Result<bool, String> {
    let folder = folder();
    // Passwords are in there.
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(&folder)
        .map_err(|error| {
            let folder = folder.display();
            format!("cannot make the folder {folder}: {error}; STATE_DIRECTORY names another")
        })?;
    let path = folder.join(DATABASE);
    let is_new = !path.exists();
    if is_new {
        private(&path)?;
        database::init(&database_url(), &GROUPS.map(str::to_owned))?;
    }
    if secret().is_none() {
        make_secret(&folder)?;
    }
    Ok(is_new)
}

/// Has the folder and the files in it handed over, to whom the server becomes: who starts it for another account has made them.
pub fn give(hand_over: impl Fn(&Path)) {
    let folder = folder();
    let beside = ["", "-wal", "-shm", "-journal"];
    for suffix in beside {
        hand_over(&folder.join(format!("{DATABASE}{suffix}")));
    }
    hand_over(&folder.join(SECRET));
    hand_over(&folder);
}

/// What is done next, for who starts the server for the first time.
pub const WELCOME: &str = "\
This is a new server. Two users, and two phones can call each other:

  kahea user add alice SECRET        (cargo run --release -- user add alice SECRET)
  kahea user add bob SECRET

A phone registers with its user name, the secret, and this machine's address as its domain, over UDP or TCP.
Calls go to sip:bob@ADDRESS. `kahea config print` shows the configuration, a starting point for your own.
";

#[cfg(test)]
mod tests {
    use super::run_folder;
    use std::path::Path;

    #[test]
    fn control_sockets_move_only_where_the_usual_folder_can_be_neither_used_nor_made() {
        let usable = std::env::temp_dir();
        assert_eq!(run_folder(&usable), None);
        assert_eq!(run_folder(&usable.join("to-be-made")), None);
        assert!(run_folder(Path::new("/dev/null/run")).is_some());
    }
}
