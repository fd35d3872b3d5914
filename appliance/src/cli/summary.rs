//! The summary at the end of a run: what was seen, what came of it, and what was lost or skipped and why.

use std::fmt::Write;

use capture::Controllers;
use capture::controllers::Account;
use parsers::activity::{Activity, ByKind};

use crate::cli::deliver::Delivered;
pub(super) use crate::number::number;
use crate::number::percent;
use crate::pipeline::Report;
use crate::worker::Totals;

/// Controllers that get a line of their own.
const MAX_CONTROLLERS: usize = 16;

/// Activities per kind and outcome, as they pass.
#[derive(Debug, Default)]
pub(super) struct Tally {
    lines: u64,
    kinds: ByKind,
    folded: u64,
}

impl Tally {
    pub(super) fn add(&mut self, activity: &Activity) {
        self.lines += 1;
        self.folded += u64::from(activity.count.saturating_sub(1));
        self.kinds.count(activity.kind);
    }

    /// How many passed.
    pub(super) const fn total(&self) -> u64 {
        self.lines
    }
}

/// Prints the summary of a replay to stderr.
pub(super) fn run(report: &Report, tally: &Tally, delivered: Option<&Delivered>) {
    let mut text = text(&report.totals);
    events_section(&mut text, &report.events.counters);
    let _ = writeln!(
        text,
        "activities   {} (standing for {})",
        number(tally.lines),
        number(tally.lines + tally.folded)
    );
    let kinds = tally.kinds.iter().map(|(kind, count)| (kind.name().to_owned(), count));
    section(&mut text, "", kinds);
    section(
        &mut text,
        "resolver",
        report
            .resolver
            .stats()
            .counters()
            .into_iter()
            .map(|(name, count)| (name.to_owned(), count)),
    );
    if let Some(delivered) = delivered {
        text.push_str(&delivered.text());
    }
    eprint!("{text}");
}

/// Prints what the files of events held to stderr.
pub(super) fn events(counters: &[(&'static str, u64)]) {
    let mut text = String::new();
    events_section(&mut text, counters);
    eprint!("{text}");
}

fn events_section(text: &mut String, counters: &[(&'static str, u64)]) {
    section(
        text,
        "events",
        counters.iter().map(|(name, count)| ((*name).to_owned(), *count)),
    );
}

/// Prints the totals of reading to stderr.
pub(super) fn totals(totals: &Totals) {
    eprint!("{}", text(totals));
}

fn text(totals: &Totals) -> String {
    let (stats, counters) = (&totals.stats, &totals.counters);
    let mut text = String::new();
    let _ = writeln!(
        text,
        "frames       {} = {} decoded + {} skipped + {} malformed + {} lost",
        number(stats.frames),
        number(stats.decoded),
        number(stats.skipped()),
        number(stats.malformed()),
        number(stats.lost()),
    );
    for title in ["skipped", "malformed", "lost", "ip", "udp", "tcp", "flows"] {
        let rows = stats.iter().filter_map(|(name, count)| {
            let (group, name) = name.split_once('.')?;
            (group == title).then(|| (name.to_owned(), count))
        });
        section(&mut text, title, rows);
    }
    controllers(&mut text, &totals.controllers);
    section(
        &mut text,
        "messages",
        counters.messages().map(|(id, count)| (id.name().to_owned(), count)),
    );
    let bad = counters.malformed();
    section(
        &mut text,
        "malformed",
        bad.iter()
            .map(|(id, what, count)| (format!("{}: {what}", id.name()), *count)),
    );
    section(
        &mut text,
        "limits hit",
        counters
            .limits()
            .into_iter()
            .map(|(name, count)| (name.to_owned(), count)),
    );
    let unread = counters.opaque_bytes();
    section(
        &mut text,
        "unread bytes",
        unread.into_iter().map(|(name, count)| (name.to_owned(), count)),
    );
    if totals.panics > 0 {
        let _ = writeln!(
            text,
            "defects      {} flows were given up because a parser failed; please report it",
            totals.panics
        );
    }
    text
}

/// A line for each controller: what went to it and came from it, and how much of that was seen.
fn controllers(text: &mut String, controllers: &Controllers) {
    let all: Vec<_> = controllers.iter().collect();
    for account in all.iter().take(MAX_CONTROLLERS) {
        let _ = writeln!(text, "{:<13}{}", "controller", line(account));
    }
    if let Some(more @ 1..) = all.len().checked_sub(MAX_CONTROLLERS) {
        let _ = writeln!(text, "{:<13}and {} more", "controller", number(more as u64));
    }
}

/// `dc1 10.77.0.10: 1,234 packets in, 1,300 out, 99.97 % of its traffic seen`
fn line(account: &Account) -> String {
    let addresses: Vec<_> = account.addresses.iter().map(ToString::to_string).collect();
    let mut line = if account.configured {
        format!("{} {}", account.name, addresses.join(" "))
    } else {
        account.name.to_string()
    };
    let _ = write!(
        line,
        ": {} packets in, {} out",
        number(account.to.packets),
        number(account.from.packets)
    );
    if let Some(seen) = account.seen() {
        let _ = write!(line, ", {} of its traffic seen", percent(seen));
    }
    for (count, what) in [
        (account.duplicates, "copies"),
        (account.flows_only_to, "flows of which only what it was sent was seen"),
        (account.flows_only_from, "flows of which only what it sent was seen"),
    ] {
        if count > 0 {
            let _ = write!(line, ", {} {what}", number(count));
        }
    }
    line
}

/// One line: a title and its non-zero rows.
pub(super) fn section(text: &mut String, title: &str, rows: impl Iterator<Item = (String, u64)>) {
    let rows: Vec<String> = rows
        .filter(|(_, count)| *count > 0)
        .map(|(name, count)| format!("{name} {}", number(count)))
        .collect();
    if !rows.is_empty() {
        let _ = writeln!(text, "{title:<13}{}", rows.join(", "));
    }
}

#[cfg(test)]
mod tests {
    use capture::{Assembly, Config};

    use super::*;

    #[test]
    fn a_controller_has_a_line_of_its_own() {
        let controller = capture::Controller {
            name: "dc1".to_owned(),
            addresses: vec![[10, 77, 0, 10].into()],
        };
        let config = Config {
            controllers: vec![controller],
            ..Config::default()
        };
        let assembly = Assembly::<()>::new(&config);
        let mut account = assembly.controllers().iter().next().unwrap().clone();
        assert_eq!(line(&account), "dc1 10.77.0.10: 0 packets in, 0 out");
        (account.to.packets, account.from.packets) = (1_234, 1_300);
        (account.from.stream_bytes, account.from.missing_bytes) = (9_997, 3);
        account.duplicates = 2;
        assert_eq!(
            line(&account),
            "dc1 10.77.0.10: 1,234 packets in, 1,300 out, 99.97 % of its traffic seen, 2 copies"
        );
    }
}
