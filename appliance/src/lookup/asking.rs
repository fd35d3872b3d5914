//! The resolve stage's half: which addresses are to be asked, and what came of it.

use std::net::IpAddr;
use std::sync::Arc;

use capture::Timestamp;
use crossbeam_channel::Receiver;
use resolver::Resolver;
use resolver::lookup::{Config, Finding, Subnets};
use tokio::sync::mpsc::Sender;

use super::figures::Figures;

/// The half.
#[derive(Debug)]
pub(crate) struct Asking {
    subnets: Subnets,
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
            wants,
            found,
            figures,
            excluded: 0,
            full: 0,
        }
    }

    /// Before a round: what was found meanwhile is evidence as of `now`, packet time.
    pub(crate) fn learn(&self, resolver: &mut Resolver, now: Timestamp) {
        for finding in self.found.try_iter() {
            finding.answers(now).for_each(|answer| resolver.answer(&answer));
        }
    }

    /// After a round: asks what `resolver` wants to know.
    pub(crate) fn ask(&mut self, resolver: &mut Resolver) {
        while let Some(ip) = resolver.question() {
            if !self.subnets.take(ip) {
                self.excluded += 1;
            } else if self.wants.try_send(ip).is_err() {
                self.full += 1;
            }
        }
    }

    /// Tells what was counted.
    pub(crate) fn publish(&self) {
        self.figures
            .tell_asking([("excluded", self.excluded), ("asking_full", self.full)]);
    }
}
