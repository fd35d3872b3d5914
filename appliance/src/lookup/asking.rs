//! The resolve stage's half: which addresses are to be asked, which activities wait for it, and what came of it.

use std::net::IpAddr;
use std::sync::Arc;

use crossbeam_channel::Receiver;
use resolver::lookup::{Config, Finding, Subnets, Waiting};
use resolver::{Resolved, Resolver};
use tokio::sync::mpsc::Sender;

use super::figures::Figures;

/// The half.
#[derive(Debug)]
pub(crate) struct Asking {
    subnets: Subnets,
    waiting: Waiting,
    wants: Sender<IpAddr>,
    found: Receiver<Finding>,
    figures: Arc<Figures>,
    excluded: u64,
    full: u64,
}

impl Asking {
    pub(super) fn new(config: &Config, wants: Sender<IpAddr>, found: Receiver<Finding>, figures: Arc<Figures>) -> Self {
        Self {
            subnets: Subnets::new(config),
            waiting: Waiting::new(config),
            wants,
            found,
            figures,
            excluded: 0,
            full: 0,
        }
    }

    /// Between two rounds: learns what was found, asks what `resolver` wants to know, and keeps of `out` what has to wait for it.
    pub(crate) fn round(&mut self, resolver: &mut Resolver, out: &mut Vec<Resolved>) {
        let now = resolver.now();
        for finding in self.found.try_iter() {
            finding.answers(now).for_each(|answer| resolver.answer(&answer));
            self.waiting.told(finding.ip);
        }
        while let Some(ip) = resolver.question() {
            self.ask(ip, resolver);
        }
        for mut resolved in std::mem::take(out) {
            // It may have folded meanwhile, or have been told in this round.
            resolver.complete(&mut resolved);
            out.extend(self.waiting.hold(resolved, now));
        }
        self.waiting.release(now, resolver, out);
    }

    /// The run ends, or its clock was set back: nothing waits any more.
    pub(crate) fn finish(&mut self, resolver: &mut Resolver, out: &mut Vec<Resolved>) {
        self.waiting.finish(resolver, out);
    }

    /// Tells what was counted.
    pub(crate) fn publish(&self) {
        let own = [("excluded", self.excluded), ("asking_full", self.full)];
        self.figures.tell_asking(own.into_iter().chain(self.waiting.counters()));
    }

    fn ask(&mut self, ip: IpAddr, resolver: &Resolver) {
        if !self.subnets.take(ip) {
            self.excluded += 1;
        } else if self.wants.try_send(ip).is_ok() {
            self.waiting.ask(ip, resolver.now());
        } else {
            self.full += 1;
        }
    }
}
