//! `pieces` of the targets in `src/lib.rs`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| kfeat_fuzz::pieces(data));
