//! Source texts and places in them.

use std::sync::Arc;

/// A text known to a [`SourceMap`]: a file, or the value of a define at one of its uses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FileId(pub u32);

/// A range of bytes of one text, `start` inclusive, `end` exclusive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    /// The text the range lies in.
    pub file: FileId,
    /// Offset of the first byte.
    pub start: u32,
    /// Offset after the last byte.
    pub end: u32,
}

impl Span {
    /// The range `start..end` of `file`.
    pub const fn new(file: FileId, start: u32, end: u32) -> Span {
        Span { file, start, end }
    }

    /// The smallest range that covers both, or `self` when they lie in different texts.
    pub fn to(self, other: Span) -> Span {
        if self.file != other.file {
            return self;
        }
        Span {
            file: self.file,
            start: self.start.min(other.start),
            end: self.end.max(other.end),
        }
    }

    /// The empty range where `self` begins.
    pub const fn at_start(self) -> Span {
        Span {
            file: self.file,
            start: self.start,
            end: self.start,
        }
    }

    /// The empty range just after `self`.
    pub const fn at_end(self) -> Span {
        Span {
            file: self.file,
            start: self.end,
            end: self.end,
        }
    }

    /// Length in bytes.
    pub const fn len(self) -> u32 {
        self.end.saturating_sub(self.start)
    }

    /// Whether the range holds no byte.
    pub const fn is_empty(self) -> bool {
        self.end <= self.start
    }
}

/// Why a text is part of the program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The file that was asked for.
    Root,
    /// A file named by an include directive at `by`.
    Included {
        /// The directive.
        by: Span,
    },
    /// The value of the define `name`, used at `used`.
    Expansion {
        /// The name that was replaced.
        name: Arc<str>,
        /// The directive that defined it; `None` for one given on the command line or by the program itself.
        defined: Option<Span>,
        /// The place of the name that was replaced.
        used: Span,
    },
    /// Text from outside any file, such as the command line.
    Argument,
}

/// One text of a [`SourceMap`].
#[derive(Clone, Debug)]
pub struct SourceFile {
    /// Its path as it was opened, or the define's name.
    pub name: Arc<str>,
    /// The whole text.
    pub text: Arc<str>,
    /// How it came into the program.
    pub origin: Origin,
    line_starts: std::sync::OnceLock<Box<[u32]>>,
}

impl SourceFile {
    /// Offsets at which lines begin.
    fn line_starts(&self) -> &[u32] {
        self.line_starts.get_or_init(|| {
            let newlines = self
                .text
                .bytes()
                .enumerate()
                .filter(|(_, byte)| *byte == b'\n');
            std::iter::once(0)
                .chain(newlines.map(|(at, _)| at as u32 + 1))
                .collect()
        })
    }

    /// Line and column of a byte offset, both counted from 1, the column in bytes.
    pub fn line_column(&self, offset: u32) -> (u32, u32) {
        let starts = self.line_starts();
        let line = starts.partition_point(|start| *start <= offset).max(1);
        let start = starts.get(line - 1).copied().unwrap_or(0);
        (line as u32, offset.saturating_sub(start) + 1)
    }
}

/// A place as people read it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    /// Path of the file.
    pub file: Arc<str>,
    /// Line, counted from 1.
    pub line: u32,
    /// First column, counted from 1, in bytes.
    pub column: u32,
    /// Column of the last byte when that is on the same line, else `column`.
    pub column_end: u32,
}

impl std::fmt::Display for Location {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

/// All texts of one program.
#[derive(Clone, Debug, Default)]
pub struct SourceMap {
    files: Vec<SourceFile>,
}

impl SourceMap {
    /// An empty map.
    pub fn new() -> SourceMap {
        SourceMap::default()
    }

    /// Adds a text. Bytes past 4 GiB cannot be named by a span.
    pub fn add(
        &mut self,
        name: impl Into<Arc<str>>,
        text: impl Into<Arc<str>>,
        origin: Origin,
    ) -> FileId {
        let id = FileId(self.files.len() as u32);
        self.files.push(SourceFile {
            name: name.into(),
            text: text.into(),
            origin,
            line_starts: Default::default(),
        });
        id
    }

    /// The texts in the order in which they were added, with their ids.
    pub fn files(&self) -> impl Iterator<Item = (FileId, &SourceFile)> {
        self.files
            .iter()
            .enumerate()
            .map(|(index, file)| (FileId(index as u32), file))
    }

    /// A text, if `id` came from this map.
    pub fn get(&self, id: FileId) -> Option<&SourceFile> {
        self.files.get(id.0 as usize)
    }

    /// The text of a range; empty when the range does not fit the text.
    pub fn text(&self, span: Span) -> &str {
        self.get(span.file)
            .and_then(|file| file.text.get(span.start as usize..span.end as usize))
            .unwrap_or("")
    }

    /// The place in a real file: a range inside a define's value becomes the place where the define was used.
    pub fn in_file(&self, mut span: Span) -> Span {
        while let Some(SourceFile {
            origin: Origin::Expansion { used, .. },
            ..
        }) = self.get(span.file)
        {
            // An expansion is always added after the text it is used in.
            if used.file >= span.file {
                break;
            }
            span = *used;
        }
        span
    }

    /// The place in a real file that holds the text: a range inside a define's value becomes its place in the directive. `None`
    /// when the value does not stand there as it is.
    pub fn in_definition(&self, span: Span) -> Option<Span> {
        let file = self.get(span.file)?;
        let Origin::Expansion { defined, .. } = &file.origin else {
            return Some(span);
        };
        let defined = (*defined)?;
        let text = &*self.get(defined.file)?.text;
        let after = text.get(defined.end as usize..)?;
        let value = after.trim_start_matches([' ', '\t']);
        let start = defined.end + (after.len() - value.len()) as u32;
        let place = Span::new(defined.file, start + span.start, start + span.end);
        let is_plain = !matches!(self.get(defined.file)?.origin, Origin::Expansion { .. });
        (is_plain && value.starts_with(&*file.text)).then_some(place)
    }

    /// Where a range is in its own text.
    pub fn location(&self, span: Span) -> Location {
        let Some(file) = self.get(span.file) else {
            return Location {
                file: "<unknown>".into(),
                line: 1,
                column: 1,
                column_end: 1,
            };
        };
        let (line, column) = file.line_column(span.start);
        let (end_line, end_column) = file.line_column(span.end.saturating_sub(1).max(span.start));
        let column_end = if end_line == line { end_column } else { column };
        Location {
            file: file.name.clone(),
            line,
            column,
            column_end,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_inside_a_define_is_reported_where_the_define_is_used() {
        let mut map = SourceMap::new();
        let root = map.add("a.cfg", "#!define X 1+\n\nX\n", Origin::Root);
        let used = Span::new(root, 15, 16);
        let origin = Origin::Expansion {
            name: "X".into(),
            defined: Some(Span::new(root, 9, 10)),
            used,
        };
        let value = map.add("X", "1+", origin);
        assert_eq!(map.in_file(Span::new(value, 1, 2)), used);
        assert_eq!(map.location(used).to_string(), "a.cfg:3:1");
        let expected = Some(Span::new(root, 12, 13));
        assert_eq!(map.in_definition(Span::new(value, 1, 2)), expected);
        assert_eq!(map.in_definition(used), Some(used));
    }

    #[test]
    fn a_span_that_fits_no_text_is_harmless() {
        let map = SourceMap::new();
        let span = Span::new(FileId(7), 3, 9);
        assert_eq!(map.text(span), "");
        assert_eq!(map.location(span).line, 1);
    }
}
