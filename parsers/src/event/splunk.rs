//! Splunk: `key=value` in any order, apart by CR LF, and the message at the end.
//!
//! Relays turn CR LF into LF, or into the four characters `\r\n`; the documented sample has a lone `\r\` among them.

use super::Reason;
use super::model::Draft;
use super::time::{self, Arrival};

/// The keys an event may begin with.
const KEYS: [&str; 6] = [
    "EventCode=",
    "Logfile=",
    "LogName=",
    "SourceName=",
    "TimeGenerated=",
    "ComputerName=",
];

/// Whether an event begins so.
pub(super) fn begins(text: &str) -> bool {
    let text = text.trim_start_matches("\\r\\n");
    KEYS.iter().any(|key| text.starts_with(key))
}

pub(super) fn read(text: &str, arrival: &Arrival) -> Result<Draft, Reason> {
    let mut draft = Draft::default();
    let mut rest = text;
    while !rest.is_empty() {
        if let Some(message) = rest.strip_prefix("Message=") {
            let message = message.trim_start_matches("\\r\\n");
            draft.message = Some(message.replace("\\r\\n", "\n"));
            break;
        }
        let (line, behind) = line(rest);
        if let Some((key, value)) = line.split_once('=') {
            member(&mut draft, key.trim(), value.trim(), arrival);
        }
        rest = behind;
    }
    Ok(draft)
}

/// The pair that `text` begins with, and what stands behind it.
fn line(text: &str) -> (&str, &str) {
    let end = text.find(['\r', '\n']).unwrap_or(text.len());
    let escaped = text.get(..end).and_then(|line| line.find("\\r\\"));
    let end = escaped.unwrap_or(end);
    let (line, behind) = text.split_at_checked(end).unwrap_or((text, ""));
    let behind = behind
        .strip_prefix("\\r\\n")
        .or_else(|| behind.strip_prefix("\\r\\"))
        .unwrap_or_else(|| behind.trim_start_matches(['\r', '\n']));
    (line, behind)
}

fn member(draft: &mut Draft, key: &str, value: &str, arrival: &Arrival) {
    match key {
        "EventCode" => draft.identify(value),
        "Logfile" | "LogName" => draft.channel = value.into(),
        "SourceName" => draft.provider = value.into(),
        "TimeGenerated" => draft.time = time::any(value, arrival.utc_offset),
        "ComputerName" => draft.computer = value.into(),
        "RecordNumber" => draft.record_id = value.parse().ok(),
        _ => {}
    }
}
