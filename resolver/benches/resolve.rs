//! What an activity costs from parser to spool: learning, resolving, folding, over a morning's mix of kinds.

use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use capture::{CaptureId, Endpoint, Flow, Timestamp, Transport, Tunnel};
use compact_str::format_compact;
use criterion::{BatchSize, Criterion, Throughput};
use parsers::activity::{Activity, Kind, Outcome};
use parsers::fields::{Fields, Value};
use parsers::protocol::ProtocolId;
use resolver::directory::{DirectoryError, Snapshot};
use resolver::{Config, Resolver};

/// Activities a run.
const COUNT: u64 = 20_000;

/// Addresses of a large site.
const CROWD: u32 = 100_000;

fn main() -> Result<(), DirectoryError> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/directory");
    let paths: [PathBuf; 2] = ["lab.ldapsearch.ldif", "dev.jsonl"].map(|name| folder.join(name));
    let directory = Arc::new(Snapshot::read(&paths)?);
    let mut criterion = Criterion::default().configure_from_args();
    let mut group = criterion.benchmark_group("resolve");
    group.throughput(Throughput::Elements(COUNT));
    for (name, directory) in [("directory", &directory), ("empty", &Arc::new(Snapshot::empty()))] {
        group.bench_function(name, |bencher| {
            let fresh = || (Resolver::new(&Config::default(), Arc::clone(directory)), mix(40));
            bencher.iter_batched(fresh, |(resolver, mix)| run(resolver, mix), BatchSize::PerIteration);
        });
    }
    group.sample_size(10).bench_function("crowd", |bencher| {
        let known = || (crowd(&directory), mix(CROWD));
        bencher.iter_batched(known, |(resolver, mix)| run(resolver, mix), BatchSize::PerIteration);
    });
    group.finish();
    criterion.final_summary();
    Ok(())
}

/// A resolver that knows who has each of so many addresses, by the logons of their computers.
fn crowd(directory: &Arc<Snapshot>) -> Resolver {
    let mut resolver = Resolver::new(&Config::default(), Arc::clone(directory));
    let mut out = Vec::new();
    for client in 0..CROWD {
        let mut logon = activity(Kind::KerberosAs, 0, client);
        logon.observed.account = Some(format_compact!("PC{client}$"));
        resolver.activity(Box::new(logon), &mut out);
        out.clear();
    }
    resolver
}

/// Gives back the resolver, so that freeing it is not measured.
fn run(mut resolver: Resolver, mix: Vec<Box<Activity>>) -> (Resolver, usize) {
    let (mut out, mut total) = (Vec::new(), 0);
    for activity in mix {
        resolver.activity(activity, &mut out);
        if out.len() >= 256 {
            total += out.len();
            out.clear();
        }
    }
    resolver.finish(&mut out);
    (resolver, total + out.len())
}

/// Half DNS and LDAP chatter, of which much repeats; half authentications and calls, two milliseconds apart, of so many clients.
fn mix(clients: u32) -> Vec<Box<Activity>> {
    (0..COUNT)
        .map(|number| {
            // A prime, so that clients come in no order.
            let client = (number * if clients == 40 { 1 } else { 7_919 } % u64::from(clients)) as u32;
            Box::new(match number % 8 {
                0..=2 => dns(number, client),
                3 | 4 => search(number, client),
                5 => ticket(number, client),
                6 => ntlm(number, client),
                _ => call(number, client),
            })
        })
        .collect()
}

fn activity(kind: Kind, number: u64, client: u32) -> Activity {
    let end = |host: u32, port| Endpoint {
        ip: IpAddr::V4(Ipv4Addr::from_bits(0x0a4d_0000 + host)),
        port,
        mac: None,
    };
    let flow = Flow {
        id: number,
        transport: Transport::Tcp,
        client: end(client + 50, 50_000),
        server: end(10, 389),
        tunnel: Tunnel::default(),
        capture: CaptureId(0),
        midstream: false,
    };
    let time = Timestamp(1_763_600_000_000_000_000 + (number as i64) * 2_000_000);
    let mut activity = Activity::new(kind, ProtocolId::Ldap, &flow, time);
    activity.outcome = Outcome::Success;
    activity.observed.account = Some("alice".into());
    activity.observed.domain = Some("LAB".into());
    activity
}

fn dns(number: u64, client: u32) -> Activity {
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

fn search(number: u64, client: u32) -> Activity {
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

fn ticket(number: u64, client: u32) -> Activity {
    let mut activity = activity(Kind::KerberosTgs, number, client);
    activity.observed.account = Some(if number % 16 == 5 { "CLIENT$" } else { "alice" }.into());
    activity.observed.domain = Some("LAB.EXAMPLE".into());
    activity.observed.spn = Some("cifs/dc1.lab.example".into());
    activity.details.list("etypes", [18, 17, 23]);
    let ticket = |number: u64| format_compact!("{:032x}{:032x}", number.wrapping_mul(0x9e37_79b9_7f4a_7c15), number);
    activity.details.set("tgt_realm", "LAB.EXAMPLE");
    activity.details.set("tgt_sha256", ticket(u64::from(client)));
    activity.details.set("ticket_sha256", ticket(number + (1 << 32)));
    activity
}

fn ntlm(number: u64, client: u32) -> Activity {
    let mut activity = activity(Kind::NtlmAuthenticate, number, client);
    activity.observed.workstation = Some("WS01".into());
    activity.details.set("nb_computer", "DC1");
    activity.details.set("dns_computer", "dc1.lab.example");
    activity.details.set("dns_domain", "lab.example");
    activity
}

fn call(number: u64, client: u32) -> Activity {
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
