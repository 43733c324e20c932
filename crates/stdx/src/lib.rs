//! What the standard library could have had, without a word of our domain.
//!
//! Small, allocation-shy building blocks that every other crate shares: an
//! immutable byte string, decimal and hexadecimal digits without `fmt`, JSON strings, case-insensitive byte
//! scanning, POSIX regular expressions, a timer wheel, hash maps. Nothing here
//! reads a clock, a socket or a file, and nothing here knows what SIP or a script
//! is.
//!
//! Read [`Text`] first: it is the string type of script values, copies of headers
//! and table keys alike.

pub mod ahead;
pub mod ascii;
pub mod bounded;
pub mod ere;
pub mod hash;
pub mod hex;
pub mod json;
pub mod never;
pub mod number;
pub mod text;
pub mod wheel;

pub use ere::Ere;
pub use text::Text;
pub use wheel::Wheel;
