//! A message: one protocol data unit as it stood on the wire, for `adtap decode`.

use std::borrow::Cow;

use capture::{Endpoint, FrameId, Timestamp, Transport, Tunnel};
use compact_str::CompactString;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use thin_vec::ThinVec;

use crate::fields::Fields;
use crate::json::{Object, WriteJson};
use crate::protocol::ProtocolId;

/// The layers that carried something, outermost first: `["smb2", "pipe:samr"]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Carriers(pub ThinVec<CompactString>);

impl Serialize for Carriers {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(&self.0)
    }
}

impl WriteJson for Carriers {
    fn write_json(&self, out: &mut Vec<u8>) {
        self.0.write_json(out);
    }
}

/// One protocol message.
#[derive(Clone, Debug)]
pub struct Message {
    /// The packet that completed it.
    pub frame: FrameId,
    /// Time of that packet.
    pub time: Timestamp,
    /// Sender.
    pub src: Endpoint,
    /// Receiver.
    pub dst: Endpoint,
    /// TCP or UDP.
    pub transport: Transport,
    /// Layers around the frame.
    pub tunnel: Tunnel,
    /// Layers between transport and message.
    pub carrier: Carriers,
    /// The protocol.
    pub protocol: ProtocolId,
    /// The message's name in its protocol's terms; `malformed` where the grammar is broken.
    pub message: Cow<'static, str>,
    /// A gap cut it.
    pub gapped: bool,
    /// The protocol's fields.
    pub fields: Fields,
}

impl Message {
    /// Whether it stood in packets, and so has two ends; an event of an event log has none.
    #[must_use]
    pub fn is_packets(&self) -> bool {
        self.protocol != ProtocolId::WindowsEvent
    }
}

/// A message beside the name of its capture: what one line of `decode --json` holds.
#[derive(Debug)]
pub struct MessageLine<'a> {
    /// The message.
    pub message: &'a Message,
    /// The capture's file name.
    pub file: &'a str,
}

impl WriteJson for MessageLine<'_> {
    fn write_json(&self, out: &mut Vec<u8>) {
        let message = self.message;
        let mut object = Object::begin(out);
        object.entry("file", self.file);
        object.entry("frame", &message.frame.number);
        object.entry("time", &message.time);
        if message.is_packets() {
            object.entry("src", &message.src.socket());
            object.entry("dst", &message.dst.socket());
            object.entry("transport", &message.transport);
        }
        object.some("tunnel", Some(&message.tunnel).filter(|tunnel| !tunnel.0.is_empty()));
        object.some(
            "carrier",
            Some(&message.carrier).filter(|carrier| !carrier.0.is_empty()),
        );
        object.entry("protocol", message.protocol.name());
        object.entry("message", &*message.message);
        object.some("gapped", Some(&message.gapped).filter(|gapped| **gapped));
        for (name, value) in message.fields.iter() {
            object.entry(name, value);
        }
        object.end();
    }
}

impl Serialize for MessageLine<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let message = self.message;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("file", self.file)?;
        map.serialize_entry("frame", &message.frame.number)?;
        map.serialize_entry("time", &message.time)?;
        if message.is_packets() {
            map.serialize_entry("src", &message.src.socket())?;
            map.serialize_entry("dst", &message.dst.socket())?;
            map.serialize_entry("transport", &message.transport)?;
        }
        if !message.tunnel.0.is_empty() {
            map.serialize_entry("tunnel", &message.tunnel)?;
        }
        if !message.carrier.0.is_empty() {
            map.serialize_entry("carrier", &message.carrier)?;
        }
        map.serialize_entry("protocol", message.protocol.name())?;
        map.serialize_entry("message", &message.message)?;
        if message.gapped {
            map.serialize_entry("gapped", &true)?;
        }
        for (name, value) in message.fields.iter() {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}
