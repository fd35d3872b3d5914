//! What is handed out is known when it is called: on other connections, sealed, and where nobody saw the bind.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{ACTIVATOR, CREATE, DISPATCH, EXPORTER};
use crate::dcerpc::stubs::testing::{Stub, Talk, objref};
use crate::testing::{Said, unhex};

const LOGIN: &str = "f309ad18-d86a-11d0-a075-00c04fb68820";
const SERVICES: &str = "9556dc99-828c-11cf-a37e-00aa003240c7";
const REM_UNKNOWN2: &str = "00000143-0000-0000-c000-000000000046";
const FACTORY: &str = "00000001-0000-0000-c000-000000000046";

/// What [`CREATE`] was answered: the object is reached at port 52419, and its server runs as the system.
const CREATED: &str = "
    01000000000000000000020078030000780300004d454f5704000000a301000000000000c0000000000000463903000000000000c0000000
    000000460000000050030000400300000000000001100800cccccccc60000000000000004003000070000000000000000200000002000000
    00000000000000000000000000000000000002000400020000000000020000003903000000000000c000000000000046b601000000000000
    c00000000000004602000000f8000000d801000001100800cccccccce8000000000000000100000000000200040002000800020001000000
    18ad09f36ad8d011a07500c04fb688200100000000000000010000000c000200a8000000a80000004d454f570100000018ad09f36ad8d011
    a07500c04fb68820000000000500000043aa17adf29d3dc7aa9a5cf9b39bb4cc10c40200800a0000ca84a9226eec884332001c0007005700
    4f0052004b00530054004100540049004f004e003600000007003100370032002e00310038002e00330039002e003600000000000900ffff
    00001e00ffff00001000ffff00000a00ffff00001600ffff00001f00ffff00000e00ffff000000000000000001100800ccccccccc8010000
    00000000000000000000020043aa17adf29d3dc70400020000680000800a00009eb06cbfe06bc80e0400000005000700c9000000c9002a00
    070057004f0052004b00530054004100540049004f004e0036005b00350032003400310039005d00000007003100370032002e0031003800
    2e00330039002e0036005b00350032003400310039005d00000000000a00ffff4e005400200041005500540048004f005200490054005900
    5c00530059005300540045004d0000001e00ffff4e005400200041005500540048004f0052004900540059005c0053005900530054004500
    4d0000001000ffff68006f00730074002f0057004f0052004b00530054004100540049004f004e0036002e00740068006500730068006900
    720065002e006c006f00630061006c0000000900ffff68006f00730074002f0057004f0052004b00530054004100540049004f004e003600
    2e00740068006500730068006900720065002e006c006f00630061006c0000001600ffff4e005400200041005500540048004f0052004900
    540059005c00530059005300540045004d0000001f00ffff4e005400200041005500540048004f0052004900540059005c00530059005300
    540045004d0000000000000000000000";

/// IRemUnknown's IPID in [`CREATED`], the object's, and another of the exporter.
const UNKNOWN_IPID: &str = "00006800-0a80-0000-9eb0-6cbfe06bc80e";
const LOGIN_IPID: &str = "0002c410-0a80-0000-ca84-a9226eec8843";
const OTHER_IPID: &str = "00012c2b-0a80-0000-570f-81cf2686e86c";

fn activated() -> Talk {
    Talk::new(ACTIVATOR, false).call(4, &unhex(CREATE), &unhex(CREATED))
}

/// `NTLMLogin`.
fn login(wide: bool) -> Vec<u8> {
    Stub::new(wide)
        .this()
        .wide_argument("//./root/cimv2")
        .null()
        .u32(0)
        .null()
        .done()
        .to_vec()
}

fn calls(said: &Said) -> Vec<&Value> {
    let told = said.activities.iter();
    told.filter(|activity| activity["protocol"] == "dcerpc").collect()
}

/// As tshark reads the same frame (OXID bindings, security bindings, authentication hint).
#[test]
fn an_activation_says_where_its_object_is() {
    let activity = activated().only();
    let details = &activity["details"];
    assert_eq!(
        details["bindings"],
        json!([
            {"protocol_sequence": "ncacn_ip_tcp", "address": "WORKSTATION6", "port": 52419},
            {"protocol_sequence": "ncacn_ip_tcp", "address": "172.18.39.6", "port": 52419},
        ])
    );
    assert_eq!(details["authn_hint_name"], "RPC_C_AUTHN_LEVEL_PKT");
    assert_eq!(details["com_version"], "5.7");
    assert_eq!(
        details["security_bindings"][0],
        json!({"authn_service": 10, "authn_service_name": "RPC_C_AUTHN_WINNT", "principal": "NT AUTHORITY\\SYSTEM"})
    );
    assert_eq!(details.get("refused_interfaces"), None);
}

