//! Printers, ports, jobs and their data, under the numbers of either interface and in every marshalling.

use serde_json::{Value, json};

use super::{HANDLE, IREMOTEWINSPOOL, WINSPOOL};
use crate::dcerpc::stubs::testing::{Stub, Talk};

/// The same call under both numbers.
fn both(opnums: [u16; 2], request: &Stub, response: &Stub) -> Value {
    let [old, new] = [(WINSPOOL, opnums[0]), (IREMOTEWINSPOOL, opnums[1])].map(|(interface, opnum)| {
        let talk = Talk::everywhere(interface).call(opnum, request.clone(), response.clone());
        talk.only()
    });
    let told = |activity: &Value| {
        let mut details = activity["details"].clone();
        let fields = details.as_object_mut().unwrap();
        for name in ["interface", "interface_uuid", "opnum", "operation"] {
            fields.remove(name);
        }
        (activity["kind"].clone(), activity["observed"].clone(), details)
    };
    assert_eq!(told(&old), told(&new));
    new
}

fn on_printer() -> Stub {
    Stub::default().handle(HANDLE)
}

fn done() -> Stub {
    Stub::default().u32(0)
}

/// DEVMODE_CONTAINER and SECURITY_CONTAINER, the second of which has something.
fn containers(stub: Stub) -> Stub {
    let stub = stub.structure().u32(0).null();
    stub.structure().u32(4).pointer().size(4).octets(&[1, 0, 4, 0x80])
}

/// SPLCLIENT_CONTAINER of eve on WS1.
fn client(stub: Stub) -> Stub {
    let stub = stub.container(1).structure().u32(28).pointer().pointer();
    let stub = stub.u32(17_763).u32(3).u32(0).u16(9).pad64(8);
    stub.wide_string("WS1").wide_string("eve")
}

/// PRINTER_CONTAINER of level 2.
fn printer(stub: Stub, port: &str, separator: Option<&str>) -> Stub {
    let stub = stub
        .container(2)
        .structure()
        .null()
        .pointer()
        .pointer()
        .pointer()
        .pointer();
    let stub = stub.null().null().null();
    let stub = if separator.is_some() {
        stub.pointer()
    } else {
        stub.null()
    };
    let stub = stub.pointer().null().pointer().null();
    let stub = (0..8).fold(stub, |stub, _| stub.u32(0x40)).pad64(8);
    let stub = stub
        .wide_string("Office")
        .wide_string("office$")
        .wide_string(port)
        .wide_string("PCL");
    let stub = separator.into_iter().fold(stub, Stub::wide_string);
    stub.wide_string("winprint").wide_string("S3cret")
}

#[test]
fn a_printer_that_is_added_says_where_it_prints_to() {
    let request = client(containers(printer(
        Stub::default().wide_argument(r"\\dc1"),
        "LPT1:",
        None,
    )));
    let added = both([70, 1], &request, &on_printer().u32(0));
    let details = &added["details"];
    assert_eq!(added["kind"], "rpc_call");
    assert_eq!(
        (
            &details["printer"],
            &details["share"],
            &details["printer_port"],
            &details["driver"]
        ),
        (&json!("Office"), &json!("office$"), &json!("LPT1:"), &json!("PCL"))
    );
    assert_eq!(
        (&details["client_machine"], &details["client_user"]),
        (&json!("WS1"), &json!("eve"))
    );
    assert!(!added.to_string().contains("S3cret"), "parameters are not told");
    let request = containers(printer(Stub::default().null(), "LPT1:", None));
    let said = Talk::everywhere(WINSPOOL)
        .call(5, request, on_printer().u32(0))
        .call(6, on_printer(), done())
        .finish();
    assert_eq!(said.activities[1]["details"]["printer"], "Office");
}

