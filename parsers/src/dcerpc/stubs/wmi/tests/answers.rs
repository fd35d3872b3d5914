//! What came of WMI's calls, and what is written for good.

use proptest::prelude::*;
use serde_json::json;

use super::encoding::{self, Cell, class, counted, instance, number, objref, text};
use super::{LOGIN, SERVICES};
use crate::dcerpc::stubs::testing::{self, Stub, Talk};
use crate::dcerpc::stubs::wmi::{cim, object};
use crate::dcerpc::tests::LITTLE;
use crate::testing::{Conversation, unhex};

const ENUMERATOR: &str = "027947e1-d731-11ce-a357-000000000001";
const SMART: &str = "423ec01e-2e35-11d2-b604-00104b703efd";
const CALL_RESULT: &str = "44aca675-e8fc-11d0-a07c-00c04fb68820";
const SINK: &str = "7c857801-7381-11cf-884d-00aa004b2e24";

const SERVICES_IPID: &str = "00022815-0a80-0000-bf6f-d2dfd8038352";
const RESULT_IPID: &str = "00004414-097c-0000-ddfe-0de997b973c4";

/// The ClassPart of MyClass in [MS-WMIO] 3.1, which is derived from Base: `[key] sint32 Id; string Data1; string Data2 =
/// "defaultValue"; uint32 Array[];`.
const MY_CLASS: &str = "
    76010000 00 00000000 11000000 0e000000 00426173650006000000 11000000 09000000 00 08000000 16000000 04000000
    27000000 2e000000 55000000 5c000000 99000000 a0000000 c7000000 cb000000 47 ffffffff ffffffff fd000000 ffffffff
    11010080 004d79436c61737300 004465736372697074696f6e00 004d79436c617373204578616d706c6500 00417272617900
    13200000 0300 0c000000 01000000 11000000 0a000080 03 08000000 4d000000 0075696e74333200 00446174613100
    08000000 0100 04000000 01000000 27000000 0a000080 03 08000000 91000000 03000080 00 0b000000 ffff 04000080 00
    0b000000 ffff 00737472696e6700 00446174613200 08000000 0200 08000000 01000000 11000000 0a000080 03 08000000
    bf000000 00737472696e6700 00496400 03400000 0000 00000000 00000000 1c000000 0a000080 23 08000000 f5000000
    01000080 33 0b000000 ffff 0073696e74333200 0064656661756c7456616c756500 000000000000";

/// Base, of which it is derived.
const BASE: &str = "
    66000000 00 00000000 05000000 04000000 04000000 01000000 06000000 0a000000 05 ffffffff 3c000080 004261736500 00496400
    03000000 0000 00000000 00000000 1c000000 0a000080 03 08000000 34000000 01000080 13 0b000000 ffff 0073696e74333200";

/// `instance of MyClass { Id = 123; Data1 = "StringField"; Array = { 1, 2, 3 }; }`, behind its class.
const MY_VALUES: &str = "
    49000000 00 00000000 20 7b000000 19000000 00000000 09000000 04000000 01
    26000080 004d79436c61737300 03000000 01000000 02000000 03000000 00537472696e674669656c6400";

/// The encoding unit of an object, which its server and namespace stand before.
fn unit(flags: &str, parts: &[&str]) -> Vec<u8> {
    let block = unhex(&format!(
        "{flags} 00445052415641542d44455600 00524f4f5400 {}",
        parts.concat()
    ));
    let size = u32::try_from(block.len()).unwrap().to_le_bytes();
    [&unhex("78563412")[..], &size, &block].concat()
}

fn my_instance() -> Vec<u8> {
    unit("06", &[MY_CLASS, MY_VALUES])
}

#[test]
fn the_instance_of_the_specification_is_read() {
    let mut reading = cim::Reading::default();
    let read = object::unit(&my_instance(), &mut reading).unwrap();
    assert_eq!(read.class, "MyClass");
    assert_eq!(
        serde_json::to_value(&read.values).unwrap(),
        json!([
            {"name": "Array", "value": [1, 2, 3]},
            {"name": "Data1", "value": "StringField"},
            {"name": "Id", "value": 123},
        ])
    );
    assert_eq!(read.number("id"), Some(123));
    assert_eq!(reading.limit, None);
}

