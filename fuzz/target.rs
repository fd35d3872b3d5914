//! One target of `tests/fuzz` under libFuzzer: the one whose name the binary has.
#![no_main]

use std::sync::LazyLock;

use fuzzing::{Target, named};

static TARGET: LazyLock<Option<Target>> = LazyLock::new(|| named(env!("CARGO_BIN_NAME")));

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    if let Some(target) = *TARGET {
        (target.run)(data);
    }
});
