//! What each command does: reads the configuration, hands it to the server, reports.

use crate::FAILED;
use crate::allocator;
use crate::daemon::{self, Attachment, Detached, Plan, Readiness};
use crate::files::{self, System};
use crate::footprint;
use crate::options::Options;
use crate::signals::{Request, Signals};
use crate::state;
use crate::usage;
use diagnostics::{Color, Severity, render_json, render_line, render_text};
use module_api::Text;
use server::{Draft, LogForm, StartError, Stderr, Syslog};
use std::fmt::Display;
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;
use telemetry::format::Colour;
use telemetry::{LogLevel, LogSink, Logger};

/// Reads the configuration that the options name.
fn draft(options: &Options) -> Result<Draft, ExitCode> {
    let source = files::source(options).map_err(|error| {
        tell(format_args!("kahea: {error}"));
        ExitCode::from(FAILED)
    })?;
    let mut reading = script_syntax::Options {
        defines: options.defines.clone(),
        substitutions: options.substitutions.clone(),
        ..script_syntax::Options::default()
    };
    if files::is_built_in(options) {
        define(&mut reading.defines, "DBURL", Some(state::database_url()));
        define(&mut reading.defines, "SECRET", state::secret());
    }
    let mut draft = server::read(
        &source.name,
        &source.text,
        &System,
        &reading,
        &options.overrides,
    );
    draft.settings.log.stderror |= options.log_to_stderr;
    server::know_names(&mut draft);
    Ok(draft)
}

/// The folder of the control sockets, where the built-in configuration cannot have them in the usual one.
fn run_folder(options: &Options, draft: &Draft) -> Option<PathBuf> {
    let mut settings = options.overrides.settings.iter();
    if !files::is_built_in(options) || settings.any(|(name, _)| name == "run_dir") {
        return None;
    }
    let usual = draft.settings.process.run_folder.to_str_lossy();
    state::run_folder(Path::new(&*usual))
}

/// Defines a quoted text, unless the command line has defined that name.
fn define(defines: &mut Vec<(String, Option<String>)>, name: &str, text: Option<String>) {
    let Some(text) = text else { return };
    if defines.iter().all(|(known, _)| known != name) {
        defines.push((name.to_owned(), Some(format!("\"{text}\""))));
    }
}

/// Where messages go: standard error when asked for, else the system's log.
fn logger(draft: &Draft, options: &Options) -> Arc<Logger> {
    let settings = &draft.settings;
    let engine = match &options.log_engine {
        Some(engine) => engine.clone(),
        None => format!("{}:{}", settings.log.engine_type, settings.log.engine_data),
    };
    let form = LogForm::named(&engine);
    let sink: Box<dyn LogSink> = if settings.log.stderror {
        let colour = match settings.log.color {
            true => Colour::On,
            false => Colour::Off,
        };
        Box::new(Stderr::new(form.unwrap_or(LogForm::Plain), colour))
    } else {
        let name = match settings.log.name.to_str() {
            Some(name) if !name.is_empty() => name,
            _ => "kahea",
        };
        let form = form.unwrap_or(LogForm::Plain);
        Box::new(Syslog::new(name, settings.log.facility.0, form))
    };
    let logger = Logger::new(settings.debug.clamp(-10, 10) as i8, sink);
    if form.is_none() {
        logger.log(
            LogLevel::Warning,
            Duration::ZERO,
            format_args!("there is no log engine `{engine}`: plain lines are written"),
        );
    }
    Arc::new(logger)
}

/// How many errors, and how many warnings, are written at most.
const SHOWN_MAX: usize = 200;

/// Writes the diagnostics to standard error: errors in one line in Kamailio's manner, then each at length.
fn report(draft: &Draft) {
    let color = if std::io::stderr().is_terminal() {
        Color::Always
    } else {
        Color::Never
    };
    let (mut errors, mut others) = (0, 0);
    for diagnostic in &draft.diagnostics {
        let seen = match diagnostic.is_error() {
            true => &mut errors,
            false => &mut others,
        };
        *seen += 1;
        if *seen > SHOWN_MAX {
            continue;
        }
        if diagnostic.is_error() {
            tell(render_line(diagnostic, &draft.sources));
        }
        tell(render_text(diagnostic, &draft.sources, color));
    }
    let hidden = [errors, others].map(|seen: usize| seen.saturating_sub(SHOWN_MAX));
    if let [errors, others] = hidden
        && errors + others > 0
    {
        tell(format_args!(
            "{errors} more errors and {others} more warnings are not shown"
        ));
    }
}

/// `-c`: 0 when the server would start with the configuration.
pub fn check(options: &Options) -> ExitCode {
    let mut draft = match draft(options) {
        Ok(draft) => draft,
        Err(code) => return code,
    };
    let logger = logger(&draft, options);
    let good = server::check(&mut draft, mod_all::MODULES, logger);
    report(&draft);
    if !good {
        tell(format_args!(
            "ERROR: bad config file ({} errors)",
            errors(&draft)
        ));
        return ExitCode::from(FAILED);
    }
    if let Err(code) = plan(options, &draft) {
        return code;
    }
    tell("config file ok, exiting...");
    list(&draft);
    ExitCode::SUCCESS
}

