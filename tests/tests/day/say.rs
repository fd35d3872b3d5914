//! What the sensor's parsers say of what a host does: the fields that addresses are learnt from.

use std::net::IpAddr;

use capture::{CaptureId, Endpoint, Flow, Timestamp, Transport, Tunnel};
use parsers::activity::{Activity, Kind, Outcome};
use parsers::fields::{Fields, Value};
use parsers::protocol::ProtocolId;
use parsers::sighting::Sighting;

const CONTROLLER: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 10));

fn activity(kind: Kind, client: IpAddr, time: Timestamp) -> Activity {
    let end = |ip, port| Endpoint { ip, port, mac: None };
    let flow = Flow {
        id: 1,
        transport: Transport::Tcp,
        client: end(client, 50_000),
        server: end(CONTROLLER, 88),
        tunnel: Tunnel::default(),
        capture: CaptureId(0),
        midstream: false,
    };
    let mut activity = Activity::new(kind, ProtocolId::Kerberos, &flow, time);
    activity.outcome = Outcome::Success;
    activity
}

fn by(mut activity: Activity, account: &str, domain: &str) -> Activity {
    activity.observed.account = Some(account.into());
    activity.observed.domain = Some(domain.into());
    activity
}

fn record(name: &str, kind: &'static str, data: &str) -> Value {
    let mut record = Fields::new();
    record.set("name", name.to_owned());
    record.set("type", kind);
    record.set("ttl", 1_200);
    record.set("data", data.to_owned());
    Value::Map(record)
}

/// An LDAP ping that names its host.
pub(crate) fn ping(ip: IpAddr, name: &str, time: Timestamp) -> Activity {
    let mut ping = activity(Kind::CldapPing, ip, time);
    ping.details.set("host", name.to_owned());
    ping
}

/// The machine's own AS exchange.
pub(crate) fn machine(ip: IpAddr, name: &str, time: Timestamp) -> Activity {
    by(activity(Kind::KerberosAs, ip, time), &format!("{name}$"), "LAB.EXAMPLE")
}

/// A TGS exchange.
pub(crate) fn ticket(ip: IpAddr, account: &str, time: Timestamp) -> Activity {
    by(activity(Kind::KerberosTgs, ip, time), account, "LAB.EXAMPLE")
}

/// A user's AS exchange, with the host's NetBIOS name among its addresses.
pub(crate) fn logon(ip: IpAddr, user: &str, name: &str, time: Timestamp) -> Activity {
    let mut logon = by(activity(Kind::KerberosAs, ip, time), user, "LAB.EXAMPLE");
    let mut address = Fields::new();
    address.set("type", 20);
    address.set("address", format!("{name:<16}"));
    logon.details.set("addresses", vec![Value::Map(address)]);
    logon
}

/// A user's NTLM logon.
pub(crate) fn ntlm(ip: IpAddr, user: &str, name: &str, time: Timestamp) -> Activity {
    let mut ntlm = by(activity(Kind::NtlmAuthenticate, ip, time), user, "LAB");
    ntlm.observed.workstation = Some(name.into());
    ntlm
}

/// A registration with the NetBIOS name server.
pub(crate) fn register(ip: IpAddr, name: &str, time: Timestamp) -> Activity {
    let mut register = activity(Kind::Nbns, ip, time);
    register.duration_us = Some(700);
    let mut address = Fields::new();
    address.set("address", ip.to_string());
    register.details.set("operation", "registration");
    register.details.set("name", name.to_owned());
    register.details.set("suffix", 0);
    register.details.set("registers", vec![Value::Map(address)]);
    register
}

/// A signed registration of the own address.
pub(crate) fn update(ip: IpAddr, name: &str, time: Timestamp) -> Activity {
    let mut update = activity(Kind::DnsUpdate, ip, time);
    let name = format!("{}.lab.example", name.to_lowercase());
    update.details.set("added", vec![record(&name, "A", &ip.to_string())]);
    update.details.set("tsig_key", "1234-ms-7.1-5678.dc1.lab.example");
    update
}

/// An answer of DNS, an address or a pointer record.
pub(crate) fn answer(ip: IpAddr, name: &str, address: IpAddr, pointer: bool, time: Timestamp) -> Activity {
    let mut query = activity(Kind::DnsQuery, ip, time);
    let name = format!("{name}.lab.example");
    let answer = match (pointer, address) {
        (true, IpAddr::V4(v4)) => {
            let [a, b, c, d] = v4.octets();
            record(&format!("{d}.{c}.{b}.{a}.in-addr.arpa"), "PTR", &name)
        }
        _ => record(&name, "A", &address.to_string()),
    };
    query.details.set("answers", vec![answer]);
    query
}

/// A search that names nobody.
pub(crate) fn search(ip: IpAddr, time: Timestamp) -> Activity {
    activity(Kind::LdapSearch, ip, time)
}

/// An Accounting-Request of the VPN gateway, told with the session's address as its client for the sake of the score.
pub(crate) fn accounting(ip: IpAddr, user: &str, status: i64, time: Timestamp) -> Activity {
    let mut report = by(activity(Kind::VpnConnection, ip, time), user, "LAB");
    report.details.set("user", format!("LAB\\{user}"));
    report.details.set("status_type", status);
    report.details.set("framed_ip", ip.to_string());
    report.details.set("nas_port_type", 5);
    report
}

/// Whether it goes over TCP.
pub(crate) const fn is_connection(activity: &Activity) -> bool {
    !matches!(
        activity.kind,
        Kind::CldapPing | Kind::DnsQuery | Kind::DnsUpdate | Kind::Nbns | Kind::VpnConnection
    )
}

/// A sighting at `time`.
pub(crate) fn sighted(sighting: Sighting, time: Timestamp) -> Sighting {
    Sighting { time, ..sighting }
}
