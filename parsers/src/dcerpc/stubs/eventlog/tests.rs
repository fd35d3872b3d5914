//! Event logs that are opened, cleared, queried, listed, configured and written to.

use serde_json::{Value, json};

use crate::dcerpc::stubs::calls::{Marshalled, Step, activities, counted, pointer, string};
use crate::dcerpc::stubs::testing::{Stub, Talk};

const LOG: &str = "00000000 0e64926de4fabf48aac7b0a2dc175c34";
const EVENTLOG: &str = "82273fdc-e32a-18c3-3f78-827929dc23ea";
const EVENTLOG6: &str = "f6beaff7-1e19-4fbb-9f8f-b89e2018337c";

#[test]
fn a_log_is_opened_and_cleared() {
    let open = format!(
        "04000200 5c00 0000 {} 00000000 00000000 01000000 01000000",
        counted("Security")
    );
    let said = activities(
        EVENTLOG,
        Marshalled::Ndr20,
        &[
            Step::Asks(7, &open),
            Step::Answers(&format!("{LOG}00000000")),
            Step::Asks(0, &format!("{LOG}00000000")),
            Step::Answers("00000000"),
        ],
    );
    assert!(said.iter().all(|activity| activity["kind"] == "event_log"));
    assert_eq!(said[1]["details"]["operation"], "ElfrClearELFW");
    assert_eq!(said[1]["details"]["log"], "Security");
    assert_eq!(said[1]["status"]["ntstatus_name"], "STATUS_SUCCESS");
}

#[test]
fn a_query_is_told_and_remembered() {
    let query = "*[System[(EventID=4624)]]";
    let ask = format!("{}{} 01000000", pointer("Security"), string(query));
    let said = activities(
        EVENTLOG6,
        Marshalled::Ndr20,
        &[
            Step::Asks(5, &ask),
            Step::Answers(&format!("{LOG}{LOG} 00000000 00000000 00000000 00000000")),
            Step::Asks(11, &format!("{LOG} 0a000000 ffffffff 00000000")),
            Step::Answers("00000000 00000000 00000000 00000000 00000000"),
            Step::Asks(6, &format!("{LOG}{} 00000000 00000000", string("System"))),
            Step::Answers("00000000 00000000 00000000 05000000"),
        ],
    );
    assert_eq!(
        (&said[0]["details"]["log"], &said[0]["details"]["query"]),
        (&json!("Security"), &json!(query))
    );
    assert_eq!(said[1]["details"]["log"], "Security");
    assert_eq!(
        (&said[2]["details"]["log"], &said[2]["outcome"]),
        (&json!("System"), &json!("failure"))
    );
}

/// A call and its answer in every marshalling.
fn told(interface: &str, opnum: u16, request: Stub, response: Stub) -> Value {
    Talk::everywhere(interface).call(opnum, request, response).only()
}

fn on_log() -> Stub {
    Stub::default().handle(LOG)
}

/// What an operation of [MS-EVEN6] ends with: RpcInfo and its result.
fn ended(stub: Stub, result: u32) -> Stub {
    stub.u32(result).u32(0).u32(0).u32(result)
}

/// A handle to the log `Security`, by ElfrOpenELW.
fn opened(talk: Talk) -> Talk {
    let open = Stub::default().pointer().u16(0x5c).counted("Security");
    let open = open.characters("Security").structure().counted("").u32(1).u32(1);
    talk.call(7, open, on_log().u32(0))
}

#[test]
fn a_log_says_how_much_it_holds() {
    let said = opened(Talk::everywhere(EVENTLOG))
        .call(4, on_log(), Stub::default().u32(4711).u32(0))
        .call(5, on_log(), Stub::default().u32(42).u32(0))
        .call(
            22,
            on_log().u32(0).u32(4),
            Stub::default().size(4).octets(&[1, 0, 0, 0]).u32(4).u32(0),
        )
        .call(
            10,
            on_log().u32(0x9).u32(0).u32(0),
            Stub::default().size(0).u32(0).u32(0).u32(0),
        )
        .finish();
    let details: Vec<_> = said.activities.iter().map(|call| &call["details"]).collect();
    assert!(details.iter().all(|details| details["log"] == "Security"));
    assert_eq!(
        (
            &details[1]["record_count"],
            &details[2]["oldest_record"],
            &details[3]["full"]
        ),
        (&json!(4711), &json!(42), &json!(true))
    );
    assert_eq!(
        details[4]["flag_names"],
        json!(["EVENTLOG_SEQUENTIAL_READ", "EVENTLOG_BACKWARDS_READ"])
    );
}

