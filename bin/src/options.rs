//! The command line: Kamailio's options, and our own commands before them.

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
}

/// How a server is to run.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// The configuration; none is the default place, `-` is standard input.
    pub config: Option<String>,
    /// Names for the preprocessor (`-A`).
    pub defines: Vec<(String, Option<String>)>,
    /// Substitutions for the preprocessor.
    pub substitutions: Vec<SubstitutionOption>,
    /// What wins over, or adds to, the configuration.
    pub overrides: Overrides,
    /// How often `-d` was given.
    pub louder: i64,
    /// How often `-D` was given.
    pub foreground: u8,
    /// Log to standard error (`-E`).
    pub log_to_stderr: bool,
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
    let first = arguments
        .first()
        .and_then(|first| first.to_str())
        .unwrap_or("");
    match first {
        "check" => diagnose(arguments.into_iter().skip(1)),
        "explain" => match arguments.get(1).and_then(|word| word.to_str()) {
            Some(word) => Ok(Command::Explain(word.to_owned())),
            None => Err(UsageError("explain needs a code or a name".to_owned())),
        },
        "config" => match arguments.get(1).and_then(|word| word.to_str()) {
            Some("print") => Ok(Command::BuiltIn),
            _ => Err(UsageError("the command is: config print".to_owned())),
        },
        _ => options(arguments),
    }
}

