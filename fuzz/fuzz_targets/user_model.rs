#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| spikewatt_fuzz::check(bytes, spikewatt_fuzz::user_model));
