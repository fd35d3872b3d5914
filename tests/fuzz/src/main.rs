//! `cargo xtask fuzz`: runs targets on mutated seeds, or an input that was kept; or hands the seeds to another fuzzer.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, bail};
use fuzzing::run::{Finding, Until, fails, file_name, fuzz, keep};
use fuzzing::seeds::Seeds;
use fuzzing::{Target, all, corpus, named};

/// What the command line asks for.
struct Asked {
    until: Until,
    seed: u64,
    input: Option<String>,
    export: Option<PathBuf>,
    import: Option<PathBuf>,
    targets: Vec<Target>,
}

fn asked() -> anyhow::Result<Asked> {
    let mut asked = Asked {
        until: Until::Time(Duration::from_secs(10)),
        seed: 1,
        input: None,
        export: None,
        import: None,
        targets: Vec::new(),
    };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let mut value = || words.next().with_context(|| format!("{word} wants a value"));
        match word.as_str() {
            "--seconds" => asked.until = Until::Time(Duration::from_secs_f64(value()?.parse()?)),
            "--inputs" => asked.until = Until::Inputs(value()?.parse()?),
            "--seed" => asked.seed = value()?.parse()?,
            "--input" => asked.input = Some(value()?),
            "--export" => asked.export = Some(value()?.into()),
            "--import" => asked.import = Some(value()?.into()),
            name => asked
                .targets
                .push(named(name).with_context(|| format!("no such target: {name}; there are {}", names()))?),
        }
    }
    if asked.targets.is_empty() {
        asked.targets = all().collect();
    }
    Ok(asked)
}

fn names() -> String {
    all().map(|target| target.name).collect::<Vec<_>>().join(", ")
}

/// Runs an input that was kept.
fn replay(target: Target, path: &str) -> anyhow::Result<()> {
    let input = fs::read(path).with_context(|| path.to_owned())?;
    match fails(target, &input) {
        Some(what) => bail!("{}: {what}", target.name),
        None => {
            println!("{}: {path} holds", target.name);
            Ok(())
        }
    }
}

/// Writes what the targets start from, a folder each: another fuzzer's corpus.
fn export(targets: &[Target], folder: &Path) -> anyhow::Result<()> {
    let seeds = Seeds::read()?;
    for target in targets {
        let folder = folder.join(target.name);
        fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
        let seeds = seeds.of(target.name);
        for seed in &seeds {
            let path = folder.join(file_name(seed));
            fs::write(&path, seed).with_context(|| path.display().to_string())?;
        }
        println!("{}: {} seeds in {}", target.name, seeds.len(), folder.display());
    }
    Ok(())
}

/// Keeps what another fuzzer found, of the targets that it has a folder for.
fn import(targets: &[Target], folder: &Path) -> anyhow::Result<()> {
    for target in targets {
        let folder = folder.join(target.name);
        if folder.is_dir() {
            println!("{}: {} inputs kept", target.name, corpus::import(target.name, &folder)?);
        }
    }
    Ok(())
}

fn go() -> anyhow::Result<bool> {
    if std::env::args().any(|word| word == "--list") {
        all().for_each(|target| println!("{}", target.name));
        return Ok(true);
    }
    let asked = asked()?;
    if let (Some(path), [target, ..]) = (&asked.input, asked.targets.as_slice()) {
        return replay(*target, path).map(|()| true);
    }
    if let Some(folder) = &asked.export {
        return export(&asked.targets, folder).map(|()| true);
    }
    if let Some(folder) = &asked.import {
        return import(&asked.targets, folder).map(|()| true);
    }
    std::panic::set_hook(Box::new(|_| {})); // what a panic says is told once, with its input
    let (seeds, mut held) = (Seeds::read()?, true);
    for target in asked.targets {
        let (name, started) = (target.name, std::time::Instant::now());
        match fuzz(target, &seeds.of(name), asked.seed, asked.until) {
            Ok(count) => {
                let seconds = started.elapsed().as_secs_f64();
                println!(
                    "{name}: {count} inputs in {seconds:.1} s, {:.0}/s, seed {}",
                    count as f64 / seconds,
                    asked.seed
                );
            }
            Err(Finding { what, input }) => {
                held = false;
                let path = keep(target, &input)?;
                let what: String = what.chars().take(2_000).collect();
                println!(
                    "{name}: {what}\n  the input, {} bytes, is in {}",
                    input.len(),
                    path.display()
                );
                println!(
                    "  again: cargo xtask fuzz --input {} {name}   (found with --seed {})",
                    path.display(),
                    asked.seed
                );
            }
        }
    }
    Ok(held)
}

fn main() -> ExitCode {
    match go() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("fuzz: {error:#}");
            ExitCode::from(64)
        }
    }
}
