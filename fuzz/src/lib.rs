//! What is fuzzed: each target takes bytes that a stranger could have sent and must neither panic nor break its promise.
//!
//! `cargo xtask fuzz` runs the targets under cargo-fuzz; `cargo test` feeds every file of their corpora to them once.
//! An input that broke something becomes a file of the corpus, named for what it broke. Read [`TARGETS`] first.
#![expect(clippy::panic, reason = "a target reports by panicking")]

mod script;
mod sip_body;
mod sip_header_fields;
mod sip_message;
mod sip_stream;
mod sip_uri;

pub use script::script;
pub use sip_body::sip_body;
pub use sip_header_fields::sip_header_fields;
pub use sip_message::sip_message;
pub use sip_stream::sip_stream;
pub use sip_uri::sip_uri;

/// A target: takes an input, panics when something is wrong with what became of it.
pub type Target = fn(&[u8]);

/// All targets under the names of their binaries and corpora.
pub const TARGETS: &[(&str, Target)] = &[
    ("script", script),
    ("sip_body", sip_body),
    ("sip_header_fields", sip_header_fields),
    ("sip_message", sip_message),
    ("sip_stream", sip_stream),
    ("sip_uri", sip_uri),
];

#[cfg(test)]
mod tests {
    use super::TARGETS;
    use std::path::Path;

    #[test]
    fn every_corpus_file_passes_its_target() {
        for (name, target) in TARGETS {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
                .join("corpus")
                .join(name);
            let mut count = 0;
            for entry in std::fs::read_dir(&folder).unwrap() {
                target(&std::fs::read(entry.unwrap().path()).unwrap());
                count += 1;
            }
            assert!(count > 0, "{name} has no corpus");
        }
    }
}
