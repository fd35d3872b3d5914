//! Folding: what becomes one, what never does, and that nothing is lost or reordered.

use proptest::prelude::*;

use super::{activity, at, between, fields, run};
use crate::directory::Snapshot;
use crate::fold::Fold;
use crate::resolved::Pending;
use crate::{Config, Resolved, Resolver};
use parsers::activity::{Activity, Kind, Outcome};
use std::sync::Arc;
use std::time::Duration;

fn search(seconds: i64, filter: &'static str) -> Activity {
    let mut activity = activity(Kind::LdapSearch, seconds);
    activity.details = fields([("filter", filter)]);
    activity
}

fn empty(fold: u32) -> Resolver {
    let config = Config {
        fold,
        ..Config::default()
    };
    Resolver::new(&config, Arc::new(Snapshot::empty()))
}

fn brief(out: &[Resolved]) -> Vec<(i64, u32, Option<i64>)> {
    let seconds = |time: capture::Timestamp| time.seconds() - at(0).seconds();
    out.iter()
        .map(|resolved| {
            let activity = &resolved.activity;
            (seconds(activity.time), activity.count, activity.end_time.map(seconds))
        })
        .collect()
}

#[test]
fn repeats_within_the_window_become_one() {
    let mut resolver = empty(60);
    let out = run(
        &mut resolver,
        [0, 10, 59, 60, 200].map(|seconds| search(seconds, "(cn=a)")),
    );
    assert_eq!(brief(&out), [(0, 3, Some(59)), (60, 1, None), (200, 1, None)]);
    assert_eq!(resolver.stats().folded, 2);
}

#[test]
fn another_port_of_the_client_is_no_difference_but_anything_said_is() {
    let mut port = search(1, "(cn=a)");
    port.client.port = 50_001;
    let mut account = search(2, "(cn=a)");
    account.observed.account = Some("bob".into());
    let mut failed = search(3, "(cn=a)");
    failed.outcome = Outcome::Failure;
    let other = between(Kind::LdapSearch, 4, "10.77.0.51", super::DC1);
    let out = run(&mut empty(60), [search(0, "(cn=a)"), port, account, failed, other]);
    assert_eq!(brief(&out), [(3, 1, None), (0, 2, Some(1)), (2, 1, None), (4, 1, None)]);
}

#[test]
fn authentications_changes_and_failures_never_fold() {
    for kind in Kind::ALL {
        let mut failed = activity(kind, 2);
        failed.outcome = Outcome::Failure;
        let out = run(
            &mut empty(60),
            [activity(kind, 0), activity(kind, 1), failed.clone(), failed],
        );
        assert_eq!(out.len(), if kind.folds() { 3 } else { 4 }, "{kind:?}");
    }
}

#[test]
fn zero_turns_folding_off() {
    let out = run(&mut empty(0), [search(0, "(cn=a)"), search(0, "(cn=a)")]);
    assert_eq!(brief(&out), [(0, 1, None), (0, 1, None)]);
}

#[test]
fn windows_leave_with_packet_time_in_the_order_they_opened() {
    let (mut resolver, mut out) = (empty(60), Vec::new());
    for (seconds, filter) in [(0, "(cn=a)"), (1, "(cn=b)"), (2, "(cn=a)")] {
        resolver.activity(Box::new(search(seconds, filter)), &mut out);
    }
    resolver.advance(at(59), &mut out);
    assert!(out.is_empty());
    resolver.advance(at(60), &mut out);
    assert_eq!(brief(&out), [(0, 2, Some(2))]);
    resolver.activity(Box::new(activity(Kind::KerberosAs, 61)), &mut out);
    assert_eq!(brief(&out), [(0, 2, Some(2)), (1, 1, None), (61, 1, None)]);
}

#[test]
fn an_answer_that_comes_late_joins_its_window() {
    let out = run(
        &mut empty(60),
        [search(50, "(cn=a)"), search(20, "(cn=a)"), search(109, "(cn=a)")],
    );
    assert_eq!(brief(&out), [(50, 3, Some(109))]);
}

