//! Events as the text that Windows renders them as, in every format that carries one.

use capture::CaptureId;
use serde_json::{Value as Json, json};

use super::activities::printed;
use super::event;
use crate::event::activity;

const SECURITY: &str = "Microsoft-Windows-Security-Auditing";

/// The event `id` of `provider` with `message` as Splunk, Winlogbeat and forwarded XML carry it, and in one line as Snare
/// and QRadar do.
pub(super) fn carried(id: u32, provider: &str, message: &str) -> [String; 5] {
    let flat = message.replace("\r\n", " ").replace('\t', " ");
    let escaped = message.replace('&', "&amp;").replace('<', "&lt;");
    [
        format!(
            "EventCode={id}\r\nLogfile=Security\r\nSourceName={provider}\r\nTimeGenerated=20261120081530.123456-000\r\n\
             ComputerName=dc1.lab.example\r\nMessage={message}"
        ),
        json!({"@timestamp": "2026-11-20T08:15:30.123Z", "message": message,
            "winlog": {"channel": "Security", "computer_name": "dc1.lab.example", "event_id": id, "provider_name": provider}})
        .to_string(),
        format!(
            "<Event><System><Provider Name=\"{provider}\"/><EventID>{id}</EventID>\
             <TimeCreated SystemTime=\"2026-11-20T08:15:30Z\"/><Channel>Security</Channel><Computer>dc1.lab.example</Computer>\
             </System><RenderingInfo Culture=\"en-US\"><Message>{escaped}</Message></RenderingInfo></Event>"
        ),
        format!(
            "<13>Nov 20 08:15:31 dc1 MSWinEventLog\t1\tSecurity\t4711\tFri Nov 20 08:15:30 2026\t{id}\t{provider}\tN/A\tN/A\t\
             Success Audit\tdc1.lab.example\tx\t\t{flat}\t165437"
        ),
        format!(
            "<13>Nov 20 08:15:31 dc1 AgentDevice=WindowsLog\tAgentLogFile=Security\tSource={provider}\t\
             Computer=dc1.lab.example\tEventID={id}\tTimeGenerated=1795162530000\tMessage={flat}"
        ),
    ]
}

/// What the event with `message` says in each format, without what tells of the format.
#[track_caller]
pub(super) fn said(id: u32, provider: &str, message: &str) -> Json {
    let said = carried(id, provider, message).map(|payload| {
        let mut said = printed(&activity(&event(&payload), CaptureId(0)).unwrap());
        assert!(said["details"]["events"][0].get("unread").is_none(), "{payload}");
        for varying in ["time", "duration_us"] {
            said.as_object_mut().unwrap().remove(varying);
        }
        said["details"].as_object_mut().unwrap().remove("events");
        said
    });
    for other in &said {
        assert_eq!(other, &said[0], "{id}");
    }
    said[0].clone()
}

/// Windows renders SIDs as names: those are names, and no SIDs.
#[test]
fn a_name_in_a_sid_s_place_is_a_name() {
    let added = |subject, member, name, group| {
        format!(
            "A member was added to a security-enabled global group.\r\n\r\nSubject:\r\n\tSecurity ID:\t\t{subject}\r\n\
             \tAccount Name:\t\tadmin\r\n\tAccount Domain:\t\tLAB\r\n\tLogon ID:\t\t0x27A79\r\n\r\nMember:\r\n\
             \tSecurity ID:\t\t{member}\r\n\tAccount Name:\t\t{name}\r\n\r\nGroup:\r\n\tSecurity ID:\t\t{group}\r\n\
             \tGroup Name:\t\tDomain Admins\r\n\tGroup Domain:\t\tLAB\r\n\r\nAdditional Information:\r\n\tPrivileges:\t\t-\r\n"
        )
    };
    let rendered = said(
        4_728,
        SECURITY,
        &added("LAB\\admin", "LAB\\mallory", "-", "LAB\\Domain Admins"),
    );
    let (details, observed) = (&rendered["details"], &rendered["observed"]);
    assert_eq!(observed["target_account"], "Domain Admins");
    assert_eq!((observed.get("sid"), details.get("subject_sid")), (None, None));
    assert_eq!(
        (details.get("member_sid"), &details["member"]),
        (None, &json!("LAB\\mallory"))
    );
    let (subject, member, group) = ("S-1-5-21-1-2-3-500", "S-1-5-21-1-2-3-1105", "S-1-5-21-1-2-3-512");
    let plain = said(4_728, SECURITY, &added(subject, member, "CN=mallory,DC=lab", group));
    let details = &plain["details"];
    assert_eq!(
        (&plain["observed"]["sid"], &details["subject_sid"]),
        (&json!(group), &json!(subject))
    );
    assert_eq!((&details["member_sid"], details.get("member")), (&json!(member), None));
}

