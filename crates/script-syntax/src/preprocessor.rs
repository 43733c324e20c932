//! Resolves directives while cutting what is active into tokens.
//!
//! One pass over a stack of texts: a define's value and an included file are pushed and read like the text they
//! interrupt. What a false condition leaves out is searched for the end of the condition and never lexed.

mod conditions;
mod defines;
mod directives;
mod environment;
mod expression;
mod includes;
mod substitutions;

use std::collections::BTreeMap;
use std::sync::Arc;

use diagnostics::codes::syntax as codes;
use diagnostics::{Diagnostic, FileId, Origin, SourceMap, Span};

use crate::ast::StringPiece;
use crate::lexer::{self, Flaw, LexemeKind, Limits, Quoted};
use crate::loader::SourceLoader;
use crate::token::{Sign, StringToken, Token, TokenKind, Tokens, Trivia, TriviaKind};
use crate::{Options, typographic, words};

use conditions::Condition;
pub use defines::{Define, Defines};
pub(crate) use directives::is_directive;
use substitutions::{Edited, Substitution};

/// Tokens a script may have after all defines are replaced.
const TOKENS_MAX: usize = 4_000_000;
/// Uses of defines a script may have.
const EXPANSIONS_MAX: usize = 200_000;
/// Defines within the values of defines.
const EXPANSION_DEPTH_MAX: usize = 64;
/// How far to look for something in the rest of a line.
const LINE_LOOKAHEAD: usize = 200;
/// Diagnostics that are kept; a script that is no script at all has no use for more.
const DIAGNOSTICS_MAX: usize = 1_000;

/// What the preprocessor hands to the parser.
pub(crate) struct Preprocessed {
    pub sources: SourceMap,
    pub tokens: Tokens,
    pub defines: Defines,
    pub diagnostics: Diagnostics,
    /// Typographic quotes that were passed over.
    pub typographic: Vec<Span>,
}

/// The diagnostics found so far.
#[derive(Default)]
pub(crate) struct Diagnostics {
    pub list: Vec<Diagnostic>,
}

impl Diagnostics {
    pub fn push(&mut self, diagnostic: Diagnostic) {
        if self.list.len() < DIAGNOSTICS_MAX {
            self.list.push(diagnostic);
        }
    }
}

/// A text that is being read.
struct Frame {
    file: FileId,
    text: Arc<str>,
    at: usize,
    limits: Limits,
    /// The define whose value this is.
    define: Option<Arc<str>>,
}

pub(crate) struct Preprocessor<'a> {
    loader: &'a dyn SourceLoader,
    sources: SourceMap,
    out: Tokens,
    defines: Defines,
    substitutions: Vec<Substitution>,
    frames: Vec<Frame>,
    conditions: Vec<Condition>,
    /// `#!endif` without a condition.
    stray_ends: Vec<Span>,
    diagnostics: Diagnostics,
    /// Of characters that mean nothing the diagnostic's number and how many more there are, by file.
    ignored: BTreeMap<(FileId, Arc<str>), (usize, usize)>,
    typographic: Vec<Span>,
    includes: usize,
    expansions: usize,
    /// What the next token will say about the gap before it.
    starts_line: bool,
    is_spaced: bool,
    /// Whether the next quoted text names a module that is being loaded.
    loads_module: bool,
    is_full: bool,
}

