//! What the daemon knows of itself at one moment: plain numbers, which everything that health says is derived from.
//!
//! The runner makes one a second. Counters are totals since the start and never fall; what is not known is left at its
//! default. It is serialised as it is into `/status.json`, so a field's name here is its name there.

use std::collections::BTreeMap;
use std::net::IpAddr;

use capture::Timestamp;
use serde::{Deserialize, Serialize};

use super::moment;
use crate::directory::DomainStatus;
use crate::worker::Totals;

/// Counters by name. Names are compiled in, so there are only so many.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Named(pub(crate) BTreeMap<String, u64>);

/// All numbers of one moment.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Snapshot {
    /// By the wall clock.
    #[serde(with = "moment")]
    pub(crate) time: Timestamp,
    /// Seconds since the start, by a clock that nobody sets: durations are measured with it.
    pub(crate) uptime_seconds: u64,
    pub(crate) workers: Vec<Worker>,
    pub(crate) interfaces: Vec<Interface>,
    /// Configured ones first.
    pub(crate) controllers: Vec<Controller>,
    /// Those that are configured.
    pub(crate) listeners: Vec<Listener>,
    /// What the resolver counted.
    pub(crate) resolver: Named,
    /// What asking hosts who they are came to; absent where nobody is asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) lookup: Option<Lookup>,
    /// How the synchronisation of each domain stands.
    pub(crate) directory: Vec<DomainStatus>,
    pub(crate) spool: Spool,
    pub(crate) sender: Sender,
    pub(crate) process: Process,
}

/// A worker's totals. Invariant: `frames` = `decoded` + `skipped` + `malformed` + `lost` + frames that still wait.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Worker {
    /// Frames taken in, and their captured bytes.
    pub(crate) frames: u64,
    pub(crate) bytes: u64,
    pub(crate) decoded: u64,
    pub(crate) skipped: u64,
    pub(crate) malformed: u64,
    pub(crate) lost: u64,
    /// Every counter of `capture::Stats` by its dotted name; `skipped.*`, `malformed.*` and `lost.*` make up the sums above.
    pub(crate) counters: Named,
    /// Messages by protocol.
    pub(crate) messages: Named,
    /// Malformed messages by protocol and reason, `kerberos.bad tag`.
    pub(crate) malformed_messages: Named,
    /// Limits of parsers that were hit, by name.
    pub(crate) limits: Named,
    /// Bytes that cannot be read, by reason.
    pub(crate) opaque_bytes: Named,
    /// Activities by kind, before the queue.
    pub(crate) activities: Named,
    /// What was shed under pressure, by kind.
    pub(crate) shed: Named,
    /// Activities lost because the queue to the resolver was full.
    pub(crate) queue_lost: u64,
    /// Frames of other workers lost because the queue to their owner was full.
    pub(crate) handover_lost: u64,
    /// Flows remembered at present.
    pub(crate) flows: u64,
    /// Sessions given up because their parser panicked.
    pub(crate) panics: u64,
    /// Seconds since the worker last said that it lives.
    pub(crate) silent_seconds: u64,
}

/// Whether an interface can deliver.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Link {
    #[default]
    Up,
    /// Disabled, or without a carrier.
    Down,
    /// There is no interface of that name.
    Gone,
}

/// A capture interface.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Interface {
    pub(crate) name: String,
    pub(crate) link: Link,
    /// How frames are taken: `tpacket`, `af-xdp copy`, `af-xdp zero-copy`.
    pub(crate) mode: String,
    /// Sums over the workers' rings.
    pub(crate) ring: Ring,
    pub(crate) nic: Nic,
    /// Frames that came while a reload made its sockets anew: nobody has read them.
    pub(crate) unwatched: u64,
    /// Offloads that are on and change frames before they are captured: `rx-gro`, `lro`.
    pub(crate) offloads: Vec<String>,
}

