//! Names that sound like what they name is a secret.

/// Whether a value that goes by this name is to be kept to itself: `StartPassword`, `Password`.
pub(super) fn sounds(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let has_part = PARTS.iter().any(|part| lower.contains(part));
    has_part || lower == "pin" || name.ends_with("PIN") || name.ends_with("Pin")
}

const PARTS: [&str; 12] = [
    "pass",
    "pwd",
    "secret",
    "credential",
    "token",
    "externalkey",
    "ownerauth",
    "connectionstring",
    "keymaterial",
    "masterkey",
    "privatekey",
    "sharedkey",
];

#[cfg(test)]
mod tests {
    use super::sounds;

    /// Parameters of Win32_EncryptableVolume's methods are among them.
    #[test]
    fn a_pin_and_a_connection_string_are_secrets() {
        for name in [
            "PIN",
            "NewPIN",
            "pin",
            "UserPin",
            "ConnectionString",
            "PreSharedKey",
            "StartPassword",
        ] {
            assert!(sounds(name), "{name}");
        }
        for name in ["Ping", "Mapping", "Spinning", "CommandLine", "Key", "PublicKey"] {
            assert!(!sounds(name), "{name}");
        }
    }
}
