//! Events as the fields that SIEMs make of them: what each field is depends on the event.

use capture::CaptureId;
use serde_json::{Value as Json, json};

use super::activities::printed;
use super::event;
use crate::event::{Event, activity};

fn cef(id: u32, extension: &str) -> Event {
    event(&format!(
        "CEF:0|Microsoft|Microsoft Windows||Microsoft-Windows-Security-Auditing:{id}|x|Low| eventId=1 externalId={id} \
         cat=Security rt=1795162530000 dhost=other dvchost=dc1.lab.example {extension}"
    ))
}

fn said(event: &Event) -> Json {
    printed(&activity(event, CaptureId(0)).unwrap())
}

/// In ArcSight's fields the user of a membership is the member, and the group stands elsewhere.
#[test]
fn a_member_is_not_taken_for_its_group() {
    let event = cef(
        4_728,
        "suser=admin sntdom=LAB suid=0x27a79 duser=mallory dntdom=LAB duid=CN\\=mallory,CN\\=Users,DC\\=lab,DC\\=example \
         cs6=LAB\\Domain Admins cs6Label=Group ad.Group:Security_,ID=S-1-5-21-1-2-3-512 \
         cs2=Account Management cs2Label=EventlogCategory",
    );
    assert!(!event.unread, "{event:?}");
    assert_eq!(event.computer, "dc1.lab.example");
    let added = said(&event);
    let (observed, details) = (&added["observed"], &added["details"]);
    assert_eq!(
        (&observed["target_account"], &observed["target_domain"]),
        (&json!("Domain Admins"), &json!("LAB"))
    );
    assert_eq!(
        (&observed["account"], &observed["sid"]),
        (&json!("admin"), &json!("S-1-5-21-1-2-3-512"))
    );
    assert_eq!(
        (&details["member"], details.get("member_sid")),
        (&json!("LAB\\mallory"), None)
    );
    assert_eq!(details["member_dn"], "CN=mallory,CN=Users,DC=lab,DC=example");
    assert_eq!(details["subject_logon_id"], "0x27a79");
    // A member whom nobody could name, and a domain before its account.
    for member in ["duser=S-1-5-21-1-2-3-1105 dntdom=", "dntdom= duser=S-1-5-21-1-2-3-1105"] {
        let unnamed = cef(4_732, &format!("{member} cs6=BUILTIN\\Administrators"));
        assert!(!unnamed.unread);
        assert_eq!(said(&unnamed)["details"]["member_sid"], "S-1-5-21-1-2-3-1105");
    }
}

#[test]
fn fields_are_what_their_event_says() {
    let ticket = said(&cef(
        4_768,
        "duser=alice dntdom=LAB.EXAMPLE destinationServiceName=krbtgt cs3=::ffff:10.77.0.20 cs3Label=Client Address \
         cs4=0x6 cs4Label=Reason or Error Code ad.Ticket_,Options=0x40810010",
    ));
    assert_eq!(
        (&ticket["observed"]["account"], &ticket["client"]["ip"]),
        (&json!("alice"), &json!("10.77.0.20"))
    );
    assert_eq!(
        (&ticket["details"]["sname"], &ticket["outcome"]),
        (&json!("krbtgt"), &json!("failure"))
    );
    assert!(ticket["details"]["kdc_options"].is_array());
    let logon = said(&cef(
        4_624,
        "src=10.77.0.20 spt=49713 duser=alice dntdom=LAB duid=0xabcd suser=- cs5=Kerberos \
         cs5Label=Authentication Package Name cn1=3 cn1Label=Logon Type shost=WS1",
    ));
    assert_eq!(
        (&logon["kind"], &logon["details"]["logon_type"]),
        (&json!("kerberos_ap"), &json!(3))
    );
    assert_eq!(logon["client"], json!({"ip": "10.77.0.20", "port": 49_713}));
    let locked = said(&cef(4_740, "suser=DC1$ sntdom=LAB duser=alice dntdom=LAB shost=WS1"));
    assert_eq!(
        (
            &locked["observed"]["target_account"],
            &locked["observed"]["workstation"]
        ),
        (&json!("alice"), &json!("WS1"))
    );
    let changed = cef(
        5_136,
        "duser=admin dntdom=LAB cs5=user cs5Label=Class cs6=CN\\=alice,DC\\=lab cs6Label=DN",
    );
    // Which attribute it was, no field says.
    assert!(changed.unread);
    let changed = said(&changed);
    assert_eq!(
        (&changed["observed"]["account"], &changed["observed"]["dn"]),
        (&json!("admin"), &json!("CN=alice,DC=lab"))
    );
    assert_eq!(changed["observed"].get("target_account"), None);
    let package = cef(
        4_776,
        "duser=alice shost=WS1 cs1=NTLM cs1Label=Authentication Package cs4=0x0 cs4Label=Reason or Error Code",
    );
    assert_eq!(package.get("PackageName"), Some("NTLM"));
}

/// Where the fields do not say what the event says, that is told, with a message text or without.
#[test]
fn what_the_fields_do_not_say_is_unread() {
    for (id, fields) in [
        (4_728, "suser=admin duser=mallory dntdom=LAB"),
        (4_730, "suser=admin duser=old"),
        (4_776, "duser=alice shost=WS1"),
        (4_662, "duser=admin"),
        (8_004, "duser=alice"),
    ] {
        let provider = if id == 8_004 {
            "cs1=Microsoft-Windows-NTLM cs1Label=EventSource "
        } else {
            ""
        };
        for message in ["", "msg=Nothing of the kind."] {
            let event = cef(id, &format!("{provider}{fields} {message}"));
            assert!(event.unread, "{id} {message}");
            assert_eq!(said(&event)["details"]["events"][0]["unread"], true);
            let observed = &said(&event)["observed"];
            assert_eq!(observed.get("target_account"), None, "{id}");
        }
    }
    // RSA's nine fields are those of who authenticates.
    let rsa = |id: u32| {
        event(&format!(
            "RsaSA\n2015-May-19 09:07:09\n{id}\nMicrosoft-Windows-Security-Auditing\nSecurity\ndc1\nalice\nWS1\n0x0"
        ))
    };
    let added = rsa(4_728);
    assert!(added.unread);
    assert_eq!(said(&added)["observed"].get("target_account"), None);
    let failed = rsa(4_625);
    assert!(!failed.unread);
    assert_eq!(said(&failed)["observed"]["account"], "alice");
}

/// No two keys of an extension run into one another.
#[test]
fn keys_of_the_connector_s_own_are_keys() {
    let text = "dvchost=DC1 ad.Key_,Length=128 ad.Group:Security_,ID=S-1-5-32-544 a=x ad:y=z";
    let found: Vec<_> = super::super::cef::pairs(text).collect();
    assert_eq!(
        found,
        [
            ("dvchost", "DC1"),
            ("ad.Key_,Length", "128"),
            ("ad.Group:Security_,ID", "S-1-5-32-544"),
            ("a", "x ad:y=z")
        ]
    );
}
