//! The registry service as a Windows client asked it, and changes that it did not make.

use proptest::prelude::*;
use serde_json::json;

use crate::dcerpc::stubs::calls::{Marshalled, Step, activities, counted, said};

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

proptest! {
    #[test]
    fn no_stub_panics(opnum in 0_u16..36, stub in proptest::collection::vec(any::<u8>(), 0..160), wide: bool) {
        let marshalled = if wide { Marshalled::Ndr64 } else { Marshalled::Ndr20 };
        let hex: String = stub.iter().map(|octet| format!("{octet:02x}")).collect();
        drop(said(WINREG, marshalled, &[Step::Asks(opnum, &hex), Step::Answers(&hex)]));
    }
}
