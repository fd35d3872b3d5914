//! A SOAP envelope of a source (SOAP 1.2; DSP0226 §5, §10): who asks for what, and the events in it.
//!
//! Elements are known by their local names: WS-Management has no two that differ by their namespaces alone where they are looked for.
//! The events stay where they lie in the text: each is XML of its own, in a CDATA section ([MS-WSMV] 3.1.4.1.30.1), written inline, or
//! escaped.

use std::borrow::Cow;

use compact_str::CompactString;
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event as Token};

use super::Refusal;
use super::bookmark::{Bookmark, MAX_CHANNELS, MAX_NAME, Position};
use crate::event::xml::{attribute, character};

/// Events of an envelope at most; of 512,000 octets in UTF-16, 1,000 would be short ones.
pub const MAX_EVENTS: usize = 8_192;
/// The deepest nesting of elements, around an event and in it.
pub const MAX_DEPTH: usize = 48;
/// Octets of a header's text at most; what is longer is cut.
const MAX_TEXT: usize = 1_024;

/// Headers of DSP0226, WS-Addressing, WS-Eventing and [MS-WSMV] 2.2.4 that may have to be understood.
const UNDERSTOOD: [&str; 18] = [
    "To",
    "From",
    "ReplyTo",
    "FaultTo",
    "Action",
    "MessageID",
    "RelatesTo",
    "ResourceURI",
    "MaxEnvelopeSize",
    "OperationTimeout",
    "OptionSet",
    "Identifier",
    "Bookmark",
    "AckRequested",
    "MachineID",
    "SessionId",
    "OperationID",
    "SequenceId",
];

/// What is asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Action {
    /// Which subscriptions there are (DSP0226 §8.2, [MS-WSMV] 3.1.4.1.30).
    Enumerate,
    /// Events (DSP0226 §10.2.9.4).
    Events,
    /// There are none (DSP0226 §10.2.5).
    Heartbeat,
    /// A subscription has ended (WS-Eventing §3.5).
    SubscriptionEnd,
    /// An exchange has ended ([MS-WSMV] 3.1.4.19).
    End,
    /// Anything else.
    #[default]
    Unknown,
}

impl Action {
    fn of(uri: &str) -> Self {
        match uri {
            "http://schemas.xmlsoap.org/ws/2004/09/enumeration/Enumerate" => Self::Enumerate,
            "http://schemas.dmtf.org/wbem/wsman/1/wsman/Events" => Self::Events,
            "http://schemas.dmtf.org/wbem/wsman/1/wsman/Heartbeat" => Self::Heartbeat,
            "http://schemas.xmlsoap.org/ws/2004/08/eventing/SubscriptionEnd" => Self::SubscriptionEnd,
            "http://schemas.microsoft.com/wbem/wsman/1/wsman/End" => Self::End,
            _ => Self::Unknown,
        }
    }
}

/// A request.
#[derive(Debug, Default)]
pub struct Envelope<'a> {
    /// What is asked.
    pub action: Action,
    /// `a:MessageID`, which the answer relates to, letter for letter ([MS-WSMV] 3.1.4.1.5).
    pub message_id: CompactString,
    /// `p:OperationID`, which the answer repeats.
    pub operation_id: Option<CompactString>,
    /// `w:ResourceURI`.
    pub resource: Option<CompactString>,
    /// `m:MachineID`: who the source says it is.
    pub machine: Option<CompactString>,
    /// `e:Identifier`: the version of the subscription.
    pub identifier: Option<CompactString>,
    /// `w:AckRequested`.
    pub acknowledge: bool,
    /// `w:Bookmark`, where it is Windows'.
    pub bookmark: Option<Bookmark>,
    /// The events, each XML of its own.
    pub events: Vec<Cow<'a, str>>,
    /// Events that the source left out because they were too large (DSP0226 §10.9).
    pub dropped: u64,
}

impl Envelope<'_> {
    /// What an answer needs of it, without its text.
    #[must_use]
    pub fn head(self) -> Envelope<'static> {
        Envelope {
            events: Vec::new(),
            ..self
        }
    }
}

