//! Diagnostics: what is wrong with a script, where, why, and what to do about it.
//!
//! A [`Diagnostic`] carries a stable [`Code`], labelled [`Span`]s into a [`SourceMap`] and help with concrete
//! edits; [`render_text`], [`render_line`] and [`render_json`] show it. All codes of the project are in one
//! table, [`codes`], each with the text that `explain` prints.
//!
//! The crate knows no language and reads no files: whoever reads a file adds its text to the source map.
//! Read [`Diagnostic`] first, then [`SourceMap`].

pub mod codes;
mod diagnostic;
mod render;
mod similar;
mod source;

pub use codes::Code;
pub use diagnostic::{Diagnostic, Edit, Help, Label, Severity};
pub use render::{Color, render_json, render_line, render_text};
pub use similar::did_you_mean;
pub use source::{FileId, Location, Origin, SourceFile, SourceMap, Span};
