//! `adtap directory status`: how fresh what is known of each domain is.

use std::io::{self, Write};

use capture::Timestamp;
use capture::source::live::now;
use clap::Args;
use serde_json::json;

use crate::cli::daemon::Daemon;
use crate::config::Config;
use crate::directory::{DomainStatus, kept};
use crate::exit::{Code, Failure};
use crate::number::{duration, number};

/// Say how old what is known of each domain is, whom it comes from, and what is the matter.
///
/// Asks the running daemon; where none answers, what is kept on disk says what it can. Exits with 1 where a domain could not be
/// synchronised, or never was.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Print JSON.
    #[arg(long)]
    json: bool,
    /// Where the daemon answers [default: where the configuration lets it listen].
    #[arg(long, value_name = "URL")]
    url: Option<String>,
}

pub(super) fn run(arguments: &Arguments, config: &Config) -> anyhow::Result<()> {
    super::configured(config)?;
    let daemon = Daemon::new(arguments.url.as_deref(), config);
    let told = daemon.json().ok().and_then(|json| daemon.read(&json).ok());
    let running = told.is_some();
    let domains = match told {
        Some(status) => status.snapshot.directory,
        None => kept(&config.directory, &resolver::directory::Snapshot::empty()).0,
    };
    let mut out = io::stdout().lock();
    if arguments.json {
        writeln!(out, "{}", json!({"running": running, "domains": domains}))?;
    } else {
        out.write_all(text(&domains, running, now()).as_bytes())?;
    }
    let sound = |domain: &DomainStatus| domain.trouble.is_none() && domain.synced.is_some();
    if domains.iter().all(sound) {
        return Ok(());
    }
    Err(Failure::new(
        Code::Findings,
        "a domain is not synchronised; names may resolve to what was known before, or not at all; its error says why",
    )
    .into())
}

fn text(domains: &[DomainStatus], running: bool, now: Timestamp) -> String {
    let mut text = String::new();
    if !running {
        text.push_str("No adtap runs here: this is what was kept.\n");
    }
    for domain in domains {
        let via = match domain.followed.as_str() {
            "" => String::new(),
            via => format!(" (followed from {via})"),
        };
        text.push_str(&format!("{}{via}\n", domain.name));
        for (name, value) in lines(domain, now) {
            text.push_str(&format!("  {name:<13} {value}\n"));
        }
    }
    text
}

fn lines(domain: &DomainStatus, now: Timestamp) -> Vec<(&'static str, String)> {
    let ago = |time: Option<Timestamp>| match time {
        Some(time) => format!("{} ago", duration(now.since(time).as_secs())),
        None => "never".to_owned(),
    };
    let reading = if domain.reading { ", being read" } else { "" };
    let mut lines = vec![
        ("objects", format!("{}{reading}", number(domain.objects))),
        (
            "synchronised",
            match domain.controller.as_str() {
                "" => ago(domain.synced),
                controller => format!("{} with {controller}", ago(domain.synced)),
            },
        ),
        ("read whole", ago(domain.read)),
    ];
    if let Some(election) = &domain.election {
        lines.push(("role", election.sentence()));
    }
    if !domain.method.is_empty() {
        lines.push((
            "changes by",
            format!("{}, {} since the start", domain.method, number(domain.changes)),
        ));
    }
    if domain.partial {
        lines.push(("partial", "from the global catalog: partial attributes".to_owned()));
    }
    if let Some(why) = &domain.notices_refused {
        lines.push(("not at once", format!("changes are not told as they happen: {why}")));
    }
    if !domain.account.is_empty() {
        let ends = domain
            .password_expires
            .map(|time| format!(", whose password ends {time}"));
        lines.push(("account", format!("{}{}", domain.account, ends.unwrap_or_default())));
    }
    if let Some(why) = &domain.password_unknown {
        lines.push(("password", format!("when it ends is not known: {why}")));
    }
    if !domain.trusts.is_empty() {
        lines.push(("trusts", domain.trusts.join(", ")));
    }
    for other in &domain.unreachable {
        lines.push(("unreachable", other.why.clone()));
    }
    if let Some(error) = &domain.error {
        lines.push(("error", format!("{error} ({} attempts)", domain.failures)));
    }
    if domain.unfollowed + domain.passed_over > 0 {
        lines.push((
            "not asked",
            format!(
                "{} domains for want of room, {} controllers for that or a name elsewhere",
                domain.unfollowed, domain.passed_over
            ),
        ));
    }
    if domain.nameless + domain.refused > 0 {
        lines.push((
            "left out",
            format!(
                "{} entries without an identity, {} for want of room",
                domain.nameless, domain.refused
            ),
        ));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::directory::{Duty, ElectionStatus};
    use crate::health::examples;

    #[test]
    fn each_role_in_words() {
        let mut domain = examples::domains(3_600).remove(0);
        let mut role = |duty, synchronizer: Option<&str>, why: Option<&str>| {
            domain.election = Some(ElectionStatus {
                duty,
                synchronizer: synchronizer.map(str::to_owned),
                until: synchronizer.map(|_| Timestamp::new(examples::START + 5_400, 0)),
                sequence: 17,
                why: why.map(str::to_owned),
            });
            let lines = lines(&domain, Timestamp::new(examples::START + 3_600, 0));
            lines
                .into_iter()
                .find(|(name, _)| *name == "role")
                .map(|(_, value)| value)
                .unwrap()
        };
        let told = [
            role(Duty::Waiting, None, None),
            role(Duty::Synchronizer, Some("site-1"), None),
            role(Duty::Follower, Some("site-1"), None),
            role(Duty::Alone, None, Some("the receiver does not answer")),
            role(
                Duty::Unassigned,
                None,
                Some("no sensor that is asked would synchronise it"),
            ),
        ];
        insta::assert_snapshot!(told.join("\n"));
    }

    #[test]
    fn a_domain_in_words() {
        let domains = examples::domains(3_600);
        let now = Timestamp::new(examples::START + 3_600, 0);
        insta::assert_snapshot!(text(&domains, true, now));
    }
}
