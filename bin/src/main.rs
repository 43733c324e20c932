//! The SIP server: arguments in, server started; no logic.

mod address;
mod allocator;
mod commands;
mod daemon;
mod database;
mod explain;
mod files;
mod footprint;
mod options;
mod signals;
mod state;
mod usage;
mod users;

use options::Command;
use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: allocator::Allocator = allocator::Allocator;

/// What a wrong command line or configuration ends with, as upstream.
const FAILED: u8 = 255;

fn main() -> ExitCode {
    let command = match options::parse(std::env::args_os().skip(1)) {
        Ok(command) => command,
        Err(error) => {
            commands::tell(format_args!(
                "kahea: {} (kahea -h lists the options)",
                error.0
            ));
            return ExitCode::from(FAILED);
        }
    };
    match command {
        Command::Help => commands::show(usage::HELP),
        Command::Version => commands::show(usage::version()),
        Command::Internals => commands::show(usage::internals()),
        Command::BuiltIn => commands::show(files::BUILT_IN),
        Command::Database(command) => return database::run(&command),
        Command::User(command) => return users::run(&command),
        Command::Explain(word) => return explain::explain(&word),
        Command::Check(options) => return commands::check(&options),
        Command::Diagnose { options, json } => return commands::diagnose(&options, json),
        Command::Print(options) => return commands::print(&options),
        Command::Run(options) => return commands::run(&options),
    }
    ExitCode::SUCCESS
}
