//! Windows events that came in beside the mirror: whatever format carries them, to one [`Event`], and that to an activity.
//!
//! No I/O and no clock. [`Framer`] cuts a stream into messages, [`read`] reads one, with or without a syslog header, and
//! [`activity`] says what happened. A payload is text that an attacker may have had a hand in: it is bounded by
//! [`MAX_EVENT`], [`MAX_DEPTH`] and [`MAX_DATA`], and what breaks them is refused with a [`Reason`] that is a counter.
//!
//! Formats: `<Event>` in XML ([MS-EVEN6] 2.2.13 refers to its schema), JSON as Winlogbeat, NXLog, openwec and
//! Samba's audit write it, Snare, and those that Defender for Identity documents for RSA Security Analytics, ArcSight, Splunk and QRadar.

pub mod activity;
mod catalogue;
mod cef;
mod encoding;
mod fields;
mod framing;
mod json;
mod message;
mod model;
mod names;
mod qradar;
mod reason;
mod records;
mod rendered;
mod rsa;
mod samba;
mod snare;
mod splunk;
mod syslog;
#[cfg(test)]
mod tests;
mod time;
pub(crate) mod xml;

use std::borrow::Cow;

use capture::Timestamp;
use compact_str::CompactString;

pub use activity::activity;
pub use catalogue::{Asked, Listed, all, listed};
pub use framing::{Framed, Framer};
pub use message::message;
pub use model::{Clock, Datum, Event, Format, MAX_DATA, MAX_VALUE};
pub use reason::Reason;
pub use records::{Records, records, text};
pub use syslog::{Header, header};
pub use time::Arrival;

use model::Draft;

/// The longest payload that is read, in octets: a record of the event log is at most 64 KiB, its text in UTF-16 and escaped XML
/// several times that.
pub const MAX_EVENT: usize = 512 << 10;
/// The deepest nesting of elements or objects.
pub const MAX_DEPTH: usize = 32;

/// The event in `payload`, which may begin with a syslog header.
///
/// # Errors
/// Why there is none: the name of a counter.
pub fn read(payload: &[u8], arrival: &Arrival) -> Result<Event, Reason> {
    if payload.len() > MAX_EVENT {
        return Err(Reason::Oversized);
    }
    let (header, payload) = header(payload, arrival);
    let text = encoding::text(payload);
    let text = text.trim_matches(|letter: char| letter.is_whitespace() || letter == '\0' || letter == '\u{feff}');
    if text.is_empty() {
        return Err(Reason::Empty);
    }
    let (text, format) = recognise(text)?;
    let draft = match format {
        Format::Xml => xml::read(&text)?,
        Format::Json | Format::Samba => json::read(&text, arrival)?,
        Format::Snare => snare::read(&text, arrival)?,
        Format::Rsa => rsa::read(&text, arrival)?,
        Format::Cef => cef::read(&text, arrival)?,
        Format::Splunk => splunk::read(&text, arrival)?,
        Format::Qradar => qradar::read(&text, arrival)?,
    };
    finish(draft, format, &header, arrival)
}

/// The format of `text` and the text from where the event begins, with the line feeds and tabs that a relay escaped.
fn recognise(text: &str) -> Result<(Cow<'_, str>, Format), Reason> {
    for beginning in syslog::beginnings(text) {
        if let Some(format) = begins(beginning) {
            let plain = match format {
                Format::Xml | Format::Json | Format::Cef => None,
                _ => syslog::unescaped(beginning),
            };
            return Ok((plain.map_or(Cow::Borrowed(beginning), Cow::Owned), format));
        }
    }
    if let Some(plain) = syslog::unescaped(text) {
        let found = syslog::beginnings(&plain).find_map(|beginning| Some((beginning.to_owned(), begins(beginning)?)));
        return found
            .map(|(beginning, format)| (Cow::Owned(beginning), format))
            .ok_or(Reason::Unrecognised);
    }
    Err(Reason::Unrecognised)
}

/// The format that begins so.
fn begins(text: &str) -> Option<Format> {
    let starts = |word: &str| text.starts_with(word);
    match text.as_bytes().first()? {
        b'<' if starts("<Event") || starts("<?xml") || starts("<!") => Some(Format::Xml),
        b'{' => Some(Format::Json),
        b'M' if starts("MSWinEventLog") => Some(Format::Snare),
        b'R' if starts("RsaSA") => Some(Format::Rsa),
        b'C' if starts("CEF:") => Some(Format::Cef),
        b'A' if starts("AgentDevice=") => Some(Format::Qradar),
        b'A' if starts("AgentLogFile=") => Some(Format::Qradar),
        _ if splunk::begins(text) => Some(Format::Splunk),
        _ => None,
    }
}

fn finish(mut draft: Draft, format: Format, header: &Header<'_>, arrival: &Arrival) -> Result<Event, Reason> {
    let id = draft.id.ok_or(Reason::Id)?;
    let format = match format {
        Format::Json if draft.provider == samba::PROVIDER => Format::Samba,
        format => format,
    };
    complete(id, &mut draft)?;
    let (time, clock) = when(draft.time, header.time, arrival);
    let host = || header.host.map(CompactString::new).unwrap_or_default();
    Ok(Event {
        id,
        channel: draft.channel,
        computer: match draft.computer.is_empty() {
            true => host(),
            false => draft.computer,
        },
        provider: draft.provider,
        time,
        clock,
        record_id: draft.record_id,
        format,
        data: draft.data,
        unread: draft.unread,
    })
}

/// Data without names get those of their place, and what only the message text says is taken from it.
fn complete(id: u32, draft: &mut Draft) -> Result<(), Reason> {
    let Some(listed) = listed(id, &draft.provider) else {
        return Ok(());
    };
    for (at, datum) in draft.data.iter_mut().enumerate() {
        if let Some(name) = place(&datum.name, at).and_then(|at| listed.data.get(at)) {
            datum.name = CompactString::const_new(name);
        }
    }
    if !lacks(listed, draft) {
        return Ok(());
    }
    if let Some(message) = draft.message.take() {
        rendered::read(&message, listed, draft)?;
    }
    draft.unread = lacks(listed, draft);
    Ok(())
}

/// The place of a datum without a name, where it stands `at`. Winlogbeat calls those `param1`, `param2` and so on.
fn place(name: &str, at: usize) -> Option<usize> {
    if name.is_empty() {
        return Some(at);
    }
    let number: usize = name.strip_prefix("param")?.parse().ok()?;
    number.checked_sub(1)
}

/// Whether the data lack what the event says nothing without.
fn lacks(listed: &Listed, draft: &Draft) -> bool {
    let holds = |datum: &Datum| datum.name != "AuditBase" || datum.value.contains("<AuditBase");
    let told = |name: &str| draft.data.iter().any(|datum| datum.name == name && holds(datum));
    listed.keys.iter().any(|name| !told(name))
}

/// The event's own time where it makes sense, else the header's, else its arrival.
fn when(own: Option<Timestamp>, header: Option<Timestamp>, arrival: &Arrival) -> (Timestamp, Clock) {
    let sound = |time: &Timestamp| arrival.allows(*time);
    match (own.filter(sound), header.filter(sound)) {
        (Some(time), _) => (time, Clock::Event),
        (None, Some(time)) => (time, Clock::Header),
        (None, None) => (arrival.time.unwrap_or_default(), Clock::Arrival),
    }
}
