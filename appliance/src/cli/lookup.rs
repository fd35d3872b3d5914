//! `adtap lookup`: who is behind an address, asked now, by every way: whether the firewalls let the sensor through.

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::net::IpAddr;
use std::time::{Duration, Instant};

use anyhow::Context;
use clap::{Args, ValueEnum};
use resolver::lookup::{Finding, Identity, Probe, Reason, Sources, Subnets};
use serde::Serialize;
use tokio::runtime::Builder;
use tokio::task::JoinSet;

use crate::config::Config;
use crate::exit::{Code, Failure};
use crate::lookup::Outlet;

/// Ask hosts who they are, now, by every way, and print each answer, silence and contradiction.
///
/// Sends what the daemon would send ([lookup] in the configuration), from the same address: nothing in it names the sensor or
/// an account, and nothing authenticates. The DNS server is asked in any case. Needs no rights; the daemon may run meanwhile.
#[derive(Debug, Args)]
#[command(after_help = "Example: adtap lookup 10.1.2.3 --source 10.1.0.200\n\n\
    Exit codes: 0 every address told one name, 1 one told none or several, 78 configuration.")]
pub(crate) struct Arguments {
    /// Addresses to ask.
    #[arg(value_name = "IP", required = true, num_args = 1..=64)]
    addresses: Vec<IpAddr>,
    /// Ask by these alone [default: all].
    #[arg(long, short, value_name = "METHOD", value_delimiter = ',')]
    method: Vec<Method>,
    /// Seconds that each may take [default: what the configuration says, 2].
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    timeout: Option<Duration>,
    /// Address of the management NIC to ask from, beside the configured ones [default: the route's].
    #[arg(long, value_name = "ADDRESS")]
    source: Option<IpAddr>,
    /// DNS server to ask; may be given several times [default: the configuration's, else the system's].
    #[arg(long, value_name = "ADDRESS")]
    name_server: Vec<IpAddr>,
    /// Print a JSON line for each address.
    #[arg(long)]
    json: bool,
}

/// A way to ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Method {
    /// NTLM over RPC, TCP 135.
    Rpc,
    /// NetBIOS node status, UDP 137.
    Netbios,
    /// The certificate of Remote Desktop, TCP 3389.
    Rdp,
    /// The DNS server's pointer record, UDP 53.
    Ptr,
}

impl Method {
    const fn probe(self) -> Probe {
        match self {
            Self::Rpc => Probe::NtlmOverRpc,
            Self::Netbios => Probe::Netbios,
            Self::Rdp => Probe::Rdp,
            Self::Ptr => Probe::Pointer,
        }
    }
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "seconds are a number".to_owned())?;
    match (0.05..=60.0).contains(&seconds) {
        true => Ok(Duration::from_secs_f64(seconds)),
        false => Err("give 0.05 to 60 seconds".to_owned()),
    }
}

pub(crate) fn run(arguments: &Arguments, config: &Config) -> anyhow::Result<()> {
    let mut config = config.lookup.clone();
    if let Some(source) = arguments.source {
        let others = config
            .source
            .all()
            .iter()
            .filter(|other| other.is_ipv4() != source.is_ipv4());
        config.source = Sources::Several(others.copied().chain([source]).collect());
    }
    if !arguments.name_server.is_empty() {
        config.name_servers.clone_from(&arguments.name_server);
    }
    let outlet = Outlet::new(&config);
    let subnets = Subnets::new(&config);
    let patience = arguments.timeout.unwrap_or_else(|| config.deadline());
    let runtime = Builder::new_current_thread().enable_all().build().context("asking")?;
    let mut wrong = 0;
    for ip in &arguments.addresses {
        let asked = runtime.block_on(ask(&outlet, *ip, &probes(&arguments.method, *ip), patience));
        let asked = Asked {
            daemon: subnets.take(*ip),
            ..asked
        };
        wrong += usize::from(asked.name().is_none());
        let text = if arguments.json { asked.json()? } else { asked.text() };
        io::stdout().lock().write_all(text.as_bytes())?;
    }
    match wrong {
        0 => Ok(()),
        1 => Err(Failure::new(Code::Findings, "one address told no name, or several").into()),
        _ => Err(Failure::new(Code::Findings, format!("{wrong} addresses told no name, or several")).into()),
    }
}

