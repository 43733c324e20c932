//! The command line: Kamailio's options, and our own commands before them.

use crate::address::{is_alias, listen_addresses};
use crate::database::{self, DatabaseCommand};
use crate::users::{self, UserCommand};
use lexopt::{Arg, Parser, ValueExt};
use module_api::{ParamValue, Text};
use script_syntax::SubstitutionOption;
use server::Overrides;
use std::ffi::OsString;

/// What the command line asks for.
#[derive(Debug, PartialEq, Eq)]
pub enum Command {
    /// Start a server.
    Run(Box<Options>),
    /// Check the configuration (`-c`).
    Check(Box<Options>),
    /// Show the configuration after the preprocessor (`--cfg-print`).
    Print(Box<Options>),
    /// Show the version.
    Version,
    /// Show how the program was built (`-I`).
    Internals,
    /// Show the options.
    Help,
    /// `check FILE`: all diagnostics of a file, as text or JSON.
    Diagnose {
        /// The file and how it is to be read.
        options: Box<Options>,
        /// Whether JSON is wanted.
        json: bool,
    },
    /// `explain WORD`: what a code, function, variable or module is.
    Explain(String),
    /// `config print`: the built-in configuration.
    BuiltIn,
    /// `db …`: the tables of a database.
    Database(DatabaseCommand),
    /// `user …`: the subscribers in a database.
    User(Box<UserCommand>),
}

/// How a server is to run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// The configuration; none is the default place, `-` is standard input.
    pub config: Option<String>,
    /// The built-in configuration though there is one in the default place (`--built-in`).
    pub is_built_in: bool,
    /// Names for the preprocessor (`-A`).
    pub defines: Vec<(String, Option<String>)>,
    /// Substitutions for the preprocessor.
    pub substitutions: Vec<SubstitutionOption>,
    /// What wins over, or adds to, the configuration.
    pub overrides: Overrides,
    /// How often `-D` was given.
    pub foreground: u8,
    /// Log to standard error (`-E`).
    pub log_to_stderr: bool,
    /// The form of log records (`--log-engine`).
    pub log_engine: Option<String>,
    /// Write the process id there (`-P`).
    pub pid_file: Option<String>,
    /// Write the process group id there (`-G`).
    pub group_file: Option<String>,
    /// Work in this directory (`-w`).
    pub directory: Option<String>,
    /// Make this directory the root (`-t`).
    pub root: Option<String>,
    /// Run as this user (`-u`).
    pub user: Option<String>,
    /// Run as this group (`-g`).
    pub group: Option<String>,
    /// Words that mean nothing; upstream ignores them.
    pub ignored: Vec<String>,
    /// Log up to this level: `--debug` sets it, `-d` raises it from 0.
    level: Option<i64>,
}

/// Why the command line cannot be used.
#[derive(Debug, PartialEq, Eq)]
pub struct UsageError(pub String);

impl From<lexopt::Error> for UsageError {
    fn from(error: lexopt::Error) -> Self {
        UsageError(error.to_string())
    }
}

/// Reads the arguments after the program's name.
pub fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Command, UsageError> {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let word = |position: usize| arguments.get(position).and_then(|word| word.to_str());
    match word(0) {
        Some("check") => diagnose(arguments.into_iter().skip(1)),
        Some("explain") => match word(1) {
            Some(name) => Ok(Command::Explain(name.to_owned())),
            None => Err(UsageError("explain needs a code or a name".to_owned())),
        },
        Some("config") => match word(1) {
            Some("print") => Ok(Command::BuiltIn),
            _ => Err(UsageError("the command is: config print".to_owned())),
        },
        Some("db") => Ok(Command::Database(
            database::parse(words(&arguments)).map_err(UsageError)?,
        )),
        Some("user") => Ok(Command::User(Box::new(
            users::parse(words(&arguments)).map_err(UsageError)?,
        ))),
        // COMPAT: 5.6.3 would start with the default configuration. A mistyped command must not.
        Some(other) if !other.starts_with('-') => Err(UsageError(format!(
            "there is no command `{other}`; there are check, explain, config, db and user"
        ))),
        _ => options(arguments),
    }
}

