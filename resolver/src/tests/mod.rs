//! The stage as a whole: activities in, resolved activities out.

mod addresses;
mod changes;
mod folding;
mod joining;
mod names;
mod origin;
mod reports;
mod sensor;
mod sharing;
mod stacks;
mod tags;
mod tickets;
mod timeline;
mod waiting;

use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;

use capture::{CaptureId, Endpoint, Flow, Timestamp, Transport, Tunnel};
use parsers::activity::{Activity, Kind, Outcome};
use parsers::fields::{Fields, Value};
use parsers::protocol::ProtocolId;

use crate::directory::Snapshot;
use crate::{Config, Resolved, Resolver};

const CLIENT: &str = "10.77.0.50";
const DC1: &str = "10.77.0.10";

fn at(seconds: i64) -> Timestamp {
    Timestamp::new(1_763_600_000 + seconds, 0)
}

fn activity(kind: Kind, seconds: i64) -> Activity {
    between(kind, seconds, CLIENT, DC1)
}

fn between(kind: Kind, seconds: i64, client: &str, server: &str) -> Activity {
    let end = |ip: &str, port| Endpoint {
        ip: ip.parse::<IpAddr>().unwrap(),
        port,
        mac: None,
    };
    let flow = Flow {
        id: 1,
        transport: Transport::Tcp,
        client: end(client, 50_000),
        server: end(server, 389),
        tunnel: Tunnel::default(),
        capture: CaptureId(0),
        midstream: false,
    };
    let mut activity = Activity::new(kind, ProtocolId::Ldap, &flow, at(seconds));
    activity.outcome = Outcome::Success;
    activity
}

fn fields<const N: usize>(pairs: [(&'static str, &'static str); N]) -> Fields {
    let mut fields = Fields::new();
    for (name, value) in pairs {
        fields.set(name, value);
    }
    fields
}

fn records<const N: usize>(records: [[&'static str; 3]; N]) -> Value {
    let record =
        |[name, kind, data]: [&'static str; 3]| Value::Map(fields([("name", name), ("type", kind), ("data", data)]));
    Value::List(records.into_iter().map(record).collect())
}

/// The sample directories of two domains.
fn forest() -> Arc<Snapshot> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/directory");
    let paths = ["lab.ldbsearch.ldif", "dev.jsonl"].map(|name| folder.join(name));
    Arc::new(Snapshot::read(&paths).unwrap())
}

fn run(resolver: &mut Resolver, activities: impl IntoIterator<Item = Activity>) -> Vec<Resolved> {
    let mut out = Vec::new();
    for activity in activities {
        resolver.activity(Box::new(activity), &mut out);
    }
    resolver.finish(&mut out);
    out
}

fn resolver(config: &Config) -> Resolver {
    Resolver::new(config, forest())
}