#[test]
fn the_class_of_the_specification_is_read() {
    let class = unit(
        "05",
        &[
            BASE,
            "0c000000 0000 3400 00000080",
            MY_CLASS,
            "0c000000 0000 0073 00000080",
        ],
    );
    let mut reading = cim::Reading::default();
    let read = object::unit(&class, &mut reading).unwrap();
    assert_eq!(
        (read.class.as_str(), read.superclass.as_deref()),
        ("MyClass", Some("Base"))
    );
    assert_eq!(
        serde_json::to_value(&read.values).unwrap(),
        json!([{"name": "Data2", "value": "defaultValue"}])
    );
}

#[test]
fn a_cut_object_is_refused() {
    let whole = my_instance();
    for cut in 0..whole.len() - 13 {
        let mut reading = cim::Reading::default();
        assert!(object::unit(&whole[..cut], &mut reading).is_err(), "{cut}");
    }
}

/// `ExecMethod` of `Win32_Process.Create`.
fn create(wide: bool) -> Vec<u8> {
    let startup = instance("Win32_ProcessStartup", &[number("ShowWindow", 0)]);
    let parameters = instance(
        "__PARAMETERS",
        &[
            text("CommandLine", "cmd.exe /c x"),
            ("CurrentDirectory", 8, Cell::Null),
            ("ProcessStartupInformation", 13, Cell::Heap(counted(&startup))),
        ],
    );
    method(wide, "Win32_Process", "Create", &parameters)
}

fn method(wide: bool, path: &str, name: &str, parameters: &[u8]) -> Vec<u8> {
    let stub = Stub::new(wide).this().structure().bstr(path).structure().bstr(name);
    let stub = stub.u32(0).structure().null().interface(&objref(parameters));
    stub.structure().null().null().done().to_vec()
}

fn returned(wide: bool, parameters: &[u8]) -> Vec<u8> {
    let stub = Stub::new(wide).that().pointer().interface(&objref(parameters));
    stub.structure().null().u32(0).done().to_vec()
}

#[test]
fn a_process_is_told_with_its_number() {
    for wide in [false, true] {
        let out = instance("__PARAMETERS", &[number("ProcessId", 4711), number("ReturnValue", 0)]);
        let told = Talk::new(SERVICES, wide)
            .call(24, &create(wide), &returned(wide, &out))
            .only();
        let details = &told["details"];
        assert_eq!(
            details["parameters"],
            json!([
                {"name": "CommandLine", "value": "cmd.exe /c x"},
                {"name": "ProcessStartupInformation", "value": {
                    "class": "Win32_ProcessStartup", "values": [{"name": "ShowWindow", "value": 0}]
                }},
            ])
        );
        assert_eq!(details["return_value"], 0);
        assert_eq!(details["out_parameters"], json!([{"name": "ProcessId", "value": 4711}]));
        assert_eq!(told["outcome"], "success");
    }
}

#[test]
fn cut_calls_cost_their_arguments_alone() {
    for wide in [false, true] {
        let out = instance("__PARAMETERS", &[number("ProcessId", 4711), number("ReturnValue", 0)]);
        let (asks, answers) = (create(wide), returned(wide, &out));
        for cut in 0..asks.len().max(answers.len()) {
            let cut = |stub: &[u8]| stub[..cut.min(stub.len())].to_vec();
            let said = Talk::new(SERVICES, wide).call(24, &cut(&asks), &cut(&answers)).finish();
            assert_eq!(said.activities[0]["details"]["operation"], "ExecMethod");
            assert!(said.out.counters.malformed().len() <= 2);
        }
    }
}

