//! WMI from its logon to a process that is started.

mod answers;
mod encoding;

use proptest::prelude::*;
use serde_json::json;

use super::methods::before_key;
use crate::dcerpc::stubs::calls::{Marshalled, Step, activities, said, wide};

const LOGIN: &str = "f309ad18-d86a-11d0-a075-00c04fb68820";
const SERVICES: &str = "9556dc99-828c-11cf-a37e-00aa003240c7";

/// ORPCTHIS without extensions.
const THIS: &str = "0500070000000000000000001a32177fa89d154fb3b89bc1909da2a500000000";

/// A BSTR and the padding behind it.
fn bstr(text: &str) -> String {
    let units = u32::try_from(text.len()).unwrap();
    let padding = if units % 2 == 1 { "0000" } else { "" };
    let characters: String = wide(text).chars().take(text.len() * 4).collect();
    format!(
        "04000200 {:08x} {:08x} {:08x} {characters}{padding}",
        units.swap_bytes(),
        (units * 2).swap_bytes(),
        units.swap_bytes()
    )
}

fn number(value: usize) -> String {
    format!("{:08x}", u32::try_from(value).unwrap().swap_bytes())
}

/// A heap's length has its highest bit set.
fn heap_length(heap: &str) -> String {
    number((heap.len() / 2) | 0x8000_0000)
}

fn encoded(text: &str) -> String {
    let octets: String = text.bytes().map(|octet| format!("{octet:02x}")).collect();
    format!("00{octets}00")
}

/// An instance of `__PARAMETERS` with the texts `CommandLine` and `Password`, and the number `ShowWindow`: its OBJREF behind a
/// pointer.
fn parameters(command: &str, password: &str) -> String {
    let names = ["__PARAMETERS", "CommandLine", "Password", "ShowWindow"].map(encoded);
    let mut heap: String = names.concat();
    let mut place = 0;
    let places = names.map(|name| {
        let at = place;
        place += name.len() / 2;
        at
    });
    let mut information = Vec::new();
    for (order, kind) in [8_u32, 8, 19].into_iter().enumerate() {
        information.push(heap.len() / 2);
        heap += &format!(
            "{:08x}{:02x}00{} 00000000 04000000",
            kind.swap_bytes(),
            order,
            number(order * 4)
        )
        .replace(' ', "");
    }
    let properties: String = (0..3)
        .map(|at| format!("{}{}", number(places[at + 1]), number(information[at])))
        .collect();
    let table = "00".repeat(13);
    let part = format!(
        "00 {} {} 04000000 04000000 03000000 {properties} {table} {}{heap}",
        number(places[0]),
        number(13),
        heap_length(&heap),
    )
    .replace(' ', "");
    let texts = [encoded(command), encoded(password)];
    let second = texts[0].len() / 2;
    let values = format!("00 00000000 {} 05000000", number(second)).replace(' ', "");
    let heap = texts.concat();
    let instance = format!("00000000 00 00000000 {values} 04000000 01 {}{heap}", heap_length(&heap),).replace(' ', "");
    let object = format!("785634120000000002{}{part}{instance}", number(part.len() / 2 + 4)).replace(' ', "");
    let reference = format!(
        "4d454f57 04000000 {} 12f890453a1dd011891f00aa004b2e24 00000000 00000000 {object}",
        "00".repeat(16)
    )
    .replace(' ', "");
    format!("08000200 {0} {0} {reference}", number(reference.len() / 2))
}

#[test]
fn a_logon_names_its_namespace() {
    let login = "0500070000000000000000001a32177fa89d154fb3b89bc1909da2a500000000000002001a000000000000001a0000005c005c0057004f0052
        004b00530054004100540049004f004e0036005c0072006f006f0074005c00630069006d0076003200000004000200090000000000000009000000
        65006e002d00550053002c0065006e00000000000000000000000000";
    let said = activities(
        LOGIN,
        Marshalled::Ndr20,
        &[
            Step::Asks(6, login),
            Step::Answers("00000000 00000000 00000000 00000000"),
        ],
    );
    assert_eq!(
        (&said[0]["kind"], &said[0]["action_type"]),
        (&json!("wmi_execution"), &json!("Wmi execution"))
    );
    assert_eq!(said[0]["details"]["namespace"], "\\\\WORKSTATION6\\root\\cimv2");
    assert_eq!(said[0]["status"]["name"], "S_OK");
}

#[test]
fn a_query_is_told() {
    let query = format!(
        "{THIS}{}{} 00000000 00000000",
        bstr("WQL1"),
        bstr("SELECT * FROM Win32_Process1")
    );
    let said = activities(SERVICES, Marshalled::Ndr20, &[Step::Asks(20, &query)]);
    assert_eq!(said[0]["details"]["query"], "SELECT * FROM Win32_Process1");
    assert_eq!(said[0]["details"]["operation"], "ExecQuery");
}

#[test]
fn a_method_is_told_with_what_it_is_given() {
    let call = format!(
        "{THIS}{}{} 00000000 00000000 {}",
        bstr("Win32_Process"),
        bstr("Create"),
        parameters("cmd.exe /c x", "S3cret"),
    );
    let said = said(
        SERVICES,
        Marshalled::Ndr20,
        &[
            Step::Asks(24, &call),
            Step::Answers("00000000 00000000 00000000 00000000 00000000"),
        ],
    );
    assert_eq!(said.out.counters.malformed(), []);
    let details = &said.activities[0]["details"];
    assert_eq!(
        (&details["class"], &details["method"]),
        (&json!("Win32_Process"), &json!("Create"))
    );
    assert_eq!(
        details["parameters"],
        json!([{"name": "CommandLine", "value": "cmd.exe /c x"}, {"name": "ShowWindow", "value": 5}])
    );
    assert!(!said.activities[0].to_string().contains("S3cret"));
}

#[test]
fn classes_of_paths() {
    assert_eq!(before_key("Win32_Process"), "Win32_Process");
    assert_eq!(
        before_key("\\\\.\\root\\cimv2:Win32_Process.Handle=\"4.2\""),
        "Win32_Process"
    );
    assert_eq!(before_key("Win32_Service.Name='x'"), "Win32_Service");
}

proptest! {
    #[test]
    fn mutated_objects_never_panic(at in 0_usize..600, value: u8, opnum in 3_u16..26) {
        let call = format!("{THIS}{}{} 00000000 00000000 {}", bstr("Win32_Process"), bstr("Create"), parameters("cmd", "x"));
        let mut octets = crate::testing::unhex(&call);
        let length = octets.len();
        octets[at % length] = value;
        let hex: String = octets.iter().map(|octet| format!("{octet:02x}")).collect();
        drop(said(SERVICES, Marshalled::Ndr20, &[Step::Asks(24, &hex), Step::Asks(opnum, &hex), Step::Answers(&hex)]));
    }
}
