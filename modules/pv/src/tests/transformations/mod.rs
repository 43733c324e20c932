//! Transformations.

mod documented;
mod strings;
mod structured;
