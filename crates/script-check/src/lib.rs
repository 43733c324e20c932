//! Checks a syntax tree against the catalog.