/// The words behind the command's name.
fn words(arguments: &[OsString]) -> impl Iterator<Item = String> {
    let words = arguments.iter().skip(1);
    words.map(|word| word.to_string_lossy().into_owned())
}

fn diagnose(arguments: impl Iterator<Item = OsString>) -> Result<Command, UsageError> {
    let mut parser = Parser::from_args(arguments);
    let mut options = Options::default();
    let mut json = false;
    while let Some(argument) = parser.next()? {
        match argument {
            Arg::Long("json") => json = true,
            Arg::Long("help") | Arg::Short('h') => return Ok(Command::Help),
            Arg::Short('A') => define(&mut options, &text(&mut parser)?)?,
            Arg::Value(file) if options.config.is_none() => options.config = Some(file.string()?),
            Arg::Value(_) => return Err(UsageError("check takes one file".to_owned())),
            other => return Err(other.unexpected().into()),
        }
    }
    if options.config.is_none() {
        return Err(UsageError("check needs a file".to_owned()));
    }
    Ok(Command::Diagnose {
        options: Box::new(options),
        json,
    })
}

/// What kind of command the flags make it.
#[derive(Default)]
struct Mode {
    checks: bool,
    prints: bool,
    /// What was asked about the program itself; this wins over mistakes, as upstream.
    about: Option<Command>,
}

/// Reads Kamailio's options. All are read before the first mistake counts, so that `-h` helps whatever else is wrong.
fn options(arguments: Vec<OsString>) -> Result<Command, UsageError> {
    let mut parser = Parser::from_args(arguments);
    let mut options = Options::default();
    let mut mode = Mode::default();
    let mut mistake = None;
    loop {
        let result = match parser.next() {
            Ok(None) => break,
            Ok(Some(Arg::Short(flag))) => short(flag, &mut parser, &mut options, &mut mode),
            Ok(Some(Arg::Long(name))) => {
                full_name(name).and_then(|name| long(name, &mut parser, &mut options, &mut mode))
            }
            Ok(Some(Arg::Value(word))) => {
                options.ignored.push(word.to_string_lossy().into_owned());
                Ok(())
            }
            Err(error) => Err(error.into()),
        };
        if let Err(error) = result {
            mistake.get_or_insert(error);
        }
    }
    if let Some(level) = options.level {
        set(&mut options, "debug", ParamValue::Int(level));
    }
    let options = Box::new(options);
    match (mode.about, mistake) {
        (Some(about), _) => Ok(about),
        (None, Some(mistake)) => Err(mistake),
        (None, None) if mode.prints => Ok(Command::Print(options)),
        (None, None) if mode.checks => Ok(Command::Check(options)),
        (None, None) => Ok(Command::Run(options)),
    }
}