impl<'a> Preprocessor<'a> {
    pub fn new(loader: &'a dyn SourceLoader, options: &Options) -> Preprocessor<'a> {
        let mut preprocessor = Preprocessor {
            loader,
            sources: SourceMap::new(),
            out: Tokens::default(),
            defines: Defines::default(),
            substitutions: Vec::new(),
            frames: Vec::new(),
            conditions: Vec::new(),
            stray_ends: Vec::new(),
            diagnostics: Diagnostics::default(),
            ignored: BTreeMap::new(),
            typographic: Vec::new(),
            includes: 0,
            expansions: 0,
            starts_line: true,
            is_spaced: true,
            loads_module: false,
            is_full: false,
        };
        preprocessor.take_options(options);
        preprocessor
    }

    /// Reads the root text to its end. `bad` is where it was found not to be UTF-8.
    pub fn run(mut self, name: &str, text: &str, bad: Option<u32>) -> Preprocessed {
        let text: Arc<str> = text.into();
        let file = self.sources.add(name, text.clone(), Origin::Root);
        if let Some(offset) = bad {
            self.report_encoding(file, offset);
        }
        self.push_frame(file, text, None);
        while let Some(frame) = self.frames.last_mut() {
            let skipped = skip_blank(&frame.text, frame.at);
            self.starts_line |= skipped.has_newline;
            self.is_spaced |= skipped.end > frame.at;
            frame.at = skipped.end;
            if frame.at >= frame.text.len() || self.is_full {
                self.pop_frame();
            } else if self
                .conditions
                .last()
                .is_some_and(|condition| !condition.is_active)
            {
                self.skip_inactive();
            } else {
                self.step();
            }
        }
        self.finish(file)
    }

    fn finish(mut self, root: FileId) -> Preprocessed {
        self.report_unpaired_conditions();
        let end = self
            .sources
            .get(root)
            .map_or(0, |file| file.text.len() as u32);
        let span = Span::new(root, end, end);
        self.push_token(TokenKind::End, span);
        Preprocessed {
            sources: self.sources,
            tokens: self.out,
            defines: self.defines,
            diagnostics: self.diagnostics,
            typographic: self.typographic,
        }
    }

    /// Takes one lexeme of the active text.
    fn step(&mut self) {
        let Some(frame) = self.frames.last_mut() else {
            return;
        };
        let start = frame.at;
        let lexeme = lexer::lexeme(&frame.text, start, frame.limits);
        frame.at = lexeme.end;
        let span = Span::new(frame.file, start as u32, lexeme.end as u32);
        if let Some(flaw) = lexeme.flaw {
            self.report_flaw(flaw, span);
        }
        match lexeme.kind {
            LexemeKind::Token(TokenKind::Word) => self.word(span),
            LexemeKind::Token(TokenKind::Variable) => self.variable(span),
            LexemeKind::Token(kind) => self.push_token(kind, span),
            LexemeKind::Quoted(quoted) => self.quoted(quoted, span),
            LexemeKind::Comment => self.comment(span),
            LexemeKind::Directive => self.directive(span),
            LexemeKind::Ignored => self.ignored(span),
        }
    }

    fn word(&mut self, span: Span) {
        let Some(frame) = self.frames.last() else {
            return;
        };
        let text = frame.text.clone();
        let word = text
            .get(span.start as usize..span.end as usize)
            .unwrap_or_default();
        match word {
            "include_file" | "import_file" => return self.include(span, word == "include_file"),
            "loadmodule" | "loadmodulex" => self.loads_module = true,
            _ => {
                self.loads_module = false;
                if !words::is_reserved(word) && self.expand(word, span) {
                    return;
                }
            }
        }
        self.push_token(TokenKind::Word, span);
        if word == "event_route" {
            self.event_name();
        }
    }

    /// Puts the value of a define in the place of its name; false when there is no such define.
    fn expand(&mut self, word: &str, span: Span) -> bool {
        let Some(define) = self.defines.get(word) else {
            return false;
        };
        let (value, defined) = (define.value.clone(), define.span);
        self.out.trivia.push(Trivia {
            kind: TriviaKind::Expansion,
            span,
        });
        let Some(value) = value else {
            self.is_spaced = true;
            return true;
        };
        let depth = self
            .frames
            .iter()
            .filter(|frame| frame.define.is_some())
            .count();
        let is_open = |frame: &Frame| frame.define.as_deref() == Some(word);
        if depth >= EXPANSION_DEPTH_MAX || self.frames.iter().any(is_open) {
            let message = format!("the value of `{word}` contains `{word}` itself");
            self.diagnostics
                .push(Diagnostic::error(codes::DEFINE_LOOP, span, message));
            return true;
        }
        self.expansions += 1;
        if self.expansions > EXPANSIONS_MAX {
            self.report_too_large(
                span,
                &format!("the script uses defines more than {EXPANSIONS_MAX} times"),
            );
            return true;
        }
        let name: Arc<str> = word.into();
        let origin = Origin::Expansion {
            name: name.clone(),
            defined,
            used: span,
        };
        let file = self.sources.add(name.clone(), value.clone(), origin);
        self.push_frame(file, value, Some(name));
        true
    }

    fn quoted(&mut self, quoted: Quoted, span: Span) {
        let Quoted {
            value,
            quote,
            anchors,
            has_high_byte,
        } = quoted;
        if has_high_byte {
            let message = "an escape names a byte above 127, which is no text in UTF-8";
            let label = "becomes the character of that number";
            self.diagnostics
                .push(Diagnostic::warning(codes::HIGH_BYTE, span, message).label(label));
        }
        let Edited { text: value, by } = self.substitute(value, span);
        if std::mem::take(&mut self.loads_module) {
            self.defines.module_loaded(&value, span);
        }
        let anchors = if by.is_some() {
            Box::default()
        } else {
            anchors.into_boxed_slice()
        };
        let piece = StringPiece {
            span,
            quote,
            value_start: 0,
            anchors,
        };
        let index = self.out.strings.len() as u32;
        self.out.strings.push(StringToken {
            value: value.into_boxed_str(),
            piece,
        });
        self.push_token(TokenKind::String(index), span);
    }

    /// Substitutions edit the text of a variable as they do a quoted one (observed on 5.6.3).
    fn variable(&mut self, span: Span) {
        if self.substitutions.is_empty() {
            return self.push_token(TokenKind::Variable, span);
        }
        let name = self.sources.text(span).to_owned();
        let Edited { text, by } = self.substitute(name.clone(), span);
        if by.is_none() {
            return self.push_token(TokenKind::Variable, span);
        }
        self.out.trivia.push(Trivia {
            kind: TriviaKind::Expansion,
            span,
        });
        let origin = Origin::Expansion {
            name: name.as_str().into(),
            defined: by,
            used: span,
        };
        let length = text.len() as u32;
        let file = self.sources.add(name, text, origin);
        self.push_token(TokenKind::Variable, Span::new(file, 0, length));
    }

    /// The name of an event route is one token in which no define is replaced (observed on 5.6.3).
    fn event_name(&mut self) {
        let Some(frame) = self.frames.last_mut() else {
            return;
        };
        let open = skip_blank(&frame.text, frame.at).end;
        let bytes = frame.text.as_bytes();
        if bytes.get(open) != Some(&b'[') {
            return;
        }
        let start = skip_blank(&frame.text, open + 1).end;
        let is_part =
            |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b':');
        let length = bytes
            .get(start..)
            .unwrap_or_default()
            .iter()
            .take_while(is_part)
            .count();
        let file = frame.file;
        if length == 0 {
            return;
        }
        frame.at = start + length;
        self.push_token(
            TokenKind::Sign(Sign::OpenBracket),
            Span::new(file, open as u32, open as u32 + 1),
        );
        self.push_token(
            TokenKind::EventName,
            Span::new(file, start as u32, (start + length) as u32),
        );
    }

