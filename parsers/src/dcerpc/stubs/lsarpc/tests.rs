//! Lookups, rights and secrets in both transfer syntaxes.

mod policy;

use serde_json::json;

use crate::dcerpc::stubs::testing::{Stub, Talk};
use crate::testing::unhex;

const LSARPC: &str = "12345778-1234-abcd-ef00-0123456789ab";
const POLICY: [u8; 20] = [7; 20];

/// The sub-authorities of S-1-5-21-1-2-3 and `rid`, as an RPC_SID.
fn sid(stub: Stub, rid: Option<u32>) -> Stub {
    let subs: Vec<u32> = [21, 1, 2, 3].into_iter().chain(rid).collect();
    stub.sid(&subs)
}

/// LSAPR_REFERENCED_DOMAIN_LIST of LAB.
fn domains(stub: Stub) -> Stub {
    let stub = stub.pointer().structure().u32(1).pointer().u32(32);
    sid(stub.size(1).counted("LAB").pointer().characters("LAB"), None)
}

#[test]
fn names_become_sids() {
    for wide in [false, true] {
        let request = Stub::new(wide).raw(&POLICY).u32(1).size(1).counted("LAB\\alice");
        let request = request.characters("LAB\\alice").done();
        let response = domains(Stub::new(wide)).structure().u32(1).pointer().size(1);
        let response = response.align(4).enumeration(1).u32(1103).u32(0).u32(1).u32(0).done();
        let call = Talk::new(LSARPC, wide).call(14, &request, &response).only();
        assert_eq!(call["kind"], "lsarpc_query");
        assert_eq!(call["details"]["names"], json!(["LAB\\alice"]));
        assert_eq!(call["details"]["sids"], json!(["S-1-5-21-1-2-3-1103"]));
        assert_eq!(
            call["observed"],
            json!({"target_account": "alice", "target_domain": "LAB", "sid": "S-1-5-21-1-2-3-1103"})
        );
    }
}

#[test]
fn sids_become_names() {
    for wide in [false, true] {
        let request = Stub::new(wide)
            .raw(&POLICY)
            .structure()
            .u32(2)
            .pointer()
            .size(2)
            .pointer()
            .pointer();
        let request = sid(sid(request, Some(1103)), Some(9999)).done();
        let response = domains(Stub::new(wide)).structure().u32(2).pointer().size(2);
        let name = |stub: Stub, kind, name| {
            let stub = stub.structure().enumeration(kind).counted(name).u32(0);
            stub.pad64(8)
        };
        let response = name(name(response, 1, "alice"), 8, "0000270f");
        let response = response
            .characters("alice")
            .characters("0000270f")
            .u32(1)
            .u32(0x107)
            .done();
        let call = Talk::new(LSARPC, wide).call(15, &request, &response).only();
        assert_eq!(
            call["details"]["sids"],
            json!(["S-1-5-21-1-2-3-1103", "S-1-5-21-1-2-3-9999"])
        );
        assert_eq!(call["details"]["names"], json!(["LAB\\alice", ""]));
        assert_eq!(call["status"]["name"], "STATUS_SOME_NOT_MAPPED");
        assert_eq!(call["outcome"], "success");
    }
}

#[test]
fn a_secret_is_retrieved_by_name() {
    let request = Stub::new(false)
        .raw(&POLICY)
        .counted("G$BCKUPKEY_P")
        .characters("G$BCKUPKEY_P");
    let talk = Talk::new(LSARPC, false).call(43, &request.null().done(), &unhex("00000000 220000c0"));
    let call = talk.only();
    assert_eq!(call["action_type"], "Private Data retrieval");
    assert_eq!(call["details"]["secret_name"], "G$BCKUPKEY_P");
    assert_eq!(call["status"]["name"], "STATUS_ACCESS_DENIED");
}

#[test]
fn a_secret_is_known_by_its_handle() {
    let open = Stub::new(false)
        .raw(&POLICY)
        .counted("$MACHINE.ACC")
        .characters("$MACHINE.ACC")
        .u32(2)
        .done();
    let opened = Stub::new(false).raw(&[9; 20]).u32(0).done();
    let said = Talk::new(LSARPC, false)
        .call(28, &open, &opened)
        .call(30, &[9; 20], &[0; 20])
        .call(0, &[9; 20], &[0; 24])
        .call(30, &[9; 20], &[0; 20])
        .finish();
    let calls = said.activities;
    assert_eq!(calls[1]["details"]["secret_name"], "$MACHINE.ACC");
    assert_eq!(calls[1]["action_type"], "Private Data retrieval");
    assert_eq!(calls[2]["kind"], "rpc_call", "a close is a plain call");
    assert_eq!(calls[3]["details"].get("secret_name"), None, "it was closed");
}

