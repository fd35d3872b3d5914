//! `adtap mirror-test`: the operator's first hour. Is this the mirror of these controllers, both ways, whole and once?
//!
//! Looks at the capture interfaces for some seconds, sends probes from the management NIC that must come by on the mirror, and ends in sentences
//! that say what to change.

mod probe;
mod report;
mod verdict;
mod witness;

use std::io::IsTerminal;
use std::net::IpAddr;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::anyhow;
use capture::source::live::{self, InterfaceState, LinkState, Live, RingStats, Watch};
use capture::{Config as CaptureConfig, Poll, Source};
use nix::ifaddrs::getifaddrs;

use crate::cli::input;
use crate::cli::mirrored::Mirrored;
use crate::config::Config;
use crate::exit::{Code, Failure};
use crate::live::refused;
use probe::Probes;
use verdict::{Controller, Interface, Level, Probe, Seen, Verdict};
use witness::Witness;

/// Controllers that are probed at most; the others are judged by their traffic.
const MAX_PROBED: usize = 64;
/// Strangers and tunnels shown.
const SHOWN: usize = 8;

/// Say whether the mirror is right: both directions of every controller, no loss, no copies.
///
/// Watches the capture interfaces, sends a ping and a CLDAP ping to each controller from the management NIC and looks for
/// both on the mirror. Ends with what is wrong and how to put it right. Needs CAP_NET_RAW. The daemon may run meanwhile.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example: adtap mirror-test --interface cap0 --controller dc1=10.1.2.3\n\n\
    Exit codes: 0 the mirror is good, 1 traffic is missed or something is to be improved, 69 no such interface or it is \
    down, 77 permission is missing, 78 configuration."
)]
pub(crate) struct Arguments {
    #[command(flatten)]
    mirrored: Mirrored,
    /// Seconds to watch.
    #[arg(long, value_name = "SECONDS", default_value_t = 15, value_parser = clap::value_parser!(u64).range(2..=3600))]
    seconds: u64,
    /// Send nothing: judge by the traffic alone.
    #[arg(long)]
    no_probes: bool,
    /// Address of the management NIC that probes are sent from.
    #[arg(long, value_name = "ADDRESS")]
    source: Option<IpAddr>,
}

pub(crate) fn run(arguments: &Arguments, config: &Config) -> anyhow::Result<()> {
    let mut config = config.capture.clone();
    arguments.mirrored.over(&mut config);
    // A wrong mirror carries what the filter would leave out.
    config.filter.enabled = false;
    let opened = live::open(&config, 1).map_err(|error| refused(&error))?;
    for note in &opened.notes {
        eprintln!("adtap: {note}");
    }
    let mut sources = opened.sources;
    let live = sources.pop().ok_or_else(|| anyhow!("no worker's source was opened"))?;
    let stop = input::stop_on_signals()?;
    let seen = Test::new(arguments, &config, live, opened.watch).watch(arguments.seconds, &stop);
    let verdicts = verdict::judge(&seen);
    print!("{}", report::page(&seen, &verdicts));
    conclude(&verdicts)
}

fn conclude(verdicts: &[Verdict]) -> anyhow::Result<()> {
    let amiss = verdicts.iter().filter(|verdict| verdict.level != Level::Good).count();
    match amiss {
        0 => Ok(()),
        1 => Err(Failure::new(Code::Findings, "one finding; it says what to change").into()),
        _ => Err(Failure::new(Code::Findings, format!("{amiss} findings; each says what to change")).into()),
    }
}

/// A test under way.
struct Test {
    live: Live,
    watch: Watch,
    before: Vec<InterfaceState>,
    probes: Vec<(String, Probes)>,
    witness: Witness,
}

impl Test {
    fn new(arguments: &Arguments, config: &CaptureConfig, live: Live, mut watch: Watch) -> Self {
        let before = watch.look();
        let probes = if arguments.no_probes {
            Vec::new()
        } else {
            probes(config, arguments.source)
        };
        let marks: Vec<_> = probes.iter().map(|(_, probes)| probes.mark).collect();
        let sockets: Vec<_> = probes.iter().filter_map(|(_, probes)| probes.ldap_from()).collect();
        Self {
            live,
            watch,
            before,
            witness: Witness::new(config, &marks, &sockets),
            probes,
        }
    }

    fn watch(mut self, seconds: u64, stop: &Arc<AtomicBool>) -> Seen {
        let (begin, length) = (Instant::now(), Duration::from_secs(seconds));
        let bar = std::io::stderr().is_terminal();
        let mut ticks = 0;
        while begin.elapsed() < length && !stop.load(Ordering::Relaxed) {
            let witness = &mut self.witness;
            let poll = self.live.poll(&mut |frame| {
                witness.frame(frame);
                ControlFlow::Continue(())
            });
            if poll == Poll::Idle {
                self.live.wait(Duration::from_millis(50));
            }
            if begin.elapsed().as_secs() >= ticks {
                ticks += 1;
                self.second(ticks, seconds, bar);
            }
        }
        if bar {
            eprint!("\r\x1b[K");
        }
        self.seen(begin.elapsed().as_secs())
    }

