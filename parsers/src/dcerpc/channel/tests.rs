//! Two channels that are one association, one of them alone, and what must hold however they come.

use capture::Direction::{Down, Up};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::GREETING;
use crate::base64::encode as base64;
use crate::dcerpc::tests::{LITTLE, SAMR};
use crate::ntlm::tests::{V2_AUTHENTICATE, V2_CHALLENGE};
use crate::testing::{Conversation, Said, unhex};

const CONNECTION: [u8; 16] = [1; 16];
const COOKIE: &str = "01010101-0101-0101-0101-010101010101";

fn number(code: u32, value: u32) -> Vec<u8> {
    [code.to_le_bytes(), value.to_le_bytes()].concat()
}

fn cookie(value: [u8; 16]) -> Vec<u8> {
    [&3_u32.to_le_bytes()[..], &value].concat()
}

fn rts(flags: u16, commands: &[Vec<u8>]) -> Vec<u8> {
    let count = u16::try_from(commands.len()).unwrap();
    let body = [&flags.to_le_bytes()[..], &count.to_le_bytes(), &commands.concat()].concat();
    LITTLE.pdu(20, 3, 0, &body, None)
}

/// Opens an OUT channel.
fn conn_a1(connection: [u8; 16]) -> Vec<u8> {
    rts(
        0,
        &[number(6, 1), cookie(connection), cookie([2; 16]), number(0, 65_536)],
    )
}

/// Opens an IN channel.
fn conn_b1(connection: [u8; 16]) -> Vec<u8> {
    let group = [&12_u32.to_le_bytes()[..], &[4; 16]].concat();
    rts(
        0,
        &[
            number(6, 1),
            cookie(connection),
            cookie([3; 16]),
            number(4, 1 << 30),
            number(5, 300_000),
            group,
        ],
    )
}

fn conn_c2() -> Vec<u8> {
    rts(0, &[number(6, 1), number(0, 65_536), number(2, 120_000)])
}

fn flow_control() -> Vec<u8> {
    let ack = [&number(1, 5000)[..], &65_536_u32.to_le_bytes(), &[2; 16]].concat();
    rts(2, &[ack])
}

fn head(method: &str, length: usize, fields: &str) -> Vec<u8> {
    format!(
        "{method} /rpc/rpcproxy.dll?exch.lab.example:6001 HTTP/1.1\r\nHost: rpc.lab.example\r\n\
         Content-Length: {length}\r\n{fields}\r\n"
    )
    .into_bytes()
}

fn opened() -> Vec<u8> {
    b"HTTP/1.1 200 Success\r\nContent-Type: application/rpc\r\nContent-Length: 1073741824\r\n\r\n".to_vec()
}

/// What goes in: whoever calls, and how it is kept from flooding.
fn inward() -> Vec<u8> {
    [
        head("RPC_IN_DATA", 1 << 30, ""),
        conn_b1(CONNECTION),
        LITTLE.bind(11, 1, 0, SAMR, None),
        LITTLE.request(3, 2, 0, 13, &[0; 40]),
        flow_control(),
        LITTLE.request(3, 3, 0, 1, &[7; 3000]),
    ]
    .concat()
}

fn asked() -> Vec<u8> {
    [head("RPC_OUT_DATA", 76, ""), conn_a1(CONNECTION)].concat()
}

fn outward() -> Vec<u8> {
    [
        opened(),
        rts(0, &[number(2, 120_000)]),
        conn_c2(),
        LITTLE.ack(12, 1, None),
        LITTLE.response(3, 2, 0, &[0; 60]),
        LITTLE.fault(3, 0, 5),
    ]
    .concat()
}

fn to_proxy(port: u16) -> Conversation {
    Conversation::tcp(80).from(port)
}

/// Both channels through one proxy, in segments of `size`.
fn both(size: usize) -> Said {
    let (out, input) = to_proxy(50_001).cut(Up, &asked(), size).turn(to_proxy(50_002));
    let (input, out) = input.cut(Up, &inward(), size).turn(out);
    let (out, input) = out.cut(Down, &outward(), size).turn(input);
    let (_, out) = input.close().turn(out);
    out.finish()
}

fn unframed(said: &Said) -> Vec<Value> {
    let lines = said.messages.iter().chain(&said.activities).cloned();
    lines
        .map(|mut line| {
            line.as_object_mut().unwrap().remove("frame");
            line
        })
        .collect()
}