#[test]
fn a_name_in_a_sid_s_place_is_used_where_no_other_is_known() {
    let failed = |sid: &str, name: &str| {
        format!(
            "Kerberos pre-authentication failed.\r\n\r\nAccount Information:\r\n\tSecurity ID:\t\t{sid}\r\n\
             \tAccount Name:\t\t{name}\r\n\r\nService Information:\r\n\tService Name:\t\tkrbtgt/LAB\r\n\r\n\
             Network Information:\r\n\tClient Address:\t\t::ffff:10.77.0.20\r\n\tClient Port:\t\t49713\r\n\r\n\
             Additional Information:\r\n\tTicket Options:\t\t0x40810010\r\n\tFailure Code:\t\t0x18\r\n\
             \tPre-Authentication Type:\t2\r\n\r\nCertificate Information:\r\n\tCertificate Issuer Name:\t\t\r\n\
             \tCertificate Serial Number: \t\r\n\tCertificate Thumbprint:\t\t\r\n"
        )
    };
    let known = said(4_771, SECURITY, &failed("LAB\\alice", "Alice"));
    assert_eq!(
        (&known["observed"]["account"], &known["observed"]["domain"]),
        (&json!("Alice"), &json!("LAB"))
    );
    assert_eq!(known["details"].get("account_sid"), None);
    let other = said(4_771, SECURITY, &failed("LAB\\alice", "bob"));
    assert_eq!(
        (&other["observed"]["account"], other["observed"].get("domain")),
        (&json!("bob"), None)
    );
    let nobody = said(4_771, SECURITY, &failed("NULL SID", "bob"));
    assert_eq!(
        (nobody["observed"].get("domain"), nobody["details"].get("account_sid")),
        (None, None)
    );
    let only = said(4_771, SECURITY, &failed("LAB\\alice", "-"));
    assert_eq!(
        (&only["observed"]["account"], &only["observed"]["domain"]),
        (&json!("alice"), &json!("LAB"))
    );
}

