//! Members by their names, and the objects that they give: from a class to the command that it runs.

use serde_json::{Value, json};

use super::{ACTIVATOR, DISPATCH};
use crate::dcerpc::stubs::testing::{Stub, Talk, objref};
use crate::testing::Said;

const OXID: u64 = 0xbed0_5b18_ecb1_3abf;

/// IPIDs on the way.
const APPLICATION: &str = "00000c0d-19e0-1884-fe46-cc4443a1fc64";
const DOCUMENT: &str = "0000440f-19e0-1884-5ee9-3d6c1e656de0";
const VIEW: &str = "00004811-19e0-1884-15bc-e6bc168b8565";

/// The bytes of a property of an activation: its header of type serialization before them.
fn serialized(body: Stub) -> Vec<u8> {
    let body = body.align(8).done();
    let size = u32::try_from(body.len()).unwrap();
    Stub::new(false)
        .hex("01100800 cccccccc")
        .u32(size)
        .u32(0)
        .raw(&body)
        .done()
        .to_vec()
}

/// A pointer to an OBJREF_CUSTOM with properties.
fn properties(all: &[(&str, Vec<u8>)]) -> Stub {
    let count = u32::try_from(all.len()).unwrap();
    let header = Stub::new(false).u32(0).u32(0).u32(0).u32(2).u32(count).raw(&[0; 16]);
    let header = header.pointer().pointer().null().size(count);
    let header = all.iter().fold(header, |stub, (clsid, _)| stub.uuid(clsid)).size(count);
    let header = all
        .iter()
        .fold(header, |stub, (_, body)| stub.u32(u32::try_from(body.len()).unwrap()));
    let mut header = serialized(header);
    let size = u32::try_from(header.len()).unwrap().to_le_bytes();
    header[20..24].copy_from_slice(&size);
    let bodies: Vec<u8> = all.iter().flat_map(|(_, body)| body.clone()).collect();
    let objref = Stub::new(false)
        .hex("4d454f57 04000000")
        .raw(&[0; 32])
        .u32(0)
        .u32(0)
        .u32(0)
        .u32(0)
        .raw(&header)
        .raw(&bodies)
        .done();
    Stub::new(false).interface(&objref)
}

/// `RemoteGetClassObject` of MMC20.Application, and an object of IDispatch for it.
fn activated() -> Talk {
    let class = Stub::new(false)
        .uuid("49b2791a-b1ae-4c90-9b8e-e860ba07f889")
        .u32(0x10)
        .u32(0)
        .u32(0)
        .u32(1)
        .u32(0)
        .pointer()
        .u32(0)
        .u32(0)
        .size(1)
        .uuid(DISPATCH);
    let asks = properties(&[("000001ab-0000-0000-c000-000000000046", serialized(class))]).done();
    let asks = Stub::new(false).this().raw(&asks).done();
    let out = Stub::new(false)
        .u32(1)
        .pointer()
        .pointer()
        .pointer()
        .size(1)
        .uuid(DISPATCH)
        .size(1)
        .u32(0)
        .size(1)
        .interface(&objref(DISPATCH, OXID, APPLICATION));
    let answer = properties(&[("00000339-0000-0000-c000-000000000046", serialized(out))]).done();
    let answer = Stub::new(false).that().raw(&answer).align(4).u32(0).done();
    Talk::new(ACTIVATOR, false).call(3, &asks, &answer)
}

fn names(wide: bool, name: &str) -> Vec<u8> {
    Stub::new(wide)
        .this()
        .raw(&[0; 16])
        .size(1)
        .pointer()
        .wide_string(name)
        .u32(1)
        .u32(0x409)
        .done()
        .to_vec()
}

fn numbered(wide: bool, number: u32) -> Vec<u8> {
    Stub::new(wide).that().size(1).u32(number).u32(0).done().to_vec()
}

