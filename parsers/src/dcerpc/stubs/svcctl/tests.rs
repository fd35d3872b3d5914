//! PsExec as it was on the wire, and calls that it does not make.

use proptest::prelude::*;
use serde_json::json;

use crate::dcerpc::stubs::calls::{Marshalled, Step, activities, pointer, said, string};
use crate::dcerpc::stubs::testing::{Stub, Talk};
use crate::dcerpc::tests::BIG;
use crate::testing::{Conversation, unhex};

const SVCCTL: &str = "367abb81-9844-35f1-ad32-98f038001003";
const MANAGER: &str = "00000000c255930e0aaf2c45910fe56e9bc0f915";
const SERVICE: &str = "00000000213450fffb53144dae6a438660f607d4";

#[test]
fn psexec_installs_starts_and_removes_its_service() {
    let create = format!(
        "{MANAGER}0900000000000000090000005000530045005800450053005600430000000000000002000900000000000000090000005000
         53004500580045005300560043000000 0000ff010f001000000003000000000000001a000000000000001a000000
         2500530079007300740065006d0052006f006f00740025005c00500053004500580045005300560043002e00650078006500
         000000000000000000000000000000000000000000000000000000000000"
    );
    let open = format!("{MANAGER}09000000000000000900000050005300450058004500530056004300 00000000ff010f00");
    let start = format!("{SERVICE}0000000000000000");
    let stop = format!("{SERVICE}01000000");
    let said = activities(
        SVCCTL,
        Marshalled::Ndr20,
        &[
            Step::Asks(15, "000002000400000000000000040000006400630031000000000000003f000f00"),
            Step::Answers(&format!("{MANAGER}00000000")),
            Step::Asks(45, &create),
            Step::Answers("0000000000000000bd51a120f02e5845a493650a0ffb75be00000000"),
            Step::Asks(16, &open),
            Step::Answers(&format!("{SERVICE}00000000")),
            Step::Asks(19, &start),
            Step::Answers("00000000"),
            Step::Asks(1, &stop),
            Step::Answers("1000000003000000010000000000000000000000020000000000000000000000"),
            Step::Asks(2, SERVICE),
            Step::Answers("30040000"),
            Step::Asks(0, SERVICE),
            Step::Answers("000000000000000000000000000000000000000000000000"),
            Step::Asks(6, SERVICE),
        ],
    );
    let kinds: Vec<_> = said.iter().map(|activity| activity["kind"].as_str().unwrap()).collect();
    let changes = ["service_creation"; 3];
    assert_eq!(kinds[..3], ["rpc_call", "service_creation", "rpc_call"]);
    assert_eq!(kinds[3..6], changes);
    assert_eq!(said[1]["action_type"], "Service creation");
    assert_eq!(
        said[1]["details"],
        json!({
            "interface": "svcctl", "interface_uuid": SVCCTL, "version": "1.0", "opnum": 45,
            "operation": "RCreateServiceWOW64W", "port": 49160, "stub_size": 196, "service": "PSEXESVC",
            "display_name": "PSEXESVC", "desired_access": 0xf_01ff, "service_type": 16,
            "service_type_name": "SERVICE_WIN32_OWN_PROCESS", "start_type": 3, "start_type_name": "SERVICE_DEMAND_START",
            "binary_path": "%SystemRoot%\\PSEXESVC.exe",
        })
    );
    for (activity, operation) in said[3..6]
        .iter()
        .zip(["RStartServiceW", "RControlService", "RDeleteService"])
    {
        assert_eq!(activity["details"]["service"], "PSEXESVC");
        assert_eq!(activity["details"]["operation"], operation);
        assert_eq!(activity.get("action_type"), None);
    }
    assert_eq!(said[4]["details"]["control_name"], "SERVICE_CONTROL_STOP");
    assert_eq!(said[5]["outcome"], "failure");
    assert_eq!(
        said[5]["status"],
        json!({"code": 1072, "name": "ERROR_SERVICE_MARKED_FOR_DELETE"})
    );
    assert_eq!(said[7]["details"].get("service"), None, "a closed handle names nothing");
}