/// What a controller writes since January 2025, and what it wrote before.
#[test]
fn tickets_are_read_from_new_text_and_old() {
    let keys = "\tMSDS-SupportedEncryptionTypes:\t0x1F (DES, RC4, AES128-SHA96, AES256-SHA96)\r\n\tAvailable Keys:\tAES-SHA1, RC4\r\n";
    let controller = format!("Domain Controller Information:\r\n{keys}\r\n");
    let offered = "\tAdvertized Etypes:\t\r\n\t\tAES256-CTS-HMAC-SHA1-96\r\n\t\tAES128-CTS-HMAC-SHA1-96\r\n";
    let given = |certificate: [&str; 3], new: bool| {
        let only = |text: &str| if new { text.to_owned() } else { String::new() };
        format!(
            "A Kerberos authentication ticket (TGT) was requested.\r\n\r\nAccount Information:\r\n\
             \tAccount Name:\t\tviserys.targaryen\r\n\tSupplied Realm Name:\tESSOS.LOCAL\r\n\
             \tUser ID:\t\t\tESSOS\\viserys.targaryen\r\n{}\r\nService Information:\r\n\tService Name:\t\tkrbtgt\r\n\
             \tService ID:\t\tESSOS\\krbtgt\r\n{}\r\n{}Network Information:\r\n\tClient Address:\t\t::ffff:192.168.56.200\r\n\
             \tClient Port:\t\t40022\r\n{}\r\nAdditional Information:\r\n\tTicket Options:\t\t0x40800010\r\n\
             \tResult Code:\t\t0x0\r\n\tTicket Encryption Type:\t0x12\r\n{}\tPre-Authentication Type:\t{}\r\n{}\r\n\
             Certificate Information:\r\n\tCertificate Issuer Name:\t\t{}\r\n\tCertificate Serial Number:\t{}\r\n\
             \tCertificate Thumbprint:\t\t{}\r\n\r\n{}Certificate information is only provided if a certificate was used for \
             pre-authentication.\r\n\r\nPre-authentication types, ticket options, encryption types and result codes are defined \
             in RFC 4120.\r\n",
            only(keys),
            only(keys),
            only(&controller),
            only(offered),
            only("\tSession Encryption Type:\t0x12\r\n"),
            if certificate[0].is_empty() { "2" } else { "16" },
            only("\tPre-Authentication EncryptionType:\t0x0\r\n"),
            certificate[0],
            certificate[1],
            certificate[2],
            only("Ticket information\r\n\tResponse ticket hash:\t\tn/a\r\n"),
        )
    };
    for new in [true, false] {
        let smart = said(
            4_768,
            SECURITY,
            &given(["ESSOS-CA", "640000000B1132A4B75C", "F519BC0B7C5248DB"], new),
        );
        assert_eq!(smart["client"], json!({"ip": "192.168.56.200", "port": 40_022}));
        assert_eq!(
            (&smart["observed"]["account"], &smart["outcome"]),
            (&json!("viserys.targaryen"), &json!("success"))
        );
        let details = &smart["details"];
        assert_eq!(
            (&details["ticket_etype"], &details["preauth_type"]),
            (&json!(18), &json!(16))
        );
        assert_eq!(
            (&details["certificate_sha1"], &details["certificate_issuer"]),
            (&json!("F519BC0B7C5248DB"), &json!("ESSOS-CA"))
        );
        let plain = said(4_768, SECURITY, &given(["", "", ""], new));
        for absent in ["certificate_sha1", "certificate_issuer", "certificate_serial"] {
            assert_eq!(plain["details"].get(absent), None, "{absent}");
        }
    }
    let granted = |hashes: &str, new: bool| {
        let only = |text: &str| if new { text.to_owned() } else { String::new() };
        format!(
            "A Kerberos service ticket was requested.\r\n\r\nAccount Information:\r\n\tAccount Name:\t\talice@LAB.EXAMPLE\r\n\
             \tAccount Domain:\t\tLAB.EXAMPLE\r\n\tLogon GUID:\t\t{{709989aa-8946-351b-57ba-66c72d35266f}}\r\n{}\r\n\
             Service Information:\r\n\tService Name:\t\tFS1$\r\n\tService ID:\t\tLAB\\FS1$\r\n{}\r\n{}Network Information:\r\n\
             \tClient Address:\t\t::ffff:10.77.0.20\r\n\tClient Port:\t\t63637\r\n{}\r\nAdditional Information:\r\n\
             \tTicket Options:\t\t0x40810018\r\n\tTicket Encryption Type:\t0x17\r\n{}\tFailure Code:\t\t0x0\r\n\
             \tTransited Services:\t-\r\n\r\n{hashes}This event is generated every time access is requested to a resource such as \
             a computer or a Windows service.  The service name indicates the resource to which access was requested.\r\n",
            only(keys),
            only(keys),
            only(&controller),
            only(offered),
            only("\tSession Encryption Type:\t0x12\r\n"),
        )
    };
    let apart =
        "Ticket information\r\n\tRequest ticket hash:\t\tz0ZnCzYa=\r\n\tResponse ticket hash:\t\tPoz8YwcH=\r\n\r\n";
    let together = "Ticket information\r\n\tRequest ticket hash:\t\tN/A\tResponse ticket hash:\t\tN/A\r\n";
    for (hashes, new) in [(apart, true), (together, true), ("", true), (apart, false), ("", false)] {
        let service = said(4_769, SECURITY, &granted(hashes, new));
        assert_eq!(service["client"], json!({"ip": "10.77.0.20", "port": 63_637}));
        let details = &service["details"];
        assert_eq!(
            (&details["service_account"], &details["ticket_etype"]),
            (&json!("FS1$"), &json!(23))
        );
        assert_eq!(
            (details.get("transited_services"), service["observed"].get("sid")),
            (None, None)
        );
        assert_eq!(service["outcome"], "success");
    }
}

