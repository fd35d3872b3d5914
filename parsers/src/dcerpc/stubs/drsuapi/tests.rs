//! Calls as clients marshal them, in either transfer syntax: on the wire they are sealed.

use serde_json::{Value, json};

use crate::dcerpc::stubs::testing::{Stub, Talk};
use crate::testing::unhex;

const DRSUAPI: &str = "e3514235-4b06-11d1-ab04-00c04fc2dcd2";
const HANDLE: &str = "00000000 0102030405060708090a0b0c0d0e0f10";
/// NTDSAPI_CLIENT_GUID.
const NTDSAPI: &str = "1a204de2 d64f d111 a3da 0000f875ae0d";
const GUID: &str = "d85bb6dd6f724f4e88c9bc0979034c8d";
const GUID_TEXT: &str = "ddb65bd8-726f-4e4f-88c9-bc0979034c8d";

/// One call on a handle, in both transfer syntaxes.
fn call(opnum: u16, arguments: impl Fn(Stub) -> Stub, response: impl Fn(Stub) -> Stub) -> Value {
    let [narrow, wide] = [false, true].map(|wide| {
        let request = arguments(Stub::new(wide).handle(HANDLE)).done();
        let response = response(Stub::new(wide)).u32(0).done();
        Talk::new(DRSUAPI, wide).call(opnum, &request, &response).only()
    });
    let without_sizes = |activity: &Value| {
        let mut details = activity["details"].clone();
        details.as_object_mut().unwrap().remove("stub_size");
        details
    };
    assert_eq!(without_sizes(&narrow), without_sizes(&wide));
    assert_eq!(narrow["kind"], "directory_replication");
    assert_eq!(narrow["action_type"], "Directory Services replication");
    wide
}

/// `DWORD dwVersion`, and the union's discriminant.
fn version(stub: Stub, version: u32) -> Stub {
    stub.u32(version).pad64(8).u32(version).structure()
}

/// A DSNAME, the referent of a pointer.
fn dsname(stub: Stub, guid: &str, sid: &str, dn: &str) -> Stub {
    let mut padded = unhex(sid);
    let sid = u32::try_from(padded.len()).unwrap();
    padded.resize(28, 0);
    let dn = format!("{dn}\0");
    let count = u32::try_from(dn.encode_utf16().count()).unwrap();
    stub.size(count)
        .u32(0)
        .u32(sid)
        .guid(guid)
        .octets(&padded)
        .u32(count - 1)
        .units(&dn)
}

const NIL: &str = "00000000000000000000000000000000";
const SID: &str = "010400000000000515000000 89d134a8b6fb72d6fb364723";

#[test]
fn a_bind_says_who_binds_and_what_it_can() {
    let request = Stub::new(false)
        .pointer()
        .guid(NTDSAPI)
        .pointer()
        .size(28)
        .u32(28)
        .u32(0x0400_8000)
        .guid(GUID)
        .u32(9)
        .u32(3);
    let answer = Stub::new(false)
        .pointer()
        .size(4)
        .u32(4)
        .u32(0x1fff_ffff)
        .handle(HANDLE)
        .u32(0);
    let unbind = Stub::new(false).handle(HANDLE).done();
    let said = Talk::new(DRSUAPI, false)
        .call(0, &request.done(), &answer.done())
        .call(18, &unbind, &[0; 4])
        .call(1, &unbind, &[0; 24])
        .finish();
    let details = &said.activities[0]["details"];
    assert_eq!(details["client_dsa"], "e24d201a-4fd6-11d1-a3da-0000f875ae0d");
    assert_eq!(details["client_dsa_name"], "NTDSAPI_CLIENT_GUID");
    assert_eq!(
        (&details["site"], &details["replication_epoch"]),
        (&json!(GUID_TEXT), &json!(3))
    );
    assert_eq!(
        details["extension_names"],
        json!(["DRS_EXT_STRONG_ENCRYPTION", "DRS_EXT_GETCHGREPLY_V6"])
    );
    assert_eq!(details["server_extensions"], 0x1fff_ffff);
    assert_eq!(said.activities[1]["details"]["client_dsa_name"], Value::Null);
    assert_eq!(
        said.activities[1]["details"]["client_dsa"],
        "e24d201a-4fd6-11d1-a3da-0000f875ae0d"
    );
    assert_eq!(said.activities[2]["kind"], "rpc_call");
}

