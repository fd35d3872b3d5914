//! Names that sound like what they name is a secret.

/// Whether a value that goes by this name is to be kept to itself: `StartPassword`, `Password`.
pub(super) fn sounds(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    [
        "pass",
        "pwd",
        "secret",
        "credential",
        "token",
        "externalkey",
        "ownerauth",
    ]
    .iter()
    .any(|part| lower.contains(part))
}
