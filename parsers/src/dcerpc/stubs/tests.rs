//! The engine: transfer syntaxes as they are negotiated, stubs that are cut, interleaved, sealed, too long, or lie.

use capture::Direction;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::testing::{Stub, Talk};
use super::{LISTED, TABLES};
use crate::dcerpc::interfaces::Interface;
use crate::dcerpc::tests::{BIG, LITTLE, SAMR, Writer};
use crate::dcerpc::wire::Syntax;
use crate::testing::{Conversation, Said, unhex};

const NDR20: &str = "8a885d04-1ceb-11c9-9fe8-08002b104860";
const NDR64: &str = "71710533-beba-4937-8319-b5dbef9ccc36";
const FEATURES: &str = "6cb71c2c-9812-4540-0300-000000000000";
const NULLS: [u8; 20] = [0; 20];

/// A SamrLookupNamesInDomain of `names`.
fn lookup(wide: bool, names: &[&str]) -> Vec<u8> {
    let count = u32::try_from(names.len()).unwrap();
    let stub = Stub::new(wide).raw(&NULLS).u32(count).size(1000).size(0).size(count);
    let heads = names.iter().fold(stub, |stub, name| stub.counted(name));
    names
        .iter()
        .fold(heads, |stub, name| stub.characters(name))
        .done()
        .to_vec()
}

fn found(wide: bool, rids: &[u32]) -> Vec<u8> {
    let count = u32::try_from(rids.len()).unwrap();
    let array = |stub: Stub| stub.structure().u32(count).pointer().size(count);
    let stub = rids.iter().fold(array(Stub::new(wide)), |stub, rid| stub.u32(*rid));
    let stub = rids.iter().fold(array(stub), |stub, _| stub.u32(1));
    stub.u32(0).done().to_vec()
}

fn calls(said: &Said) -> Vec<&Value> {
    let calls = said.activities.iter();
    calls.filter(|activity| activity["protocol"] == "dcerpc").collect()
}

/// A `bind` that offers SAMR in every transfer syntax, as Windows does, and what the server makes of each.
fn negotiation(accepted: usize) -> (Vec<u8>, Vec<u8>) {
    let (mut bind, mut ack) = (
        unhex("d016d01600000000 03000000"),
        unhex("d016d01600000000 0000 0000 03000000"),
    );
    for (id, transfer) in [NDR20, NDR64, FEATURES].into_iter().enumerate() {
        bind.extend([u8::try_from(id).unwrap(), 0, 1, 0]);
        bind.extend(
            [
                LITTLE.uuid(SAMR),
                vec![1, 0, 0, 0],
                LITTLE.uuid(transfer),
                vec![1, 0, 0, 0],
            ]
            .concat(),
        );
        let (result, reason) = if id == accepted { (0, 0) } else { (2, 2) };
        ack.extend([result, 0, reason, 0]);
        let chosen = if id == accepted { transfer } else { "00" };
        ack.extend(LITTLE.uuid(&format!("{chosen:0<32}")));
        ack.extend([0; 4]);
    }
    (LITTLE.pdu(11, 3, 1, &bind, None), LITTLE.pdu(12, 3, 1, &ack, None))
}

#[test]
fn a_context_is_read_in_the_syntax_that_was_accepted() {
    for (id, wide) in [(0, false), (1, true)] {
        let (bind, ack) = negotiation(id);
        let said = Conversation::tcp(49_155)
            .up(&bind)
            .down(&ack)
            .up(&LITTLE.request(3, 2, u16::try_from(id).unwrap(), 17, &lookup(wide, &["alice", "bob"])))
            .down(&LITTLE.response(3, 2, u16::try_from(id).unwrap(), &found(wide, &[1103, 1104])))
            .finish();
        assert_eq!(said.out.counters.malformed(), []);
        let details = &calls(&said)[0]["details"];
        assert_eq!(details["names"], json!(["alice", "bob"]), "wide: {wide}");
        assert_eq!(details["rids"], json!([1103, 1104]), "wide: {wide}");
    }
}

#[test]
fn a_big_endian_stub_reads_the_same() {
    let request = unhex(
        "00000000 00000000 00000000 00000000 00000000 00000001 000003e8 00000000 00000001
         000a 000a 00020000 00000005 00000000 00000005 0061 006c 0069 0063 0065",
    );
    let response = unhex("00000001 00020000 00000001 0000044f 00000001 00020000 00000001 00000001 c0000073");
    let said = Conversation::tcp(49_155)
        .up(&BIG.bind(11, 1, 0, SAMR, None))
        .down(&BIG.ack(12, 1, None))
        .up(&BIG.request(3, 2, 0, 17, &request))
        .down(&BIG.response(3, 2, 0, &response))
        .finish();
    let call = calls(&said)[0];
    assert_eq!(call["details"]["names"], json!(["alice"]));
    assert_eq!(call["details"]["rids"], json!([1103]));
    assert_eq!(call["observed"]["target_account"], "alice");
    assert_eq!(
        (&call["outcome"], &call["status"]["ntstatus_name"]),
        (&json!("failure"), &json!("STATUS_NONE_MAPPED"))
    );
}

