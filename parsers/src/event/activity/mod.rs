//! What an event says happened.
//!
//! | events | kind |
//! |---|---|
//! | 4776, 8004; 4624 and 4625 by NTLM | `ntlm_authenticate` |
//! | 4768, 4771 | `kerberos_as` |
//! | 4769 | `kerberos_tgs` |
//! | 4624 and 4625 by Kerberos | `kerberos_ap` |
//! | 4726, 4728–4730, 4732, 4733, 4740, 4741, 4743, 4753, 4756–4758, 4763, 5136 | `directory_change` |
//! | 4794 | `password_change` |
//! | 4928, 4929 | `directory_replication` |
//! | 7045 | `service_creation` |
//! | 4624 and 4625 by anything else, 4662, those of AD CS and AD FS | `windows_event` |
//! | records of Samba's audit | [`samba`] |
//!
//! An activity of an event has no endpoint but those that the event names. `details.events` says which event it is.

mod change;
mod federation;
mod kerberos;
mod logon;
mod object;
mod samba;
mod sid;
mod various;

use std::net::{IpAddr, Ipv4Addr};

use capture::{CaptureId, Endpoint, Flow, Transport, Tunnel};
use compact_str::CompactString;
use thin_vec::thin_vec;

use super::{Clock, Event, Format};
use crate::activity::{Activity, FailureReason, Kind, Origin, Outcome, Status};
use crate::fields::{Fields, Value};
use crate::ntstatus;
use crate::protocol::ProtocolId;

/// The activity of `event`, which came by `capture`; none for an event that adtap has no use for.
#[must_use]
pub fn activity(event: &Event, capture: CaptureId) -> Option<Box<Activity>> {
    let mut activity = match event.format {
        Format::Samba => samba::activity(event, capture)?,
        _ => windows(event, capture)?,
    };
    activity
        .details
        .set("events", Value::List(thin_vec![Value::Map(evidence(event))]));
    // It waits for what was captured of it, and many wait.
    activity.details.shrink();
    Some(Box::new(activity))
}

fn windows(event: &Event, capture: CaptureId) -> Option<Activity> {
    super::listed(event.id, &event.provider)?;
    Some(match event.id {
        4_776 => logon::validated(event, capture),
        8_004 => logon::audited(event, capture),
        4_624 | 4_625 => logon::logon(event, capture),
        4_768 | 4_771 => kerberos::ticket_granting(event, capture),
        4_769 => kerberos::service(event, capture),
        4_728..=4_730 | 4_732 | 4_733 | 4_753 | 4_756..=4_758 | 4_763 => change::group(event, capture),
        4_726 | 4_740 | 4_741 | 4_743 => change::account(event, capture),
        5_136 => change::object(event, capture),
        4_662 => object::accessed(event, capture),
        4_794 => various::restore_password(event, capture),
        4_928 | 4_929 => various::replica(event, capture),
        7_045 => various::service(event, capture),
        1_202 | 1_203 => federation::logon(event, capture),
        _ => various::told(event, capture),
    })
}

/// Which event it was: enough to find it in its log.
fn evidence(event: &Event) -> Fields {
    let mut fields = Fields::sized(8);
    if event.id != 0 {
        fields.set("event_id", event.id);
    }
    fields.text("provider", event.provider.clone());
    fields.text("channel", event.channel.clone());
    fields.text("computer", event.computer.clone());
    fields.set_some("record_id", event.record_id);
    fields.set("time", event.time);
    if event.clock != Clock::Event {
        fields.set("clock", event.clock.name());
    }
    fields.set("format", event.format.name());
    fields.flag("unread", event.unread);
    fields.set_some("transaction_id", text(event, "transactionId"));
    fields
}

/// An activity of `event`, between nobody.
fn begin(kind: Kind, protocol: ProtocolId, event: &Event, capture: CaptureId) -> Activity {
    let nobody = Endpoint {
        ip: IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        port: 0,
        mac: None,
    };
    let flow = Flow {
        id: 0,
        transport: Transport::Tcp,
        client: nobody,
        server: nobody,
        tunnel: Tunnel::default(),
        capture,
        midstream: false,
    };
    let mut activity = Activity::new(kind, protocol, &flow, event.time);
    activity.origin = Origin::Event;
    activity
}

/// The client is at the address and port that the event names.
fn client(activity: &mut Activity, event: &Event) {
    let address = event.get("IpAddress").and_then(address);
    if let Some(ip) = address.filter(|ip| !ip.is_loopback()) {
        activity.client.ip = ip;
        let port = event.number("IpPort").and_then(|port| u16::try_from(port).ok());
        activity.client.port = port.unwrap_or(0);
    }
}

