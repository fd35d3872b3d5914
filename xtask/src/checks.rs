//! The checks of the house.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::bail;

use crate::shell::{cargo, command, root, run, target};
use crate::{fuzz, golden, hostile, oracle, rows};

/// The cargo-deny that deny.toml is written for.
const DENY: &str = "0.20.2";

/// Seconds of a processor's time that each fuzz target runs for.
pub(crate) const FUZZ_SECONDS: f64 = 10.0;

/// Longest source file before it has to be split.
const MAX_LINES: usize = 600;

pub(crate) fn fmt() -> anyhow::Result<()> {
    run(cargo().args(["fmt", "--all", "--check"]))
}

pub(crate) fn clippy() -> anyhow::Result<()> {
    run(cargo().args(["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]))
}

/// Kerberos is off by default, since it needs MIT's library: linted, and what knows of it tested, where that is there.
pub(crate) fn gssapi() -> anyhow::Result<()> {
    let found = command("krb5-config")
        .args(["--libs", "gssapi"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    if !found.is_ok_and(|status| status.success()) {
        eprintln!("gssapi: left out; there is no MIT Kerberos to build with (apt install libkrb5-dev libclang-dev)");
        return Ok(());
    }
    let with = ["--package", "adtap", "--features", "gssapi"];
    run(cargo()
        .arg("clippy")
        .args(with)
        .args(["--all-targets", "--", "-D", "warnings"]))?;
    run(cargo()
        .arg("test")
        .args(with)
        .args(["--bin", "adtap", "--", "wef::", "krb5::", "directory::"]))
}

pub(crate) fn test() -> anyhow::Result<()> {
    run(cargo().args(["test", "--workspace"]))
}

pub(crate) fn ci() -> anyhow::Result<()> {
    fmt()?;
    house()?;
    clippy()?;
    gssapi()?;
    golden::run(false)?;
    oracle::run(20)?;
    hostile::run()?;
    fuzz::all(FUZZ_SECONDS)?;
    deny()
}

/// Licences, bans and sources; advisories need a database from the network and are left to whoever has one.
pub(crate) fn deny() -> anyhow::Result<()> {
    let tools = target().join("tools");
    let mut deny = PathBuf::from("cargo-deny");
    let installed = command(&deny)
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    if !installed.is_ok_and(|status| status.success()) {
        deny = tools.join("bin/cargo-deny");
        if !deny.is_file() {
            run(cargo()
                .args(["install", "--quiet", "--locked", "--version", DENY, "--root"])
                .arg(&tools)
                .arg("cargo-deny"))?;
        }
    }
    run(command(deny).args(["check", "licenses", "bans", "sources"]))
}

/// File heads, file sizes and leftovers, and what the documentation says is tested.
pub(crate) fn house() -> anyhow::Result<()> {
    let sources = sources(&root())?;
    let mut problems = rows::problems(&root(), &sources)?;
    for file in sources {
        let text = fs::read_to_string(&file)?;
        let name = file.strip_prefix(root()).unwrap_or(&file).display().to_string();
        if !text.starts_with("//!") {
            problems.push(format!(
                "{name}: does not open with //!; a reader cannot tell what it is for; say so"
            ));
        }
        let lines = text.lines().count();
        if lines > MAX_LINES {
            problems.push(format!("{name}: {lines} lines; split it by what its parts know"));
        }
        for (at, line) in text.lines().enumerate() {
            let leftover = ["todo!(", "unimplemented!(", "FIX\u{4d}E", "#[al\u{6c}ow("]
                .into_iter()
                .find(|word| line.contains(word));
            if let Some(word) = leftover.filter(|_| !name.starts_with("xtask/")) {
                problems.push(format!(
                    "{name}:{}: {word}…; finish it, or expect() it with a reason",
                    at + 1
                ));
            }
        }
    }
    if problems.is_empty() {
        println!("house: in order");
        return Ok(());
    }
    bail!("the house is not in order:\n{}", problems.join("\n"))
}

/// Every Rust source under `folder`, but for what cargo built.
fn sources(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() && name != "target" && !name.starts_with('.') {
            found.extend(sources(&path)?);
        } else if name.ends_with(".rs") {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}
