//! Every target holds for its seeds, for what was once found, and for some mutated inputs: the quick form of `cargo xtask fuzz`.

use std::fs;

use fuzzing::run::{Until, fails, fuzz, keep};
use fuzzing::seeds::{Seeds, committed};
use fuzzing::{all, named};

/// Mutated inputs of each target beyond its seeds, of a debug build.
const INPUTS: u64 = 150;

#[test]
fn what_was_found_holds() {
    for (name, path) in committed("regressions").unwrap() {
        let target = named(&name).unwrap();
        let what = fails(target, &fs::read(&path).unwrap());
        assert_eq!(what, None, "{name}: {}", path.display());
    }
}

#[test]
fn every_target_holds_for_a_while() {
    let seeds = Seeds::read().unwrap();
    for target in all() {
        let own = seeds.of(target.name);
        let until = Until::Inputs(INPUTS + own.len().min(50) as u64);
        if let Err(finding) = fuzz(target, &own, 42, until) {
            let path = keep(target, &finding.input).unwrap();
            panic!("{}: {}\nthe input is in {}", target.name, finding.what, path.display());
        }
    }
}

#[test]
fn every_committed_seed_has_a_target() {
    for (name, _) in committed("seeds").unwrap() {
        assert!(name == "ndr" || named(&name).is_some(), "{name} is no target");
    }
}
