//! Parses the files named as arguments and says which have mistakes.
//!
//! With `-v` each mistake is shown with its source line, with `-l` on one line; `-A NAME[=VALUE]` defines a name;
//! `-F` reads the files as actions, `-t` measures how long parsing takes, `-s` lists the files that were included.
//! With `-R FOLDER` an included file that is not found is looked for in the folder by the end of its path.

use std::io::{self, Write};
use std::time::{Duration, Instant};

use diagnostics::{Color, Diagnostic, Origin, SourceFile, SourceMap, render_line, render_text};
use script_syntax::{LoadError, Options, Parsed, SourceLoader};

#[derive(Default)]
struct Disk {
    /// All files of the folder to look into.
    known: Vec<String>,
}

impl Disk {
    fn enter(&mut self, folder: &std::path::Path) {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                self.enter(&path);
            } else {
                self.known.extend(path.to_str().map(str::to_owned));
            }
        }
        self.known.sort();
    }

    /// The known file whose path ends most like `path`.
    fn similar(&self, path: &str) -> Option<&str> {
        let mut tail = path.trim_start_matches('/');
        loop {
            let ending = format!("/{tail}");
            if let Some(found) = self.known.iter().find(|known| known.ends_with(&ending)) {
                return Some(found);
            }
            tail = tail.split_once('/')?.1;
        }
    }
}

impl SourceLoader for Disk {
    fn read(&self, path: &str) -> Result<Vec<u8>, LoadError> {
        let read = std::fs::read(path).or_else(|error| match self.similar(path) {
            Some(similar) => std::fs::read(similar),
            None => Err(error),
        });
        read.map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => LoadError::NotFound,
            _ => LoadError::Failed(error.to_string()),
        })
    }

    fn environment(&self, name: &str) -> Option<String> {
        std::env::var(name).ok()
    }
}

#[derive(Default)]
struct Arguments {
    verbose: bool,
    lines: bool,
    fragment: bool,
    timing: bool,
    list: bool,
    disk: Disk,
    files: Vec<String>,
    options: Options,
}

fn arguments() -> Arguments {
    let mut arguments = Arguments::default();
    let mut rest = std::env::args().skip(1);
    while let Some(argument) = rest.next() {
        match argument.as_str() {
            "-v" => arguments.verbose = true,
            "-l" => arguments.lines = true,
            "-F" => arguments.fragment = true,
            "-t" => arguments.timing = true,
            "-s" => arguments.list = true,
            "-R" => arguments
                .disk
                .enter(rest.next().unwrap_or_default().as_ref()),
            "-A" => {
                let define = rest.next().unwrap_or_default();
                let (name, value) = match define.split_once('=') {
                    Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
                    None => (define, None),
                };
                arguments.options.defines.push((name, value));
            }
            _ => arguments.files.push(argument),
        }
    }
    arguments
}

fn main() {
    let arguments = arguments();
    let mut out = std::io::stdout().lock();
    let (mut sound, mut unsound) = (0, 0);
    for path in &arguments.files {
        let Ok(bytes) = std::fs::read(path) else {
            let _ = writeln!(out, "UNREADABLE {path}");
            continue;
        };
        let read = read(&arguments, path, &bytes);
        *(if read.errors() == 0 {
            &mut sound
        } else {
            &mut unsound
        }) += 1;
        let _ = tell(&arguments, path, &read, &mut out);
    }
    let _ = writeln!(out, "{sound} sound, {unsound} with errors");
}

/// What came of one file.
struct Read {
    diagnostics: Vec<Diagnostic>,
    sources: SourceMap,
    tokens: usize,
    lines: usize,
    took: Duration,
}

impl Read {
    fn of<T>(parsed: Parsed<T>, lines: usize, took: Duration) -> Read {
        Read {
            diagnostics: parsed.diagnostics,
            sources: parsed.sources,
            tokens: parsed.tokens.tokens.len(),
            lines,
            took,
        }
    }

    fn errors(&self) -> usize {
        let errors = self.diagnostics.iter();
        errors.filter(|diagnostic| diagnostic.is_error()).count()
    }
}

fn read(arguments: &Arguments, path: &str, bytes: &[u8]) -> Read {
    let (text, _) = script_syntax::decode(bytes);
    let (disk, options) = (&arguments.disk, &arguments.options);
    let lines = text.lines().count();
    let started = Instant::now();
    if arguments.fragment {
        let parsed = script_syntax::parse_actions(path, &text, disk, options);
        Read::of(parsed, lines, started.elapsed())
    } else {
        let parsed = script_syntax::parse(path, &text, disk, options);
        Read::of(parsed, lines, started.elapsed())
    }
}

fn tell(arguments: &Arguments, path: &str, read: &Read, out: &mut impl Write) -> io::Result<()> {
    let errors = read.errors();
    let warnings = read.diagnostics.len() - errors;
    let verdict = if errors == 0 { "ok" } else { "FAIL" };
    write!(
        out,
        "{verdict} {path} ({errors} errors, {warnings} warnings"
    )?;
    if arguments.timing {
        let (lines, tokens) = (read.lines, read.tokens);
        let millis = read.took.as_secs_f64() * 1000.0;
        write!(out, ", {lines} lines, {tokens} tokens, {millis:.2} ms")?;
    }
    writeln!(out, ")")?;
    if arguments.list {
        let is_included = |file: &SourceFile| matches!(file.origin, Origin::Included { .. });
        for (_, file) in read.sources.files().filter(|(_, file)| is_included(file)) {
            writeln!(out, "    included {}", file.name)?;
        }
    }
    for diagnostic in &read.diagnostics {
        if arguments.verbose {
            write!(
                out,
                "{}",
                render_text(diagnostic, &read.sources, Color::Never)
            )?;
        } else if arguments.lines {
            writeln!(out, "    {}", render_line(diagnostic, &read.sources))?;
        }
    }
    Ok(())
}
