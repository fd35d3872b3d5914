//! Connections whose bind nobody saw.

use capture::Direction;
use serde_json::{Value, json};

use crate::dcerpc::stubs::testing::Stub;
use crate::dcerpc::tests::{LITTLE, named_pipe};
use crate::testing::{Conversation, Said, unhex};

/// An `ept_map`: where svcctl is.
const ASKED: &str = "0100000000000000000000000000000000000000020000004b0000004b000000050013000d81bb7a364498f135ad3298f0380
    0100302000200000013000d045d888aeb1cc9119fe808002b10486002000200000001000b02000000010007020000870100090400000000000000
    0000000000000000000000000000000000000000000004000000";

/// A call in the middle of a connection to `port`, protected by `auth`: type, level and token.
fn call(port: u16, opnum: u16, stub: &[u8], auth: Option<(u8, u8)>) -> Said {
    let auth = auth.map(|(kind, level)| (kind, level, 1, &[0xee; 56][..]));
    Conversation::tcp(port)
        .midstream()
        .up(&LITTLE.pdu(0, 3, 7, &LITTLE.call(0, opnum, stub), auth))
        .down(&LITTLE.pdu(2, 3, 7, &LITTLE.call(0, 0, &[0; 40]), auth))
        .finish()
}

fn only(said: &Said) -> &Value {
    let [activity] = said.activities.as_slice() else {
        panic!("{:?}", said.activities)
    };
    assert_eq!(said.out.counters.malformed(), []);
    activity
}

#[test]
fn what_the_secure_channel_protects_is_of_netlogon() {
    for (opnum, kind, operation) in [
        (39, "netlogon", "NetrLogonSamLogonEx"),
        (30, "password_change", "NetrServerPasswordSet2"),
        (26, "netlogon", "NetrServerAuthenticate3"),
        (77, "lsarpc_query", "LsarLookupNames4"),
    ] {
        let said = call(49_152, opnum, &[0x5a; 544], Some((68, 6)));
        let activity = only(&said);
        assert_eq!(activity["kind"], kind);
        let details = &activity["details"];
        assert_eq!(
            (&details["operation"], &details["guessed"], &details["sealed"]),
            (&json!(operation), &json!(true), &json!(true))
        );
        assert_eq!(details.get("version"), None);
        assert_eq!(said.messages[0]["guessed"], true);
    }
    for (opnum, auth) in [(39, Some((10, 6))), (39, None), (120, Some((68, 6)))] {
        let said = call(49_152, opnum, &[0x5a; 544], auth);
        assert_eq!(only(&said)["kind"], "rpc_call");
        assert_eq!(only(&said)["details"].get("interface_uuid"), None, "{opnum} {auth:?}");
    }
}

/// A NetrServerReqChallenge.
fn challenge(wide: bool) -> Vec<u8> {
    let stub = Stub::new(wide).wide_argument(r"\\DC1").structure();
    stub.wide_string("SRV1").raw(&[7; 8]).done().to_vec()
}

#[test]
fn a_stub_that_is_not_sealed_is_read_as_what_it_fits() {
    for wide in [false, true] {
        let said = call(49_152, 4, &challenge(wide), Some((68, 5)));
        let activity = only(&said);
        assert_eq!(activity["kind"], "netlogon");
        assert!(activity.to_string().contains("SRV1"), "{activity}");
        assert_eq!(activity["details"]["guessed"], true);
        assert_eq!(activity["outcome"], "success");
    }
}

#[test]
fn a_stub_that_does_not_fit_takes_the_guess_back() {
    let auth = Some((68, 5, 1, &[0xee; 56][..]));
    let request = |call, stub: &[u8]| LITTLE.pdu(0, 3, call, &LITTLE.call(0, 4, stub), auth);
    let said = Conversation::tcp(49_152)
        .midstream()
        .up(&request(1, &[0xff; 80]))
        .up(&request(2, &challenge(false)))
        .finish();
    assert_eq!(said.activities.len(), 2);
    for activity in &said.activities {
        assert_eq!(activity["kind"], "rpc_call");
        assert_eq!(activity["details"]["opnum"], 4);
        assert_eq!(activity["details"].get("interface_uuid"), None);
    }
    assert_eq!(said.out.counters.malformed(), []);
}

