//! What is fuzzed: each target takes bytes that a stranger could have sent and must neither panic nor break its promise.
//!
//! `cargo xtask fuzz` runs the targets under cargo-fuzz; `cargo test` feeds every file of their corpora to them once.
//! An input that broke something becomes a file of the corpus, named for what it broke. Read [`TARGETS`] first.

mod sip_targets;

pub use sip_targets::{sip_message, sip_stream, sip_uri};

/// A target: takes an input, panics when something is wrong with what became of it.
pub type Target = fn(&[u8]);

/// All targets under the names of their binaries and corpora.
pub const TARGETS: &[(&str, Target)] = &[
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