#[test]
fn a_process_that_was_not_started_is_a_failure() {
    let out = instance(
        "__PARAMETERS",
        &[("ProcessId", 19, Cell::Null), number("ReturnValue", 9)],
    );
    let told = Talk::new(SERVICES, false)
        .call(24, &create(false), &returned(false, &out))
        .only();
    assert_eq!(told["outcome"], "failure");
    assert_eq!(told["status"]["name"], "S_OK", "the call itself went well");
    assert_eq!(told["details"]["return_value_name"], "Path not found");
}

#[test]
fn what_the_registry_holds_is_no_ones_business() {
    let parameters = |key: &str| {
        instance(
            "__PARAMETERS",
            &[
                text("sSubKeyName", key),
                text("sValue", "S3cret"),
                text("sValueName", "x"),
            ],
        )
    };
    let out = instance("__PARAMETERS", &[number("ReturnValue", 0), text("sValue", "S3cret")]);
    let said = |key| {
        Talk::new(SERVICES, false)
            .call(
                24,
                &method(false, "StdRegProv", "SetStringValue", &parameters(key)),
                &returned(false, &out),
            )
            .only()
    };
    let plain = said("Software\\adtap");
    assert_eq!(plain["details"]["parameters"][1]["value"], "S3cret");
    assert_eq!(plain["details"].get("out_parameters"), None);
    assert!(!said("Software\\Passwords").to_string().contains("S3cret"));
}

#[test]
fn a_subscription_to_events_is_told() {
    let written = |block: &[u8]| {
        let asks = Stub::new(false).this().interface(&objref(block));
        let asks = asks.structure().u32(0).null().null().done();
        Talk::new(SERVICES, false)
            .call(14, &asks, &Stub::new(false).that().null().u32(0).done())
            .only()
    };
    let filter = written(&instance(
        "__EventFilter",
        &[
            text("Name", "x"),
            text("Query", "SELECT * FROM __InstanceModificationEvent"),
            text("QueryLanguage", "WQL"),
        ],
    ));
    assert_eq!(filter["details"]["class"], "__EventFilter");
    assert_eq!(
        filter["details"]["parameters"][1],
        json!({"name": "Query", "value": "SELECT * FROM __InstanceModificationEvent"})
    );
    let reference = |name, path: &str| (name, 102, Cell::Heap(encoding::string(path)));
    let binding = written(&instance(
        "__FilterToConsumerBinding",
        &[
            reference("Consumer", "CommandLineEventConsumer.Name=\"x\""),
            reference("Filter", "__EventFilter.Name=\"x\""),
        ],
    ));
    assert_eq!(
        binding["details"]["parameters"][0]["value"],
        "CommandLineEventConsumer.Name=\"x\""
    );
}

#[test]
fn a_class_is_told_with_what_is_stored_in_it() {
    let block = class(
        "Win32_Stash",
        "Win32_Base",
        &[text("Payload", "SQBFAFgA"), text("Password", "S3cret")],
    );
    let asks = Stub::new(false).this().interface(&objref(&block));
    let asks = asks.structure().u32(0).null().null().done();
    let told = Talk::new(SERVICES, false)
        .call(8, &asks, &Stub::new(false).that().null().u32(0x8004_1003).done())
        .only();
    let details = &told["details"];
    assert_eq!(
        (&details["class"], &details["superclass"]),
        (&json!("Win32_Stash"), &json!("Win32_Base"))
    );
    assert_eq!(details["parameters"], json!([{"name": "Payload", "value": "SQBFAFgA"}]));
    assert_eq!(told["status"]["name"], "WBEM_E_ACCESS_DENIED");
}

