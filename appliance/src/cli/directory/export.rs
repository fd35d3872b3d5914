//! `adtap directory export`: everything that is kept, as JSON lines.

use std::io::{self, BufWriter, ErrorKind, Write};

use clap::Args;
use parsers::{base64, text};
use resolver::directory::sync::{Context, asked};
use resolver::directory::{Attribute, Record};
use serde_json::{Map, Value, json};

use crate::config::Config;
use crate::directory::records;

/// Print everything that is kept, an object a line.
///
/// Each line is a JSON object with the DN and the values of every attribute, in the form that --directory reads: a replay on
/// another machine resolves by it.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Print the attributes that controllers are asked for, and no objects.
    #[arg(long, conflicts_with = "filter")]
    attributes: bool,
    /// Print the filter that objects of a domain are asked for with, and no objects.
    #[arg(long)]
    filter: bool,
}

pub(super) fn run(arguments: &Arguments, config: &Config) -> anyhow::Result<()> {
    let mut out = BufWriter::new(io::stdout().lock());
    let written = if arguments.attributes {
        asked().try_for_each(|attribute| writeln!(out, "{}", attribute.name()))
    } else if arguments.filter {
        writeln!(out, "{}", Context::Domain.filter())
    } else {
        super::configured(config)?;
        records(&config.directory, |record| writeln!(out, "{}", document(record)))
    };
    match written.and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}

fn document(record: &Record) -> Value {
    let mut document = Map::from_iter([("dn".to_owned(), json!(record.dn))]);
    for (attribute, value) in &record.values {
        let values = document.entry(attribute.name()).or_insert_with(|| json!([]));
        if let Some(values) = values.as_array_mut() {
            values.push(written(*attribute, value).into());
        }
    }
    Value::Object(document)
}

/// Identifiers as they are printed everywhere, text as it is, anything else as base64.
fn written(attribute: Attribute, value: &[u8]) -> String {
    let identifier = match attribute {
        Attribute::ObjectSid | Attribute::SidHistory | Attribute::SecurityIdentifier => text::sid(value),
        Attribute::ObjectGuid => value.try_into().ok().map(text::guid),
        _ => None,
    };
    let plain = || std::str::from_utf8(value).map_or_else(|_| base64::encode(value), str::to_owned);
    identifier.map_or_else(plain, String::from)
}
