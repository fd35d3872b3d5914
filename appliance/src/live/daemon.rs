//! The daemon from start to end: generations of the pipeline, one after the other, under one confinement.
//!
//! Start: load → check → open spool → open sockets → drop privileges → landlock, seccomp → threads → `READY=1`. Stop: sources
//! stop, each stage ends when its input ends, the spool is synced, the sender drained for a while. Reload: the next generation
//! is opened by the same process, with the rights it kept, when the one before has ended; it goes on with its sockets.

use std::time::Instant;

use super::event;
use super::generation::Generation;
use super::opening::Open;
use super::setup::Setup;
use super::supervise::{End, supervise};
use super::{log, notify};
use crate::krb5;
use crate::sandbox;
use crate::worker::Provoke;

/// Runs until it is stopped. `load` reads the configuration, at the start and for each reload.
pub(crate) fn run(load: &dyn Fn() -> anyhow::Result<Setup>, provoke: Option<Provoke>) -> anyhow::Result<()> {
    log::start();
    let mut setup = load()?;
    setup.check()?;
    krb5::tell(&setup.config)?;
    let mut opened = Open::first(&setup)?;
    let confined = sandbox::enter(&setup.config.sandbox, &setup.rights(), &setup.grants())?;
    tracing::info!("{confined}");
    let (events, received) = event::channel()?;
    let began = Instant::now();
    loop {
        let mut generation = Generation::start(opened, setup, &events, began, provoke)?;
        notify::ready(&generation.sentence);
        tracing::info!("{}", generation.sentence);
        match supervise(&mut generation, &received, load) {
            Ok(End::Stop) => return generation.finish(&received).map(drop),
            Ok(End::Reload(next)) => {
                tracing::info!("a new configuration: adtap starts anew with it");
                let (stop, left) = generation.finish(&received)?;
                if stop {
                    return Ok(());
                }
                setup = *next;
                opened = Open::again(&setup, Some(left))?;
            }
            Err(error) => {
                generation.abandon();
                return Err(error);
            }
        }
    }
}