    /// Once a second: probes, answers, timers. In the last two no probe is sent, so that every answer has time to come.
    fn second(&mut self, now: u64, seconds: u64, bar: bool) {
        for (_, probes) in &mut self.probes {
            probes.receive();
            if now + 1 < seconds || now == 1 {
                probes.send();
            }
        }
        self.witness.tick(self.live.now());
        if bar {
            eprint!("\r{now} of {seconds} s, {} frames", self.witness.frames);
        }
    }

    fn seen(mut self, seconds: u64) -> Seen {
        self.probes.iter_mut().for_each(|(_, probes)| probes.receive());
        self.witness.tick(self.live.now());
        let rings = self.live.stats().rings.clone();
        let states = self.watch.look();
        let interfaces = states.iter().zip(&self.before).zip(&rings);
        let (skipped, controllers) = (self.witness.assembly().stats(), self.controllers());
        let known: Vec<_> = self
            .witness
            .assembly()
            .controllers()
            .iter()
            .flat_map(|account| account.addresses.clone())
            .collect();
        let mut strangers = self.witness.strangers(&known);
        strangers.truncate(SHOWN);
        let mut tunnels = self.witness.tunnels();
        tunnels.truncate(SHOWN);
        let undecoded = skipped
            .iter()
            .filter_map(|(name, count)| Some((name.strip_prefix("skipped.tunnel-")?, count)));
        Seen {
            seconds,
            frames: self.witness.frames,
            superframes: self.witness.superframes,
            interfaces: interfaces
                .map(|((state, before), ring)| describe(state, before, ring))
                .collect(),
            controllers,
            tunnels,
            undecoded: undecoded
                .filter(|(_, count)| *count > 0)
                .map(|(name, count)| (name.to_owned(), count))
                .collect(),
            strangers,
        }
    }

    fn controllers(&self) -> Vec<Controller> {
        let accounts = self.witness.assembly().controllers().iter();
        let seen = accounts.map(|account| {
            let mut protocols = Vec::new();
            for address in &account.addresses {
                protocols.extend(self.witness.protocols(*address));
            }
            let probes: Vec<_> = self
                .probes
                .iter()
                .filter(|(name, _)| *name == account.name.as_str())
                .collect();
            Controller {
                name: account.name.to_string(),
                configured: account.configured,
                to_packets: account.to.packets,
                from_packets: account.from.packets,
                duplicates: account.duplicates,
                // Of one direction alone, nothing tells what is missing.
                seen: account
                    .seen()
                    .filter(|_| account.to.packets > 0 && account.from.packets > 0),
                protocols,
                ping: best(probes.iter().filter_map(|(_, probes)| self.ping(probes))),
                cldap: best(probes.iter().filter_map(|(_, probes)| self.cldap(probes))),
            }
        });
        seen.collect()
    }

    fn ping(&self, probes: &Probes) -> Option<Probe> {
        let echo = self.witness.echo_of(&probes.mark);
        Some(Probe {
            answered: probes.echo()?,
            request: echo.request,
            answer: echo.reply,
        })
    }

    fn cldap(&self, probes: &Probes) -> Option<Probe> {
        let echo = self.witness.probe_of(probes.ldap_from()?);
        Some(Probe {
            answered: probes.ldap()?,
            request: echo.request,
            answer: echo.reply,
        })
    }
}

/// Of a controller's addresses, the one that answered counts.
fn best(probes: impl Iterator<Item = Probe>) -> Option<Probe> {
    probes.max_by_key(|probe| (probe.answered, probe.request, probe.answer))
}

fn probes(config: &CaptureConfig, source: Option<IpAddr>) -> Vec<(String, Probes)> {
    let addresses = config.controllers.iter().flat_map(|controller| {
        controller
            .addresses
            .iter()
            .map(|address| (controller.name.clone(), *address))
    });
    let number = u64::from(std::process::id()) << 8;
    addresses
        .take(MAX_PROBED)
        .zip(number..)
        .map(|((name, address), number)| {
            let source = source.filter(|source| source.is_ipv4() == address.is_ipv4());
            (name, Probes::new(address, source, number))
        })
        .collect()
}

fn describe(state: &InterfaceState, before: &InterfaceState, ring: &RingStats) -> Interface {
    let addresses = getifaddrs()
        .into_iter()
        .flatten()
        .filter(|own| own.interface_name == state.name);
    let addresses = addresses.filter_map(|own| {
        let address = own.address?;
        let v4 = address.as_sockaddr_in().map(|address| IpAddr::V4(address.ip()));
        v4.or_else(|| address.as_sockaddr_in6().map(|address| IpAddr::V6(address.ip())))
    });
    Interface {
        name: state.name.clone(),
        up: state.link == LinkState::Up,
        frames: ring.received,
        dropped: ring.dropped,
        nic_dropped: state.counters.lost().saturating_sub(before.counters.lost()),
        offloads: state
            .offloads
            .iter()
            .filter(|offload| offload.on)
            .map(|offload| offload.name.to_owned())
            .collect(),
        descriptors: state.ring.map(|ring| (ring.now, ring.max)),
        addresses: addresses.collect(),
    }
}
