//! `include_file` and `import_file`, with or without `#!`.

use diagnostics::codes::syntax as codes;
use diagnostics::{Diagnostic, Origin, Span};

use crate::loader::LoadError;
use crate::{decode, lexer};

use super::{Preprocessor, skip_blank};

/// Files that may include each other in a row (the core cookbook says 10).
const DEPTH_MAX: usize = 10;
/// Files a script may consist of.
const FILES_MAX: usize = 2_000;

impl Preprocessor<'_> {
    /// Reads the file named after the word at `word` in its place.
    pub(super) fn include(&mut self, word: Span, must_exist: bool) {
        let Some(frame) = self.frames.last() else {
            return;
        };
        let text = frame.text.clone();
        let start = skip_blank(&text, word.end as usize).end;
        let bytes = text.as_bytes();
        let is_quoted = bytes.get(start) == Some(&b'"');
        let path_start = start + 1;
        let length = bytes
            .get(path_start..)
            .and_then(|rest| memchr::memchr2(b'"', b'\n', rest));
        let end = length
            .map(|length| path_start + length)
            .filter(|end| bytes.get(*end) == Some(&b'"'));
        let (true, Some(end)) = (is_quoted, end) else {
            return self.report_unquoted_path(word);
        };
        self.take_directive(word, end + 1);
        let span = Span {
            start: start as u32,
            end: end as u32 + 1,
            ..word
        };
        let path = text.get(path_start..end).unwrap_or_default().to_owned();
        let path = self.substitute(path, span).text;
        if self.include_is_refused(span) {
            return;
        }
        match self.read(&path, word) {
            Ok((name, bytes)) => self.enter(&name, &bytes, span),
            Err(LoadError::NotFound) if !must_exist => {}
            Err(error) => {
                let message = format!("`{path}` cannot be included: {error}");
                let mut diagnostic = Diagnostic::error(codes::CANNOT_INCLUDE, span, message)
                    .help("a path is looked up from the working directory, then from the including file's folder");
                if path.contains('*') {
                    diagnostic = diagnostic.help("a path has no wildcards: name each file");
                } else if must_exist {
                    let keyword = Span {
                        start: word.end - "include_file".len() as u32,
                        ..word
                    };
                    diagnostic =
                        diagnostic.suggest("if the file may be missing", keyword, "import_file");
                }
                self.diagnostics.push(diagnostic);
            }
        }
    }

    fn report_unquoted_path(&mut self, word: Span) {
        let (rest, line) = self.rest_of_line(word);
        self.take_directive(word, line.end as usize);
        let message = "the path of an included file stands in double quotes";
        let path = Span {
            start: word.end,
            ..line
        };
        let bare = rest.trim().trim_matches(['"', '\'', '(', ')', ';']);
        let diagnostic = Diagnostic::error(codes::UNQUOTED_PATH, path, message).suggest(
            "put it in double quotes",
            path,
            format!(" \"{bare}\""),
        );
        self.diagnostics.push(diagnostic);
    }

    fn include_is_refused(&mut self, span: Span) -> bool {
        let depth = self
            .frames
            .iter()
            .filter(|frame| frame.define.is_none())
            .count();
        self.includes += 1;
        let message = if depth > DEPTH_MAX {
            format!("more than {DEPTH_MAX} files include each other")
        } else if self.includes > FILES_MAX {
            format!("the script includes more than {FILES_MAX} files")
        } else {
            return false;
        };
        let diagnostic = Diagnostic::error(codes::TOO_MANY_INCLUDES, span, message);
        self.diagnostics
            .push(diagnostic.help("a file that includes itself is the usual reason"));
        true
    }

    /// Looks a path up from the working directory, then from the folder of the including file.
    fn read(&self, path: &str, word: Span) -> Result<(String, Vec<u8>), LoadError> {
        match self.loader.read(path) {
            Err(LoadError::NotFound) if !path.starts_with('/') => {}
            answer => return answer.map(|bytes| (path.to_owned(), bytes)),
        }
        let includer = self
            .sources
            .get(self.sources.in_file(word).file)
            .map_or("", |file| &*file.name);
        let Some((folder, _)) = includer.rsplit_once('/') else {
            return Err(LoadError::NotFound);
        };
        let beside = format!("{folder}/{path}");
        self.loader.read(&beside).map(|bytes| (beside, bytes))
    }

    fn enter(&mut self, name: &str, bytes: &[u8], by: Span) {
        let (text, bad) = decode(bytes);
        let text: std::sync::Arc<str> = text.into();
        let file = self
            .sources
            .add(name, text.clone(), Origin::Included { by });
        if let Some(offset) = bad {
            self.report_encoding(file, offset);
        }
        self.push_frame(file, text, None);
        self.starts_line = true;
    }

    pub(crate) fn report_encoding(&mut self, file: diagnostics::FileId, offset: u32) {
        let text = self.sources.get(file).map_or("", |file| &*file.text);
        let start = text.get(..offset as usize).map_or(0, |_| offset);
        let end = lexer::line_end(text.as_bytes(), start as usize) as u32;
        let span = Span::new(file, start, end);
        let message = "the file is not in UTF-8 and is read as ISO 8859-1";
        let diagnostic = Diagnostic::warning(codes::NOT_UTF8, span, message)
            .label("the first byte that does not fit");
        self.diagnostics
            .push(diagnostic.help("convert it: iconv -f ISO-8859-1 -t UTF-8"));
    }
}
