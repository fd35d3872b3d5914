//! Captures named on the command line: opening them, and saying what was wrong with them.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use capture::source::file::{Damage, FileSource, OpenError};
use signal_hook::consts::{SIGINT, SIGTERM};

use crate::eventlog;
use crate::exit::{Code, Failure};

/// Opens the captures, which end early once `stop` is raised; a failure carries the exit code.
pub(super) fn open(paths: &[PathBuf], stop: &Arc<AtomicBool>) -> anyhow::Result<FileSource> {
    FileSource::open_until(paths, Arc::clone(stop)).map_err(|error| refused(&error))
}

/// Opens the captures as [`open`] does, and leaves out the files of Windows events among them, which [`FileSource::others`] has.
pub(super) fn open_with_events(paths: &[PathBuf], stop: &Arc<AtomicBool>) -> anyhow::Result<FileSource> {
    FileSource::open_beside(paths, Arc::clone(stop), &eventlog::is_one).map_err(|error| refused(&error))
}

fn refused(error: &OpenError) -> anyhow::Error {
    let code = match error {
        OpenError::Unreadable { .. } => Code::NoInput,
        _ => Code::Data,
    };
    Failure::new(code, error.to_string()).into()
}

/// A flag that Ctrl-C and SIGTERM raise; a second one ends the process at once.
pub(super) fn stop_on_signals() -> anyhow::Result<Arc<AtomicBool>> {
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        signal_hook::flag::register_conditional_shutdown(signal, Code::Interrupted as i32, Arc::clone(&stop))?;
        signal_hook::flag::register(signal, Arc::clone(&stop))?;
    }
    Ok(stop)
}

/// Says what the captures and the files of events beside them were damaged by; the failure to leave with, if they were.
pub(super) fn all_damage(source: &FileSource, events: &[Damage]) -> anyhow::Result<()> {
    for damage in events {
        eprintln!(
            "adtap: {}: {}; what could be read of it was processed; export the log anew",
            damage.file, damage.what
        );
    }
    damage(source)?;
    match events.len() {
        0 => Ok(()),
        _ => Err(Failure::new(Code::Data, "a file of events was damaged").into()),
    }
}

/// Says what the captures were damaged by; the failure to leave with, if they were.
pub(super) fn damage(source: &FileSource) -> anyhow::Result<()> {
    let damages = source.damages();
    for damage in damages {
        eprintln!(
            "adtap: {}: {} at byte {}; what follows there is lost, everything before was processed; capture it anew or repair it",
            damage.file, damage.what, damage.offset
        );
    }
    match damages.len() {
        0 => Ok(()),
        1 => Err(Failure::new(Code::Data, "one capture was damaged").into()),
        count => {
            let sentence = format!("{count} captures were damaged");
            Err(Failure::new(Code::Data, sentence).into())
        }
    }
}

/// The failure to leave with, if a signal ended the run early.
pub(super) fn interrupted(stop: &AtomicBool) -> anyhow::Result<()> {
    if stop.load(Ordering::Relaxed) {
        let sentence = "interrupted; everything read before was processed";
        return Err(Failure::new(Code::Interrupted, sentence).into());
    }
    Ok(())
}
