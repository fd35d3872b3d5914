//! Where a ticket comes from that is used: issued to whom, or to nobody.

use parsers::activity::{Activity, Bearer, Kind, Outcome};

use super::{activity, between, fields, resolver, run};
use crate::{Config, Correlation, Resolved, Resolver};

const ISSUED: &str = "d9d4a721dd5c681984c06f32013b7cde1ed59290781594e37c150e7372dfacab";
const FORGED: &str = "89c81934ce26282b79bfae2fe0f2fadcf556ffd09b9a0041519b534f5a8e30a2";

/// Both controllers of lab.example, and a client of each kind.
const DC1: &str = "10.77.0.10";
const DC2: &str = "10.77.0.11";
const WS01: &str = "10.77.0.50";
const SRV1: &str = "10.77.0.51";

const HOUR: i64 = 3_600;

/// A computer's own logon from its address: proof of who has it.
fn machine(account: &'static str, ip: &str, kdc: &str, seconds: i64) -> Activity {
    let mut logon = between(Kind::KerberosAs, seconds, ip, kdc);
    logon.observed.account = Some(account.into());
    logon.observed.domain = Some("LAB.EXAMPLE".into());
    logon
}

/// The controllers are known by their answers to LDAP pings.
fn introduced() -> Vec<Activity> {
    let ping = |ip: &str, host: &'static str| {
        let mut ping = between(Kind::NtlmAuthenticate, 0, WS01, ip);
        ping.details = fields([("nb_computer", host), ("dns_domain", "lab.example")]);
        ping
    };
    vec![
        ping(DC1, "DC1"),
        ping(DC2, "DC2"),
        machine("WS01$", WS01, DC1, 0),
        machine("SRV1$", SRV1, DC2, 0),
    ]
}

fn issue(ip: &str, seconds: i64) -> Activity {
    let mut issue = machine("alice", ip, DC1, seconds);
    issue.details = fields([("ticket_sha256", ISSUED)]);
    issue
}

fn purchase(ip: &str, ticket: &'static str, seconds: i64) -> Activity {
    let mut purchase = between(Kind::KerberosTgs, seconds, ip, DC1);
    purchase.details = fields([("tgt_realm", "LAB.EXAMPLE"), ("tgt_sha256", ticket)]);
    purchase
}

fn presentation(ip: &str, ticket: &'static str, seconds: i64) -> Activity {
    let mut presentation = between(Kind::KerberosAp, seconds, ip, SRV1);
    presentation.details = fields([("realm", "LAB.EXAMPLE"), ("ticket_sha256", ticket)]);
    presentation
}

/// Both controllers issue to somebody every half hour, for so many hours.
fn watched(hours: i64) -> Vec<Activity> {
    let mut all = introduced();
    for half in 1..=hours * 2 {
        all.push(machine("WS01$", WS01, DC1, half * HOUR / 2));
        all.push(machine("SRV1$", SRV1, DC2, half * HOUR / 2));
        let ping = introduced().into_iter().take(2);
        all.extend(ping.map(|mut ping| {
            ping.time = super::at(half * HOUR / 2);
            ping
        }));
    }
    all
}

/// What is said of the last activity's ticket. Time goes on for a minute afterwards.
fn origin(activities: Vec<Activity>) -> Option<String> {
    told(&mut resolver(&Config::default()), activities).0
}

fn told(resolver: &mut Resolver, activities: Vec<Activity>) -> (Option<String>, Option<Resolved>) {
    let last = activities.last().map(|last| last.time).unwrap();
    let mut out = Vec::new();
    for activity in activities {
        resolver.activity(Box::new(activity), &mut out);
    }
    resolver.advance(last.after(std::time::Duration::from_secs(60)), &mut out);
    resolver.finish(&mut out);
    let used = out.into_iter().rfind(|resolved| {
        let details = &resolved.activity.details;
        details.get("tgt_sha256").is_some() || resolved.activity.kind == Kind::KerberosAp
    });
    let details = used.as_ref().map(|used| &used.activity.details);
    let text = |name| details.and_then(|details| details.get_text(name)).map(str::to_owned);
    (text("tgt_origin").or_else(|| text("ticket_origin")), used)
}

fn then(mut first: Vec<Activity>, last: Activity) -> Vec<Activity> {
    first.push(last);
    first
}

#[test]
fn a_ticket_comes_from_the_computer_it_was_issued_to() {
    let start = || then(introduced(), issue(WS01, 10));
    assert_eq!(
        origin(then(start(), purchase(WS01, ISSUED, 20))).as_deref(),
        Some("same_computer")
    );
    assert_eq!(
        origin(then(start(), presentation(WS01, ISSUED, 20))).as_deref(),
        Some("same_computer")
    );
}

#[test]
fn one_that_was_taken_elsewhere_says_so_and_whence() {
    let mut resolver = resolver(&Config::default());
    let (origin, used) = told(
        &mut resolver,
        then(then(introduced(), issue(WS01, 10)), purchase(SRV1, ISSUED, 20)),
    );
    assert_eq!(origin.as_deref(), Some("other_computer"));
    let details = serde_json::to_value(&used.unwrap().activity.details).unwrap();
    assert_eq!(details["tgt_issued_to"], "WS01 10.77.0.50");
    assert_eq!(details["tgt_issued_time"], "2025-11-20T00:53:30.000000Z");
}

#[test]
fn an_address_of_nobody_known_may_be_the_same_computers() {
    let activities = then(then(introduced(), issue(WS01, 10)), purchase("10.77.0.99", ISSUED, 20));
    assert_eq!(origin(activities).as_deref(), Some("other_address"));
}