fn short(
    flag: char,
    parser: &mut Parser,
    options: &mut Options,
    mode: &mut Mode,
) -> Result<(), UsageError> {
    match flag {
        'h' => mode.about = Some(Command::Help),
        'v' | 'V' => mode.tell(Command::Version),
        'I' => mode.tell(Command::Internals),
        'c' => mode.checks = true,
        'f' => options.config = Some(text(parser)?),
        // Accepted: modules are part of the program.
        'L' => drop(text(parser)?),
        // Accepted: there are no memory pools, and buffers are parameters.
        'm' | 'M' => drop(number::<u64>(parser)?),
        'b' | 'B' | 'O' | 'Q' => drop(number::<i64>(parser)?),
        'x' | 'X' => drop(one_of(parser, &ALLOCATORS)?),
        'W' => drop(one_of(parser, &POLL_METHODS)?),
        'S' | 'r' | 'R' | 'K' => {}
        'd' => options.level = Some(options.level.unwrap_or(0).saturating_add(1)),
        'D' => options.foreground = options.foreground.saturating_add(1),
        'E' => options.log_to_stderr = true,
        'e' => set(options, "log_color", ParamValue::Int(1)),
        'T' => set(options, "disable_tcp", ParamValue::Int(1)),
        'n' => workers(parser, options, "children")?,
        'N' => workers(parser, options, "tcp_children")?,
        'l' => {
            let text = text(parser)?;
            let addresses = listen_addresses(&text)
                .ok_or_else(|| UsageError(format!("`{text}` is no address to listen on")))?;
            options.overrides.listens.extend(addresses);
        }
        'a' => {
            let is_on = matches!(
                one_of(parser, &["yes", "on", "no", "off"])?.as_str(),
                "yes" | "on"
            );
            set(options, "auto_aliases", ParamValue::Int(is_on.into()));
        }
        'A' => define(options, &text(parser)?)?,
        'P' => options.pid_file = Some(text(parser)?),
        'G' => options.group_file = Some(text(parser)?),
        'w' => options.directory = Some(text(parser)?),
        't' => options.root = Some(text(parser)?),
        'u' => options.user = Some(text(parser)?),
        'g' => options.group = Some(text(parser)?),
        'Y' => {
            let directory = text(parser)?;
            set(options, "run_dir", ParamValue::Text(Text::from(directory)));
        }
        other => return Err(UsageError(format!("there is no option -{other}"))),
    }
    Ok(())
}

/// What memory managers upstream calls by which names.
const ALLOCATORS: [&str; 6] = ["fm", "f_malloc", "qm", "q_malloc", "tlsf", "tlsf_malloc"];

/// What poll methods upstream knows; which of them a system has does not matter.
const POLL_METHODS: [&str; 7] = [
    "poll",
    "epoll_lt",
    "epoll_et",
    "sigio_rt",
    "select",
    "kqueue",
    "/dev/poll",
];

/// All long options.
const LONG: [&str; 17] = [
    "alias",
    "all-errors",
    "atexit",
    "built-in",
    "cfg-print",
    "debug",
    "domain",
    "help",
    "iuid",
    "loadmodule",
    "log-engine",
    "modparam",
    "server-id",
    "subst",
    "substdef",
    "substdefs",
    "version",
];

/// The option of which this is the name, or a beginning that no other has (`getopt_long(3)`).
fn full_name(given: &str) -> Result<&'static str, UsageError> {
    if let Some(name) = LONG.into_iter().find(|name| *name == given) {
        return Ok(name);
    }
    let mut candidates = LONG.into_iter().filter(|name| name.starts_with(given));
    match (candidates.next(), candidates.next()) {
        (Some(name), None) => Ok(name),
        (Some(_), Some(_)) => Err(UsageError(format!("--{given} may mean several options"))),
        (None, _) => Err(UsageError(format!("there is no option --{given}"))),
    }
}

fn long(
    name: &str,
    parser: &mut Parser,
    options: &mut Options,
    mode: &mut Mode,
) -> Result<(), UsageError> {
    match name {
        "help" => mode.about = Some(Command::Help),
        "version" => mode.tell(Command::Version),
        "built-in" => options.is_built_in = true,
        "cfg-print" => mode.prints = true,
        "alias" | "domain" => {
            let alias = text(parser)?;
            if !is_alias(&alias) {
                return Err(UsageError(format!("`{alias}` is no [proto:]host[:port]")));
            }
            options.overrides.aliases.push(alias);
        }
        "atexit" => {
            // Only the beginning counts, and a number is all of it.
            let mode = text(parser)?;
            if !mode.starts_with(['y', 'n']) && mode != "0" && mode != "1" {
                return Err(UsageError(format!(
                    "--atexit takes yes or no, not `{mode}`"
                )));
            }
        }
        "debug" => options.level = Some(number_or_zero(parser)?),
        "server-id" => {
            let id = number_or_zero(parser)?;
            set(options, "server_id", ParamValue::Int(id));
        }
        "loadmodule" => {
            let path = text(parser)?;
            let file = path.rsplit('/').next().unwrap_or(&path);
            options
                .overrides
                .modules
                .push(file.strip_suffix(".so").unwrap_or(file).to_owned());
        }
        "modparam" => {
            let parameter = text(parser)?;
            options.overrides.params.push(module_parameter(&parameter)?);
        }
        "subst" => options
            .substitutions
            .push(SubstitutionOption::Text(text(parser)?)),
        "substdef" => options
            .substitutions
            .push(SubstitutionOption::Define(text(parser)?)),
        "substdefs" => options
            .substitutions
            .push(SubstitutionOption::QuotedDefine(text(parser)?)),
        "log-engine" => options.log_engine = Some(text(parser)?),
        // Accepted: no seed is shared with other programs.
        "iuid" => drop(text(parser)?),
        // `all-errors`: what it asks for is always so.
        _ => {}
    }
    Ok(())
}

