//! Runs `fuzz::sip_uri` under libFuzzer.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::sip_uri(data));
