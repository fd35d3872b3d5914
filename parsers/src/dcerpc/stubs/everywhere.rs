//! One value in every marshalling: a call of each interface, whose text must be told alike from NDR 2.0 and NDR64 in either
//! byte order.

use proptest::prelude::*;
use serde_json::Value;

use super::testing::{Marshalling, Stub, Talk};

const HANDLE: &str = "00000000 0102030405060708090a0b0c0d0e0f10";
const GUID: &str = "00112233445566778899aabbccddeeff";

fn on_handle() -> Stub {
    Stub::default().handle(HANDLE)
}

fn unc(text: &str) -> String {
    format!(r"\\{text}\share")
}

/// An interface, an operation of it, a request and a response.
struct Case(&'static str, u16, Stub, Stub);

/// Calls that carry a text and a number.
const CASES: &[fn(&str, u32) -> Case] = &[
    |text, number| {
        let names = on_handle()
            .u32(1)
            .size(1000)
            .size(0)
            .size(1)
            .counted(text)
            .characters(text);
        let array = |stub: Stub| stub.structure().u32(1).pointer().size(1);
        let found = array(array(Stub::default()).u32(number)).u32(1).u32(0);
        Case("12345778-1234-abcd-ef00-0123456789ac", 17, names, found)
    },
    |text, number| {
        let names = on_handle().u32(1).size(1).counted(text).characters(text);
        let domains = Stub::default().pointer().structure().u32(1).pointer().u32(32).size(1);
        let domains = domains.counted("LAB").pointer().characters("LAB").sid(&[21, 1, 2, 3]);
        let sids = domains.structure().u32(1).pointer().size(1).align(4).enumeration(1);
        let found = sids.u32(number).u32(0).u32(1).u32(0);
        Case("12345778-1234-abcd-ef00-0123456789ab", 14, names, found)
    },
    |text, _| {
        let challenge = Stub::default()
            .wide_argument("dc1")
            .wide_string(text)
            .octets(&[1, 2, 3, 4, 5, 6, 7, 8]);
        let answer = Stub::default().octets(&[8, 7, 6, 5, 4, 3, 2, 1]).u32(0);
        Case("12345678-1234-abcd-ef00-01234567cffb", 4, challenge, answer)
    },
    |text, _| {
        let version = |stub: Stub| stub.u32(1).pad64(8).u32(1).structure();
        let names = version(on_handle()).u32(0).u32(0).u32(0).u32(2).u32(6).u32(1).pointer();
        let names = names.size(1).pointer().wide_string(text);
        let cracked = version(Stub::default()).pointer().structure().u32(1).pointer().size(1);
        let cracked = cracked.structure().u32(0).pointer().pointer();
        let cracked = cracked.wide_string("lab.example").wide_string("{guid}").u32(0);
        Case("e3514235-4b06-11d1-ab04-00c04fc2dcd2", 12, names, cracked)
    },
    |text, number| {
        let open = on_handle().wide_string(text).u32(number);
        Case("367abb81-9844-35f1-ad32-98f038001003", 16, open, on_handle().u32(0))
    },
    |text, number| {
        let ask = Stub::default().null().wide_argument(text).null().container(10);
        let ask = ask.structure().u32(0).null().u32(number).null();
        let row = Stub::default().container(10).structure().u32(1).pointer().size(1);
        let row = row.structure().pointer().pointer().u32(number).u32(0);
        let row = row.wide_string(text).wide_string("eve").u32(1).null().u32(0);
        Case("4b324fc8-1670-01d3-1278-5a47bf6ee188", 12, ask, row)
    },
    |text, number| {
        let open = on_handle().counted(text).characters(text).u32(0).u32(number);
        Case("338cd001-2244-31f1-aaaa-900038001003", 15, open, on_handle().u32(0))
    },
    |text, _| {
        let open = Stub::default().null().counted(text).characters(text);
        let open = open.structure().counted("").u32(1).u32(1);
        Case("82273fdc-e32a-18c3-3f78-827929dc23ea", 7, open, on_handle().u32(0))
    },
    |text, number| {
        let query = Stub::default().wide_argument(text).wide_string("*").u32(number & !2);
        let answer = on_handle().handle(HANDLE).u32(1).pointer().size(1).structure();
        let answer = answer.pointer().u32(number).pad64(8).wide_string(text);
        let answer = answer.u32(0).u32(0).u32(0).u32(0);
        Case("f6beaff7-1e19-4fbb-9f8f-b89e2018337c", 5, query, answer)
    },
    |text, number| {
        let open = Stub::default().wide_string(&unc(text)).u32(number);
        Case("df1941c5-fe89-4e79-bf10-463657acf44d", 0, open, on_handle().u32(0))
    },
    |text, number| {
        let open = Stub::default()
            .wide_argument(text)
            .null()
            .structure()
            .u32(0)
            .null()
            .u32(number);
        Case("12345678-1234-abcd-ef00-0123456789ab", 1, open, on_handle().u32(0))
    },
    |text, number| {
        let list = Stub::default().wide_argument(text).null().u32(number).null().u32(0);
        let answer = Stub::default()
            .pointer()
            .size(3)
            .octets(&[1, 2, 3])
            .u32(3)
            .u32(number)
            .u32(0);
        Case("76f03f96-cdfd-44fc-a22c-64950a001209", 40, list, answer)
    },
    |text, number| {
        let add = Stub::default()
            .wide_string(r"\\lab\dfs")
            .wide_string(text)
            .wide_argument("share");
        Case(
            "4fc742e0-4a10-11cf-8273-00aa004ae673",
            1,
            add.null().u32(number),
            Stub::default().u32(0),
        )
    },
    |text, number| {
        let add = Stub::default().guid(GUID).guid(GUID).wide_string(&unc(text));
        let answer = Stub::default().guid(GUID).u32(number);
        Case("a8e0653c-2744-4389-a61d-7373df8b2292", 3, add, answer)
    },
    |text, number| {
        let delete = Stub::default().null().wide_string(text).u32(number);
        Case(
            "6bffd098-a112-3610-9833-46c3f87e345a",
            10,
            delete,
            Stub::default().u32(0),
        )
    },
    |text, _| {
        let delete = Stub::default().wide_string(text).u32(0);
        Case(
            "86d35949-83c9-4044-b424-db363231fd0c",
            13,
            delete,
            Stub::default().u32(0),
        )
    },
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn a_call_is_told_alike_in_every_marshalling(text in "[a-z][a-zA-Z0-9ä€]{0,24}", number: u32) {
        for case in CASES {
            let Case(interface, opnum, request, response) = case(&text, number);
            let said = Talk::everywhere(interface).call(opnum, request, response).finish();
            let told = Value::from(said.activities).to_string();
            prop_assert!(told.contains(&text), "{interface} {opnum}: {told}");
        }
    }
}

/// Octets that were written for one marshalling alone are said in no other.
#[test]
fn octets_of_one_marshalling_are_not_told_in_another() {
    let raw = Stub::default().hex("01000000").done();
    for little in [true, false] {
        let to = Marshalling { wide: false, little };
        assert_eq!(raw.marshalled(to), None);
    }
}