fn diagnose(arguments: impl Iterator<Item = OsString>) -> Result<Command, UsageError> {
    let mut parser = Parser::from_args(arguments);
    let mut options = Options::default();
    let mut json = false;
    while let Some(argument) = parser.next()? {
        match argument {
            Arg::Long("json") => json = true,
            Arg::Short('A') => options.defines.push(define(&text(&mut parser)?)),
            Arg::Value(file) => options.config = Some(file.string()?),
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
#[derive(Clone, Copy, PartialEq)]
enum Mode {
    Run,
    Check,
    Print,
}

fn options(arguments: Vec<OsString>) -> Result<Command, UsageError> {
    let mut parser = Parser::from_args(arguments);
    let mut options = Options::default();
    let mut mode = Mode::Run;
    while let Some(argument) = parser.next()? {
        match argument {
            Arg::Short('h') | Arg::Long("help") => return Ok(Command::Help),
            Arg::Short('v' | 'V') | Arg::Long("version") => return Ok(Command::Version),
            Arg::Short('I') => return Ok(Command::Internals),
            Arg::Short('c') => mode = Mode::Check,
            Arg::Long("cfg-print") => mode = Mode::Print,
            Arg::Short(flag) => short(flag, &mut parser, &mut options)?,
            Arg::Long(name) => {
                let name = name.to_owned();
                long(&name, &mut parser, &mut options)?;
            }
            Arg::Value(value) => {
                return Err(UsageError(format!(
                    "what is `{}` for?",
                    value.to_string_lossy()
                )));
            }
        }
    }
    let options = Box::new(options);
    Ok(match mode {
        Mode::Run => Command::Run(options),
        Mode::Check => Command::Check(options),
        Mode::Print => Command::Print(options),
    })
}

fn short(flag: char, parser: &mut Parser, options: &mut Options) -> Result<(), UsageError> {
    match flag {
        'f' => options.config = Some(text(parser)?),
        'L' | 'm' | 'M' | 'x' | 'X' | 'b' | 'B' | 'O' | 'Q' | 'W' => {
            // Accepted: modules are part of the program, and there are no memory pools or poll methods to choose.
            text(parser)?;
        }
        'S' | 'r' | 'R' | 'K' => {}
        'd' => options.louder += 1,
        'D' => options.foreground = options.foreground.saturating_add(1),
        'E' => options.log_to_stderr = true,
        'e' => set(options, "log_color", ParamValue::Int(1)),
        'T' => set(options, "disable_tcp", ParamValue::Int(1)),
        'n' => number(parser, options, "children")?,
        'N' => number(parser, options, "tcp_children")?,
        'l' => options.overrides.listens.push(text(parser)?),
        'a' => {
            let mode = match text(parser)?.as_str() {
                "yes" | "on" => 1,
                "no" | "off" => 0,
                other => return Err(UsageError(format!("-a takes yes or no, not `{other}`"))),
            };
            set(options, "auto_aliases", ParamValue::Int(mode));
        }
        'A' => options.defines.push(define(&text(parser)?)),
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

fn long(name: &str, parser: &mut Parser, options: &mut Options) -> Result<(), UsageError> {
    match name {
        "alias" | "domain" => options.overrides.aliases.push(text(parser)?),
        "atexit" => {
            let mode = text(parser)?;
            if !["y", "yes", "1", "n", "no", "0"].contains(&mode.as_str()) {
                return Err(UsageError(format!(
                    "--atexit takes yes or no, not `{mode}`"
                )));
            }
        }
        "debug" => {
            let level = text(parser)?;
            let level = level
                .parse()
                .map_err(|_| UsageError(format!("`{level}` is no level")))?;
            set(options, "debug", ParamValue::Int(level));
        }
        "server-id" => number(parser, options, "server_id")?,
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
        // Accepted: there is one logger, and no seed is shared with other programs.
        "log-engine" | "iuid" => {
            text(parser)?;
        }
        // What it asks for is always so.
        "all-errors" => {}
        other => return Err(UsageError(format!("there is no option --{other}"))),
    }
    Ok(())
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

fn define(text: &str) -> (String, Option<String>) {
    match text.split_once('=') {
        Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
        None => (text.to_owned(), None),
    }
}

fn set(options: &mut Options, name: &str, value: ParamValue) {
    options.overrides.settings.push((name.to_owned(), value));
}

fn number(parser: &mut Parser, options: &mut Options, name: &str) -> Result<(), UsageError> {
    let value = text(parser)?;
    let value = value
        .parse()
        .map_err(|_| UsageError(format!("`{value}` is no number")))?;
    set(options, name, ParamValue::Int(value));
    Ok(())
}

fn text(parser: &mut Parser) -> Result<String, UsageError> {
    Ok(parser.value()?.string()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(arguments: &[&str]) -> Result<Command, UsageError> {
        parse(arguments.iter().map(OsString::from))
    }

    fn run(arguments: &[&str]) -> Options {
        match parsed(arguments) {
            Ok(Command::Run(options)) => *options,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn kamailios_usual_options_are_understood() {
        let options = run(&[
            "-f",
            "k.cfg",
            "-DD",
            "-E",
            "-m",
            "64",
            "-M8",
            "-P",
            "/run/k.pid",
            "-A",
            "X=1",
            "-A",
            "Y",
            "-l",
            "udp:127.0.0.1:5070",
            "--alias=example.org",
            "--modparam=xlog:prefix:s:PFX-",
            "--loadmodule=/x/sl.so",
        ]);
        assert_eq!(options.config.as_deref(), Some("k.cfg"));
        assert_eq!((options.foreground, options.log_to_stderr), (2, true));
        assert_eq!(options.pid_file.as_deref(), Some("/run/k.pid"));
        assert_eq!(
            options.defines,
            [("X".into(), Some("1".into())), ("Y".into(), None)]
        );
        assert_eq!(options.overrides.listens, ["udp:127.0.0.1:5070"]);
        assert_eq!(options.overrides.modules, ["sl"]);
        let value = ParamValue::Text(Text::from_static("PFX-"));
        assert_eq!(
            options.overrides.params,
            [("xlog".into(), "prefix".into(), value)]
        );
    }

    #[test]
    fn what_is_no_option_is_refused() {
        for arguments in [
            &["-Z"][..],
            &["--nothing"],
            &["-a", "perhaps"],
            &["--atexit=perhaps"],
            &["-n", "many"],
            &["--modparam=a:b"],
            &["stray"],
            &["-f"],
        ] {
            assert!(parsed(arguments).is_err(), "{arguments:?}");
        }
    }

    #[test]
    fn our_own_commands_come_first() {
        assert_eq!(
            parsed(&["explain", "N0001"]),
            Ok(Command::Explain("N0001".into()))
        );
        assert_eq!(parsed(&["config", "print"]), Ok(Command::BuiltIn));
        let check = parsed(&["check", "k.cfg", "--json"]);
        assert!(matches!(check, Ok(Command::Diagnose { json: true, .. })));
        assert!(parsed(&["check"]).is_err());
    }
}