#[test]
fn objects_in_objects_are_bounded() {
    let mut block = instance("X", &[number("n", 1)]);
    for _ in 0..20 {
        block = instance("X", &[("o", 13, Cell::Heap(counted(&block)))]);
    }
    let said = Talk::new(SERVICES, false)
        .call(24, &method(false, "X", "y", &block), &[0; 20])
        .finish();
    assert_eq!(said.out.counters.limits(), [("dcerpc.depth", 1)]);
    let many = instance(
        "X",
        &[(
            "a",
            0x2013,
            Cell::Heap([&100_u32.to_le_bytes()[..], &[0; 400]].concat()),
        )],
    );
    let said = Talk::new(SERVICES, false)
        .call(24, &method(false, "X", "y", &many), &[0; 20])
        .finish();
    assert_eq!(said.out.counters.limits(), [("dcerpc.listed", 1)]);
    let long = instance("X", &[text("a", &"x".repeat(5000))]);
    let said = Talk::new(SERVICES, false)
        .call(24, &method(false, "X", "y", &long), &[0; 20])
        .finish();
    assert_eq!(said.out.counters.limits(), [("dcerpc.text", 1)]);
}

#[test]
fn enumerators_say_how_many_and_of_what_query() {
    for wide in [false, true] {
        let query = Stub::new(wide)
            .this()
            .structure()
            .bstr("WQL")
            .structure()
            .bstr("SELECT * FROM X");
        let query = query.u32(0).structure().null().done();
        let given = Stub::new(wide)
            .that()
            .interface(&testing::objref(ENUMERATOR, 7, RESULT_IPID))
            .align(4)
            .u32(0)
            .done();
        let next = Stub::new(wide).this().u32(0xffff_ffff).u32(5).done();
        let came = Stub::new(wide)
            .that()
            .size(5)
            .size(0)
            .size(1)
            .pointer()
            .interface_referent(&objref(&instance("Win32_Process", &[number("ProcessId", 4)])))
            .u32(1)
            .u32(1)
            .done();
        let said = Talk::new(SERVICES, wide)
            .on(SERVICES_IPID)
            .call(20, &query, &given)
            .on(RESULT_IPID)
            .context(3)
            .call(4, &next, &came)
            .finish();
        assert_eq!(said.out.counters.malformed(), []);
        assert_eq!(said.activities[0]["details"]["query_language"], "WQL");
        let details = &said.activities[1]["details"];
        assert_eq!(
            (&details["operation"], &details["query"], &details["class"]),
            (&json!("Next"), &json!("SELECT * FROM X"), &json!("Win32_Process"))
        );
        assert_eq!((&details["requested"], &details["returned"]), (&json!(5), &json!(1)));
        assert_eq!(said.activities[1]["status"]["name"], "S_FALSE");
    }
}

/// What a query found comes by the megabyte: its beginning says how much, its end what came of it.
#[test]
fn the_bulk_of_what_was_found_passes() {
    let next = Stub::new(false).this().raw(&[7; 16]).u32(1000).u32(10).done();
    let first = Stub::new(false)
        .that()
        .u32(300)
        .u32(900_000)
        .pointer()
        .raw(&[0; 4000])
        .done();
    let mut conversation = Conversation::tcp(49_155)
        .up(&LITTLE.bind(11, 1, 0, SMART, None))
        .up(&LITTLE.request(3, 2, 0, 3, &next))
        .down(&LITTLE.response(1, 2, 0, &first));
    for _ in 0..40 {
        conversation = conversation.down(&LITTLE.response(0, 2, 0, &[0; 4000]));
    }
    let last = [&[0; 400][..], &0x0004_0004_u32.to_le_bytes()].concat();
    let said = conversation.down(&LITTLE.response(2, 2, 0, &last)).finish();
    assert_eq!(
        (said.out.counters.malformed(), said.out.counters.limits()),
        (vec![], vec![])
    );
    let told = &said.activities[0];
    assert_eq!(
        (&told["details"]["returned"], &told["details"]["returned_size"]),
        (&json!(300), &json!(900_000))
    );
    assert_eq!(told["status"]["name"], "WBEM_S_TIMEDOUT");
}

