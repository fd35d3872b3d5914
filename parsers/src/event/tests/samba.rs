//! What Samba's controllers audit: records of Samba 4.17, as it wrote them.

use capture::CaptureId;
use serde_json::Value as Json;

use super::activities::{printed, same};
use super::event;
use crate::event::{Arrival, Clock, Format, activity, read};

const KDC: &str = r#"{"timestamp": "2026-11-20T23:21:06.900598+0000", "type": "Authentication", "Authentication": {"version": {"major": 1, "minor": 2}, "eventId": 4624, "logonId": "4612fa56131d2040", "logonType": 3, "status": "NT_STATUS_OK", "localAddress": null, "remoteAddress": "ipv4:10.77.0.50:42445", "serviceDescription": "Kerberos KDC", "authDescription": "ENC-TS Pre-authentication", "clientDomain": null, "clientAccount": "adm@LAB.EXAMPLE", "workstation": null, "becameAccount": "adm", "becameDomain": "LAB", "becameSid": "S-1-5-21-2822033801-3597859766-591869691-1118", "mappedAccount": "adm", "mappedDomain": "LAB", "netlogonComputer": null, "netlogonTrustAccount": null, "netlogonNegotiateFlags": "0x00000000", "netlogonSecureChannelType": 0, "netlogonTrustAccountSid": null, "passwordType": "aes256-cts-hmac-sha1-96", "duration": 30646}}"#;
const SIMPLE_BIND: &str = r#"{"timestamp": "2026-11-20T23:20:23.447920+0000", "type": "Authentication", "Authentication": {"version": {"major": 1, "minor": 2}, "eventId": 4625, "logonId": "0", "logonType": 8, "status": "NT_STATUS_WRONG_PASSWORD", "localAddress": "ipv6:fd77::10:389", "remoteAddress": "ipv6:fd77::50:40178", "serviceDescription": "LDAP", "authDescription": "simple bind", "clientDomain": "LAB", "clientAccount": "bob@lab.example", "workstation": "DC1", "becameAccount": null, "becameDomain": null, "becameSid": null, "mappedAccount": "bob", "mappedDomain": "LAB", "netlogonComputer": null, "netlogonTrustAccount": null, "netlogonNegotiateFlags": "0x00000000", "netlogonSecureChannelType": 0, "netlogonTrustAccountSid": null, "passwordType": "Plaintext", "duration": 3274}}"#;
const NTLM: &str = r#"{"timestamp": "2026-11-20T23:20:47.360812+0000", "type": "Authentication", "Authentication": {"version": {"major": 1, "minor": 2}, "eventId": 4625, "logonId": "0", "logonType": 3, "status": "NT_STATUS_WRONG_PASSWORD", "localAddress": "ipv4:10.77.0.10:389", "remoteAddress": "ipv4:10.77.0.50:37318", "serviceDescription": "LDAP", "authDescription": "NTLMSSP", "clientDomain": "LAB", "clientAccount": "alice", "workstation": "CLIENT", "becameAccount": null, "becameDomain": null, "becameSid": null, "mappedAccount": "alice", "mappedDomain": "LAB", "netlogonComputer": null, "netlogonTrustAccount": null, "netlogonNegotiateFlags": "0x00000000", "netlogonSecureChannelType": 0, "netlogonTrustAccountSid": null, "passwordType": "NTLMv2", "duration": 16254}}"#;
const SAM_LOGON: &str = r#"{"timestamp": "2026-11-20T23:20:39.045080+0000", "type": "Authentication", "Authentication": {"version": {"major": 1, "minor": 2}, "eventId": 4624, "logonId": "a058bfc7c78c0a43", "logonType": 3, "status": "NT_STATUS_OK", "localAddress": "ipv4:10.77.0.10:49152", "remoteAddress": "ipv4:10.77.0.60:56494", "serviceDescription": "SamLogon", "authDescription": "network", "clientDomain": "LAB", "clientAccount": "bob", "workstation": "\\\\CLIENT", "becameAccount": "bob", "becameDomain": "LAB", "becameSid": "S-1-5-21-2822033801-3597859766-591869691-1104", "mappedAccount": "bob", "mappedDomain": "LAB", "netlogonComputer": "SRV1", "netlogonTrustAccount": "SRV1$", "netlogonNegotiateFlags": "0x610FFFFF", "netlogonSecureChannelType": 2, "netlogonTrustAccountSid": "S-1-5-21-2822033801-3597859766-591869691-1124", "passwordType": "NTLMv2", "duration": 4885}}"#;
const SAMR_PASSWORD: &str = r#"{"timestamp": "2026-11-20T23:21:31.289096+0000", "type": "Authentication", "Authentication": {"version": {"major": 1, "minor": 2}, "eventId": 4624, "logonId": "0", "logonType": 3, "status": "NT_STATUS_OK", "localAddress": "ipv4:10.77.0.10:445", "remoteAddress": "ipv4:10.77.0.50:52120", "serviceDescription": "SAMR Password Change", "authDescription": "samr_ChangePasswordUser4", "clientDomain": "LAB", "clientAccount": "carol", "workstation": null, "becameAccount": "carol", "becameDomain": "LAB", "becameSid": "S-1-5-21-2822033801-3597859766-591869691-1105", "mappedAccount": "carol", "mappedDomain": "LAB", "netlogonComputer": null, "netlogonTrustAccount": null, "netlogonNegotiateFlags": "0x00000000", "netlogonSecureChannelType": 0, "netlogonTrustAccountSid": null, "passwordType": "AES using NTLM-hash"}}"#;
const PASSWORD: &str = r#"{"timestamp": "2026-11-20T23:20:55.263629+0000", "type": "passwordChange", "passwordChange": {"version": {"major": 1, "minor": 1}, "eventId": 4724, "statusCode": 0, "status": "Success", "remoteAddress": "ipv4:10.77.0.50:56056", "userSid": "S-1-5-21-2822033801-3597859766-591869691-1118", "dn": "CN=newguy,OU=Staff,DC=lab,DC=example", "action": "Reset", "transactionId": "12dd61fb-18a1-4034-8bb7-f0e38e305a66", "sessionId": "2c365901-2dbb-4309-b26a-fb6995b4110b"}}"#;
const PASSWORD_OBJECT: &str = r#"{"timestamp": "2026-11-20T23:20:55.263594+0000", "type": "dsdbChange", "dsdbChange": {"version": {"major": 1, "minor": 0}, "statusCode": 0, "status": "Success", "operation": "Modify", "remoteAddress": "ipv4:10.77.0.50:56056", "performedAsSystem": false, "userSid": "S-1-5-21-2822033801-3597859766-591869691-1118", "dn": "CN=newguy,OU=Staff,DC=lab,DC=example", "transactionId": "12dd61fb-18a1-4034-8bb7-f0e38e305a66", "sessionId": "2c365901-2dbb-4309-b26a-fb6995b4110b", "attributes": {"unicodePwd": {"actions": [{"action": "replace", "redacted": true}]}}}}"#;
const GROUP: &str = r#"{"timestamp": "2026-11-20T23:21:26.178332+0000", "type": "groupChange", "groupChange": {"version": {"major": 1, "minor": 1}, "eventId": 4728, "statusCode": 0, "status": "Success", "action": "Added", "remoteAddress": "ipv4:10.77.0.50:52062", "userSid": "S-1-5-21-2822033801-3597859766-591869691-1118", "group": "CN=Domain Admins,CN=Users,DC=lab,DC=example", "transactionId": "416a2c5d-1780-4232-8fe0-875fce32b77b", "sessionId": "f1629ade-dca8-494e-8db9-313c10ad92f2", "user": "CN=tmpuser1,CN=Users,DC=lab,DC=example"}}"#;
const GROUP_OBJECT: &str = r#"{"timestamp": "2026-11-20T23:21:26.178490+0000", "type": "dsdbChange", "dsdbChange": {"version": {"major": 1, "minor": 0}, "statusCode": 0, "status": "Success", "operation": "Modify", "remoteAddress": "ipv4:10.77.0.50:52062", "performedAsSystem": false, "userSid": "S-1-5-21-2822033801-3597859766-591869691-1118", "dn": "CN=Domain Admins,CN=Users,DC=lab,DC=example", "transactionId": "416a2c5d-1780-4232-8fe0-875fce32b77b", "sessionId": "f1629ade-dca8-494e-8db9-313c10ad92f2", "attributes": {"member": {"actions": [{"action": "add", "values": [{"value": "<GUID=d190f3ab-7b93-4bd5-bc79-25c9842c443d>;<SID=S-1-5-21-2822033801-3597859766-591869691-1127>;CN=tmpuser1,CN=Users,DC=lab,DC=example"}]}]}}}}"#;
const ADDED: &str = r#"{"timestamp": "2026-11-20T23:21:25.296246+0000", "type": "dsdbChange", "dsdbChange": {"version": {"major": 1, "minor": 0}, "statusCode": 0, "status": "Success", "operation": "Add", "remoteAddress": "ipv4:10.77.0.50:52052", "performedAsSystem": false, "userSid": "S-1-5-21-2822033801-3597859766-591869691-1118", "dn": "CN=tmpuser1,CN=Users,DC=lab,DC=example", "transactionId": "220b8ac5-1695-4647-a4bb-ded075fc4629", "sessionId": "67723089-dcea-4a93-b564-28a93ab9c762", "attributes": {"objectClass": {"actions": [{"action": "add", "values": [{"value": "user"}]}]}, "sAMAccountName": {"actions": [{"action": "add", "values": [{"value": "tmpuser1"}]}]}, "userAccountControl": {"actions": [{"action": "add", "values": [{"value": "546"}]}]}}}}"#;
const DELETED: &str = r#"{"timestamp": "2026-11-20T23:21:28.550995+0000", "type": "dsdbChange", "dsdbChange": {"version": {"major": 1, "minor": 0}, "statusCode": 0, "status": "Success", "operation": "Delete", "remoteAddress": "ipv4:10.77.0.50:52090", "performedAsSystem": false, "userSid": "S-1-5-21-2822033801-3597859766-591869691-1118", "dn": "CN=tmpuser1,CN=Users,DC=lab,DC=example", "transactionId": "d26efabb-9aa4-4a61-84ca-2d4e62521d88", "sessionId": "4927a41b-4e4c-4ccb-a6f5-3aa6dabd7087"}}"#;
const HOUSEKEEPING: &str = r#"{"timestamp": "2026-11-20T23:20:23.409705+0000", "type": "dsdbChange", "dsdbChange": {"version": {"major": 1, "minor": 0}, "statusCode": 0, "status": "Success", "operation": "Modify", "remoteAddress": null, "performedAsSystem": false, "userSid": "S-1-5-18", "dn": "CN=alice,OU=Staff,DC=lab,DC=example", "transactionId": "d530b37c-6614-42fe-a8d9-668b4a53896b", "sessionId": "6bc0b6b7-d096-4a21-8890-bd0deba7cea0", "attributes": {"lastLogon": {"actions": [{"action": "replace", "values": [{"value": "134396904234093570"}]}]}, "logonCount": {"actions": [{"action": "replace", "values": [{"value": "11"}]}]}}}}"#;
const SERVER_AUTHENTICATE: &str = r#"{"timestamp": "2026-11-20T23:20:03.692738+0000", "type": "Authentication", "Authentication": {"version": {"major": 1, "minor": 2}, "eventId": 4624, "logonId": "0", "logonType": 3, "status": "NT_STATUS_OK", "localAddress": "ipv4:10.77.0.10:445", "remoteAddress": "ipv4:10.77.0.60:39646", "serviceDescription": "NETLOGON", "authDescription": "ServerAuthenticate", "clientDomain": "LAB", "clientAccount": "SRV1$", "workstation": null, "becameAccount": "SRV1$", "becameDomain": "LAB", "becameSid": "S-1-5-21-2822033801-3597859766-591869691-1124", "mappedAccount": "SRV1$", "mappedDomain": null, "netlogonComputer": "SRV1", "netlogonTrustAccount": "SRV1$", "netlogonNegotiateFlags": "0x610FFFFF", "netlogonSecureChannelType": 2, "netlogonTrustAccountSid": "S-1-5-21-2822033801-3597859766-591869691-1124", "passwordType": "HMAC-SHA256"}}"#;
const BINARY: &str = r#"{"timestamp": "2026-11-20T23:21:07.014156+0000", "type": "dsdbChange", "dsdbChange": {"version": {"major": 1, "minor": 0}, "statusCode": 0, "status": "Success", "operation": "Add", "remoteAddress": "ipv4:10.77.0.50:46754", "performedAsSystem": false, "userSid": "S-1-5-21-2822033801-3597859766-591869691-1118", "dn": "DC=wpad,DC=lab.example,CN=MicrosoftDNS,DC=DomainDnsZones,DC=lab,DC=example", "transactionId": "492c49e4-c0cc-43b6-9e44-a1a56bf12dd0", "sessionId": "1637ae16-67a2-48f4-b219-ffb145fc7543", "attributes": {"dnsRecord": {"actions": [{"action": "add", "values": [{"base64": true, "value": "BAABAAXwAAADAAAAAAADhAAAAAAAAAAACk0AQg=="}]}]}, "objectClass": {"actions": [{"action": "add", "values": [{"value": "dnsNode"}]}]}}}}"#;

