//! The configuration language: preprocessor, lexer, parser, syntax tree, printer.
//!
//! A script is read in one pass: the preprocessor resolves directives and includes while the lexer cuts the active
//! text into tokens, from which the parser builds the tree of [`ast`]. Nothing fails: mistakes become
//! diagnostics and the rest is still parsed.
//!
//! The crate reads no file, environment or clock itself: the caller hands it a [`SourceLoader`]. It knows no module,
//! and no function or variable beyond the words of the grammar. Read [`ast`] first, then [`parse`].

pub mod ast;
mod lexer;
mod loader;
mod parser;
mod preprocessor;
mod print;
pub mod token;
mod typographic;
mod variable;
mod words;

use diagnostics::{Diagnostic, SourceMap};

use ast::{Script, Statement};
use parser::Parser;
use preprocessor::{Preprocessed, Preprocessor};
use token::Tokens;

pub use loader::{LoadError, MemoryLoader, SourceLoader};
pub use preprocessor::{Define, Defines};
pub use print::{Piece, PieceKind, pieces, print_active, print_file};
pub use variable::{parse_format, parse_variable};

/// What the caller decides about reading a script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Names defined before the first line, as by `-A NAME=VALUE`.
    pub defines: Vec<(String, Option<String>)>,
    /// Substitutions made from the first line on.
    pub substitutions: Vec<SubstitutionOption>,
    /// The release whose `KAMAILIO_…` names are defined.
    pub version: [u32; 3],
    /// The value of `OS_NAME`.
    pub os_name: String,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            defines: Vec::new(),
            substitutions: Vec::new(),
            version: [6, 1, 0],
            os_name: "linux".to_owned(),
        }
    }
}

/// A substitution from the command line: `/pattern/replacement/flags`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SubstitutionOption {
    /// `--subst`
    Text(String),
    /// `--substdef`
    Define(String),
    /// `--substdefs`
    QuotedDefine(String),
}

/// A script as it was read: complete, whatever was wrong with it.
#[derive(Debug)]
pub struct Parsed<T = Script> {
    /// The tree.
    pub tree: T,
    /// All texts the tree's places lie in; the script itself is the one without an origin but its own.
    pub sources: SourceMap,
    /// The tokens the tree was made of, and what lies between them.
    pub tokens: Tokens,
    /// The names that are defined at the end.
    pub defines: Defines,
    /// What is wrong, in the order of the source.
    pub diagnostics: Vec<Diagnostic>,
}

impl<T> Parsed<T> {
    /// Whether nothing keeps the script from being run, as far as syntax goes.
    pub fn is_sound(&self) -> bool {
        !self.diagnostics.iter().any(Diagnostic::is_error)
    }
}

/// Reads a script, or a file with top-level items. `name` is its path, from which includes are looked up.
pub fn parse(name: &str, text: &str, loader: &dyn SourceLoader, options: &Options) -> Parsed {
    parse_with(
        Preprocessor::new(loader, options).run(name, text, None),
        |parser| parser.script(),
    )
}

/// Reads a script that the loader has.
///
/// # Errors
/// When the loader cannot read the script itself; files it includes are the diagnostics' matter.
pub fn parse_file(
    path: &str,
    loader: &dyn SourceLoader,
    options: &Options,
) -> Result<Parsed, LoadError> {
    let (text, bad) = decode(&loader.read(path)?);
    Ok(parse_with(
        Preprocessor::new(loader, options).run(path, &text, bad),
        |parser| parser.script(),
    ))
}

/// Reads the actions of a file that is meant to be included into a route block.
pub fn parse_actions(
    name: &str,
    text: &str,
    loader: &dyn SourceLoader,
    options: &Options,
) -> Parsed<Vec<Statement>> {
    parse_with(
        Preprocessor::new(loader, options).run(name, text, None),
        |parser| parser.actions(),
    )
}

fn parse_with<T>(read: Preprocessed, parse: impl FnOnce(Parser<'_>) -> T) -> Parsed<T> {
    let Preprocessed {
        sources,
        tokens,
        defines,
        mut diagnostics,
        typographic,
    } = read;
    let tree = parse(Parser::new(&tokens, &sources, &defines, &mut diagnostics));
    let mut diagnostics = diagnostics.list;
    typographic::report(&typographic, &sources, &mut diagnostics);
    diagnostics.sort_by_key(|diagnostic| {
        let place = sources.in_file(diagnostic.primary.span);
        (place.file, place.start)
    });
    Parsed {
        tree,
        sources,
        tokens,
        defines,
        diagnostics,
    }
}

/// Bytes as text. What is not UTF-8 is read as ISO 8859-1 throughout; then the offset of the first byte that did
/// not fit is returned too, as an offset in the text.
pub fn decode(bytes: &[u8]) -> (String, Option<u32>) {
    match std::str::from_utf8(bytes) {
        Ok(text) => (text.to_owned(), None),
        Err(error) => {
            let text: String = bytes.iter().map(|byte| char::from(*byte)).collect();
            let offset = bytes
                .iter()
                .take(error.valid_up_to())
                .map(|byte| char::from(*byte).len_utf8())
                .sum::<usize>();
            (text, Some(offset as u32))
        }
    }
}