/// What DRS_MSG_GETCHGREQ_V5 and V8 begin with.
fn changes_of(stub: Stub) -> Stub {
    let stub = stub.guid(GUID).guid(NIL).pointer().u64(12).u64(0).u64(14).pointer();
    stub.u32(0x0088_0030).u32(1).u32(0).u32(6).u64(0)
}

/// What its pointers mean: the object, and how up to date its replica is.
fn changed(stub: Stub) -> Stub {
    let stub = dsname(stub, GUID, SID, "CN=krbtgt,CN=Users,DC=lab,DC=example");
    stub.size(1).align(8).u32(1).u32(0).u32(1).u32(0).guid(GUID).u64(9)
}

fn check_changes(activity: &Value, attributes: &Value) {
    let details = &activity["details"];
    assert_eq!(details["destination_dsa"], GUID_TEXT);
    assert_eq!(details["naming_context"], "CN=krbtgt,CN=Users,DC=lab,DC=example");
    assert_eq!(details["naming_context_guid"], GUID_TEXT);
    assert_eq!(
        details["naming_context_sid"],
        "S-1-5-21-2822033801-3597859766-591869691"
    );
    assert_eq!(
        (&details["extended_op"], &details["extended_op_name"]),
        (&json!(6), &json!("EXOP_REPL_OBJ"))
    );
    assert_eq!((&details["max_objects"], &details["from_usn"]), (&json!(1), &json!(12)));
    assert_eq!(
        details["flag_names"],
        json!(["DRS_WRIT_REP", "DRS_INIT_SYNC", "DRS_SYNC_URGENT", "DRS_INIT_SYNC_NOW"])
    );
    assert_eq!(&details["partial_attributes"], attributes);
}

#[test]
fn every_version_of_a_request_for_changes_is_read() {
    for number in [5, 8, 10, 11] {
        let arguments = |stub: Stub| {
            let mut stub = changes_of(version(stub, number).align(8));
            if number >= 8 {
                stub = stub.pointer().null().structure().u32(0).null();
            }
            if number >= 10 {
                stub = stub.u32(1);
            }
            if number >= 11 {
                stub = stub.align(4).guid(GUID).null();
            }
            let stub = changed(stub.pad64(8));
            if number >= 8 {
                stub.size(2).u32(1).u32(0).u32(2).u32(9).u32(10)
            } else {
                stub
            }
        };
        let activity = call(3, arguments, |stub| version(stub, 2));
        check_changes(&activity, &if number >= 8 { json!(2) } else { Value::Null });
        assert_eq!(activity["details"]["message_version"], number);
    }
}

#[test]
fn requests_by_mail_are_read_too() {
    for number in [4, 7] {
        let arguments = |stub: Stub| {
            let stub = version(stub, number).align(8).guid(GUID).pointer().align(8);
            let stub = stub
                .guid(GUID)
                .guid(NIL)
                .pointer()
                .u64(12)
                .u64(0)
                .u64(14)
                .pointer()
                .pointer();
            let mut stub = stub.structure().u32(0).null().u32(0x0088_0030).u32(1).u32(0).u32(6);
            if number == 7 {
                stub = stub.null().null().structure().u32(0).null();
            }
            let stub = changed(stub.pad64(8).size(3).u32(3).octets(b"a@b"));
            stub.size(2).u32(1).u32(0).u32(2).u32(9).u32(10)
        };
        check_changes(&call(3, arguments, |stub| version(stub, 2)), &json!(2));
    }
}

#[test]
fn a_reply_says_how_much_came() {
    let response = |stub: Stub| {
        let stub = version(stub, 6).align(8).guid(GUID).guid(NIL).null();
        let stub = (0..6).fold(stub, Stub::u64).null().structure().u32(0).null();
        stub.u32(1).u32(1).u32(4000).pointer().u32(0)
    };
    let activity = call(
        3,
        |stub| changed(changes_of(version(stub, 5).align(8)).pad64(8)),
        response,
    );
    let details = &activity["details"];
    assert_eq!((&details["objects"], &details["bytes"]), (&json!(1), &json!(4000)));
    assert_eq!(
        (&details["reply_version"], &details["source_dsa"]),
        (&json!(6), &json!(GUID_TEXT))
    );
}

