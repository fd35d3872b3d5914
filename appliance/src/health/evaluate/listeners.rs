//! Conditions of the listeners: that they hear, that what they hear is believed, read and kept, and that nobody falls silent.

use super::MINUTE;
use crate::health::finding::Finding;
use crate::health::issue::Issue;
use crate::health::snapshot::{Listener, Snapshot, Teller};
use crate::health::window::Window;
use crate::number::{duration, number, percent, share};

/// Seconds over which it is judged whether a source can be read.
const TEN_MINUTES: u64 = 600;

/// Messages below which nothing is said of them.
const TELLING: u64 = 20;

/// Share of a source's messages that are not read, from which on it is told.
const UNREAD: f64 = 0.5;

/// The name of the RADIUS listener.
const RADIUS: &str = "radius";

/// The name of the collector of forwarded events.
const WEF: &str = "wef";

/// A listener that does not listen.
pub(super) fn stopped(window: &Window) -> Vec<Finding> {
    let listeners = window.now().listeners.iter();
    listeners
        .filter_map(|listener| {
            let why = listener.stopped.as_ref()?;
            let untold = "what only the controllers' own events tell is not known";
            let (issue, consequence) = match listener.name.as_str() {
                RADIUS => (Issue::RadiusFailing, "VPN sessions are not known"),
                WEF => (Issue::WefFailing, untold),
                _ => (Issue::SyslogFailing, untold),
            };
            let fix = "see that the address is this host's and that no other process has the port (`ss -lnp`), then reload adtap";
            Some(Finding::new(issue, "", format!("the {} listener does not listen: {why}", listener.name), consequence, fix))
        })
        .collect()
}

/// Lists of revoked certificates that have ended, or cannot be read.
pub(super) fn unrevoked(window: &Window) -> Vec<Finding> {
    let listeners = window.now().listeners.iter();
    listeners
        .filter_map(|listener| {
            let revoked = listener.revocation.as_ref()?;
            let what = format!("the {} listener: {}", listener.name, revoked.troubles.join("; "));
            let fix = "put a new list of the CA there, which adtap reads within a second (`openssl crl -noout -nextupdate -in FILE` says how long it holds)";
            Some(Finding::new(Issue::RevocationUnknown, &listener.name, what, revoked.consequence.as_str(), fix))
        })
        .collect()
}

/// What listeners heard and could not take on.
pub(super) fn unheard(window: &Window) -> Vec<Finding> {
    let pairs = listeners(window, MINUTE).filter(|(then, now)| now.unheard() > then.unheard());
    pairs
        .map(|(then, now)| {
            let grown = |total: fn(&Listener) -> u64| number(total(now).saturating_sub(total(&then)));
            let what = format!(
                "{}: in the last minute {} datagrams found no room, {} activities were left out by their rank and {} lost",
                now.name,
                grown(|listener| listener.dropped),
                grown(|listener| listener.shed.sum()),
                grown(|listener| listener.lost)
            );
            let fix = "forward only the events that docs/events.md names, over TCP rather than UDP, give adtap more processors, and raise net.core.rmem_max";
            Finding::new(Issue::EventsNotAnalyzed, &now.name, what, "what they told is missing from the activities", fix)
        })
        .collect()
}

/// RADIUS clients that have another secret, and requests of nobody known.
pub(super) fn unproven(window: &Window) -> Vec<Finding> {
    let mut found = Vec::new();
    for (then, now) in listeners(window, MINUTE).filter(|(_, now)| now.name == RADIUS) {
        let clients = tellers(&then, now).filter(|(then, now)| now.unproven > then.unproven);
        found.extend(clients.map(|(then, now)| {
            let count = number(now.unproven - then.unproven);
            let what = format!(
                "{count} packets of the RADIUS client {} in the last minute are not made with its secret",
                now.name
            );
            let fix = "give both ends the same secret, and see that nothing on the way rewrites packets";
            Finding::new(
                Issue::RadiusFailing,
                &now.name,
                what,
                "its VPN sessions are not taken in",
                fix,
            )
        }));
        let strange = |listener: &Listener| listener.counters.value("unknown_client");
        if strange(now) > strange(&then) {
            let count = number(strange(now) - strange(&then));
            let what = format!("{count} RADIUS packets in the last minute came from addresses of no client");
            let fix =
                "name their senders in [[radius.clients]], or stop them (`tcpdump udp port 1813` shows who they are)";
            found.push(Finding::new(
                Issue::RadiusFailing,
                "unknown clients",
                what,
                "their VPN sessions are not taken in",
                fix,
            ));
        }
    }
    found
}

