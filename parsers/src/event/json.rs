//! Events in JSON: the shapes that Winlogbeat, NXLog, openwec and evtx_dump write.
//!
//! | who | where `System` is | where the data are |
//! |---|---|---|
//! | Winlogbeat 7 and later | `winlog.{event_id, provider_name, channel, computer_name, record_id}`, `@timestamp` | `winlog.event_data`, `winlog.user_data` |
//! | Winlogbeat before 7 | `event_id source_name log_name computer_name record_number` | `event_data`, `user_data` |
//! | NXLog | `EventID SourceName Channel Hostname RecordNumber EventTime` | beside them |
//! | openwec, evtx_dump | `System` (of evtx_dump in `Event`), attributes in `#attributes` or beside | `EventData`, `UserData` |
//! | Samba's audit | `timestamp`, and the record's name for a channel | the record: [`super::samba`] |
//!
//! A value is read once and in passing; what is of no use is skipped.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::model::Draft;
use super::samba::{self, Change};
use super::time::Arrival;
use super::{MAX_DEPTH, Reason, time};

/// What the members of an object are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// The outermost object: Winlogbeat's or NXLog's, or one with `System` in it.
    Top,
    /// `winlog`.
    Winlog,
    /// `System`.
    System,
    /// `System.Provider`.
    Provider,
    /// `System.TimeCreated`.
    TimeCreated,
    /// `System.EventID`, as an object.
    EventId,
    /// `EventData`, `event_data`, `UserData`: what is in objects inside counts as if it stood here.
    Data,
    /// `RenderingInfo`.
    Rendering,
    /// A record of Samba's audit.
    Record,
    /// Its `attributes`: by name.
    Attributes,
    /// One of them: `actions`.
    Attribute,
    /// One of those: `action`, `values`.
    Action,
    /// One of those: `value`, `base64`.
    Value,
}

/// An event that is being read.
#[derive(Debug)]
struct Walk<'a> {
    draft: Draft,
    refused: Option<Reason>,
    arrival: &'a Arrival,
    /// `timestamp`, which is for nothing else to tell.
    stamp: Option<capture::Timestamp>,
    change: Change,
}

/// Reads the object that `text` is.
pub(super) fn read(text: &str, arrival: &Arrival) -> Result<Draft, Reason> {
    let mut walk = Walk {
        draft: Draft::default(),
        refused: None,
        arrival,
        stamp: None,
        change: Change::default(),
    };
    let mut parser = serde_json::Deserializer::from_str(text);
    let object = Object {
        walk: &mut walk,
        place: Place::Top,
        depth: 0,
    };
    let result = object.deserialize(&mut parser).and_then(|()| parser.end());
    match (result, walk.refused) {
        (_, Some(reason)) => Err(reason),
        (Ok(()), None) => Ok(samba::finish(walk.draft, walk.stamp)),
        (Err(error), None) if error.is_eof() => Err(Reason::Truncated),
        (Err(_), None) => Err(Reason::Malformed),
    }
}

/// An object, or what stands in its place.
struct Object<'w, 'a> {
    walk: &'w mut Walk<'a>,
    place: Place,
    depth: usize,
}

impl<'de> DeserializeSeed<'de> for Object<'_, '_> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Object<'_, '_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an event")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        if self.depth >= MAX_DEPTH {
            self.walk.refused = Some(Reason::Depth);
            return Err(A::Error::custom("too deep"));
        }
        while let Some(key) = map.next_key_seed(Key)? {
            match self.place.below(&key) {
                Below::Object(place) => {
                    self.walk.enter(place, &key);
                    map.next_value_seed(Object {
                        walk: &mut *self.walk,
                        place,
                        depth: self.depth + 1,
                    })?;
                }
                Below::Value => map.next_value_seed(Member {
                    walk: &mut *self.walk,
                    place: self.place,
                    key: &key,
                    depth: self.depth,
                })?,
                Below::Nothing => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        self.walk.leave(self.place).map_err(|reason| {
            self.walk.refused = Some(reason);
            A::Error::custom("refused")
        })
    }

    /// Data without names.
    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        while items
            .next_element_seed(Member {
                walk: &mut *self.walk,
                place: self.place,
                key: "",
                depth: self.depth,
            })?
            .is_some()
        {}
        Ok(())
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<(), E> {
        self.walk.lone(self.place, text);
        Ok(())
    }

    fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<(), E> {
        self.walk.lone(self.place, itoa::Buffer::new().format(number));
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }
}

