//! What CI runs, and nothing more: formatting, lints, house rules, every test.
//!
//! All steps run even when one fails, so that one run tells everything.

use std::process::Command;

use anyhow::{Result, bail};

use crate::workspace::{cargo, root};
use crate::{packages, tidy};

/// A named step that passes or does not.
struct Step {
    name: &'static str,
    run: fn() -> Result<()>,
}

const STEPS: &[Step] = &[
    Step {
        name: "formatting",
        run: || run(cargo().args(["fmt", "--all", "--check"])),
    },
    Step {
        name: "lints",
        run: || {
            run(cargo().args([
                "clippy",
                "--workspace",
                "--all-targets",
                "--",
                "-D",
                "warnings",
            ]))
        },
    },
    Step {
        name: "house rules",
        run: tidy::run,
    },
    Step {
        name: "tests",
        run: || run(cargo().args(["test", "--workspace", "--no-fail-fast"])),
    },
    Step {
        name: "fuzz corpus",
        run: replay_corpus,
    },
];

/// Runs every step.
///
/// # Errors
/// When a step failed.
pub fn check() -> Result<()> {
    packages::install_missing();
    let mut failed = Vec::new();
    for step in STEPS {
        println!("== {}", step.name);
        if let Err(error) = (step.run)() {
            println!("{}: {error:#}", step.name);
            failed.push(step.name);
        }
    }
    packages::report_skipped();
    if failed.is_empty() {
        println!("== all passed");
        return Ok(());
    }
    bail!("== failed: {}", failed.join(", "))
}

fn run(command: &mut Command) -> Result<()> {
    let status = command.status()?;
    if !status.success() {
        bail!("{status}");
    }
    Ok(())
}

/// The fuzz targets' tests feed every file of the corpora to their target once.
fn replay_corpus() -> Result<()> {
    let manifest = root().join("fuzz/Cargo.toml");
    run(cargo().arg("test").arg("--manifest-path").arg(manifest))
}
