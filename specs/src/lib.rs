//! Behaviour across modules, written as Markdown.
