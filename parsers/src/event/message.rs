//! An event as one line of `adtap decode`: which it is, and of the events that are understood the data.

use std::borrow::Cow;
use std::net::{IpAddr, Ipv4Addr};

use capture::{Endpoint, FrameId, Transport, Tunnel};
use compact_str::CompactString;

use super::{Clock, Event, listed};
use crate::fields::{Fields, Value};
use crate::ldap;
use crate::message::{Carriers, Message};
use crate::protocol::ProtocolId;

/// `event`, the one that stands at `frame` of its file. Of an event that is not understood nobody knows whether its data hold
/// secrets, so they are not told.
#[must_use]
pub fn message(event: &Event, frame: FrameId) -> Message {
    let nobody = Endpoint {
        ip: IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        port: 0,
        mac: None,
    };
    Message {
        frame,
        time: event.time,
        src: nobody,
        dst: nobody,
        transport: Transport::Tcp,
        tunnel: Tunnel::default(),
        carrier: Carriers::default(),
        protocol: ProtocolId::WindowsEvent,
        message: Cow::Owned(itoa::Buffer::new().format(event.id).to_owned()),
        gapped: false,
        fields: fields(event),
    }
}

fn fields(event: &Event) -> Fields {
    let mut fields = Fields::new();
    fields.text("provider", event.provider.clone());
    fields.text("channel", event.channel.clone());
    fields.text("computer", event.computer.clone());
    fields.set_some("record_id", event.record_id);
    fields.set("format", event.format.name());
    if event.clock != Clock::Event {
        fields.set("clock", event.clock.name());
    }
    fields.flag("unread", event.unread);
    if listed(event.id, &event.provider).is_some() {
        fields.list(
            "data",
            event
                .data
                .iter()
                .filter_map(|datum| told(event, &datum.name, &datum.value)),
        );
    }
    fields
}

/// A datum with its name, without values that may be secrets.
fn told(event: &Event, name: &str, value: &str) -> Option<Value> {
    let value = match name {
        "AttributeValue" => ldap::told(event.get("AttributeLDAPDisplayName")?, value).value?,
        "AuditBase" => return None,
        _ => CompactString::new(value),
    };
    let mut datum = Fields::sized(2);
    datum.set("name", CompactString::new(name));
    datum.set("value", value);
    Some(Value::Map(datum))
}