/// What the kernel put into the rings of an interface.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Ring {
    /// Frames taken out.
    pub(crate) received: u64,
    /// Frames that passed the filter, `dropped` ones included.
    pub(crate) kernel: u64,
    /// Frames for which there was no room.
    pub(crate) dropped: u64,
    /// How often the ring was full.
    pub(crate) freezes: u64,
    /// Frames that were longer than what was kept of them.
    pub(crate) truncated: u64,
    /// Frames that the filter left out, beside `kernel` (AF_XDP; a packet socket's are not told).
    pub(crate) filtered: u64,
    /// Frames that the filter cut to their headers because nobody reads the rest, and the bytes cut off (AF_XDP). No loss.
    pub(crate) cut: u64,
    pub(crate) cut_bytes: u64,
    /// What else the ring's kind counts: AF_XDP's statistics.
    pub(crate) other: Named,
}

/// What the network card counts, since adtap started.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Nic {
    pub(crate) rx_packets: u64,
    pub(crate) rx_bytes: u64,
    /// Dropped by the kernel's receive path.
    pub(crate) rx_dropped: u64,
    /// Dropped by the card for want of descriptors.
    pub(crate) rx_missed: u64,
    /// Damaged on the wire.
    pub(crate) rx_errors: u64,
}

/// A domain controller, as its traffic shows it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Controller {
    pub(crate) name: String,
    pub(crate) addresses: Vec<IpAddr>,
    /// Named in the configuration, rather than learned.
    pub(crate) configured: bool,
    pub(crate) packets_to: u64,
    pub(crate) packets_from: u64,
    pub(crate) bytes_to: u64,
    pub(crate) bytes_from: u64,
    /// TCP payload that was seen, and that was acknowledged without having been seen.
    pub(crate) seen_bytes: u64,
    pub(crate) missing_bytes: u64,
    /// Copies the mirror made.
    pub(crate) duplicates: u64,
    /// TCP flows, and those of which only one direction was seen.
    pub(crate) flows: u64,
    pub(crate) one_way_flows: u64,
    /// Wall time of the last packet; absent where there was none.
    #[serde(with = "moment::optional", skip_serializing_if = "Option::is_none")]
    pub(crate) last: Option<Timestamp>,
    /// Its clock minus this sensor's, milliseconds, where an answer of its told the time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) clock_skew_ms: Option<i64>,
}

/// What asking hosts who they are came to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Lookup {
    /// By method, how often it came to what: `named`, `silent`, `refused` …
    pub(crate) methods: BTreeMap<String, Named>,
    /// Everything else that is counted, by name.
    pub(crate) counters: Named,
}

/// A listener: what comes in beside the mirror.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Listener {
    /// `radius`, `syslog`.
    pub(crate) name: String,
    /// Where it listens: `udp 10.0.0.5:514`.
    pub(crate) places: Vec<String>,
    /// Why nothing is heard.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) stopped: Option<String>,
    /// What became of datagrams, messages and connections, by name: docs/listeners.md lists them.
    pub(crate) counters: Named,
    /// Activities by kind; of RADIUS those that were stored.
    pub(crate) activities: Named,
    /// What was shed under pressure, by kind.
    pub(crate) shed: Named,
    /// Activities for which there was no room.
    pub(crate) lost: u64,
    /// Datagrams for which the kernel had no room.
    pub(crate) dropped: u64,
    /// Connections at present.
    pub(crate) connections: u64,
    /// Minutes after which a source is silent; 0 does not mind.
    pub(crate) silent_minutes: u64,
    /// Messages a second from which on a source floods; 0 does not mind.
    pub(crate) flood_per_second: u64,
    /// What is wrong with the lists of revoked certificates.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) revocation: Option<Revoked>,
    /// Clients, and the sources that are named one by one, first.
    pub(crate) tellers: Vec<Teller>,
}

/// Lists of revoked certificates that cannot be asked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Revoked {
    /// `/etc/adtap/ca.crl: the list ended at 2026-11-30T10:00:00Z`.
    pub(crate) troubles: Vec<String>,
    /// What follows.
    pub(crate) consequence: String,
}

/// Who tells a listener something.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Teller {
    /// A client's name, a source's address.
    pub(crate) name: String,
    /// Datagrams or messages.
    pub(crate) received: u64,
    /// Those of them that were not believed or could not be read.
    pub(crate) refused: u64,
    /// Those that were not believed because the secret is another.
    pub(crate) unproven: u64,
    /// Activities that they told of.
    pub(crate) activities: u64,
    /// Wall time of the last that was taken; absent where none was.
    #[serde(with = "moment::optional", skip_serializing_if = "Option::is_none")]
    pub(crate) last: Option<Timestamp>,
}

