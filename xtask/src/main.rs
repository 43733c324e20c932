//! Every automation of the project, behind `cargo xtask`.
//!
//! There is one file or folder per subcommand. The crate knows the repository's layout and runs cargo and other programs;
//! it knows nothing of SIP beyond what `bench` and `differ` send. Read [`Subcommand`] first.

mod bench;
mod check;
mod database;
mod differ;
mod fuzz;
mod new_module;
mod packages;
mod random;
mod spec;
mod tidy;
mod workspace;

use std::process::ExitCode;

use anyhow::{Result, bail};

/// A name, its one-line description, and what runs.
struct Subcommand {
    name: &'static str,
    about: &'static str,
    run: fn(lexopt::Parser) -> Result<()>,
}

const SUBCOMMANDS: &[Subcommand] = &[
    Subcommand {
        name: "check",
        about: "what CI runs: formatting, lints, house rules, tests",
        run: |parser| without_arguments(parser).and_then(|()| check::check()),
    },
    Subcommand {
        name: "tidy",
        about: "the house rules that a program can check",
        run: |parser| without_arguments(parser).and_then(|()| tidy::run()),
    },
    Subcommand {
        name: "new-module",
        about: "NAME ABOUT: a module folder to begin with, listed in modules/all",
        run: new_module::run,
    },
    Subcommand {
        name: "fuzz",
        about: "[TARGET] [--minutes N]: the fuzz targets and new cases for property tests, one after the other",
        run: fuzz::run,
    },
    Subcommand {
        name: "generate",
        about: "docs/reference, from the catalog",
        run: spec::generate,
    },
    Subcommand {
        name: "spec",
        about: "FILE… [--accept]: runs pages of specs, or rewrites their ladders",
        run: spec::run,
    },
    Subcommand {
        name: "oracle",
        about: "[PART…] [--peer BINARY]: pages whose path contains a PART, or all, against a real Kamailio",
        run: spec::oracle,
    },
    Subcommand {
        name: "differ",
        about: "[--family NAME] [--seed N] …: random call flows or registrations through our server and a real Kamailio",
        run: differ::run,
    },
    Subcommand {
        name: "bench",
        about: "side by side with another server: CPU, latency, memory, highest rate",
        run: bench::run,
    },
];

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    let mut parser = lexopt::Parser::from_env();
    let Some(lexopt::Arg::Value(name)) = parser.next()? else {
        print_usage();
        return Ok(());
    };
    match SUBCOMMANDS.iter().find(|command| name == command.name) {
        Some(command) => (command.run)(parser),
        None => {
            print_usage();
            bail!("no subcommand {}", name.to_string_lossy())
        }
    }
}

fn without_arguments(mut parser: lexopt::Parser) -> Result<()> {
    match parser.next()? {
        Some(argument) => Err(argument.unexpected().into()),
        None => Ok(()),
    }
}

fn print_usage() {
    println!("usage: cargo xtask SUBCOMMAND\n");
    for command in SUBCOMMANDS {
        println!("  {:<12} {}", command.name, command.about);
    }
}