/// The audit of a federation server as it logs it, over many lines.
const AUDIT: &str = "<?xml version=\"1.0\" encoding=\"utf-16\"?>\r\n<AuditBase xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\" \
    xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:type=\"FreshCredentialAudit\">\r\n  \
    <AuditType>FreshCredentials</AuditType>\r\n  <AuditResult>Failure</AuditResult>\r\n  \
    <FailureType>CredentialValidationError</FailureType>\r\n  <ErrorCode>N/A</ErrorCode>\r\n  <ContextComponents>\r\n    \
    <Component xsi:type=\"ResourceAuditComponent\">\r\n      \
    <RelyingParty>http://fs.lab.example/adfs/services/trust?a=1&amp;b=2</RelyingParty>\r\n      \
    <ClaimsProvider>N/A</ClaimsProvider>\r\n      <UserId>LAB\\alice</UserId>\r\n    </Component>\r\n    \
    <Component xsi:type=\"RequestAuditComponent\">\r\n      <Server>http://fs.lab.example/adfs/services/trust</Server>\r\n      \
    <AuthProtocol>WSFederation</AuthProtocol>\r\n      <NetworkLocation>Extranet</NetworkLocation>\r\n      \
    <IpAddress>203.0.113.9</IpAddress>\r\n      <ProxyServer>PROXY1</ProxyServer>\r\n      \
    <UserAgentString>Mozilla/5.0 (Windows NT 10.0; Win64; x64)</UserAgentString>\r\n    </Component>\r\n  \
    </ContextComponents>\r\n</AuditBase>";

#[test]
fn a_federated_logon_is_read_in_every_format() {
    let provider = "AD FS Auditing";
    let activity_id = "0d23868f-2ad0-4ff2-a774-511ef7b36a04";
    let message = format!(
        "The Federation Service failed to validate a new credential. See XML for failure details. \r\n\r\n\
         Activity ID: {activity_id} \r\n\r\nAdditional Data \r\nXML: {AUDIT} \r\n"
    );
    let expected = said(1_203, provider, &message);
    assert_eq!(
        (&expected["observed"]["account"], &expected["observed"]["domain"]),
        (&json!("alice"), &json!("LAB"))
    );
    assert_eq!(expected["client"]["ip"], "203.0.113.9");
    let details = &expected["details"];
    assert_eq!(
        details["relying_party"],
        "http://fs.lab.example/adfs/services/trust?a=1&b=2"
    );
    assert_eq!(details["user_agent"], "Mozilla/5.0 (Windows NT 10.0; Win64; x64)");
    assert_eq!(
        (&details["failure_type"], details.get("error_code")),
        (&json!("CredentialValidationError"), None)
    );
    // Without names: as XML has them, as Winlogbeat calls them, as openwec and evtx_dump write them.
    let escaped = AUDIT.replace('&', "&amp;").replace('<', "&lt;");
    let xml = format!(
        "<Event><System><Provider Name=\"{provider}\"/><EventID>1203</EventID></System><EventData><Data>{activity_id}</Data>\
         <Data>{escaped}</Data></EventData></Event>"
    );
    let system = json!({"Provider": {"Name": provider}, "EventID": 1_203});
    let shapes = [
        json!({"winlog": {"event_id": "1203", "provider_name": provider, "event_data": {"param2": AUDIT, "param1": activity_id}}}),
        json!({"System": system, "EventData": [activity_id, AUDIT]}),
        json!({"Event": {"System": system, "EventData": {"Data": {"#text": [activity_id, AUDIT]}}}}),
    ];
    for payload in shapes.map(|shape| shape.to_string()).into_iter().chain([xml]) {
        let event = event(&payload);
        assert!(!event.unread, "{payload}");
        let said = printed(&activity(&event, CaptureId(0)).unwrap());
        assert_eq!(
            (&said["observed"], &said["client"]),
            (&expected["observed"], &expected["client"]),
            "{payload}"
        );
    }
}

