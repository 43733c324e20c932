//! The configuration language: preprocessor, lexer, parser, syntax tree, printer.
//!
//! A script is read in one pass: the preprocessor resolves directives and includes while the lexer cuts what is
//! active into tokens; the parser makes the tree of [`ast`] out of them. Nothing fails: mistakes become
//! diagnostics and the rest is still parsed.
//!
//! The crate reads no file, environment or clock itself: the caller hands it a loader. It knows no module, function
//! or variable by name beyond the words of the grammar. Read [`ast`] first.

pub mod ast;