/// `Invoke` with texts as arguments, the last of which stands first.
fn invoke(wide: bool, number: u32, texts: &[&str]) -> Vec<u8> {
    let count = u32::try_from(texts.len()).unwrap();
    let stub = Stub::new(wide)
        .this()
        .u32(number)
        .raw(&[0; 16])
        .u32(0)
        .u32(3)
        .structure();
    let stub = if texts.is_empty() { stub.null() } else { stub.pointer() };
    let mut stub = stub.null().u32(count).u32(0);
    if !texts.is_empty() {
        stub = stub.size(count);
        stub = texts.iter().fold(stub, |stub, _| stub.pointer());
    }
    let stub = texts.iter().rev().fold(stub, |stub, text| {
        stub.align(8)
            .u32(5)
            .u32(0)
            .u16(8)
            .raw(&[0; 6])
            .u32(8)
            .pad64(8)
            .bstr(text)
    });
    stub.u32(0).size(0).size(0).done().to_vec()
}

/// What `Invoke` gives: nothing, or an object.
fn given(wide: bool, ipid: Option<&str>, code: u32) -> Vec<u8> {
    let stub = Stub::new(wide).that().pointer().align(8).u32(5).u32(0);
    let stub = match ipid {
        Some(ipid) => stub
            .u16(9)
            .raw(&[0; 6])
            .u32(9)
            .pad64(8)
            .interface(&objref(DISPATCH, OXID, ipid)),
        None => stub.u16(3).raw(&[0; 6]).u32(3).pad64(8).u32(42),
    };
    let stub = stub
        .structure()
        .u32(0)
        .pointer()
        .pointer()
        .null()
        .u32(0)
        .null()
        .null()
        .u32(code);
    let stub = stub.pad64(8);
    let text = |stub: Stub, text: &str| {
        let units: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let count = u32::try_from(units.len() / 2).unwrap();
        stub.size(count).u32(count * 2).u32(count).raw(&units)
    };
    text(text(stub, "mmc"), "no such file")
        .u32(0)
        .size(0)
        .u32(if code == 0 { 0 } else { 0x8002_0009 })
        .done()
        .to_vec()
}

fn invoked(said: &Said) -> Vec<&Value> {
    let told = said.activities.iter();
    told.filter(|told| told["details"]["operation"] == "Invoke").collect()
}

#[test]
fn a_class_is_followed_to_the_command_it_runs() {
    let said = Talk::new(DISPATCH, false)
        .after(activated())
        .on(APPLICATION)
        .call(5, &names(false, "Document"), &numbered(false, 4))
        .call(6, &invoke(false, 4, &[]), &given(false, Some(DOCUMENT), 0))
        .on(DOCUMENT)
        .call(6, &invoke(false, 6, &[]), &given(false, Some(VIEW), 0))
        .on(VIEW)
        .call(5, &names(false, "ExecuteShellCommand"), &numbered(false, 0x36))
        .call(
            6,
            &invoke(false, 0x36, &["cmd.exe", "", "/c whoami", "7"]),
            &given(false, None, 0),
        )
        .finish();
    assert_eq!(said.out.counters.malformed(), []);
    let names = said
        .activities
        .iter()
        .find(|told| told["details"]["operation"] == "GetIDsOfNames");
    assert_eq!(names.unwrap()["details"]["members"], json!([4]));
    let told: Vec<_> = invoked(&said)
        .iter()
        .map(|told| {
            let details = &told["details"];
            assert_eq!(details["class"], "MMC20.Application");
            (details["reached_by"].as_str(), details["method"].as_str())
        })
        .collect();
    assert_eq!(
        told,
        [
            (None, Some("Document")),
            (Some("Document"), Some("ActiveView")),
            (Some("Document.ActiveView"), Some("ExecuteShellCommand")),
        ]
    );
    let last = &invoked(&said)[2]["details"];
    assert_eq!(last["arguments"], json!(["cmd.exe", "", "/c whoami", "7"]));
    assert_eq!(last["result"], 42);
}

