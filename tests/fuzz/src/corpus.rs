//! Inputs that another fuzzer found new code with, kept small: a file for each target, `{ length(2) bytes(length) }*`, big-endian.
//!
//! They are where mutation goes on from, beside the captures' flows; what must hold for ever is a regression, a file of its own.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;

/// Most octets of one target's inputs.
const ROOM: usize = 16 * 1024;

/// Where the inputs of `target` are.
fn path(target: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target)
}

/// The inputs that are kept for a target; none where there is no file.
pub(crate) fn of(target: &str) -> Vec<Vec<u8>> {
    fs::read(path(target))
        .map(|packed| unpacked(&packed))
        .unwrap_or_default()
}

/// Keeps some of `folder`, a corpus that was made minimal, for `target`: of every length alike, as many as there is room for. How many.
///
/// # Errors
/// Where a file cannot be read or written.
pub fn import(target: &str, folder: &Path) -> anyhow::Result<usize> {
    let mut inputs = Vec::new();
    for file in fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        inputs.push(fs::read(file?.path())?);
    }
    inputs.sort_by_key(|input| (input.len(), input.clone()));
    inputs.dedup();
    let inputs = sample(inputs);
    let path = path(target);
    fs::create_dir_all(path.parent().unwrap_or(&path))?;
    fs::write(&path, packed(&inputs)).with_context(|| path.display().to_string())?;
    Ok(inputs.len())
}

/// Every so many-th, so that they fit: the shortest alone reach little. None that would take an eighth of the room.
fn sample(mut sorted: Vec<Vec<u8>>) -> Vec<Vec<u8>> {
    sorted.retain(|input| !input.is_empty() && input.len() < ROOM / 8);
    let all: usize = sorted.iter().map(|input| 2 + input.len()).sum();
    let mut room = ROOM;
    let some = sorted.into_iter().rev().step_by(all.div_ceil(ROOM).max(1));
    let fits = some.filter(|input| {
        let left = room.checked_sub(2 + input.len());
        room = left.unwrap_or(room);
        left.is_some()
    });
    fits.collect()
}

fn packed(inputs: &[Vec<u8>]) -> Vec<u8> {
    let one = |input: &Vec<u8>| {
        let length = u16::try_from(input.len()).unwrap_or(u16::MAX);
        let length = length.to_be_bytes();
        length.into_iter().chain(input.iter().copied()).collect::<Vec<u8>>()
    };
    inputs.iter().flat_map(one).collect()
}

fn unpacked(mut packed: &[u8]) -> Vec<Vec<u8>> {
    let mut inputs = Vec::new();
    while let Some((length, rest)) = packed.split_first_chunk() {
        let length = usize::from(u16::from_be_bytes(*length)).min(rest.len());
        let (input, rest) = rest.split_at(length);
        inputs.push(input.to_vec());
        packed = rest;
    }
    inputs
}

#[cfg(test)]
mod tests {
    use super::{ROOM, packed, sample, unpacked};

    #[test]
    fn a_sample_has_all_lengths() {
        let sorted: Vec<_> = (0..1_000).map(|length| vec![7; length]).collect();
        let kept = sample(sorted);
        let size: usize = kept.iter().map(|input| 2 + input.len()).sum();
        assert!(size <= ROOM && size > ROOM / 2, "{size}");
        assert!(kept.iter().any(|input| input.len() < 100) && kept.iter().any(|input| input.len() > 900));
        assert_eq!(sample(vec![vec![1], vec![2; ROOM]]), [[1]]);
    }

    #[test]
    fn what_is_packed_is_unpacked() {
        let inputs = vec![vec![1], vec![], vec![2; 300]];
        assert_eq!(unpacked(&packed(&inputs)), inputs);
        assert_eq!(unpacked(&[0, 9, 1]), [[1]]);
    }
}
