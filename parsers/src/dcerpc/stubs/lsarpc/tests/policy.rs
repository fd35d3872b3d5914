//! The policy and its trusted domains: asked for, opened, created, deleted and listed, in both transfer syntaxes.

use serde_json::{Value, json};

use super::{LSARPC, POLICY, sid};
use crate::dcerpc::stubs::testing::{Stub, Talk};

const TRUST: [u8; 20] = [9; 20];

/// The only activity of a call and its response.
fn told(wide: bool, opnum: u16, request: Stub, response: Stub) -> Value {
    Talk::new(LSARPC, wide)
        .call(opnum, &request.done(), &response.done())
        .only()
}

/// A response that is an NTSTATUS alone.
fn done(wide: bool) -> Stub {
    Stub::new(wide).u32(0)
}

#[test]
fn the_policy_is_opened_for_an_access() {
    for wide in [false, true] {
        let attributes = |stub: Stub| stub.structure().u32(24).null().null().u32(0).null().null();
        let request = attributes(Stub::new(wide).wide_argument(r"\\dc1")).u32(0x0200_0000);
        let opened = told(wide, 44, request, Stub::new(wide).raw(&POLICY).u32(0));
        assert_eq!(opened["kind"], "lsarpc_query");
        assert_eq!(
            (&opened["details"]["server_name"], &opened["details"]["desired_access"]),
            (&json!(r"\\dc1"), &json!(0x0200_0000))
        );
    }
}

#[test]
fn the_domain_is_asked_for_and_told() {
    for wide in [false, true] {
        let request = Stub::new(wide).raw(&POLICY).enumeration(5);
        let head = Stub::new(wide).pointer().pad64(8).enumeration(5).pad64(8);
        let answer = sid(head.counted("LAB").pointer().characters("LAB"), None)
            .align(4)
            .u32(0);
        let account = told(wide, 7, request, answer);
        let details = &account["details"];
        assert_eq!(details["information_level_name"], "PolicyAccountDomainInformation");
        assert_eq!(
            (&details["domain"], &details["domain_sid"]),
            (&json!("LAB"), &json!("S-1-5-21-1-2-3"))
        );
        let request = Stub::new(wide).raw(&POLICY).enumeration(12);
        let head = Stub::new(wide).pointer().pad64(8).enumeration(12).pad64(8);
        let heads = head.counted("LAB").counted("lab.example").counted("lab.example");
        let answer = heads
            .guid("33221100554477668899aabbccddeeff")
            .pointer()
            .characters("LAB")
            .characters("lab.example")
            .characters("lab.example");
        let dns = told(wide, 46, request, sid(answer, None).u32(0));
        let details = &dns["details"];
        assert_eq!(
            (&details["dns_domain"], &details["dns_forest"], &details["domain_sid"]),
            (&json!("lab.example"), &json!("lab.example"), &json!("S-1-5-21-1-2-3"))
        );
        assert_eq!(details["domain_guid"], "00112233-4455-6677-8899-aabbccddeeff");
    }
}

#[test]
fn trusts_are_listed() {
    for wide in [false, true] {
        let request = Stub::new(wide).raw(&POLICY).u32(0).u32(1000);
        let list = Stub::new(wide).u32(2).structure().u32(1).pointer().size(1);
        let answer = sid(list.counted("PARTNER").pointer().characters("PARTNER"), None).u32(0);
        let short = told(wide, 13, request.clone(), answer);
        assert_eq!(
            (
                &short["details"]["names"],
                &short["details"]["sids"],
                &short["details"]["count"]
            ),
            (&json!(["PARTNER"]), &json!(["S-1-5-21-1-2-3"]), &json!(1))
        );
        let list = Stub::new(wide).u32(2).structure().u32(1).pointer().size(1);
        let head = list
            .counted("partner.example")
            .counted("PARTNER")
            .pointer()
            .u32(3)
            .u32(2)
            .u32(8);
        let answer = head.pad64(8).characters("partner.example").characters("PARTNER");
        let full = told(wide, 50, request, sid(answer, None).u32(0));
        let trust = &full["details"]["trusts"][0];
        assert_eq!(
            (&trust["trusted_domain"], &trust["flat_name"], &trust["sid"]),
            (&json!("partner.example"), &json!("PARTNER"), &json!("S-1-5-21-1-2-3"))
        );
        assert_eq!(
            (
                &trust["trust_direction_name"],
                &trust["trust_type"],
                &trust["trust_attributes"]
            ),
            (&json!("TRUST_DIRECTION_BIDIRECTIONAL"), &json!(2), &json!(8))
        );
    }
}

#[test]
fn a_trust_is_created_and_its_handle_remembered() {
    for wide in [false, true] {
        let head = Stub::new(wide).raw(&POLICY).structure();
        let head = head
            .counted("evil.example")
            .counted("EVIL")
            .pointer()
            .u32(3)
            .u32(2)
            .u32(0);
        let request = head.pad64(8).characters("evil.example").characters("EVIL");
        let said = Talk::new(LSARPC, wide)
            .call(
                51,
                &sid(request, None).done(),
                &Stub::new(wide).raw(&TRUST).u32(0).done(),
            )
            .call(
                34,
                &Stub::new(wide).raw(&TRUST).done(),
                &Stub::new(wide).raw(&[0; 20]).u32(0).done(),
            )
            .finish();
        let [created, deleted] = said.out.activities.as_slice() else {
            panic!("{:?}", said.activities)
        };
        assert!(!created.folds() && !deleted.folds(), "both change something");
        assert_eq!(said.activities[0]["details"]["trusted_domain"], "evil.example");
        assert_eq!(said.activities[0]["details"]["trust_direction"], 3);
        assert_eq!(said.activities[0]["observed"]["sid"], "S-1-5-21-1-2-3");
        assert_eq!(said.activities[1]["details"]["operation"], "LsarDeleteObject");
        assert_eq!(said.activities[1]["details"]["trusted_domain"], "evil.example");
    }
}

#[test]
fn a_trust_is_named_by_its_sid_or_name() {
    for wide in [false, true] {
        let by_sid = sid(Stub::new(wide).raw(&POLICY), None);
        let deleted = told(wide, 41, by_sid.clone(), done(wide));
        assert_eq!(deleted["observed"]["sid"], "S-1-5-21-1-2-3");
        let opened = told(wide, 25, by_sid.u32(0x7f), Stub::new(wide).raw(&TRUST).u32(0));
        assert_eq!(
            (&opened["observed"]["sid"], &opened["details"]["desired_access"]),
            (&json!("S-1-5-21-1-2-3"), &json!(0x7f))
        );
        let by_name = Stub::new(wide)
            .raw(&POLICY)
            .counted("partner.example")
            .characters("partner.example");
        let opened = told(wide, 55, by_name.clone().u32(0x7f), Stub::new(wide).raw(&TRUST).u32(0));
        assert_eq!(
            (
                &opened["details"]["trusted_domain"],
                &opened["details"]["desired_access"]
            ),
            (&json!("partner.example"), &json!(0x7f))
        );
        let asked = told(wide, 48, by_name.enumeration(6), Stub::new(wide).null().u32(0));
        assert_eq!(
            (
                &asked["details"]["trusted_domain"],
                &asked["details"]["information_level"]
            ),
            (&json!("partner.example"), &json!(6))
        );
    }
}
