//! A status in words and tables: the same ones on the page and in the terminal.

use super::ledger::Row;
use super::snapshot::{Interface, Link, Listener, Lookup, Named, Teller};
use super::status::{Seen, Status};
use crate::directory::DomainStatus;
use crate::number::{bytes, duration, number, percent};

/// A table to be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Table {
    pub(crate) title: &'static str,
    pub(crate) head: Vec<&'static str>,
    pub(crate) rows: Vec<Vec<String>>,
    /// What is said where there are no rows.
    pub(crate) none: &'static str,
}

/// How adtap is, in a few sentences.
pub(crate) fn summary(status: &Status) -> Vec<String> {
    let (version, uptime) = (&status.version, duration(status.snapshot.uptime_seconds));
    let mut sentences = vec![format!("adtap {version}, running for {uptime}: {}.", state(status))];
    if status.stale_seconds >= super::status::STALE {
        let stale = duration(status.stale_seconds);
        sentences.push(format!("These numbers are {stale} old: its supervision has stopped."));
    }
    sentences.extend([load(status), delivery(status)]);
    sentences
}

fn state(status: &Status) -> String {
    match (status.open().count(), status.severity) {
        (0, _) | (_, None) => "healthy".to_owned(),
        (1, Some(severity)) => format!("one alert of {severity} severity is open"),
        (count, Some(severity)) => format!("{count} alerts are open, the gravest of {severity} severity"),
    }
}

fn load(status: &Status) -> String {
    let (rates, process) = (&status.rates, &status.snapshot.process);
    format!(
        "{} frames/s, {:.1} Mbit/s, {} activities/s; {} of memory; {:.2} of {} processors.",
        number(rates.frames.round() as u64),
        rates.bits / 1e6,
        number(rates.activities.round() as u64),
        bytes(process.rss_bytes),
        process.cpu,
        process.processors
    )
}

fn delivery(status: &Status) -> String {
    let (spool, sender) = (&status.snapshot.spool, &status.snapshot.sender);
    let how = if sender.connected { "Connected" } else { "Not connected" };
    let waiting = number(spool.waiting);
    format!("{how} to {}; {waiting} activities wait in the spool.", sender.url)
}

/// Every table.
pub(crate) fn all(status: &Status) -> Vec<Table> {
    let tables = standing(status).into_iter();
    tables.chain(status.snapshot.lookup.as_ref().map(asked)).collect()
}

/// Those that are there in any case.
fn standing(status: &Status) -> Vec<Table> {
    vec![
        Table {
            title: "Domain controllers",
            head: vec![
                "name",
                "seen",
                "to/s",
                "from/s",
                "copies",
                "one-way flows",
                "last packet",
            ],
            rows: status.controllers.iter().map(controller).collect(),
            none: "None is configured, and none was learned from what it answers.",
        },
        Table {
            title: "Interfaces",
            head: vec![
                "name",
                "link",
                "mode",
                "frames",
                "lost in ring",
                "lost in card",
                "truncated",
                "filtered",
                "cut to headers",
                "offloads",
            ],
            rows: status.snapshot.interfaces.iter().map(interface).collect(),
            none: "None is captured from.",
        },
        Table {
            title: "Listeners",
            head: vec!["listener", "from", "received", "activities", "refused", "last message"],
            rows: status
                .snapshot
                .listeners
                .iter()
                .flat_map(|listener| heard(listener, status))
                .collect(),
            none: "None is configured: [radius], [events.syslog] and [events.wef].",
        },
        Table {
            title: "Directory",
            head: vec![
                "domain",
                "objects",
                "synchronised",
                "with",
                "changes by",
                "changes",
                "what is the matter",
            ],
            rows: status
                .snapshot
                .directory
                .iter()
                .map(|domain| self::domain(domain, status))
                .collect(),
            none: "No domain is read from its controllers.",
        },
        Table {
            title: "Lost since the start",
            head: vec!["layer", "lost", "of", "share", "that is"],
            rows: status.ledger.iter().filter(|row| row.lost > 0).map(loss).collect(),
            none: "Nothing was lost.",
        },
        Table {
            title: "Protocols",
            head: vec!["protocol", "messages/s"],
            rows: status
                .rates
                .messages
                .iter()
                .map(|(name, rate)| vec![name.clone(), format!("{rate:.1}")])
                .collect(),
            none: "No message was read.",
        },
    ]
}