#[test]
fn too_many_windows_push_out_the_oldest() {
    let mut fold = Fold::new(Duration::from_secs(60), 2, usize::MAX);
    let mut early = Vec::new();
    for (seconds, filter) in [(0, "(cn=a)"), (1, "(cn=b)"), (2, "(cn=c)")] {
        let activity = search(seconds, filter);
        let brief = fold.brief(&activity, None);
        assert!(!fold.join(brief, &activity, None));
        let pending = pending(activity);
        early.extend(std::iter::from_fn(|| fold.surplus(brief)).map(|pending| pending.resolved));
        fold.open(brief, pending, None);
    }
    assert_eq!((brief(&early), fold.evicted()), (vec![(0, 1, None)], 1));
    let again = search(3, "(cn=a)");
    assert!(!fold.join(fold.brief(&again, None), &again, None));
    let again = search(3, "(cn=c)");
    assert!(fold.join(fold.brief(&again, None), &again, None));
}

/// What a sender makes of them is no way to take memory.
#[test]
fn windows_that_are_too_heavy_push_out_the_oldest() {
    let mut fold = Fold::new(Duration::from_secs(60), 100, 10_000);
    let mut left = Vec::new();
    for seconds in 0..20 {
        let size = if seconds == 10 { 20_000 } else { 1_000 };
        let mut activity = search(seconds, "(cn=*)");
        activity.details.set("text", "x".repeat(size));
        let pending = pending(activity);
        let brief = fold.brief(&pending.resolved.activity, None);
        left.extend(std::iter::from_fn(|| fold.surplus(brief)));
        fold.open(brief, pending, None);
        let open = seconds + 1 - left.len() as i64;
        assert!((1..10).contains(&open), "{open} at {seconds}");
    }
    assert_eq!(fold.evicted(), left.len() as u64);
    left.extend(std::iter::from_fn(|| fold.pop()));
    assert_eq!(left.len(), 20);
    assert!(left.is_sorted_by_key(|pending| pending.resolved.activity.time));
}

fn pending(activity: Activity) -> Pending {
    let resolved = Resolved {
        activity: Box::new(activity),
        actor: None,
        correlated: None,
        target: None,
        source: None,
        destination: None,
        waited: false,
    };
    Pending {
        resolved,
        certain: false,
    }
}

fn chatter() -> impl Strategy<Value = Vec<Activity>> {
    const FILTERS: [&str; 3] = ["(cn=a)", "(cn=b)", "(cn=c)"];
    let one = (
        0_i64..400,
        0_usize..Kind::ALL.len(),
        0_usize..3,
        any::<bool>(),
        1_u32..4,
    );
    proptest::collection::vec(one, 0..80).prop_map(|mut list| {
        list.sort_by_key(|(seconds, ..)| *seconds / 20); // time steps back a little, as late answers do
        let make = |(seconds, kind, filter, failed, count): (i64, usize, usize, bool, u32)| {
            let mut activity = search(seconds, FILTERS[filter]);
            activity.kind = Kind::ALL[kind];
            activity.count = count;
            if failed {
                activity.outcome = Outcome::Failure;
            }
            activity
        };
        list.into_iter().map(make).collect()
    })
}

proptest! {
    #[test]
    fn counts_are_conserved_and_order_is_kept(activities in chatter()) {
        let total: u64 = activities.iter().map(|activity| u64::from(activity.count)).sum();
        let mut resolver = empty(60);
        let out = run(&mut resolver, activities.clone());
        prop_assert_eq!(out.iter().map(|resolved| u64::from(resolved.activity.count)).sum::<u64>(), total);
        let stats = resolver.stats();
        prop_assert_eq!(stats.activities, out.len() as u64 + stats.folded);
        for resolved in &out {
            let activity = &resolved.activity;
            let span = activity.end_time.map(|end| end.since(activity.time)).unwrap_or_default();
            prop_assert!(span < Duration::from_secs(60));
        }
        let again = run(&mut empty(60), activities);
        prop_assert_eq!(brief(&out), brief(&again));
    }
}

#[test]
fn a_clock_that_is_set_back_closes_what_is_open() {
    let mut resolver = empty(60);
    let mut out = Vec::new();
    resolver.activity(Box::new(search(3_600, "(a=b)")), &mut out);
    assert!(out.is_empty());
    resolver.set_back(at(0), &mut out);
    assert_eq!(brief(&out), [(3_600, 1, None)]);
    out.clear();
    resolver.activity(Box::new(search(1, "(a=b)")), &mut out);
    resolver.advance(at(61), &mut out);
    assert_eq!(brief(&out), [(1, 1, None)]);
}
