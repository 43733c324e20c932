//! Automation: cargo xtask check, tidy, generate, spec, oracle, bench.
fn main() {}