#[test]
fn a_printer_that_prints_to_another_host_is_coerced() {
    let set = |port: &str, separator| containers(printer(on_printer(), port, separator)).u32(0);
    for request in [set(r"\\attacker\share", None), set("LPT1:", Some(r"\\attacker\share"))] {
        let coerced = both([7, 8], &request, &Stub::default().u32(5));
        assert_eq!(
            (
                &coerced["kind"],
                &coerced["details"]["unc_path"],
                &coerced["observed"]["host"]
            ),
            (
                &json!("authentication_coercion"),
                &json!(r"\\attacker\share"),
                &json!("attacker")
            )
        );
        assert_eq!(coerced["outcome"], "failure");
    }
    let url = set("http://eve:S3cret@printer.lab.example/ipp?x=1", None);
    let set = both([7, 8], &url, &done());
    assert_eq!(set["details"]["printer_port"], "http://eve@printer.lab.example/ipp?x=1");
    assert!(!set.to_string().contains("S3cret"));
    let pause = on_printer()
        .structure()
        .u32(0)
        .pad64(8)
        .u32(0)
        .pad64(8)
        .null()
        .structure()
        .u32(0)
        .null();
    let pause = both([7, 8], &pause.structure().u32(0).null().u32(1), &done());
    assert_eq!(pause["details"]["command_name"], "PRINTER_CONTROL_PAUSE");
}

#[test]
fn a_document_that_becomes_a_file_is_told() {
    let start = on_printer().container(1).structure().pointer().pointer().null();
    let start = start.wide_string("x").wide_string(r"C:\Windows\System32\evil.dll");
    let started = both([17, 10], &start, &Stub::default().u32(7).u32(0));
    let details = &started["details"];
    assert_eq!(
        (&details["document"], &details["output_file"], &details["job_id"]),
        (&json!("x"), &json!(r"C:\Windows\System32\evil.dll"), &json!(7))
    );
    let set = both([2, 2], &on_printer().u32(7).null().u32(3), &done());
    assert_eq!(set["details"]["job_id"], 7);
}

#[test]
fn ports_are_named() {
    let add = Stub::default().null().container(1).structure().pointer();
    let add = add
        .wide_string(r"C:\evil.dll")
        .structure()
        .u32(0)
        .null()
        .wide_string("Local Port");
    let added = both([61, 49], &add, &done());
    assert_eq!(
        (&added["details"]["printer_port"], &added["details"]["monitor"]),
        (&json!(r"C:\evil.dll"), &json!("Local Port"))
    );
    let set = Stub::default()
        .null()
        .wide_argument("LPT1:")
        .container(3)
        .structure()
        .u32(1)
        .null()
        .u32(0);
    assert_eq!(both([71, 50], &set, &done())["details"]["printer_port"], "LPT1:");
    let deleted = Talk::everywhere(WINSPOOL)
        .call(39, Stub::default().null().size(0).wide_string("LPT1:"), done())
        .only();
    assert_eq!(deleted["details"]["printer_port"], "LPT1:");
}

#[test]
fn a_password_in_a_url_is_hidden_whatever_follows_it() {
    let cut = Stub::default()
        .null()
        .wide_argument("http://eve:S3cret@host/port")
        .u32(1);
    let said = Talk::new(WINSPOOL, false)
        .call(71, &cut.done(), &done().done())
        .finish();
    assert_eq!(said.activities[0]["details"]["printer_port"], "http://eve@host/port");
    let start = on_printer().container(1).structure().pointer().pointer().null();
    let start = start
        .wide_string("http://eve:S3cret@host/doc")
        .wide_string("ftp://eve:S3cret@host/out");
    let started = both([17, 10], &start, &Stub::default().u32(7).u32(0));
    assert!(!started.to_string().contains("S3cret"), "{started}");
}

#[test]
fn a_port_that_is_added_by_its_monitor_is_named() {
    let port: Vec<u8> = "\\\\attacker\\x\0".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let size = u32::try_from(port.len()).unwrap();
    let xcv = |name| {
        on_printer()
            .wide_string(name)
            .size(size)
            .octets(&port)
            .u32(size)
            .u32(0)
            .u32(0)
    };
    let answer = Stub::default().size(4).octets(&[0; 4]).u32(0).u32(87).u32(0);
    let added = both([88, 33], &xcv("AddPort"), &answer);
    assert_eq!(
        (
            &added["kind"],
            &added["details"]["printer_port"],
            &added["details"]["monitor_status"]
        ),
        (&json!("authentication_coercion"), &json!(r"\\attacker\x"), &json!(87))
    );
    let other = both([88, 33], &xcv("SetSNMPCommunity"), &answer);
    assert_eq!(
        (&other["kind"], other["details"].get("printer_port")),
        (&json!("rpc_call"), None)
    );
}