#[test]
fn a_result_that_was_not_waited_for_is_told_of_its_method() {
    let given = Stub::new(false)
        .that()
        .null()
        .pointer()
        .interface(&testing::objref(CALL_RESULT, 7, RESULT_IPID))
        .align(4)
        .u32(0)
        .done();
    let out = instance("__PARAMETERS", &[number("ProcessId", 4711), number("ReturnValue", 2)]);
    let result = Stub::new(false).that().interface(&objref(&out)).align(4).u32(0).done();
    let asks = Stub::new(false).this().u32(0xffff_ffff).done();
    let said = Talk::new(SERVICES, false)
        .on(SERVICES_IPID)
        .call(24, &create(false), &given)
        .on(RESULT_IPID)
        .context(3)
        .call(3, &asks, &result)
        .call(6, &asks, &Stub::new(false).that().u32(0x8004_1003).u32(0).done())
        .finish();
    let told = &said.activities[1];
    assert_eq!(
        (&told["kind"], &told["outcome"]),
        (&json!("wmi_execution"), &json!("failure"))
    );
    assert_eq!(
        (
            &told["details"]["class"],
            &told["details"]["method"],
            &told["details"]["return_value_name"]
        ),
        (&json!("Win32_Process"), &json!("Create"), &json!("Access denied"))
    );
    assert_eq!(
        said.activities[2]["details"]["call_status_name"],
        "WBEM_E_ACCESS_DENIED"
    );
}

#[test]
fn sinks_and_clients_say_what_they_are_told() {
    let object = objref(&instance("__InstanceCreationEvent", &[number("n", 1)]));
    let indicate = Stub::new(false)
        .this()
        .u32(1)
        .size(1)
        .pointer()
        .interface_referent(&object)
        .done();
    let status = Stub::new(false).this().u32(0).u32(0x8004_1017).null().null().done();
    let said = Talk::new(SINK, false)
        .call(3, &indicate, &[0; 12])
        .call(4, &status, &[0; 12])
        .finish();
    assert_eq!(said.out.counters.malformed(), []);
    assert_eq!(said.activities[0]["details"]["class"], "__InstanceCreationEvent");
    assert_eq!(
        said.activities[1]["details"]["call_status_name"],
        "WBEM_E_INVALID_QUERY"
    );
    let client = Stub::new(false)
        .this()
        .wide_argument("WORKSTATION5")
        .align(4)
        .u32(7240)
        .u32(0)
        .done();
    let told = Talk::new("d4781cd6-e5d3-44df-ad94-930efe48a887", false)
        .call(3, &client, &[0; 12])
        .only();
    assert_eq!(
        (
            &told["details"]["client_machine"],
            &told["details"]["client_process_id"]
        ),
        (&json!("WORKSTATION5"), &json!(7240))
    );
}

#[test]
fn a_namespace_below_another_is_told_in_full() {
    let login = Stub::new(false)
        .this()
        .wide_argument("//dc1/root")
        .null()
        .u32(0)
        .null()
        .done();
    let given = |ipid| {
        Stub::new(false)
            .interface(&testing::objref(SERVICES, 7, ipid))
            .align(4)
            .u32(0)
            .done()
    };
    let opens = Stub::new(false).this().bstr("cimv2").u32(0).null().done();
    let that = Stub::new(false).that();
    let said = Talk::new(LOGIN, false)
        .on("0002c410-0a80-0000-ca84-a9226eec8843")
        .call(6, &login, &that.clone().raw(&given(SERVICES_IPID)).done())
        .on(SERVICES_IPID)
        .context(2)
        .call(3, &opens, &that.pointer().raw(&given(RESULT_IPID)).done())
        .on(RESULT_IPID)
        .sealed(20, &[0; 32], &[0; 32])
        .finish();
    assert_eq!(said.activities[1]["details"]["namespace"], "//dc1/root\\cimv2");
    assert_eq!(said.activities[2]["details"]["namespace"], "//dc1/root\\cimv2");
}

proptest! {
    #[test]
    fn mutated_units_never_panic(at in 0_usize..480, value: u8) {
        let mut octets = my_instance();
        let length = octets.len();
        octets[at % length] = value;
        let _ = object::unit(&octets, &mut cim::Reading::default());
    }
}
