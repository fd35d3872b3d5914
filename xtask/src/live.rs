//! The lab and the live benches: both are `tests/lab/run`, which makes its own namespaces.

use crate::bench::mix;
use crate::shell::{command, root, run, shared, target};

/// Whole-pipeline benches over a cable; words are the lab's own (`--short`, `--seconds N`, names of benches).
pub(crate) fn bench(words: &[&str]) -> anyhow::Result<()> {
    let (options, names): (Vec<&str>, Vec<&str>) = split(words);
    let mut lab = lab();
    if let Some(shared) = shared() {
        lab.env("ADTAP_LAB_MIX", mix(&shared)?);
    } else {
        println!("bench-live: without ../shared the story's capture stands for the reference mix");
    }
    run(lab.arg("--bench").args(names).args(options))
}

/// The domain behind the mirror; words are the lab's own.
pub(crate) fn domain(words: &[&str]) -> anyhow::Result<()> {
    run(lab().args(words))
}

fn lab() -> std::process::Command {
    let mut lab = command(root().join("tests/lab/run"));
    lab.env("CARGO_TARGET_DIR", target());
    // Benches last as long as they are told to.
    lab.env("ADTAP_LAB_LIMIT", "3600");
    lab
}

/// Options with their values, and names.
fn split<'a>(words: &[&'a str]) -> (Vec<&'a str>, Vec<&'a str>) {
    let mut value = false;
    words.iter().partition(|word| {
        let option = value || word.starts_with("--");
        value = !value && **word == "--seconds";
        option
    })
}
