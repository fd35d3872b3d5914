//! PsExec as it was on the wire, and calls that it does not make.

use proptest::prelude::*;
use serde_json::json;

use crate::dcerpc::stubs::calls::{Marshalled, Step, activities, pointer, said, string};
use crate::dcerpc::stubs::testing::{Stub, Talk};

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
            .hex(MANAGER)
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
        let created = Stub::new(wide).null().hex(SERVICE).u32(0);
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

proptest! {
    #[test]
    fn no_stub_panics(opnum in 0_u16..65, stub in proptest::collection::vec(any::<u8>(), 0..160), wide: bool) {
        let marshalled = if wide { Marshalled::Ndr64 } else { Marshalled::Ndr20 };
        let hex: String = stub.iter().map(|octet| format!("{octet:02x}")).collect();
        drop(said(SVCCTL, marshalled, &[Step::Asks(opnum, &hex), Step::Answers(&hex)]));
    }
}