/// Those asked for, as far as they reach `ip`; all where none is.
fn probes(methods: &[Method], ip: IpAddr) -> Vec<Probe> {
    let wanted = |probe: &Probe| methods.is_empty() || methods.iter().any(|method| method.probe() == *probe);
    Probe::ALL
        .into_iter()
        .filter(|probe| wanted(probe) && probe.reaches(ip))
        .collect()
}

/// Asks by every way at once.
async fn ask(outlet: &Outlet, ip: IpAddr, probes: &[Probe], patience: Duration) -> Asked {
    let mut tasks = JoinSet::new();
    for probe in probes.iter().copied() {
        let outlet = outlet.clone();
        tasks.spawn(async move {
            let began = Instant::now();
            let told = outlet.ask(ip, probe, patience).await;
            (probe, told, began.elapsed())
        });
    }
    let mut lines = tasks.join_all().await;
    lines.sort_by_key(|(probe, ..)| *probe);
    Asked {
        ip,
        lines,
        daemon: true,
    }
}

/// What an address told.
struct Asked {
    ip: IpAddr,
    /// Whether the daemon would ask it.
    daemon: bool,
    lines: Vec<(Probe, Result<Identity, Reason>, Duration)>,
}

impl Asked {
    fn finding(&self) -> Finding {
        let mut finding = Finding::nothing(self.ip);
        let told = self.lines.iter().map(|(probe, told, _)| (*probe, told.clone()));
        finding.told.extend(told);
        finding
    }

    /// The fullest of the names, where they agree.
    fn name(&self) -> Option<String> {
        let finding = self.finding();
        let names = finding.identities().map(|(_, identity)| identity.name.as_str());
        let fullest = names.max_by_key(|name| name.len())?;
        (!finding.conflicts()).then(|| fullest.to_owned())
    }

    fn text(&self) -> String {
        let mut text = format!("{}\n", self.ip);
        for (probe, told, took) in &self.lines {
            let (transport, port) = probe.port();
            let told = told
                .as_ref()
                .map_or_else(ToString::to_string, |identity| describe(identity, *took));
            let _ = writeln!(
                text,
                "  {:<8} {:<9} {told}",
                probe.name(),
                format!("{transport} {port}")
            );
        }
        let _ = writeln!(text, "  {}", self.verdict());
        if !self.daemon {
            text.push_str("  the daemon does not ask it: it lies outside of lookup.subnets, or in lookup.exclude\n");
        }
        text
    }

    fn verdict(&self) -> String {
        let finding = self.finding();
        let named: Vec<_> = finding.identities().collect();
        if let Some(name) = self.name() {
            return match named.len() {
                1 => format!("it is {name}, by one answer"),
                count => format!("it is {name}, by {count} answers that agree"),
            };
        }
        if self.lines.is_empty() {
            return "no way that was asked for reaches an address of this family".to_owned();
        }
        if named.is_empty() {
            return match self.is_there() {
                true => "somebody is there and does not say who; open these ports to the sensor, or register its name in the reverse zone".to_owned(),
                false => "nobody answers: there is no such host, or a firewall keeps the sensor out".to_owned(),
            };
        }
        "the answers name different hosts: somebody lies, a record is old, or several hosts share the address; it counts as uncertain".to_owned()
    }

    /// Whether the host itself said anything, if not its name.
    fn is_there(&self) -> bool {
        self.lines.iter().any(|(probe, told, _)| {
            let said = matches!(
                told,
                Err(Reason::Refused | Reason::Closed | Reason::Unnamed(_) | Reason::Malformed(_))
            );
            probe.is_primary() && said
        })
    }

