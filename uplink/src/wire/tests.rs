//! The hand-written encoding held against the generated types, in both directions.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use capture::{CaptureId, Endpoint, Flow, Hop, Mac, Timestamp, Transport, Tunnel};
use parsers::activity::{Activity, FailureReason, Kind, Outcome, Status};
use parsers::protocol::ProtocolId;
use proptest::prelude::{any, prop, prop_assert_eq, proptest};
use prost::Message;
use resolver::entity::{Certainty, Computer, Doubt, Entity, EntityKind, Evidence, Method, Tag};
use resolver::{Correlation, Resolved};

use super::encode;
use super::view::ActivityView;
use crate::proto;

/// An activity with every field set.
fn full() -> Resolved {
    let flow = Flow {
        id: 1,
        transport: Transport::Tcp,
        client: Endpoint {
            ip: IpAddr::V4(Ipv4Addr::new(10, 1, 2, 3)),
            port: 50_123,
            mac: Some(Mac([2, 0, 0, 0, 0, 7])),
        },
        server: Endpoint {
            ip: IpAddr::V6(Ipv6Addr::LOCALHOST),
            port: 445,
            mac: None,
        },
        tunnel: Tunnel([Hop::Vlan(12), Hop::Vlan(4_094)].into_iter().collect()),
        capture: CaptureId(0),
        midstream: false,
    };
    let mut activity = Activity::new(Kind::NtlmAuthenticate, ProtocolId::Ntlm, &flow, Timestamp(-5));
    activity.duration_us = Some(0);
    activity.carrier.0 = ["smb2".into(), "pipe:samr".into()].into_iter().collect();
    activity.conclude(Outcome::Failure);
    activity.status = Some(Status {
        ntstatus: Some(0xc000_006d),
        ntstatus_name: Some("STATUS_LOGON_FAILURE"),
        ..Status::new(-7, Some("NEGATIVE"))
    });
    activity.failure_reason = Some(FailureReason::WrongPassword);
    activity.count = 3;
    activity.end_time = Some(Timestamp(77));
    activity.observed.account = Some("jürgen".into());
    activity.observed.target_domain = Some("LAB".into());
    activity.observed.host = Some("h".into());
    activity.details.set("text", "Иван \"quoted\"");
    activity.details.list("numbers", [1_u8, 2, 3]);
    let entity = Entity {
        kind: EntityKind::User,
        name: "jürgen".into(),
        dn: Some(format!("CN={}", "x".repeat(200)).into()), // its length takes two bytes
        display_name: Some("Jürgen".into()),
        tags: [Tag::Sensitive, Tag::Honeytoken].into_iter().collect(),
        ..Entity::default()
    };
    let computer = Computer {
        name: "WS1".into(),
        os: Some("Windows".into()),
        tags: [Tag::DomainController, Tag::Own("vip".into())].into_iter().collect(),
        certainty: Certainty::High,
        doubts: [Doubt::Nat, Doubt::Stale].into_iter().collect(),
        evidence: vec![Evidence {
            method: Method::MachineLogon,
            name: "WS1$".into(),
            time: Timestamp(9),
        }],
        ..Computer::default()
    };
    Resolved {
        activity: Box::new(activity),
        actor: Some(Arc::new(entity.clone())),
        correlated: Some(Correlation::SmbSession),
        target: Some(Arc::new(entity)),
        source: Some(Arc::new(computer.clone())),
        destination: Some(Arc::new(computer)),
        waited: false,
    }
}

fn encoded(id: u64, resolved: &Resolved) -> Vec<u8> {
    let mut buffer = vec![0xaa]; // appended to, not written over
    encode(id, resolved, "mirror0", &mut buffer);
    buffer.split_off(1)
}

