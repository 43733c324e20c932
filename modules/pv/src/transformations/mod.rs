//! Transformations: what follows a variable in braces.
//!
//! Each takes the value that came out of what stands before it. Where it has nothing to say (`$null` came in, the text is
//! no URI, an index is beyond the end) it answers with `$null`, which shows as nothing in a format string. The functions
//! of a class are in the file of that class; what they need of other knowledge is in files of its own.

mod base58;
mod seven_bit;
mod support;

pub mod addresses;
pub mod digests;
pub mod encodings;
pub mod escapes;
pub mod lines;
pub mod lists;
pub mod msrp;
pub mod regex;
pub mod sockets;
pub mod strings;
pub mod substrings;
pub mod uris;
pub mod urls;
pub mod values;