    fn json(&self) -> anyhow::Result<String> {
        let answers = self.lines.iter().map(|(probe, told, took)| Line {
            method: probe.name(),
            outcome: told.as_ref().map_or_else(|reason| reason.name(), |_| "named"),
            name: told.as_ref().ok().map(|identity| identity.name.as_str()),
            domain: told.as_ref().ok().and_then(|identity| identity.domain.as_deref()),
            os_version: told.as_ref().ok().and_then(|identity| identity.os_version.as_deref()),
            reason: told.as_ref().err().map(ToString::to_string),
            took_us: u64::try_from(took.as_micros()).unwrap_or(u64::MAX),
        });
        let document = Document {
            ip: self.ip,
            name: self.name(),
            conflict: self.finding().conflicts(),
            asked_by_daemon: self.daemon,
            answers: answers.collect(),
        };
        Ok(serde_json::to_string(&document)? + "\n")
    }
}

/// `dc1.lab.example, domain lab.example, version 6.1.0 (1.2 ms)`
fn describe(identity: &Identity, took: Duration) -> String {
    let mut text = identity.name.to_string();
    if let Some(domain) = &identity.domain {
        let _ = write!(text, ", domain {domain}");
    }
    if let Some(version) = &identity.os_version {
        let _ = write!(text, ", version {version}");
    }
    let _ = write!(text, " ({:.1} ms)", took.as_secs_f64() * 1e3);
    text
}

#[derive(Serialize)]
struct Document<'a> {
    ip: IpAddr,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    conflict: bool,
    asked_by_daemon: bool,
    answers: Vec<Line<'a>>,
}

#[derive(Serialize)]
struct Line<'a> {
    method: &'static str,
    outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    domain: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    os_version: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    took_us: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(told: [Result<(&str, Option<&str>), Reason>; 4]) -> Asked {
        let identity = |(name, domain): (&str, Option<&str>)| Identity {
            name: name.into(),
            domain: domain.map(Into::into),
            os_version: None,
        };
        let lines = Probe::ALL.into_iter().zip(told);
        let lines = lines.map(|(probe, told)| (probe, told.map(identity), Duration::from_micros(1_250)));
        Asked {
            ip: [10, 77, 0, 10].into(),
            daemon: true,
            lines: lines.collect(),
        }
    }

    #[test]
    fn answers_read_well() {
        let silent = [Err(Reason::Silent); 4];
        let dc1 = asked([
            Ok(("dc1.lab.example", Some("lab.example"))),
            Ok(("DC1", Some("LAB"))),
            Err(Reason::Refused),
            Err(Reason::Unnamed("there is no pointer record")),
        ]);
        let conflict = asked([
            Ok(("dc1.lab.example", None)),
            Err(Reason::Malformed("header")),
            Ok(("evil.example", None)),
            Err(Reason::Silent),
        ]);
        let alone = Asked {
            daemon: false,
            ..asked([
                Err(Reason::Refused),
                Err(Reason::Silent),
                Err(Reason::Refused),
                Ok(("ws01.lab.example", None)),
            ])
        };
        let nameless = asked([
            Err(Reason::Refused),
            Err(Reason::Silent),
            Err(Reason::Closed),
            Err(Reason::Silent),
        ]);
        let texts = [dc1, conflict, alone, nameless, asked(silent)].map(|asked| asked.text());
        insta::assert_snapshot!(texts.join("\n"));
    }

    #[test]
    fn json_has_every_answer() {
        let document = asked([
            Ok(("DC1", Some("LAB"))),
            Err(Reason::Silent),
            Err(Reason::Refused),
            Ok(("dc1.lab.example", None)),
        ]);
        insta::assert_snapshot!(document.json().unwrap());
    }

    #[test]
    fn seconds_are_between_a_blink_and_a_minute() {
        assert_eq!(seconds("0.5"), Ok(Duration::from_millis(500)));
        assert!(seconds("0").is_err() && seconds("61").is_err() && seconds("x").is_err() && seconds("NaN").is_err());
    }
}