    fn comment(&mut self, span: Span) {
        self.is_spaced = true;
        self.out.trivia.push(Trivia {
            kind: TriviaKind::Comment,
            span,
        });
        self.report_swallowed_line(span);
        self.report_misspelt(span);
    }

    /// A comment in a define's value reaches to the end of the line in which the define is used.
    fn report_swallowed_line(&mut self, span: Span) {
        let [.., user, frame] = self.frames.as_slice() else {
            return;
        };
        if frame.define.is_none() || self.sources.text(span).starts_with("/*") {
            return;
        }
        let rest = user.text.as_bytes().get(user.at..).unwrap_or_default();
        let mut line = rest
            .iter()
            .take(LINE_LOOKAHEAD)
            .take_while(|byte| **byte != b'\n');
        if line.any(|byte| !byte.is_ascii_whitespace()) {
            let message =
                "a comment in the value of a define hides the rest of the line in Kamailio";
            let diagnostic = Diagnostic::warning(codes::COMMENT_IN_DEFINE, span, message)
                .label("this comment is part of the value")
                .help("put the comment on a line of its own before the define");
            self.diagnostics.push(diagnostic);
        }
    }

    fn ignored(&mut self, span: Span) {
        self.is_spaced = true;
        self.out.trivia.push(Trivia {
            kind: TriviaKind::Ignored,
            span,
        });
        let text = self.sources.text(span);
        // A byte order mark is no mistake of whoever wrote the script.
        if text == "\u{feff}" {
            return;
        }
        if typographic::meant(text).is_some() {
            self.typographic.push(span);
            return;
        }
        let mut message = format!(
            "`{}` means nothing here and is ignored",
            text.escape_debug()
        );
        // A page that was copied has hundreds of the same kind: the first one is shown, the others are counted.
        let next = self.diagnostics.list.len();
        let (first, others) = self
            .ignored
            .entry((span.file, Arc::from(text)))
            .and_modify(|(_, others)| *others += 1)
            .or_insert((next, 0));
        if *others > 0 {
            message.push_str(&format!(", as are {others} more of it in this file"));
            if let Some(diagnostic) = self.diagnostics.list.get_mut(*first) {
                diagnostic.message = message;
            }
            return;
        }
        let diagnostic = Diagnostic::warning(codes::IGNORED_CHARACTER, span, message);
        self.diagnostics
            .push(diagnostic.suggest("remove it", span, ""));
    }

