//! Activation, resolution and dispatch: what lateral movement looked like on the wire.

mod members;
mod objects;

use proptest::prelude::*;
use serde_json::json;

use crate::dcerpc::stubs::calls::{Marshalled, Step, activities, said, string, wide};

const ACTIVATOR: &str = "000001a0-0000-0000-c000-000000000046";
const EXPORTER: &str = "99fcfec4-5260-101b-bbcb-00aa0021347a";
const DISPATCH: &str = "00020400-0000-0000-c000-000000000046";

/// `Win32_Process.Create` by WMI begins so: ORPCTHIS, no outer object, the properties of the activation.
const CREATE: &str =
    "0500070001000000000000001a32177fa89d154fb3b89bc1909da2a5000000000000000000000200f0020000f00200004d454f5704000000
    a201000000000000c0000000000000463803000000000000c00000000000004600000000c8020000b80200000000000001100800cccccccc
    b000000000000000b8020000c000000000000000020000000600000000000000000000000000000000000000000002000400020000000000
    06000000b901000000000000c000000000000046ab01000000000000c000000000000046a501000000000000c000000000000046a6010000
    00000000c000000000000046a401000000000000c000000000000046aa01000000000000c000000000000046060000006800000058000000
    9000000058000000200000003000000001100800cccccccc5800000000000000ffffffff0000000001000000000000000200000000000000
    0000000000000000000000000000000014000000020000000000000000000000000000000000000000000000000000000000000000000000
    000000000000000001100800cccccccc48000000000000005ef0c38b6bd8d011a07500c04fb6882014000000000000000000000001000000
    000000000000020058000000050007000100000018ad09f36ad8d011a07500c04fb688200000000001100800cccccccc8000000000000000
    00000000000000000000000000000000000002000000000060000000600000004d454f5704000000c001000000000000c000000000000046
    3b03000000000000c00000000000004600000000300000000100010083d29ef6904b2c40a389e70867cfc539020000000000000000000000
    0000000000000000000000000100000001100800cccccccc4800000000000000000000000000020000000000000000000400020000000000
    000000000d000000000000000d00000057004f0052004b00530054004100540049004f004e003600000000000000000001100800cccccccc
    10000000000000000000000000000000000000000000000001100800cccccccc200000000000000000000000000002000200000001000000
    04000200010000000700000000000000";

/// ORPCTHIS without extensions.
const THIS: &str = "0500070000000000000000001a32177fa89d154fb3b89bc1909da2a500000000";

#[test]
fn an_activation_names_its_class() {
    let said = activities(
        ACTIVATOR,
        Marshalled::Ndr20,
        &[
            Step::Asks(4, CREATE),
            Step::Answers("00000000 00000000 00000000 05000780"),
        ],
    );
    assert_eq!(
        (&said[0]["kind"], &said[0]["action_type"]),
        (&json!("wmi_execution"), &json!("Wmi execution"))
    );
    let details = &said[0]["details"];
    assert_eq!(
        (&details["class"], &details["clsid"]),
        (
            &json!("WbemLevel1Login"),
            &json!("8bc3f05e-d86b-11d0-a075-00c04fb68820")
        )
    );
    assert_eq!(details["interfaces"], json!(["IWbemLevel1Login"]));
    assert_eq!(details["server_name"], "WORKSTATION6");
    assert_eq!(said[0]["outcome"], "failure");
}

#[test]
fn an_activation_that_lies_keeps_what_it_is() {
    for cut in [70, 200, 400, 900, 1300] {
        let short: String = CREATE
            .split_whitespace()
            .collect::<String>()
            .chars()
            .take(cut)
            .collect();
        let said = said(ACTIVATOR, Marshalled::Ndr20, &[Step::Asks(4, &short)]);
        assert_eq!(said.activities[0]["kind"], "wmi_execution");
        assert_eq!(said.out.counters.malformed().len(), 1);
    }
}

