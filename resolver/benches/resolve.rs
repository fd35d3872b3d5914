//! What an activity costs from parser to spool: learning, resolving, folding, over a morning's mix of kinds; of a few clients, and of
//! a hundred thousand whose computers are known.

use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use capture::{CaptureId, Endpoint, Flow, Timestamp, Transport, Tunnel};
use compact_str::{CompactString, format_compact};
use criterion::{BatchSize, Criterion, Throughput};
use parsers::activity::{Activity, Kind, Outcome};
use parsers::fields::{Fields, Value};
use parsers::protocol::ProtocolId;
use parsers::sighting::{Sighting, Source};
use resolver::directory::{DirectoryError, Snapshot};
use resolver::{Config, Resolved, Resolver};

/// What the appliance uses too.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Activities a run.
const COUNT: u64 = 20_000;
/// Addresses that are known.
const KNOWN: u32 = 100_000;
/// Nanoseconds of packet time from one activity to the next: 500 a second; and the half million a second that the stage is to bear.
const QUIET: i64 = 2_000_000;
const BUSY: i64 = 2_000;
/// The morning's first moment, nanoseconds since the epoch.
const BEGIN: i64 = 1_763_600_000_000_000_000;

fn main() -> Result<(), DirectoryError> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/directory");
    let paths: [PathBuf; 2] = ["lab.ldapsearch.ldif", "dev.jsonl"].map(|name| folder.join(name));
    let directory = Arc::new(Snapshot::read(&paths)?);
    let mut criterion = Criterion::default().configure_from_args();
    let mut group = criterion.benchmark_group("resolve");
    group.throughput(Throughput::Elements(COUNT));
    for (name, directory) in [("directory", directory), ("empty", Arc::new(Snapshot::empty()))] {
        group.bench_function(name, |bencher| {
            bencher.iter_batched(mix, |mix| run(mix, &directory), BatchSize::PerIteration);
        });
    }
    let mut known = Known::new();
    let mut turn = 0;
    for (name, pace) in [
        ("100000 known addresses", BUSY),
        ("100000 known addresses, each seldom heard of", QUIET),
    ] {
        group.bench_function(name, |bencher| {
            let mix = || {
                turn += 1;
                mix_of(turn * COUNT, pace, |number| address(scattered(number)))
            };
            bencher.iter_batched(mix, |mix| known.run(mix), BatchSize::PerIteration);
        });
    }
    assert!(
        known.resolver.stats().addresses > u64::from(KNOWN),
        "none was forgotten"
    );
    group.finish();
    criterion.final_summary();
    Ok(())
}

fn run(mix: Vec<Box<Activity>>, directory: &Arc<Snapshot>) -> usize {
    let mut resolver = Resolver::new(&Config::default(), Arc::clone(directory));
    let (mut out, mut total) = (Vec::new(), 0);
    for activity in mix {
        resolver.activity(activity, &mut out);
        if out.len() >= 256 {
            total += out.len();
            out.clear();
        }
    }
    resolver.finish(&mut out);
    total + out.len()
}

/// A resolver that knows the computers behind so many addresses: each has a lease and has logged on.
struct Known {
    resolver: Resolver,
    out: Vec<Resolved>,
}

impl Known {
    fn new() -> Self {
        let mut resolver = Resolver::new(&Config::default(), Arc::new(Snapshot::empty()));
        let mut out = Vec::new();
        for number in 0..KNOWN {
            let ip = address(number);
            let name = name(ip);
            let time = activity(Kind::KerberosAs, 0, ip).time;
            let lease = Sighting::new(Source::Dhcp, ip.into());
            resolver.sighting(&Sighting {
                time,
                name: name.clone(),
                mac: Some([2; 6]),
                ..lease
            });
            let mut logon = activity(Kind::KerberosAs, 0, ip);
            logon.observed.account = Some(format_compact!("{name}$"));
            logon.observed.domain = Some("LAB.EXAMPLE".into());
            resolver.activity(Box::new(logon), &mut out);
            out.clear();
        }
        Self { resolver, out }
    }

    fn run(&mut self, mix: Vec<Box<Activity>>) -> usize {
        let mut total = 0;
        for activity in mix {
            self.resolver.activity(activity, &mut self.out);
            if self.out.len() >= 256 {
                total += self.out.len();
                self.out.clear();
            }
        }
        total
    }
}

/// An address of 10.80.0.0 and on.
fn address(number: u32) -> Ipv4Addr {
    Ipv4Addr::from(u32::from(Ipv4Addr::new(10, 80, 0, 0)) + number)
}

