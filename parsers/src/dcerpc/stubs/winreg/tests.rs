//! The registry service as a Windows client asked it, and changes that it did not make.

use proptest::prelude::*;
use serde_json::json;

use crate::dcerpc::stubs::calls::{Marshalled, Step, activities, counted, said};
use crate::dcerpc::stubs::testing::{Stub, Talk};

const WINREG: &str = "338cd001-2244-31f1-aaaa-900038001003";
const ROOT: &str = "00000000 0e64926de4fabf48aac7b0a2dc175c34";
const KEY: &str = "00000000 bee26cbacef1c446ab5ac59c2eb15d06";

/// Opens HKLM and the key `path` below it, and then asks `opnum` of that.
fn on_key(path: &str, opnum: u16, stub: &str, answer: &str) -> Vec<serde_json::Value> {
    let open = format!("{ROOT}{} 00000000 3f000f00", counted(path));
    activities(
        WINREG,
        Marshalled::Ndr20,
        &[
            Step::Asks(2, "04000200 0000 0000 00000002"),
            Step::Answers(&format!("{ROOT}00000000")),
            Step::Asks(15, &open),
            Step::Answers(&format!("{KEY}00000000")),
            Step::Asks(opnum, &format!("{KEY}{stub}")),
            Step::Answers(answer),
        ],
    )
}

#[test]
fn a_handle_knows_its_whole_path() {
    let path = "System\\CurrentControlSet\\Control\\ContentIndex";
    let said = on_key(path, 7, &counted("sub"), "00000000");
    let keys: Vec<_> = said
        .iter()
        .map(|activity| activity["details"]["key"].as_str().unwrap())
        .collect();
    let whole = "HKLM\\System\\CurrentControlSet\\Control\\ContentIndex";
    assert_eq!(keys, ["HKLM", whole, &format!("{whole}\\sub")]);
    assert!(said.iter().all(|activity| activity["kind"] == "remote_registry"));
    assert_eq!(said[0]["details"]["desired_access"], 0x200_0000);
    assert_eq!(said[2]["details"]["operation"], "BaseRegDeleteKey");
}

/// Asked of a Windows server by its performance monitor.
#[test]
fn a_value_is_asked_for() {
    let query = format!(
        "{KEY}0a000a02000002000501000000000000050000003200330030002000000000000400020031d7150000000000080002000000000
         00c00020000000000"
    );
    let answer = "406d0c0003000000000000004c6d0c0000000000546d0c0000000000ea000000";
    let said = activities(
        WINREG,
        Marshalled::Ndr20,
        &[
            Step::Asks(3, "28f40600 5000 0000 00000002"),
            Step::Answers(&format!("{KEY}00000000")),
            Step::Asks(17, &query),
            Step::Answers(answer),
        ],
    );
    let details = &said[1]["details"];
    assert_eq!((&details["key"], &details["value"]), (&json!("HKPD"), &json!("230 ")));
    assert_eq!(details.get("type"), None, "performance data is another every time");
    assert_eq!(said[1]["status"], json!({"code": 234, "name": "ERROR_MORE_DATA"}));
    assert_eq!(said[1]["outcome"], "success");
}

#[test]
fn values_are_told_where_they_are_no_secret() {
    let run = "Software\\Microsoft\\Windows\\CurrentVersion\\Run";
    let text = "01000000 0e000000 65007600690 06c002e0065000000 0000 0e000000";
    let text = text.replace(' ', "");
    let said = on_key(run, 22, &format!("{}{text}", counted("x1")), "00000000");
    let details = &said[2]["details"];
    assert_eq!(
        (&details["type_name"], &details["size"]),
        (&json!("REG_SZ"), &json!(14))
    );
    assert_eq!(details["data"], "evil.e");
    let number = "04000000 04000000 01000000 04000000";
    let said = on_key(
        "System\\CurrentControlSet\\Services\\x",
        22,
        &format!("{}{number}", counted("Start1")),
        "00000000",
    );
    assert_eq!(said[2]["details"]["data"], 1);
    for (key, name) in [
        (run, "DefaultPassword1"),
        ("SECURITY\\Policy", "x1"),
        ("System\\x\\Lsa\\JD", "x1"),
    ] {
        let name = if name.len() % 2 == 1 { &name[1..] } else { name };
        let said = on_key(key, 22, &format!("{}{text}", counted(name)), "00000000");
        assert_eq!(said[2]["details"].get("data"), None, "{key} {name}");
        assert_eq!(said[2]["details"]["size"], 14);
    }
}

