//! Activities that wait a moment at the beginning of an address's life.

use parsers::activity::{Activity, Kind};

use super::sensor::logon;
use super::{CLIENT, at, between, resolver};
use crate::entity::Certainty;
use crate::{Config, Resolved, Resolver};

fn change(millis: i64, client: &str) -> Activity {
    let mut change = between(Kind::LdapChange, 0, client, "10.77.0.10");
    change.time.0 = at(0).0 + millis * 1_000_000;
    change
}

fn see(resolver: &mut Resolver, activity: Activity) -> Vec<Resolved> {
    let mut out = Vec::new();
    resolver.activity(Box::new(activity), &mut out);
    out
}

/// Milliseconds into the run and whose computer's, of each.
fn brief(out: &[Resolved]) -> Vec<(i64, Option<(&str, Certainty)>)> {
    let millis = |resolved: &Resolved| (resolved.activity.time.0 - at(0).0) / 1_000_000;
    let source = |resolved: &'_ Resolved| {
        let source = resolved.source.as_deref();
        source.map(|source| (source.name.clone(), source.certainty))
    };
    let brief = out.iter().map(|resolved| (millis(resolved), source(resolved)));
    brief
        .map(|(millis, source)| {
            let source = source.map(|(name, certainty)| {
                let name: &str = match name.as_str() {
                    "WS01" => "WS01",
                    _ => "another",
                };
                (name, certainty)
            });
            (millis, source)
        })
        .collect()
}

const WS01: Option<(&str, Certainty)> = Some(("WS01", Certainty::High));

#[test]
fn what_comes_first_waits_for_the_proof_that_follows() {
    let mut resolver = resolver(&Config::default());
    assert!(see(&mut resolver, change(0, CLIENT)).is_empty());
    assert!(see(&mut resolver, change(500, CLIENT)).is_empty());
    let mut proof = logon(Kind::KerberosAs, 0, CLIENT, "WS01$", "LAB.EXAMPLE");
    proof.time.0 += 900_000_000;
    assert_eq!(brief(&see(&mut resolver, proof)), [(900, WS01)]);
    let out = see(&mut resolver, change(901, CLIENT));
    assert_eq!(brief(&out), [(0, WS01), (500, WS01), (901, WS01)]);
    assert_eq!(resolver.stats().waited, 2);
}

#[test]
fn nothing_waits_longer_than_its_deadline() {
    let mut resolver = resolver(&Config::default());
    assert!(see(&mut resolver, change(0, CLIENT)).is_empty());
    assert!(see(&mut resolver, change(1_500, "10.77.0.51")).is_empty());
    assert!(see(&mut resolver, change(1_999, CLIENT)).is_empty());
    let mut out = Vec::new();
    resolver.advance(change(2_000, CLIENT).time, &mut out);
    assert_eq!(brief(&out), [(0, None)]);
    out.clear();
    resolver.advance(change(3_500, CLIENT).time, &mut out);
    assert_eq!(brief(&out), [(1_500, None), (1_999, None)]);
    let late = see(&mut resolver, change(3_600, CLIENT));
    assert_eq!(brief(&late), [(3_600, None)], "the beginning is over");
}

#[test]
fn an_address_that_goes_to_another_begins_anew() {
    let mut resolver = resolver(&Config::default());
    let lease = |millis: i64, mac| parsers::sighting::Sighting {
        time: change(millis, CLIENT).time,
        name: "kiosk".into(),
        mac: Some([mac; 6]),
        ..parsers::sighting::Sighting::new(parsers::sighting::Source::Dhcp, CLIENT.parse().unwrap())
    };
    resolver.sighting(&lease(0, 1));
    assert!(see(&mut resolver, change(1, CLIENT)).is_empty());
    assert_eq!(see(&mut resolver, change(5_000, CLIENT)).len(), 2);
    let mut other = lease(6_000, 2);
    other.name = "other".into();
    resolver.sighting(&other);
    assert!(see(&mut resolver, change(6_001, CLIENT)).is_empty());
}

#[test]
fn waiting_can_be_turned_off_and_never_loses() {
    let config = Config {
        wait_milliseconds: 0,
        ..Config::default()
    };
    let mut all = resolver(&config);
    assert_eq!(see(&mut all, change(0, CLIENT)).len(), 1);
    let mut resolver = resolver(&Config::default());
    let mut out = Vec::new();
    for number in 0..20_000_u32 {
        let [_, high, mid, low] = number.to_be_bytes();
        let client = format!("10.{}.{mid}.{low}", 80 + high);
        resolver.activity(Box::new(change(1, &client)), &mut out);
    }
    let (waited, evicted) = (resolver.stats().waited, resolver.stats().waited_evicted);
    assert_eq!((waited, out.len() as u64), (20_000, evicted));
    resolver.finish(&mut out);
    assert_eq!(out.len(), 20_000);
}

#[test]
fn what_folds_is_looked_at_again_when_it_leaves() {
    let mut resolver = resolver(&Config::default());
    let mut query = between(Kind::LdapSearch, 0, CLIENT, "10.77.0.10");
    query.details.set("base", "DC=lab");
    assert!(see(&mut resolver, query).is_empty());
    see(
        &mut resolver,
        logon(Kind::KerberosAs, 1, CLIENT, "WS01$", "LAB.EXAMPLE"),
    );
    let mut out = Vec::new();
    resolver.advance(at(61), &mut out);
    assert_eq!(brief(&out), [(0, WS01)]);
}