impl Mode {
    /// Notes a question about the program. The first counts.
    fn tell(&mut self, about: Command) {
        self.about.get_or_insert(about);
    }
}

/// `module:parameter:type:value`, where the type is `i` or `s`.
fn module_parameter(parameter: &str) -> Result<(String, String, ParamValue), UsageError> {
    let bad = || {
        UsageError(format!(
            "--modparam takes module:name:i:number or module:name:s:text, not `{parameter}`"
        ))
    };
    let mut parts = parameter.splitn(4, ':');
    let (Some(module), Some(name), Some(kind), Some(value)) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(bad());
    };
    let value = match kind {
        "i" => ParamValue::Int(value.parse().map_err(|_| bad())?),
        "s" => ParamValue::Text(Text::from(value)),
        _ => return Err(bad()),
    };
    Ok((module.to_owned(), name.to_owned(), value))
}

/// `NAME` or `NAME=VALUE`.
fn define(options: &mut Options, text: &str) -> Result<(), UsageError> {
    let (name, value) = match text.split_once('=') {
        Some((name, value)) => (name, Some(value.to_owned())),
        None => (text, None),
    };
    if name.is_empty() {
        return Err(UsageError(format!(
            "-A takes NAME or NAME=VALUE, not `{text}`"
        )));
    }
    if options.defines.iter().any(|(known, _)| known == name) {
        return Err(UsageError(format!("`{name}` is defined twice")));
    }
    options.defines.push((name.to_owned(), value));
    Ok(())
}

fn set(options: &mut Options, name: &str, value: ParamValue) {
    options.overrides.settings.push((name.to_owned(), value));
}

/// A number of workers, which is only a hint: upstream starts with a negative one too.
fn workers(parser: &mut Parser, options: &mut Options, name: &str) -> Result<(), UsageError> {
    let count = number::<i64>(parser)?.max(0);
    set(options, name, ParamValue::Int(count));
    Ok(())
}

fn number<T: std::str::FromStr>(parser: &mut Parser) -> Result<T, UsageError> {
    let value = text(parser)?;
    value
        .parse()
        .map_err(|_| UsageError(format!("`{value}` is no number")))
}

/// A number of 32 bits; nothing is 0, as upstream.
fn number_or_zero(parser: &mut Parser) -> Result<i64, UsageError> {
    let value = text(parser)?;
    if value.is_empty() {
        return Ok(0);
    }
    value
        .parse::<i32>()
        .map(i64::from)
        .map_err(|_| UsageError(format!("`{value}` is no number")))
}

fn one_of(parser: &mut Parser, known: &[&str]) -> Result<String, UsageError> {
    let value = text(parser)?;
    match known.contains(&value.as_str()) {
        true => Ok(value),
        false => Err(UsageError(format!(
            "`{value}` is none of {}",
            known.join(", ")
        ))),
    }
}

fn text(parser: &mut Parser) -> Result<String, UsageError> {
    Ok(parser.value()?.string()?)
}

#[cfg(test)]
mod tests;