#[test]
fn a_hive_is_saved_to_a_file() {
    let said = on_key(
        "SAM",
        20,
        &format!("{} 00000000", counted("C:\\Windows\\Temp\\x.tmp")),
        "00000000",
    );
    let details = &said[2]["details"];
    assert_eq!(details["operation"], "BaseRegSaveKey");
    assert_eq!(
        (&details["key"], &details["file"]),
        (&json!("HKLM\\SAM"), &json!("C:\\Windows\\Temp\\x.tmp"))
    );
}

/// Asks `opnum` of the key `path` of HKLM, with what follows its handle, and returns what is told of that.
fn asked(wide: bool, path: &str, opnum: u16, rest: impl FnOnce(Stub) -> Stub, answer: Stub) -> serde_json::Value {
    let root = Stub::new(wide).null().u32(0).done();
    let open = Stub::new(wide)
        .handle(ROOT)
        .counted(path)
        .characters(path)
        .u32(0)
        .u32(0)
        .done();
    let said = Talk::new(WINREG, wide)
        .call(2, &root, &Stub::new(wide).handle(ROOT).u32(0).done())
        .call(15, &open, &Stub::new(wide).handle(KEY).u32(0).done())
        .call(opnum, &rest(Stub::new(wide).handle(KEY)).done(), &answer.done())
        .finish();
    assert_eq!(said.out.counters.malformed(), []);
    said.activities[2].clone()
}

const RUN: &str = "Software\\Microsoft\\Windows\\CurrentVersion\\Run";

fn wide_text(text: &str) -> Vec<u8> {
    text.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect()
}

/// A value as it is answered: its type, data and size.
fn value(stub: Stub, kind: u32, data: &[u8], result: u32) -> Stub {
    let size = u32::try_from(data.len()).unwrap();
    let stub = stub
        .pointer()
        .u32(kind)
        .pointer()
        .size(size)
        .size(0)
        .size(size)
        .octets(data);
    stub.pointer().u32(size).pointer().u32(size).u32(result)
}

/// `lpValueName` and what else is sent with a query: room for the answer.
fn query(name: &str) -> impl Fn(Stub) -> Stub {
    move |stub| stub.counted(name).characters(name).null().null().null().null()
}

#[test]
fn a_value_that_is_read_is_told_where_it_is_no_secret() {
    for wide in [false, true] {
        let read = |path, name: &str, kind, data: &[u8], result| {
            asked(wide, path, 17, query(name), value(Stub::new(wide), kind, data, result))["details"].clone()
        };
        let details = read(RUN, "updater", 1, &wide_text("C:\\evil.exe"), 0);
        assert_eq!(
            (&details["type_name"], &details["size"]),
            (&json!("REG_SZ"), &json!(24))
        );
        assert_eq!(
            (&details["value"], &details["data"]),
            (&json!("updater"), &json!("C:\\evil.exe"))
        );
        assert_eq!(read(RUN, "n", 4, &[7, 0, 0, 0], 0)["data"], 7);
        assert_eq!(
            read(RUN, "b", 3, &[7, 0, 0, 0], 0).get("data"),
            None,
            "neither text nor number"
        );
        for (path, name) in [
            (RUN, "DefaultPassword"),
            ("SECURITY\\Policy\\Secrets\\x", ""),
            ("System\\CurrentControlSet\\Control\\Lsa\\JD", "x"),
        ] {
            let details = read(path, name, 1, &wide_text("S3cret"), 0);
            assert_eq!(
                (details.get("data"), &details["size"]),
                (None, &json!(14)),
                "{path} {name}"
            );
        }
        let refused = read(RUN, "missing", 1, &[], 2);
        assert_eq!(
            (refused.get("type"), refused.get("size")),
            (None, None),
            "what was asked is no answer"
        );
    }
}