    fn report_flaw(&mut self, flaw: Flaw, span: Span) {
        let start = Span {
            end: span.start + 1,
            ..span
        };
        let diagnostic = match flaw {
            Flaw::UnclosedString => {
                if let Some(frame) = self.frames.last_mut() {
                    frame.limits.strings_end_with_line = true;
                }
                Diagnostic::error(
                    codes::UNCLOSED_STRING,
                    start,
                    "a string has no closing quote",
                )
                .label("the string begins here")
            }
            Flaw::UnclosedComment => {
                let start = Span {
                    end: span.start + 2,
                    ..span
                };
                // Kamailio starts without the rest where what is left of the script is whole.
                Diagnostic::warning(codes::UNCLOSED_COMMENT, start, "a comment has no end")
                    .label("the comment begins here; comments nest")
            }
            Flaw::UnclosedVariable => {
                if let Some(frame) = self.frames.last_mut() {
                    frame.limits.open_variable_until =
                        lexer::line_end(frame.text.as_bytes(), frame.at);
                }
                Diagnostic::error(
                    codes::UNCLOSED_VARIABLE,
                    span,
                    "a variable's parenthesis is not closed in its line",
                )
            }
            Flaw::LoneDollar => {
                Diagnostic::error(codes::LONE_DOLLAR, span, "`$` begins no variable").help(
                    "a variable is written `$name`, `$name(inner)` or `$(name{transformation})`",
                )
            }
        };
        self.diagnostics.push(diagnostic);
    }

    fn push_token(&mut self, kind: TokenKind, span: Span) {
        let starts_line = std::mem::take(&mut self.starts_line);
        let is_spaced = std::mem::take(&mut self.is_spaced);
        if self.out.tokens.len() >= TOKENS_MAX && kind != TokenKind::End {
            self.report_too_large(
                span,
                &format!("the script has more than {TOKENS_MAX} tokens"),
            );
            return;
        }
        self.out.tokens.push(Token {
            kind,
            span,
            starts_line,
            is_spaced,
        });
    }

    /// Reports it once; nothing more is read.
    fn report_too_large(&mut self, span: Span, message: &str) {
        if !std::mem::replace(&mut self.is_full, true) {
            let diagnostic = Diagnostic::error(codes::TOO_LARGE, span, message);
            self.diagnostics.push(
                diagnostic.help("look for defines or substitutions that multiply each other"),
            );
        }
    }

    fn push_frame(&mut self, file: FileId, text: Arc<str>, define: Option<Arc<str>>) {
        self.frames.push(Frame {
            file,
            text,
            at: 0,
            limits: Limits::default(),
            define,
        });
    }

    fn pop_frame(&mut self) {
        let popped = self.frames.pop();
        if popped.is_some_and(|frame| frame.define.is_none()) {
            self.starts_line = true;
            self.is_spaced = true;
        }
    }
}

/// Where white space ends, and whether a newline was in it.
struct Blank {
    end: usize,
    has_newline: bool,
}

fn skip_blank(text: &str, at: usize) -> Blank {
    let rest = text.as_bytes().get(at..).unwrap_or_default();
    let length = rest
        .iter()
        .take_while(|byte| byte.is_ascii_whitespace())
        .count();
    let has_newline = rest.iter().take(length).any(|byte| *byte == b'\n');
    Blank {
        end: at + length,
        has_newline,
    }
}
