//! `adtap wef`: what Windows hosts are told so that they forward their events here, and where each is.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::json;

use crate::config::Config;
use crate::exit::{Code, Failure};
use crate::listen::wef::{Offer, Proof, Sourced};

/// Windows Event Forwarding: what sources are told, and where each is.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    look: Look,
}

#[derive(Debug, Subcommand)]
enum Look {
    /// Print the subscription's query, and the group policy that makes hosts ask for it.
    ///
    /// Reads [events.wef] and its certificates; nothing is changed and nobody is asked.
    #[command(
        after_help = "Examples:\n  adtap --config /etc/adtap/adtap.toml wef subscription\n  \
        adtap wef subscription --source adfs1.lab.example --query\n\nExit codes: 0 done, 66 a certificate cannot be read, 78 configuration."
    )]
    Subscription {
        /// What this computer is asked, by its DNS name: logon-servers and relays are asked more [default: a domain controller].
        #[arg(long, value_name = "NAME", default_value = "")]
        source: String,
        /// Print the query alone, as `wevtutil qe /sq:true` and an event viewer's XML filter take it.
        #[arg(long)]
        query: bool,
    },
    /// Say how far the events of each source are stored: its bookmark, and when its last batch was acknowledged.
    ///
    /// The daemon may run meanwhile; who is connected and what was refused is told by `adtap status`.
    Sources {
        /// The spool's folder; without it, the configuration's.
        #[arg(value_name = "DIR")]
        folder: Option<PathBuf>,
        /// Print JSON lines.
        #[arg(long)]
        json: bool,
    },
}

pub(crate) fn run(arguments: &Arguments, config: &Config) -> anyhow::Result<()> {
    match &arguments.look {
        Look::Subscription { source, query } => subscription(&source.to_lowercase(), *query, config),
        Look::Sources { folder, json } => {
            let folder = folder.as_ref().unwrap_or(&config.spool.directory);
            let known = Sourced::read(folder).map_err(|error| {
                let sentence = format!("{}: cannot be read ({error}); check the path", folder.display());
                Failure::new(Code::NoInput, sentence)
            })?;
            sources(&known, *json)
        }
    }
}

fn subscription(source: &str, query: bool, config: &Config) -> anyhow::Result<()> {
    let offer = Offer::new(&config.events.wef)?;
    let managers = offer.managers();
    let proof = managers.first().map_or(Proof::Certificate, |(proof, _)| *proof);
    let subscription = offer.subscription(source, proof);
    let mut out = io::stdout().lock();
    let xml = subscription.query.replace("<Query ", "\n  <Query ");
    let xml = xml
        .replace("<Select ", "\n    <Select ")
        .replace("</Query>", "\n  </Query>");
    let xml = xml.replace("</QueryList>", "\n</QueryList>");
    if query {
        return Ok(writeln!(out, "{xml}")?);
    }
    writeln!(
        out,
        "What sources are asked for (version {}):\n\n{xml}\n\n\
         The group policy for the computers that forward, and nobody else:\n\n\
         1. Computer Configuration > Policies > Administrative Templates > Windows Components > Event Forwarding >\n   \
            Configure target Subscription Manager: Enabled, with the value\n\n   \
            {}\n\n\
         2. Computer Configuration > Preferences > Control Panel Settings > Services (or Windows Settings > Security Settings > System Services):\n   \
            Windows Remote Management (WinRM): Automatic. It has to run; it has not to listen.\n\n\
         3. Computer Configuration > Policies > Windows Settings > Security Settings > Restricted Groups:\n   \
            Event Log Readers has the member NT AUTHORITY\\NETWORK SERVICE. On domain controllers it is a group of the domain:\n   \
            Add-ADGroupMember 'Event Log Readers' -Members 'S-1-5-20', then restart them.\n\n\
         4. {}\n\n\
         5. Audit policies as Defender for Identity wants them (its guide: Configure audit policies for Windows event logs), so that the\n   \
            events are logged at all.\n\n\
         Then, on such a computer:  gpupdate /force  and  winrm enumerate winrm/config/client\n\
         What came of it:           wevtutil qe Microsoft-Windows-Forwarding/Operational /c:5 /rd:true /f:text\n\
         Here:                      adtap status  and  adtap wef sources",
        subscription.version(),
        managers
            .iter()
            .map(|(_, manager)| manager.as_str())
            .collect::<Vec<_>>()
            .join("\n   or\n   "),
        managers
            .iter()
            .map(|(proof, _)| needed(*proof))
            .collect::<Vec<_>>()
            .join("\n   With http: "),
    )?;
    Ok(())
}

/// What a computer needs to prove who it is.
const fn needed(proof: Proof) -> &'static str {
    match proof {
        Proof::Certificate => {
            "Each computer has a certificate for client authentication, issued by the CA with the thumbprint above, in its\n   \
             machine store, with its DNS name; NETWORK SERVICE may read its private key. The CA is among its trusted roots."
        }
        Proof::Kerberos => {
            "each computer is a member of the domain, and an account of the domain has the service principal name HTTP/NAME,\n   \
             whose key the keytab has; nothing is to be done on the computers."
        }
    }
}

fn sources(known: &Sourced, as_json: bool) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    let mut sources: Vec<_> = known.sources.iter().collect();
    sources.sort_unstable_by_key(|(name, _)| *name);
    for (name, place) in &sources {
        let positions = &place.bookmark.0;
        if as_json {
            let bookmark = positions
                .iter()
                .map(|position| json!({"channel": position.channel, "record_id": position.record_id}));
            let line = json!({
                "source": name,
                "acknowledged": place.acknowledged.map(|time| time.to_string()),
                "bookmark": bookmark.collect::<Vec<_>>(),
            });
            writeln!(out, "{line}")?;
            continue;
        }
        let at = place
            .acknowledged
            .map_or_else(|| "never".to_owned(), |time| time.to_string());
        let channels = positions
            .iter()
            .map(|position| format!("{} {}", position.channel, position.record_id));
        writeln!(
            out,
            "{name}\n  last batch  {at}\n  stored to   {}",
            channels.collect::<Vec<_>>().join(", ")
        )?;
    }
    if sources.is_empty() && !as_json {
        writeln!(out, "no source has sent anything yet")?;
    }
    Ok(())
}