#[test]
fn an_exception_says_why() {
    for wide in [false, true] {
        let said = Talk::new(DISPATCH, wide)
            .on(VIEW)
            .call(6, &invoke(wide, 7, &["x"]), &given(wide, None, 0x8007_0002))
            .finish();
        assert_eq!(said.out.counters.malformed(), []);
        let [told] = invoked(&said)[..] else {
            panic!("{:?}", said.activities)
        };
        assert_eq!(told["outcome"], "failure");
        assert_eq!(told["status"]["name"], "DISP_E_EXCEPTION");
        let details = &told["details"];
        assert_eq!(
            (
                &details["exception_name"],
                &details["exception_source"],
                &details["exception_description"]
            ),
            (&json!("ERROR_FILE_NOT_FOUND"), &json!("mmc"), &json!("no such file"))
        );
        assert_eq!(details["withheld_arguments"], json!([{"type": "VT_BSTR", "length": 1}]));
    }
}

#[test]
fn cut_calls_cost_their_arguments_alone() {
    for wide in [false, true] {
        let (asks, answers) = (invoke(wide, 7, &["x", "y"]), given(wide, Some(VIEW), 0x8007_0002));
        for cut in 0..asks.len().max(answers.len()) {
            let cut = |stub: &[u8]| stub[..cut.min(stub.len())].to_vec();
            let said = Talk::new(DISPATCH, wide)
                .on(VIEW)
                .call(6, &cut(&asks), &cut(&answers))
                .finish();
            assert_eq!(invoked(&said).len(), 1);
            assert!(said.out.counters.malformed().iter().all(|(.., count)| *count <= 2));
        }
    }
}

#[test]
fn what_takes_a_password_is_told_without_its_arguments() {
    for method in ["MapNetworkDrive", "SetPassword", "ConnectServer"] {
        for wide in [false, true] {
            let said = Talk::new(DISPATCH, wide)
                .on(VIEW)
                .call(5, &names(wide, method), &numbered(wide, 3))
                .call(6, &invoke(wide, 3, &["Z:", "S3cret"]), &given(wide, None, 0))
                .finish();
            assert_eq!(invoked(&said)[0]["details"]["method"], method);
            assert!(!said.activities.iter().any(|told| told.to_string().contains("S3cret")));
        }
    }
}

/// Whoever has the type library asks for no names, and what it is that the number stands for is not on the wire.
#[test]
fn what_nobody_knows_the_name_of_is_told_by_its_outline() {
    for (number, given) in [
        (3, &["Z:", r"\\fs\share", "S3cret"][..]),
        (0x36, &["lab", "alice", "S3cret", ""]),
        (0x36, &["alice", "S3cret", "7"]),
        (0x6003_0001, &["alice", "S3cret", "", "S3cret", "0"]),
        (0x6003_0001, &["alice", "x", "", "open", "S3cret"]),
    ] {
        for wide in [false, true] {
            let said = Talk::new(DISPATCH, wide)
                .on(VIEW)
                .call(6, &invoke(wide, number, given), &self::given(wide, None, 0))
                .finish();
            let details = &invoked(&said)[0]["details"];
            let outline = |text: &&str| json!({"type": "VT_BSTR", "length": text.len()});
            let outline: Vec<_> = given.iter().map(outline).collect();
            assert_eq!(
                (
                    &details["argument_count"],
                    &details["withheld_arguments"],
                    details.get("arguments")
                ),
                (&json!(given.len()), &json!(outline), None)
            );
            assert!(!said.activities.iter().any(|told| told.to_string().contains("S3cret")));
        }
    }
}

