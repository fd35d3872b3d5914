//! `adtap directory sync`: one synchronisation now.

use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use resolver::directory::Attribute;
use resolver::directory::sync::Change;
use serde_json::json;

use crate::config::Config;
use crate::directory::{DomainStatus, Found, Kind, Outcome, once};
use crate::exit::{Code, Failure};
use crate::number::number;

/// Attributes whose values are not text.
const BINARY: [Attribute; 7] = [
    Attribute::ObjectGuid,
    Attribute::ObjectSid,
    Attribute::SidHistory,
    Attribute::SecurityIdentifier,
    Attribute::AllowedToActOnBehalf,
    Attribute::GroupMsaMembership,
    Attribute::NtSecurityDescriptor,
];

/// Bring what is kept of every domain up to date, once.
///
/// The first time, and with --full, everything is read; then what has changed since (DirSync, else uSNChanged). What is found is
/// kept in directory.folder, where a running daemon keeps it too. Exits with 69 where a controller cannot be reached, with 77
/// where no account is accepted.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Only this domain.
    #[arg(long, value_name = "NAME")]
    domain: Option<String>,
    /// Read everything, whatever is known already.
    #[arg(long)]
    full: bool,
    /// Print what has changed, a line each.
    #[arg(long)]
    changes: bool,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &Arguments, config: &Config) -> anyhow::Result<()> {
    super::configured(config)?;
    let wanted = |name: &str| {
        let only = arguments.domain.as_deref();
        only.is_none_or(|only| only.eq_ignore_ascii_case(name))
    };
    if let Some(domain) = arguments
        .domain
        .as_deref()
        .filter(|_| !config.directory.follow_trusts)
        .filter(|_| !config.directory.domains.iter().any(|domain| wanted(&domain.name)))
    {
        let sentence =
            format!("--domain: {domain} is not configured; nothing was read; name one of [[directory.domains]]");
        return Err(Failure::new(Code::Usage, sentence).into());
    }
    let bar = bar(!arguments.json && io::stderr().is_terminal());
    let mut watch = |status: &DomainStatus, entries: u64| {
        if entries.is_multiple_of(100) {
            bar.set_message(format!("{}: {} objects", status.name, number(entries)));
        }
        true
    };
    let outcomes = once(&config.directory, wanted, arguments.full, &mut watch);
    bar.finish_and_clear();
    let outcomes = outcomes?;
    if let (Some(domain), []) = (arguments.domain.as_deref(), outcomes.as_slice()) {
        let sentence = format!(
            "--domain: {domain} is neither configured nor followed; nothing was read; `adtap directory status` names those that are"
        );
        return Err(Failure::new(Code::Usage, sentence).into());
    }
    let mut out = io::stdout().lock();
    for outcome in &outcomes {
        if arguments.json {
            writeln!(out, "{}", document(outcome))?;
        } else {
            print(&mut out, outcome, arguments.changes)?;
        }
    }
    verdict(&outcomes)
}

