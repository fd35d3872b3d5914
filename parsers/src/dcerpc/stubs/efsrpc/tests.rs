//! PetitPotam in all its operations, and what is asked of an encrypted file.

use serde_json::{Value, json};

use crate::dcerpc::stubs::testing::{Stub, Talk};
use crate::testing::unhex;

const LSARPC: &str = "c681d488-d850-11d0-8c52-00c04fd90f7e";

/// PetitPotam's EfsRpcOpenFileRaw and what an unpatched controller answered, as they were on the wire.
#[test]
fn petit_potam_names_where_it_leads() {
    let request = "21000000 00000000 21000000 5c005c003100390032002e003100360038002e0030002e00310035005c0074006500
        730074005c00530065007400740069006e00670073002e0069006e0069000000 bfbf 00000000";
    let activity = Talk::new(LSARPC, false)
        .call(
            0,
            &unhex(request),
            &unhex("0000000000000000000000000000000000000000 35000000"),
        )
        .only();
    assert_eq!(activity["kind"], "authentication_coercion");
    assert_eq!(activity["details"]["interface"], "efsrpc");
    assert_eq!(activity["details"]["operation"], "EfsRpcOpenFileRaw");
    assert_eq!(activity["details"]["unc_path"], r"\\192.168.0.15\test\Settings.ini");
    assert_eq!(activity["observed"]["host"], "192.168.0.15");
    assert_eq!(activity["status"]["name"], "ERROR_BAD_NETPATH");
    assert_eq!(activity["outcome"], "failure");
}

const EFSRPC: &str = "df1941c5-fe89-4e79-bf10-463657acf44d";
const PATH: &str = r"\\attacker\share\x";

fn named() -> Stub {
    Stub::default().wide_string(PATH)
}

/// EFS_RPC_BLOB or EFS_HASH_BLOB, of which `behind` writes what its pointer means.
fn blob(stub: Stub, size: u32) -> Stub {
    stub.structure().u32(size).pointer()
}

/// `DWORD dwFlags, [in, unique] EFS_RPC_BLOB *Reserved`.
fn reserved(given: bool) -> Stub {
    let stub = Stub::default().u32(1);
    match given {
        true => blob(stub.pointer(), 3).size(3).octets(&[1, 2, 3]),
        false => stub.null(),
    }
}

fn done() -> Stub {
    Stub::default().u32(0)
}

/// Two users of a list by SID, each with what `entry` adds to it.
fn users(stub: Stub, fixed: fn(Stub) -> Stub, entry: impl Fn(Stub, u32) -> Stub) -> Stub {
    let stub = stub.structure().u32(2).pointer().size(2).pointer().pointer();
    [1103, 500].into_iter().fold(stub, |stub, rid| {
        let stub = fixed(stub.structure().u32(80).pointer()).sid(&[21, 1, 2, 3, rid]);
        entry(stub, rid)
    })
}

/// ENCRYPTION_CERTIFICATE_HASH_LIST.
fn hashes(stub: Stub) -> Stub {
    let fixed = |stub: Stub| stub.pointer().pointer();
    users(stub, fixed, |stub, rid| {
        let stub = blob(stub, 20).size(20).octets(&[u8::try_from(rid % 256).unwrap(); 20]);
        stub.wide_string(if rid == 500 {
            "admin(admin@lab)"
        } else {
            "alice(alice@lab)"
        })
    })
}

/// ENCRYPTION_CERTIFICATE_LIST.
fn certificates(stub: Stub) -> Stub {
    users(stub, Stub::pointer, |stub, _| {
        stub.structure().u32(1).u32(4).pointer().size(4).octets(b"cert")
    })
}

fn call(opnum: u16, request: Stub, response: Stub) -> Value {
    Talk::everywhere(EFSRPC).call(opnum, request, response).only()
}

#[test]
fn every_operation_with_a_path_names_it() {
    let cases = [
        (0, named().u32(4), Stub::default().octets(&[0; 20]).u32(53)),
        (4, named(), done()),
        (5, named().u32(0), done()),
        (6, named(), Stub::default().null().u32(53)),
        (7, named(), Stub::default().null().u32(53)),
        (8, hashes(named()), done()),
        (9, certificates(named()), done()),
        (12, named().u32(1), Stub::default().null().u32(53)),
        (13, named().wide_string("C:\\y").u32(2).u32(0).null().u32(0), done()),
        (
            13,
            Stub::default()
                .wide_string("C:\\y")
                .wide_string(PATH)
                .u32(2)
                .u32(0)
                .null()
                .u32(0),
            done(),
        ),
        (15, certificates(reserved(true).wide_string(PATH)), done()),
        (
            16,
            reserved(false).wide_string(PATH).u32(2),
            Stub::default().null().u32(53),
        ),
        (18, named(), Stub::default().null().u32(53)),
        (19, blob(named().null(), 0), done()),
        (21, named().null().u32(0), done()),
        (22, named(), Stub::default().null().u32(53)),
    ];
    for (opnum, request, response) in cases {
        let activity = call(opnum, request, response);
        assert_eq!(activity["kind"], "authentication_coercion", "{opnum}");
        assert_eq!(
            (&activity["details"]["unc_path"], &activity["observed"]["host"]),
            (&json!(PATH), &json!("attacker")),
            "{opnum}"
        );
        assert_ne!(activity["outcome"], "unknown");
    }
}

