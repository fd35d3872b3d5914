//! Writes a resolved activity as `adtap.v1.Activity`.
//!
//! Protocol Buffers encoding: a field is its number and wire type as a varint, then its value; a nested message and a text
//! stand after their length. The length is not known before: one byte is left for it, and the few that are longer than 127
//! bytes are moved along.

use std::fmt::{Display, Write as _};
use std::net::IpAddr;

use capture::{Endpoint, Timestamp, Transport};
use parsers::activity::{Activity, Observed, Outcome, Status};
use parsers::json::WriteJson;
use prost::encoding::{WireType, encode_key, encode_varint};
use resolver::entity::{Computer, Entity, Evidence};
use resolver::{Correlation, Resolved};

use crate::proto;

/// Appends `resolved` to `buffer` under `id`; `capture` is the name of the capture it was seen in.
pub fn encode(id: u64, resolved: &Resolved, capture: &str, buffer: &mut Vec<u8>) {
    let activity = &resolved.activity;
    number(1, id, buffer);
    time(2, activity.time, buffer);
    if let Some(duration) = activity.duration_us {
        varint(3, duration, buffer);
    }
    common(activity, capture, buffer);
    judgement(activity, buffer);
    entity(19, resolved.actor.as_deref(), buffer);
    entity(20, resolved.target.as_deref(), buffer);
    computer(21, resolved.source.as_deref(), buffer);
    computer(22, resolved.destination.as_deref(), buffer);
    if !activity.details.is_empty() {
        nested(23, buffer, |buffer| activity.details.write_json(buffer));
    }
    text(24, resolved.correlated.map_or("", Correlation::name), buffer);
}

/// What it is and where it was seen.
fn common(activity: &Activity, capture: &str, buffer: &mut Vec<u8>) {
    text(4, activity.kind.name(), buffer);
    text(5, activity.action_type.unwrap_or_default(), buffer);
    text(6, activity.protocol.name(), buffer);
    for carrier in &activity.carrier.0 {
        text(7, carrier, buffer);
    }
    let transport = match activity.transport() {
        Some(Transport::Tcp) => proto::Transport::Tcp,
        Some(Transport::Udp) => proto::Transport::Udp,
        None => proto::Transport::Unspecified,
    };
    number(8, transport as u64, buffer);
    for hop in &activity.tunnel.0 {
        printed(9, hop, buffer);
    }
    text(10, capture, buffer);
    for (tag, end) in [(11, &activity.client), (12, &activity.server)] {
        if let Some(end) = activity.known(end) {
            endpoint(tag, end, buffer);
        }
    }
}

/// How it ended, how often it happened, and whom it names.
fn judgement(activity: &Activity, buffer: &mut Vec<u8>) {
    let outcome = match activity.outcome {
        Outcome::Unknown => proto::Outcome::Unknown,
        Outcome::Success => proto::Outcome::Success,
        Outcome::Failure => proto::Outcome::Failure,
        Outcome::Continued => proto::Outcome::Continued,
    };
    number(13, outcome as u64, buffer);
    if let Some(answer) = &activity.status {
        status(answer, buffer);
    }
    text(15, activity.failure_reason.map_or("", |reason| reason.name()), buffer);
    if activity.count > 1 {
        varint(16, u64::from(activity.count), buffer);
    }
    if let Some(end) = activity.end_time {
        time(17, end, buffer);
    }
    if !activity.observed.is_empty() {
        observed(&activity.observed, buffer);
    }
}

fn endpoint(tag: u32, endpoint: &Endpoint, buffer: &mut Vec<u8>) {
    nested(tag, buffer, |buffer| {
        match endpoint.ip {
            IpAddr::V4(ip) => bytes(1, &ip.octets(), buffer),
            IpAddr::V6(ip) => bytes(1, &ip.octets(), buffer),
        }
        number(2, u64::from(endpoint.port), buffer);
        if let Some(mac) = endpoint.mac {
            bytes(3, &mac.0, buffer);
        }
    });
}

fn status(status: &Status, buffer: &mut Vec<u8>) {
    nested(14, buffer, |buffer| {
        // sint64: ZigZag, so that negative codes are short.
        number(1, ((status.code << 1) ^ (status.code >> 63)) as u64, buffer);
        text(2, status.name.unwrap_or_default(), buffer);
        if let Some(ntstatus) = status.ntstatus {
            varint(3, u64::from(ntstatus), buffer);
        }
        text(4, status.ntstatus_name.unwrap_or_default(), buffer);
    });
}