/// What has no audit, or one that is no audit, says so.
#[test]
fn a_federated_logon_without_its_audit_is_unread() {
    let lost = |data: &str| {
        event(&format!(
            "<Event><System><Provider Name=\"AD FS Auditing\"/><EventID>1202</EventID></System><EventData>{data}</EventData></Event>"
        ))
    };
    for data in [
        "",
        "<Data>id</Data>",
        "<Data>id</Data><Data>&lt;?xml version=\"1.0\"?&gt;</Data>",
    ] {
        assert!(lost(data).unread, "{data}");
    }
    // An entity bomb inside is text that is not looked up.
    let bomb = "&lt;!DOCTYPE l [&lt;!ENTITY a \"aaaa\"&gt;&lt;!ENTITY b \"&amp;a;&amp;a;\"&gt;]&gt;&lt;AuditBase&gt;\
                &lt;UserId&gt;&amp;b;&lt;/UserId&gt;&lt;/AuditBase&gt;";
    let event = lost(&format!("<Data>id</Data><Data>{bomb}</Data>"));
    let said = printed(&activity(&event, CaptureId(0)).unwrap());
    assert_eq!(said["observed"].get("account"), None);
}

/// Events of certificate authorities as text; who did it is in the data alone.
#[test]
fn what_certificate_authorities_log_is_told() {
    let issued = "Certificate Services approved a certificate request and issued a certificate.\r\n\t\r\nRequest ID:\t104\r\n\
        Requester:\tESSOS\\missandei\r\nAttributes:\t\r\nCertificateTemplate:WebServer\r\nSAN:upn=administrator@essos.local\r\n\
        ccm:braavos.essos.local\r\nDisposition:\t3\r\nSKI:\t\t22 1c 6d 0a\r\nSubject:\tCN=Missandei\r\n\
        Subject Alternative Name:\r\nOther Name:\r\n     Principal Name=administrator@essos.local\r\n\r\n\
        Certificate Template:\tWebServer\r\nSerial Number:\t\t64000000686da065\r\nAuthentication Service:\tNTLM\r\n\
        Authentication Level:\tPrivacy\r\nDCOMorRPC:\t\tDCOM\r\n";
    for (format, payload) in carried(4_887, SECURITY, issued).iter().enumerate() {
        let event = event(payload);
        assert!(!event.unread, "{payload}");
        let issued = printed(&activity(&event, CaptureId(0)).unwrap());
        let details = &issued["details"];
        assert_eq!(
            (&issued["observed"]["account"], &details["request_id"]),
            (&json!("missandei"), &json!("104"))
        );
        let attributes = "CertificateTemplate:WebServer SAN:upn=administrator@essos.local ccm:braavos.essos.local";
        assert_eq!(details["attributes"], attributes, "{format}");
        let alternative = details["subject_alternative_name"].as_str().unwrap();
        assert!(
            alternative.ends_with("Principal Name=administrator@essos.local"),
            "{alternative}"
        );
        for (field, value) in [
            ("disposition", "3"),
            ("subject", "CN=Missandei"),
            ("certificate_template", "WebServer"),
            ("certificate_serial_number", "64000000686da065"),
            ("authentication_service", "NTLM"),
            ("dcom_or_rpc", "DCOM"),
        ] {
            assert_eq!(details[field], value, "{format}: {field}");
        }
    }
    for (id, message, expected) in [
        (
            4_870,
            "Certificate Services revoked a certificate.\r\n\t\r\nSerial Number:\t730000005b71\r\nReason:\t6\r\n",
            [
                ("certificate_serial_number", "730000005b71"),
                ("revocation_reason", "6"),
            ],
        ),
        (
            4_885,
            "The audit filter for Certificate Services changed.\r\n\t\r\nFilter:\t127\r\n",
            [("audit_filter", "127"); 2],
        ),
        (
            4_896,
            "One or more rows have been deleted from the certificate database.\r\n\t\r\nTable ID:\t0\r\nFilter:\t12\r\nRows Deleted:\t1\r\n",
            [("table_id", "0"), ("rows_deleted", "1")],
        ),
        (
            4_882,
            "The security permissions for Certificate Services changed.\r\n\t\r\nAllow(0x00020094)\tNT AUTHORITY\\Authenticated Users\r\n",
            [(
                "security_settings",
                "Allow(0x00020094) NT AUTHORITY\\Authenticated Users",
            ); 2],
        ),
        (
            4_890,
            "The certificate manager settings for Certificate Services changed.\r\n\t\r\nEnable:\t0\r\n",
            [("enable_restricted_permissions", "0"); 2],
        ),
    ] {
        let said = said(id, SECURITY, message);
        for (field, value) in expected {
            assert_eq!(said["details"][field], value, "{id}");
        }
        assert_eq!(
            (&said["kind"], &said["outcome"]),
            (&json!("windows_event"), &json!("success"))
        );
    }
}

