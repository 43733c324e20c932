//! Runs `fuzz::sip_header_fields` under libFuzzer.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::sip_header_fields(data));