#[test]
fn a_log_is_saved_where_it_is_told_to() {
    for opnum in [0, 1] {
        let file = r"\\attacker\share\x.evt";
        let request = if opnum == 0 { on_log().pointer() } else { on_log() };
        let backup = told(
            EVENTLOG,
            opnum,
            request.counted(file).characters(file),
            Stub::default().u32(0xc000_0022),
        );
        assert_eq!(backup["kind"], "authentication_coercion");
        assert_eq!(
            (&backup["details"]["backup_file"], &backup["observed"]["host"]),
            (&json!(file), &json!("attacker"))
        );
        assert_eq!(backup["status"]["ntstatus_name"], "STATUS_ACCESS_DENIED");
    }
    // An RPC_STRING has no bounds of its own.
    let narrow = on_log()
        .structure()
        .u16(8)
        .u16(9)
        .pointer()
        .size(9)
        .octets(br"C:\x.evt")
        .octets(&[0]);
    let backup = told(EVENTLOG, 13, narrow, Stub::default().u32(0));
    assert_eq!(
        (&backup["kind"], &backup["details"]["backup_file"]),
        (&json!("event_log"), &json!(r"C:\x.evt"))
    );
}

#[test]
fn an_event_that_is_written_is_told_as_it_claims_to_be() {
    let event = |stub: Stub| stub.u16(4).u16(1).u32(1102);
    let data = |stub: Stub| {
        let stub = stub.u16(2).u32(0).counted("DC1").characters("DC1");
        let stub = stub
            .pointer()
            .sid(&[21, 1, 2, 3, 500])
            .pointer()
            .size(2)
            .pointer()
            .pointer();
        let stub = stub
            .counted("first")
            .characters("first")
            .counted("second")
            .characters("second");
        stub.null().u16(0).null()
    };
    let source = |stub: Stub| stub.counted("Spooler").characters("Spooler");
    let cases = [
        (11, data(event(on_log().u32(7)))),
        (24, data(source(event(on_log().u32(7))))),
        (25, data(event(on_log().u32(7).u32(8)))),
    ];
    for (opnum, request) in cases {
        let report = told(EVENTLOG, opnum, request, Stub::default().null().u32(0));
        let details = &report["details"];
        assert_eq!(
            (&details["event_type"], &details["event_id"]),
            (&json!(4), &json!(1102)),
            "{opnum}"
        );
        assert_eq!(
            (&details["computer"], &details["user_sid"]),
            (&json!("DC1"), &json!("S-1-5-21-1-2-3-500"))
        );
        assert_eq!(details["strings"], json!(["first", "second"]));
        assert_eq!(details.get("source"), (opnum == 24).then_some(&json!("Spooler")));
    }
}

/// Channels of a query as they are answered.
fn registered(channels: &[(&str, u32)]) -> Stub {
    let count = u32::try_from(channels.len()).unwrap();
    let stub = on_log().handle(LOG).u32(count).pointer().size(count);
    let heads = channels.iter().fold(stub, |stub, (_, status)| {
        stub.structure().pointer().u32(*status).pad64(8)
    });
    let names = channels.iter().fold(heads, |stub, (name, _)| stub.wide_string(name));
    ended(names, 0)
}

#[test]
fn channels_of_a_subscription_are_told() {
    let query = "<QueryList/>";
    let request = Stub::default().null().wide_string(query).null().u32(0x1000_0001);
    let said = Talk::everywhere(EVENTLOG6)
        .call(0, request, registered(&[("Security", 0), ("Nonsense", 15_007)]))
        .call(
            1,
            on_log().u32(10).u32(0),
            Stub::default().u32(0).null().null().u32(0).null().u32(0),
        )
        .finish();
    let details = &said.activities[0]["details"];
    assert_eq!(
        (&details["query"], &details["flags"]),
        (&json!(query), &json!(0x1000_0001))
    );
    assert_eq!(
        details["channels"],
        json!([{"log": "Security", "status": 0}, {"log": "Nonsense", "status": 15_007}])
    );
}

#[test]
fn a_log_file_of_another_host_is_where_the_server_goes() {
    let file = r"\\attacker\share\x.evtx";
    let query = Stub::default().wide_argument(file).wide_string("*").u32(2);
    let export = |flags| {
        on_log()
            .wide_argument(file)
            .wide_string("*")
            .wide_string("C:\\x")
            .u32(flags)
    };
    let cases = [
        (5, query, registered(&[])),
        (7, export(2), ended(Stub::default(), 0)),
        (17, Stub::default().wide_string(file).u32(2), ended(on_log(), 5)),
        (
            24,
            Stub::default().null().wide_argument(file).u32(0).u32(0),
            Stub::default().u32(0).null().handle(LOG).u32(2),
        ),
        (
            8,
            on_log().wide_string(file).u32(1033).u32(0),
            ended(Stub::default(), 0),
        ),
    ];
    for (opnum, request, response) in cases {
        let call = told(EVENTLOG6, opnum, request, response);
        assert_eq!(call["kind"], "authentication_coercion", "{opnum}");
        assert_eq!(
            (&call["details"]["file"], &call["observed"]["host"]),
            (&json!(file), &json!("attacker"))
        );
    }
    let call = told(EVENTLOG6, 7, export(1), ended(Stub::default(), 0));
    assert_eq!(
        (&call["kind"], &call["details"]["log"], &call["details"]["backup_file"]),
        (&json!("event_log"), &json!(file), &json!("C:\\x"))
    );
}

