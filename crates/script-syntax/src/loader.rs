//! What the preprocessor asks of the world.

use std::collections::BTreeMap;

/// Gives the preprocessor what it may not fetch itself.
pub trait SourceLoader {
    /// The content of a file. The path is as the script says it, or relative to the including file.
    fn read(&self, path: &str) -> Result<Vec<u8>, LoadError>;

    /// The value of an environment variable, `None` when it is not set.
    fn environment(&self, name: &str) -> Option<String>;
}

/// Why a file could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LoadError {
    /// There is no such file.
    #[error("there is no such file")]
    NotFound,
    /// There is one, but reading it failed.
    #[error("{0}")]
    Failed(String),
}

/// Files and variables held in memory: for tests, editors and scripts without includes.
#[derive(Clone, Debug, Default)]
pub struct MemoryLoader {
    /// Contents by path.
    pub files: BTreeMap<String, Vec<u8>>,
    /// Values by name.
    pub environment: BTreeMap<String, String>,
}

impl MemoryLoader {
    /// Neither files nor variables.
    pub fn new() -> MemoryLoader {
        MemoryLoader::default()
    }

    /// Adds a file.
    #[must_use]
    pub fn file(mut self, path: &str, text: &str) -> MemoryLoader {
        self.files.insert(path.to_owned(), text.as_bytes().to_vec());
        self
    }

    /// Sets an environment variable.
    #[must_use]
    pub fn variable(mut self, name: &str, value: &str) -> MemoryLoader {
        self.environment.insert(name.to_owned(), value.to_owned());
        self
    }
}

impl SourceLoader for MemoryLoader {
    fn read(&self, path: &str) -> Result<Vec<u8>, LoadError> {
        self.files.get(path).cloned().ok_or(LoadError::NotFound)
    }

    fn environment(&self, name: &str) -> Option<String> {
        self.environment.get(name).cloned()
    }
}