#[test]
fn a_request_on_one_channel_is_answered_on_the_other() {
    let said = both(usize::MAX);
    let [first, second] = said.activities.as_slice() else {
        panic!("{:?}", said.activities)
    };
    assert_eq!(
        (&first["details"]["operation"], &first["outcome"]),
        (&json!("SamrEnumerateUsersInDomain"), &json!("success"))
    );
    assert!(first["duration_us"].as_u64().is_some_and(|duration| duration > 0));
    assert_eq!(first["carrier"], json!(["http", "ncacn_http"]));
    assert_eq!(first["details"]["rpc_server"], "exch.lab.example:6001");
    assert_eq!(first["details"].get("rpc_channel"), None);
    assert_eq!(
        (&second["details"]["fault_status"], &second["outcome"]),
        (&json!(5), &json!("failure"))
    );
    assert_eq!(said.out.counters.malformed(), []);
}

#[test]
fn channels_are_told_with_their_names_and_cookies() {
    let said = both(usize::MAX);
    let told: Vec<_> = said
        .messages
        .iter()
        .filter(|message| message["message"] == "rts")
        .map(|message| message["rts"].clone())
        .collect();
    let wanted = json!([
        ["CONN/A1"],
        ["CONN/B1"],
        ["FlowControlAck"],
        ["CONN/A3"],
        ["CONN/C1", "CONN/C2"]
    ]);
    assert_eq!(Value::from(told), wanted);
    let request = &said.messages[0];
    assert_eq!(
        (&request["method"], &request["rpc_server"], &request["path"]),
        (
            &json!("RPC_OUT_DATA"),
            &json!("exch.lab.example:6001"),
            &json!("/rpc/rpcproxy.dll")
        )
    );
    let opening = &said.messages[1];
    assert_eq!(opening["virtual_connection"], COOKIE);
    assert_eq!(
        opening["commands"],
        json!([
            {"command": "Version", "version": 1},
            {"command": "Cookie", "cookie": COOKIE},
            {"command": "Cookie", "cookie": "02020202-0202-0202-0202-020202020202"},
            {"command": "ReceiveWindowSize", "size": 65_536},
        ])
    );
    let ack = said
        .messages
        .iter()
        .find(|message| message["rts"][0] == "FlowControlAck")
        .unwrap();
    assert_eq!(
        ack["commands"],
        json!([{
            "command": "FlowControlAck", "bytes_received": 5000, "available_window": 65_536,
            "channel_cookie": "02020202-0202-0202-0202-020202020202",
        }])
    );
}

#[test]
fn one_channel_alone_tells_its_side() {
    let said = to_proxy(50_002).up(&inward()).wait(31).finish();
    let calls: Vec<_> = said
        .activities
        .iter()
        .map(|call| (&call["outcome"], &call["details"]["rpc_channel"]))
        .collect();
    let half = (&json!("unknown"), &json!("in"));
    assert_eq!(calls, [half, half]);
    let said = to_proxy(50_001).up(&asked()).down(&outward()).finish();
    assert_eq!(said.activities.len(), 2, "answers without their requests");
    assert_eq!(said.activities[0]["details"]["rpc_channel"], "out");
    let unasked = to_proxy(50_001).down(&outward()).finish();
    assert_eq!(
        unasked.activities.len(),
        2,
        "an answer over HTTP says by its type that it is RPC"
    );
    assert_eq!(unasked.activities[1]["details"]["rpc_channel"], "out");
}

#[test]
fn other_addresses_and_cookies_are_other_connections() {
    for (proxy, connection) in [(11, CONNECTION), (10, [9; 16])] {
        let asked = [head("RPC_OUT_DATA", 76, ""), conn_a1(connection)].concat();
        let (out, input) = to_proxy(50_001).to(proxy).up(&asked).turn(to_proxy(50_002));
        let (input, out) = input.up(&inward()).turn(out);
        let (out, input) = out.down(&outward()).turn(input);
        let (_, out) = input.close().turn(out);
        let said = out.finish();
        let outcomes: Vec<_> = said.activities.iter().map(|call| &call["outcome"]).collect();
        assert_eq!(outcomes, ["success", "failure", "unknown", "unknown"]);
    }
}

