//! What the standard library could have had; knows no domain word.
