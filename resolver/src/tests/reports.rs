//! What others tell: resolved at once, at whatever time they say, without disturbing the time of packets.

use super::{activity, at, resolver};
use crate::{Config, Resolved, Resolver};
use parsers::activity::{Activity, Kind};
use proptest::prelude::*;

fn told(kind: Kind, seconds: i64) -> Activity {
    let mut told = activity(kind, seconds);
    told.observed.account = Some("alice".into());
    told.observed.domain = Some("LAB".into());
    told
}

fn report(resolver: &mut Resolver, activity: Activity) -> Vec<Resolved> {
    let mut out = Vec::new();
    resolver.report(Box::new(activity), &mut out);
    out
}

#[test]
fn a_report_leaves_at_once_and_closes_no_window() {
    let mut resolver = resolver(&Config::default());
    let mut out = Vec::new();
    resolver.activity(Box::new(activity(Kind::LdapSearch, 0)), &mut out);
    for seconds in [-1_000_000, 5, 1_000_000_000] {
        let left = report(&mut resolver, told(Kind::VpnConnection, seconds));
        assert_eq!(left.len(), 1);
        assert_eq!(left[0].activity.time, at(seconds));
        assert!(left[0].actor.is_some(), "its user is known");
    }
    // A kind that folds does not when it is told, and is no member of what the mirror shows.
    assert_eq!(report(&mut resolver, told(Kind::LdapSearch, 1)).len(), 1);
    resolver.activity(Box::new(activity(Kind::LdapSearch, 59)), &mut out);
    assert!(out.is_empty(), "the window is open still");
    resolver.finish(&mut out);
    assert_eq!((out.len(), out[0].activity.count), (1, 2));
}

#[test]
fn a_report_is_learnt_from() {
    let mut resolver = resolver(&Config::default());
    let mut machine = told(Kind::KerberosAs, 0);
    machine.observed.account = Some("PC17$".into());
    assert!(report(&mut resolver, told(Kind::VpnConnection, 0))[0].source.is_none());
    assert!(report(&mut resolver, machine)[0].source.is_some());
    assert!(report(&mut resolver, told(Kind::VpnConnection, 1))[0].source.is_some());
}

proptest! {
    #[test]
    fn reports_change_nothing_of_what_the_mirror_shows(times in prop::collection::vec((-1_000_i64..100_000, any::<bool>()), 1..50)) {
        let mirrored: Vec<_> = (0..200).step_by(7).map(|seconds| activity(Kind::DnsQuery, seconds)).collect();
        let alone = super::run(&mut resolver(&Config::default()), mirrored.clone());
        let mut both = resolver(&Config::default());
        let (mut out, mut reported) = (Vec::new(), Vec::new());
        for (at, activity) in mirrored.into_iter().enumerate() {
            if let Some((seconds, vpn)) = times.get(at) {
                let kind = if *vpn { Kind::VpnConnection } else { Kind::DnsQuery };
                both.report(Box::new(told(kind, *seconds)), &mut reported);
            }
            both.activity(Box::new(activity), &mut out);
        }
        both.finish(&mut out);
        let brief = |out: &[Resolved]| out.iter().map(|one| (one.activity.time, one.activity.count)).collect::<Vec<_>>();
        prop_assert_eq!(brief(&alone), brief(&out));
    }
}