/// Two stubs in fragments of `size` octets that take turns; `write` makes a PDU of flags, call and stub.
fn in_turns(stubs: &[Vec<u8>; 2], size: usize, write: impl Fn(u8, u32, &[u8]) -> Vec<u8>) -> Vec<u8> {
    let mut wire = Vec::new();
    let longest = stubs.iter().map(Vec::len).max().unwrap_or_default();
    for at in 0..longest.div_ceil(size) {
        for (call, stub) in (2..).zip(stubs) {
            let last = at + 1 == stub.len().div_ceil(size);
            if let Some(part) = stub.chunks(size).nth(at) {
                wire.extend(write(u8::from(at == 0) | u8::from(last) << 1, call, part));
            }
        }
    }
    wire
}

/// Two calls whose fragments of `size` octets take turns, cut into segments of `segment`.
fn interleaved(order: Writer, size: usize, segment: usize) -> Said {
    let stubs = [
        lookup(false, &["alice", "administrator"]),
        lookup(false, &["bob", "krbtgt"]),
    ];
    let answers = [found(false, &[1103, 500]), found(false, &[1104, 502])];
    let up = in_turns(&stubs, size, |flags, call, part| {
        order.request(flags, call, 0, 17, part)
    });
    let down = in_turns(&answers, size, |flags, call, part| order.response(flags, call, 0, part));
    Conversation::tcp(49_155)
        .up(&order.bind(11, 1, 0, SAMR, None))
        .cut(Direction::Up, &up, segment)
        .cut(Direction::Down, &down, segment)
        .finish()
}

#[test]
fn fragments_of_several_calls_take_turns() {
    for (size, segment) in [(7, 1 << 16), (60, 100), (200, 1), (1000, 33)] {
        let said = interleaved(LITTLE, size, segment);
        let names: Vec<_> = calls(&said)
            .into_iter()
            .map(|call| call["details"]["names"].clone())
            .collect();
        let mut rids: Vec<_> = calls(&said)
            .into_iter()
            .map(|call| call["details"]["rids"].clone())
            .collect();
        rids.sort_by_key(|rids| rids[0].as_u64());
        assert!(names.contains(&json!(["alice", "administrator"])), "{size} {segment}");
        assert_eq!(rids, [json!([1103, 500]), json!([1104, 502])], "{size} {segment}");
        assert_eq!(said.out.counters.limits(), []);
    }
}

#[test]
fn a_signed_stub_is_read_and_a_sealed_one_is_measured() {
    for (level, sealed) in [(5, false), (6, true)] {
        let auth = Some((10, level, 7, &[0xee; 16][..]));
        let said = Conversation::tcp(49_155)
            .up(&LITTLE.bind(11, 1, 0, SAMR, Some((10, level, 7, &[]))))
            .up(&LITTLE.pdu(0, 3, 2, &LITTLE.call(0, 17, &lookup(false, &["alice"])), auth))
            .down(&LITTLE.pdu(2, 3, 2, &LITTLE.call(0, 0, &found(false, &[1103])), auth))
            .finish();
        let call = calls(&said)[0];
        assert_eq!(
            (&call["kind"], &call["action_type"]),
            (&json!("samr_query"), &json!("SAMR query"))
        );
        assert_eq!(call["details"].get("sealed").is_some(), sealed);
        assert_eq!(call["details"].get("names").is_some(), !sealed);
        assert_eq!(call["details"].get("response_size").is_some(), sealed);
        assert_eq!(call["outcome"], if sealed { "unknown" } else { "success" });
        assert_eq!(said.out.counters.malformed(), []);
    }
}

#[test]
fn a_stub_that_is_too_long_costs_its_arguments_alone() {
    let part = [0; 5000];
    let mut conversation = Conversation::tcp(49_155).up(&LITTLE.bind(11, 1, 0, SAMR, None));
    for at in 0..20 {
        let flags = u8::from(at == 0) | u8::from(at == 19) << 1;
        conversation = conversation.up(&LITTLE.request(flags, 2, 0, 17, &part));
    }
    for at in 0..20 {
        let flags = u8::from(at == 0) | u8::from(at == 19) << 1;
        conversation = conversation.down(&LITTLE.response(flags, 2, 0, &part));
    }
    let said = conversation
        .up(&LITTLE.request(3, 3, 0, 17, &lookup(false, &["alice"])))
        .finish();
    let calls = calls(&said);
    assert_eq!(calls[0]["details"]["stub_size"], 100_000);
    assert_eq!(calls[0]["details"].get("names"), None);
    assert_eq!(
        calls[0]["status"]["name"], "STATUS_SUCCESS",
        "it stands in the last fragment"
    );
    assert_eq!(calls[1]["details"]["names"], json!(["alice"]));
    assert_eq!(said.out.counters.limits(), [("dcerpc.stub", 2)]);
}