#[test]
fn a_channel_that_is_replaced_goes_on() {
    let successor = rts(4, &[number(6, 1), cookie(CONNECTION), cookie([3; 16]), cookie([5; 16])]);
    let more = [
        head("RPC_IN_DATA", 1 << 30, ""),
        successor,
        LITTLE.request(3, 9, 0, 13, &[0; 40]),
    ]
    .concat();
    let (out, input) = to_proxy(50_001).up(&asked()).turn(to_proxy(50_002));
    let (input, next) = input.up(&inward()).turn(to_proxy(50_003));
    let (next, input) = next.up(&more).turn(input);
    let (_, out) = input.close().turn(out);
    let (out, next) = out
        .down(&[outward(), LITTLE.response(3, 9, 0, &[0; 8])].concat())
        .turn(next);
    let (_, out) = next.close().turn(out);
    let said = out.finish();
    let last = said.activities.last().unwrap();
    assert_eq!(
        (&last["details"]["operation"], &last["outcome"]),
        (&json!("SamrEnumerateUsersInDomain"), &json!("success"))
    );
    assert_eq!(said.activities.len(), 3);
}

#[test]
fn the_proxys_logon_is_told_and_acts() {
    let token = |hex: &str| base64(&unhex(hex));
    let refused = format!(
        "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: NTLM {}\r\nContent-Length: 0\r\n\r\n",
        token(V2_CHALLENGE)
    );
    let authenticate = format!("Authorization: NTLM {}\r\n", token(V2_AUTHENTICATE));
    let negotiate = "Authorization: NTLM TlRMTVNTUAABAAAABwIAAAAAAAAAIAAAAAAAAAAgAAAA\r\n";
    let called = [
        conn_b1(CONNECTION),
        LITTLE.bind(11, 1, 0, SAMR, None),
        LITTLE.request(3, 2, 0, 13, &[0; 40]),
    ]
    .concat();
    let talk = to_proxy(50_002)
        .up(&head("RPC_IN_DATA", 0, negotiate))
        .down(refused.as_bytes())
        .up(&head("RPC_IN_DATA", 1 << 30, &authenticate))
        .up(&called);
    let said = talk.finish();
    let logon = &said.activities[0];
    assert_eq!(
        (&logon["kind"], &logon["outcome"]),
        (&json!("ntlm_authenticate"), &json!("success"))
    );
    assert_eq!(logon["details"]["rpc_server"], "exch.lab.example:6001");
    assert_eq!(said.activities[1]["observed"]["account"], logon["observed"]["account"]);
    let basic = format!("Authorization: Basic {}\r\n", base64(b"LAB\\bob:hunter2"));
    let said = to_proxy(50_002)
        .up(&head("RPC_IN_DATA", 1 << 30, &basic))
        .up(&called)
        .finish();
    assert_eq!(
        (&said.messages[0]["user"], &said.messages[0]["cleartext_password"]),
        (&json!("LAB\\bob"), &json!(true))
    );
    assert!(!format!("{:?}{:?}", said.messages, said.activities).contains("hunter2"));
}

#[test]
fn version_one_has_the_connection_for_itself() {
    for size in [1, 7, 5000] {
        let said = Conversation::tcp(80)
            .cut(Up, b"RPC_CONNECT dc1.lab.example:593 HTTP/1.0\r\n\r\n", size)
            .cut(Down, b"HTTP/1.0 200 OK\r\nContent-Length: 1073741824\r\n\r\n", size)
            .cut(Down, GREETING, size)
            .cut(Up, &LITTLE.bind(11, 1, 0, SAMR, None), size)
            .cut(Down, &LITTLE.ack(12, 1, None), size)
            .cut(Up, &LITTLE.request(3, 2, 0, 13, &[0; 40]), size)
            .cut(Down, &LITTLE.response(3, 2, 0, &[0; 60]), size)
            .finish();
        let [call] = said.activities.as_slice() else {
            panic!("{:?}", said.activities)
        };
        assert_eq!(
            (&call["outcome"], &call["details"]["rpc_server"]),
            (&json!("success"), &json!("dc1.lab.example:593"))
        );
        assert_eq!(call["details"].get("rpc_channel"), None);
    }
}

