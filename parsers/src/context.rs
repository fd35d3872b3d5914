//! What a protocol sees of the world while it reads a PDU, and where it puts what it has to say.

use std::borrow::Cow;
use std::net::IpAddr;
use std::sync::Arc;

use capture::{Direction, Flow, FrameId, Stack, Timestamp};
use hashbrown::HashMap;

use crate::activity::{Activity, Kind, Order};
use crate::clock::{Clocks, Reading};
use crate::dcerpc::endpoints::Endpoints;
use crate::dcerpc::objects::Objects;
use crate::dcerpc::virtual_connection::Connections;
use crate::fields::Fields;
use crate::kerberos::keytab::Keys;
use crate::kerberos::retry::Retries;
use crate::message::{Carriers, Message};
use crate::protocol::ProtocolId;
use crate::sighting::{Sighting, Source};

/// Sightings that wait for the worker to take them.
const MAX_SIGHTINGS: usize = 4_096;

/// What SYNs tell is passed over where so many wait: leases keep their room.
const MAX_STACKS: usize = MAX_SIGHTINGS / 2;

/// What the parsers of one worker produce: drained by the worker once a batch.
#[derive(Debug, Default)]
pub struct Output {
    /// Messages, where they are wanted.
    pub messages: Option<Vec<Message>>,
    /// Activities in order.
    pub activities: Vec<Box<Activity>>,
    /// Running totals.
    pub counters: Counters,
    /// Keys that open tickets, where they are given.
    pub keys: Option<Arc<Keys>>,
    /// Requests that are expected once more over TCP.
    pub(crate) retries: Retries,
    /// What servers' clocks said.
    pub clocks: Clocks,
    /// Names and addresses seen together, in order.
    pub sightings: Vec<Sighting>,
    /// What the endpoint mappers have said.
    pub(crate) endpoints: Endpoints,
    /// The objects of DCOM that servers handed out.
    pub(crate) objects: Objects,
    /// Virtual connections of RPC over HTTP.
    pub(crate) connections: Connections,
    packet: u64,
    index: u32,
}

impl Output {
    /// An empty output; `messages` tells whether messages are wanted beside activities.
    #[must_use]
    pub fn new(messages: bool) -> Self {
        Self {
            messages: messages.then(Vec::new),
            ..Self::default()
        }
    }

    /// What follows is brought about by packet `packet` of the run.
    pub const fn begin(&mut self, packet: u64) {
        self.packet = packet;
        self.index = 0;
    }

    /// The SYN that `sender` opened `flow` with, or answered, was made by `stack`.
    pub fn stack(&mut self, flow: &Flow, sender: Direction, stack: Stack, time: Timestamp) {
        if self.sightings.len() >= MAX_STACKS {
            return self.counters.limit("fingerprints");
        }
        let (sender, _) = flow.ends(sender);
        let order = self.order(flow);
        self.sightings.push(Sighting {
            order,
            time,
            ..Sighting::new(Source::Syn(stack), sender.ip)
        });
    }

    /// The next place among what the packet brings about on `flow`.
    const fn order(&mut self, flow: &Flow) -> Order {
        let order = Order {
            packet: self.packet,
            flow: flow.id,
            index: self.index,
        };
        self.index += 1;
        order
    }
}

/// What was counted, for the loss ledger and the summary.
#[derive(Clone, Debug, Default)]
pub struct Counters {
    messages: Vec<u64>,
    malformed: HashMap<(ProtocolId, &'static str), u64>,
    limits: HashMap<&'static str, u64>,
    opaque: HashMap<&'static str, u64>,
}

impl Counters {
    /// One more message of `protocol`.
    pub fn message(&mut self, protocol: ProtocolId) {
        if self.messages.is_empty() {
            self.messages.resize(ProtocolId::ALL.len(), 0);
        }
        if let Some(count) = self.messages.get_mut(protocol.index()) {
            *count += 1;
        }
    }

    /// A limit named `name` was hit.
    pub fn limit(&mut self, name: &'static str) {
        *self.limits.entry(name).or_default() += 1;
    }

    /// `bytes` could not be read for `reason`.
    pub fn opaque(&mut self, reason: &'static str, bytes: u64) {
        *self.opaque.entry(reason).or_default() += bytes;
    }