/// Any of the known addresses, all over.
fn scattered(number: u64) -> u32 {
    (number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 33) as u32 % KNOWN
}

/// What the host of a known address is called; the forty clients all have one name.
fn name(client: Ipv4Addr) -> CompactString {
    match u32::from(client).checked_sub(address(0).into()) {
        Some(number) => format_compact!("WS{number}"),
        None => "WS01".into(),
    }
}

/// The mix of forty clients.
fn mix() -> Vec<Box<Activity>> {
    mix_of(0, QUIET, |number| Ipv4Addr::new(10, 77, 0, (number % 40) as u8 + 50))
}

/// Half DNS and LDAP chatter, of which much repeats; half authentications and calls, `pace` apart.
fn mix_of(first: u64, pace: i64, client: impl Fn(u64) -> Ipv4Addr) -> Vec<Box<Activity>> {
    (first..first + COUNT)
        .map(|number| {
            let client = client(number);
            let mut activity = match number % 8 {
                0..=2 => dns(number, client),
                3 | 4 => search(number, client),
                5 => ticket(number, client),
                6 => ntlm(number, client),
                _ => call(number, client),
            };
            activity.time = Timestamp(BEGIN + (number as i64) * pace);
            Box::new(activity)
        })
        .collect()
}

fn activity(kind: Kind, number: u64, client: Ipv4Addr) -> Activity {
    let end = |ip, port| Endpoint {
        ip: IpAddr::V4(ip),
        port,
        mac: None,
    };
    let flow = Flow {
        id: number,
        transport: Transport::Tcp,
        client: end(client, 50_000),
        server: end(Ipv4Addr::new(10, 77, 0, 10), 389),
        tunnel: Tunnel::default(),
        capture: CaptureId(0),
        midstream: false,
    };
    let mut activity = Activity::new(kind, ProtocolId::Ldap, &flow, Timestamp(BEGIN));
    activity.outcome = Outcome::Success;
    activity.observed.account = Some("alice".into());
    activity.observed.domain = Some("LAB".into());
    activity
}

fn dns(number: u64, client: Ipv4Addr) -> Activity {
    let mut activity = activity(Kind::DnsQuery, number, client);
    let host = format_compact!("host{}.lab.example", number % 120);
    let mut answer = Fields::new();
    answer.set("name", host.clone());
    answer.set("type", "A");
    answer.set("data", format_compact!("10.77.1.{}", number % 120));
    activity.details.set("qname", host);
    activity.details.set("qtype", 1);
    activity.details.set("qtype_name", "A");
    activity.details.set("answers", vec![Value::Map(answer)]);
    activity
}

fn search(number: u64, client: Ipv4Addr) -> Activity {
    let mut activity = activity(Kind::LdapSearch, number, client);
    activity.observed.dn = Some("DC=lab,DC=example".into());
    let details = &mut activity.details;
    details.set("base", "DC=lab,DC=example");
    details.set("scope", "wholeSubtree");
    details.set(
        "filter",
        format_compact!("(&(objectClass=user)(sAMAccountName=user{}))", number % 300),
    );
    details.list("attributes", ["cn", "memberOf", "objectSid", "userAccountControl"]);
    details.set("entries", 1);
    details.set("size", 412);
    activity
}

fn ticket(number: u64, client: Ipv4Addr) -> Activity {
    let mut activity = activity(Kind::KerberosTgs, number, client);
    activity.observed.account = Some(match number % 16 {
        5 => format_compact!("{}$", name(client)),
        _ => "alice".into(),
    });
    activity.observed.domain = Some("LAB.EXAMPLE".into());
    activity.observed.spn = Some("cifs/dc1.lab.example".into());
    activity.details.list("etypes", [18, 17, 23]);
    activity
}

fn ntlm(number: u64, client: Ipv4Addr) -> Activity {
    let mut activity = activity(Kind::NtlmAuthenticate, number, client);
    activity.observed.workstation = Some(name(client));
    activity.details.set("nb_computer", "DC1");
    activity.details.set("dns_computer", "dc1.lab.example");
    activity.details.set("dns_domain", "lab.example");
    activity
}

fn call(number: u64, client: Ipv4Addr) -> Activity {
    let mut activity = activity(Kind::RpcCall, number, client);
    let details = &mut activity.details;
    details.set("interface", "12345778-1234-abcd-ef00-0123456789ac");
    details.set("name", "samr");
    details.set("opnum", number % 64);
    details.set("operation", "SamrLookupNamesInDomain");
    details.set("pipe", "samr");
    details.set("size", 64 + number % 3);
    activity
}