#[test]
fn data_that_names_a_library_is_told_and_no_other() {
    let text: Vec<u8> = "evil.dll\0".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let data = |stub: Stub| stub.u32(1).size(18).octets(&text).u32(18);
    let set = |key: &str| data(on_printer().wide_string(key).wide_string("Module"));
    let copied = both([77, 19], &set(r"CopyFiles\Evil"), &done());
    assert_eq!(
        (
            &copied["details"]["key"],
            &copied["details"]["value"],
            &copied["details"]["data"]
        ),
        (&json!(r"CopyFiles\Evil"), &json!("Module"), &json!("evil.dll"))
    );
    let other = both([77, 19], &set("PrinterDriverData"), &done());
    assert_eq!(
        (&other["details"]["size"], other["details"].get("data")),
        (&json!(18), None)
    );
    let spool = both([27, 18], &data(on_printer().wide_string("SpoolDirectory")), &done());
    assert_eq!(spool["details"]["data"], "evil.dll");
}

#[test]
fn what_is_deleted_is_named() {
    let named = || Stub::default().null().wide_string("Windows x64").wide_string("PCL");
    assert_eq!(both([13, 42], &named(), &done())["details"]["driver"], "PCL");
    let all = both([84, 43], &named().u32(4).u32(3), &done());
    assert_eq!(
        (&all["details"]["driver"], &all["details"]["flags"]),
        (&json!("PCL"), &json!(4))
    );
    let named = || Stub::default().null().null().wide_string("evil");
    assert_eq!(both([47, 52], &named(), &done())["details"]["monitor"], "evil");
    assert_eq!(both([48, 53], &named(), &done())["details"]["print_processor"], "evil");
    let connection = Stub::default().null().wide_string(r"\\fs1\Office");
    assert_eq!(
        both([86, 56], &connection, &done())["details"]["printer"],
        r"\\fs1\Office"
    );
    let package = Stub::default()
        .null()
        .wide_string(r"C:\x.inf")
        .wide_string("Windows x64");
    let deleted = Talk::everywhere(IREMOTEWINSPOOL)
        .call(67, package, Stub::default().u32(0x8007_0005))
        .only();
    assert_eq!(
        (&deleted["details"]["path"], &deleted["status"]["name"]),
        (&json!(r"C:\x.inf"), &json!("ERROR_ACCESS_DENIED"))
    );
}

#[test]
fn lists_are_told_by_their_counts() {
    let counted = Stub::default().pointer().size(8).octets(&[0; 8]).u32(8).u32(3).u32(0);
    let refused = Stub::default().null().u32(4096).u32(0).u32(122);
    let server = || Stub::default().wide_argument(r"\\dc1");
    for (opnums, request) in [
        (
            [0, 38],
            Stub::default().u32(2).wide_argument(r"\\dc1").u32(1).null().u32(0),
        ),
        ([10, 40], server().wide_argument("Windows x64").u32(2).null().u32(0)),
        ([15, 45], server().null().u32(1).null().u32(0)),
        ([35, 47], server().u32(1).null().u32(0)),
        ([36, 48], server().u32(2).null().u32(0)),
        ([87, 57], server().null().u32(0)),
        ([4, 4], on_printer().u32(0).u32(10).u32(1).null().u32(0)),
    ] {
        let told = both(opnums, &request, &counted);
        assert_eq!(
            (&told["details"]["entries"], &told["outcome"]),
            (&json!(3), &json!("success"))
        );
        assert_eq!(both(opnums, &request, &refused)["details"]["entries"], 0);
    }
    let path: Vec<u8> = "C:\\x\0\0".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let answer = Stub::default().pointer().size(12).octets(&path).u32(10).u32(0);
    let directory = both([12, 41], &server().null().u32(1).null().u32(0), &answer);
    assert_eq!(directory["details"]["driver_directory"], "C:\\x");
}