/// An address as events write it: IPv4 also as the IPv6 address that stands for it, IPv6 also with its zone.
fn address(text: &str) -> Option<IpAddr> {
    let text = text.split('%').next().unwrap_or(text);
    let ip: IpAddr = text.trim_matches(['[', ']']).parse().ok()?;
    Some(ip.to_canonical())
}

/// Who did it: the subject.
fn subject(activity: &mut Activity, event: &Event) {
    let observed = &mut activity.observed;
    observed.account = text(event, "SubjectUserName");
    observed.domain = text(event, "SubjectDomainName");
    sid::complete((&mut observed.account, &mut observed.domain), event, "SubjectUserSid");
    activity
        .details
        .set_some("subject_sid", sid::sid(event, "SubjectUserSid"));
    activity
        .details
        .set_some("subject_logon_id", text(event, "SubjectLogonId"));
}

/// Account and domain, of `DOMAIN\account` too. A UPN stays whole, as a client that wrote it to the mirror would have it: what stands before
/// its `@` need be nobody's sAMAccountName ([MS-ADTS] 5.1.1.1.1).
fn account(name: &str, domain: Option<&str>) -> (CompactString, Option<CompactString>) {
    if let Some((own, account)) = name.split_once('\\').filter(|(_, account)| !account.is_empty()) {
        let domain = domain.filter(|_| own.is_empty()).unwrap_or(own);
        return (account.into(), Some(domain.into()));
    }
    match name.rsplit_once('@') {
        Some((account, suffix)) if !account.is_empty() && !suffix.is_empty() => (name.into(), Some(suffix.into())),
        _ => (name.into(), domain.map(Into::into)),
    }
}

/// A client as a KDC writes it down, its realm behind it: `alice@LAB.EXAMPLE`, `alice@lab.example@LAB.EXAMPLE`.
fn principal<'a>(name: &'a str, domain: Option<&'a str>) -> (&'a str, Option<&'a str>) {
    match name.rsplit_once('@') {
        Some((account, realm)) if !account.is_empty() && !realm.is_empty() => (account, Some(realm)),
        _ => (name, domain),
    }
}

/// The account that the event is of.
fn actor(activity: &mut Activity, name: Option<&str>, domain: Option<&str>) {
    let Some(name) = name else { return };
    let (account, domain) = account(name, domain);
    activity.observed.account = Some(account);
    activity.observed.domain = domain;
}

/// A computer's name, without the backslashes before it.
fn host(event: &Event, name: &str) -> Option<CompactString> {
    let name = event.get(name)?.trim_start_matches('\\');
    (!name.is_empty()).then(|| name.into())
}

fn text(event: &Event, name: &str) -> Option<CompactString> {
    event.get(name).map(CompactString::new)
}

/// The NTSTATUS that the event ended with, in words.
fn conclude(activity: &mut Activity, status: u32) {
    activity.status = Some(Status {
        ntstatus: Some(status),
        ntstatus_name: ntstatus::name(status),
        ..Status::new(status.into(), ntstatus::name(status))
    });
    activity.failure_reason = FailureReason::of_ntstatus(status);
    activity.conclude(match status {
        0 => Outcome::Success,
        _ => Outcome::Failure,
    });
}

/// A status or code of 32 bits.
fn code(event: &Event, name: &str) -> Option<u32> {
    // Some senders write a status as a negative number.
    let signed = || event.get(name)?.parse::<i32>().ok();
    event
        .number(name)
        .and_then(|number| u32::try_from(number).ok())
        .or_else(|| signed().map(i32::cast_unsigned))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_come_in_three_forms() {
        let parts = |name, domain| {
            let (account, domain) = account(name, domain);
            (account.to_string(), domain.unwrap_or_default().to_string())
        };
        let expected = ("alice".to_owned(), "LAB".to_owned());
        assert_eq!(parts("alice", Some("LAB")), expected);
        assert_eq!(parts("LAB\\alice", None), expected);
        let upn = ("c.carter@example.com".to_owned(), "example.com".to_owned());
        assert_eq!(parts("c.carter@example.com", Some("LAB")), upn);
        assert_eq!(parts("@LAB", None), ("@LAB".to_owned(), String::new()));
        assert_eq!(principal("alice@LAB", Some("other")), ("alice", Some("LAB")));
        assert_eq!(principal("a@b@LAB", None), ("a@b", Some("LAB")));
        assert_eq!(principal("alice", Some("LAB")), ("alice", Some("LAB")));
    }

    #[test]
    fn addresses_come_in_many_forms() {
        for (text, ip) in [
            ("::ffff:10.77.0.20", "10.77.0.20"),
            ("10.77.0.20", "10.77.0.20"),
            ("fe80::1%12", "fe80::1"),
            ("[fd77::10]", "fd77::10"),
        ] {
            assert_eq!(address(text), ip.parse().ok(), "{text}");
        }
        assert_eq!(address("LOCAL"), None);
    }
}
