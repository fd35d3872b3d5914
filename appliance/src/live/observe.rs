//! What health is told: everything the daemon knows of itself at one moment.

use std::time::Duration;

use capture::controllers::Account;
use capture::source::live::{self, InterfaceState, LinkState, RingStats};
use capture::{Controllers, Timestamp};
use parsers::clock::Clocks;

use super::generation::Generation;
use super::pulse::LiveTotals;
use super::vitals::Vitals;
use crate::directory::Synchronizer;
use crate::health::Snapshot;
use crate::health::snapshot::{Controller, Interface, Link, Named, Nic, Ring, Sender, Spool, Worker};

/// How long a clock's reading is worth telling: domain members ask for the time every few hours, Kerberos refuses somebody daily.
const TELLING: Duration = Duration::from_secs(86_400);

/// Everything at this moment.
pub(super) fn snapshot(generation: &mut Generation, vitals: &Vitals) -> Snapshot {
    let totals: Vec<_> = generation
        .pipeline
        .pulses()
        .iter()
        .map(|pulse| pulse.totals())
        .collect();
    let workers = totals.iter().enumerate();
    let workers = workers.map(|(index, totals)| worker(totals, vitals.silent_seconds(index)));
    Snapshot {
        time: live::now(),
        uptime_seconds: generation.began.elapsed().as_secs(),
        workers: workers.collect(),
        interfaces: interfaces(generation, &totals),
        controllers: controllers(&totals, live::now()),
        process: generation.meter.read(),
        directory: generation
            .synchronizer
            .as_ref()
            .map(Synchronizer::status)
            .unwrap_or_default(),
        resolver: Named::of(generation.pipeline.resolver().counters()),
        lookup: generation.pipeline.lookup(),
        listeners: generation.listeners.shown(),
        spool: spool(generation),
        sender: sender(generation),
    }
}

/// What all workers together saw of each controller.
pub(super) fn controllers(totals: &[LiveTotals], now: Timestamp) -> Vec<Controller> {
    let (mut all, mut clocks) = (Controllers::default(), Clocks::default());
    for live in totals {
        all.add(&live.totals.controllers);
        clocks.add(&live.totals.clocks);
    }
    let read = |account| Controller {
        clock_skew_ms: skew(account, &clocks, now),
        ..controller(account)
    };
    all.iter().map(read).collect()
}

/// What the controller's clock was ahead when it last told the time, unless that was long ago.
fn skew(account: &Account, clocks: &Clocks, now: Timestamp) -> Option<i64> {
    let reading = clocks.latest(&account.addresses)?;
    (now.since(reading.time) < TELLING).then_some(reading.skew_us / 1_000)
}

fn controller(account: &Account) -> Controller {
    let (to, from) = (&account.to, &account.from);
    Controller {
        name: account.name.to_string(),
        addresses: account.addresses.to_vec(),
        configured: account.configured,
        packets_to: to.packets,
        packets_from: from.packets,
        bytes_to: to.bytes,
        bytes_from: from.bytes,
        seen_bytes: to.stream_bytes + from.stream_bytes,
        missing_bytes: to.missing_bytes + from.missing_bytes,
        duplicates: account.duplicates,
        flows: account.flows,
        one_way_flows: account.flows_only_to + account.flows_only_from,
        last: account.last,
        ..Controller::default()
    }
}

/// What the kernel and the card say of each interface, with the workers' rings on it together.
fn interfaces(generation: &mut Generation, totals: &[LiveTotals]) -> Vec<Interface> {
    let modes = &generation.modes;
    let states = generation.watch.look().into_iter().zip(modes).enumerate();
    states
        .map(|(at, (state, mode))| {
            let rings = totals.iter().filter_map(|totals| totals.source.rings.get(at));
            Interface {
                unwatched: generation.unwatched.frames(&state.name),
                ..interface(state, mode, rings)
            }
        })
        .collect()
}

fn interface<'a>(state: InterfaceState, mode: &str, rings: impl Iterator<Item = &'a RingStats>) -> Interface {
    let on = state.offloads.iter().filter(|offload| offload.on);
    Interface {
        link: match state.link {
            LinkState::Up => Link::Up,
            LinkState::Down => Link::Down,
            LinkState::Gone => Link::Gone,
        },
        mode: mode.to_owned(),
        ring: rings.fold(Ring::default(), together),
        offloads: on.map(|offload| offload.name.to_owned()).collect(),
        nic: Nic {
            rx_packets: state.counters.packets,
            rx_bytes: state.counters.bytes,
            rx_dropped: state.counters.dropped,
            rx_missed: state.counters.missed,
            rx_errors: state.counters.errors,
        },
        name: state.name,
        ..Interface::default()
    }
}

fn together(mut ring: Ring, stats: &RingStats) -> Ring {
    ring.received += stats.received;
    ring.kernel += stats.kernel;
    ring.dropped += stats.dropped;
    ring.freezes += stats.freezes;
    ring.truncated += stats.truncated;
    ring.filtered += stats.filtered;
    ring.cut += stats.cut;
    ring.cut_bytes += stats.cut_bytes;
    ring.other.add(&Named::of([
        ("invalid", stats.invalid),
        ("hardware_times", stats.hardware_times),
        ("ring_full", stats.ring_full),
        ("fill_empty", stats.fill_empty),
        ("reopened", stats.reopened),
        ("late", stats.late),
    ]));
    ring
}

fn worker(live: &LiveTotals, silent_seconds: u64) -> Worker {
    Worker {
        activities: Named::of(live.kinds.iter().map(|(kind, count)| (kind.name(), count))),
        shed: live.shed.clone(),
        queue_lost: live.queue_lost,
        handover_lost: live.handover_lost,
        flows: live.flows,
        silent_seconds,
        ..Worker::of(&live.totals)
    }
}

fn spool(generation: &Generation) -> Spool {
    let stats = generation.sender.spool();
    Spool {
        bytes: stats.bytes,
        max_bytes: generation.setup.config.spool.max_bytes,
        waiting: stats.waiting,
        last_id: stats.last_id,
        evicted: stats.evicted,
        damaged: stats.damaged,
        unwritten: stats.unwritten,
        stopped: stats.stopped,
    }
}

fn sender(generation: &Generation) -> Sender {
    let status = generation.sender.status();
    Sender {
        url: generation.setup.config.sender.url.clone(),
        connected: status.connected,
        acknowledged_id: status.acknowledged_id,
        error: status.error,
        delay_ms: generation.delays.quantile(0.5),
        delay_ms_p99: generation.delays.quantile(0.99),
    }
}
