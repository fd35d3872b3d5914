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

/// Which of [`KEYS`] a message had so far, and whether its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Keys(u8);

impl Keys {
    pub(super) const NONE: Self = Self(0);
    /// The text began: no key follows.
    const MESSAGE: u8 = 1 << 7;

    /// The key that `line` begins with, also behind a syslog header: that has no equals sign.
    pub(super) fn of(line: &[u8]) -> Self {
        let equals = line.iter().position(|byte| *byte == b'=');
        let Some(head) = equals.and_then(|at| line.get(..=at)) else {
            return Self::NONE;
        };
        let stands = |key: &str| {
            let before = head.strip_suffix(key.as_bytes());
            before.is_some_and(|before| before.ends_with(b"\\n") || before.last().is_none_or(u8::is_ascii_whitespace))
        };
        Self(KEYS.iter().position(|key| stands(key)).map_or(0, |at| 1 << at))
    }

    /// `line` is of the message too.
    pub(super) fn add(&mut self, line: &[u8]) {
        const TEXT: &[u8] = b"Message=";
        if self.0 & Self::MESSAGE != 0 {
            return;
        }
        self.0 |= Self::of(line).0;
        // Relays put all pairs into one line: `\r\nMessage=`.
        let escaped = || {
            line.windows(TEXT.len() + 2)
                .any(|part| part.strip_prefix(b"\\n") == Some(TEXT))
        };
        if line.starts_with(TEXT) || escaped() {
            self.0 |= Self::MESSAGE;
        }
    }

    /// Whether another message begins with `bytes`; none where too little is there to tell.
    pub(super) fn another(self, bytes: &[u8]) -> Option<bool> {
        const ESCAPED: &[u8] = b"\\r\\n";
        let mut rest = bytes;
        while let Some(behind) = rest.strip_prefix(ESCAPED) {
            rest = behind;
        }
        if let Some(at) = KEYS.iter().position(|key| rest.starts_with(key.as_bytes())) {
            return Some(self.0 & (Self::MESSAGE | 1 << at) != 0);
        }
        let cut = ESCAPED.starts_with(rest) || KEYS.iter().any(|key| key.as_bytes().starts_with(rest));
        (!cut).then_some(false)
    }
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