/// As impacket and old tools do it.
#[test]
fn narrow_strings_are_read_in_both_syntaxes() {
    for wide in [false, true] {
        let create = Stub::new(wide)
            .handle(MANAGER)
            .narrow_string("svc")
            .pointer()
            .narrow_string("Shown")
            .u32(0xf_01ff)
            .u32(16)
            .u32(2)
            .u32(0)
            .narrow_string("C:\\x.exe -a")
            .null()
            .null()
            .null()
            .u32(0)
            .pointer()
            .narrow_string("LAB\\svc")
            .null()
            .u32(0);
        let created = Stub::new(wide).null().handle(SERVICE).u32(0);
        let activity = Talk::new(SVCCTL, wide).call(24, &create.done(), &created.done()).only();
        assert_eq!(activity["action_type"], "Service creation");
        let details = &activity["details"];
        assert_eq!(
            (&details["service"], &details["display_name"]),
            (&json!("svc"), &json!("Shown"))
        );
        assert_eq!(
            (&details["binary_path"], &details["account"]),
            (&json!("C:\\x.exe -a"), &json!("LAB\\svc"))
        );
    }
}

#[test]
fn what_is_sealed_has_its_kind_and_no_arguments() {
    let activity = Talk::new(SVCCTL, false).sealed(12, &[0x5a; 64], &[0x5a; 24]).only();
    assert_eq!(activity["kind"], "service_creation");
    assert_eq!(activity["details"]["sealed"], true);
    assert_eq!(activity["details"].get("service"), None);
}

#[test]
fn a_change_says_what_changes_and_no_password() {
    let change = format!(
        "{SERVICE} ffffffff 02000000 ffffffff {} 00000000 00000000 00000000 00000000 {} 04000200 06000000 530033006300
         0000 06000000 {}",
        pointer("cmd.exe /c x"),
        pointer("LAB\\svc"),
        pointer("Shown"),
    );
    let said = activities(
        SVCCTL,
        Marshalled::Ndr20,
        &[Step::Asks(11, &change), Step::Answers("00000000")],
    );
    let details = &said[0]["details"];
    assert_eq!(details["binary_path"], "cmd.exe /c x");
    assert_eq!(details["account"], "LAB\\svc");
    assert_eq!(details["display_name"], "Shown");
    assert_eq!(
        (details.get("service_type"), &details["start_type_name"]),
        (None, &json!("SERVICE_AUTO_START"))
    );
    assert!(!said[0].to_string().contains("S3c"));
}

#[test]
fn a_command_may_wait_for_a_failure() {
    let change = format!(
        "{SERVICE} 02000000 02000000 04000200 00000000 00000000 08000200 00000000 00000000 {}",
        string("powershell -enc AAAA")
    );
    let said = activities(
        SVCCTL,
        Marshalled::Ndr20,
        &[Step::Asks(37, &change), Step::Answers("00000000")],
    );
    assert_eq!(said[0]["details"]["level_name"], "SERVICE_CONFIG_FAILURE_ACTIONS");
    assert_eq!(said[0]["details"]["failure_command"], "powershell -enc AAAA");
}

#[test]
fn arguments_of_a_start_are_told() {
    let start = format!(
        "{SERVICE} 02000000 04000200 02000000 08000200 0c000200 {} {}",
        string("svc"),
        string("-x"),
    );
    let said = activities(
        SVCCTL,
        Marshalled::Ndr20,
        &[Step::Asks(19, &start), Step::Answers("00000000")],
    );
    assert_eq!(said[0]["details"]["arguments"], json!(["svc", "-x"]));
    assert_eq!(said[0]["kind"], "service_creation");
}

/// A call of `opnum` on a handle of the manager or of a service, with what follows the handle.
fn ask(wide: bool, opnum: u16, rest: impl FnOnce(Stub) -> Stub, answer: Stub) -> serde_json::Value {
    let request = rest(Stub::new(wide).handle(SERVICE));
    Talk::new(SVCCTL, wide)
        .call(opnum, &request.done(), &answer.done())
        .only()
}