/// The spool.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Spool {
    pub(crate) bytes: u64,
    pub(crate) max_bytes: u64,
    /// Activities that are not acknowledged.
    pub(crate) waiting: u64,
    pub(crate) last_id: u64,
    /// Activities lost: evicted because it was full, damaged on disk (both since it was made), not written (since the start).
    pub(crate) evicted: u64,
    pub(crate) damaged: u64,
    pub(crate) unwritten: u64,
    /// Why nothing is written at present.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) stopped: Option<String>,
}

/// The way to the receiver.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Sender {
    /// Where it sends.
    pub(crate) url: String,
    pub(crate) connected: bool,
    pub(crate) acknowledged_id: u64,
    /// Why the last stream ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<String>,
    /// Milliseconds from a frame to the acknowledgement of what it completed, lately: half were quicker, and 99 of 100. Absent
    /// where nothing was acknowledged; what folds or was never answered does not count.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) delay_ms: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) delay_ms_p99: Option<u64>,
}

/// The process.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Process {
    pub(crate) rss_bytes: u64,
    /// Processors kept busy since the reading before: 0.25 is a quarter of one.
    pub(crate) cpu: f64,
    /// Processors there are.
    pub(crate) processors: u64,
    /// What adtap may use; 0 where it is not limited.
    pub(crate) memory_limit_bytes: u64,
    /// How much is shed at present; 0 is nothing.
    pub(crate) shed_level: u8,
    /// Why it is shed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) pressure: Option<String>,
}

impl Named {
    /// The counters above zero.
    pub(crate) fn of<N: Into<String>>(counters: impl IntoIterator<Item = (N, u64)>) -> Self {
        let counters = counters.into_iter().filter(|(_, count)| *count > 0);
        Self(counters.map(|(name, count)| (name.into(), count)).collect())
    }

    pub(crate) fn value(&self, name: &str) -> u64 {
        self.0.get(name).copied().unwrap_or_default()
    }

    pub(crate) fn sum(&self) -> u64 {
        self.0.values().sum()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, u64)> {
        self.0.iter().map(|(name, count)| (name.as_str(), *count))
    }

    pub(crate) fn add(&mut self, other: &Self) {
        for (name, count) in other.iter() {
            *self.0.entry(name.to_owned()).or_default() += count;
        }
    }
}

impl Worker {
    /// What a worker's totals say; `activities`, the queues, `flows` and the heartbeat are the runner's to fill in.
    pub(crate) fn of(totals: &Totals) -> Self {
        let (stats, counters) = (&totals.stats, &totals.counters);
        Self {
            frames: stats.frames,
            bytes: stats.bytes,
            decoded: stats.decoded,
            skipped: stats.skipped(),
            malformed: stats.malformed(),
            lost: stats.lost(),
            counters: Named::of(stats.iter()),
            messages: Named::of(counters.messages().map(|(id, count)| (id.name(), count))),
            malformed_messages: Named::of(
                counters
                    .malformed()
                    .into_iter()
                    .map(|(id, what, count)| (format!("{}.{what}", id.name()), count)),
            ),
            limits: Named::of(counters.limits()),
            opaque_bytes: Named::of(counters.opaque_bytes()),
            panics: totals.panics,
            ..Self::default()
        }
    }
}

impl Listener {
    /// What it could not analyse: activities that were lost or shed, and datagrams that the kernel dropped.
    pub(crate) fn unheard(&self) -> u64 {
        self.lost + self.dropped + self.shed.sum()
    }
}

impl Controller {
    pub(crate) const fn packets(&self) -> u64 {
        self.packets_to.saturating_add(self.packets_from)
    }
}

impl Snapshot {
    /// A sum over the workers.
    pub(crate) fn workers(&self, value: impl Fn(&Worker) -> u64) -> u64 {
        self.workers.iter().map(value).sum()
    }

    /// A sum over the interfaces.
    pub(crate) fn interfaces(&self, value: impl Fn(&Interface) -> u64) -> u64 {
        self.interfaces.iter().map(value).sum()
    }
}
