//! Tickets of a Samba domain, recorded, and the keys of five of its principals: `vectors/keytab.hex`.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{Closed, Keys, pac, ticket};
use crate::kerberos::tests::{only, play, vector};
use crate::kerberos::wire;
use crate::testing::{Conversation, Said, unhex};

/// krbtgt (aes256), DC1$ (aes256, rc4), SRV1$ (aes256), svc_web (aes256), svc_rc4 (rc4).
fn keytab() -> Vec<u8> {
    unhex(include_str!("../vectors/keytab.hex"))
}

fn said(name: &str, keytab: &[u8]) -> Said {
    play(Conversation::tcp(88).keytab(keytab), &vector(name)).finish()
}

/// The entries of a keytab by themselves, their sizes before them.
fn entries(keytab: &[u8]) -> Vec<Vec<u8>> {
    let (mut rest, mut found) = (&keytab[2..], Vec::new());
    while !rest.is_empty() {
        let size = 4 + u32::from_be_bytes(rest[..4].try_into().unwrap()) as usize;
        found.push(rest[..size].to_vec());
        rest = &rest[size..];
    }
    found
}

#[test]
fn a_presented_ticket_tells_who_shows_it() {
    let said = said("ap_req", &keytab());
    let logon = only(&said);
    assert_eq!(logon["kind"], "kerberos_ap");
    assert_eq!(
        logon["observed"],
        json!({"account": "alice", "domain": "LAB.EXAMPLE", "spn": "cifs/dc1.lab.example"})
    );
    let details = &logon["details"];
    assert_eq!(details["ticket_account"], "alice");
    assert_eq!(details["ticket_account_realm"], "LAB.EXAMPLE");
    assert_eq!(details["ticket_session_etype"], 18);
    assert_eq!(details["gss_flags"][0], "mutual");
    let pac = &details["pac"];
    assert_eq!(pac["account"], "alice");
    assert_eq!(pac["domain"], "LAB");
    assert_eq!(pac["logon_server"], "DC1");
    assert_eq!(pac["upn"], "alice@lab.example");
    assert_eq!(pac["dns_domain"], "LAB.EXAMPLE");
    assert_eq!(pac["primary_group"], 513);
    assert_eq!(pac["groups"], json!([513]));
    assert_eq!(pac["group_count"], 1);
    assert_eq!(pac.get("malformed"), None);
}

#[test]
fn a_service_ticket_opens_with_rc4_and_its_tgt_with_aes() {
    let said = said("tgs_rc4", &keytab());
    let granted = only(&said);
    let details = &granted["details"];
    assert_eq!(granted["observed"]["account"], "alice");
    assert_eq!(
        (&details["tgt_etype"], &details["ticket_etype"]),
        (&json!(18), &json!(23))
    );
    for name in ["tgt_account", "ticket_account"] {
        assert_eq!(details[name], "alice", "{name}");
    }
    let (tgt, pac) = (&details["tgt_pac"], &details["pac"]);
    let sid = format!("{}-{}", pac["domain_sid"].as_str().unwrap(), pac["rid"]);
    assert_eq!(tgt["requestor_sid"], sid);
    assert_eq!(tgt["attributes"], json!(["pac_was_given_implicitly"]));
    assert_eq!((&tgt["rid"], &pac["rid"]), (&json!(1103), &json!(1103)));
    assert_eq!(details.get("authenticator_opened"), None);
    assert!(details["authenticator_time"].is_string());
    assert!(said.out.counters.opaque_bytes().is_empty());
}

#[test]
fn what_does_not_open_is_counted() {
    let only_of = |wanted: &[usize]| {
        let all = entries(&keytab());
        let kept: Vec<u8> = wanted.iter().flat_map(|at| all[*at].clone()).collect();
        [&[5, 2], kept.as_slice()].concat()
    };
    // svc_rc4 alone: no key of the TGT's type, and the service ticket opens.
    let said = said("tgs_rc4", &only_of(&[0]));
    assert_eq!(only(&said)["details"].get("tgt_account"), None);
    assert_eq!(only(&said)["details"]["ticket_account"], "alice");
    assert_eq!(said.out.counters.opaque_bytes()[0].0, "kerberos keytab without key");
    // SRV1$ alone: a key of the TGT's type that is not the TGT's.
    let said = self::said("tgs_rc4", &only_of(&[1]));
    let reasons: Vec<_> = said
        .out
        .counters
        .opaque_bytes()
        .iter()
        .map(|(reason, _)| *reason)
        .collect();
    assert_eq!(reasons, ["kerberos keytab without key", "kerberos keytab wrong key"]);
}

