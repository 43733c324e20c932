//! Specs one at a time, and against a real Kamailio.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail};
use lexopt::prelude::{Long, Value, ValueExt};

use crate::workspace::{KAMAILIO, cargo, root};

/// What the program ends with that has found a page to be wrong; cargo ends with another number when that does not compile.
const NOT_AS_TOLD: i32 = 1;

/// Runs `cargo xtask spec FILE… [--accept]`.
///
/// # Errors
/// When a page does not tell the truth.
pub fn run(mut parser: lexopt::Parser) -> Result<()> {
    let mut arguments = Vec::new();
    let mut files = 0;
    while let Some(argument) = parser.next()? {
        match argument {
            Long("accept") => arguments.push("--accept".into()),
            Value(file) => {
                files += 1;
                let file = PathBuf::from(file);
                let path = file
                    .canonicalize()
                    .with_context(|| format!("page {}", file.display()))?;
                arguments.push(path.into_os_string());
            }
            _ => return Err(argument.unexpected().into()),
        }
    }
    if files == 0 {
        bail!("which page? `cargo test -p specs` runs all of them");
    }
    runner(&arguments)
}

/// Runs `cargo xtask oracle [PART…] [--peer BINARY]`: the pages whose path contains one of the parts, or all, against the peer.
///
/// # Errors
/// When the peer is missing or answers otherwise.
pub fn oracle(mut parser: lexopt::Parser) -> Result<()> {
    let mut binary = KAMAILIO.to_owned();
    let mut parts = Vec::new();
    while let Some(argument) = parser.next()? {
        match argument {
            Long("peer") => binary = parser.value()?.string()?,
            Value(part) => parts.push(part.string()?),
            _ => return Err(argument.unexpected().into()),
        }
    }
    if !PathBuf::from(&binary).exists() {
        bail!("{binary} is not there: apt-get install kamailio, or name another binary");
    }
    let is_wanted = |page: &PathBuf| {
        let path = page.to_string_lossy();
        parts.is_empty() || parts.iter().any(|part| path.contains(part.as_str()))
    };
    let pages: Vec<PathBuf> = pages()?.into_iter().filter(is_wanted).collect();
    if pages.is_empty() {
        bail!("no page's path contains {}", parts.join(" or "));
    }
    let mut arguments = vec!["--oracle".into(), binary.into()];
    arguments.extend(pages.into_iter().map(PathBuf::into_os_string));
    runner(&arguments)
}

/// Runs `cargo xtask generate`: writes `docs/reference` anew.
///
/// # Errors
/// When a page cannot be written.
pub fn generate(mut parser: lexopt::Parser) -> Result<()> {
    if let Some(argument) = parser.next()? {
        return Err(argument.unexpected().into());
    }
    if !example("reference").status()?.success() {
        bail!("the reference pages were not written");
    }
    Ok(())
}

/// All pages, in order.
fn pages() -> Result<Vec<PathBuf>> {
    let mut folders = vec![root().join("specs")];
    for module in std::fs::read_dir(root().join("modules"))? {
        folders.push(module?.path().join("specs"));
    }
    let mut pages = Vec::new();
    for folder in folders.iter().filter(|folder| folder.is_dir()) {
        for entry in std::fs::read_dir(folder)? {
            let path = entry?.path();
            if path.extension().is_some_and(|extension| extension == "md") {
                pages.push(path);
            }
        }
    }
    pages.sort();
    Ok(pages)
}

fn runner(arguments: &[std::ffi::OsString]) -> Result<()> {
    let status = example("spec").arg("--").args(arguments).status()?;
    match status.code() {
        Some(0) => Ok(()),
        Some(NOT_AS_TOLD) => bail!("a page does not tell the truth"),
        _ => bail!("the pages were not run to their end"),
    }
}

/// The command that runs an example of the package `specs`.
fn example(name: &str) -> Command {
    let mut command = cargo();
    command.args(["run", "--quiet", "--package", "specs", "--example", name]);
    command
}
