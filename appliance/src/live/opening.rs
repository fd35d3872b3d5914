//! What is opened before anything runs: sockets, spool, directory, the place to answer at.

use std::sync::Arc;

use capture::source::live::{self, OpenError, Opened};
use parsers::kerberos::keytab::Keys;
use resolver::directory::Snapshot;
use uplink::{Appender, Reader, Spool, SpoolError};

use super::cores;
use super::left::{Left, Unwatched};
use super::setup::Setup;
use crate::directory::Loaded;
use crate::exit::{Code, Failure};
use crate::health::{Health, Meter};
use crate::listen::{Kept, Listeners};
use crate::sandbox::{self, Missing};
use crate::web::{self, Bound};

/// What is opened before anything runs.
pub(super) struct Open {
    pub(super) spool: (Appender, Reader),
    pub(super) sockets: Opened,
    pub(super) directory: Loaded,
    pub(super) keys: Option<Arc<Keys>>,
    pub(super) health: Health,
    pub(super) meter: Meter,
    pub(super) web: Option<Bound>,
    pub(super) listeners: Listeners,
    /// Frames that came while nobody watched.
    pub(super) unwatched: Unwatched,
}

impl Open {
    /// As the process starts, with all the rights it was given.
    pub(super) fn first(setup: &Setup) -> anyhow::Result<Self> {
        if let Some(user) = &setup.config.run.user {
            sandbox::become_user(user, &setup.folders())?;
        }
        Missing::of(&setup.rights()).verdict()?;
        Self::again(setup, None)
    }

    /// With the rights that are left, and with what the generation before `left` of its sockets.
    pub(super) fn again(setup: &Setup, left: Option<Left>) -> anyhow::Result<Self> {
        let config = &setup.config;
        let directory =
            Snapshot::read(&config.run.directory).map_err(|error| Failure::new(Code::NoInput, error.to_string()))?;
        directory
            .problems()
            .iter()
            .for_each(|problem| tracing::warn!("{problem}"));
        let spool = Spool::open(&config.spool).map_err(|error| spool_failure(&error))?;
        let (sockets, unwatched, kept) = match left {
            Some(left) => left.again(&config.capture)?,
            None => (open(&config.capture)?, Unwatched::default(), Kept::default()),
        };
        Ok(Self {
            spool,
            sockets,
            directory: Loaded::open(&config.directory, directory),
            keys: config.kerberos.keys()?,
            health: Health::open(&config.health, setup.spool()),
            meter: Meter::open()?,
            web: listen(&config.web),
            listeners: Listeners::open(&config.radius, &config.events, setup.spool(), kept)?,
            unwatched,
        })
    }
}

/// The sockets of every interface; what is not as configured is told.
pub(super) fn open(config: &capture::Config) -> anyhow::Result<Opened> {
    let workers = cores::workers(config.workers);
    let sockets = live::open(config, workers).map_err(|error| refused(&error))?;
    sockets.notes.iter().for_each(|note| tracing::warn!("{note}"));
    Ok(sockets)
}

/// The socket to answer at. That there is none is told, but no reason to see nothing.
fn listen(config: &web::Config) -> Option<Bound> {
    let bound = web::bind(config);
    bound.inspect_err(|error| tracing::error!("{error:#}")).ok().flatten()
}

fn spool_failure(error: &SpoolError) -> Failure {
    Failure::new(
        Code::CannotCreate,
        format!("{error}; nothing was started; make it writable, or name another with --spool"),
    )
}

pub(crate) fn refused(error: &OpenError) -> Failure {
    let code = match error {
        OpenError::Permission { .. } => Code::NoPermission,
        _ => Code::Unavailable,
    };
    Failure::new(code, error.to_string())
}
