//! Windows events in every format: the same in another encoding, the same when written as XML and read again, and a stream of
//! messages the same in other pieces.

use std::fmt::Write as _;

use capture::CaptureId;
use parsers::event::{self, Arrival, Event, Framed, Framer, MAX_DATA, MAX_EVENT, MAX_VALUE};

use crate::read::json;

/// What each format begins with, so that what is mutated stays one.
const BEGINNINGS: [&str; 8] = [
    "<Event",
    "{",
    "MSWinEventLog\t",
    "RsaSA",
    "CEF:",
    "EventCode=",
    "AgentDevice=",
    "{\"timestamp\": \"2026-11-20T23:21:06.900598+0000\", \"type\": \"",
];

/// An event in the format of that row of [`BEGINNINGS`].
pub(crate) fn formatted<const ROW: usize>(data: &[u8]) {
    let beginning = BEGINNINGS.get(ROW).copied().unwrap_or_default().as_bytes();
    match data.starts_with(beginning) || data.starts_with(b"<13>") {
        true => any(data),
        false => any(&[beginning, data].concat()),
    }
}

/// An event in whatever format, with or without a header.
pub(crate) fn any(data: &[u8]) {
    let Ok(event) = event::read(data, &Arrival::default()) else {
        return;
    };
    assert!(event.data.len() <= MAX_DATA && event.data.iter().all(|datum| datum.value.len() <= MAX_VALUE));
    assert_eq!(
        event::read(data, &Arrival::default()),
        Ok(event.clone()),
        "twice is not the same"
    );
    encoded(data, &event);
    rewritten(&event);
    printed(&event);
}

/// UTF-8 and UTF-16 say the same; a header is never UTF-16.
fn encoded(data: &[u8], event: &Event) {
    // One may stand there and say nothing: a day 0 is no time.
    let (_, payload) = event::header(data, &Arrival::default());
    let Ok(text) = std::str::from_utf8(data) else { return };
    if payload.len() != data.len() || text.contains(['\u{feff}', '\0']) || text.len() > MAX_EVENT / 2 {
        return;
    }
    let units = text.encode_utf16().flat_map(u16::to_le_bytes);
    let utf16: Vec<u8> = [0xff, 0xfe].into_iter().chain(units).collect();
    assert_eq!(
        event::read(&utf16, &Arrival::default()).as_ref(),
        Ok(event),
        "UTF-16 is read otherwise"
    );
}

/// Written as XML, it is the same event.
fn rewritten(event: &Event) {
    let mut xml = format!(
        "<Event><System><Provider Name=\"{}\"/><EventID>{}</EventID><Channel>{}</Channel><Computer>{}</Computer>\
         <TimeCreated SystemTime=\"{}\"/></System><EventData>",
        escaped(&event.provider),
        event.id,
        escaped(&event.channel),
        escaped(&event.computer),
        event.time
    );
    for datum in &event.data {
        let _ = write!(
            xml,
            "<Data Name=\"{}\">{}</Data>",
            escaped(&datum.name),
            escaped(&datum.value)
        );
    }
    xml.push_str("</EventData></Event>");
    let Ok(again) = event::read(xml.as_bytes(), &Arrival::default()) else {
        assert!(xml.len() > MAX_EVENT, "what was read cannot be read again: {xml}");
        return;
    };
    assert_eq!(again.id, event.id);
    for (one, two) in event.data.iter().zip(&again.data) {
        assert!(
            one.value == two.value && (one.name == two.name || one.name.is_empty()),
            "{one:?} is {two:?}"
        );
    }
    assert_eq!(event.channel.trim(), again.channel);
    assert_eq!(event.provider, again.provider);
}

fn escaped(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' | '<' | '>' | '"' | '\'' | '\r' | '\n' | '\t' | '\0'..='\u{1f}' => {
                let _ = write!(plain, "&#{};", u32::from(letter));
            }
            _ => plain.push(letter),
        }
    }
    plain
}

/// Its activity is JSON, by both writers the same, and no larger than what came in warrants.
fn printed(event: &Event) {
    let Some(activity) = event::activity(event, CaptureId(0)) else {
        return;
    };
    json(&activity, |_| ());
}

/// A stream of messages gives the same ones however it is cut, and no octet twice.
pub(crate) fn stream(data: &[u8]) {
    let (pieces, data) = data
        .split_first()
        .map_or((1, data), |(first, rest)| (usize::from(*first % 40) + 1, rest));
    let whole = messages(data, data.len().max(1));
    let cut = messages(data, pieces);
    assert_eq!(whole, cut, "in pieces of {pieces} it says otherwise");
    for message in whole {
        any(&message);
    }
}

fn messages(data: &[u8], step: usize) -> Vec<Vec<u8>> {
    let (mut framer, mut waiting, mut found, mut skip) = (Framer::new(4_096), Vec::new(), Vec::new(), 0_u64);
    for (at, piece) in data.chunks(step).enumerate() {
        let last = (at + 1) * step >= data.len();
        waiting.extend_from_slice(piece);
        loop {
            let passed = usize::try_from(skip).unwrap_or(usize::MAX).min(waiting.len());
            waiting.drain(..passed);
            skip -= passed as u64;
            if waiting.is_empty() {
                break;
            }
            match framer.next(&waiting, last) {
                Framed::More => break,
                Framed::Message { start, end, next } => {
                    found.push(waiting.get(start..end).unwrap_or_default().to_vec());
                    skip = next as u64;
                }
                Framed::Oversized { next } => skip = next,
                Framed::Rest { next } => skip = next as u64,
            }
        }
    }
    found
}

/// The records of a file are parts of it, in order.
pub(crate) fn records(data: &[u8]) {
    let text = event::text(data);
    let mut rest = &*text;
    for record in event::records(&text) {
        let at = rest.find(record);
        assert!(at.is_some(), "a record is no part of its file");
        rest = rest.get(at.unwrap_or_default() + record.len()..).unwrap_or_default();
        any(record.as_bytes());
    }
}