/// Groups and replication as text, each as its own event.
#[test]
fn changes_are_read_from_text() {
    let subject = "Subject:\r\n\tSecurity ID:\t\tLAB\\admin\r\n\tAccount Name:\t\tadmin\r\n\tAccount Domain:\t\tLAB\r\n\tLogon ID:\t\t0x27A79\r\n";
    for (id, group, name, operation, scope) in [
        (4_728, "Group", "Group", "member_added", "global"),
        (4_729, "Group", "Group", "member_removed", "global"),
        (4_732, "Group", "Group", "member_added", "local"),
        (4_733, "Group", "Group", "member_removed", "local"),
        (4_756, "Group", "Account", "member_added", "universal"),
        (4_757, "Group", "Account", "member_removed", "universal"),
        (4_730, "Deleted Group", "Group", "deleted", "global"),
        (4_758, "Group", "Group", "deleted", "universal"),
        (4_753, "Group", "Group", "deleted", "global"),
        (4_763, "Group", "Group", "deleted", "universal"),
    ] {
        let member = match operation {
            "deleted" => String::new(),
            _ => "\r\nMember:\r\n\tSecurity ID:\t\tLAB\\mallory\r\n\tAccount Name:\t\tCN=mallory,DC=lab\r\n".to_owned(),
        };
        let text = format!(
            "A thing happened to a group.\r\n\r\n{subject}{member}\r\n{group}:\r\n\tSecurity ID:\t\tS-1-5-21-1-2-3-1106\r\n\
             \t{name} Name:\t\told\r\n\t{name} Domain:\t\tLAB\r\n\r\nAdditional Information:\r\n\tPrivileges:\t\t-\r\n"
        );
        let said = said(id, SECURITY, &text);
        let details = &said["details"];
        assert_eq!(
            (&details["operation"], &details["group_scope"]),
            (&json!(operation), &json!(scope)),
            "{id}"
        );
        assert_eq!(
            (&said["observed"]["target_account"], &said["observed"]["account"]),
            (&json!("old"), &json!("admin")),
            "{id}"
        );
        assert_eq!(said["observed"]["sid"], "S-1-5-21-1-2-3-1106");
        let dn = (operation != "deleted").then_some("CN=mallory,DC=lab");
        assert_eq!(details.get("member_dn").and_then(Json::as_str), dn, "{id}");
    }
    for (id, operation) in [(4_928, "source_established"), (4_929, "source_removed")] {
        let text = "An Active Directory replica source naming context was changed.\r\n\r\nDestination DRA:\tCN=NTDS Settings,CN=DC1\r\n\
            Source DRA:\t-\r\nSource Address:\tdc2.lab.example\r\nNaming Context:\tDC=lab,DC=example\r\nOptions:\t\t23\r\n\
            Status Code:\t8446\r\n";
        let said = said(id, SECURITY, text);
        assert_eq!(
            (&said["details"]["operation"], &said["details"]["source_address"]),
            (&json!(operation), &json!("dc2.lab.example"))
        );
        assert_eq!(
            (&said["outcome"], &said["status"]["code"]),
            (&json!("failure"), &json!(8_446))
        );
    }
}