#[test]
fn a_configuration_says_what_runs_as_whom() {
    for wide in [false, true] {
        let answer = Stub::new(wide)
            .structure()
            .u32(0x10)
            .u32(2)
            .u32(1)
            .pointer()
            .null()
            .u32(0)
            .pointer()
            .pointer()
            .pointer()
            .wide_string("C:\\x.exe -k")
            .wide_string("RpcSs/LanmanWorkstation/")
            .wide_string("LAB\\svc")
            .wide_string("Shown")
            .u32(0x200)
            .u32(0);
        let details = &ask(wide, 17, |stub| stub.u32(0x200), answer)["details"];
        assert_eq!(
            (&details["binary_path"], &details["account"]),
            (&json!("C:\\x.exe -k"), &json!("LAB\\svc"))
        );
        assert_eq!(
            (&details["display_name"], &details["dependencies"]),
            (&json!("Shown"), &json!(["RpcSs", "LanmanWorkstation"]))
        );
        assert_eq!(
            (&details["service_type_name"], &details["start_type_name"]),
            (&json!("SERVICE_WIN32_OWN_PROCESS"), &json!("SERVICE_AUTO_START"))
        );
    }
}

#[test]
fn a_configuration_that_was_refused_says_nothing() {
    let answer = Stub::new(false).raw(&[0; 36]).u32(0x100).u32(122);
    let activity = ask(false, 29, |stub| stub.u32(0), answer);
    assert_eq!(activity["details"].get("service_type"), None);
    assert_eq!(activity["details"].get("start_type"), None);
    assert_eq!(activity["status"]["name"], "ERROR_INSUFFICIENT_BUFFER");
}

/// Rows of `size` octets whose first two numbers lead to a service's name and to what is shown for it.
fn rows(size: usize, names: &[&str]) -> Vec<u8> {
    let mut texts = Vec::new();
    let mut rows = Vec::new();
    for name in names {
        let mut row = vec![0x5a; size];
        for (at, text) in [*name, "Shown"].iter().enumerate() {
            let offset = u32::try_from(size * names.len() + texts.len()).unwrap();
            row[at * 4..at * 4 + 4].copy_from_slice(&offset.to_le_bytes());
            texts.extend(text.encode_utf16().chain([0]).flat_map(u16::to_le_bytes));
        }
        rows.extend(row);
    }
    rows.extend(texts);
    rows
}

/// What `rows` answer as a list of `count`.
fn listed(wide: bool, rows: &[u8], count: u32) -> Stub {
    let size = u32::try_from(rows.len()).unwrap();
    Stub::new(wide).size(size).octets(rows).u32(0).u32(count).null().u32(0)
}

#[test]
fn services_are_listed_by_their_names() {
    for (wide, opnum, size) in [(false, 14, 36), (true, 42, 44), (true, 14, 36), (false, 42, 44)] {
        let answer = listed(wide, &rows(size, &["Netlogon", "PSEXESVC", "x"]), 3);
        let level = |stub: Stub| if opnum == 42 { stub.u32(0) } else { stub };
        let details = &ask(
            wide,
            opnum,
            |stub| level(stub).u32(0x30).u32(3).u32(0x1000).null(),
            answer,
        )["details"];
        assert_eq!(
            details["services"],
            json!(["Netlogon", "PSEXESVC", "x"]),
            "{wide} {opnum}"
        );
        assert_eq!(details["entries"], 3);
        assert_eq!(
            (&details["service_type"], &details["service_state"]),
            (&json!(0x30), &json!(3))
        );
    }
}

#[test]
fn lists_of_services_that_lie_are_bounded() {
    let mut row = vec![0; 36];
    row[0] = 36;
    let long = [row.as_slice(), &[b'a'; 2000]].concat();
    let mut lead_out = vec![0xff; 36];
    lead_out[4..].fill(0);
    let many: Vec<u8> = rows(36, &["x"; 300]);
    for (rows, count, names, limits) in [
        (long, 1, 1, vec![("dcerpc.text", 1)]),
        (lead_out, u32::MAX, 1, vec![]),
        (many, 300, 256, vec![("dcerpc.listed", 1)]),
    ] {
        let request = Stub::new(false).handle(SERVICE).u32(0x30).u32(3).u32(0).null().done();
        let answer = listed(false, &rows, count).done();
        let said = Talk::new(SVCCTL, false).call(14, &request, &answer).finish();
        let details = &said.activities[0]["details"];
        assert_eq!(details["entries"], count);
        assert_eq!(details["services"].as_array().map(Vec::len), Some(names));
        assert_eq!(said.out.counters.limits(), limits);
    }
}

