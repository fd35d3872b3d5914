//! `adtap directory find`: whom a name means, in what is kept.

use std::io::{self, Write};

use clap::Args;
use resolver::directory::{Attribute, Found};
use resolver::entity::Entity;
use serde_json::json;

use crate::config::Config;
use crate::directory::kept;
use crate::exit::{Code, Failure};

/// Members that are printed.
const MAX_MEMBERS: usize = 50;

/// Look up accounts, groups and computers in what is kept.
///
/// A name is a sAMAccountName, DOMAIN\name, a UPN, a service principal name, a host name, a DN, a SID or a GUID. Exits with 1
/// where it means nobody.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  adtap directory find alice\n  adtap directory find 'LAB\\Domain Admins'\n  adtap directory find S-1-5-21-1-2-3-1104 --json"
)]
pub(super) struct Arguments {
    /// Whom to look up.
    #[arg(value_name = "NAME|SID|DN")]
    name: String,
    /// Print JSON, an object a line.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &Arguments, config: &Config) -> anyhow::Result<()> {
    let files = super::files(config)?;
    if files.is_empty() {
        super::configured(config)?;
    }
    let (domains, directory) = kept(&config.directory, &files);
    let found = directory.find(arguments.name.trim());
    if found.is_empty() {
        let known: u64 = domains.iter().map(|domain| domain.objects).sum::<u64>() + files.len() as u64;
        let sentence = format!(
            "{:?}: nobody is called so among {known} objects; a name that several bear needs its domain; `adtap directory sync` brings what is known up to date",
            arguments.name
        );
        return Err(Failure::new(Code::Findings, sentence).into());
    }
    let mut out = io::stdout().lock();
    for one in &found {
        if arguments.json {
            writeln!(out, "{}", document(one))?;
        } else {
            print(&mut out, one)?;
        }
    }
    Ok(())
}

fn print(out: &mut impl Write, found: &Found) -> io::Result<()> {
    let entity = &found.entity;
    let deleted = if found.deleted { ", deleted" } else { "" };
    let domain = entity.domain.as_deref().unwrap_or_default();
    writeln!(
        out,
        "{} ({}{deleted}) of {domain}",
        entity.name.escape_debug(),
        entity.kind.name()
    )?;
    let tags: Vec<_> = entity.tags.iter().map(|tag| tag.name()).collect();
    let lines = [
        ("dn", entity.dn.as_ref().map(|dn| dn.escape_debug().to_string())),
        ("sid", entity.sid.as_ref().map(ToString::to_string)),
        ("guid", entity.guid.as_ref().map(ToString::to_string)),
        ("tags", (!tags.is_empty()).then(|| tags.join(", "))),
        ("groups", names(&found.groups)),
        ("members", names(&found.members)),
    ];
    for (name, value) in lines {
        if let Some(value) = value {
            writeln!(out, "  {name:<12} {value}")?;
        }
    }
    for (name, value) in attributes(found) {
        writeln!(out, "  {name}: {}", value.escape_debug())?;
    }
    Ok(())
}

fn names(entities: &[Entity]) -> Option<String> {
    let shown: Vec<String> = entities
        .iter()
        .take(MAX_MEMBERS)
        .map(|entity| entity.name.escape_debug().to_string())
        .collect();
    let rest = entities.len().saturating_sub(MAX_MEMBERS);
    let more = if rest > 0 {
        format!(", and {rest} more")
    } else {
        String::new()
    };
    (!shown.is_empty()).then(|| format!("{}{more}", shown.join(", ")))
}

/// Attributes that are text, by name.
fn attributes(found: &Found) -> Vec<(&'static str, String)> {
    let identifiers = [
        Attribute::ObjectSid,
        Attribute::ObjectGuid,
        Attribute::ObjectClass,
        Attribute::SecurityIdentifier,
        Attribute::SidHistory,
    ];
    let values = found
        .record
        .values
        .iter()
        .filter(|(attribute, _)| !identifiers.contains(attribute));
    let text = |value: &[u8]| match std::str::from_utf8(value) {
        Ok(text) if !text.contains('\0') => text.to_owned(),
        _ => format!("{} octets", value.len()),
    };
    values
        .map(|(attribute, value)| (attribute.name(), text(value)))
        .collect()
}

fn document(found: &Found) -> serde_json::Value {
    let mut attributes = serde_json::Map::new();
    for (name, value) in self::attributes(found) {
        let values = attributes.entry(name).or_insert_with(|| json!([]));
        if let Some(values) = values.as_array_mut() {
            values.push(value.into());
        }
    }
    let names = |entities: &[Entity]| {
        entities
            .iter()
            .map(|entity| json!({"name": entity.name, "sid": entity.sid}))
            .collect::<Vec<_>>()
    };
    json!({
        "entity": *found.entity, "deleted": found.deleted, "attributes": attributes,
        "groups": names(&found.groups), "members": names(&found.members),
    })
}
