//! What is counted of one controller, and how much of its traffic that says was seen.

use std::net::IpAddr;

use compact_str::CompactString;
use smallvec::SmallVec;

use super::parties::Arrival;
use crate::stream::Loss;
use crate::time::Timestamp;

/// One direction of a controller's traffic.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Packets that reached a flow; of one that came in fragments each counts.
    pub packets: u64,
    /// Bytes of them from the transport header on, whatever was captured.
    pub bytes: u64,
    /// Payload bytes of TCP streams, each once.
    pub stream_bytes: u64,
    /// Payload bytes of TCP that the receiver acknowledged and that were never seen: capture loss.
    pub missing_bytes: u64,
    /// Payload bytes of TCP that were skipped by the sender's sequence numbers but never acknowledged: lost before the mirror.
    pub unacknowledged_bytes: u64,
    /// Payload bytes of TCP cut off by the snap length.
    pub cut_bytes: u64,
}

impl Traffic {
    pub(super) const fn lose(&mut self, loss: Loss) {
        match loss {
            Loss::Received(bytes) => self.missing_bytes += bytes as u64,
            Loss::Unacknowledged(bytes) => self.unacknowledged_bytes += bytes as u64,
            Loss::Cut(bytes) => self.cut_bytes += bytes as u64,
        }
    }

    pub(super) const fn add(&mut self, other: &Self) {
        self.packets += other.packets;
        self.bytes += other.bytes;
        self.stream_bytes += other.stream_bytes;
        self.missing_bytes += other.missing_bytes;
        self.unacknowledged_bytes += other.unacknowledged_bytes;
        self.cut_bytes += other.cut_bytes;
    }
}

/// What is known of one controller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// As configured; a learned one is called by its address.
    pub name: CompactString,
    /// Where it is.
    pub addresses: SmallVec<[IpAddr; 1]>,
    /// It is in the configuration; else it was learned.
    pub configured: bool,
    /// What others sent to it.
    pub to: Traffic,
    /// What it sent.
    pub from: Traffic,
    /// Copies that the mirror made of its packets, in neither of both.
    pub duplicates: u64,
    /// Flows opened.
    pub flows: u64,
    /// TCP flows of which both directions were seen.
    pub flows_both: u64,
    /// TCP flows of which only what was sent to it was seen, though that acknowledges something.
    pub flows_only_to: u64,
    /// TCP flows of which only what it sent was seen, though that acknowledges something.
    pub flows_only_from: u64,
    /// Its first packet.
    pub first: Option<Timestamp>,
    /// Its last packet.
    pub last: Option<Timestamp>,
    /// It has answered from a port of the directory.
    pub(super) answers: bool,
}

impl Account {
    pub(super) fn new(name: CompactString, addresses: impl IntoIterator<Item = IpAddr>, configured: bool) -> Self {
        Self {
            name,
            addresses: addresses.into_iter().collect(),
            configured,
            to: Traffic::default(),
            from: Traffic::default(),
            duplicates: 0,
            flows: 0,
            flows_both: 0,
            flows_only_to: 0,
            flows_only_from: 0,
            first: None,
            last: None,
            answers: false,
        }
    }

    /// Which part of the TCP payload that was received was seen, from 0 to 1; none before there is any.
    #[must_use]
    pub fn seen(&self) -> Option<f64> {
        let seen = self.to.stream_bytes + self.from.stream_bytes;
        let all = seen + self.to.missing_bytes + self.from.missing_bytes;
        (all > 0).then(|| seen as f64 / all as f64)
    }

    /// Every number with its name, in a fixed order.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, u64)> {
        let (to, from) = (&self.to, &self.from);
        [
            ("packets-to", to.packets),
            ("packets-from", from.packets),
            ("bytes-to", to.bytes),
            ("bytes-from", from.bytes),
            ("stream-bytes-to", to.stream_bytes),
            ("stream-bytes-from", from.stream_bytes),
            ("missing-bytes-to", to.missing_bytes),
            ("missing-bytes-from", from.missing_bytes),
            ("missing-bytes", to.missing_bytes + from.missing_bytes),
            ("unacknowledged-bytes-to", to.unacknowledged_bytes),
            ("unacknowledged-bytes-from", from.unacknowledged_bytes),
            ("cut-bytes-to", to.cut_bytes),
            ("cut-bytes-from", from.cut_bytes),
            ("duplicates", self.duplicates),
            ("flows", self.flows),
            ("flows-both", self.flows_both),
            ("flows-only-to", self.flows_only_to),
            ("flows-only-from", self.flows_only_from),
        ]
        .into_iter()
    }

    pub(super) fn add(&mut self, other: &Self) {
        self.to.add(&other.to);
        self.from.add(&other.from);
        self.duplicates += other.duplicates;
        self.flows += other.flows;
        self.flows_both += other.flows_both;
        self.flows_only_to += other.flows_only_to;
        self.flows_only_from += other.flows_only_from;
        self.first = self.first.into_iter().chain(other.first).min();
        self.last = self.last.max(other.last);
        self.answers |= other.answers;
    }

    pub(super) const fn is_shown(&self) -> bool {
        self.configured || self.answers
    }

    pub(super) fn take(&mut self, arrival: &Arrival, traffic: impl Fn(&mut Self) -> &mut Traffic) {
        let time = arrival.time;
        self.first = Some(self.first.map_or(time, |first| first.min(time)));
        self.last = self.last.max(Some(time));
        let traffic = traffic(self);
        traffic.packets += arrival.frames;
        traffic.bytes += arrival.bytes;
    }
}
