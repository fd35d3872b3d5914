//! What each event becomes.

use capture::CaptureId;
use serde_json::{Value as Json, json};

use super::{XML, event};
use crate::event::activity;
use crate::json::Object;

/// The activity of an event of `id` with `data`, as it is printed.
fn said(id: u32, provider: &str, data: &[(&str, &str)]) -> Json {
    let data: String = data
        .iter()
        .map(|(name, value)| {
            format!(
                "<Data Name=\"{name}\">{}</Data>",
                value.replace('&', "&amp;").replace('<', "&lt;")
            )
        })
        .collect();
    let xml = format!(
        "<Event><System><Provider Name=\"{provider}\"/><EventID>{id}</EventID><TimeCreated SystemTime=\"2026-11-20T08:15:30Z\"/>\
         <EventRecordID>7</EventRecordID><Channel>Security</Channel><Computer>dc1.lab.example</Computer></System>\
         <EventData>{data}</EventData></Event>"
    );
    printed(&activity(&event(&xml), CaptureId(0)).unwrap())
}

pub(super) fn printed(activity: &crate::activity::Activity) -> Json {
    let mut out = Vec::new();
    let mut object = Object::begin(&mut out);
    activity.write_json(&mut object, "events");
    object.entry("details", &activity.details);
    object.end();
    serde_json::from_slice(&out).unwrap()
}

/// Holds `said` against the snapshot called so, in the order of names: whether JSON keeps its own depends on what else is built.
#[track_caller]
pub(super) fn same(name: &str, said: &Json) {
    insta::with_settings!({sort_maps => true}, { insta::assert_json_snapshot!(name, said) });
}

const SUBJECT: [(&str, &str); 4] = [
    ("SubjectUserSid", "S-1-5-21-1-2-3-500"),
    ("SubjectUserName", "admin"),
    ("SubjectDomainName", "LAB"),
    ("SubjectLogonId", "0x27a79"),
];

fn by_admin<'a>(data: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    SUBJECT.iter().chain(data).copied().collect()
}

const SECURITY: &str = "Microsoft-Windows-Security-Auditing";

#[test]
fn logons_are_told() {
    let validated = printed(&activity(&event(XML), CaptureId(0)).unwrap());
    same("validated", &validated);
    let audited = said(
        8_004,
        "Microsoft-Windows-NTLM",
        &[
            ("SChannelName", "FS1"),
            ("UserName", "alice"),
            ("DomainName", "LAB"),
            ("WorkstationName", "WS1"),
            ("SChannelType", "2"),
        ],
    );
    same("audited", &audited);
    let refused = said(
        4_625,
        SECURITY,
        &[
            ("TargetUserName", "alice"),
            ("TargetDomainName", "LAB"),
            ("Status", "0xc000006d"),
            ("SubStatus", "0xc0000064"),
            ("LogonType", "3"),
            ("AuthenticationPackageName", "NTLM"),
            ("LmPackageName", "NTLM V2"),
            ("WorkstationName", "WS1"),
            ("IpAddress", "::ffff:10.77.0.20"),
            ("IpPort", "49712"),
        ],
    );
    same("refused", &refused);
}

#[test]
fn tickets_are_told() {
    let given = said(
        4_768,
        SECURITY,
        &[
            ("TargetUserName", "alice"),
            ("TargetDomainName", "LAB.EXAMPLE"),
            ("TargetSid", "S-1-5-21-1-2-3-1104"),
            ("ServiceName", "krbtgt"),
            ("TicketOptions", "0x40810010"),
            ("Status", "0x0"),
            ("TicketEncryptionType", "0x12"),
            ("PreAuthType", "2"),
            ("IpAddress", "::ffff:10.77.0.20"),
            ("IpPort", "49713"),
        ],
    );
    same("given", &given);
    let failed = said(
        4_771,
        SECURITY,
        &[
            ("TargetUserName", "alice"),
            ("ServiceName", "krbtgt/LAB"),
            ("Status", "0x18"),
            ("PreAuthType", "2"),
        ],
    );
    assert_eq!(failed["kind"], "kerberos_as");
    assert_eq!(failed["failure_reason"], "WrongPassword");
    assert_eq!(failed["status"]["name"], "KDC_ERR_PREAUTH_FAILED");
    let service = said(
        4_769,
        SECURITY,
        &[
            ("TargetUserName", "alice@LAB.EXAMPLE"),
            ("TargetDomainName", "LAB.EXAMPLE"),
            ("ServiceName", "FS1$"),
            ("ServiceSid", "S-1-5-21-1-2-3-1110"),
            ("TicketEncryptionType", "0x17"),
            ("Status", "0x0"),
        ],
    );
    same("service", &service);
}