#[test]
fn rights_are_given() {
    for wide in [false, true] {
        let request = sid(Stub::new(wide).raw(&POLICY), Some(1103))
            .structure()
            .u32(1)
            .pointer()
            .size(1);
        let right = "SeDebugPrivilege";
        let request = request.counted(right).characters(right).done();
        let call = Talk::new(LSARPC, wide).call(37, &request, &[0; 4]).only();
        assert_eq!(call["details"]["rights"], json!([right]));
        assert_eq!(call["details"]["change"], "add");
        assert_eq!(call["observed"]["sid"], "S-1-5-21-1-2-3-1103");
    }
}

/// What `opnum` says of its trust: `rest` follows the handle.
fn ask(wide: bool, opnum: u16, rest: impl FnOnce(Stub) -> Stub, answer: Stub) -> serde_json::Value {
    let request = rest(Stub::new(wide).raw(&POLICY)).done();
    Talk::new(LSARPC, wide).call(opnum, &request, &answer.done()).only()
}

/// LSAPR_TRUSTED_DOMAIN_INFO of `class`, with a secret where the class has one.
fn trusted(stub: Stub, class: u16) -> Stub {
    let stub = stub.pad64(8).enumeration(class).pad64(8);
    let stub = stub
        .counted("other.example")
        .counted("OTHER")
        .pointer()
        .u32(3)
        .u32(2)
        .u32(0x44);
    let stub = if matches!(class, 11 | 12) {
        stub.u32(0).null()
    } else {
        stub
    };
    let stub = stub.pad64(8);
    let stub = match class {
        8 | 12 => {
            let half = |stub: Stub| stub.u32(1).pointer().null();
            half(half(stub.u32(0).structure()).structure())
        }
        10 => stub.u32(0).structure().u32(6).pointer(),
        _ => stub,
    };
    let stub = stub.pad64(8).characters("other.example").characters("OTHER");
    sid(stub, None).size(6).octets(b"S3cret").u32(0)
}

#[test]
fn a_trust_is_told_without_its_secrets() {
    for wide in [false, true] {
        for class in [6, 8, 10, 11, 12] {
            let name = |stub: Stub| stub.counted("OTHER").characters("OTHER").enumeration(class);
            let by_sid = |stub: Stub| sid(stub, None).enumeration(class);
            let answer = || trusted(Stub::new(wide).pointer(), class);
            for call in [
                ask(wide, 26, |stub| stub.enumeration(class), answer()),
                ask(wide, 39, by_sid, answer()),
                ask(wide, 48, name, answer()),
                ask(
                    wide,
                    27,
                    |stub| trusted(stub.enumeration(class), class),
                    Stub::new(wide).u32(0),
                ),
                ask(wide, 49, |stub| trusted(name(stub), class), Stub::new(wide).u32(0)),
            ] {
                let details = &call["details"];
                assert_eq!(details["trusted_name"], "other.example", "{wide} {class}");
                assert_eq!(
                    (&details["flat_name"], &details["trust_attributes"]),
                    (&json!("OTHER"), &json!(0x44))
                );
                assert_eq!(details["trust_direction_name"], "TRUST_DIRECTION_BIDIRECTIONAL");
                assert_eq!(call["observed"]["sid"], "S-1-5-21-1-2-3");
                assert!(!call.to_string().contains("S3cret"));
            }
        }
    }
}

#[test]
fn other_classes_of_a_trust_are_read() {
    for wide in [false, true] {
        let of = |class: u16| Stub::new(wide).pointer().pad64(8).enumeration(class).pad64(8);
        let basic = sid(of(5).counted("OTHER").pointer().characters("OTHER"), None).u32(0);
        let call = ask(wide, 26, |stub| stub.enumeration(5), basic);
        assert_eq!(call["details"]["trusted_name"], "OTHER");
        assert_eq!(
            call["details"]["information_level_name"],
            "TrustedDomainInformationBasic"
        );
        assert_eq!(call["observed"]["sid"], "S-1-5-21-1-2-3");
        let controllers = of(2)
            .structure()
            .u32(1)
            .pointer()
            .size(1)
            .counted("dc9")
            .characters("dc9")
            .u32(0);
        let call = ask(wide, 26, |stub| stub.enumeration(2), controllers);
        assert_eq!(call["details"]["controllers"], json!(["dc9"]));
        let call = ask(wide, 26, |stub| stub.enumeration(13), of(13).u32(0x18).u32(0));
        assert_eq!(call["details"]["supported_etypes"], 0x18);
    }
}

