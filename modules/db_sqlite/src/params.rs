//! Module parameters.

use crate::driver::{JournalMode, Options};
use module_api::{Diagnostic, Params, Placed, Text};
use std::time::Duration;

/// What `modparam("db_sqlite", …)` sets. A file is named by its path, whatever the number of slashes in front of it in a URL:
/// manuals name `/var/my.db` and open `sqlite:////var/my.db`.
#[derive(Params)]
pub struct Params {
    /// The path of a file that is opened for reading only. May be given several times.
    #[param(shown = "")]
    pub db_set_readonly: Vec<Placed<Text>>,
    /// `path=mode`: how the file is kept safe while it is written: `WAL`, `DELETE`, `TRUNCATE`, `PERSIST`, `MEMORY` or
    /// `OFF`. A file that is not named here is put into mode `WAL`. May be given several times.
    #[param(shown = "")]
    pub db_set_journal_mode: Vec<Placed<Text>>,
    /// `path=milliseconds`: how long a request waits for a lock that another program holds on the file, before it fails.
    /// 2000 for a file that is not named here. May be given several times.
    #[param(shown = "")]
    pub db_set_busy_timeout: Vec<Placed<Text>>,
}

impl Params {
    /// What they say about each file.
    pub fn options(&self, found: &mut Vec<Diagnostic>) -> Options {
        let mut files = Options::default();
        for file in &self.db_set_readonly {
            files.of_mut(&file.value.to_str_lossy()).is_readonly = true;
        }
        let mut doubt = |name: &str, given: &Placed<Text>, wanted: &str| {
            let value = &given.value;
            found.push(given.warning(format!(
                "parameter `{name}` is `path={wanted}`: `{value}` does nothing"
            )));
        };
        for given in &self.db_set_journal_mode {
            match assignment(&given.value).map(|(path, name)| (path, JournalMode::from_name(&name)))
            {
                Some((path, Some(mode))) => files.of_mut(&path).journal_mode = mode,
                _ => doubt("db_set_journal_mode", given, "mode"),
            }
        }
        for given in &self.db_set_busy_timeout {
            match assignment(&given.value).map(|(path, number)| (path, number.parse())) {
                Some((path, Ok(number))) => {
                    files.of_mut(&path).busy_timeout = Duration::from_millis(number);
                }
                _ => doubt("db_set_busy_timeout", given, "milliseconds"),
            }
        }
        files
    }
}

/// `path=value`, with or without a semicolon behind it.
fn assignment(text: &Text) -> Option<(String, String)> {
    let text = text.to_str_lossy();
    let (path, value) = text.trim().trim_end_matches(';').rsplit_once('=')?;
    let (path, value) = (path.trim(), value.trim());
    (!path.is_empty()).then(|| (path.to_owned(), value.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::driver::FileOptions;

    fn given(text: &str) -> Vec<Placed<Text>> {
        vec![Placed {
            value: Text::from(text),
            ..Placed::default()
        }]
    }

    #[test]
    fn files_are_told_apart_by_their_paths() {
        let params = Params {
            db_set_readonly: given("/var/a.db"),
            db_set_journal_mode: given("/var/a.db=delete;"),
            db_set_busy_timeout: given("/var/b=c.db=250"),
        };
        let files = params.options(&mut Vec::new());
        assert!(files.of("/var/a.db").is_readonly);
        assert_eq!(files.of("/var/a.db").journal_mode, JournalMode::Delete);
        let other = files.of("/var/b=c.db");
        assert_eq!(other.busy_timeout, Duration::from_millis(250));
        assert!(!other.is_readonly);
    }

    #[test]
    fn a_mode_that_is_none_does_nothing() {
        let params = Params {
            db_set_journal_mode: given("/var/a.db=fast"),
            db_set_busy_timeout: given("250"),
            ..Params::default()
        };
        let mut found = Vec::new();
        assert!(params.options(&mut found).of("/var/a.db") == FileOptions::default());
        assert!(found.len() == 2 && !found.iter().any(Diagnostic::is_error));
    }
}