/// Every record of these.
pub(super) const RECORDS: [&str; 14] = [
    KDC,
    SIMPLE_BIND,
    NTLM,
    SAM_LOGON,
    SAMR_PASSWORD,
    PASSWORD,
    PASSWORD_OBJECT,
    GROUP,
    GROUP_OBJECT,
    ADDED,
    DELETED,
    HOUSEKEEPING,
    SERVER_AUTHENTICATE,
    BINARY,
];

fn told(record: &str) -> Option<Json> {
    activity(&event(record), CaptureId(0)).map(|activity| printed(&activity))
}

#[test]
fn a_record_is_an_event_of_samba() {
    let kdc = event(KDC);
    let expected = (4_624, "Samba", "Authentication", Format::Samba, Clock::Event);
    let told = (
        kdc.id,
        kdc.provider.as_str(),
        kdc.channel.as_str(),
        kdc.format,
        kdc.clock,
    );
    assert_eq!(told, expected);
    assert_eq!(kdc.time.to_string(), "2026-11-20T23:21:06.900598Z");
    assert_eq!(kdc.get("clientAccount"), Some("adm@LAB.EXAMPLE"));
    assert_eq!(kdc.get("workstation"), None, "null is nothing");
    assert_eq!(
        event(GROUP_OBJECT).id,
        0,
        "a change of an object is no event of Windows"
    );
}

