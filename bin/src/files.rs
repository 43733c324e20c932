//! Configuration files: where they are, and how the preprocessor gets at them.

use crate::options::Options;
use crate::usage::DEFAULT_CONFIG;
use script_syntax::{LoadError, SourceLoader};
use std::io::{ErrorKind, Read};
use std::path::Path;

/// The configuration that runs when there is no other.
pub const BUILT_IN: &str = include_str!("builtin.cfg");

/// What it is called in messages.
const BUILT_IN_NAME: &str = "built-in configuration";

/// The octets of the largest file that is read as a configuration or a part of one.
const FILE_MAX: u64 = 16 * 1024 * 1024;

/// The file system and the environment, for the preprocessor.
pub struct System;

impl SourceLoader for System {
    fn read(&self, path: &str) -> Result<Vec<u8>, LoadError> {
        let failed = |error: std::io::Error| match error.kind() {
            ErrorKind::NotFound => LoadError::NotFound,
            _ => LoadError::Failed(error.to_string()),
        };
        // Asked before it is opened: opening a FIFO waits for who writes to it.
        if !std::fs::metadata(path).map_err(failed)?.is_file() {
            return Err(LoadError::Failed("it is no regular file".to_owned()));
        }
        whole(std::fs::File::open(path).map_err(failed)?).map_err(failed)
    }

    fn environment(&self, name: &str) -> Option<String> {
        std::env::var(name).ok()
    }
}

/// A configuration's text and the name it goes by.
pub struct Source {
    /// Its path, or what it is called.
    pub name: String,
    /// Its text.
    pub text: String,
}

/// The configuration that the options name: a file, standard input, the default file, or the built-in one.
pub fn source(options: &Options) -> Result<Source, String> {
    match options.config.as_deref() {
        Some("-") => {
            let bytes = whole(std::io::stdin())
                .map_err(|error| format!("cannot read standard input: {error}"))?;
            Ok(Source {
                name: "standard input".to_owned(),
                text: script_syntax::decode(&bytes).0,
            })
        }
        Some(path) => read(path),
        None if !is_built_in(options) => read(DEFAULT_CONFIG),
        None => Ok(Source {
            name: BUILT_IN_NAME.to_owned(),
            text: BUILT_IN.to_owned(),
        }),
    }
}

/// Whether the options name no file, and the default one is not there or not wanted.
pub fn is_built_in(options: &Options) -> bool {
    options.config.is_none() && (options.is_built_in || !Path::new(DEFAULT_CONFIG).exists())
}

/// All that a file holds, unless it is too much.
fn whole(file: impl Read) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.take(FILE_MAX + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > FILE_MAX {
        let limit = FILE_MAX / (1024 * 1024);
        let message = format!("it has more than {limit} MiB");
        return Err(std::io::Error::new(ErrorKind::FileTooLarge, message));
    }
    Ok(bytes)
}

fn read(path: &str) -> Result<Source, String> {
    match std::fs::File::open(path).and_then(whole) {
        Ok(bytes) => Ok(Source {
            name: path.to_owned(),
            text: script_syntax::decode(&bytes).0,
        }),
        Err(error) => Err(format!("cannot read {path}: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_regular_file_is_not_included() {
        for (path, reason) in [
            ("/dev/zero", "it is no regular file"),
            ("/dev", "it is no regular file"),
            ("/nowhere/at/all.cfg", "there is no such file"),
        ] {
            assert_eq!(System.read(path).unwrap_err().to_string(), reason);
        }
    }

    #[test]
    fn no_more_is_read_than_a_configuration_may_have() {
        let error = whole(std::io::repeat(b'#')).unwrap_err();
        assert_eq!(error.to_string(), "it has more than 16 MiB");
    }
}
