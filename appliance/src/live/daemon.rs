//! The daemon from start to end: generations of the pipeline, one after the other, under one confinement.
//!
//! Start: load → check → open spool → open sockets → drop privileges → landlock, seccomp → threads → `READY=1`. Stop: sources
//! stop, each stage ends when its input ends, the spool is synced, the sender drained for a while. Reload: the next generation
//! is opened by the same process, with the rights it kept, when the one before has ended.

use std::sync::Arc;
use std::time::{Duration, Instant};

use capture::source::live::{self, OpenError, Opened, Watch};
use crossbeam_channel::{Receiver, Sender as EventSender};
use parsers::kerberos::keytab::Keys;
use resolver::directory::Snapshot;
use tokio::runtime::Runtime;
use uplink::{Appender, Drained, Reader, Sender, SenderHandle, Spool, SpoolError};

use super::delay::Delays;
use super::event::{self, Event};
use super::pipeline::{Parts, Pipeline};
use super::pulse::LiveTotals;
use super::setup::Setup;
use super::supervise::{End, supervise};
use super::vitals::Vitals;
use super::{cores, log, notify, observe};
use crate::exit::{Code, Failure};
use crate::health::{Governor, Health, Meter, Shed};
use crate::sandbox::{self, Missing};
use crate::web::{self, Bound, Server};
use crate::worker::Provoke;

/// How long the stages may take to end.
const ENDING: Duration = Duration::from_secs(15);

/// Between two looks at whether something has ended.
const GLANCE: Duration = Duration::from_millis(20);

/// Runs until it is stopped. `load` reads the configuration, at the start and for each reload.
pub(crate) fn run(load: &dyn Fn() -> anyhow::Result<Setup>, provoke: Option<Provoke>) -> anyhow::Result<()> {
    log::start();
    let mut setup = load()?;
    setup.check()?;
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
                if generation.finish(&received)? {
                    return Ok(());
                }
                setup = *next;
                opened = Open::again(&setup)?;
            }
            Err(error) => {
                generation.abandon();
                return Err(error);
            }
        }
    }
}

/// What is opened before anything runs.
struct Open {
    spool: (Appender, Reader),
    sockets: Opened,
    directory: Arc<Snapshot>,
    keys: Option<Arc<Keys>>,
    health: Health,
    meter: Meter,
    web: Option<Bound>,
}

impl Open {
    /// As the process starts, with all the rights it was given.
    fn first(setup: &Setup) -> anyhow::Result<Self> {
        if let Some(user) = &setup.config.run.user {
            sandbox::become_user(user, setup.spool())?;
        }
        Missing::of(&setup.rights()).verdict()?;
        Self::again(setup)
    }

    /// With the rights that are left.
    fn again(setup: &Setup) -> anyhow::Result<Self> {
        let config = &setup.config;
        let directory =
            Snapshot::read(&config.run.directory).map_err(|error| Failure::new(Code::NoInput, error.to_string()))?;
        directory
            .problems()
            .iter()
            .for_each(|problem| tracing::warn!("{problem}"));
        let spool = Spool::open(&config.spool).map_err(|error| spool_failure(&error))?;
        let workers = cores::workers(config.capture.workers);
        let sockets = live::open(&config.capture, workers).map_err(|error| refused(&error))?;
        sockets.notes.iter().for_each(|note| tracing::warn!("{note}"));
        Ok(Self {
            spool,
            sockets,
            directory: Arc::new(directory),
            keys: config.kerberos.keys()?,
            health: Health::open(&config.health, setup.spool()),
            meter: Meter::open()?,
            web: listen(&config.web),
        })
    }
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

/// One run of the pipeline, from opened sockets to a drained spool.
pub(super) struct Generation {
    pub(super) setup: Setup,
    pub(super) sentence: String,
    pub(super) pipeline: Pipeline,
    pub(super) watch: Watch,
    /// How frames are taken from each interface, in the order of the configuration.
    pub(super) modes: Vec<String>,
    pub(super) sender: SenderHandle,
    pub(super) health: Health,
    pub(super) delays: Delays,
    pub(super) meter: Meter,
    governor: Governor,
    /// Answers until the generation ends.
    web: Option<Server>,
    /// When the daemon began.
    pub(super) began: Instant,
    /// What was told of the receiver last.
    reached: Option<bool>,
    runtime: Runtime,
}

impl Generation {
    fn start(
        open: Open,
        setup: Setup,
        events: &EventSender<Event>,
        began: Instant,
        provoke: Option<Provoke>,
    ) -> anyhow::Result<Self> {
        let config = &setup.config;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .thread_name("uplink")
            .build()?;
        let health = open.health;
        let report = health.clone();
        let (appender, reader) = open.spool;
        let sender = Sender::spawn(runtime.handle(), config.sender.clone(), reader, move || report.report())
            .map_err(|error| Failure::new(Code::Config, error.to_string()))?;
        let names = config.capture.interfaces.iter().map(|interface| interface.name.clone());
        let shed = Shed::default();
        let governor = Governor::new(&config.limits, open.meter.memory(), shed.clone());
        let delays = Delays::default();
        runtime.spawn(delays.clone().watch(sender.watch()));
        let parts = Parts {
            delays: delays.clone(),
            shed,
            latest: health.activities().clone(),
            names: names.collect(),
            directory: open.directory,
            keys: open.keys,
            appender,
            provoke,
            feeds: open.sockets.sources,
        };
        let sentence = setup.sentence(parts.feeds.len());
        let web = open.web.map(|bound| bound.serve(health.clone())).transpose()?;
        let pipeline = Pipeline::start(parts, config, events)?;
        Ok(Self {
            pipeline,
            sentence,
            setup,
            watch: open.sockets.watch,
            modes: open.sockets.modes,
            sender,
            health,
            delays,
            meter: open.meter,
            governor,
            web,
            began,
            reached: None,
            runtime,
        })
    }