fn bar(visible: bool) -> ProgressBar {
    if !visible {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{spinner} {elapsed} {msg}");
    let bar = ProgressBar::new_spinner().with_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
    bar.enable_steady_tick(Duration::from_millis(100));
    bar
}

fn print(out: &mut impl Write, outcome: &Outcome, changes: bool) -> io::Result<()> {
    let (status, seconds) = (&outcome.status, outcome.took.as_secs_f64());
    let name = &status.name;
    let found = match &outcome.found {
        Ok(found) => found,
        Err(trouble) => return writeln!(out, "{name}: not synchronised: {trouble}"),
    };
    let how = match found.full {
        true => format!("read as a whole ({} entries)", number(found.entries)),
        false => format!("brought up to date by {}", status.method),
    };
    let (objects, controller) = (number(status.objects), &status.controller);
    writeln!(
        out,
        "{name}: {objects} objects, {how} from {controller} in {seconds:.2} s; {}",
        counted(found)
    )?;
    if found.full && status.method != "dirsync" {
        let why = match status.partial {
            true => "from the global catalog: partial attributes, since no controller of the domain itself answers",
            false => "DirSync is not granted in full: docs/directory.md says which right the account needs",
        };
        writeln!(out, "{name}: changes follow by {}; {why}", status.method)?;
    }
    if changes {
        found
            .changes
            .iter()
            .try_for_each(|change| writeln!(out, "  {}", line(change)))?;
    }
    Ok(())
}

fn counted(found: &Found) -> String {
    let (mut new, mut gone) = (0, 0);
    for change in &found.changes {
        new += u64::from(change.before.is_none());
        gone += u64::from(is_gone(change));
    }
    match found.changes.len() as u64 {
        0 => "no changes".to_owned(),
        all => format!(
            "{} changes: {} new, {} deleted, {} otherwise",
            number(all),
            number(new),
            number(gone),
            number(all - new - gone)
        ),
    }
}

fn is_gone(change: &Change) -> bool {
    let deleted =
        |record: &resolver::directory::Record| record.text(Attribute::IsDeleted).is_some_and(|value| value == "TRUE");
    change.before.as_ref().is_some_and(|before| !deleted(before)) && change.after.as_ref().is_none_or(deleted)
}

/// A change in one line: what it was, what it is.
fn line(change: &Change) -> String {
    let dn = |record: &resolver::directory::Record| record.dn.escape_debug().to_string();
    let before = change.dn_before.as_ref().map(|dn| dn.escape_debug().to_string());
    let after = change.after.as_ref().map(dn);
    match (before, after) {
        (None, after) => format!("new {}", after.unwrap_or_default()),
        (Some(before), None) => format!("gone {before}"),
        (Some(before), Some(after)) => {
            let moved = if before == after {
                String::new()
            } else {
                format!(" -> {after}")
            };
            format!("changed {before}{moved}{}", attributes(change))
        }
    }
}

fn attributes(change: &Change) -> String {
    let mut text = String::new();
    for attribute in Attribute::ALL {
        let (gone, come) = change.difference(*attribute);
        if gone.is_empty() && come.is_empty() {
            continue;
        }
        let show = |values: &[&[u8]]| match BINARY.contains(attribute) {
            true => format!("{} values", values.len()),
            false => values
                .iter()
                .map(|value| String::from_utf8_lossy(value).escape_debug().to_string())
                .collect::<Vec<_>>()
                .join(", "),
        };
        text.push_str(&format!(
            "; {} [{}] -> [{}]",
            attribute.name(),
            show(&gone),
            show(&come)
        ));
    }
    text
}

fn document(outcome: &Outcome) -> serde_json::Value {
    let mut document = json!({"status": outcome.status, "seconds": outcome.took.as_secs_f64()});
    if let Ok(found) = &outcome.found {
        let changes: Vec<String> = found.changes.iter().map(line).collect();
        let found = json!({"entries": found.entries, "full": found.full, "changes": changes});
        document
            .as_object_mut()
            .map(|document| document.insert("found".to_owned(), found));
    }
    document
}

fn verdict(outcomes: &[Outcome]) -> anyhow::Result<()> {
    let troubles: Vec<_> = outcomes
        .iter()
        .filter_map(|outcome| outcome.found.as_ref().err())
        .collect();
    let Some(first) = troubles.first() else { return Ok(()) };
    let (code, fix) = match first.kind {
        Kind::Unreachable => (
            Code::Unavailable,
            "see that it runs, and that name, firewall and port let this host reach it",
        ),
        Kind::Certificate => (
            Code::Unavailable,
            "name the CA that signed its certificate in directory.domains.ca, and the controller by the name in it",
        ),
        Kind::Credentials => (
            Code::NoPermission,
            "correct the account or its password file ([[directory.credentials]])",
        ),
        Kind::PasswordExpired => (
            Code::NoPermission,
            "give the account a new password, and write it into its file",
        ),
        Kind::Garbled => (
            Code::Unavailable,
            "see that it is a domain controller that listens there",
        ),
        Kind::Ended => (Code::Unavailable, "let it come to its end"),
        Kind::Refused => (Code::Unavailable, "docs/directory.md says what the account needs"),
    };
    let sentence = format!("{first}; the domain is not synchronised, what is kept of it stays; {fix}");
    Err(Failure::new(code, sentence).into())
}
