//! ShadowCoerce, and a set of shadow copies from its start to its end.

use serde_json::{Value, json};

use crate::dcerpc::stubs::testing::{Stub, Talk};

const FSRVP: &str = "a8e0653c-2744-4389-a61d-7373df8b2292";
const SHARE: &str = r"\\attacker\NETLOGON\";
const SET: &str = "00112233445566778899aabbccddeeff";
const COPY: &str = "ffeeddccbbaa99887766554433221100";
const SET_TEXT: &str = "33221100-5544-7766-8899-aabbccddeeff";
const COPY_TEXT: &str = "ccddeeff-aabb-8899-7766-554433221100";

fn call(opnum: u16, request: Stub, response: Stub) -> Value {
    Talk::everywhere(FSRVP).call(opnum, request, response).only()
}

fn ids(first: &str, second: &str) -> Stub {
    Stub::default().guid(first).guid(second)
}

#[test]
fn a_share_of_another_host_is_named() {
    let alone = || Stub::default().wide_string(SHARE);
    let refused = |stub: Stub| stub.u32(0x8007_0005);
    let nil = || Stub::default().octets(&[0; 16]);
    let cases = [
        (8, alone(), refused(Stub::default().u32(0).null())),
        (9, alone(), refused(Stub::default().u32(0).u32(0))),
        (3, ids(COPY, SET).wide_string(SHARE), refused(nil())),
        (
            10,
            ids(COPY, SET).wide_string(SHARE).u32(1),
            refused(Stub::default().pad64(8).u32(1).pad64(8).null()),
        ),
        (11, ids(SET, COPY).wide_string(SHARE), refused(Stub::default())),
    ];
    for (opnum, request, response) in cases {
        let activity = call(opnum, request, response);
        assert_eq!(activity["kind"], "authentication_coercion");
        assert_eq!(
            (&activity["observed"]["host"], &activity["details"]["unc_path"]),
            (&json!("attacker"), &json!(SHARE))
        );
        assert_eq!(activity["status"]["name"], "ERROR_ACCESS_DENIED");
    }
}

#[test]
fn a_share_says_who_owns_it_and_whether_it_is_copied() {
    let alone = || Stub::default().wide_string(r"\\fs1\share\");
    let owned = Stub::default().u32(1).wide_argument("FS1").u32(0);
    let details = &call(8, alone(), owned)["details"];
    assert_eq!(
        (&details["supported"], &details["owner_machine"]),
        (&json!(true), &json!("FS1"))
    );
    let details = &call(9, alone(), Stub::default().u32(1).u32(3).u32(0))["details"];
    assert_eq!(
        (&details["shadow_copied"], &details["compatibility"]),
        (&json!(true), &json!(["DISABLE_DEFRAG", "DISABLE_CONTENTINDEX"]))
    );
}

#[test]
fn a_set_of_copies_is_known_by_its_id() {
    let done = || Stub::default().u32(0);
    let context = call(1, Stub::default().u32(0x0400_0008), done());
    assert_eq!(
        context["details"]["context_names"],
        json!(["ATTR_NO_AUTO_RELEASE", "ATTR_FILE_SHARE"])
    );
    let version = call(0, Stub::default(), Stub::default().u32(1).u32(1).u32(0));
    assert_eq!(version["details"]["max_version"], 1);
    let started = call(2, Stub::default().guid(COPY), Stub::default().guid(SET).u32(0));
    assert_eq!(
        (
            &started["details"]["shadow_copy_set"],
            &started["details"]["client_set_id"]
        ),
        (&json!(SET_TEXT), &json!(COPY_TEXT))
    );
    let added = call(3, ids(SET, SET).wide_string(SHARE), Stub::default().guid(COPY).u32(0));
    assert_eq!(added["details"]["shadow_copy"], COPY_TEXT);
    for opnum in [4, 5, 12] {
        let details = &call(opnum, Stub::default().guid(SET).u32(60_000), done())["details"];
        assert_eq!(
            (&details["shadow_copy_set"], &details["timeout_ms"]),
            (&json!(SET_TEXT), &json!(60_000))
        );
    }
    let aborted = call(7, Stub::default().guid(SET), done());
    assert_eq!(aborted["details"]["shadow_copy_set"], SET_TEXT);
}

#[test]
fn a_copy_says_where_it_is_shared() {
    let request = ids(COPY, SET).wide_string(r"\\fs1\share\").u32(1);
    let mapping = Stub::default().arm(1).align(8).guid(SET).guid(COPY).pointer().pointer();
    let mapping = mapping
        .u64(133_000_000)
        .wide_string(r"\\fs1\share\")
        .wide_string("share@{copy}");
    let details = &call(10, request, mapping.u32(0))["details"];
    assert_eq!(
        (
            &details["shadow_copy_share"],
            &details["shadow_copy"],
            &details["shadow_copy_set"]
        ),
        (&json!("share@{copy}"), &json!(COPY_TEXT), &json!(SET_TEXT))
    );
    let deleted = call(11, ids(SET, COPY).wide_string(r"\\fs1\share\"), Stub::default().u32(0));
    assert_eq!(deleted["details"]["shadow_copy"], COPY_TEXT);
}