/// What is to become of the process.
fn plan(options: &Options, draft: &Draft) -> Result<Plan, ExitCode> {
    Plan::new(options, &draft.settings).map_err(|error| {
        tell(error);
        ExitCode::from(FAILED)
    })
}

/// What will be listened on, and the names of us, in Kamailio's form.
fn list(draft: &Draft) {
    let mut text = String::from("Listening on \n");
    for spec in &draft.listens {
        text.push_str(&format!(
            "             {}\n",
            usage::listening(spec, draft.settings.auto_aliases)
        ));
    }
    text.push_str("Aliases: \n");
    for alias in draft.aliases.iter().rev() {
        text.push_str(&format!("             {}\n", usage::alias(alias)));
    }
    show(format_args!("{text}\n"));
}

fn errors(draft: &Draft) -> usize {
    draft
        .diagnostics
        .iter()
        .filter(|diagnostic| diagnostic.is_error())
        .count()
}

/// `check FILE`: all diagnostics; 1 when one of them is an error.
pub fn diagnose(options: &Options, json: bool) -> ExitCode {
    let mut draft = match draft(options) {
        Ok(draft) => draft,
        Err(code) => return code,
    };
    let logger = logger(&draft, options);
    let good = server::check(&mut draft, mod_all::MODULES, logger);
    if json {
        show(format_args!(
            "{}\n",
            render_json(&draft.diagnostics, &draft.sources)
        ));
    } else {
        report(&draft);
        let of = |severity| {
            let all = draft.diagnostics.iter();
            all.filter(|diagnostic| diagnostic.severity == severity)
                .count()
        };
        tell(format_args!(
            "{} errors, {} warnings, {} notes",
            of(Severity::Error),
            of(Severity::Warning),
            of(Severity::Note)
        ));
    }
    ExitCode::from(u8::from(!good))
}

/// `--cfg-print`: the configuration as the preprocessor leaves it.
pub fn print(options: &Options) -> ExitCode {
    let source = match files::source(options) {
        Ok(source) => source,
        Err(error) => {
            tell(format_args!("kahea: {error}"));
            return ExitCode::from(FAILED);
        }
    };
    let reading = script_syntax::Options {
        defines: options.defines.clone(),
        substitutions: options.substitutions.clone(),
        ..script_syntax::Options::default()
    };
    let parsed = script_syntax::parse(&source.name, &source.text, &System, &reading);
    show(script_syntax::print_active(&parsed.tokens, &parsed.sources));
    ExitCode::SUCCESS
}

/// Starts a server and stays until it is told to stop.
pub fn run(options: &Options) -> ExitCode {
    if files::is_built_in(options) {
        match state::prepare() {
            Ok(is_new) => {
                if is_new {
                    show(state::WELCOME);
                }
            }
            Err(reason) => return failure("not started", reason),
        }
    } else if options.config.is_none() {
        let path = usage::DEFAULT_CONFIG;
        tell(format_args!(
            "kahea: this is {path}; --built-in starts the built-in configuration"
        ));
    }
    let mut draft = match draft(options) {
        Ok(draft) => draft,
        Err(code) => return code,
    };
    let moved = run_folder(options, &draft);
    if let Some(folder) = &moved {
        draft.settings.process.run_folder = Text::from(folder.display().to_string());
    }
    for word in &options.ignored {
        tell(format_args!("kahea: `{word}` is ignored"));
    }
    if draft.has_errors() {
        // What else is wrong is said, too.
        let logger = logger(&draft, options);
        server::check(&mut draft, mod_all::MODULES, logger);
        report(&draft);
        return failure("not started", StartError::Configuration);
    }
    let plan = match plan(options, &draft) {
        Ok(plan) => plan,
        Err(code) => return code,
    };
    if plan.is_running() {
        return failure("not started", "the process of the pid file runs");
    }
    plan.account.enter_into(&mut draft.settings.process);
    list(&draft);
    if let Some(folder) = &moved {
        let folder = folder.display();
        show(format_args!(
            "Control socket: kamcmd -s unixs:{folder}/kamailio_ctl\n"
        ));
    }
    match daemon::detach(&plan) {
        Ok(Detached::Server(readiness)) => run_detached(options, draft, &plan, readiness),
        Ok(Detached::Parent { has_started: true }) => ExitCode::SUCCESS,
        Ok(Detached::Parent { has_started: false }) => ExitCode::from(FAILED),
        Err(error) => failure("cannot go to the background", error),
    }
}