#[test]
fn changes_are_told() {
    let added = said(
        4_728,
        SECURITY,
        &by_admin(&[
            ("MemberName", "CN=mallory,CN=Users,DC=lab,DC=example"),
            ("MemberSid", "S-1-5-21-1-2-3-1105"),
            ("TargetUserName", "Domain Admins"),
            ("TargetDomainName", "LAB"),
            ("TargetSid", "S-1-5-21-1-2-3-512"),
            ("PrivilegeList", "-"),
        ]),
    );
    same("member_added", &added);
    let target = [
        ("TargetUserName", "old"),
        ("TargetDomainName", "LAB"),
        ("TargetSid", "S-1-5-21-1-2-3-1106"),
    ];
    for (id, operation, class, action) in [
        (4_726, "deleted", "user", "Security Principal deleted changed"),
        (4_730, "deleted", "group", "Security Principal deleted changed"),
        (4_740, "locked_out", "user", "Account Locked changed"),
        (4_741, "created", "computer", "Security Principal created"),
        (4_743, "deleted", "computer", "Security Principal deleted changed"),
        (4_753, "deleted", "group", "Security Principal deleted changed"),
        (4_758, "deleted", "group", "Security Principal deleted changed"),
        (4_729, "member_removed", "group", "Group Membership changed"),
        (4_732, "member_added", "group", "Group Membership changed"),
        (4_733, "member_removed", "group", "Group Membership changed"),
        (4_756, "member_added", "group", "Group Membership changed"),
        (4_757, "member_removed", "group", "Group Membership changed"),
        (4_763, "deleted", "group", "Security Principal deleted changed"),
    ] {
        let change = said(id, SECURITY, &by_admin(&target));
        let details = &change["details"];
        assert_eq!(
            (
                &details["operation"],
                &details["object_class"],
                &change["action_type"],
                &change["kind"]
            ),
            (
                &json!(operation),
                &json!(class),
                &json!(action),
                &json!("directory_change")
            ),
            "{id}"
        );
        assert_eq!(change["observed"]["target_account"], "old");
    }
}

#[test]
fn values_are_told_of_tracked_attributes_alone() {
    let change = |attribute, value| {
        said(
            5_136,
            SECURITY,
            &by_admin(&[
                ("ObjectDN", "CN=alice,CN=Users,DC=lab,DC=example"),
                ("ObjectGUID", "{A1B2C3D4-0000-0000-0000-000000000001}"),
                ("ObjectClass", "user"),
                ("AttributeLDAPDisplayName", attribute),
                ("AttributeValue", value),
                ("OperationType", "%%14674"),
            ]),
        )
    };
    let tracked = change("servicePrincipalName", "HTTP/evil");
    assert_eq!(tracked["details"]["value"], "HTTP/evil");
    assert_eq!(tracked["details"]["operation"], "value_added");
    assert_eq!(
        tracked["details"]["object_guid"],
        "a1b2c3d4-0000-0000-0000-000000000001"
    );
    for secret in ["ms-Mcs-AdmPwd", "userPassword", "msLAPS-Password", "unixUserPassword"] {
        let change = change(secret, "hunter2");
        assert!(!change.to_string().contains("hunter2"), "{secret}");
        assert_eq!(change["details"]["attribute"], secret);
    }
}

#[test]
fn the_rest_is_told() {
    let read = said(
        4_662,
        SECURITY,
        &by_admin(&[
            ("ObjectServer", "DS"),
            ("ObjectType", "%{7b8b558a-93a5-4af7-adca-c017e67f1057}"),
            ("ObjectName", "%{a1b2c3d4-0000-0000-0000-000000000001}"),
            ("OperationType", "Object Access"),
            ("AccessMask", "0x10"),
            (
                "Properties",
                "%%7684 {e362ed86-b728-0842-b27d-2dea7a9df218} {7b8b558a-93a5-4af7-adca-c017e67f1057}",
            ),
        ]),
    );
    same("gmsa", &read);
    let service = said(
        7_045,
        "Service Control Manager",
        &[
            ("ServiceName", "PSEXESVC"),
            ("ImagePath", "%SystemRoot%\\PSEXESVC.exe"),
            ("ServiceType", "user mode service"),
            ("StartType", "demand start"),
            ("AccountName", "LocalSystem"),
        ],
    );
    same("service_installed", &service);
    let dsrm = said(4_794, SECURITY, &by_admin(&[("Workstation", "DC1"), ("Status", "0x0")]));
    assert_eq!(
        (&dsrm["kind"], &dsrm["outcome"]),
        (&json!("password_change"), &json!("success"))
    );
    let replica = said(
        4_928,
        SECURITY,
        &[
            ("NamingContext", "DC=lab,DC=example"),
            ("SourceDRA", "CN=x"),
            ("StatusCode", "0"),
        ],
    );
    assert_eq!(replica["details"]["operation"], "source_established");
    let gone = said(
        4_929,
        SECURITY,
        &[
            ("NamingContext", "DC=lab,DC=example"),
            ("SourceAddr", "dc2"),
            ("StatusCode", "8446"),
        ],
    );
    assert_eq!(
        (
            &gone["details"]["operation"],
            &gone["details"]["source_address"],
            &gone["outcome"]
        ),
        (&json!("source_removed"), &json!("dc2"), &json!("failure"))
    );
    let denied = said(
        4_888,
        SECURITY,
        &[
            ("RequestId", "9"),
            ("Requester", "LAB\\mallory"),
            ("Subject", "CN=admin"),
        ],
    );
    assert_eq!(
        (&denied["observed"]["account"], &denied["outcome"]),
        (&json!("mallory"), &json!("failure"))
    );
    let federated = said(1_203, "AD FS Auditing", &[("", "ignored")]);
    assert_eq!(federated["action_type"], "LogonFailed");
}

