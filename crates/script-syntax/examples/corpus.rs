//! Parses the files named as arguments and says which have mistakes.
//!
//! With `-v` each mistake is shown with its source line, with `-l` on one line; `-A NAME[=VALUE]` defines a name;
//! `-F` reads the files as actions, `-t` measures how long parsing takes, `-s` lists the files that were included.
//! With `-R FOLDER` an included file that is not found is looked for in the folder by the end of its path.

use std::io::Write;
use std::time::Instant;

use script_syntax::{LoadError, Options, SourceLoader};

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
        let disk = &arguments.disk;
        let Ok(bytes) = std::fs::read(path) else {
            let _ = writeln!(out, "UNREADABLE {path}");
            continue;
        };
        let (text, _) = script_syntax::decode(&bytes);
        let started = Instant::now();
        let (diagnostics, sources, tokens) = if arguments.fragment {
            let parsed = script_syntax::parse_actions(path, &text, disk, &arguments.options);
            (
                parsed.diagnostics,
                parsed.sources,
                parsed.tokens.tokens.len(),
            )
        } else {
            let parsed = script_syntax::parse(path, &text, disk, &arguments.options);
            (
                parsed.diagnostics,
                parsed.sources,
                parsed.tokens.tokens.len(),
            )
        };
        let took = started.elapsed();
        let errors = diagnostics
            .iter()
            .filter(|diagnostic| diagnostic.is_error())
            .count();
        let warnings = diagnostics.len() - errors;
        *(if errors == 0 {
            &mut sound
        } else {
            &mut unsound
        }) += 1;
        let verdict = if errors == 0 { "ok" } else { "FAIL" };
        let _ = write!(
            out,
            "{verdict} {path} ({errors} errors, {warnings} warnings"
        );
        if arguments.timing {
            let lines = text.lines().count();
            let _ = write!(
                out,
                ", {lines} lines, {tokens} tokens, {:.2} ms",
                took.as_secs_f64() * 1000.0
            );
        }
        let _ = writeln!(out, ")");
        if arguments.list {
            let included = sources
                .files()
                .filter(|(_, file)| matches!(file.origin, diagnostics::Origin::Included { .. }));
            for (_, file) in included {
                let _ = writeln!(out, "    included {}", file.name);
            }
        }
        for diagnostic in &diagnostics {
            if arguments.verbose {
                let text =
                    diagnostics::render_text(diagnostic, &sources, diagnostics::Color::Never);
                let _ = write!(out, "{text}");
            } else if arguments.lines {
                let _ = writeln!(
                    out,
                    "    {}",
                    diagnostics::render_line(diagnostic, &sources)
                );
            }
        }
    }
    let _ = writeln!(out, "{sound} sound, {unsound} with errors");
}
