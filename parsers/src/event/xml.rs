//! `<Event>` as EvtRender and Windows Event Forwarding write it (http://schemas.microsoft.com/win/2004/08/events/event).
//!
//! Namespace prefixes are passed over: no two elements of an event differ by them alone. No declaration of a document type and
//! no entity but XML's own five is accepted, and elements nest to a bound.

use compact_str::CompactString;
use quick_xml::Reader;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesStart, Event as Token};

use super::model::{Draft, MAX_VALUE};
use super::{MAX_DEPTH, Reason, time};

/// The text of an element is gathered until it is longer than that; what is kept of it is cut.
const LONGEST: usize = MAX_VALUE * 8;

/// What the text of an element is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Take {
    /// Nothing.
    #[default]
    Nothing,
    Id,
    RecordId,
    Channel,
    Computer,
    /// One of the data.
    Datum,
    /// The text that Windows renders the event as.
    Message,
}

/// The part of the event that the elements below belong to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Part {
    #[default]
    None,
    System,
    EventData,
    UserData,
    Rendering,
    Other,
}

/// Where the reader is.
#[derive(Debug, Default)]
struct Walk {
    draft: Draft,
    depth: usize,
    part: Part,
    take: Take,
    /// The depth of the element whose text is taken.
    at: usize,
    name: CompactString,
    text: String,
    /// The event has ended.
    done: bool,
}

/// Reads the first event of `text`.
pub(super) fn read(text: &str) -> Result<Draft, Reason> {
    let mut reader = Reader::from_str(text);
    let mut walk = Walk::default();
    while !walk.done {
        match reader.read_event().map_err(|_| broken(text))? {
            Token::Start(start) => walk.open(&start)?,
            Token::Empty(start) => {
                walk.open(&start)?;
                walk.close()?;
            }
            Token::End(_) => walk.close()?,
            Token::Text(part) => walk.take(&part),
            Token::CData(part) => walk.take(&part),
            Token::GeneralRef(reference) => walk.refer(&reference)?,
            Token::DocType(_) => return Err(Reason::DocumentType),
            Token::Decl(_) | Token::PI(_) | Token::Comment(_) => {}
            Token::Eof => return Err(Reason::Truncated),
        }
    }
    Ok(walk.draft)
}

/// Whether text that does not parse was cut or is wrong.
fn broken(text: &str) -> Reason {
    match text.trim_end().ends_with('>') {
        true => Reason::Malformed,
        false => Reason::Truncated,
    }
}

impl Walk {
    fn open(&mut self, start: &BytesStart<'_>) -> Result<(), Reason> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(Reason::Depth);
        }
        let name = start.local_name();
        let name = name.as_ref();
        // `<Events>` around an event is passed over.
        match (self.depth, self.part) {
            (1, _) if name == "Events" => self.depth = 0,
            (1, _) if name != "Event" => return Err(Reason::Unrecognised),
            (1, _) => {}
            (2, _) => self.part = part(name),
            (_, Part::System) => self.system(name, start)?,
            (_, Part::EventData) if name == "Data" || name == "ComplexData" => self.datum(attribute(start, "Name")),
            (_, Part::UserData) => self.datum(Some(name.into())),
            (_, Part::Rendering) if name == "Message" => self.begin(Take::Message),
            _ => {}
        }
        Ok(())
    }

    fn system(&mut self, name: &str, start: &BytesStart<'_>) -> Result<(), Reason> {
        match name {
            "Provider" => {
                let name = attribute(start, "Name").or_else(|| attribute(start, "EventSourceName"));
                self.draft.provider = name.unwrap_or_default();
            }
            "TimeCreated" => {
                let time = attribute(start, "SystemTime");
                self.draft.time = time.and_then(|time| time::date_time(&time, 0));
            }
            "EventID" => self.begin(Take::Id),
            "EventRecordID" => self.begin(Take::RecordId),
            "Channel" => self.begin(Take::Channel),
            "Computer" => self.begin(Take::Computer),
            _ => {}
        }
        Ok(())
    }

    /// From here on text is taken; what was taken for an element around this one was white space.
    fn begin(&mut self, take: Take) {
        (self.take, self.at) = (take, self.depth);
        self.text.clear();
    }

    fn datum(&mut self, name: Option<CompactString>) {
        self.name = name.unwrap_or_default();
        self.begin(Take::Datum);
    }

    fn take(&mut self, part: &str) {
        if self.take != Take::Nothing && self.text.len() <= LONGEST {
            self.text.push_str(part);
        }
    }

    fn refer(&mut self, name: &str) -> Result<(), Reason> {
        if self.text.len() > LONGEST {
            return Ok(());
        }
        character(name, &mut self.text).ok_or(Reason::Entity)
    }

    fn close(&mut self) -> Result<(), Reason> {
        if self.take != Take::Nothing && self.at == self.depth {
            self.keep()?;
        }
        self.done = self.depth == 1;
        // The end of `<Events>`, without an event in it.
        self.depth = self.depth.checked_sub(1).ok_or(Reason::Truncated)?;
        if self.depth == 1 {
            self.part = Part::None;
        }
        Ok(())
    }

    fn keep(&mut self) -> Result<(), Reason> {
        let (text, draft) = (self.text.as_str(), &mut self.draft);
        match std::mem::take(&mut self.take) {
            Take::Nothing => {}
            Take::Id => draft.identify(text),
            Take::RecordId => draft.record_id = text.trim().parse().ok(),
            Take::Channel => draft.channel = text.trim().into(),
            Take::Computer => draft.computer = text.trim().into(),
            Take::Datum => draft.add(&self.name, text)?,
            Take::Message => draft.message = Some(std::mem::take(&mut self.text)),
        }
        Ok(())
    }
}

