//! Lookups, rights and secrets in both transfer syntaxes.

use serde_json::json;

use crate::dcerpc::stubs::testing::{Stub, Talk};
use crate::testing::unhex;

const LSARPC: &str = "12345778-1234-abcd-ef00-0123456789ab";
const POLICY: [u8; 20] = [7; 20];

/// The sub-authorities of S-1-5-21-1-2-3 and `rid`, as an RPC_SID.
fn sid(stub: Stub, rid: Option<u32>) -> Stub {
    let count = 4 + u8::from(rid.is_some());
    let stub = stub.size(count.into()).align(4).raw(&[1, count]).hex("000000000005");
    let stub = [21, 1, 2, 3].into_iter().fold(stub, Stub::u32);
    rid.into_iter().fold(stub, Stub::u32)
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
