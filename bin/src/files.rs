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

/// The file system and the environment, for the preprocessor.
pub struct System;

impl SourceLoader for System {
    fn read(&self, path: &str) -> Result<Vec<u8>, LoadError> {
        std::fs::read(path).map_err(|error| match error.kind() {
            ErrorKind::NotFound => LoadError::NotFound,
            _ => LoadError::Failed(error.to_string()),
        })
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
            let mut bytes = Vec::new();
            std::io::stdin()
                .read_to_end(&mut bytes)
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

fn read(path: &str) -> Result<Source, String> {
    match std::fs::read(path) {
        Ok(bytes) => Ok(Source {
            name: path.to_owned(),
            text: script_syntax::decode(&bytes).0,
        }),
        Err(error) => Err(format!("cannot read {path}: {error}")),
    }
}