#[test]
fn a_computer_that_moved_is_still_the_same() {
    let moved = then(introduced(), issue(WS01, 10));
    let moved = then(moved, machine("WS01$", "10.77.0.99", DC1, 15));
    assert_eq!(
        origin(then(moved, purchase("10.77.0.99", ISSUED, 20))).as_deref(),
        Some("same_computer")
    );
}

#[test]
fn a_forwarded_ticket_is_meant_to_be_elsewhere() {
    let mut forwarded = issue(WS01, 10);
    forwarded.details.list("kdc_options", ["forwardable", "forwarded"]);
    let activities = then(then(introduced(), forwarded), purchase(SRV1, ISSUED, 20));
    assert_eq!(origin(activities).as_deref(), Some("forwarded"));
}

#[test]
fn who_never_had_a_ticket_issued_is_told_when_all_was_watched_for_a_tickets_life() {
    let late = 12 * HOUR + 60;
    for used in [purchase(WS01, FORGED, late), presentation("10.77.0.99", FORGED, late)] {
        assert_eq!(origin(then(watched(12), used)).as_deref(), Some("never_issued"));
    }
}

#[test]
fn nothing_is_said_before() {
    assert_eq!(
        origin(then(watched(9), purchase(WS01, FORGED, 9 * HOUR + 60))),
        None,
        "too early"
    );
    let late = 12 * HOUR + 60;
    let silent = |activity: &Activity| activity.server.ip.to_string() != DC2;
    let half: Vec<_> = watched(12).into_iter().filter(silent).collect();
    assert_eq!(
        origin(then(half, purchase(WS01, FORGED, late))),
        None,
        "one controller is not watched"
    );
    let gone = |activity: &Activity| silent(activity) || activity.time < super::at(6 * HOUR);
    let gone: Vec<_> = watched(12).into_iter().filter(gone).collect();
    assert_eq!(
        origin(then(gone, purchase(WS01, FORGED, late))),
        None,
        "one controller has gone"
    );
    assert_eq!(
        origin(then(watched(12), purchase(DC2, FORGED, late))),
        None,
        "a controller asks itself unseen"
    );
    let mut foreign = purchase(WS01, FORGED, late);
    foreign.details = fields([("tgt_realm", "ELSEWHERE.EXAMPLE"), ("tgt_sha256", FORGED)]);
    assert_eq!(
        origin(then(watched(12), foreign)),
        None,
        "a realm whose controllers are not known"
    );
}

#[test]
fn nothing_is_said_after_a_loss() {
    let late = 12 * HOUR + 60;
    let mut unanswered = machine("alice", WS01, DC1, 4 * HOUR);
    unanswered.outcome = Outcome::Unknown;
    let activities = then(then(watched(12), unanswered), purchase(WS01, FORGED, late));
    assert_eq!(origin(activities), None, "an answer that was not seen");
    let mut resolver = resolver(&Config::default());
    run_watched(&mut resolver);
    resolver.lost(super::at(late - 2 * HOUR));
    assert_eq!(told(&mut resolver, vec![purchase(WS01, FORGED, late)]).0, None);
}

#[test]
fn a_loss_or_an_issue_that_is_heard_of_a_moment_later_counts() {
    let late = 12 * HOUR + 60;
    let mut resolver = resolver(&Config::default());
    run_watched(&mut resolver);
    let mut out = Vec::new();
    resolver.activity(Box::new(purchase(WS01, FORGED, late)), &mut out);
    assert_eq!(out.len(), 0, "it waits");
    resolver.lost(super::at(late + 2));
    resolver.advance(super::at(late + 5), &mut out);
    assert_eq!(out[0].activity.details.get("tgt_origin"), None);
    let used = [purchase(WS01, ISSUED, late), issue(WS01, late)];
    let mut all = watched(12);
    all.extend(used);
    assert_eq!(origin(all).as_deref(), Some("same_computer"));
}

fn run_watched(resolver: &mut Resolver) {
    let mut out = Vec::new();
    for activity in watched(12) {
        resolver.activity(Box::new(activity), &mut out);
    }
}

#[test]
fn the_session_is_told_apart_from_the_connection() {
    let half = |sha256| Some(Bearer::Ticket(Bearer::half(sha256).unwrap()));
    let mut other = issue(WS01, 11);
    other.observed.account = Some("bob".into());
    other.details = fields([("ticket_sha256", FORGED)]);
    // Two sessions of two tickets on one connection, as a terminal server has them.
    let file = |bearer| {
        let mut file = activity(Kind::SmbFile, 20);
        file.protocol = parsers::protocol::ProtocolId::Smb2;
        file.bearer = bearer;
        file
    };
    let out = run(
        &mut resolver(&Config::default()),
        [
            issue(WS01, 10),
            other,
            presentation(WS01, ISSUED, 12),
            presentation(WS01, FORGED, 13),
            file(half(ISSUED)),
            file(half(FORGED)),
            file(None),
        ],
    );
    let who: Vec<_> = out
        .iter()
        .filter(|resolved| resolved.activity.kind == Kind::SmbFile)
        .map(|resolved| {
            (
                resolved.actor.as_ref().map(|actor| actor.name.as_str()),
                resolved.correlated,
            )
        })
        .collect();
    let session = Some(Correlation::SmbSession);
    assert_eq!(who, [(Some("alice"), session), (Some("bob"), session), (None, None)]);
}

#[test]
fn an_account_that_the_session_lent_is_marked_and_ones_own_is_not() {
    let lent = |kind| {
        let mut activity = activity(kind, 0);
        activity.observed.account = Some("alice".into());
        activity.observed.domain = Some("LAB".into());
        activity.bearer = Some(Bearer::Account);
        run(&mut resolver(&Config::default()), [activity])[0].correlated
    };
    assert_eq!(lent(Kind::LdapSearch), Some(Correlation::LdapBind));
    assert_eq!(lent(Kind::LdapBind), None);
}
