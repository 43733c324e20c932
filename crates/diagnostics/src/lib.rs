//! Diagnostics with codes, labels and help, rendered as text and JSON.