#[test]
fn users_and_recovery_agents_are_told_by_sid_and_certificate() {
    for (opnum, request, response) in [
        (6, named(), hashes(Stub::default().pointer()).u32(0)),
        (7, named(), hashes(Stub::default().pointer()).u32(0)),
        (8, hashes(named()), done()),
    ] {
        let details = &call(opnum, request, response)["details"];
        assert_eq!(details["entries"], 2);
        assert_eq!(
            details["users"],
            json!([
                {"sid": "S-1-5-21-1-2-3-1103", "sha1": "4f".repeat(20), "display_name": "alice(alice@lab)"},
                {"sid": "S-1-5-21-1-2-3-500", "sha1": "f4".repeat(20), "display_name": "admin(admin@lab)"},
            ])
        );
    }
}

#[test]
fn users_that_are_added_are_told_without_their_certificates() {
    for (opnum, request) in [
        (9, certificates(named())),
        (15, certificates(reserved(true).wide_string(PATH))),
    ] {
        let activity = call(opnum, request, done());
        assert_eq!(
            activity["details"]["users"],
            json!([
                {"sid": "S-1-5-21-1-2-3-1103", "certificate_size": 4},
                {"sid": "S-1-5-21-1-2-3-500", "certificate_size": 4},
            ])
        );
    }
}

#[test]
fn a_long_list_of_users_is_cut() {
    let count = 300;
    let head = Stub::default().pointer().structure().u32(count).pointer().size(count);
    let pointers = (0..count).fold(head, |stub, _| stub.pointer());
    let entries = (0..count).fold(pointers, |stub, _| stub.structure().u32(0).null().null().null());
    let said = Talk::everywhere(EFSRPC).call(6, named(), entries.u32(0)).finish();
    let details = &said.activities[0]["details"];
    assert_eq!(
        (&details["entries"], details["users"].as_array().map(Vec::len)),
        (&json!(300), Some(256))
    );
    assert_eq!(said.out.counters.limits(), [("dcerpc.listed", 1)]);
}

#[test]
fn a_key_is_told_by_its_algorithm_and_metadata_by_their_size() {
    let key = blob(Stub::default().pointer(), 16).size(16);
    let key = key.octets(&[1, 0, 0, 0, 0, 1, 0, 0, 0x10, 0x66, 0, 0, 0, 1, 0, 0]);
    let details = &call(12, named().u32(1), key.u32(0))["details"];
    assert_eq!(
        (
            &details["information_level_name"],
            &details["key_algorithm_name"],
            &details["key_length"]
        ),
        (&json!("BASIC_KEY_INFO"), &json!("CALG_AES_256"), &json!(256))
    );
    let metadata = blob(Stub::default().pointer(), 6).size(6).octets(b"S3cret").u32(0);
    let activity = call(18, named(), metadata);
    assert_eq!(activity["details"]["metadata_size"], 6);
    assert!(!activity.to_string().contains("S3cret"));
}

#[test]
fn protectors_are_told() {
    let list = Stub::default()
        .pointer()
        .pointer()
        .structure()
        .u32(1)
        .pointer()
        .size(1)
        .pointer();
    let list = list
        .structure()
        .u32(80)
        .pointer()
        .pointer()
        .sid(&[18])
        .wide_string("LOCAL=user");
    let details = &call(22, named(), list.u32(0))["details"];
    assert_eq!(
        details["protectors"],
        json!([{"sid": "S-1-5-18", "protector": "LOCAL=user"}])
    );
    let details = &call(21, named().wide_argument("SID=S-1-5-18").u32(0), done())["details"];
    assert_eq!(details["protector"], "SID=S-1-5-18");
}

#[test]
fn what_is_read_from_an_open_file_is_about_that_file() {
    let handle = "00000000 0102030405060708090a0b0c0d0e0f10";
    let open = Stub::new(false).wide_string(r"C:\secret.txt").u32(0).done();
    let said = Talk::new(LSARPC, false)
        .call(0, &open, &unhex(&format!("{handle} 00000000")))
        .call(1, &unhex(handle), &[0; 8])
        .finish();
    assert_eq!(said.activities[0]["details"]["path"], r"C:\secret.txt");
    assert_eq!(said.activities[1]["kind"], "rpc_call");
    assert_eq!(said.activities[1]["details"]["path"], r"C:\secret.txt");
}
