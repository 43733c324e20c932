//! A log that grows.

use std::fs::File;
use std::io::{self, Read};

use crate::bench::server::Running;

/// The log of a server that runs.
pub struct Log {
    file: File,
    /// Octets of a line that has not ended.
    rest: Vec<u8>,
}

impl Log {
    /// From its beginning.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn open(running: &Running) -> io::Result<Self> {
        Ok(Self {
            file: File::open(running.log())?,
            rest: Vec::new(),
        })
    }

    /// The lines since the last look.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn lines(&mut self) -> io::Result<Vec<String>> {
        self.file.read_to_end(&mut self.rest)?;
        let mut lines = Vec::new();
        while let Some(end) = self.rest.iter().position(|&octet| octet == b'\n') {
            let line: Vec<u8> = self.rest.drain(..=end).collect();
            lines.push(String::from_utf8_lossy(&line).trim_end().to_owned());
        }
        Ok(lines)
    }
}