#[test]
fn the_controller_is_named_by_the_header() {
    for header in [
        "<13>Nov 20 23:21:06 dc1 samba: ",
        "<13>1 2026-11-20T23:21:06Z dc1 samba - - -   ",
        "<13>Nov 20 23:21:06 dc1 JSON Authentication: ",
    ] {
        let headed = event(&format!("{header}{KDC}"));
        assert_eq!((headed.computer.as_str(), headed.id), ("dc1", 4_624), "{header}");
        assert_eq!(headed.data, event(KDC).data);
    }
}

#[test]
fn records_are_told() {
    for (name, record) in [
        ("samba_kdc", KDC),
        ("samba_simple_bind", SIMPLE_BIND),
        ("samba_ntlm", NTLM),
        ("samba_sam_logon", SAM_LOGON),
        ("samba_samr_password", SAMR_PASSWORD),
        ("samba_password", PASSWORD),
        ("samba_password_object", PASSWORD_OBJECT),
        ("samba_group", GROUP),
        ("samba_group_object", GROUP_OBJECT),
        ("samba_added", ADDED),
        ("samba_deleted", DELETED),
        ("samba_server_authenticate", SERVER_AUTHENTICATE),
        ("samba_binary", BINARY),
    ] {
        same(name, &told(record).unwrap());
    }
}

