//! Running other programs, and knowing where things are.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail};

/// The workspace's root.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap_or(Path::new("."))
        .to_owned()
}

/// Public captures, lab captures, oracles and the mix: beside the workspace, where somebody has them.
pub(crate) fn shared() -> Option<PathBuf> {
    let folder = root().parent()?.join("shared");
    folder.is_dir().then_some(folder)
}

/// A command in the workspace's root.
pub(crate) fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command.current_dir(root());
    command
}

/// The cargo that runs this, without what it told this program of its package: build scripts that look there (ring's) would
/// run anew, and all that stands on them be built anew.
pub(crate) fn cargo() -> Command {
    let mut cargo = command(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    for (name, _) in std::env::vars_os() {
        let told = name.to_string_lossy();
        if told.starts_with("CARGO_PKG_") || told.starts_with("CARGO_MANIFEST_") {
            cargo.env_remove(&name);
        }
    }
    cargo
}

/// Runs to the end, showing what it prints; anything but success is an error that names the command.
pub(crate) fn run(command: &mut Command) -> anyhow::Result<()> {
    println!("$ {}", describe(command));
    let status = command
        .status()
        .with_context(|| format!("cannot start {}", describe(command)))?;
    if !status.success() {
        bail!("{} ended with {status}", describe(command));
    }
    Ok(())
}

/// Where cargo puts what it builds.
pub(crate) fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// Builds adtap in release and returns the binary's path.
pub(crate) fn adtap() -> anyhow::Result<PathBuf> {
    run(cargo().args(["build", "--release", "--package", "adtap"]))?;
    Ok(target().join("release/adtap"))
}

fn describe(command: &Command) -> String {
    let words: Vec<_> = command.get_args().map(OsStr::to_string_lossy).collect();
    let program = Path::new(command.get_program())
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let line = format!("{program} {}", words.join(" "));
    if line.chars().count() > 160 {
        line.chars().take(159).chain(['…']).collect()
    } else {
        line
    }
}