    /// Gathers what is known now, for health; and says when the receiver comes or goes.
    pub(super) fn observe(&mut self, vitals: &Vitals) {
        let status = self.sender.status();
        if self.reached != Some(status.connected) && (status.connected || status.error.is_some()) {
            self.reached = Some(status.connected);
            match &status.error {
                Some(error) => tracing::warn!("{error}; activities wait in the spool"),
                None => tracing::info!("sending to {}", self.setup.config.sender.url),
            }
        }
        let mut snapshot = observe::snapshot(self, vitals);
        self.governor.observe(&mut snapshot);
        self.health.observe(snapshot);
    }

    /// What has ended beside the pipeline's threads and should not have.
    pub(super) fn gone(&self) -> Option<&'static str> {
        if self.sender.has_ended() {
            return Some("sender");
        }
        self.web.as_ref().is_some_and(Server::has_ended).then_some("web")
    }

    /// Ends in order: sources, stages, sender. Answers whether it was asked to stop meanwhile.
    fn finish(self, events: &Receiver<Event>) -> anyhow::Result<bool> {
        notify::stopping("ending: the spool is synced and sent");
        self.pipeline.stop();
        let deadline = Instant::now() + ENDING;
        while !self.pipeline.has_ended() {
            if Instant::now() > deadline {
                let sentence = format!(
                    "{} does not end; what was spooled is kept; please report it",
                    self.pipeline.running().join(", ")
                );
                return Err(Failure::new(Code::Software, sentence).into());
            }
            std::thread::sleep(GLANCE);
        }
        let mut stop = asked(events);
        // Nobody is waited for who is not there.
        let connected = self.sender.status().connected;
        let patience = if connected {
            self.setup.config.run.drain_seconds
        } else {
            0
        };
        let patience = Duration::from_secs(patience.into());
        let spool = self.sender.spool();
        let draining = self.runtime.spawn(self.sender.drain(patience));
        while !draining.is_finished() && !stop {
            std::thread::sleep(GLANCE);
            stop = asked(events);
        }
        let drained = if draining.is_finished() {
            self.runtime.block_on(draining).ok()
        } else {
            None
        };
        self.health.keep();
        drop(self.web); // the next generation listens there
        self.runtime.shutdown_timeout(Duration::from_millis(500));
        tracing::info!(
            "{}{}",
            summary(&self.pipeline, spool.last_id, drained.as_ref()),
            promptness(&self.delays)
        );
        Ok(stop)
    }

    /// Something is wrong beyond repair: what can be synced within a moment is.
    fn abandon(self) {
        self.pipeline.stop();
        let deadline = Instant::now() + Duration::from_secs(1);
        while !self.pipeline.has_ended() && Instant::now() < deadline {
            std::thread::sleep(GLANCE);
        }
        self.health.keep();
        self.runtime.shutdown_background();
    }
}

/// Whether the end was asked for since the last look; that threads end is expected by now.
fn asked(events: &Receiver<Event>) -> bool {
    events.try_iter().filter(|event| *event == Event::Stop).count() > 0
}

/// How prompt acknowledgements were.
fn promptness(delays: &Delays) -> String {
    match (delays.quantile(0.5), delays.quantile(0.99)) {
        (Some(half), Some(most)) => {
            format!("; frame to acknowledgement {half} ms for half of them, {most} ms for 99 of 100")
        }
        _ => String::new(),
    }
}

/// How a generation went, in one line.
fn summary(pipeline: &Pipeline, last_id: u64, drained: Option<&Drained>) -> String {
    let mut all = LiveTotals::default();
    for pulse in pipeline.pulses() {
        all.add(&pulse.totals());
    }
    let stats = &all.totals.stats;
    let sent = drained.map_or_else(
        || "what waits in the spool is sent at the next start".to_owned(),
        |drained| {
            format!(
                "{} acknowledged by this run, {} wait in the spool",
                drained.acknowledged, drained.waiting
            )
        },
    );
    format!(
        "ended: {} frames = {} decoded + {} skipped + {} malformed + {} lost; {} activities, {} lost before the spool; last id {last_id}; {sent}",
        stats.frames,
        stats.decoded,
        stats.skipped(),
        stats.malformed(),
        stats.lost(),
        all.kinds.iter().sum::<u64>(),
        all.queue_lost,
    )
}