/// What asking hosts who they are came to, by method.
fn asked(lookup: &Lookup) -> Table {
    Table {
        title: "Hosts asked who they are",
        head: vec!["method", "asked", "named", "silent", "refused", "otherwise"],
        rows: lookup
            .methods
            .iter()
            .map(|(name, counts)| method(name, counts))
            .collect(),
        none: "None was asked yet.",
    }
}

fn method(name: &str, counts: &Named) -> Vec<String> {
    let shown = ["named", "silent", "refused"].map(|outcome| counts.value(outcome));
    let others = counts.sum().saturating_sub(shown.iter().sum());
    let numbers = [counts.sum()].into_iter().chain(shown).chain([others]);
    [name.to_owned()].into_iter().chain(numbers.map(number)).collect()
}

fn controller(seen: &Seen) -> Vec<String> {
    let last = match seen.silent_seconds {
        Some(0..=1) => "now".to_owned(),
        Some(seconds) => format!("{} ago", duration(seconds)),
        None => "never".to_owned(),
    };
    vec![
        if seen.configured {
            seen.name.clone()
        } else {
            format!("{} (learned)", seen.name)
        },
        seen.seen.map_or_else(|| "-".to_owned(), percent),
        number(seen.to.round() as u64),
        number(seen.from.round() as u64),
        percent(seen.copies),
        percent(seen.one_way),
        last,
    ]
}

fn interface(interface: &Interface) -> Vec<String> {
    let (ring, nic) = (&interface.ring, &interface.nic);
    let link = match interface.link {
        Link::Up => "up",
        Link::Down => "down",
        Link::Gone => "gone",
    };
    vec![
        interface.name.clone(),
        link.to_owned(),
        interface.mode.clone(),
        number(ring.received),
        number(ring.dropped),
        number(nic.rx_dropped + nic.rx_missed + nic.rx_errors),
        number(ring.truncated),
        number(ring.filtered),
        number(ring.cut),
        interface.offloads.join(" "),
    ]
}

/// A line for each that tells a listener something, and one where nobody does.
fn heard(listener: &Listener, status: &Status) -> Vec<Vec<String>> {
    let name = |from: &str| vec![listener.name.clone(), from.to_owned()];
    if listener.tellers.is_empty() || listener.stopped.is_some() {
        let state = listener.stopped.as_deref().unwrap_or("nobody yet");
        return vec![[name(state), vec!["-".to_owned(); 4]].concat()];
    }
    let row = |teller: &Teller| {
        let last = match teller.last.map(|last| status.snapshot.time.since(last).as_secs()) {
            Some(0..=1) => "now".to_owned(),
            Some(seconds) => format!("{} ago", duration(seconds)),
            None => "never".to_owned(),
        };
        let counts = [teller.received, teller.activities, teller.refused].map(number);
        [name(&teller.name), counts.to_vec(), vec![last]].concat()
    };
    listener.tellers.iter().map(row).collect()
}

fn domain(domain: &DomainStatus, status: &Status) -> Vec<String> {
    let age = domain.synced.map(|synced| status.snapshot.time.since(synced).as_secs());
    vec![
        domain.name.clone(),
        number(domain.objects),
        age.map_or_else(|| "never".to_owned(), |age| format!("{} ago", duration(age))),
        domain.controller.clone(),
        domain.method.clone(),
        number(domain.changes),
        domain.error.clone().unwrap_or_default(),
    ]
}

fn loss(row: &Row) -> Vec<String> {
    vec![
        row.layer.clone(),
        format!("{} {}", number(row.lost), row.unit),
        if row.of > 0 { number(row.of) } else { "-".to_owned() },
        row.share().map_or_else(|| "-".to_owned(), percent),
        row.sentence(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::health::examples;

    #[test]
    fn hosts_that_are_asked_have_a_table() {
        let mut status = examples::status();
        let before = all(&status).len();
        status.snapshot.lookup = Some(examples::lookup());
        let tables = all(&status);
        assert_eq!(tables.len(), before + 1);
        let rows = &tables[before].rows;
        assert_eq!(rows[0], ["rdp", "60", "11", "38", "9", "2"]);
        assert_eq!(rows[1], ["rpc", "60", "40", "20", "0", "0"]);
    }
}