fn run_detached(
    options: &Options,
    mut draft: Draft,
    plan: &Plan,
    readiness: Readiness,
) -> ExitCode {
    let signals = match Signals::block() {
        Ok(signals) => signals,
        Err(error) => return failure("cannot block signals", error),
    };
    if let Err(reason) = plan.enter_folders() {
        return failure("not started", reason);
    }
    if let Err(error) = plan.set_limits() {
        tell(format_args!("kahea: limits stay as they are: {error}"));
    }
    if let Err(reason) = plan.make_run_folder() {
        return failure("not started", reason);
    }
    // Removed when this function ends, however it does.
    let _numbers = match plan.write_numbers() {
        Ok(numbers) => numbers,
        Err(reason) => return failure("not started", reason),
    };
    let logger = logger(&draft, options);
    let started = server::start(&mut draft, mod_all::MODULES, logger, allocator::tidy);
    report(&draft);
    let server = match started {
        Ok(server) => server,
        Err(error) => return failure("not started", error),
    };
    if options.config.is_none() && plan.attachment == Attachment::Background {
        let number = std::process::id();
        show(format_args!(
            "The server runs in the background as process {number}: kill {number} stops it; -DD keeps it here.\n"
        ));
    }
    if files::is_built_in(options) {
        state::give(|path| plan.account.give(path));
    }
    // Sockets are open: what they need privileges for is done.
    let settled = plan.account.assume().and_then(|()| plan.close_terminal());
    if let Err(error) = settled {
        server.stop();
        return failure("cannot settle down", error);
    }
    readiness.announce();
    let exit_timeout = u64::try_from(draft.settings.process.exit_timeout).unwrap_or(0);
    drop(draft);
    footprint::forget_start();
    serve(&server, &signals);
    let limit = (exit_timeout > 0).then(|| Duration::from_secs(exit_timeout));
    match ends_within(limit, move || server.stop()) {
        Ending::InTime => ExitCode::SUCCESS,
        Ending::Failed => failure("not stopped in order", "its modules did not end"),
        Ending::Late => failure(
            "not stopped in time",
            format_args!("{exit_timeout} s (exit_timeout) are over"),
        ),
    }
}

/// How a piece of work came out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Ending {
    InTime,
    Failed,
    Late,
}

/// Does `work`, and waits for its end no longer than `limit`, if there is one.
fn ends_within(limit: Option<Duration>, work: impl FnOnce() + Send + 'static) -> Ending {
    let Some(limit) = limit else {
        work();
        return Ending::InTime;
    };
    let (end, ended) = mpsc::channel();
    let spawned = thread::Builder::new().spawn(move || {
        work();
        // Nobody listens any more when it took too long.
        let _ = end.send(());
    });
    if spawned.is_err() {
        return Ending::Failed;
    }
    match ended.recv_timeout(limit) {
        Ok(()) => Ending::InTime,
        Err(mpsc::RecvTimeoutError::Disconnected) => Ending::Failed,
        Err(mpsc::RecvTimeoutError::Timeout) => Ending::Late,
    }
}

fn serve(server: &server::Server, signals: &Signals) {
    while !server.is_stopping() {
        match signals.wait() {
            Request::Stop(signal) => {
                server.note(format_args!("{signal} received: the server stops"));
                return;
            }
            Request::Report => server.report(),
            Request::Nothing => {}
        }
    }
}

/// Writes to standard output. Whoever closed it has seen enough.
pub fn show(text: impl Display) {
    let _ = write!(std::io::stdout(), "{text}");
}

/// Writes a line to standard error. That it cannot be written, as to a file on a full disk, keeps nothing from going on.
pub fn tell(text: impl Display) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

fn failure(what: &str, error: impl Display) -> ExitCode {
    tell(format_args!("kahea: {what}: {error}"));
    ExitCode::from(FAILED)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_command_line_defines_counts() {
        let given = ("DBURL".to_owned(), Some("\"mine\"".to_owned()));
        let mut defines = vec![given.clone()];
        define(&mut defines, "DBURL", Some("ours".to_owned()));
        define(&mut defines, "SECRET", None);
        assert_eq!(defines, std::slice::from_ref(&given));
        define(&mut defines, "SECRET", Some("s".to_owned()));
        let secret = ("SECRET".to_owned(), Some("\"s\"".to_owned()));
        assert_eq!(defines, [given, secret]);
    }

    #[test]
    fn what_takes_too_long_is_not_waited_for() {
        let minute = Some(Duration::from_secs(60));
        assert_eq!(ends_within(None, || {}), Ending::InTime);
        assert_eq!(ends_within(minute, || {}), Ending::InTime);
        assert_eq!(
            ends_within(minute, || panic!("of the test")),
            Ending::Failed
        );
        let (keep, kept) = mpsc::channel::<()>();
        let never = move || assert!(kept.recv().is_err());
        let late = ends_within(Some(Duration::from_millis(1)), never);
        assert_eq!(late, Ending::Late);
        drop(keep);
    }
}
