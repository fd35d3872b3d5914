//! One Windows event as its logger wrote it, whatever format brought it.

use capture::Timestamp;
use compact_str::CompactString;

use super::Reason;

/// The most named data of an event; Windows' own largest have about thirty.
pub const MAX_DATA: usize = 128;
/// Longest value that is kept, in octets; what is longer is cut there.
pub const MAX_VALUE: usize = 8 << 10;

/// How an event was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// `<Event>` as EvtRender and Windows Event Forwarding write it.
    Xml,
    /// A JSON object as Winlogbeat, NXLog or openwec write it.
    Json,
    /// Snare's tab-separated `MSWinEventLog`.
    Snare,
    /// RSA Security Analytics.
    Rsa,
    /// ArcSight's Common Event Format.
    Cef,
    /// Splunk.
    Splunk,
    /// QRadar.
    Qradar,
    /// The JSON of Samba's audit.
    Samba,
}

impl Format {
    /// Every format, in the order of [`Self::index`].
    pub const ALL: [Self; 8] = [
        Self::Xml,
        Self::Json,
        Self::Snare,
        Self::Rsa,
        Self::Cef,
        Self::Splunk,
        Self::Qradar,
        Self::Samba,
    ];

    /// The format's name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Xml => "xml",
            Self::Json => "json",
            Self::Snare => "snare",
            Self::Rsa => "rsa",
            Self::Cef => "cef",
            Self::Splunk => "splunk",
            Self::Qradar => "qradar",
            Self::Samba => "samba",
        }
    }

    /// Position in [`Self::ALL`].
    #[must_use]
    pub const fn index(self) -> usize {
        self as usize
    }
}

/// Whose time an event's time is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Clock {
    /// The event's own: its logger's clock.
    #[default]
    Event,
    /// The syslog header's: the sender's clock.
    Header,
    /// None that makes sense came with it, so it is the time of its arrival.
    Arrival,
}

impl Clock {
    /// The clock's name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Event => "event",
            Self::Header => "header",
            Self::Arrival => "arrival",
        }
    }
}

/// One of the event's named data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Datum {
    /// As the provider's manifest names it: `TargetUserName`; empty where nothing tells.
    pub name: CompactString,
    /// The value as text.
    pub value: CompactString,
}

/// A Windows event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// EventID; 0 for a record of Samba's audit that names none.
    pub id: u32,
    /// Provider: `Microsoft-Windows-Security-Auditing`.
    pub provider: CompactString,
    /// Channel: `Security`.
    pub channel: CompactString,
    /// The computer that logged it, usually by its DNS name.
    pub computer: CompactString,
    /// When it was logged.
    pub time: Timestamp,
    /// Whose time that is.
    pub clock: Clock,
    /// EventRecordID: consecutive per channel and computer.
    pub record_id: Option<u64>,
    /// How it was written.
    pub format: Format,
    /// Its data, in the order in which they came.
    pub data: Vec<Datum>,
    /// `data` lack what an event of this kind says nothing without: the fields that came do not have it, and there was no message
    /// text, or none that could be taken apart.
    pub unread: bool,
}

impl Event {
    /// The value of `name`; none where it is absent or one of the forms that Windows writes nothing in (`-`, empty).
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        let datum = self.data.iter().find(|datum| datum.name == name)?;
        let value = datum.value.trim();
        (!value.is_empty() && value != "-").then_some(value)
    }

    /// The number that `name` holds: decimal, or hexadecimal after `0x`.
    #[must_use]
    pub fn number(&self, name: &str) -> Option<u64> {
        number(self.get(name)?)
    }
}

/// A number as events write them: decimal, or hexadecimal after `0x`.
pub(super) fn number(text: &str) -> Option<u64> {
    let text = text.trim();
    match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(digits) if !digits.starts_with('+') => u64::from_str_radix(digits, 16).ok(),
        Some(_) => None,
        None if text.starts_with('+') => None,
        None => text.parse().ok(),
    }
}

/// An event that is being read: what was found so far.
#[derive(Debug, Default)]
pub(super) struct Draft {
    pub(super) id: Option<u32>,
    pub(super) provider: CompactString,
    pub(super) channel: CompactString,
    pub(super) computer: CompactString,
    pub(super) time: Option<Timestamp>,
    pub(super) record_id: Option<u64>,
    pub(super) data: Vec<Datum>,
    /// The text that Windows renders an event as, where the format carries one.
    pub(super) message: Option<String>,
    pub(super) unread: bool,
}

impl Draft {
    /// The identifier is `text`. A classic one carries qualifiers in its upper half, which are no part of it.
    pub(super) fn identify(&mut self, text: &str) {
        self.id = number(text)
            .and_then(|id| u32::try_from(id).ok())
            .map(|id| id & 0xffff)
            .or(self.id);
    }

    /// One more of the data.
    pub(super) fn add(&mut self, name: &str, value: &str) -> Result<(), Reason> {
        if self.data.len() >= MAX_DATA {
            return Err(Reason::Data);
        }
        if self.data.capacity() == 0 {
            self.data.reserve(28);
        }
        self.data.push(Datum {
            name: CompactString::new(cut(name, 128)),
            value: CompactString::new(cut(value, MAX_VALUE)),
        });
        Ok(())
    }

    /// Whether `name` is among the data.
    pub(super) fn has(&self, name: &str) -> bool {
        self.data.iter().any(|datum| datum.name == name)
    }
}

/// As much of `text` as fits into `length` octets.
pub(super) fn cut(text: &str, length: usize) -> &str {
    text.get(..text.floor_char_boundary(length)).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_windows_writes_them() {
        assert_eq!(number("0xC000006a"), Some(0xc000_006a));
        assert_eq!(number(" 4776 "), Some(4_776));
        for none in ["", "-", "+1", "0x", "0x+1", "x"] {
            assert_eq!(number(none), None, "{none:?}");
        }
    }

    #[test]
    fn data_are_bounded() {
        let mut draft = Draft::default();
        for _ in 0..MAX_DATA {
            draft.add("name", "value").unwrap();
        }
        assert_eq!(draft.add("name", "value"), Err(Reason::Data));
        let mut draft = Draft::default();
        draft.add("name", &"ü".repeat(MAX_VALUE)).unwrap();
        assert_eq!(draft.data[0].value.len(), MAX_VALUE);
    }

    #[test]
    fn a_classic_identifier_has_qualifiers() {
        let mut draft = Draft::default();
        draft.identify("1073748869"); // 0x40001B85: 7045 of the Service Control Manager
        assert_eq!(draft.id, Some(7_045));
        draft.identify("none");
        assert_eq!(draft.id, Some(7_045));
    }
}