#[test]
fn without_a_keytab_nothing_changes() {
    for name in ["ap_req", "tgs_rc4"] {
        let said = play(Conversation::tcp(88), &vector(name)).finish();
        let text = only(&said).to_string();
        assert!(!text.contains("pac\"") && !text.contains("tgt_account"), "{text}");
        assert!(said.out.counters.opaque_bytes().is_empty());
    }
}

/// Neither the service's keys nor the session's appear anywhere.
#[test]
fn keys_stay_inside() {
    let keytab = keytab();
    let keys = Keys::read(keytab.clone()).unwrap();
    assert_eq!(keys.len(), 6);
    let debug = format!("{keys:?}");
    let said = said("tgs_rc4", &keytab);
    let told = said.messages.iter().chain(&said.activities).map(Value::to_string);
    for text in told.chain([debug]) {
        for entry in entries(&keytab) {
            let key = crate::text::hex(&entry[entry.len() - 12..entry.len() - 4]); // the end of the key, before vno
            assert!(!text.contains(key.as_str()), "{text}");
        }
    }
}

#[test]
fn broken_keytabs_are_refused() {
    let keytab = keytab();
    assert!(Keys::read(Vec::new()).is_err());
    assert!(Keys::read(b"\x05\x01".to_vec()).is_err());
    assert!(Keys::read(keytab[..keytab.len() - 1].to_vec()).is_err());
    let holed = [&keytab[..2], &[0xff, 0xff, 0xff, 0xfc, 1, 2, 3, 4], &keytab[2..]].concat();
    assert_eq!(Keys::read(holed).unwrap().len(), 6);
}

/// The record that presents a ticket for `cifs/dc1.lab.example`.
fn record() -> Vec<u8> {
    vector("ap_req").remove(0).1
}

/// The plain part of its ticket.
fn plain() -> Vec<u8> {
    let record = record();
    let request = wire::ap_req(&record[4..]).unwrap();
    assert_eq!(Keys::default().open(&request.ticket).err(), Some(Closed::NoKey));
    let keys = Keys::read(keytab()).unwrap();
    keys.open(&request.ticket).unwrap().to_vec()
}

#[test]
fn a_changed_octet_opens_nothing() {
    let record = record();
    let keys = Keys::read(keytab()).unwrap();
    let place = record.len() / 3; // inside the ticket
    for at in [place, place + 100, place + 400] {
        let mut bytes = record.clone();
        bytes[at] ^= 0x10;
        let request = wire::ap_req(&bytes[4..]).unwrap();
        assert_eq!(keys.open(&request.ticket).err(), Some(Closed::WrongKey));
    }
}

proptest! {
    #[test]
    fn damage_inside_never_panics(at in any::<prop::sample::Index>(), value in any::<u8>(), cut in any::<prop::sample::Index>()) {
        let mut plain = plain();
        let at = at.index(plain.len());
        plain[at] = value;
        plain.truncate(cut.index(plain.len() + 1).max(plain.len() / 2));
        if let Ok(part) = ticket::Part::read(&plain) {
            let _ = part.pac().map(pac::fields);
        }
    }

    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..400), kind in 0_u32..20) {
        let size = u32::try_from(bytes.len()).unwrap();
        let header = [1, 0, kind, size, 16, 0].map(u32::to_le_bytes).concat();
        let _ = pac::fields(&[header.as_slice(), &bytes].concat());
        let ndr = [&header[..], &[1, 0x10, 8, 0], &bytes].concat();
        let _ = pac::fields(&ndr);
        let _ = ticket::Part::read(&bytes);
        let _ = ticket::Authenticator::read(&bytes);
        let _ = Keys::read([&[5, 2], bytes.as_slice()].concat());
    }
}
