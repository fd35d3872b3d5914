//! A handler that counts what arrives and keeps a digest of every flow.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use capture::{Chunk, Flow, Handler, Payload, Timestamp};

/// Counts what arrives.
#[derive(Default)]
pub(crate) struct Count {
    pub(crate) bytes: u64,
    pub(crate) gap_bytes: u64,
    pub(crate) datagrams: u64,
    pub(crate) closed: u64,
    /// What every flow brought, in its order.
    flows: BTreeMap<u64, DefaultHasher>,
}

impl Count {
    fn note(&mut self, flow: &Flow, what: impl Hash) {
        what.hash(self.flows.entry(flow.id).or_default());
    }

    /// A number for each flow that tells whether it is the same.
    pub(crate) fn digests(&self) -> Vec<(u64, u64)> {
        self.flows.iter().map(|(id, hasher)| (*id, hasher.finish())).collect()
    }
}

impl Handler<()> for Count {
    fn chunk(&mut self, flow: &mut Flow, (): &mut (), chunk: &Chunk<'_>) {
        self.note(
            flow,
            (chunk.direction, chunk.time, chunk.frame, format!("{:?}", chunk.payload)),
        );
        match chunk.payload {
            Payload::Bytes(data) => self.bytes += data.len() as u64,
            Payload::Gap(count) => self.gap_bytes += count,
            Payload::Unread(count) => self.bytes += count,
            Payload::Datagram { .. } => self.datagrams += 1,
        }
    }

    fn deadline(&self, (): &()) -> Option<Timestamp> {
        None
    }

    fn expire(&mut self, _: &Flow, (): &mut (), _: Timestamp) {}

    fn close(&mut self, flow: &Flow, (): &mut (), now: Timestamp) {
        self.note(flow, (flow.client, flow.server, flow.midstream, now));
        self.closed += 1;
    }
}
