//! The table `activities`: every activity, flat, with what is open per kind as JSON text in `details`.

use std::io::Write;
use std::net::IpAddr;

use capture::Timestamp;
use parsers::json::Object;

use super::table::{Column, Row, Table, Take, column};
use crate::proto::{Outcome, Transport};
use crate::wire::view::{ComputerView, EndpointView};

/// The table.
pub(crate) static ACTIVITIES: Table = Table {
    name: "activities",
    holds: |_| true,
    columns: COLUMNS,
};

const COLUMNS: &[Column] = &[
    column("id", Take::Number(|row| Some(row.view.id.cast_signed()))),
    column("spool", Take::Text(|row| &row.source.spool)),
    column("time", Take::Time(|row| Some(row.view.time))),
    column("end_time", Take::Time(|row| row.view.end_time)),
    column(
        "duration_us",
        Take::Number(|row| row.view.duration_us.map(u64::cast_signed)),
    ),
    column("kind", Take::Text(|row| row.view.kind)),
    column("action_type", Take::Text(|row| row.view.action_type)),
    column("protocol", Take::Text(|row| row.view.protocol)),
    column("carrier", Take::Print(|row, text| join(&row.view.carrier, text))),
    column("transport", Take::Text(|row| transport(row))),
    column("tunnel", Take::Print(|row, text| join(&row.view.tunnel, text))),
    column("capture", Take::Text(|row| row.view.capture)),
    column("client_ip", Take::Print(|row, text| print_ip(&row.view.client, text))),
    column("client_port", Take::Short(|row| row.view.client.port())),
    column("client_mac", Take::Print(|row, text| print_mac(&row.view.client, text))),
    column("server_ip", Take::Print(|row, text| print_ip(&row.view.server, text))),
    column("server_port", Take::Short(|row| row.view.server.port())),
    column("server_mac", Take::Print(|row, text| print_mac(&row.view.server, text))),
    column("outcome", Take::Text(|row| outcome(row))),
    column(
        "status_code",
        Take::Number(|row| row.view.status.map(|status| status.code)),
    ),
    column(
        "status_name",
        Take::Text(|row| row.view.status.map_or("", |status| status.name)),
    ),
    column(
        "ntstatus",
        Take::Number(|row| row.view.status.and_then(|status| status.ntstatus).map(i64::from)),
    ),
    column(
        "ntstatus_name",
        Take::Text(|row| row.view.status.map_or("", |status| status.ntstatus_name)),
    ),
    column("failure_reason", Take::Text(|row| row.view.failure_reason)),
    column("count", Take::Number(|row| Some(i64::from(row.view.count)))),
    column("account", Take::Text(|row| row.view.observed.account)),
    column("domain", Take::Text(|row| row.view.observed.domain)),
    column("workstation", Take::Text(|row| row.view.observed.workstation)),
    column("spn", Take::Text(|row| row.view.observed.spn)),
    column("dn", Take::Text(|row| row.view.observed.dn)),
    column("sid", Take::Text(|row| row.view.observed.sid)),
    column("target_account", Take::Text(|row| row.view.observed.target_account)),
    column("target_domain", Take::Text(|row| row.view.observed.target_domain)),
    column("host", Take::Text(|row| row.view.observed.host)),
    column("actor_type", Take::Text(|row| row.view.actor.kind)),
    column("actor_name", Take::Text(|row| row.view.actor.name)),
    column("actor_domain", Take::Text(|row| row.view.actor.domain)),
    column("actor_upn", Take::Text(|row| row.view.actor.upn)),
    column("actor_display_name", Take::Text(|row| row.view.actor.display_name)),
    column("actor_sid", Take::Text(|row| row.view.actor.sid)),
    column("actor_guid", Take::Text(|row| row.view.actor.guid)),
    column("actor_dn", Take::Text(|row| row.view.actor.dn)),
    column("actor_tags", Take::Print(|row, text| join(&row.view.actor.tags, text))),
    column("correlated", Take::Text(|row| row.view.correlated)),
    column("target_type", Take::Text(|row| row.view.target.kind)),
    column("target_name", Take::Text(|row| row.view.target.name)),
    column("target_dns_domain", Take::Text(|row| row.view.target.domain)),
    column("target_upn", Take::Text(|row| row.view.target.upn)),
    column("target_display_name", Take::Text(|row| row.view.target.display_name)),
    column("target_sid", Take::Text(|row| row.view.target.sid)),
    column("target_guid", Take::Text(|row| row.view.target.guid)),
    column("target_dn", Take::Text(|row| row.view.target.dn)),
    column(
        "target_tags",
        Take::Print(|row, text| join(&row.view.target.tags, text)),
    ),
    column("source_name", Take::Text(|row| row.view.source.name)),
    column("source_domain", Take::Text(|row| row.view.source.domain)),
    column("source_sid", Take::Text(|row| row.view.source.sid)),
    column("source_guid", Take::Text(|row| row.view.source.guid)),
    column("source_os", Take::Text(|row| row.view.source.os)),
    column(
        "source_tags",
        Take::Repeat(
            |row| row.view.source.message(),
            |row, text| join_tags(&row.view.source, text),
        ),
    ),
    column("source_certainty", Take::Text(|row| row.view.source.certainty)),
    column("destination_name", Take::Text(|row| row.view.destination.name)),
    column("destination_domain", Take::Text(|row| row.view.destination.domain)),
    column("destination_sid", Take::Text(|row| row.view.destination.sid)),
    column("destination_guid", Take::Text(|row| row.view.destination.guid)),
    column("destination_os", Take::Text(|row| row.view.destination.os)),
    column(
        "destination_tags",
        Take::Repeat(
            |row| row.view.destination.message(),
            |row, text| join_tags(&row.view.destination, text),
        ),
    ),
    column(
        "destination_certainty",
        Take::Text(|row| row.view.destination.certainty),
    ),
    column(
        "source_evidence",
        Take::Repeat(
            |row| row.view.source.message(),
            |row, text| print_evidence(&row.view.source, text),
        ),
    ),
    column(
        "destination_evidence",
        Take::Repeat(
            |row| row.view.destination.message(),
            |row, text| print_evidence(&row.view.destination, text),
        ),
    ),
    column(
        "source_doubts",
        Take::Repeat(
            |row| row.view.source.doubted(),
            |row, text| print_doubts(&row.view.source, text),
        ),
    ),
    column(
        "destination_doubts",
        Take::Repeat(
            |row| row.view.destination.doubted(),
            |row, text| print_doubts(&row.view.destination, text),
        ),
    ),
    column("details", Take::Text(|row| row.view.details)),
];