#[test]
fn an_object_is_known_on_a_connection_without_its_bind() {
    let login = login(false);
    let services = objref(SERVICES, 7, OTHER_IPID);
    let answer = Stub::new(false).that().interface(&services).align(4).u32(0).done();
    let said = Talk::unbound(52_419)
        .after(activated())
        .on(LOGIN_IPID)
        .context(4)
        .call(6, &login, &answer)
        .on(OTHER_IPID)
        .context(5)
        .sealed(24, &[0; 64], &[0; 32])
        .finish();
    assert_eq!(said.out.counters.malformed(), []);
    let calls = calls(&said);
    let login = &calls[1]["details"];
    assert_eq!(
        (&login["interface"], &login["operation"], &login["guessed"]),
        (&json!("IWbemLevel1Login"), &json!("NTLMLogin"), &json!(true))
    );
    assert_eq!(
        (&login["class"], &login["namespace"]),
        (&json!("WbemLevel1Login"), &json!("//./root/cimv2"))
    );
    let method = &calls[2];
    assert_eq!(method["kind"], "wmi_execution");
    assert_eq!(
        (&method["details"]["operation"], &method["details"]["sealed"]),
        (&json!("ExecMethod"), &json!(true))
    );
    assert_eq!(
        method["details"]["namespace"], "//./root/cimv2",
        "what was handed out there tells where it is, sealed or not"
    );
}

/// Nobody saw how the connection began; the port was named by the activation.
#[test]
fn a_port_that_an_activation_named_is_read() {
    let noise = [0x5a_u8; 40];
    let said = |known: bool| {
        let mut talk = Talk::unbound(52_419);
        if known {
            talk = talk.after(activated());
        }
        let talk = talk.noise(&noise).on(UNKNOWN_IPID).call(4, &back(1), &[0; 12]);
        let said = talk.finish();
        calls(&said).last().map(|call| call["details"]["interface"].clone())
    };
    assert_eq!(said(true), Some(json!("IRemUnknown2")));
    assert_eq!(said(false), Some(Value::Null), "its answer alone");
}

/// `RemAddRef` or `RemRelease` of so many references.
fn back(count: u32) -> Vec<u8> {
    let stub = Stub::new(false).this().u16(1).size(1).uuid(LOGIN_IPID);
    stub.u32(count).u32(0).done().to_vec()
}

fn query(wide: bool, ipid: &str, interfaces: &[&str]) -> Vec<u8> {
    let count = u16::try_from(interfaces.len()).unwrap();
    let stub = Stub::new(wide).this().uuid(ipid).u32(5).u16(count).size(count.into());
    interfaces.iter().fold(stub, |stub, iid| stub.uuid(iid)).done().to_vec()
}

fn queried(wide: bool, results: &[(u32, &str)], status: u32) -> Vec<u8> {
    let stub = Stub::new(wide)
        .that()
        .pointer()
        .size(u32::try_from(results.len()).unwrap());
    let stub = results.iter().fold(stub, |stub, (code, ipid)| {
        stub.align(8).u32(*code).align(8).u32(0).u32(5).u64(7).u64(8).uuid(ipid)
    });
    stub.u32(status).done().to_vec()
}

#[test]
fn interfaces_that_are_asked_for_and_given_are_known() {
    for wide in [false, true] {
        let two = [DISPATCH, "b196b283-bab4-101a-b69c-00aa00341d07"];
        let nil = "00000000-0000-0000-0000-000000000000";
        let said = Talk::new(REM_UNKNOWN2, wide)
            .on(UNKNOWN_IPID)
            .call(
                3,
                &query(wide, LOGIN_IPID, &two),
                &queried(wide, &[(0, OTHER_IPID), (0x8000_4002, nil)], 1),
            )
            .on(OTHER_IPID)
            .context(7)
            .call(
                3,
                &Stub::new(wide).this().done(),
                &Stub::new(wide).that().u32(1).u32(0).done(),
            )
            .finish();
        assert_eq!(said.out.counters.malformed(), []);
        let calls = calls(&said);
        assert_eq!(
            (
                &calls[0]["details"]["interfaces"],
                &calls[0]["details"]["refused_interfaces"]
            ),
            (
                &json!(["IDispatch", "IProvideClassInfo"]),
                &json!(["IProvideClassInfo"])
            )
        );
        assert_eq!(calls[1]["details"]["operation"], "GetTypeInfoCount");
        assert_eq!(calls[1]["status"]["name"], "S_OK");
    }
}

