#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| rdscal_fuzz::ldap::answers(data));