/// What certificate authorities log: every datum, and who did it or asked for it.
#[test]
fn what_certificate_authorities_log_is_told() {
    let cases = [
        (
            4_870,
            &[
                ("CertificateSerialNumber", "certificate_serial_number", "730000005b71"),
                ("RevocationReason", "revocation_reason", "6"),
            ][..],
        ),
        (4_882, &[("SecuritySettings", "security_settings", "Allow(0x1) LAB\\x")]),
        (4_885, &[("AuditFilter", "audit_filter", "127")]),
        (
            4_890,
            &[
                ("EnableRestrictedPermissions", "enable_restricted_permissions", "1"),
                ("RestrictedPermissions", "restricted_permissions", "Allow LAB\\x"),
            ],
        ),
        (
            4_896,
            &[
                ("TableId", "table_id", "0"),
                ("Filter", "filter", "2"),
                ("RowsDeleted", "rows_deleted", "1"),
            ],
        ),
    ];
    for (id, data) in cases {
        let named: Vec<_> = data.iter().map(|(name, _, value)| (*name, *value)).collect();
        let told = said(id, SECURITY, &by_admin(&named));
        for (_, field, value) in data {
            assert_eq!(told["details"][field], *value, "{id}");
        }
        assert_eq!(told["observed"]["account"], "admin", "{id}");
        assert_eq!(told["details"]["subject_sid"], "S-1-5-21-1-2-3-500", "{id}");
        assert_eq!(
            (&told["kind"], &told["outcome"]),
            (&json!("windows_event"), &json!("success"))
        );
        let named: Vec<_> = data.iter().skip(1).map(|(name, _, value)| (*name, *value)).collect();
        let lacking = said(id, SECURITY, &by_admin(&named));
        assert_eq!(lacking["details"]["events"][0]["unread"], true, "{id}");
    }
    let issued = said(
        4_887,
        SECURITY,
        &[
            ("RequestId", "104"),
            ("Requester", "LAB\\missandei"),
            ("Subject", "CN=Missandei"),
            (
                "SubjectAlternativeName",
                "Other Name: Principal Name=administrator@lab.example",
            ),
            ("CertificateTemplate", "WebServer"),
        ],
    );
    assert_eq!(
        (&issued["observed"]["account"], &issued["outcome"]),
        (&json!("missandei"), &json!("success"))
    );
    assert_eq!(
        (
            &issued["details"]["certificate_template"],
            &issued["details"]["requester"]
        ),
        (&json!("WebServer"), &json!("LAB\\missandei"))
    );
}

#[test]
fn a_federated_logon_says_who_and_from_where() {
    let audit = "<AuditBase xsi:type=\"FreshCredentialAudit\"><AuditType>FreshCredentials</AuditType><UserId>LAB\\alice</UserId>\
                 <IpAddress>203.0.113.9,10.0.0.1</IpAddress><Password>hunter2</Password></AuditBase>";
    let logon = said(1_202, "AD FS Auditing", &[("", "id"), ("", audit)]);
    assert_eq!(logon["observed"]["account"], "alice");
    assert_eq!(logon["client"]["ip"], "203.0.113.9");
    assert!(!logon.to_string().contains("hunter2"));
}

#[test]
fn what_nobody_asked_for_is_no_activity() {
    let unlisted = XML.replace("4776", "4688");
    assert!(activity(&event(&unlisted), CaptureId(0)).is_none());
}

#[test]
fn what_happened_to_a_value_is_told_in_any_language() {
    let change = |kind| {
        let data = [
            ("ObjectDN", "CN=alice"),
            ("AttributeLDAPDisplayName", "description"),
            ("OperationType", kind),
        ];
        said(5_136, SECURITY, &by_admin(&data))["details"].clone()
    };
    for (kind, operation) in [
        ("%%14674", "value_added"),
        ("Value Added", "value_added"),
        ("%%14675", "value_deleted"),
    ] {
        let details = change(kind);
        assert_eq!(
            (&details["operation"], details.get("operation_type")),
            (&json!(operation), None),
            "{kind}"
        );
    }
    let unknown = change("Wert hinzugefügt");
    assert_eq!(
        (&unknown["operation"], &unknown["operation_type"]),
        (&json!("changed"), &json!("Wert hinzugefügt"))
    );
}