#[test]
fn a_query_for_interfaces_is_known_by_its_shape() {
    let asks = query(false, LOGIN_IPID, &[DISPATCH]);
    let said = Talk::unbound(49_913)
        .on(UNKNOWN_IPID)
        .call(3, &asks, &queried(false, &[(0, OTHER_IPID)], 0))
        .on(OTHER_IPID)
        .context(3)
        .call(3, &Stub::new(false).this().done(), &[0; 16])
        .finish();
    let details: Vec<_> = calls(&said).iter().map(|call| call["details"].clone()).collect();
    assert_eq!(
        (&details[0]["interface"], &details[1]["interface"]),
        (&json!("IRemUnknown2"), &json!("IDispatch"))
    );
    let mut lies = asks.clone();
    lies[52] = 2;
    for (object, stub) in [(Some(UNKNOWN_IPID), lies), (None, asks)] {
        let mut talk = Talk::unbound(49_913);
        if let Some(object) = object {
            talk = talk.on(object);
        }
        let said = talk.call(3, &stub, &[0; 16]).finish();
        assert_eq!(said.activities[0]["details"].get("interface"), None);
    }
}

#[test]
fn an_activation_is_known_by_its_shape() {
    let asks = unhex(CREATE);
    let said = Talk::unbound(135).call(4, &asks, &unhex(CREATED)).finish();
    let details = &calls(&said)[0]["details"];
    assert_eq!(
        (&details["interface"], &details["guessed"], &details["class"]),
        (&json!("IRemoteSCMActivator"), &json!(true), &json!("WbemLevel1Login"))
    );
    for (port, opnum) in [(135, 5), (49_913, 4)] {
        let said = Talk::unbound(port).call(opnum, &asks, &[0; 16]).finish();
        assert_eq!(calls(&said)[0]["details"].get("interface"), None);
    }
}

#[test]
fn an_object_that_was_given_back_is_forgotten() {
    let said = |count| {
        Talk::new(REM_UNKNOWN2, false)
            .after(activated())
            .on(UNKNOWN_IPID)
            .call(5, &back(count), &[0; 12])
            .on(LOGIN_IPID)
            .context(9)
            .call(6, &login(false), &[])
            .finish()
    };
    let kept = said(4);
    assert_eq!(calls(&kept)[1]["details"]["references"], 1);
    assert_eq!(calls(&kept)[1]["details"]["class"], "WbemLevel1Login");
    assert_eq!(calls(&kept)[2]["details"]["operation"], "NTLMLogin");
    assert_eq!(calls(&said(5))[2]["details"].get("operation"), None);
}

/// Whatever is released beside it, a call says what the first object says that is known, and once.
#[test]
fn many_references_say_what_one_says() {
    let nobody = "00009999-0a80-0000-0000-000000000001";
    let references = |ipids: &[&str]| {
        let count = u32::try_from(ipids.len()).unwrap();
        let stub = Stub::new(false).this().u16(u16::try_from(count).unwrap()).size(count);
        let stub = ipids.iter().fold(stub, |stub, ipid| stub.uuid(ipid).u32(0).u32(0));
        stub.done().to_vec()
    };
    let said = |ipids: &[&str]| {
        Talk::new(REM_UNKNOWN2, false)
            .after(activated())
            .on(UNKNOWN_IPID)
            .call(4, &references(ipids), &[0; 12])
            .finish()
    };
    let few = said(&[nobody, LOGIN_IPID]);
    let details = &calls(&few)[1]["details"];
    assert_eq!(
        (&details["class"], &details["references"]),
        (&json!("WbemLevel1Login"), &json!(2))
    );
    assert_eq!(few.out.counters.limits(), []);
    let many = said(&[&[LOGIN_IPID; 256][..], &[nobody; 44]].concat());
    let details = &calls(&many)[1]["details"];
    assert_eq!(
        (&details["class"], &details["references"]),
        (&json!("WbemLevel1Login"), &json!(300))
    );
    assert_eq!(many.out.counters.limits(), [("dcerpc.references", 1)]);
}

#[test]
fn a_class_factory_makes_objects_of_its_class() {
    for wide in [false, true] {
        let given = Stub::new(wide)
            .that()
            .interface(&objref(LOGIN, 7, OTHER_IPID))
            .align(4)
            .u32(0)
            .done();
        let said = Talk::new(FACTORY, wide)
            .after(activated())
            .on(LOGIN_IPID)
            .call(3, &Stub::new(wide).this().uuid(LOGIN).done(), &given)
            .on(OTHER_IPID)
            .context(9)
            .call(6, &[], &[])
            .finish();
        let calls = calls(&said);
        assert_eq!(calls[1]["details"]["interfaces"], json!(["IWbemLevel1Login"]));
        assert_eq!(calls[2]["details"]["class"], "WbemLevel1Login");
    }
}

