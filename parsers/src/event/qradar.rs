//! QRadar, as its agentless collection over MSRPC writes it: `key=value`, apart by tabs, and the message at the end.
//!
//! A relay may turn the tabs into blanks.

use super::Reason;
use super::cef;
use super::model::Draft;
use super::time::{self, Arrival};

pub(super) fn read(text: &str, arrival: &Arrival) -> Result<Draft, Reason> {
    let (pairs, message) = match text.find("Message=") {
        Some(at) => text.split_at_checked(at).unwrap_or((text, "")),
        None => (text, ""),
    };
    let mut draft = Draft::default();
    if pairs.contains('\t') {
        for (key, value) in pairs.split('\t').filter_map(|pair| pair.split_once('=')) {
            member(&mut draft, key.trim(), value.trim(), arrival);
        }
    } else {
        for (key, value) in cef::pairs(pairs) {
            member(&mut draft, key, value, arrival);
        }
    }
    draft.message = message.strip_prefix("Message=").map(str::to_owned);
    Ok(draft)
}

fn member(draft: &mut Draft, key: &str, value: &str, arrival: &Arrival) {
    match key {
        "EventID" => draft.identify(value),
        // The whole identifier of a classic event has qualifiers in its upper half.
        "EventIDCode" if draft.id.is_none() => draft.identify(value),
        "AgentLogFile" => draft.channel = value.into(),
        "Source" => draft.provider = value.into(),
        "Computer" | "OriginatingComputer" if draft.computer.is_empty() => draft.computer = value.into(),
        "RecordNumber" => draft.record_id = value.parse().ok(),
        "TimeGenerated" => draft.time = time::any(value, arrival.utc_offset),
        _ => {}
    }
}