fn transport(row: &Row<'_, '_>) -> &'static str {
    match row.view.transport {
        Transport::Tcp => "tcp",
        Transport::Udp => "udp",
        Transport::Unspecified => "",
    }
}

fn outcome(row: &Row<'_, '_>) -> &'static str {
    match row.view.outcome {
        Outcome::Success => "success",
        Outcome::Failure => "failure",
        Outcome::Continued => "continued",
        Outcome::Unknown => "unknown",
    }
}

/// Several texts in one column, as a path: no part of a carrier, a tunnel or a tag holds a slash.
fn join(parts: &[&str], text: &mut Vec<u8>) {
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            text.push(b'/');
        }
        text.extend_from_slice(part.as_bytes());
    }
}

fn join_tags(computer: &ComputerView<'_>, text: &mut Vec<u8>) {
    computer.tags(|tag| {
        if !text.is_empty() {
            text.push(b'/');
        }
        text.extend_from_slice(tag.as_bytes());
    });
}

/// The address in its usual notation. Every row has two: the formatting machinery would take longer than all the rest.
pub(super) fn print_ip(endpoint: &EndpointView, text: &mut Vec<u8>) {
    match endpoint.ip {
        Some(IpAddr::V4(ip)) => {
            for octet in ip.octets() {
                let [hundreds, tens, ones] = [octet / 100, octet / 10 % 10, octet % 10].map(|digit| b'0' + digit);
                match octet {
                    0..10 => text.extend_from_slice(&[ones, b'.']),
                    10..100 => text.extend_from_slice(&[tens, ones, b'.']),
                    100.. => text.extend_from_slice(&[hundreds, tens, ones, b'.']),
                }
            }
            text.pop();
        }
        Some(IpAddr::V6(ip)) => drop(write!(text, "{ip}")), // writing to memory cannot fail
        None => {}
    }
}

fn print_mac(endpoint: &EndpointView, text: &mut Vec<u8>) {
    let digit = |nibble: u8| if nibble < 10 { b'0' + nibble } else { b'a' - 10 + nibble };
    for byte in endpoint.mac.iter().flatten() {
        text.extend_from_slice(&[digit(byte >> 4), digit(byte & 15), b':']);
    }
    text.pop();
}

/// What lowers the certainty of a computer, as a path.
fn print_doubts(computer: &ComputerView<'_>, text: &mut Vec<u8>) {
    computer.doubts(|doubt| {
        if !text.is_empty() {
            text.push(b'/');
        }
        text.extend_from_slice(doubt.as_bytes());
    });
}

/// Why a computer is believed to be this one, as JSON: `[{"method": …, "name": …, "time": …}]`.
fn print_evidence(computer: &ComputerView<'_>, text: &mut Vec<u8>) {
    computer.evidence(|reason| {
        text.push(if text.is_empty() { b'[' } else { b',' });
        let mut object = Object::begin(text);
        object.entry("method", reason.method);
        object.entry("name", reason.name);
        object.entry("time", &Timestamp(reason.time));
        object.end();
    });
    if !text.is_empty() {
        text.push(b']');
    }
}