#[test]
fn replicas_name_their_source() {
    const NC: &str = "DC=lab,DC=example";
    let arguments = |stub: Stub| {
        let stub = version(stub, 1).pointer().guid(GUID).pointer().u32(0x10).pad64(8);
        dsname(stub, NIL, "", NC).narrow_string("dc2.lab.example")
    };
    let sync = call(2, arguments, |stub| stub);
    assert_eq!(sync["details"]["naming_context"], NC);
    assert_eq!(sync["details"]["source_address"], "dc2.lab.example");
    assert_eq!(sync["details"]["source_dsa"], GUID_TEXT);
    assert_eq!(
        (&sync["observed"]["dn"], &sync["observed"]["host"]),
        (&json!(NC), &json!("dc2.lab.example"))
    );
    let arguments = |stub: Stub| {
        let stub = version(stub, 2)
            .pointer()
            .pointer()
            .null()
            .pointer()
            .raw(&[0x11; 84])
            .u32(0x10)
            .pad64(8);
        let stub = dsname(dsname(stub, NIL, "", NC), GUID, "", "CN=NTDS Settings");
        stub.narrow_string("rogue.lab.example")
    };
    let add = call(5, arguments, |stub| stub);
    assert_eq!(add["details"]["source_dsa_dn"], "CN=NTDS Settings");
    assert_eq!(add["details"]["source_address"], "rogue.lab.example");
    assert_eq!(add["details"]["flag_names"], json!(["DRS_WRIT_REP"]));
    for (opnum, number) in [(5, 1), (6, 1)] {
        let arguments = |stub: Stub| {
            let stub = version(stub, number).pointer().pointer();
            let stub = if opnum == 5 { stub.raw(&[0x11; 84]) } else { stub };
            dsname(stub.u32(0x8000).pad64(8), NIL, "", NC).narrow_string("rogue")
        };
        let activity = call(opnum, arguments, |stub| stub);
        assert_eq!(activity["details"]["source_address"], "rogue");
        assert_eq!(activity["details"]["flag_names"], json!(["DRS_NO_SOURCE"]));
    }
    let arguments = |stub: Stub| {
        let stub = version(stub, 1).pointer().pointer().guid(GUID).u32(0x1c).pad64(8);
        dsname(stub, NIL, "", NC).narrow_string("dc2")
    };
    let refs = call(4, arguments, |stub| stub);
    assert_eq!(
        refs["details"]["flag_names"],
        json!(["DRS_DEL_REF", "DRS_WRIT_REP", "DRS_ADD_REF"])
    );
    assert_eq!(refs["details"]["destination_dsa"], GUID_TEXT);
    let arguments = |stub: Stub| {
        let stub = version(stub, 1)
            .pointer()
            .guid(GUID)
            .null()
            .raw(&[0; 84])
            .u32(1)
            .u32(2)
            .u32(0)
            .pad64(8);
        dsname(stub, NIL, "", NC)
    };
    assert_eq!(call(7, arguments, |stub| stub)["details"]["modify_fields"], 2);
}

#[test]
fn names_are_cracked() {
    let arguments = |stub: Stub| {
        let stub = version(stub, 1).u32(0).u32(0).u32(0).u32(2).u32(6).u32(1).pointer();
        stub.size(1).pointer().wide_string(r"LAB\krbtgt")
    };
    let response = |stub: Stub| {
        let stub = version(stub, 1)
            .pointer()
            .structure()
            .u32(1)
            .pointer()
            .size(1)
            .structure();
        stub.u32(0)
            .pointer()
            .pointer()
            .wide_string("lab.example")
            .wide_string("{guid}")
    };
    let activity = call(12, arguments, response);
    let details = &activity["details"];
    assert_eq!(details["names"], json!([r"LAB\krbtgt"]));
    assert_eq!(details["format_offered_name"], "DS_NT4_ACCOUNT_NAME");
    assert_eq!(details["format_desired_name"], "DS_UNIQUE_ID_NAME");
    assert_eq!(
        details["results"],
        json!([{"status": 0, "domain": "lab.example", "name": "{guid}"}])
    );
}

