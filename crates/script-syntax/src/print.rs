//! Gives source back: a file as it was, or the script after its directives were obeyed.

use diagnostics::{FileId, Origin, SourceMap, Span};

use crate::token::{TokenKind, Tokens, TriviaKind};

/// A part of a file's text. The pieces of a file follow each other without gaps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece {
    /// What it is.
    pub kind: PieceKind,
    /// Its place.
    pub span: Span,
}

/// What a part of a file's text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PieceKind {
    /// White space.
    Blank,
    /// A token that the parser saw.
    Token(TokenKind),
    /// Something that is no token.
    Trivia(TriviaKind),
}

/// The pieces a file was cut into. Their texts together are the file.
pub fn pieces(tokens: &Tokens, sources: &SourceMap, file: FileId) -> Vec<Piece> {
    let mut marked: Vec<Piece> = Vec::new();
    let is_here = |span: &Span| span.file == file && !span.is_empty();
    let cut = tokens.tokens.iter().filter(|token| is_here(&token.span));
    marked.extend(cut.map(|token| Piece {
        kind: PieceKind::Token(token.kind),
        span: token.span,
    }));
    let other = tokens.trivia.iter().filter(|trivia| is_here(&trivia.span));
    marked.extend(other.map(|trivia| Piece {
        kind: PieceKind::Trivia(trivia.kind),
        span: trivia.span,
    }));
    marked.sort_by_key(|piece| piece.span.start);
    let length = sources
        .get(file)
        .map_or(0, |source| source.text.len() as u32);
    let mut pieces = Vec::with_capacity(marked.len() * 2);
    let mut at = 0;
    for piece in marked {
        if piece.span.start > at {
            pieces.push(Piece {
                kind: PieceKind::Blank,
                span: Span::new(file, at, piece.span.start),
            });
        }
        at = piece.span.end;
        pieces.push(piece);
    }
    if length > at {
        pieces.push(Piece {
            kind: PieceKind::Blank,
            span: Span::new(file, at, length),
        });
    }
    pieces
}

/// A file as it was.
pub fn print_file(tokens: &Tokens, sources: &SourceMap, file: FileId) -> String {
    pieces(tokens, sources, file)
        .iter()
        .map(|piece| sources.text(piece.span))
        .collect()
}

/// The script with its includes read and its conditions decided, as `--cfg-print` shows it: the lines of conditions
/// and what they leave out are gone, defines are neither replaced nor removed.
pub fn print_active(tokens: &Tokens, sources: &SourceMap) -> String {
    let mut out = String::new();
    let root = sources
        .files()
        .find(|(_, file)| file.origin == Origin::Root);
    if let Some((root, _)) = root {
        let includes = sources.files().filter_map(|(id, file)| match file.origin {
            Origin::Included { by } => Some((by, id)),
            _ => None,
        });
        append_active(
            tokens,
            sources,
            &includes.collect::<Vec<_>>(),
            root,
            &mut out,
        );
    }
    out
}

/// `includes` are the places of all include directives with the files they brought in.
fn append_active(
    tokens: &Tokens,
    sources: &SourceMap,
    includes: &[(Span, FileId)],
    file: FileId,
    out: &mut String,
) {
    let mut drops_newline = false;
    for piece in pieces(tokens, sources, file) {
        let text = sources.text(piece.span);
        match piece.kind {
            PieceKind::Trivia(TriviaKind::Condition) => {
                // What stands before the directive in its line goes with it.
                let kept = out.trim_end_matches([' ', '\t']).len();
                out.truncate(kept);
                drops_newline = true;
            }
            PieceKind::Trivia(TriviaKind::Inactive) => {}
            PieceKind::Trivia(TriviaKind::Directive) => {
                drops_newline = false;
                match included(includes, piece.span) {
                    Some(file) => append_active(tokens, sources, includes, file, out),
                    None => out.push_str(text),
                }
            }
            PieceKind::Blank if std::mem::take(&mut drops_newline) => {
                let rest = text.trim_start_matches([' ', '\t', '\r']);
                out.push_str(rest.strip_prefix('\n').unwrap_or(rest));
            }
            _ => {
                drops_newline = false;
                out.push_str(text);
            }
        }
    }
}

/// The file that the include directive at `directive` brought in.
fn included(includes: &[(Span, FileId)], directive: Span) -> Option<FileId> {
    let is_within = |by: Span| {
        by.file == directive.file && directive.start <= by.start && by.end <= directive.end
    };
    includes
        .iter()
        .find(|(by, _)| is_within(*by))
        .map(|(_, file)| *file)
}