#[test]
fn the_generated_types_read_every_field_and_write_the_same_bytes() {
    let bytes = encoded(42, &full());
    let activity = proto::Activity::decode(bytes.as_slice()).unwrap();
    assert_eq!(activity.encode_to_vec(), bytes);
    assert_eq!((activity.id, activity.time, activity.duration_us), (42, -5, Some(0)));
    assert_eq!(
        (activity.kind.as_str(), activity.action_type.as_str()),
        ("ntlm_authenticate", "LogonFailed")
    );
    assert_eq!(
        (activity.carrier.join("/"), activity.tunnel.join("/")),
        ("smb2/pipe:samr".into(), "vlan:12/vlan:4094".into())
    );
    assert_eq!(
        activity.client.as_ref().unwrap().ip.as_slice(),
        [10, 1, 2, 3].as_slice()
    );
    assert_eq!(activity.server.as_ref().unwrap().ip.len(), 16);
    let status = activity.status.as_ref().unwrap();
    assert_eq!(
        (status.code, status.ntstatus, status.name.as_str()),
        (-7, Some(0xc000_006d), "NEGATIVE")
    );
    assert_eq!(
        (activity.count, activity.end_time, activity.outcome()),
        (3, 77, proto::Outcome::Failure)
    );
    assert_eq!(activity.observed.as_ref().unwrap().account, "jürgen");
    assert_eq!(activity.actor.as_ref().unwrap().tags, ["sensitive", "honeytoken"]);
    assert_eq!(activity.actor.as_ref().unwrap().dn.len(), 203);
    assert_eq!(activity.source.as_ref().unwrap().evidence[0].method, "machine_logon");
    assert_eq!(activity.source.as_ref().unwrap().tags, ["domain_controller", "vip"]);
    assert_eq!(activity.correlated, "smb_session");
    assert_eq!(activity.details, r#"{"text":"Иван \"quoted\"","numbers":[1,2,3]}"#);
}

#[test]
fn the_view_lends_what_was_written() {
    let bytes = encoded(42, &full());
    let view = ActivityView::read(&bytes).unwrap();
    assert_eq!(
        (view.id, view.time, view.duration_us, view.end_time),
        (42, -5, Some(0), Some(77))
    );
    assert_eq!(
        (view.kind, view.protocol, view.capture),
        ("ntlm_authenticate", "ntlm", "mirror0")
    );
    assert_eq!((view.client.port, view.client.mac), (50_123, Some([2, 0, 0, 0, 0, 7])));
    assert_eq!(
        (view.server.ip, view.server.mac),
        (Some(IpAddr::V6(Ipv6Addr::LOCALHOST)), None)
    );
    let status = view.status.unwrap();
    assert_eq!((status.code, status.ntstatus), (-7, Some(0xc000_006d)));
    assert_eq!(
        (view.observed.account, view.observed.target_domain, view.observed.host),
        ("jürgen", "LAB", "h")
    );
    assert_eq!((view.target.display_name, view.target.tags.len()), ("Jürgen", 2));
    assert_eq!(view.correlated, "smb_session");
    let mut tags = Vec::new();
    view.source.tags(|tag| tags.push(tag));
    assert_eq!(tags, ["domain_controller", "vip"]);
    let mut evidence = Vec::new();
    view.destination
        .evidence(|reason| evidence.push((reason.method, reason.name, reason.time)));
    let mut doubts = Vec::new();
    view.destination.doubts(|doubt| doubts.push(doubt));
    assert_eq!(doubts, ["nat", "stale"]);
    assert_eq!(
        (view.destination.certainty, evidence),
        ("high", vec![("machine_logon", "WS1$", 9)])
    );
    assert_eq!(
        (view.outcome, view.transport, view.count),
        (proto::Outcome::Failure, proto::Transport::Tcp, 3)
    );
}

#[test]
fn what_is_absent_takes_no_bytes() {
    let mut resolved = full();
    resolved.activity.status = None;
    resolved.activity.observed = parsers::activity::Observed::default();
    resolved.activity.details = parsers::fields::Fields::new();
    resolved.activity.count = 1;
    (resolved.actor, resolved.source) = (None, None);
    let bytes = encoded(1, &resolved);
    let activity = proto::Activity::decode(bytes.as_slice()).unwrap();
    assert_eq!(
        (activity.status, activity.observed, activity.actor, activity.source),
        (None, None, None, None)
    );
    assert_eq!((activity.details.as_str(), activity.count), ("", 0));
    assert_eq!(ActivityView::read(&bytes).unwrap().count, 1);
}

proptest! {
    #[test]
    fn numbers_and_texts_of_any_size_survive(
        id in any::<u64>(), time in any::<i64>(), code in any::<i64>(), account in ".{0,300}", padding in 0_usize..40_000,
    ) {
        let mut resolved = full();
        resolved.activity.time = Timestamp(time);
        resolved.activity.status = Some(Status::new(code, None));
        resolved.activity.observed.account = Some(account.as_str().into());
        resolved.activity.details.set("padding", "x".repeat(padding));
        let bytes = encoded(id, &resolved);
        let activity = proto::Activity::decode(bytes.as_slice()).unwrap();
        prop_assert_eq!(&activity.encode_to_vec(), &bytes);
        let view = ActivityView::read(&bytes).unwrap();
        prop_assert_eq!((view.id, view.time, view.status.unwrap().code), (id, time, code));
        prop_assert_eq!(view.observed.account, account);
        prop_assert_eq!(view.details, activity.details);
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = ActivityView::read(&bytes);
    }

    #[test]
    fn what_the_view_reads_the_generated_types_read_too(at in any::<prop::sample::Index>(), value in any::<u8>()) {
        let mut bytes = encoded(42, &full());
        let at = at.index(bytes.len());
        bytes[at] = value;
        if let (Ok(view), Ok(activity)) = (ActivityView::read(&bytes), proto::Activity::decode(bytes.as_slice())) {
            prop_assert_eq!((view.id, view.time, view.kind), (activity.id, activity.time, activity.kind.as_str()));
            prop_assert_eq!(view.details, activity.details);
        }
    }
}
