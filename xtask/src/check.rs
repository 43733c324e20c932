//! What CI runs, and nothing more: formatting, lints, house rules, every test, among them
//! the replay of the fuzz corpora.
//!
//! All steps run even when one fails, so that one run tells everything.

use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::workspace::cargo;
use crate::{packages, tidy};

/// A named step that passes or does not.
struct Step {
    name: &'static str,
    /// The part of the toolchain it needs beyond the compiler.
    component: Option<&'static Component>,
    run: fn() -> Result<()>,
}

/// A part of a Rust toolchain that a minimal installation lacks.
struct Component {
    /// What rustup calls it.
    name: &'static str,
    /// The cargo subcommand it brings.
    subcommand: &'static str,
}

const RUSTFMT: Component = Component {
    name: "rustfmt",
    subcommand: "fmt",
};

const CLIPPY: Component = Component {
    name: "clippy",
    subcommand: "clippy",
};

const STEPS: &[Step] = &[
    Step {
        name: "formatting",
        component: Some(&RUSTFMT),
        run: || {
            run(cargo().args(["fmt", "--all", "--check"]))
                .context("`cargo fmt --all` puts it right")
        },
    },
    Step {
        name: "lints",
        component: Some(&CLIPPY),
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
        component: None,
        run: tidy::run,
    },
    Step {
        name: "tests",
        component: None,
        run: || run(cargo().args(["test", "--workspace", "--no-fail-fast"])),
    },
];

/// Runs every step.
///
/// # Errors
/// When a step failed.
pub fn check() -> Result<()> {
    packages::install_missing();
    let mut failed = Vec::new();
    let mut skipped = Vec::new();
    for step in STEPS {
        println!("== {}", step.name);
        if let Some(component) = step.component
            && !component.is_available()
        {
            println!("{} is missing", component.name);
            skipped.push((step.name, component.name));
        } else if let Err(error) = (step.run)() {
            println!("{}: {error:#}", step.name);
            failed.push(step.name);
        }
    }
    packages::report_skipped();
    for (step, component) in skipped {
        println!("== SKIPPED {step}: rustup component add {component}");
    }
    if failed.is_empty() {
        println!("== all that ran passed");
        return Ok(());
    }
    bail!("== failed: {}", failed.join(", "))
}

impl Component {
    /// Whether it is there, perhaps because rustup could add it just now.
    fn is_available(&self) -> bool {
        self.answers() || {
            let _ = Command::new("rustup")
                .args(["component", "add", self.name])
                .status();
            self.answers()
        }
    }

    fn answers(&self) -> bool {
        cargo()
            .args([self.subcommand, "--version"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success())
    }
}

fn run(command: &mut Command) -> Result<()> {
    let status = command.status()?;
    if !status.success() {
        bail!("{status}");
    }
    Ok(())
}