#[test]
fn commands_are_told_where_nothing_before_them_was_seen() {
    for (number, given) in [
        (0x36, &["cmd.exe", "", "/c whoami", "7"][..]),
        (0x36, &["cmd.exe", "", "/c whoami", "minimized"]),
        (0x6003_0001, &["cmd.exe", "/c whoami", r"C:\", "", "0"]),
    ] {
        let said = Talk::new(DISPATCH, false)
            .on(VIEW)
            .call(6, &invoke(false, number, given), &self::given(false, None, 0))
            .finish();
        let details = &invoked(&said)[0]["details"];
        assert_eq!((&details["arguments"], details.get("method")), (&json!(given), None));
    }
}

#[test]
fn members_that_their_type_libraries_number_need_no_names() {
    let said = Talk::new(DISPATCH, false)
        .after(activated())
        .on(APPLICATION)
        .call(6, &invoke(false, 4, &[]), &given(false, Some(DOCUMENT), 0))
        .on(DOCUMENT)
        .call(6, &invoke(false, 6, &[]), &given(false, Some(VIEW), 0))
        .on(VIEW)
        .call(
            6,
            &invoke(false, 0x36, &["cmd.exe", "/c", "whoami", "x"]),
            &given(false, None, 0),
        )
        .call(6, &invoke(false, 0x99, &["S3cret"]), &given(false, None, 0))
        .finish();
    let told = invoked(&said);
    let details = &told[2]["details"];
    assert_eq!(
        (&details["method"], &details["arguments"]),
        (&json!("ExecuteShellCommand"), &json!(["cmd.exe", "/c", "whoami", "x"]))
    );
    assert_eq!(
        told[3]["details"]["withheld_arguments"],
        json!([{"type": "VT_BSTR", "length": 6}])
    );
}

#[test]
fn arguments_are_bounded_and_those_that_are_not_read_are_told_so() {
    let many: Vec<_> = (0..40).map(|_| "S3cret").collect();
    let said = Talk::new(DISPATCH, false)
        .on(VIEW)
        .call(6, &invoke(false, 3, &many), &given(false, None, 0))
        .finish();
    assert_eq!(invoked(&said)[0]["details"]["argument_count"], 40);
    assert_eq!(
        invoked(&said)[0]["details"]["withheld_arguments"]
            .as_array()
            .map(Vec::len),
        Some(32)
    );
    assert_eq!(said.out.counters.limits(), [("dcerpc.arguments", 1)]);
    let array = Stub::new(false)
        .this()
        .u32(3)
        .raw(&[0; 16])
        .u32(0)
        .u32(1)
        .structure()
        .pointer()
        .null()
        .u32(2)
        .u32(0)
        .size(2)
        .pointer()
        .pointer()
        .align(8)
        .u32(5)
        .u32(0)
        .u16(0x2008)
        .raw(&[0; 6])
        .u32(0x2008)
        .raw(&[0; 64])
        .done();
    let said = Talk::new(DISPATCH, false)
        .on(VIEW)
        .call(6, &array, &given(false, None, 0))
        .finish();
    assert_eq!(
        invoked(&said)[0]["details"]["withheld_arguments"],
        json!([{"type": "unread"}, {"type": "0x2008"}])
    );
}

#[test]
fn what_an_exporter_was_made_for_is_the_class_of_its_objects() {
    let lost = "00007777-19e0-1884-0000-000000000001";
    let unknown = "00000143-0000-0000-c000-000000000046";
    let asks = Stub::new(false)
        .this()
        .uuid(lost)
        .u32(5)
        .u16(1)
        .size(1)
        .uuid(DISPATCH)
        .done();
    let answer = Stub::new(false)
        .that()
        .pointer()
        .size(1)
        .u32(0)
        .align(8)
        .u32(0)
        .u32(5)
        .u64(OXID)
        .u64(1)
        .uuid(VIEW)
        .u32(0)
        .done();
    let said = Talk::new(unknown, false)
        .after(activated())
        .on("0000ac00-19e0-1884-0d27-e12f90823d58")
        .call(3, &asks, &answer)
        .on(VIEW)
        .context(2)
        .call(6, &invoke(false, 4, &[]), &given(false, None, 0))
        .finish();
    let details = &invoked(&said)[0]["details"];
    assert_eq!(
        (&details["class"], &details["method"]),
        (&json!("MMC20.Application"), &json!("Document"))
    );
}
