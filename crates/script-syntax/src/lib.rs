//! The configuration language: preprocessor, lexer, parser, syntax tree, printer.