#[test]
fn what_waits_for_its_last_fragment_is_bounded() {
    let bomb: Vec<u8> = (2..202)
        .flat_map(|call| LITTLE.request(1, call, 0, 17, &[0; 5000]))
        .collect();
    let said = Conversation::tcp(49_155)
        .up(&LITTLE.bind(11, 1, 0, SAMR, None))
        .up(&bomb)
        .finish();
    assert_eq!(calls(&said).len(), 200);
    assert_eq!(said.out.counters.limits(), [("dcerpc.stub", 200 - 256 * 1024 / 5000)]);
}

/// Whole requests of 30,000 octets, and one of 60,000 in two fragments: what they said is kept while they wait.
#[test]
fn long_requests_that_wait_are_bounded() {
    let long = [0; 30_000];
    let requests = (2..102).map(|call| LITTLE.request(3, call, 0, 17, &long));
    let fragments = [
        LITTLE.request(1, 102, 0, 17, &long),
        LITTLE.request(2, 102, 0, 17, &long),
    ];
    let said = Conversation::tcp(49_155)
        .up(&LITTLE.bind(11, 1, 0, SAMR, None))
        .up(&requests.chain(fragments).collect::<Vec<_>>().concat())
        .finish();
    assert_eq!(calls(&said).len(), 101);
    let waiting = (1024 * 1024 - 60_000) / 30_000 + 1;
    let limits: Vec<_> = said.out.counters.limits().to_vec();
    assert!(limits.contains(&("dcerpc.pending", 101 - waiting)), "{limits:?}");
}

#[test]
fn a_lost_fragment_costs_its_stub() {
    let stub = lookup(false, &["alice"]);
    let (head, tail) = stub.split_at(30);
    let first = LITTLE.request(1, 2, 0, 17, head);
    let said = Conversation::tcp(49_155)
        .up(&LITTLE.bind(11, 1, 0, SAMR, None))
        .up(&first[..40])
        .gap(Direction::Up, first.len() as u64 - 40)
        .up(&LITTLE.request(2, 2, 0, 17, tail))
        .down(&LITTLE.response(3, 2, 0, &found(false, &[1103])))
        .finish();
    let call = calls(&said)[0];
    assert_eq!(
        (&call["kind"], &call["outcome"]),
        (&json!("samr_query"), &json!("success"))
    );
    assert_eq!(call["details"].get("names"), None);
    assert_eq!(call["details"]["rids"], json!([1103]));
}

#[test]
fn counts_that_lie_cost_one_stub() {
    let lie = Stub::new(false)
        .raw(&NULLS)
        .u32(1)
        .size(u32::MAX)
        .size(0)
        .size(u32::MAX)
        .done();
    let said = Talk::new(SAMR, false).call(17, &lie, &found(false, &[1103])).finish();
    let call = calls(&said)[0];
    assert_eq!(
        (&call["kind"], &call["outcome"]),
        (&json!("samr_query"), &json!("success"))
    );
    assert_eq!(said.out.counters.malformed().len(), 1);
}

#[test]
fn long_lists_are_cut_and_said_to_be() {
    let names = vec!["a"; LISTED + 10];
    let said = Talk::new(SAMR, false)
        .call(17, &lookup(false, &names), &found(false, &[]))
        .finish();
    let details = &calls(&said)[0]["details"];
    assert_eq!(details["count"], LISTED + 10);
    assert_eq!(details["names"].as_array().map(Vec::len), Some(LISTED));
    assert_eq!(said.out.counters.limits(), [("dcerpc.listed", 1)]);
}

#[test]
fn handles_are_remembered_up_to_a_limit() {
    let sid = unhex("04000000 0104 000000000005 15000000 01000000 02000000 03000000");
    let mut talk = Talk::new(SAMR, false);
    for number in 1..=200_u32 {
        let request = Stub::new(false).raw(&NULLS).u32(0).raw(&sid).done();
        talk = talk.call(
            7,
            &request,
            &Stub::new(false).raw(&NULLS[4..]).u32(number).u32(0).done(),
        );
    }
    let on = |number: u32| Stub::new(false).raw(&NULLS[4..]).u32(number).u32(0).done();
    let said = talk.call(16, &on(200), &[]).call(16, &on(1), &[]).finish();
    let calls = calls(&said);
    assert_eq!(calls[200]["details"]["domain_sid"], "S-1-5-21-1-2-3");
    assert_eq!(calls[201]["details"].get("domain_sid"), None, "it was forgotten");
    assert_eq!(said.out.counters.limits(), [("dcerpc.handles", 200 - 128)]);
}