#[test]
fn what_a_controller_does_to_its_own_is_no_activity() {
    assert_eq!(told(HOUSEKEEPING), None, "lastLogon and badPwdCount");
    let local = GROUP.replace("ipv4:10.77.0.50:52062", "unix:");
    assert_eq!(told(&local), None);
    let own = GROUP.replace("CN=Domain Admins", "CN=tmpuser1");
    assert_eq!(told(&own), None, "a new account is no group that it joins");
    for other in [
        "dsdbTransaction",
        "replicatedUpdate",
        "Authorization",
        "KDC Authorization",
    ] {
        let record = GROUP.replace("groupChange", other);
        assert_eq!(event(&record).format, Format::Samba);
        assert_eq!(told(&record), None, "{other}");
    }
}

#[test]
fn names_are_told_as_clients_know_them() {
    let account = |record: &str| told(record).unwrap()["observed"]["account"].clone();
    let enterprise = KDC.replace("adm@LAB.EXAMPLE", r"alice\\@lab.example@LAB.EXAMPLE");
    assert_eq!(account(&enterprise), "alice@lab.example");
    let by_dn = SIMPLE_BIND.replace("bob@lab.example", "CN=bob,OU=Staff,DC=lab,DC=example");
    assert_eq!(account(&by_dn), "bob");
}

