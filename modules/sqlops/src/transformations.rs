//! Transformations.

pub mod literals;