#[test]
fn an_exporter_is_resolved() {
    for wide in [false, true] {
        let asks = Stub::new(wide).u64(7).u16(1).size(1).u16(7).done();
        let units: Vec<u8> = "\u{7}ws6[49913]\0\0\u{a}\u{ffff}WS6\\bob\0\0"
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        let count = u16::try_from(units.len() / 2).unwrap();
        let resolved = Stub::new(wide)
            .pointer()
            .size(count.into())
            .u16(count)
            .u16(13)
            .raw(&units)
            .uuid(UNKNOWN_IPID)
            .u32(5)
            .u16(5)
            .u16(7)
            .u32(0)
            .done();
        let said = Talk::new(EXPORTER, wide)
            .call(4, &asks, &resolved)
            .on(UNKNOWN_IPID)
            .context(3)
            .call(
                3,
                &query(wide, LOGIN_IPID, &[DISPATCH]),
                &queried(wide, &[(0, OTHER_IPID)], 0),
            )
            .finish();
        assert_eq!(said.out.counters.malformed(), []);
        let calls = calls(&said);
        let details = &calls[0]["details"];
        assert_eq!(details["protocol_sequences"], json!(["ncacn_ip_tcp"]));
        assert_eq!(
            details["bindings"],
            json!([{"protocol_sequence": "ncacn_ip_tcp", "address": "ws6", "port": 49913}])
        );
        assert_eq!(details["security_bindings"][0]["principal"], "WS6\\bob");
        assert_eq!(details["authn_hint"], 5);
        assert_eq!(calls[1]["details"]["operation"], "RemQueryInterface");
    }
}

/// The activation of old ([MS-DCOM] 3.1.2.5.2.3.1).
#[test]
fn a_remote_activation_is_answered() {
    for wide in [false, true] {
        let asks = Stub::new(wide)
            .this()
            .uuid("49b2791a-b1ae-4c90-9b8e-e860ba07f889")
            .structure()
            .null()
            .null()
            .u32(3)
            .u32(0)
            .u32(2)
            .structure()
            .pointer()
            .size(2)
            .uuid(DISPATCH)
            .uuid(LOGIN)
            .done();
        let units: Vec<u8> = "\u{7}mmc[49914]\0\0"
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        let count = u16::try_from(units.len() / 2).unwrap();
        let answer = Stub::new(wide)
            .that()
            .u64(7)
            .pointer()
            .size(count.into())
            .u16(count)
            .u16(count)
            .raw(&units)
            .uuid(UNKNOWN_IPID)
            .u32(5)
            .u16(5)
            .u16(6)
            .u32(1)
            .size(2)
            .pointer()
            .null()
            .interface_referent(&objref(DISPATCH, 7, OTHER_IPID))
            .size(2)
            .u32(0)
            .u32(0x8000_4002)
            .u32(0)
            .done();
        let said = Talk::new("4d9f4ab8-7d1c-11cf-861e-0020af6e7c57", wide)
            .call(0, &asks, &answer)
            .on(OTHER_IPID)
            .context(4)
            .call(
                3,
                &Stub::new(wide).this().done(),
                &Stub::new(wide).that().u32(1).u32(0).done(),
            )
            .finish();
        assert_eq!(said.out.counters.malformed(), []);
        let calls = calls(&said);
        let details = &calls[0]["details"];
        assert_eq!(details["class"], "MMC20.Application");
        assert_eq!(details["refused_interfaces"], json!(["IWbemLevel1Login"]));
        assert_eq!(
            (&details["bindings"][0]["port"], &details["com_version"]),
            (&json!(49914), &json!("5.6"))
        );
        assert_eq!(calls[1]["details"]["class"], "MMC20.Application");
    }
}

#[test]
fn a_cut_answer_keeps_what_it_said() {
    let whole = unhex(CREATED);
    for cut in 0..whole.len() {
        let said = Talk::new(ACTIVATOR, false)
            .call(4, &unhex(CREATE), &whole[..cut])
            .finish();
        assert_eq!(said.activities[0]["details"]["class"], "WbemLevel1Login");
        assert!(said.out.counters.malformed().len() <= 1, "{cut}");
    }
}

proptest! {
    #[test]
    fn mutated_answers_never_panic(at in 0_usize..900, value: u8) {
        let mut octets = unhex(CREATED);
        let length = octets.len();
        octets[at % length] = value;
        drop(Talk::new(ACTIVATOR, false).call(4, &unhex(CREATE), &octets).finish());
    }
}