/// ServerAlive2 of a Windows 10 machine.
#[test]
fn a_machine_tells_its_addresses() {
    let alive = "05000700000002003200000032001c00070057004f0052004b00530054004100540049004f004e003600000007003100370032002e003100
        38002e00330039002e003600000000000900ffff00001e00ffff00001000ffff00000a00ffff00001600ffff00001f00ffff00000e00ffff0000000
        00000000000000000";
    let said = activities(EXPORTER, Marshalled::Ndr20, &[Step::Asks(5, ""), Step::Answers(alive)]);
    assert_eq!(said[0]["kind"], "rpc_call");
    assert_eq!(
        said[0]["details"]["bindings"],
        json!([
            {"protocol_sequence": "ncacn_ip_tcp", "address": "WORKSTATION6"},
            {"protocol_sequence": "ncacn_ip_tcp", "address": "172.18.39.6"},
        ])
    );
    assert_eq!(said[0]["details"]["com_version"], "5.7");
}

/// A wire variant that is a BSTR.
fn variant(text: &str) -> String {
    let units = u32::try_from(text.len() + 1).unwrap();
    let padding = "00".repeat((8 - (36 + units as usize * 2) % 8) % 8);
    format!(
        "05000000 00000000 0800 0000 0000 0000 08000000 0c000200 {:08x} {:08x} {:08x} {}{padding}",
        units.swap_bytes(),
        (units * 2).swap_bytes(),
        units.swap_bytes(),
        wide(text)
    )
}

#[test]
fn what_is_invoked_has_arguments_in_their_order() {
    let invoke = format!(
        "{THIS} 36000000 00000000000000000000000000000000 00000000 01000000 04000200 00000000 04000000 00000000 04000000
         08000200 0c000200 10000200 14000200 05000000 00000000 0300 0000 0000 0000 03000000 07000000 {} {} {} 00000000",
        variant("/c whoami1"),
        variant("C:\\"),
        variant("cmd"),
    );
    let said = activities(
        DISPATCH,
        Marshalled::Ndr20,
        &[Step::Asks(6, &invoke), Step::Answers("00000000")],
    );
    let details = &said[0]["details"];
    assert_eq!(
        (&details["member"], &details["invoked_as"]),
        (&json!(0x36), &json!("method"))
    );
    assert_eq!(details["arguments"], json!(["cmd", "C:\\", "/c whoami1", 7]));
}

#[test]
fn names_of_members_are_told() {
    let names = format!(
        "{THIS} 00000000000000000000000000000000 01000000 04000200 {} 01000000 09040000",
        string("ExecuteShellCommand")
    );
    let said = activities(
        DISPATCH,
        Marshalled::Ndr20,
        &[Step::Asks(5, &names), Step::Answers("00000000")],
    );
    assert_eq!(said[0]["details"]["names"], json!(["ExecuteShellCommand"]));
}

#[test]
fn extensions_are_stepped_over() {
    let extended = format!(
        "{}00000200 01000000 00000000 04000200 02000000 08000200 00000000 08000000 {} 08000000 0102030405060708
         00000000000000000000000000000000 01000000 04000200 {}",
        &THIS[..THIS.len() - 8],
        "11".repeat(16),
        string("Navigate"),
    );
    let said = activities(DISPATCH, Marshalled::Ndr20, &[Step::Asks(5, &extended)]);
    assert_eq!(said[0]["details"]["names"], json!(["Navigate"]));
}

proptest! {
    #[test]
    fn mutated_calls_never_panic(at in 0_usize..820, value: u8, which in 0_usize..3, opnum in 0_u16..8) {
        let mut octets = crate::testing::unhex(CREATE);
        let length = octets.len();
        octets[at % length] = value;
        let hex: String = octets.iter().map(|octet| format!("{octet:02x}")).collect();
        let (interface, opnum) = [(ACTIVATOR, 4), (EXPORTER, opnum), (DISPATCH, opnum)][which];
        drop(said(interface, Marshalled::Ndr20, &[Step::Asks(opnum, &hex), Step::Answers(&hex)]));
    }
}
