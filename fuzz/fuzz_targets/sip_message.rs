//! Runs `fuzz::sip_message` under libFuzzer.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::sip_message(data));