/// A member's name, borrowed where nothing is escaped in it.
struct Key;

impl<'de> DeserializeSeed<'de> for Key {
    type Value = Cow<'de, str>;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Key {
    type Value = Cow<'de, str>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a name")
    }

    fn visit_borrowed_str<E>(self, name: &'de str) -> Result<Self::Value, E> {
        Ok(name.into())
    }

    fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
        Ok(name.to_owned().into())
    }
}

/// What a member is to be read as.
enum Below {
    Object(Place),
    Value,
    Nothing,
}

impl Place {
    fn below(self, key: &str) -> Below {
        match (self, key) {
            (Self::Top, "winlog") => Below::Object(Self::Winlog),
            (Self::Top, "Event") => Below::Object(Self::Top),
            (Self::Top, "System") => Below::Object(Self::System),
            (Self::Top, "EventData" | "UserData" | "event_data" | "user_data")
            | (Self::Winlog, "event_data" | "user_data") => Below::Object(Self::Data),
            (Self::Top, "RenderingInfo") => Below::Object(Self::Rendering),
            (Self::Top, "timestamp") => Below::Value,
            (Self::Top, key) if samba::is_record(key) => Below::Object(Self::Record),
            (Self::Record, "version") => Below::Nothing,
            (Self::Record, "attributes") => Below::Object(Self::Attributes),
            (Self::Attributes, _) => Below::Object(Self::Attribute),
            (Self::Attribute, "actions") => Below::Object(Self::Action),
            (Self::Action, "values") => Below::Object(Self::Value),
            // Names that begin in lower case are the shippers' own, but for those that describe an event.
            (Self::Top, key) if key.starts_with(|first: char| first.is_ascii_lowercase()) && !is_described(key) => {
                Below::Nothing
            }
            (Self::System, "Provider") => Below::Object(Self::Provider),
            (Self::System, "TimeCreated") => Below::Object(Self::TimeCreated),
            (Self::System, "EventID") => Below::Object(Self::EventId),
            (Self::Provider | Self::TimeCreated, "#attributes") => Below::Object(self),
            (Self::Data, "#attributes" | "xmlns" | "Name") => Below::Nothing,
            _ => Below::Value,
        }
    }
}

fn is_described(key: &str) -> bool {
    matches!(
        key,
        "event_id" | "source_name" | "log_name" | "computer_name" | "record_number" | "message"
    )
}

/// A member that is a text or number; objects are only looked into among data.
struct Member<'w, 'a, 'k> {
    walk: &'w mut Walk<'a>,
    place: Place,
    key: &'k str,
    depth: usize,
}

impl<'de> DeserializeSeed<'de> for Member<'_, '_, '_> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Member<'_, '_, '_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a value")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<(), E> {
        match self.walk.member(self.place, self.key, text) {
            Ok(()) => Ok(()),
            Err(reason) => {
                self.walk.refused = Some(reason);
                Err(E::custom("refused"))
            }
        }
    }

    fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<(), E> {
        self.visit_str(itoa::Buffer::new().format(number))
    }

    fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<(), E> {
        self.visit_str(itoa::Buffer::new().format(number))
    }

    fn visit_bool<E: serde::de::Error>(self, value: bool) -> Result<(), E> {
        self.visit_str(if value { "true" } else { "false" })
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        if matches!(self.place, Place::Data | Place::Action | Place::Value) {
            let Self { walk, place, depth, .. } = self;
            return Object {
                walk,
                place,
                depth: depth + 1,
            }
            .visit_map(map);
        }
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        if self.place == Place::Data && self.depth < MAX_DEPTH {
            let Self {
                walk,
                place,
                key,
                depth,
            } = self;
            // `Data: […]` has no names; elsewhere each item has the member's.
            let key = if key == "Data" { "" } else { key };
            while items
                .next_element_seed(Member {
                    walk,
                    place,
                    key,
                    depth: depth + 1,
                })?
                .is_some()
            {}
            return Ok(());
        }
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(())
    }
}