#[test]
fn service_principal_names_are_written() {
    let arguments = |stub: Stub| {
        let stub = version(stub, 1).u32(0).u32(0).pointer().u32(2).pointer();
        let stub = stub.wide_string("CN=alice,DC=lab").size(2).pointer().pointer();
        stub.wide_string("HOST/evil").wide_string("GC/evil/lab.example")
    };
    let activity = call(13, arguments, |stub| stub);
    assert_eq!(activity["details"]["spns"], json!(["HOST/evil", "GC/evil/lab.example"]));
    assert_eq!(activity["details"]["spn_operation_name"], "DS_SPN_ADD_SPN_OP");
    assert_eq!(
        (&activity["observed"]["dn"], &activity["observed"]["spn"]),
        (&json!("CN=alice,DC=lab"), &json!("HOST/evil"))
    );
}

#[test]
fn entries_controllers_and_information_are_named() {
    let arguments = |stub: Stub| {
        let stub = version(stub, 2).pointer().pointer().u32(0).structure().u32(1).pointer();
        let stub = stub.structure().null().pointer().u32(0).structure().u32(4).pointer();
        dsname(stub, GUID, "", "CN=ROGUE,CN=Servers")
    };
    let entry = call(17, arguments, |stub| stub);
    assert_eq!(
        (&entry["details"]["entries"], &entry["details"]["attributes"]),
        (&json!(2), &json!(4))
    );
    assert_eq!(entry["observed"]["dn"], "CN=ROGUE,CN=Servers");
    let arguments = |stub: Stub| version(stub, 1).pointer().u32(2).pad64(8).wide_string("lab.example");
    assert_eq!(
        call(16, arguments, |stub| version(stub, 2).u32(0).null())["details"]["domain"],
        "lab.example"
    );
    let arguments = |stub: Stub| {
        version(stub, 1)
            .u32(0)
            .pointer()
            .guid(NIL)
            .pad64(8)
            .wide_string("DC=lab")
    };
    let info = call(19, arguments, |stub| stub);
    assert_eq!(
        (&info["details"]["info_type_name"], &info["details"]["dn"]),
        (&json!("DS_REPL_INFO_NEIGHBORS"), &json!("DC=lab"))
    );
    let arguments = |stub: Stub| {
        let stub = version(stub, 1)
            .u32(2)
            .u32(1)
            .pointer()
            .structure()
            .u32(0)
            .null()
            .structure()
            .u32(0)
            .null();
        dsname(stub.size(1).pointer(), GUID, SID, "CN=alice")
    };
    let verified = call(8, arguments, |stub| stub);
    assert_eq!(verified["details"]["names"][0]["dn"], "CN=alice");
}

#[test]
fn sid_histories_and_keys_name_whom_they_are_for() {
    let arguments = |stub: Stub| {
        let stub = version(stub, 1).u32(0).pointer().pointer().null();
        let stub = stub.u32(1).pointer().u32(0).null().u32(6).pointer().pointer().pointer();
        let stub = stub.wide_string("OLD").wide_string("administrator").size(1).units("a");
        stub.size(6).units("secret").wide_string("LAB").wide_string("mallory")
    };
    let history = call(20, arguments, |stub| stub);
    assert_eq!(
        (
            &history["details"]["source_domain"],
            &history["details"]["source_account"]
        ),
        (&json!("OLD"), &json!("administrator"))
    );
    assert_eq!(
        (
            &history["observed"]["target_domain"],
            &history["observed"]["target_account"]
        ),
        (&json!("LAB"), &json!("mallory"))
    );
    assert!(!history.to_string().contains("secret"));
    let arguments = |stub: Stub| {
        version(stub, 1)
            .pointer()
            .u32(3)
            .pointer()
            .wide_string("CN=SRV1")
            .size(3)
            .octets(&[1, 2, 3])
    };
    let key = call(29, arguments, |stub| stub);
    assert_eq!(
        (&key["observed"]["dn"], &key["details"]["key_size"]),
        (&json!("CN=SRV1"), &json!(3))
    );
}

