//! Fuzzing by cargo-fuzz, one target after the other.

use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use lexopt::prelude::{Long, Value, ValueExt};

use crate::workspace::{cargo, root};

const MINUTES: f64 = 5.0;

/// Runs `cargo xtask fuzz [TARGET] [--minutes N]`.
///
/// # Errors
/// When cargo-fuzz is missing, the target is unknown, or a target found something.
pub fn run(mut parser: lexopt::Parser) -> Result<()> {
    let mut wanted = None;
    let mut minutes = MINUTES;
    while let Some(argument) = parser.next()? {
        match argument {
            Value(target) => wanted = Some(target.string()?),
            Long("minutes") => minutes = parser.value()?.parse()?,
            _ => return Err(argument.unexpected().into()),
        }
    }
    if !is_available() {
        bail!("cargo-fuzz is missing: cargo install cargo-fuzz --locked");
    }
    let all = targets()?;
    let chosen: Vec<&String> = match &wanted {
        Some(name) => all.iter().filter(|target| *target == name).collect(),
        None => all.iter().collect(),
    };
    if chosen.is_empty() {
        bail!("no such target; there are: {}", all.join(", "));
    }
    let seconds = (minutes * 60.0) as u64;
    for target in chosen {
        println!("== {target}, {minutes} minutes");
        fuzz(target, seconds)?;
    }
    Ok(())
}

fn is_available() -> bool {
    cargo()
        .args(["fuzz", "--version"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

fn targets() -> Result<Vec<String>> {
    let folder = root().join("fuzz/fuzz_targets");
    let entries = std::fs::read_dir(&folder).with_context(|| format!("reading {folder:?}"))?;
    let mut names: Vec<String> = entries
        .flatten()
        .filter_map(|entry| Some(entry.file_name().to_str()?.strip_suffix(".rs")?.to_owned()))
        .collect();
    names.sort();
    Ok(names)
}

fn fuzz(target: &str, seconds: u64) -> Result<()> {
    let mut command = cargo();
    command.args(["fuzz", "run", "--features", "libfuzzer"]);
    // The sanitizers are nightly features; coverage guidance works without them.
    if !is_nightly() {
        command.args(["--sanitizer", "none"]);
    }
    // What it comes upon is kept for the next time, but not among the files of the repository, which it begins with.
    let found = root().join("fuzz/target/corpus").join(target);
    std::fs::create_dir_all(&found).with_context(|| format!("making {found:?}"))?;
    let status = command
        .arg(target)
        .arg(found)
        .arg(root().join("fuzz/corpus").join(target))
        .arg("--")
        .arg(format!("-max_total_time={seconds}"))
        .status()?;
    if !status.success() {
        bail!("{target}: {status}; an input that broke it is in fuzz/artifacts/{target}");
    }
    Ok(())
}

fn is_nightly() -> bool {
    Command::new("rustc")
        .arg("--version")
        .output()
        .is_ok_and(|output| String::from_utf8_lossy(&output.stdout).contains("nightly"))
}
