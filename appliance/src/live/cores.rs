//! Which core a worker keeps to: its caches then stay its own.

use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
use nix::unistd::Pid;

/// How many workers: as many as are wanted, or for 0 one for each core but one, up to four.
pub(super) fn workers(wanted: u8) -> u8 {
    if wanted > 0 {
        return wanted;
    }
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    u8::try_from(cores.saturating_sub(1).clamp(1, 4)).unwrap_or(1)
}

/// A core for each of `workers`, the last ones first, since interrupts and everything else tend to the first. None where
/// workers would take every core: then the scheduler knows better.
pub(super) fn of(workers: usize, wanted: bool) -> Vec<usize> {
    let allowed = allowed();
    if !wanted || allowed.len() <= workers {
        return Vec::new();
    }
    allowed.into_iter().rev().take(workers).collect()
}

/// Keeps the calling thread to `core`; where that is refused it runs anywhere.
pub(super) fn pin(core: Option<usize>) {
    let Some(core) = core else { return };
    let mut set = CpuSet::new();
    if let Err(error) = set.set(core).and_then(|()| sched_setaffinity(Pid::from_raw(0), &set)) {
        tracing::debug!(%error, core, "a worker cannot be kept to its core");
    }
}

/// The cores this process may use.
fn allowed() -> Vec<usize> {
    let Ok(set) = sched_getaffinity(Pid::from_raw(0)) else {
        return Vec::new();
    };
    (0..CpuSet::count())
        .filter(|core| set.is_set(*core).unwrap_or(false))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn workers_never_take_every_core() {
        let all = allowed().len();
        assert!(all > 0);
        assert_eq!(of(all, true), Vec::<usize>::new());
        assert_eq!(of(1, false), Vec::<usize>::new());
        assert_eq!(of(all - 1, true).len(), all - 1);
    }
}
