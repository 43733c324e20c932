//! Compiles a checked syntax tree and runs it, able to wait and resume.