#[test]
fn a_key_whose_root_nobody_saw_keeps_its_data() {
    for wide in [false, true] {
        let open = Stub::new(wide)
            .handle(ROOT)
            .counted("JD")
            .characters("JD")
            .u32(0)
            .u32(0)
            .done();
        let set = value(Stub::new(wide), 1, &wide_text("S3cret"), 0).done();
        let said = Talk::new(WINREG, wide)
            .call(15, &open, &Stub::new(wide).handle(KEY).u32(0).done())
            .call(17, &query("x")(Stub::new(wide).handle(KEY)).done(), &set)
            .finish();
        assert_eq!(said.activities[1]["details"]["key"], "JD");
        assert!(!said.activities[1].to_string().contains("S3cret"));
    }
}

#[test]
fn an_enumeration_names_what_it_comes_by() {
    for wide in [false, true] {
        let index = |stub: Stub| {
            stub.u32(0)
                .structure()
                .u16(0)
                .u16(512)
                .pointer()
                .size(256)
                .size(0)
                .size(0)
        };
        let answer = Stub::new(wide)
            .counted("Netlogon")
            .characters("Netlogon")
            .null()
            .null()
            .u32(0);
        let details = &asked(wide, RUN, 9, |stub| index(stub).null().null(), answer)["details"];
        assert_eq!(details["sub_key"], "Netlogon");
        let answer = value(
            Stub::new(wide).counted("updater").characters("updater"),
            1,
            &wide_text("evil.exe"),
            0,
        );
        let details = &asked(wide, RUN, 10, |stub| index(stub).null().null().null().null(), answer)["details"];
        assert_eq!(
            (&details["value"], &details["data"]),
            (&json!("updater"), &json!("evil.exe"))
        );
        let ends = Stub::new(wide)
            .structure()
            .u16(0)
            .u16(0)
            .null()
            .null()
            .null()
            .null()
            .null()
            .u32(259);
        let details = &asked(wide, RUN, 10, |stub| index(stub).null().null().null().null(), ends)["details"];
        assert_eq!((details.get("value"), details.get("type")), (None, None));
    }
}

/// The class of four keys below Lsa is half of what LSA secrets and SAM hashes are decrypted with.
#[test]
fn a_keys_class_is_told_where_it_is_no_secret() {
    for (wide, path, told) in [
        (false, RUN, json!("Shell")),
        (true, RUN, json!("Shell")),
        (false, "System\\CurrentControlSet\\Control\\Lsa\\JD", json!(null)),
        (true, "System\\ControlSet001\\Control\\Lsa\\Skew1", json!(null)),
    ] {
        let words = |stub: Stub| {
            [12, 9, 0, 34, 8, 8, 0, 0, 0, 0]
                .iter()
                .fold(stub, |stub, word| stub.u32(*word))
        };
        let class = |stub: Stub| stub.structure().u16(0).u16(0).null();
        let answer = words(Stub::new(wide).counted("Shell").characters("Shell"));
        let details = &asked(wide, path, 16, class, answer)["details"];
        assert_eq!(
            (&details["sub_key_count"], &details["value_count"]),
            (&json!(12), &json!(34))
        );
        assert_eq!(details["class"], told, "{path}");
    }
}

#[test]
fn values_that_are_asked_for_together_are_named() {
    for (wide, opnum) in [(false, 29), (true, 34)] {
        let entry = |stub: Stub| stub.structure().pointer().u32(0).null().u32(0).pad64(8);
        let list = |stub: Stub| {
            let stub = entry(entry(stub.size(2).size(0).size(2)));
            let stub = stub.counted("one").characters("one").counted("two").characters("two");
            stub.u32(2).null().u32(0)
        };
        let details = &asked(wide, RUN, opnum, list, Stub::new(wide).u32(0))["details"];
        assert_eq!(details["values"], json!(["one", "two"]), "{opnum}");
    }
}

proptest! {
    #[test]
    fn no_stub_panics(opnum in 0_u16..36, stub in proptest::collection::vec(any::<u8>(), 0..160), wide: bool) {
        let marshalled = if wide { Marshalled::Ndr64 } else { Marshalled::Ndr20 };
        let hex: String = stub.iter().map(|octet| format!("{octet:02x}")).collect();
        drop(said(WINREG, marshalled, &[Step::Asks(opnum, &hex), Step::Answers(&hex)]));
    }
}