    /// Adds another worker's totals.
    pub fn add(&mut self, other: &Self) {
        if self.messages.is_empty() {
            self.messages.resize(ProtocolId::ALL.len(), 0);
        }
        for (mine, theirs) in self.messages.iter_mut().zip(&other.messages) {
            *mine += theirs;
        }
        for (key, count) in &other.malformed {
            *self.malformed.entry(*key).or_default() += count;
        }
        for (key, count) in &other.limits {
            *self.limits.entry(key).or_default() += count;
        }
        for (key, count) in &other.opaque {
            *self.opaque.entry(key).or_default() += count;
        }
    }

    /// Messages per protocol, without the protocols that had none.
    pub fn messages(&self) -> impl Iterator<Item = (ProtocolId, u64)> {
        ProtocolId::ALL
            .iter()
            .copied()
            .zip(self.messages.iter().copied())
            .filter(|(_, count)| *count > 0)
    }

    /// Malformed PDUs per protocol and reason, in order of both.
    #[must_use]
    pub fn malformed(&self) -> Vec<(ProtocolId, &'static str, u64)> {
        let mut rows: Vec<_> = self
            .malformed
            .iter()
            .map(|((id, what), count)| (*id, *what, *count))
            .collect();
        rows.sort_unstable();
        rows
    }

    /// Limits that were hit, by name.
    #[must_use]
    pub fn limits(&self) -> Vec<(&'static str, u64)> {
        sorted(&self.limits)
    }

    /// Bytes that could not be read, by reason.
    #[must_use]
    pub fn opaque_bytes(&self) -> Vec<(&'static str, u64)> {
        sorted(&self.opaque)
    }
}

fn sorted(map: &HashMap<&'static str, u64>) -> Vec<(&'static str, u64)> {
    let mut rows: Vec<_> = map.iter().map(|(name, count)| (*name, *count)).collect();
    rows.sort_unstable();
    rows
}

/// The layers around what is being read, innermost first.
#[derive(Clone, Copy, Debug)]
struct Carrier<'a> {
    name: &'a str,
    outer: Option<&'a Carrier<'a>>,
}

/// Where and when a PDU was seen, and the way out for what it says.
#[derive(Debug)]
pub struct Context<'a> {
    /// The flow it travels on.
    pub flow: &'a Flow,
    /// Which way.
    pub direction: Direction,
    /// Packet time.
    pub time: Timestamp,
    /// The packet that completed it.
    pub frame: FrameId,
    /// A gap cut it.
    pub gapped: bool,
    carrier: Option<Carrier<'a>>,
    out: &'a mut Output,
}

impl<'a> Context<'a> {
    /// The context of a PDU directly on its transport.
    pub const fn new(
        flow: &'a Flow,
        direction: Direction,
        time: Timestamp,
        frame: FrameId,
        out: &'a mut Output,
    ) -> Self {
        Self {
            flow,
            direction,
            time,
            frame,
            gapped: false,
            carrier: None,
            out,
        }
    }

    /// The context of what is carried inside `layer`: `smb2`, `pipe:samr`, `ldap`.
    pub fn within<'b>(&'b mut self, layer: &'b str) -> Context<'b> {
        Context {
            flow: self.flow,
            direction: self.direction,
            time: self.time,
            frame: self.frame,
            gapped: self.gapped,
            carrier: Some(Carrier {
                name: layer,
                outer: self.carrier.as_ref(),
            }),
            out: self.out,
        }
    }

    /// The layers around, outermost first.
    #[must_use]
    pub fn carriers(&self) -> Carriers {
        let mut carriers = Carriers::default();
        let mut layer = self.carrier.as_ref();
        while let Some(carrier) = layer {
            carriers.0.push(carrier.name.into());
            layer = carrier.outer;
        }
        carriers.0.reverse();
        carriers
    }

