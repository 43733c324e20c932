//! Runs single pages: `spec FILE… [--accept]`, or asks a real Kamailio: `spec --oracle BINARY [FILE…]`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use testkit::{Spec, accept_ladders, oracle, run_spec};

fn main() -> ExitCode {
    let mut files = Vec::new();
    let mut accept = false;
    let mut peer = None;
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--accept" => accept = true,
            "--oracle" => peer = arguments.next(),
            file => files.push(PathBuf::from(file)),
        }
    }
    let mut good = true;
    for file in files {
        let result = match &peer {
            Some(binary) => ask(&file, Path::new(binary)).map(|()| "as told"),
            None if accept => rewrite(&file).map(|()| "the ladders are written"),
            None => run(&file).map(|()| "as told"),
        };
        match result {
            Ok(outcome) => println!("{}: {outcome}", file.display()),
            Err(reason) => {
                println!("{}: {reason}", file.display());
                good = false;
            }
        }
    }
    if good {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn read(file: &Path) -> Result<String, String> {
    fs::read_to_string(file).map_err(|error| error.to_string())
}

fn run(file: &Path) -> Result<(), String> {
    let spec = Spec::parse(&read(file)?)?;
    run_spec(&spec, mod_all::MODULES).map_err(|failure| failure.to_string())
}

fn rewrite(file: &Path) -> Result<(), String> {
    let page = accept_ladders(&read(file)?, mod_all::MODULES)?;
    fs::write(file, page).map_err(|error| error.to_string())
}

fn ask(file: &Path, binary: &Path) -> Result<(), String> {
    let spec = Spec::parse(&read(file)?)?;
    let directory = std::env::temp_dir().join(format!("kahea-oracle-{}", std::process::id()));
    fs::create_dir_all(&directory).map_err(|error| error.to_string())?;
    let verdict = oracle::compare(&spec, binary, &directory);
    let _ = fs::remove_dir_all(&directory);
    let verdict = verdict.map_err(|error| error.to_string())?;
    if !verdict.differences.is_empty() {
        return Err(verdict.differences.join("\n"));
    }
    if verdict.skipped > 0 {
        println!(
            "{}: {} blocks are ours alone",
            file.display(),
            verdict.skipped
        );
    }
    Ok(())
}
