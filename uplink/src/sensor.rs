//! What a sensor may be called. The name becomes part of paths, so it is checked at both ends.

use std::fs;

/// Bytes a name has at most.
const MAX: usize = 64;

/// Whether `name` may name a sensor: 1 to 64 ASCII letters, digits, `.`, `_` or `-`, not starting with `.`.
#[must_use]
pub fn is_sensor_name(name: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    !name.is_empty() && name.len() <= MAX && !name.starts_with('.') && name.bytes().all(allowed)
}

/// This host's name as the kernel has it, as far as it may name a sensor; else `sensor`.
#[must_use]
pub fn host_name() -> String {
    let name = fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let name = name.trim();
    if is_sensor_name(name) {
        name.to_owned()
    } else {
        "sensor".to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_no_path() {
        for good in ["dc1", "Sensor-7_a.corp", "0"] {
            assert!(is_sensor_name(good), "{good}");
        }
        for bad in [
            "",
            ".",
            "..",
            ".hidden",
            "a/b",
            "a b",
            "ü",
            "a\0",
            "a~b",
            &"x".repeat(65),
        ] {
            assert!(!is_sensor_name(bad), "{bad}");
        }
        assert!(is_sensor_name(&host_name()));
    }
}