#[test]
fn states_have_names() {
    let running = [0x10, 4, 0, 0, 0, 0, 0];
    let words = |stub: Stub| running.iter().fold(stub, |stub, word| stub.u32(*word));
    for wide in [false, true] {
        let octets: Vec<u8> = running
            .iter()
            .chain(&[1234, 0])
            .flat_map(|word| word.to_le_bytes())
            .collect();
        let answers = [
            (6, words(Stub::new(wide)).u32(0)),
            (1, words(Stub::new(wide)).u32(0)),
            (40, Stub::new(wide).size(36).raw(&octets).u32(0).u32(0)),
            (
                51,
                words(Stub::new(wide).u32(1).pad64(8).pointer()).u32(1234).u32(0).u32(0),
            ),
        ];
        for (opnum, answer) in answers {
            let details = &ask(wide, opnum, |stub| stub.u32(4).u32(0).u32(0), answer)["details"];
            assert_eq!(details["current_state_name"], "SERVICE_RUNNING", "{wide} {opnum}");
            assert!(!details.to_string().contains("1234"));
        }
    }
}

#[test]
fn names_are_answered_for_names() {
    for wide in [false, true] {
        let shown = Stub::new(wide).wide_string("Remote Procedure Call").u32(21).u32(0);
        let details = &ask(wide, 20, |stub| stub.wide_string("RpcSs").u32(256), shown)["details"];
        assert_eq!(
            (&details["service"], &details["display_name"]),
            (&json!("RpcSs"), &json!("Remote Procedure Call"))
        );
        let key = Stub::new(wide).narrow_string("RpcSs").u32(5).u32(0);
        let details = &ask(wide, 33, |stub| stub.narrow_string("Shown").u32(256), key)["details"];
        assert_eq!(
            (&details["service"], &details["display_name"]),
            (&json!("RpcSs"), &json!("Shown"))
        );
    }
}

#[test]
fn second_configurations_are_read_from_their_buffers() {
    let wide = |text: &str| -> Vec<u8> { text.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect() };
    let description = [&[4, 0, 0, 0][..], &wide("What it is for")].concat();
    let failure = [&[0; 8][..], &[20, 0, 0, 0], &[0; 8], &wide("cmd.exe /c x")].concat();
    for (level, buffer, name, value) in [
        (1, description, "description", json!("What it is for")),
        (2, failure, "failure_command", json!("cmd.exe /c x")),
        (3, vec![1, 0, 0, 0], "delayed_start", json!(true)),
    ] {
        let size = u32::try_from(buffer.len()).unwrap();
        let answer = Stub::new(false).size(size).octets(&buffer).u32(size).u32(0);
        let details = &ask(false, 39, |stub| stub.u32(level).u32(size), answer)["details"];
        assert_eq!(details[name], value);
    }
}

/// The stub's numbers follow the order of the PDU, those of a buffer never do.
#[test]
fn a_big_endian_answer_reads_the_same() {
    let rows: String = rows(36, &["svc"]).iter().map(|octet| format!("{octet:02x}")).collect();
    let answer = unhex(&format!(
        "{:08x} {rows} 00000000 00000001 00000000 00000000",
        rows.len() / 2
    ));
    let said = Conversation::tcp(49_155)
        .up(&BIG.bind(11, 1, 0, SVCCTL, None))
        .down(&BIG.ack(12, 1, None))
        .up(&BIG.request(
            3,
            2,
            0,
            14,
            &unhex(&format!("{MANAGER} 00000030 00000003 00000000 00000000")),
        ))
        .down(&BIG.response(3, 2, 0, &answer))
        .up(&BIG.request(3, 3, 0, 6, &unhex(SERVICE)))
        .down(&BIG.response(3, 3, 0, &unhex(&format!("00000010 00000001 {}", "00000000".repeat(6)))))
        .finish();
    assert_eq!(said.activities[0]["details"]["services"], json!(["svc"]));
    assert_eq!(said.activities[1]["details"]["current_state_name"], "SERVICE_STOPPED");
}

proptest! {
    #[test]
    fn no_stub_panics(opnum in 0_u16..65, stub in proptest::collection::vec(any::<u8>(), 0..160), wide: bool) {
        let marshalled = if wide { Marshalled::Ndr64 } else { Marshalled::Ndr20 };
        let hex: String = stub.iter().map(|octet| format!("{octet:02x}")).collect();
        drop(said(SVCCTL, marshalled, &[Step::Asks(opnum, &hex), Step::Answers(&hex)]));
    }
}
