//! One run of the pipeline, from opened sockets to a drained spool: a daemon has one after the other.

use std::time::{Duration, Instant};

use capture::CaptureId;
use capture::source::live::{Live, Watch};
use crossbeam_channel::{Receiver, Sender as EventSender, bounded};
use tokio::runtime::Runtime;
use uplink::{Sender, SenderHandle};

use super::delay::Delays;
use super::event::Event;
use super::left::{Left, Unwatched};
use super::opening::Open;
use super::pipeline::{Parts, Pipeline};
use super::setup::Setup;
use super::summary::{promptness, summary};
use super::vitals::Vitals;
use super::{known, notify, observe};
use crate::directory::{Election, Synchronizer};
use crate::exit::{Code, Failure};
use crate::health::{Governor, Health, Meter, Shed};
use crate::listen::{self, Listeners};
use crate::web::Server;
use crate::worker::Provoke;

/// How long the stages may take to end.
const ENDING: Duration = Duration::from_secs(15);

/// Newer directories that may wait for the resolve stage.
const RENEWALS: usize = 2;

/// What activities that the directory itself tells of were captured from.
const DIRECTORY: &str = "directory";

/// Between two looks at whether something has ended.
const GLANCE: Duration = Duration::from_millis(20);

/// One run of the pipeline, from opened sockets to a drained spool.
pub(super) struct Generation {
    pub(super) setup: Setup,
    pub(super) sentence: String,
    pub(super) pipeline: Pipeline<Live>,
    pub(super) watch: Watch,
    /// How frames are taken from each interface, in the order of the configuration.
    pub(super) modes: Vec<String>,
    pub(super) sender: SenderHandle,
    pub(super) health: Health,
    pub(super) delays: Delays,
    pub(super) meter: Meter,
    governor: Governor,
    pub(super) unwatched: Unwatched,
    pub(super) listeners: Listeners,
    /// Answers until the generation ends.
    web: Option<Server>,
    /// Reads the directory, where that is configured.
    pub(super) synchronizer: Option<Synchronizer>,
    /// When the daemon began.
    pub(super) began: Instant,
    /// What was told of the receiver last.
    reached: Option<bool>,
    runtime: Runtime,
}

impl Generation {
    pub(super) fn start(
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
        let election = Election::start(runtime.handle(), &config.directory, &config.sender, reader.identity())
            .map_err(|error| Failure::new(Code::Config, error.to_string()))?;
        let sender = Sender::spawn(runtime.handle(), config.sender.clone(), reader, move || report.report())
            .map_err(|error| Failure::new(Code::Config, error.to_string()))?;
        let interfaces = config.capture.interfaces.iter().map(|interface| interface.name.clone());
        let first = u16::try_from(config.capture.interfaces.len()).unwrap_or(u16::MAX);
        let mut names: Vec<_> = interfaces.chain(listen::NAMES.map(str::to_owned)).collect();
        let beside = CaptureId(u16::try_from(names.len()).unwrap_or(u16::MAX));
        names.push(DIRECTORY.to_owned());
        let shed = Shed::default();
        let governor = Governor::new(&config.limits, open.meter.memory(), shed.clone());
        let delays = Delays::default();
        runtime.spawn(delays.clone().watch(sender.watch()));
        let (renewed, renewals) = bounded(RENEWALS);
        let directory = open.directory.directory();
        let synchronizer = config
            .directory
            .is_on()
            .then(|| Synchronizer::start(open.directory, election, renewed))
            .transpose()?;
        let parts = Parts {
            stations: open.listeners.stations(first, &shed)?,
            delays: delays.clone(),
            shed,
            latest: health.activities().clone(),
            names,
            known: known::path(setup.spool()),
            directory,
            renewals: (renewals, beside),
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
            unwatched: open.unwatched,
            listeners: open.listeners,
            web,
            synchronizer,
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
        let nics = snapshot.interfaces.iter().map(|interface| &interface.nic);
        self.pipeline
            .dropped(nics.map(|nic| nic.rx_dropped + nic.rx_missed + nic.rx_errors).sum());
        self.governor.observe(&mut snapshot);
        self.health.observe(snapshot);
    }

    /// What has ended beside the pipeline's threads and should not have.
    pub(super) fn gone(&self) -> Option<&'static str> {
        if self.sender.has_ended() {
            return Some("sender");
        }
        if self.synchronizer.as_ref().is_some_and(Synchronizer::has_ended) {
            return Some("directory");
        }
        self.web.as_ref().is_some_and(Server::has_ended).then_some("web")
    }

    /// Ends in order: sources, stages, sender. Answers whether it was asked to stop meanwhile, and what it leaves.
    pub(super) fn finish(self, events: &Receiver<Event>) -> anyhow::Result<(bool, Left)> {
        notify::stopping("ending: the spool is synced and sent");
        if let Some(synchronizer) = &self.synchronizer {
            synchronizer.stop();
        }
        self.end_stages()?;
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
        let left = Left {
            sources: self.pipeline.into_feeds(),
            capture: self.setup.config.capture,
            watch: self.watch,
            modes: self.modes,
            unwatched: self.unwatched,
            kept: self.listeners.keep(),
        };
        Ok((stop, left))
    }

    /// The workers end, and each stage when its input has.
    fn end_stages(&self) -> anyhow::Result<()> {
        self.pipeline.stop();
        let deadline = Instant::now() + ENDING;
        // Its next generation reads what this one writes down.
        let reading = || self.synchronizer.as_ref().is_some_and(|thread| !thread.has_ended());
        while reading() && Instant::now() < deadline {
            std::thread::sleep(GLANCE);
        }
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
        Ok(())
    }

    /// Something is wrong beyond repair: what can be synced within a moment is.
    pub(super) fn abandon(self) {
        if let Some(synchronizer) = &self.synchronizer {
            synchronizer.stop();
        }
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