#[test]
fn what_was_refused_has_no_name() {
    let refused = GROUP
        .replace("\"statusCode\": 0", "\"statusCode\": 50")
        .replace("\"Success\"", "\"Insufficient access rights\"");
    let told = told(&refused).unwrap();
    assert_eq!(
        (told["outcome"].as_str(), told.get("action_type")),
        (Some("failure"), None)
    );
    assert_eq!(told["details"]["status_name"], "Insufficient access rights");
}

#[test]
fn secrets_and_octets_are_no_values() {
    for record in [PASSWORD_OBJECT, BINARY] {
        let told = told(record).unwrap();
        assert!(told["details"]["changes"][0].get("values").is_none(), "{told}");
    }
    let laps = GROUP_OBJECT.replace("\"member\"", "\"ms-Mcs-AdmPwd\"");
    assert!(!told(&laps).unwrap().to_string().contains("tmpuser1"));
}

#[test]
fn changes_of_many_values_are_counted_and_cut() {
    let value = |number: u32| format!("{{\"value\": \"CN=user{number},DC=lab\"}}");
    let values: Vec<_> = (0..500).map(value).collect();
    let (before, after) = GROUP_OBJECT.split_once("\"values\": [").unwrap();
    let after = after.split_once(']').unwrap().1;
    let told = told(&format!("{before}\"values\": [{}]{after}", values.join(", "))).unwrap();
    let change = &told["details"]["changes"][0];
    assert_eq!(
        (change["values"].as_array().unwrap().len(), &change["count"]),
        (8, &Json::from(500))
    );
}

#[test]
fn records_of_any_depth_end() {
    for nested in [
        "\"attributes\": {\"a\": {\"actions\": [",
        "\"x\": [",
        "\"attributes\": [",
    ] {
        let deep = format!("{{\"type\": \"dsdbChange\", \"dsdbChange\": {{{}", nested.repeat(1_000));
        assert!(read(deep.as_bytes(), &Arrival::default()).is_err());
    }
}