impl Walk<'_> {
    /// A text in place of an object.
    fn lone(&mut self, place: Place, text: &str) {
        match place {
            Place::EventId => self.draft.identify(text),
            Place::Provider => self.draft.provider = text.into(),
            Place::TimeCreated => self.draft.time = self.time(text),
            _ => {}
        }
    }

    /// An object begins.
    fn enter(&mut self, place: Place, key: &str) {
        match place {
            Place::Record => samba::begin(&mut self.draft, key),
            Place::Attribute => self.change = Change::of(key),
            _ => {}
        }
    }

    /// An object ends.
    fn leave(&mut self, place: Place) -> Result<(), Reason> {
        match place {
            Place::Action => self.change.end(&mut self.draft),
            Place::Value => {
                self.change.end_value();
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn member(&mut self, place: Place, key: &str, text: &str) -> Result<(), Reason> {
        match place {
            Place::Record if key == "eventId" => self.draft.identify(text),
            Place::Record => return self.draft.add(key, text),
            Place::Action | Place::Value => self.change.member(key, text),
            Place::Top => return self.top(key, text),
            Place::Winlog => self.described(key, text),
            Place::System => self.system(key, text),
            Place::Provider if key == "Name" || key == "@Name" => self.draft.provider = text.into(),
            Place::TimeCreated if key.ends_with("SystemTime") => self.draft.time = self.time(text),
            Place::EventId if key == "#text" || key == "Value" => self.draft.identify(text),
            Place::Data => return self.draft.add(if key == "#text" { "" } else { key }, text),
            Place::Rendering if key == "Message" => self.draft.message = Some(text.to_owned()),
            Place::Provider | Place::TimeCreated | Place::EventId | Place::Rendering => {}
            Place::Attributes | Place::Attribute => {}
        }
        Ok(())
    }

    /// A member of the outermost object.
    fn top(&mut self, key: &str, text: &str) -> Result<(), Reason> {
        match key {
            "timestamp" => self.stamp = self.time(text),
            "@timestamp" => self.draft.time = self.draft.time.or_else(|| self.time(text)),
            "message" | "Message" => self.draft.message = Some(text.to_owned()),
            "EventID" => self.draft.identify(text),
            "EventTime" => self.draft.time = self.time(text).or(self.draft.time),
            "SourceName" | "ProviderName" => self.draft.provider = text.into(),
            "Channel" => self.draft.channel = text.into(),
            "Hostname" | "Computer" => self.draft.computer = text.into(),
            "RecordNumber" | "EventRecordID" => self.draft.record_id = text.parse().ok(),
            key if is_described(key) => self.described(key, text),
            key if is_shippers(key) => {}
            _ => return self.draft.add(key, text),
        }
        Ok(())
    }

    /// What Winlogbeat calls it.
    fn described(&mut self, key: &str, text: &str) {
        match key {
            "event_id" => self.draft.identify(text),
            "provider_name" | "source_name" => self.draft.provider = text.into(),
            "channel" | "log_name" => self.draft.channel = text.into(),
            "computer_name" => self.draft.computer = text.into(),
            "record_id" | "record_number" => self.draft.record_id = text.parse().ok(),
            _ => {}
        }
    }

    fn system(&mut self, key: &str, text: &str) {
        match key {
            "Channel" => self.draft.channel = text.into(),
            "Computer" => self.draft.computer = text.into(),
            "EventRecordID" => self.draft.record_id = text.parse().ok(),
            _ => {}
        }
    }

    fn time(&self, text: &str) -> Option<capture::Timestamp> {
        time::any(text, self.arrival.utc_offset)
    }
}

/// What NXLog adds of its own, and the parts of `System` that are of no use.
fn is_shippers(key: &str) -> bool {
    matches!(
        key,
        "Keywords"
            | "EventType"
            | "SeverityValue"
            | "Severity"
            | "Version"
            | "Task"
            | "OpcodeValue"
            | "Opcode"
            | "ProcessID"
            | "ThreadID"
            | "Category"
            | "EventReceivedTime"
            | "SourceModuleName"
            | "SourceModuleType"
            | "ActivityID"
            | "RelatedActivityID"
            | "ProviderGuid"
            | "ExecutionProcessID"
            | "ExecutionThreadID"
            | "Level"
            | "LevelValue"
            | "EventLevel"
            | "UserID"
            | "Domain"
            | "AccountName"
            | "AccountType"
            | "OpenWEC"
            | "Correlation"
            | "Qualifiers"
    )
}