/// Sources that send events of other computers than the one that their certificate or ticket names.
pub(super) fn foreign(window: &Window) -> Vec<Finding> {
    let mut found = Vec::new();
    for (then, now) in listeners(window, MINUTE).filter(|(_, now)| now.name == WEF) {
        let sources = tellers(&then, now).filter(|(then, now)| now.unproven > then.unproven);
        found.extend(sources.map(|(then, now)| {
            let count = number(now.unproven - then.unproven);
            let what = format!(
                "{count} events of {} in the last minute name another computer",
                now.name
            );
            let fix =
                "see who has its certificate or its key, and name it in events.wef.relays where it forwards what others sent to it";
            Finding::new(Issue::ForeignEvents, &now.name, what, "they are not believed", fix)
        }));
    }
    found
}

/// A source that says nothing any more, or never said anything though it is named.
pub(super) fn silent(window: &Window) -> Vec<Finding> {
    let now = window.now();
    let mut found = Vec::new();
    for listener in now
        .listeners
        .iter()
        .filter(|listener| listener.silent_minutes > 0 && listener.stopped.is_none())
    {
        let limit = listener.silent_minutes * 60;
        let silent = listener
            .tellers
            .iter()
            .filter_map(|teller| Some((teller, silence(teller, now, limit)?)));
        found.extend(silent.map(|(teller, seconds)| {
            let what = format!("no message of {} for {}", teller.name, duration(seconds));
            let fix = match listener.name.as_str() {
                WEF => "on that computer, `wevtutil qe Microsoft-Windows-Forwarding/Operational /c:5 /rd:true /f:text` says why; docs/wef.md has the usual causes",
                _ => "see that its forwarding runs and that no firewall is between, or take it out of events.syslog.sources",
            };
            Finding::new(
                Issue::SourceSilent,
                &teller.name,
                what,
                "what it would forward is not known",
                fix,
            )
        }));
    }
    found
}

/// Seconds for which a teller has been silent, where that is too long.
fn silence(teller: &Teller, now: &Snapshot, limit: u64) -> Option<u64> {
    let seconds = match teller.last {
        Some(last) => now.time.since(last).as_secs(),
        None => now.uptime_seconds,
    };
    (seconds >= limit).then_some(seconds)
}

/// A source that sends more than it should.
pub(super) fn flooding(window: &Window) -> Vec<Finding> {
    let mut found = Vec::new();
    for (then, now) in listeners(window, MINUTE).filter(|(_, now)| now.flood_per_second > 0) {
        let seconds = window.span(MINUTE).map_or(MINUTE, |span| span.seconds()).max(1);
        let flooding = tellers(&then, now).filter_map(|(then, teller)| {
            let rate = teller.received.saturating_sub(then.received) / seconds;
            (rate >= now.flood_per_second).then_some((teller, rate))
        });
        found.extend(flooding.map(|(teller, rate)| {
            let what = format!("{} sends {} messages a second", teller.name, number(rate));
            let fix =
                "forward only the events that docs/events.md names, or raise flood-per-second where so many are meant";
            Finding::new(
                Issue::SourceFlooding,
                &teller.name,
                what,
                "under pressure, events of low rank are left out, of every source",
                fix,
            )
        }));
    }
    found
}

/// A source whose messages are in no format that is read.
pub(super) fn unreadable(window: &Window) -> Vec<Finding> {
    let mut found = Vec::new();
    for (then, now) in listeners(window, TEN_MINUTES).filter(|(_, now)| now.name != RADIUS) {
        found.extend(tellers(&then, now).filter_map(|(then, now)| {
            let received = now.received.saturating_sub(then.received);
            let refused = now.refused.saturating_sub(then.refused);
            let part = share(refused, received);
            (received >= TELLING && part >= UNREAD).then(|| {
                let what = format!("{} of {} messages of {} in the last ten minutes are no events that can be read", percent(part), number(received), now.name);
                let fix = "send them in a format that docs/events.md names, and nothing else: `adtap status --json` counts why each is refused";
                Finding::new(Issue::SourceUnreadable, &now.name, what, "what they tell is not known", fix)
            })
        }));
    }
    found
}

/// Every listener as it was so many seconds ago and as it is; one that was not there then starts from nothing.
fn listeners(window: &Window, seconds: u64) -> impl Iterator<Item = (Listener, &Listener)> {
    let then = window.before(seconds);
    window.now().listeners.iter().filter_map(move |now| {
        let before = then?.listeners.iter().find(|then| then.name == now.name);
        Some((before.cloned().unwrap_or_default(), now))
    })
}

fn tellers<'a>(then: &'a Listener, now: &'a Listener) -> impl Iterator<Item = (Teller, &'a Teller)> {
    now.tellers.iter().map(|now| {
        let before = then.tellers.iter().find(|then| then.name == now.name);
        (before.cloned().unwrap_or_default(), now)
    })
}
