//! What the standard library could have had; knows no domain word.
//!
//! Small, allocation-shy building blocks that every other crate shares: an
//! immutable byte string, decimal numbers without `fmt`, case-insensitive byte
//! scanning. Nothing here reads a clock, a socket or a
//! file, and nothing here knows what SIP or a script is.
//!
//! Read [`Text`] first: it is the string type of script values, headers' copies
//! and table keys alike.

pub mod ascii;
pub mod never;
pub mod number;
pub mod text;

pub use text::Text;