#[test]
fn a_servers_own_port_has_channels_too() {
    let leg = |port| Conversation::tcp(6001).from(port).down(GREETING);
    let a2 = rts(
        16,
        &[
            number(6, 1),
            cookie(CONNECTION),
            cookie([2; 16]),
            number(4, 1 << 30),
            number(0, 65_536),
        ],
    );
    let (out, input) = leg(50_001).up(&a2).turn(leg(50_002));
    let said = [
        conn_b1(CONNECTION),
        LITTLE.bind(11, 1, 0, SAMR, None),
        LITTLE.request(3, 2, 0, 13, &[0; 40]),
    ]
    .concat();
    let (input, out) = input.up(&said).turn(out);
    let (out, input) = out.down(&LITTLE.response(3, 2, 0, &[0; 60])).turn(input);
    let (_, out) = input.close().turn(out);
    let said = out.finish();
    assert_eq!(said.messages[0]["rts"], json!(["CONN/A2"]));
    assert_eq!(
        (said.activities.len(), &said.activities[0]["outcome"]),
        (1, &json!("success"))
    );
    let alone = Conversation::tcp(6001).up(&a2).finish();
    assert_eq!(
        alone.messages[0]["message"], "rts",
        "without the greeting it is known by its first PDU"
    );
}

#[test]
fn echoes_and_errors_are_no_channels() {
    let said = to_proxy(50_001)
        .up(&[head("RPC_OUT_DATA", 4, ""), b"junk".to_vec()].concat())
        .down(b"HTTP/1.1 200 Success\r\nContent-Length: 20\r\n\r\n")
        .down(&rts(64, &[]))
        .up(&head("RPC_IN_DATA", 0, ""))
        .down(b"HTTP/1.0 503 RPC Error: 6ba\r\nContent-Length: 4\r\n\r\nnone")
        .finish();
    let names: Vec<_> = said
        .messages
        .iter()
        .map(|message| message["message"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["request", "response", "rts", "request", "response"]);
    assert_eq!(said.messages[2]["rts"], json!(["Echo"]));
    assert_eq!(said.messages[4]["status"], 503);
}

#[test]
fn a_body_in_chunks_is_read_across_them() {
    let pdus = [conn_c2(), LITTLE.ack(12, 1, None), LITTLE.response(3, 2, 0, &[0; 60])].concat();
    let chunks: Vec<u8> = pdus
        .chunks(37)
        .flat_map(|chunk| [format!("{:x}\r\n", chunk.len()).as_bytes(), chunk, b"\r\n"].concat())
        .collect();
    let answer = [
        &b"HTTP/1.1 200 Success\r\nTransfer-Encoding: chunked\r\n\r\n"[..],
        &chunks,
        b"0\r\n\r\n",
    ]
    .concat();
    for size in [1, 5, 64, 5000] {
        let said = to_proxy(50_001)
            .up(&asked())
            .cut(Down, &answer, size)
            .up(&head("RPC_OUT_DATA", 0, ""))
            .finish();
        let names: Vec<_> = said
            .messages
            .iter()
            .map(|message| message["message"].as_str().unwrap())
            .collect();
        assert_eq!(
            names,
            ["request", "rts", "response", "rts", "bind_ack", "response", "request"],
            "cut into {size}"
        );
        assert_eq!(said.out.counters.malformed(), []);
    }
}

#[test]
fn what_is_lost_of_a_channel_costs_what_it_covers() {
    let bytes = inward();
    let request = LITTLE.request(3, 8, 0, 13, &[0; 40]);
    for lost in [10_u64, 5000, 1 << 20] {
        let said = to_proxy(50_002)
            .up(&bytes[..bytes.len() - 10])
            .gap(Up, lost)
            .up(&[&[0xee; 3][..], &request, &request].concat())
            .finish();
        let last = said.messages.last().unwrap();
        assert_eq!(
            (&last["message"], &last["call_id"]),
            (&json!("request"), &json!(8)),
            "{lost} lost"
        );
    }
    let over = to_proxy(50_002)
        .up(&bytes)
        .gap(Up, 2 << 30)
        .up(&head("RPC_IN_DATA", 1 << 30, ""))
        .up(&[conn_b1([8; 16]), request].concat())
        .finish();
    assert_eq!(
        over.messages.last().unwrap()["call_id"],
        8,
        "the body is over, and the next request is found"
    );
}

/// The head of another channel's request is lost with the end of a body, and its answer comes on the same connection.
#[test]
fn what_follows_a_lost_end_of_a_body_is_no_part_of_it() {
    let answer = LITTLE.response(3, 2, 0, &[0; 60]);
    let first = [opened(), conn_c2(), answer[..50].to_vec()].concat();
    let second = [opened(), conn_c2(), LITTLE.ack(12, 1, None)].concat();
    let said = to_proxy(50_001)
        .up(&asked())
        .down(&first)
        .gap(Down, 2 << 30)
        .down(&second)
        .finish();
    let names: Vec<_> = said.messages.iter().map(|it| it["message"].as_str().unwrap()).collect();
    assert_eq!(
        names,
        [
            "request", "rts", "response", "rts", "response", "response", "rts", "bind_ack"
        ]
    );
    assert_eq!(said.out.counters.malformed(), []);
    // Which channel it is, nobody knows: the request that named the server belongs to the one before.
    let (before, after) = (&said.messages[3], &said.messages[7]);
    assert_eq!(
        (&before["carrier"], &after["carrier"]),
        (&json!(["http", "ncacn_http"]), &before["carrier"])
    );
    let bound = to_proxy(50_001)
        .up(&asked())
        .down(&first)
        .gap(Down, 2 << 30)
        .down(&[opened(), LITTLE.fault(3, 0, 5)].concat())
        .finish();
    let last = bound.activities.last().unwrap();
    assert_eq!(last["details"].get("rpc_server"), None, "{last}");
}

/// Of two channels on one connection, whose requests nobody saw, the first one ends in the middle of a PDU.
#[test]
fn what_answers_another_request_is_another_channel() {
    let cut = [conn_c2(), LITTLE.response(3, 2, 0, &[0; 60])[..50].to_vec()].concat();
    let length = cut.len();
    let first = format!("HTTP/1.1 200 Success\r\nContent-Type: application/rpc\r\nContent-Length: {length}\r\n\r\n");
    let second = [opened(), conn_c2(), LITTLE.ack(12, 1, None)].concat();
    let said = to_proxy(50_001)
        .down(&[first.as_bytes(), &cut, &second].concat())
        .finish();
    let names: Vec<_> = said.messages.iter().map(|it| it["message"].as_str().unwrap()).collect();
    assert_eq!(names, ["response", "rts", "response", "rts", "bind_ack"]);
    assert_eq!(said.out.counters.malformed(), []);
}

/// A client's next request on a connection whose answers still come.
#[test]
fn what_one_direction_loses_the_other_goes_on_with() {
    let bytes = outward();
    let said = to_proxy(50_001)
        .up(&asked())
        .down(&bytes[..bytes.len() - 10])
        .gap(Up, 5000)
        .down(&bytes[bytes.len() - 10..])
        .finish();
    assert_eq!(said.messages.last().unwrap()["message"], "fault");
    assert_eq!(
        said.activities.last().unwrap()["details"]["rpc_server"],
        "exch.lab.example:6001"
    );
}

#[test]
fn virtual_connections_are_bounded() {
    let mut conversation = to_proxy(50_001);
    for number in 0..4100_u32 {
        let mut cookie = [0; 16];
        cookie[..4].copy_from_slice(&number.to_be_bytes());
        let opening = [head("RPC_OUT_DATA", 76, ""), conn_a1(cookie)].concat();
        conversation = to_proxy(50_001).after(conversation.up(&opening));
    }
    let said = conversation.finish();
    assert_eq!(said.out.counters.limits(), [("dcerpc.virtual_connections", 4)]);
}

#[test]
fn no_command_is_believed_beyond_its_pdu() {
    let padding = number(8, u32::MAX);
    let unknown = number(99, 0);
    let address = [11_u32.to_le_bytes(), 1_u32.to_le_bytes(), [9; 4]].concat();
    for command in [padding, unknown, address, number(1, 3)] {
        let said = Conversation::tcp(593)
            .up(&rts(0xffff, &[number(6, 1), command]))
            .up(&conn_b1(CONNECTION))
            .finish();
        assert_eq!(
            said.messages[0]["commands"],
            json!([{"command": "Version", "version": 1}])
        );
        assert_eq!(said.messages[0].get("rts"), None);
        assert_eq!(said.messages[1]["rts"], json!(["CONN/B1"]));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn cuts_change_nothing(size in 1_usize..600) {
        let (whole, cut) = (both(usize::MAX), both(size));
        prop_assert_eq!(unframed(&whole), unframed(&cut));
        prop_assert_eq!(whole.out.counters.opaque_bytes(), cut.out.counters.opaque_bytes());
    }

    #[test]
    fn damage_never_panics(
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
        gap in 0_u64..3000,
        up in any::<bool>(),
    ) {
        let (mut asked, mut answered) = ([inward(), inward()].concat(), [outward(), outward()].concat());
        let bytes = if up { &mut asked } else { &mut answered };
        let at = at.index(bytes.len());
        bytes[at] = byte;
        let way = if up { Up } else { Down };
        to_proxy(1).cut(Up, &asked, 300).gap(way, gap).cut(Down, &answered, 300).cut(Up, &asked, 77).finish();
    }
}
