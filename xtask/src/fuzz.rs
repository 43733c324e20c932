//! Fuzzing by cargo-fuzz and property tests with cases never seen, one target after the other.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, bail};
use lexopt::prelude::{Long, Value, ValueExt};

use crate::workspace::{Package, cargo, packages, root};

const MINUTES: f64 = 5.0;
/// The target that is no program of cargo-fuzz.
const PROPERTIES: &str = "properties";
/// What property tests depend on.
const PROPTEST: &str = "proptest";
/// Decides which cases property tests draw.
const SEED: &str = "PROPTEST_RNG_SEED";

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
    let all = targets()?;
    let chosen: Vec<&String> = match &wanted {
        Some(name) => all.iter().filter(|target| *target == name).collect(),
        None => all.iter().collect(),
    };
    if chosen.is_empty() {
        bail!("no such target; there are: {}", all.join(", "));
    }
    let length = Duration::try_from_secs_f64(minutes * 60.0)?;
    for target in chosen {
        println!("== {target}, {minutes} minutes");
        match target.as_str() {
            PROPERTIES => try_properties(length)?,
            _ => fuzz(target, length)?,
        }
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
    names.push(PROPERTIES.to_owned());
    names.sort();
    Ok(names)
}

/// Property tests with one seed after the other.
fn try_properties(length: Duration) -> Result<()> {
    let packages = packages()?;
    let has_properties =
        |package: &&Package| package.dependencies.iter().any(|it| it.name == PROPTEST);
    let named: Vec<String> = packages
        .iter()
        .filter(has_properties)
        .map(|package| format!("--package={}", package.name))
        .collect();
    let began = Instant::now();
    while began.elapsed() < length {
        let now = SystemTime::now().duration_since(UNIX_EPOCH)?;
        let seed = now.as_millis().to_string();
        let mut command = cargo();
        command
            .args(["test", "--quiet"])
            .args(&named)
            .env(SEED, &seed);
        let status = command.stdout(Stdio::null()).status()?;
        if !status.success() {
            bail!(
                "{status}; to see why: {SEED}={seed} cargo test {}",
                named.join(" ")
            );
        }
    }
    Ok(())
}

fn fuzz(target: &str, length: Duration) -> Result<()> {
    if !is_available() {
        bail!("cargo-fuzz is missing: cargo install cargo-fuzz --locked");
    }
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
        .arg(format!("-max_total_time={}", length.as_secs()))
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
