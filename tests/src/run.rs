//! Running adtap as a user does.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

/// The workspace's root.
#[must_use]
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap_or(Path::new("."))
        .to_owned()
}

/// A folder below `pcaps/`.
#[must_use]
pub fn case(name: &str) -> PathBuf {
    root().join("pcaps").join(name)
}

/// The shared captures beside the workspace; says so where they are not there.
#[must_use]
pub fn shared() -> Option<PathBuf> {
    let folder = root().parent()?.join("shared");
    if !folder.is_dir() {
        println!("skipped: ../shared with the captures is not there");
        return None;
    }
    Some(folder)
}

/// The adtap binary of this profile, built if it is not.
///
/// # Panics
/// Where it cannot be built.
#[must_use]
#[expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a test without its binary cannot go on"
)]
pub fn adtap() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut build = Command::new(cargo);
        build
            .current_dir(root())
            .args(["build", "--quiet", "--package", "adtap"]);
        // target/<profile>/deps/<this test>
        let test = std::env::current_exe().expect("a test knows its own path");
        let profile = test
            .ancestors()
            .nth(2)
            .expect("a test lies in target/<profile>/deps")
            .to_owned();
        if profile.ends_with("release") {
            build.arg("--release");
        }
        if !build.status().is_ok_and(|status| status.success()) {
            panic!("adtap cannot be built");
        }
        profile.join("adtap")
    })
}

/// `adtap replay --json --no-send --quiet ARGUMENTS`, in `folder`.
///
/// # Panics
/// Where adtap cannot be started.
#[must_use]
#[expect(clippy::expect_used, reason = "a test without its binary cannot go on")]
pub fn replay(folder: &Path, arguments: &[&str]) -> Output {
    let mut replay = Command::new(adtap());
    replay
        .current_dir(folder)
        .args(["replay", "--json", "--no-send", "--quiet"])
        .args(arguments);
    replay.output().expect("adtap starts")
}