#[test]
fn a_tower_is_asked_of_the_endpoint_mapper() {
    let asked = unhex(ASKED);
    let said = call(135, 3, &asked, None);
    let details = &only(&said)["details"];
    assert_eq!(
        (&details["operation"], &details["guessed"]),
        (&json!("ept_map"), &json!(true))
    );
    assert_eq!(details["asked"]["interface"], "svcctl");
    for (port, stub) in [(49_152, &asked[..]), (135, &[0; 40])] {
        let said = call(port, 3, stub, None);
        assert_eq!(only(&said)["details"].get("interface_uuid"), None, "{port}");
    }
}

/// Where an interface is, answered to [`ASKED`].
fn answered(interface: &str) -> Vec<u8> {
    let uuid: String = LITTLE
        .uuid(interface)
        .iter()
        .map(|octet| format!("{octet:02x}"))
        .collect();
    unhex(&format!(
        "000000000000000000000000000000000000000001000000040000000000000001000000030000004b0000004b0000000500
         13000d{uuid}0200 02000000 13000d045d888aeb1cc9119fe808002b104860 0200 02000000 01000b 0200 0000 0100 07 0200 c00b
         0100 09 0400 0a00000a 00 00000000"
    ))
}

#[test]
fn a_port_of_many_interfaces_is_not_the_one_that_was_asked_for() {
    for (interface, name) in [
        ("367abb81-9844-35f1-ad32-98f038001003", Some("svcctl")),
        ("50abc2a4-574d-40b3-9d66-ee4fd5fba076", None),
        ("e3514235-4b06-11d1-ab04-00c04fc2dcd2", None),
    ] {
        let mapper = Conversation::tcp(135)
            .up(&LITTLE.bind(11, 1, 0, "e1af8308-5d1f-11c9-91a4-08002b14a0fa", None))
            .down(&LITTLE.ack(12, 1, None))
            .up(&LITTLE.request(3, 2, 0, 3, &unhex(ASKED)))
            .down(&LITTLE.response(3, 2, 0, &answered(interface)));
        let said = Conversation::tcp(49_163)
            .after(mapper)
            .midstream()
            .up(&LITTLE.pdu(0, 3, 7, &LITTLE.call(0, 2, &[0x5a; 40]), Some((16, 6, 1, &[0xee; 56]))))
            .finish();
        let call = said.activities.last().unwrap();
        assert_eq!(said.out.counters.malformed(), []);
        assert_eq!(call["details"]["port"], 49_163);
        assert_eq!(call["details"]["interface"].as_str(), name);
    }
}

#[test]
fn a_path_of_another_host_on_a_pipe_of_the_authority_is_of_efsrpc() {
    let open = |wide| {
        Stub::new(wide)
            .wide_string(r"\\attacker\share\file")
            .align(4)
            .u32(0)
            .done()
    };
    for pipe in ["pipe:lsarpc", "pipe:lsass", "pipe:samr", "pipe:netlogon"] {
        for wide in [false, true] {
            let out = named_pipe(pipe, &[(Direction::Up, LITTLE.request(3, 2, 0, 0, &open(wide)))], 4096);
            let told = &out.activities[0];
            assert_eq!(told.kind.name(), "authentication_coercion", "{pipe}");
            assert_eq!(told.details.get_text("unc_path"), Some(r"\\attacker\share\file"));
            assert_eq!(told.details.get_text("operation"), Some("EfsRpcOpenFileRaw"));
            assert!(told.details.get("guessed").is_some());
        }
    }
    let close = LITTLE.request(3, 2, 0, 0, &[7; 20]);
    let out = named_pipe("pipe:lsarpc", &[(Direction::Up, close)], 4096);
    assert_eq!(out.activities[0].details.get_text("operation"), Some("LsarClose"));
    let far = LITTLE.request(3, 2, 0, 0, &open(false));
    let out = named_pipe("pipe:spoolss", &[(Direction::Up, far)], 4096);
    assert_ne!(out.activities[0].kind.name(), "authentication_coercion");
}

#[test]
fn requests_that_tell_nothing_are_looked_at_for_a_while() {
    let requests: Vec<u8> = (0..100)
        .flat_map(|call| LITTLE.request(3, call, 0, 1, &[0; 300]))
        .collect();
    let auth = Some((68, 6, 1, &[0xee; 56][..]));
    let said = Conversation::tcp(49_152)
        .midstream()
        .up(&requests)
        .up(&LITTLE.pdu(0, 3, 200, &LITTLE.call(0, 39, &[0x5a; 80]), auth))
        .finish();
    assert!(said.activities.iter().all(|activity| activity["kind"] == "rpc_call"));
}