/// Reads the only envelope of `text`.
///
/// # Errors
/// Why it is none.
pub fn read(text: &str) -> Result<Envelope<'_>, Refusal> {
    let mut walk = Walk {
        text,
        ..Walk::default()
    };
    let mut reader = Reader::from_str(text);
    loop {
        let before = position(&reader);
        match reader.read_event().map_err(|_| broken(text))? {
            Token::Start(start) => walk.open(&start, position(&reader))?,
            Token::Empty(start) => {
                walk.open(&start, position(&reader))?;
                walk.close(before)?;
            }
            Token::End(_) => walk.close(before)?,
            Token::Text(part) => walk.take(part.into_inner())?,
            Token::CData(part) => walk.take(part.into_inner())?,
            Token::GeneralRef(name) => walk.refer(&name)?,
            Token::DocType(_) => return Err(Refusal::DocumentType),
            Token::Decl(_) | Token::PI(_) | Token::Comment(_) => {}
            Token::Eof => break,
        }
    }
    walk.finish(text)
}

fn position(reader: &Reader<&[u8]>) -> usize {
    usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX)
}

/// Whether text that does not parse was cut or is wrong.
fn broken(text: &str) -> Refusal {
    match text.trim_end().ends_with('>') {
        true => Refusal::Malformed,
        false => Refusal::Truncated,
    }
}

/// What the text of an element is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Take {
    #[default]
    Nothing,
    Action,
    MessageId,
    OperationId,
    Resource,
    Machine,
    Identifier,
    Event,
    Dropped,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Part {
    #[default]
    None,
    Header,
    Body,
}

/// Where the reader is.
#[derive(Debug, Default)]
struct Walk<'a> {
    text: &'a str,
    envelope: Envelope<'a>,
    depth: usize,
    part: Part,
    take: Take,
    /// The depth of the element whose text is taken, and where its content begins.
    at: usize,
    begin: usize,
    /// Whether it has elements of its own.
    nested: bool,
    gathered: Option<Cow<'a, str>>,
    ended: bool,
}