fn observed(observed: &Observed, buffer: &mut Vec<u8>) {
    nested(18, buffer, |buffer| {
        for (tag, value) in [
            (1, &observed.account),
            (2, &observed.domain),
            (3, &observed.workstation),
            (4, &observed.spn),
            (5, &observed.dn),
            (6, &observed.sid),
            (7, &observed.target_account),
            (8, &observed.target_domain),
            (9, &observed.host),
        ] {
            text(tag, value.as_deref().unwrap_or_default(), buffer);
        }
    });
}

fn entity(tag: u32, entity: Option<&Entity>, buffer: &mut Vec<u8>) {
    let Some(entity) = entity else { return };
    nested(tag, buffer, |buffer| {
        text(1, entity.kind.name(), buffer);
        text(2, &entity.name, buffer);
        for (tag, value) in [
            (3, &entity.domain),
            (4, &entity.upn),
            (5, &entity.display_name),
            (6, &entity.sid),
            (7, &entity.guid),
            (8, &entity.dn),
        ] {
            text(tag, value.as_deref().unwrap_or_default(), buffer);
        }
        for mark in &entity.tags {
            text(9, mark.name(), buffer);
        }
    });
}

fn computer(tag: u32, computer: Option<&Computer>, buffer: &mut Vec<u8>) {
    let Some(computer) = computer else { return };
    nested(tag, buffer, |buffer| {
        text(1, &computer.name, buffer);
        for (tag, value) in [
            (2, &computer.domain),
            (3, &computer.sid),
            (4, &computer.guid),
            (5, &computer.os),
        ] {
            text(tag, value.as_deref().unwrap_or_default(), buffer);
        }
        text(6, computer.certainty.name(), buffer);
        for reason in &computer.evidence {
            evidence(reason, buffer);
        }
        for mark in &computer.tags {
            text(8, mark.name(), buffer);
        }
        for doubt in &computer.doubts {
            text(9, doubt.name(), buffer);
        }
    });
}

fn evidence(evidence: &Evidence, buffer: &mut Vec<u8>) {
    nested(7, buffer, |buffer| {
        text(1, evidence.method.name(), buffer);
        text(2, &evidence.name, buffer);
        time(3, evidence.time, buffer);
    });
}

/// A number that is absent when it is 0.
fn number(tag: u32, value: u64, buffer: &mut Vec<u8>) {
    if value != 0 {
        varint(tag, value, buffer);
    }
}

fn varint(tag: u32, value: u64, buffer: &mut Vec<u8>) {
    encode_key(tag, WireType::Varint, buffer);
    encode_varint(value, buffer);
}

fn time(tag: u32, time: Timestamp, buffer: &mut Vec<u8>) {
    if time.0 != 0 {
        encode_key(tag, WireType::SixtyFourBit, buffer);
        buffer.extend_from_slice(&time.0.to_le_bytes());
    }
}

/// A text that is absent when it is empty.
fn text(tag: u32, text: &str, buffer: &mut Vec<u8>) {
    if !text.is_empty() {
        bytes(tag, text.as_bytes(), buffer);
    }
}

fn bytes(tag: u32, bytes: &[u8], buffer: &mut Vec<u8>) {
    encode_key(tag, WireType::LengthDelimited, buffer);
    encode_varint(bytes.len() as u64, buffer);
    buffer.extend_from_slice(bytes);
}

/// What `value` prints.
fn printed(tag: u32, value: impl Display, buffer: &mut Vec<u8>) {
    struct Text<'a>(&'a mut Vec<u8>);
    impl std::fmt::Write for Text<'_> {
        fn write_str(&mut self, text: &str) -> std::fmt::Result {
            self.0.extend_from_slice(text.as_bytes());
            Ok(())
        }
    }
    nested(tag, buffer, |buffer| {
        // Writing to memory cannot fail.
        let _ = write!(Text(buffer), "{value}");
    });
}

/// What `content` appends, after its length.
fn nested(tag: u32, buffer: &mut Vec<u8>, content: impl FnOnce(&mut Vec<u8>)) {
    encode_key(tag, WireType::LengthDelimited, buffer);
    let at = buffer.len();
    buffer.push(0);
    content(buffer);
    let length = buffer.len().saturating_sub(at + 1) as u64;
    let extra = prost::encoding::encoded_len_varint(length) - 1;
    if extra > 0 {
        let end = buffer.len();
        buffer.resize(end + extra, 0);
        buffer.copy_within(at + 1..end, at + 1 + extra);
    }
    if let Some(mut slot) = buffer.get_mut(at..=at + extra) {
        encode_varint(length, &mut slot);
    }
}
