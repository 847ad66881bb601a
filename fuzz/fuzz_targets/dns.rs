#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| rdscal_fuzz::dns::target(data));