#[test]
fn a_kerberos_policy_is_told_in_seconds() {
    for wide in [false, true] {
        let ticks = |stub: Stub| {
            [36_000, 36_000, 604_800, 300, 0]
                .iter()
                .fold(stub, |stub, seconds| stub.u64(seconds * 10_000_000))
        };
        let answer = Stub::new(wide)
            .pointer()
            .pad64(8)
            .enumeration(3)
            .pad64(8)
            .align(8)
            .u32(0x80);
        let details = &ask(wide, 53, |stub| stub.enumeration(3), ticks(answer).u32(0))["details"];
        assert_eq!(
            (&details["max_ticket_seconds"], &details["max_renew_seconds"]),
            (&json!(36_000), &json!(604_800))
        );
        assert_eq!(
            (&details["max_clock_skew_seconds"], &details["authentication_options"]),
            (&json!(300), &json!(128))
        );
    }
}

#[test]
fn privileges_have_names() {
    for wide in [false, true] {
        let luid = |stub: Stub, low: u32| stub.u32(low).u32(0);
        let list = Stub::new(wide).u32(2).structure().u32(2).pointer().size(2);
        let list = luid(list.counted("SeDebugPrivilege"), 20);
        let list = luid(list.counted("SeTcbPrivilege"), 7).characters("SeDebugPrivilege");
        let list = list.characters("SeTcbPrivilege").u32(0);
        let details = &ask(wide, 2, |stub| stub.u32(0).u32(1000), list)["details"];
        assert_eq!(details["privileges"], json!(["SeDebugPrivilege", "SeTcbPrivilege"]));
        let set = |stub: Stub| luid(luid(stub.size(2).u32(2).u32(0), 20).u32(3), 99).u32(0);
        for call in [
            ask(wide, 18, |stub| stub, set(Stub::new(wide).pointer()).u32(0)),
            ask(wide, 19, set, Stub::new(wide).u32(0)),
            ask(wide, 20, |stub| set(stub.raw(&[0]).pointer()), Stub::new(wide).u32(0)),
        ] {
            assert_eq!(call["details"]["privileges"], json!(["SeDebugPrivilege"]));
            assert_eq!(call["details"]["privilege_luids"], json!([20, 99]));
        }
    }
}

/// LSA_FOREST_TRUST_INFORMATION of two names and a domain.
pub(in crate::dcerpc::stubs) fn forest(stub: Stub) -> Stub {
    let record = |stub: Stub, kind: u16| {
        let stub = stub.align(8).u32(0).enumeration(kind).u64(0).pad64(8);
        stub.enumeration(kind).pad64(8)
    };
    let stub = stub.structure().u32(3).pointer().size(3).pointer().pointer().pointer();
    let stub = record(stub, 0).counted("forest.example").characters("forest.example");
    let stub = record(stub, 1)
        .counted("not.forest.example")
        .characters("not.forest.example");
    let stub = record(stub, 2)
        .structure()
        .pointer()
        .counted("forest.example")
        .counted("FOREST");
    sid(stub, None).characters("forest.example").characters("FOREST").u32(0)
}

#[test]
fn a_forest_is_told_by_its_names() {
    for wide in [false, true] {
        let name = |stub: Stub| {
            stub.counted("forest.example")
                .characters("forest.example")
                .enumeration(2)
        };
        for call in [
            ask(wide, 73, name, forest(Stub::new(wide).pointer())),
            ask(wide, 74, |stub| forest(name(stub)), Stub::new(wide).null().u32(0)),
        ] {
            let details = &call["details"];
            assert_eq!(
                (&details["trusted_domain"], &details["entries"]),
                (&json!("forest.example"), &json!(3))
            );
            assert_eq!(
                details["forest_trust"],
                json!([
                    {"type": 0, "type_name": "ForestTrustTopLevelName", "flags": 0, "name": "forest.example"},
                    {"type": 1, "type_name": "ForestTrustTopLevelNameEx", "flags": 0, "name": "not.forest.example"},
                    {"type": 2, "type_name": "ForestTrustDomainInfo", "flags": 0, "sid": "S-1-5-21-1-2-3",
                     "dns_name": "forest.example", "netbios_name": "FOREST"},
                ]),
                "{wide}"
            );
        }
    }
}