    /// The layer right around what is read.
    pub(crate) const fn carrier(&self) -> Option<&'a str> {
        match &self.carrier {
            Some(carrier) => Some(carrier.name),
            None => None,
        }
    }

    /// Counts a message; where messages are wanted, `fill` says what it holds. Nothing is built where they are not.
    pub fn message(
        &mut self,
        protocol: ProtocolId,
        name: impl Into<Cow<'static, str>>,
        fill: impl FnOnce(&mut Fields),
    ) {
        self.out.counters.message(protocol);
        if self.out.messages.is_some() {
            let mut fields = Fields::new();
            fill(&mut fields);
            self.push(protocol, name.into(), fields);
        }
    }

    /// Keys that open tickets, where they are given.
    #[must_use]
    pub fn keys(&self) -> Option<Arc<Keys>> {
        self.out.keys.clone()
    }

    /// What KDCs have asked to be sent again over TCP, on any flow between the same two addresses.
    pub(crate) const fn retries(&mut self) -> &mut Retries {
        &mut self.out.retries
    }

    /// Whether anybody wants messages beside activities.
    #[must_use]
    pub const fn wants_messages(&self) -> bool {
        self.out.messages.is_some()
    }

    /// Counts a PDU that claims `protocol` and breaks its grammar.
    pub fn malformed(&mut self, protocol: ProtocolId, what: &'static str) {
        *self.out.counters.malformed.entry((protocol, what)).or_default() += 1;
        if self.out.messages.is_some() {
            let mut fields = Fields::new();
            fields.set("what", what);
            self.push(protocol, Cow::Borrowed("malformed"), fields);
        }
    }

    fn push(&mut self, protocol: ProtocolId, message: Cow<'static, str>, fields: Fields) {
        let (src, dst) = self.flow.ends(self.direction);
        let message = Message {
            frame: self.frame,
            time: self.time,
            src: *src,
            dst: *dst,
            transport: self.flow.transport,
            tunnel: self.flow.tunnel.clone(),
            carrier: self.carriers(),
            protocol,
            message,
            gapped: self.gapped,
            fields,
        };
        if let Some(messages) = &mut self.out.messages {
            messages.push(message);
        }
    }

    /// A new activity that begins now, with the layers around it; [`Self::emit`] sends it off.
    #[must_use]
    pub fn activity(&self, kind: Kind, protocol: ProtocolId) -> Box<Activity> {
        let mut activity = Box::new(Activity::new(kind, protocol, self.flow, self.time));
        activity.carrier = self.carriers();
        activity
    }

    /// Sends an activity off.
    pub fn emit(&mut self, mut activity: Box<Activity>) {
        activity.order = self.out.order(self.flow);
        self.out.activities.push(activity);
    }

    /// What the endpoint mappers have said to all flows of the worker.
    pub(crate) const fn endpoints(&mut self) -> &mut Endpoints {
        &mut self.out.endpoints
    }

    /// The objects of DCOM that servers handed out on all flows of the worker.
    pub(crate) const fn objects(&self) -> &Objects {
        &self.out.objects
    }

    /// As [`Self::objects`], to be added to.
    pub(crate) const fn objects_mut(&mut self) -> &mut Objects {
        &mut self.out.objects
    }

    /// The virtual connections of RPC over HTTP that all flows of the worker are of.
    pub(crate) const fn connections(&mut self) -> &mut Connections {
        &mut self.out.connections
    }

    /// A name and an address stood together here and now.
    pub fn sighting(&mut self, sighting: Sighting) {
        if self.out.sightings.len() >= MAX_SIGHTINGS {
            return self.limit("sightings");
        }
        let order = self.out.order(self.flow);
        let time = self.time;
        self.out.sightings.push(Sighting {
            order,
            time,
            ..sighting
        });
    }

    /// A limit named `name` (`ldap.pending`) was hit.
    pub fn limit(&mut self, name: &'static str) {
        self.out.counters.limit(name);
    }

    /// `server` said, in an answer to a request that was seen, that it is `clock` now.
    pub fn clock(&mut self, server: IpAddr, clock: Timestamp) {
        let reading = Reading {
            time: self.time,
            skew_us: clock.micros().saturating_sub(self.time.micros()),
        };
        if self.out.clocks.take(server, reading) {
            self.limit("clocks");
        }
    }

    /// `bytes` could not be read for `reason`.
    pub fn opaque(&mut self, reason: &'static str, bytes: u64) {
        self.out.counters.opaque(reason, bytes);
    }
}