impl<'a> Walk<'a> {
    /// An element begins, whose tag ends at `behind`.
    fn open(&mut self, start: &BytesStart<'_>, behind: usize) -> Result<(), Refusal> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(Refusal::Depth);
        }
        if self.take != Take::Nothing {
            self.nested = true;
            return Ok(());
        }
        let name = start.local_name();
        match (self.depth, self.part, name.as_ref()) {
            (1, _, "Envelope") if !self.ended => {}
            (1, ..) => return Err(Refusal::Malformed),
            (2, _, "Header") => self.part = Part::Header,
            (2, _, "Body") => self.part = Part::Body,
            (3, Part::Header, name) => self.header(name, start, behind)?,
            (_, Part::Header, "Bookmark") if self.depth == 5 => self.position(start)?,
            (4, Part::Body, "Event") => self.event(behind)?,
            (4, Part::Body, "DroppedEvents") => self.begin(Take::Dropped, behind),
            _ => {}
        }
        Ok(())
    }

    fn header(&mut self, name: &str, start: &BytesStart<'_>, behind: usize) -> Result<(), Refusal> {
        if !UNDERSTOOD.contains(&name) && must_understand(start) {
            return Err(Refusal::NotUnderstood);
        }
        let take = match name {
            "Action" => Take::Action,
            "MessageID" => Take::MessageId,
            "OperationID" => Take::OperationId,
            "ResourceURI" => Take::Resource,
            "MachineID" => Take::Machine,
            "Identifier" => Take::Identifier,
            "AckRequested" => {
                self.envelope.acknowledge = true;
                Take::Nothing
            }
            "Bookmark" => {
                self.envelope.bookmark = Some(Bookmark::default());
                Take::Nothing
            }
            _ => Take::Nothing,
        };
        if take != Take::Nothing {
            self.begin(take, behind);
        }
        Ok(())
    }

    /// `<Bookmark Channel="Security" RecordId="7" IsCurrent="true"/>`; one of a file, or of nothing, says no position.
    fn position(&mut self, start: &BytesStart<'_>) -> Result<(), Refusal> {
        let Some(bookmark) = &mut self.envelope.bookmark else {
            return Ok(());
        };
        let channel = attribute(start, "Channel").filter(|name| !name.is_empty() && name.len() <= MAX_NAME);
        let record_id = attribute(start, "RecordId").and_then(|number| number.parse().ok());
        let (Some(channel), Some(record_id)) = (channel, record_id) else {
            return Ok(());
        };
        if bookmark.0.len() >= MAX_CHANNELS {
            return Err(Refusal::TooMany);
        }
        let current = attribute(start, "IsCurrent").is_some_and(|current| current.eq_ignore_ascii_case("true"));
        bookmark.0.push(Position {
            channel,
            record_id,
            current,
        });
        Ok(())
    }

    fn event(&mut self, behind: usize) -> Result<(), Refusal> {
        if self.envelope.events.len() >= MAX_EVENTS {
            return Err(Refusal::TooMany);
        }
        self.begin(Take::Event, behind);
        Ok(())
    }

    fn begin(&mut self, take: Take, behind: usize) {
        (self.take, self.at, self.begin, self.nested) = (take, self.depth, behind, false);
        self.gathered = None;
    }

    fn take(&mut self, part: Cow<'a, str>) -> Result<(), Refusal> {
        if self.depth == 0 && !part.trim_matches(['\u{feff}', '\0']).trim().is_empty() {
            return Err(Refusal::Malformed);
        }
        if self.take == Take::Nothing || self.nested {
            return Ok(());
        }
        match &mut self.gathered {
            // White space before a CDATA section is no part of it.
            None => self.gathered = (!part.trim().is_empty()).then_some(part),
            Some(gathered) if self.take == Take::Event || gathered.len() < MAX_TEXT => {
                gathered.to_mut().push_str(&part);
            }
            Some(_) => {}
        }
        Ok(())
    }

    fn refer(&mut self, name: &str) -> Result<(), Refusal> {
        if self.take == Take::Nothing || self.nested {
            return Ok(());
        }
        let text = self.gathered.get_or_insert_default().to_mut();
        character(name, text).ok_or(Refusal::Malformed)
    }

    /// An element ends, whose closing tag begins at `before`.
    fn close(&mut self, before: usize) -> Result<(), Refusal> {
        if self.take != Take::Nothing && self.at == self.depth {
            self.keep(before);
        }
        self.depth = self.depth.checked_sub(1).ok_or(Refusal::Malformed)?;
        match self.depth {
            0 => self.ended = true,
            1 => self.part = Part::None,
            _ => {}
        }
        Ok(())
    }

    fn keep(&mut self, before: usize) {
        let content = match std::mem::take(&mut self.nested) {
            true => Cow::Borrowed(self.text.get(self.begin..before).unwrap_or_default()),
            false => self.gathered.take().unwrap_or_default(),
        };
        let envelope = &mut self.envelope;
        let name = || CompactString::from(cut(content.trim(), MAX_TEXT));
        match std::mem::take(&mut self.take) {
            Take::Nothing => {}
            Take::Action => envelope.action = Action::of(content.trim()),
            Take::MessageId => envelope.message_id = name(),
            Take::OperationId => envelope.operation_id = Some(name()),
            Take::Resource => envelope.resource = Some(name()),
            Take::Machine => envelope.machine = Some(name()),
            Take::Identifier => envelope.identifier = Some(name()),
            Take::Event => envelope.events.push(content),
            Take::Dropped => {
                let count = content.trim().parse().unwrap_or(1);
                envelope.dropped = envelope.dropped.saturating_add(count);
            }
        }
    }

    fn finish(self, text: &str) -> Result<Envelope<'a>, Refusal> {
        if !self.ended || self.depth > 0 {
            return Err(match text.trim().is_empty() {
                true => Refusal::Malformed,
                false => Refusal::Truncated,
            });
        }
        if self.envelope.message_id.is_empty() {
            return Err(Refusal::Addressing);
        }
        Ok(self.envelope)
    }
}

fn must_understand(start: &BytesStart<'_>) -> bool {
    let mut attributes = start.attributes();
    attributes.with_checks(false);
    attributes.flatten().any(|attribute| {
        attribute.key.local_name().as_ref() == "mustUnderstand" && matches!(&*attribute.value, "true" | "1")
    })
}

/// As much of `text` as fits into `length` octets.
fn cut(text: &str, length: usize) -> &str {
    text.get(..text.floor_char_boundary(length)).unwrap_or(text)
}