#[test]
fn tables_are_in_order() {
    for table in TABLES {
        let ordered = table.operations.windows(2).all(|pair| pair[0].opnum < pair[1].opnum);
        assert!(ordered, "{:?}", table.interface);
    }
}

/// Operations whose name says that they change something, and which do not.
const ASKS: &[(&str, u16)] = &[
    // RemAddRef: who holds a reference, as often as there are calls.
    ("00000131-0000-0000-c000-000000000046", 4),
    ("00000143-0000-0000-c000-000000000046", 4),
    // SetStatus: a server says how a call has ended.
    ("7c857801-7381-11cf-884d-00aa004b2e24", 4),
];

#[test]
fn what_changes_something_never_folds() {
    for table in TABLES {
        let uuid = table.interface.text();
        let interface = Interface::of(Syntax {
            uuid: table.interface,
            major: 1,
            minor: 0,
        });
        for operation in table.operations {
            let opnum = operation.opnum;
            let folds = operation.kind.folds() && !operation.changes;
            let excepted = ASKS.contains(&(uuid.as_str(), opnum));
            assert!(
                !(folds && interface.changes(opnum)) || excepted,
                "{uuid} {opnum} {:?}",
                interface.operation(opnum)
            );
        }
    }
}

/// `interface opnum`s of which two calls alike are two activities.
const CHANGES: &[(&str, &[u16])] = &[
    // winreg
    (
        "338cd001-2244-31f1-aaaa-900038001003",
        &[6, 7, 8, 13, 18, 19, 20, 21, 22, 23, 24, 25, 30, 31, 35],
    ),
    // eventlog, eventlog6
    (
        "82273fdc-e32a-18c3-3f78-827929dc23ea",
        &[0, 1, 11, 12, 13, 18, 24, 25, 26],
    ),
    ("f6beaff7-1e19-4fbb-9f8f-b89e2018337c", &[6, 7, 8, 21]),
    // srvsvc; 11 and 19 are in no table
    ("4b324fc8-1670-01d3-1278-5a47bf6ee188", &[11, 13, 14, 17, 18, 19, 22]),
    // wkssvc
    ("6bffd098-a112-3610-9833-46c3f87e345a", &[1, 22, 23, 24, 27, 28, 29]),
    // netdfs
    ("4fc742e0-4a10-11cf-8273-00aa004ae673", &[2, 3, 6, 20, 22]),
    // initshutdown, which has no table
    ("894de0c0-0d55-11d3-a322-00c04fa321a1", &[0, 1, 2]),
];

#[test]
fn repeats_of_a_change_are_told_one_by_one() {
    for (interface, opnums) in CHANGES {
        for opnum in *opnums {
            for sealed in [false, true] {
                let talk = Talk::new(interface, false);
                let said = if sealed {
                    talk.sealed(*opnum, &[0; 64], &[0; 4]).finish()
                } else {
                    talk.call(*opnum, &[0; 64], &[0; 4]).finish()
                };
                let told = &said.out.activities;
                assert_eq!(told.len(), 1, "{interface} {opnum}");
                assert!(!told[0].folds(), "{interface} {opnum}, sealed: {sealed}");
            }
        }
    }
    let said = Talk::new("338cd001-2244-31f1-aaaa-900038001003", false)
        .call(17, &[0; 64], &[0; 4])
        .finish();
    assert!(said.out.activities.iter().all(|told| told.folds()), "a question does");
}

proptest! {
    #[test]
    fn cuts_do_not_matter(size in 1_usize..300, segment in 1_usize..300, big: bool) {
        let order = if big { BIG } else { LITTLE };
        let strip = |said: Said| -> Vec<Value> { said.activities };
        prop_assert_eq!(strip(interleaved(order, size, segment)), strip(interleaved(order, size, 1 << 16)));
    }

    #[test]
    fn mutated_stubs_never_panic(at in 0_usize..200, value: u8, wide: bool, opnum in 0_u16..80) {
        let (mut request, mut response) = (lookup(wide, &["alice", "bob"]), found(wide, &[1, 2]));
        for stub in [&mut request, &mut response] {
            let length = stub.len();
            stub[at % length] = value;
        }
        drop(Talk::new(SAMR, wide).call(opnum, &request, &response).call(17, &request, &response).finish());
    }
}

proptest! {
    // Every case is a call of every operation.
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn random_stubs_of_every_operation_never_panic(request: Vec<u8>, response: Vec<u8>, wide: bool) {
        for table in TABLES {
            let mut talk = Talk::new(&table.interface.text(), wide);
            for operation in table.operations {
                talk = talk.call(operation.opnum, &request, &response);
            }
            drop(talk.finish());
        }
    }
}