/// What replicates is sealed: operation, sizes and who calls are told.
#[test]
fn what_is_sealed_is_replication_all_the_same() {
    let activity = Talk::new(DRSUAPI, false).sealed(3, &[0x55; 300], &[0x66; 4000]).only();
    assert_eq!(activity["kind"], "directory_replication");
    assert_eq!(activity["action_type"], "Directory Services replication");
    let details = &activity["details"];
    assert_eq!(details["operation"], "IDL_DRSGetNCChanges");
    assert_eq!((&details["sealed"], &details["stub_size"]), (&json!(true), &json!(300)));
    assert_eq!(details["response_size"], 4000);
}

#[test]
fn memberships_are_asked_for_and_answered() {
    let activity = call(
        9,
        |stub| {
            let stub = version(stub, 1)
                .u32(1)
                .pointer()
                .u32(1)
                .enumeration(6)
                .null()
                .size(1)
                .pointer();
            dsname(stub, NIL, SID, "CN=alice,DC=lab,DC=example")
        },
        |stub| {
            let stub = version(stub, 1)
                .u32(0)
                .u32(2)
                .u32(0)
                .pointer()
                .null()
                .null()
                .size(2)
                .pointer()
                .pointer();
            dsname(dsname(stub, GUID, "", "CN=Domain Admins"), NIL, "", "CN=Other").align(4)
        },
    );
    let details = &activity["details"];
    assert_eq!(details["membership_operation_name"], "GroupMembersTransitive");
    assert_eq!(details["names"][0]["dn"], "CN=alice,DC=lab,DC=example");
    assert_eq!(activity["observed"]["dn"], "CN=alice,DC=lab,DC=example");
    assert_eq!(
        details["memberships"],
        json!([{"dn": "CN=Domain Admins", "guid": GUID_TEXT}, {"dn": "CN=Other"}])
    );
    assert_eq!(details["entries"], 2);
}

#[test]
fn controllers_of_a_domain_are_answered() {
    for level in [1, 2, 3] {
        let activity = call(
            16,
            |stub| {
                version(stub, 1)
                    .pointer()
                    .u32(level)
                    .pad64(8)
                    .wide_string("lab.example")
            },
            |stub| {
                let stub = version(stub, level).u32(1).pointer().size(1).structure();
                let (names, flags, guids) = [(5, 2, 0), (7, 3, 4), (7, 4, 4)][level as usize - 1];
                let stub = (0..names).fold(stub, |stub, _| stub.pointer());
                let stub = (0..flags).fold(stub, |stub, _| stub.u32(1));
                let stub = (0..guids).fold(stub, |stub, _| stub.guid(GUID)).pad64(8);
                let names = ["DC1", "dc1.lab.example", "Site", "a", "b", "c", "d"]
                    .into_iter()
                    .take(names);
                names.fold(stub, Stub::wide_string).align(4)
            },
        );
        let controller = &activity["details"]["controllers"][0];
        assert_eq!(
            (&controller["netbios_name"], &controller["host"]),
            (&json!("DC1"), &json!("dc1.lab.example"))
        );
        assert_eq!(
            (&controller["site"], &controller["pdc"]),
            (&json!("Site"), &json!(true)),
            "{level}"
        );
        assert_eq!(controller.get("gc").is_some(), level > 1);
        assert_eq!(controller.get("rodc").is_some(), level > 2);
    }
}

#[test]
fn who_is_connected_to_a_controller_is_answered() {
    let activity = call(
        16,
        |stub| version(stub, 1).null().u32(u32::MAX).pad64(8),
        |stub| {
            let stub = version(stub, u32::MAX).u32(1).pointer().size(1).structure();
            let stub = stub
                .u32(u32::from_le_bytes([10, 0, 0, 7]))
                .u32(0)
                .u32(60)
                .u32(0)
                .u32(9)
                .u32(0)
                .pointer();
            stub.wide_string(r"LAB\eve").align(4)
        },
    );
    assert_eq!(
        activity["details"]["connections"],
        json!([{"address": "10.0.0.7", "user": r"LAB\eve"}])
    );
}