#[test]
fn channels_and_publishers_are_listed() {
    let names = Stub::default().u32(2).pointer().size(2).pointer().pointer();
    let names = || names.clone().wide_string("Security").wide_string("System").u32(0);
    let details = &told(EVENTLOG6, 19, Stub::default().u32(0), names())["details"];
    assert_eq!(
        (&details["entries"], &details["logs"]),
        (&json!(2), &json!(["Security", "System"]))
    );
    let details = &told(EVENTLOG6, 22, Stub::default().u32(0), names())["details"];
    assert_eq!(details["publishers"], json!(["Security", "System"]));
    let retract = Stub::default().wide_string("Microsoft-Windows-Sysmon").u32(1);
    let retracted = told(EVENTLOG6, 16, retract, Stub::default().u32(0));
    assert_eq!(retracted["details"]["publisher"], "Microsoft-Windows-Sysmon");
}

#[test]
fn a_log_file_says_how_it_is() {
    for (property, name, expected) in [
        (5, "record_count", json!(258)),
        (6, "oldest_record", json!(258)),
        (7, "full", json!(true)),
    ] {
        let value = Stub::default()
            .size(16)
            .octets(&[2, 1, 0, 0, 0, 0, 0, 0])
            .octets(&[0; 4]);
        let value = value.octets(&[10, 0, 0, 0]).u32(16).u32(0);
        let said = Talk::everywhere(EVENTLOG6)
            .call(17, Stub::default().wide_string("Security").u32(1), ended(on_log(), 0))
            .call(18, on_log().u32(property).u32(16), value)
            .finish();
        let details = &said.activities[1]["details"];
        assert_eq!((&details[name], &details["log"]), (&expected, &json!("Security")));
    }
}

/// EvtRpcVariant's fixed part up to its arm.
fn variant(stub: Stub, kind: u32, flags: u32) -> Stub {
    stub.align(8).u32(kind).u32(flags).pad64(8).u32(kind).pad64(8)
}

/// The first ten properties of a channel, of which `modified` are to be set.
fn properties(stub: Stub, modified: &[usize]) -> Stub {
    let flag = |place: usize| u32::from(modified.contains(&place));
    let stub = stub.structure().u32(11).pointer().size(11);
    let stub = variant(stub, 1, flag(0)).u8(0).pad64(8);
    let stub = variant(stub, 2, flag(1)).u32(2).pad64(8);
    let stub = variant(stub, 2, flag(2)).u32(1).pad64(8);
    let stub = variant(stub, 4, flag(3)).pointer();
    let stub = variant(stub, 1, flag(4)).u8(0).pad64(8);
    let stub = variant(stub, 4, flag(5)).pointer();
    let stub = variant(stub, 1, flag(6)).u8(1).pad64(8);
    let stub = variant(stub, 0, flag(7)).u32(0).pad64(8);
    let stub = variant(stub, 3, flag(8)).u64(0x1_0000_0001);
    let stub = variant(stub, 4, flag(9)).pointer();
    let stub = variant(stub, 9, 0).structure().u32(2).pointer();
    let stub = stub.wide_string("Publisher").wide_string("O:BAG:SYD:");
    let stub = stub.wide_string(r"C:\x.evtx");
    stub.size(2).pointer().pointer().wide_string("a").wide_string("b")
}

#[test]
fn a_channel_that_is_switched_off_is_told() {
    let request = Stub::default()
        .wide_string("Microsoft-Windows-Sysmon/Operational")
        .u32(0);
    let put = told(
        EVENTLOG6,
        21,
        properties(request, &[0, 5, 8]),
        ended(Stub::default(), 0),
    );
    let details = &put["details"];
    assert_eq!(
        (&details["operation"], &details["log"]),
        (
            &json!("EvtRpcPutChannelConfig"),
            &json!("Microsoft-Windows-Sysmon/Operational")
        )
    );
    assert_eq!(
        (&details["enabled"], &details["sddl"], &details["max_size"]),
        (&json!(false), &json!("O:BAG:SYD:"), &json!(0x1_0000_0001_u64))
    );
    assert_eq!((details.get("retention"), details.get("log_file")), (None, None));
    let ask = Stub::default().wide_string("Security").u32(0);
    let answer = properties(Stub::default(), &[]).u32(0);
    let details = &told(EVENTLOG6, 20, ask, answer)["details"];
    assert_eq!(
        (&details["enabled"], &details["retention"], &details["log_file"]),
        (&json!(false), &json!(true), &json!(r"C:\x.evtx"))
    );
}

#[test]
fn a_publisher_is_known_by_its_handle() {
    let ask = Stub::default().wide_argument("Sysmon").null().u32(1033).u32(0);
    let answer = variant(Stub::default().structure().u32(2).pointer().size(2), 5, 0);
    let answer = variant(answer.pointer(), 8, 0).structure().u32(1).pointer();
    let answer = answer.guid("00112233445566778899aabbccddeeff").size(1).u64(9);
    let said = Talk::everywhere(EVENTLOG6)
        .call(24, ask, answer.handle(LOG).u32(0))
        .call(26, on_log().u32(0).null(), on_log().u32(0))
        .finish();
    assert_eq!(said.activities[1]["details"]["publisher"], "Sysmon");
}
