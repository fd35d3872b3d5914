//! The thread that asks: the schedule says whom and when, a task for each probe talks, and what comes of it goes back.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::Sender;
use resolver::lookup::{Config, Finding, Identity, Probe, Reason, Schedule, Step};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::mpsc::Receiver;
use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::{interval, sleep_until};

use super::figures::Figures;
use super::outlet::Outlet;

/// How often counters are told.
const PUBLISH: Duration = Duration::from_secs(1);

/// The thread's half.
#[derive(Debug)]
pub(crate) struct Asker {
    runtime: Runtime,
    wanted: Receiver<IpAddr>,
    work: Work,
}

/// What it works with.
#[derive(Debug)]
struct Work {
    outlet: Outlet,
    schedule: Schedule,
    probes: JoinSet<Result<Identity, Reason>>,
    /// Which probe a task is.
    tasks: HashMap<Id, (IpAddr, Probe)>,
    findings: Sender<Finding>,
    figures: Arc<Figures>,
    lost: u64,
    began: Instant,
}

impl Asker {
    pub(super) fn new(
        config: &Config,
        wanted: Receiver<IpAddr>,
        findings: Sender<Finding>,
        figures: Arc<Figures>,
    ) -> std::io::Result<Self> {
        let work = Work {
            outlet: Outlet::new(config),
            schedule: Schedule::new(config),
            probes: JoinSet::new(),
            tasks: HashMap::new(),
            findings,
            figures,
            lost: 0,
            began: Instant::now(),
        };
        Ok(Self {
            runtime: Builder::new_current_thread().enable_all().build()?,
            wanted,
            work,
        })
    }

    #[cfg(test)]
    pub(super) fn with_ports(mut self, ports: [u16; Probe::ALL.len()]) -> Self {
        self.work.outlet = self.work.outlet.with_ports(ports);
        self
    }

    /// Works until nobody wants to know anything any more; what is under way then is given up.
    pub(crate) fn run(self) {
        let Self {
            runtime,
            mut wanted,
            mut work,
        } = self;
        runtime.block_on(work.run(&mut wanted));
    }
}

impl Work {
    async fn run(&mut self, wanted: &mut Receiver<IpAddr>) {
        let mut publish = interval(PUBLISH);
        loop {
            self.start();
            let wake = self.schedule.poll_timeout().map(|at| self.began + at);
            tokio::select! {
                ip = wanted.recv() => match ip {
                    Some(ip) => self.want(ip),
                    None => return self.publish(),
                },
                Some(ended) = self.probes.join_next_with_id() => self.ended(ended),
                () = sleep_until(wake.unwrap_or(self.began).into()), if wake.is_some() => {}
                _ = publish.tick() => self.publish(),
            }
        }
    }

    /// Begins every look-up that may begin now.
    fn start(&mut self) {
        while let Some(start) = self.schedule.poll_start(self.began.elapsed()) {
            for probe in start.probes {
                self.send(start.ip, probe, start.patience);
            }
        }
    }

    fn send(&mut self, ip: IpAddr, probe: Probe, patience: Duration) {
        let outlet = self.outlet.clone();
        let task = self.probes.spawn(async move { outlet.ask(ip, probe, patience).await });
        self.tasks.insert(task.id(), (ip, probe));
    }

    fn want(&mut self, ip: IpAddr) {
        if let Some(finding) = self.schedule.want(ip, self.began.elapsed()) {
            self.found(finding);
        }
    }

    /// A task's end; one that panicked is a probe without a name.
    fn ended(&mut self, ended: Result<(Id, Result<Identity, Reason>), JoinError>) {
        let (id, told) =
            ended.unwrap_or_else(|error| (error.id(), Err(Reason::Malformed("it made adtap's own reader fail"))));
        let Some((ip, probe)) = self.tasks.remove(&id) else {
            return;
        };
        match self.schedule.handle(ip, probe, told, self.began.elapsed()) {
            Step::Wait => {}
            Step::Ask(probe, patience) => self.send(ip, probe, patience),
            Step::Over(finding) => self.found(finding),
        }
    }

    fn found(&mut self, finding: Finding) {
        self.lost += u64::from(self.findings.try_send(finding).is_err());
    }

    fn publish(&self) {
        self.figures.tell_asker(&self.schedule.stats(), self.lost);
    }
}