fn part(name: &str) -> Part {
    match name {
        "System" => Part::System,
        "EventData" => Part::EventData,
        "UserData" => Part::UserData,
        "RenderingInfo" => Part::Rendering,
        _ => Part::Other,
    }
}

/// The value of the attribute `name`. What is no well-formed attribute is none.
pub(crate) fn attribute(start: &BytesStart<'_>, name: &str) -> Option<CompactString> {
    let mut attributes = start.attributes();
    attributes.with_checks(false);
    let found = attributes.flatten().find(|attribute| attribute.key.as_ref() == name)?;
    unescaped(&found.value)
}

/// A value without its references; none where one is unknown.
pub(super) fn unescaped(mut rest: &str) -> Option<CompactString> {
    if !rest.contains('&') {
        return Some(rest.into());
    }
    let mut plain = String::with_capacity(rest.len());
    while let Some((before, reference)) = rest.split_once('&') {
        let (name, behind) = reference.split_once(';')?;
        plain.push_str(before);
        character(name, &mut plain)?;
        rest = behind;
    }
    plain.push_str(rest);
    Some(plain.into())
}

/// Adds what `name` refers to: one of XML's own entities, or a character by its number.
pub(crate) fn character(name: &str, text: &mut String) -> Option<()> {
    let Some(number) = name.strip_prefix('#') else {
        text.push_str(resolve_predefined_entity(name)?);
        return Some(());
    };
    let number = match number.strip_prefix('x') {
        Some(digits) => u32::from_str_radix(digits, 16),
        None => number.parse(),
    };
    text.push(char::from_u32(number.ok()?)?);
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(inner: &str) -> String {
        format!("<Event><System><EventID>1</EventID></System>{inner}</Event>")
    }

    #[test]
    fn text_is_taken_where_it_belongs() {
        let draft = read(&event(
            "<EventData>\n <Data Name=\"a\">x &amp; &#x41;&#66;</Data><Data>y</Data><Data Name='b'/><Binary>00</Binary></EventData>\
             <UserData><Inner xmlns='u'>\n<One>1</One><Two><Three>3</Three></Two></Inner></UserData>",
        ))
        .unwrap();
        let data: Vec<_> = draft.data.iter().map(|datum| (&*datum.name, &*datum.value)).collect();
        assert_eq!(draft.id, Some(1));
        assert_eq!(
            data,
            [("a", "x & AB"), ("", "y"), ("b", ""), ("One", "1"), ("Three", "3")]
        );
    }

    #[test]
    fn bombs_are_refused() {
        let deep = format!("{}{}", "<a>".repeat(100), "</a>".repeat(100));
        assert_eq!(read(&event(&deep)).unwrap_err(), Reason::Depth);
        let laughs = "<!DOCTYPE x [<!ENTITY a 'ha'><!ENTITY b '&a;&a;'>]><Event><System/></Event>";
        assert_eq!(read(laughs).unwrap_err(), Reason::DocumentType);
        assert_eq!(
            read(&event("<EventData><Data>&b;</Data></EventData>")).unwrap_err(),
            Reason::Entity
        );
        let many = "<Data>x</Data>".repeat(1_000);
        assert_eq!(
            read(&event(&format!("<EventData>{many}</EventData>"))).unwrap_err(),
            Reason::Data
        );
        assert_eq!(read("<Evil/>").unwrap_err(), Reason::Unrecognised);
    }

    #[test]
    fn cut_anywhere_it_is_no_event_and_no_panic() {
        let whole = event("<EventData><Data Name=\"a\">ü &amp; x</Data></EventData>");
        for end in 0..whole.len() {
            let cut = whole.get(..end).unwrap_or_default();
            assert!(read(cut).is_err(), "{cut}");
        }
    }
}
