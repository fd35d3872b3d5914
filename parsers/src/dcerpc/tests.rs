//! RPC flows from the wire to activities.

use capture::{CaptureId, Direction, Endpoint, Flow, FrameId, Timestamp, Transport, Tunnel};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::Pipe;
use crate::context::{Context, Output};
use crate::gss::{Identity, tests as gss};
use crate::testing::{Conversation, Said, unhex};

pub(in crate::dcerpc) const SAMR: &str = "12345778-1234-abcd-ef00-0123456789ac";
const EPM: &str = "e1af8308-5d1f-11c9-91a4-08002b14a0fa";
const NDR: &str = "8a885d04-1ceb-11c9-9fe8-08002b104860";

/// Writes PDUs in one byte order.
#[derive(Clone, Copy)]
pub(in crate::dcerpc) struct Writer {
    little: bool,
}

pub(in crate::dcerpc) const LITTLE: Writer = Writer { little: true };
pub(in crate::dcerpc) const BIG: Writer = Writer { little: false };

impl Writer {
    fn u16(self, value: u16) -> [u8; 2] {
        if self.little {
            value.to_le_bytes()
        } else {
            value.to_be_bytes()
        }
    }

    pub(in crate::dcerpc) fn u32(self, value: u32) -> [u8; 4] {
        if self.little {
            value.to_le_bytes()
        } else {
            value.to_be_bytes()
        }
    }

    /// A PDU of type `ptype` with a body and, where there is one, `(type, level, context, token)`.
    pub(in crate::dcerpc) fn pdu(
        self,
        ptype: u8,
        flags: u8,
        call: u32,
        body: &[u8],
        auth: Option<(u8, u8, u32, &[u8])>,
    ) -> Vec<u8> {
        let mut tail = Vec::new();
        if let Some((kind, level, context, token)) = auth {
            tail.extend([kind, level, 0, 0]);
            tail.extend(self.u32(context));
            tail.extend(token);
        }
        let token = auth.map_or(0, |(.., token)| token.len());
        let mut pdu = vec![5, 0, ptype, flags, if self.little { 0x10 } else { 0 }, 0, 0, 0];
        pdu.extend(self.u16(u16::try_from(16 + body.len() + tail.len()).unwrap()));
        pdu.extend(self.u16(u16::try_from(token).unwrap()));
        pdu.extend(self.u32(call));
        pdu.extend(body);
        pdu.extend(tail);
        pdu
    }

    pub(in crate::dcerpc) fn uuid(self, text: &str) -> Vec<u8> {
        let raw = unhex(&text.replace('-', ""));
        if !self.little {
            return raw;
        }
        let order = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15];
        order.iter().map(|at| raw[*at]).collect()
    }

    /// A `bind` (11) or `alter_context` (14) that offers one context.
    pub(in crate::dcerpc) fn bind(
        self,
        ptype: u8,
        call: u32,
        id: u16,
        interface: &str,
        auth: Option<(u8, u8, u32, &[u8])>,
    ) -> Vec<u8> {
        let mut body = Vec::new();
        body.extend([self.u16(5840), self.u16(5840)].concat());
        body.extend(self.u32(0));
        body.extend([1, 0, 0, 0]);
        body.extend(self.u16(id));
        body.extend([1, 0]);
        body.extend(self.uuid(interface));
        body.extend(self.u32(1));
        body.extend(self.uuid(NDR));
        body.extend(self.u32(2));
        self.pdu(ptype, 3, call, &body, auth)
    }

    /// A `bind_ack` (12) or `alter_context_resp` (15) that accepts one context.
    pub(in crate::dcerpc) fn ack(self, ptype: u8, call: u32, auth: Option<(u8, u8, u32, &[u8])>) -> Vec<u8> {
        let mut body = Vec::new();
        body.extend([self.u16(5840), self.u16(5840)].concat());
        body.extend(self.u32(0x53f0));
        body.extend(self.u16(4));
        body.extend(b"135\0\0\0");
        body.extend([1, 0, 0, 0, 0, 0, 0, 0]);
        body.extend(self.uuid(NDR));
        body.extend(self.u32(2));
        self.pdu(ptype, 3, call, &body, auth)
    }

    pub(in crate::dcerpc) fn request(self, flags: u8, call: u32, id: u16, opnum: u16, stub: &[u8]) -> Vec<u8> {
        self.pdu(0, flags, call, &self.call(id, opnum, stub), None)
    }

    pub(in crate::dcerpc) fn call(self, id: u16, last: u16, stub: &[u8]) -> Vec<u8> {
        [&self.u32(0)[..], &self.u16(id), &self.u16(last), stub].concat()
    }

    pub(in crate::dcerpc) fn response(self, flags: u8, call: u32, id: u16, stub: &[u8]) -> Vec<u8> {
        self.pdu(2, flags, call, &self.call(id, 0, stub), None)
    }

    pub(in crate::dcerpc) fn fault(self, call: u32, id: u16, status: u32) -> Vec<u8> {
        let stub = [&self.u32(status)[..], &[0; 4]].concat();
        self.pdu(3, 3, call, &self.call(id, 0, &stub), None)
    }
}

fn calls(said: &Said) -> Vec<Value> {
    said.activities
        .iter()
        .filter(|activity| activity["protocol"] == "dcerpc")
        .cloned()
        .collect()
}

#[test]
fn a_call_meets_its_response_in_either_byte_order() {
    for order in [LITTLE, BIG] {
        let said = Conversation::tcp(49_155)
            .up(&order.bind(11, 1, 0, SAMR, None))
            .down(&order.ack(12, 1, None))
            .up(&order.request(3, 2, 0, 64, &[0; 20]))
            .down(&order.response(3, 2, 0, &[0; 80]))
            .finish();
        let names: Vec<_> = said.messages.iter().map(|message| &message["message"]).collect();
        assert_eq!(names, ["bind", "bind_ack", "request", "response"]);
        assert_eq!(said.messages[0]["contexts"][0]["transfer_syntaxes"], json!(["NDR20"]));
        assert_eq!(said.messages[1]["secondary_address"], "135");
        assert_eq!(said.messages[1]["results"][0]["transfer_syntax"], "NDR20");
        assert_eq!(said.messages[3]["operation"], "SamrConnect5");
        assert_eq!(said.activities.len(), 1);
        let activity = &said.activities[0];
        assert_eq!(
            (&activity["kind"], &activity["outcome"]),
            (&json!("samr_query"), &json!("success"))
        );
        assert_eq!(
            activity["details"],
            json!({
                "interface": "samr", "interface_uuid": SAMR, "version": "1.0",
                "opnum": 64, "operation": "SamrConnect5", "port": 49155, "stub_size": 20,
                "desired_access": 0,
            })
        );
    }
}

#[test]
fn overlapping_calls_are_told_apart_by_their_id() {
    let said = Conversation::tcp(135)
        .up(&[LITTLE.bind(11, 1, 0, SAMR, None), LITTLE.bind(14, 2, 1, EPM, None)].concat())
        .down(&[LITTLE.ack(12, 1, None), LITTLE.ack(15, 2, None)].concat())
        .up(&LITTLE.request(3, 3, 0, 13, &[0; 4]))
        .up(&LITTLE.request(3, 4, 1, 3, &[0; 8]))
        .down(&LITTLE.fault(4, 1, 0x1c01_0002))
        .down(&LITTLE.response(3, 3, 0, &[0; 16]))
        .finish();
    let calls = calls(&said);
    assert_eq!(calls[0]["details"]["operation"], "ept_map");
    assert_eq!(calls[0]["outcome"], "failure");
    assert_eq!(
        calls[0]["status"],
        json!({"code": 0x1c01_0002, "name": "nca_s_op_rng_error"})
    );
    assert_eq!(calls[1]["details"]["operation"], "SamrEnumerateUsersInDomain");
    assert_eq!(calls[1]["outcome"], "success");
}

#[test]
fn fragments_are_one_call() {
    let said = Conversation::tcp(135)
        .up(&LITTLE.bind(11, 1, 0, SAMR, None))
        .down(&LITTLE.ack(12, 1, None))
        .up(&LITTLE.request(1, 2, 0, 58, &[0; 100]))
        .up(&LITTLE.request(0, 2, 0, 58, &[0; 100]))
        .up(&LITTLE.request(2, 2, 0, 58, &[0; 30]))
        .down(&LITTLE.response(1, 2, 0, &[0; 5000]))
        .down(&LITTLE.response(2, 2, 0, &[0; 50]))
        .finish();
    assert_eq!(said.messages.len(), 7);
    assert_eq!(said.messages[3]["fragment"], "middle");
    let calls = calls(&said);
    assert_eq!(calls.len(), 1);
    assert_eq!(calls[0]["details"]["stub_size"], 230);
    assert_eq!(calls[0]["duration_us"], 4000);
}

#[test]
fn midstream_the_operation_is_a_number_and_the_interface_unknown() {
    let said = Conversation::tcp(49_152)
        .midstream()
        .down(&LITTLE.response(3, 8, 0, &[]))
        .up(&LITTLE.request(3, 9, 0, 3, &[0; 6]))
        .finish();
    let calls = calls(&said);
    assert_eq!(calls[0]["details"], json!({"port": 49152}));
    assert_eq!(calls[1]["details"], json!({"opnum": 3, "port": 49152, "stub_size": 6}));
    assert_eq!(calls[1]["outcome"], "unknown");
    assert_eq!(calls[0]["client"]["port"], 50_000);
}

#[test]
fn an_unknown_interface_keeps_its_uuid() {
    let uuid = "00112233-4455-6677-8899-aabbccddeeff";
    let said = Conversation::tcp(135)
        .up(&LITTLE.bind(11, 1, 7, uuid, None))
        .up(&LITTLE.request(0x43, 2, 7, 5, &[]))
        .finish();
    let calls = calls(&said);
    assert_eq!(calls[0]["details"]["interface_uuid"], uuid);
    assert_eq!(calls[0]["details"].get("interface"), None);
    assert_eq!(calls[0].get("duration_us"), None, "a maybe call has no answer");
}

#[test]
fn a_call_of_an_object_names_it() {
    let object = "00112233-4455-6677-8899-aabbccddeeff";
    let body = [LITTLE.call(0, 5, &[]), LITTLE.uuid(object), vec![0; 4]].concat();
    let said = Conversation::tcp(135)
        .up(&LITTLE.bind(11, 1, 0, SAMR, None))
        .up(&LITTLE.pdu(0, 0x83, 2, &body, None))
        .finish();
    assert_eq!(said.messages[1]["object"], object);
    let call = &calls(&said)[0]["details"];
    assert_eq!((&call["object"], &call["stub_size"]), (&json!(object), &json!(4)));
}

#[test]
fn a_refused_bind_names_its_reason() {
    let nak = LITTLE.pdu(13, 3, 1, &[4, 0, 1, 5, 0], None);
    let said = Conversation::tcp(135)
        .up(&LITTLE.bind(11, 1, 0, SAMR, None))
        .down(&nak)
        .finish();
    assert_eq!(said.messages[1]["reject_reason_name"], "protocol_version_not_supported");
}

/// NTLMSSP NEGOTIATE, CHALLENGE and AUTHENTICATE (LAB\alice from CLIENT, responses blanked).
const NEGOTIATE: &str = "4e544c4d5353500001000000078208a2000000000000000000000000000000000a00634500 00000f";
const CHALLENGE: &str = "4e544c4d53535000020000000600060038000000058289a2 0123456789abcdef 0000000000000000 00000000
    3e000000 0a0063450000000f 4c0041004200";

fn authenticate() -> Vec<u8> {
    let text = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    let parts = [
        vec![0; 24],
        vec![0; 24],
        text("LAB"),
        text("alice"),
        text("CLIENT"),
        Vec::new(),
    ];
    let mut token = b"NTLMSSP\0\x03\0\0\0".to_vec();
    let mut at = 64;
    for part in &parts {
        let length = u16::try_from(part.len()).unwrap();
        token.extend([length.to_le_bytes(), length.to_le_bytes()].concat());
        token.extend(u32::to_le_bytes(at));
        at += u32::from(length);
    }
    token.extend(0xa288_8205_u32.to_le_bytes());
    token.extend(parts.concat());
    token
}

/// A logon over RPC whose `auth3` nobody answers, and then a call that `answer` ends.
fn logon(answer: &[u8]) -> Said {
    let (negotiate, challenge) = (unhex(NEGOTIATE), unhex(CHALLENGE));
    let request = LITTLE.pdu(0, 3, 2, &LITTLE.call(0, 3, &[0; 12]), Some((10, 6, 77, &[0; 16])));
    Conversation::tcp(49_155)
        .up(&LITTLE.bind(11, 1, 0, SAMR, Some((10, 6, 77, &negotiate))))
        .down(&LITTLE.ack(12, 1, Some((10, 6, 77, &challenge))))
        .up(&LITTLE.pdu(16, 3, 1, &[0; 4], Some((10, 6, 77, &authenticate()))))
        .up(&request)
        .down(answer)
        .finish()
}

#[test]
fn the_first_call_tells_what_came_of_an_auth3() {
    let response = LITTLE.pdu(2, 3, 2, &LITTLE.call(0, 0, &[0; 16]), Some((10, 6, 77, &[0; 16])));
    let said = logon(&response);
    let [logon, call] = said.activities.as_slice() else {
        panic!("{:?}", said.activities)
    };
    assert_eq!(
        (&logon["kind"], &logon["outcome"]),
        (&json!("ntlm_authenticate"), &json!("success"))
    );
    assert_eq!(logon["observed"]["account"], "alice");
    assert_eq!(logon["carrier"], json!(["dcerpc"]));
    assert_eq!(call["details"]["sealed"], true);
    assert_eq!(call["details"]["auth_level_name"], "RPC_C_AUTHN_LEVEL_PKT_PRIVACY");
    assert_eq!(call["details"]["stub_size"], 12);
    assert_eq!(
        (&call["observed"]["account"], &call["observed"]["domain"]),
        (&json!("alice"), &json!("LAB"))
    );
}

#[test]
fn a_denial_of_the_first_call_is_a_failed_logon() {
    for (status, outcome) in [(5, "failure"), (0x721, "failure"), (0x1c01_0002, "success")] {
        let said = logon(&LITTLE.fault(2, 0, status));
        assert_eq!(
            (&said.activities[0]["kind"], &said.activities[0]["outcome"]),
            (&json!("ntlm_authenticate"), &json!(outcome))
        );
        assert_eq!(said.activities[1]["outcome"], "failure");
    }
    let said = logon(&[]);
    let outcomes: Vec<_> = said.activities.iter().map(|activity| &activity["outcome"]).collect();
    assert_eq!(outcomes, ["unknown", "unknown"]);
}

#[test]
fn a_secure_channel_names_its_computer() {
    let token = unhex("00000000 03000000 4c414200 5352563100");
    let said = Conversation::tcp(49_155)
        .up(&LITTLE.bind(11, 1, 0, SAMR, Some((68, 6, 1, &token))))
        .up(&LITTLE.pdu(0, 3, 2, &LITTLE.call(0, 39, &[0; 12]), Some((68, 6, 1, &[0; 16]))))
        .finish();
    assert_eq!(
        said.activities[0]["observed"],
        json!({"workstation": "SRV1", "domain": "LAB"})
    );
    assert_eq!(said.activities[0]["details"]["auth_type_name"], "RPC_C_AUTHN_NETLOGON");
}

/// A logon with a ticket over RPC, in tokens of `kind`: bind, bind_ack, the client's last leg and a call.
fn ticket(kind: u8, token: &[u8], answer: &[u8], last: &[u8]) -> Said {
    let auth = |token| Some((kind, 6, 77, token));
    Conversation::tcp(49_155)
        .up(&LITTLE.bind(11, 1, 0, SAMR, auth(token)))
        .down(&LITTLE.ack(12, 1, auth(answer)))
        .up(&LITTLE.bind(14, 2, 0, SAMR, auth(last)))
        .down(&LITTLE.ack(15, 2, auth(&[])))
        .up(&LITTLE.pdu(0, 3, 3, &LITTLE.call(0, 3, &[0; 12]), auth(&[0; 16])))
        .down(&LITTLE.pdu(2, 3, 3, &LITTLE.call(0, 0, &[0; 16]), auth(&[0; 16])))
        .finish()
}

/// Kerberos in SPNEGO (9) and bare (16), in the three legs of DCE style ([MS-KILE] 3.4.5.1).
#[test]
fn a_ticket_over_rpc_is_a_logon_in_spnego_and_bare() {
    let bare = unhex("6f11 300f a003020105 a10302010f a2033001 00");
    let accepted = unhex("a1073005a0030a0100");
    let framed = unhex(gss::AP_REP);
    for (kind, token, answer, last, name) in [
        (9, gss::optimistic(), &accepted, &[][..], "RPC_C_AUTHN_GSS_NEGOTIATE"),
        (16, gss::ap_req(), &framed, &framed[..], "RPC_C_AUTHN_GSS_KERBEROS"),
        (16, gss::ap_req(), &bare, &bare[..], "RPC_C_AUTHN_GSS_KERBEROS"),
    ] {
        let said = ticket(kind, &token, answer, last);
        let [logon, call] = said.activities.as_slice() else {
            panic!("{kind}: {:?}", said.activities)
        };
        assert_eq!(
            (&logon["kind"], &logon["outcome"]),
            (&json!("kerberos_ap"), &json!("success")),
            "{kind}"
        );
        assert_eq!(
            (&logon["carrier"], &logon["observed"]["spn"]),
            (&json!(["dcerpc"]), &json!("cifs/dc1"))
        );
        assert_eq!(call["details"]["auth_type_name"], name);
        assert_eq!(call["details"]["sealed"], true);
    }
    let refused = Conversation::tcp(49_155)
        .up(&LITTLE.bind(11, 1, 0, SAMR, Some((16, 6, 77, &gss::ap_req()))))
        .down(&LITTLE.pdu(13, 3, 1, &[8, 0, 1, 5, 0], None))
        .finish();
    assert_eq!(
        (&refused.activities[0]["kind"], &refused.activities[0]["outcome"]),
        (&json!("kerberos_ap"), &json!("failure"))
    );
}

#[test]
fn a_gap_costs_what_it_covers() {
    let request = |call| LITTLE.request(3, call, 0, 13, &[0; 300]);
    let said = Conversation::tcp(135)
        .up(&LITTLE.bind(11, 1, 0, SAMR, None))
        .up(&request(2)[..100])
        .gap(Direction::Up, 1000)
        .up(&[&[0xff; 50], &request(3)[..], &request(4)[..]].concat())
        .finish();
    let ids: Vec<_> = said
        .messages
        .iter()
        .map(|message| message["call_id"].as_u64())
        .collect();
    assert_eq!(ids, [Some(1), Some(2), Some(3), Some(4)]);
    assert_eq!(said.messages[1]["gapped"], true);
}

#[test]
fn calls_without_number_are_bounded() {
    let requests: Vec<u8> = (0..300).flat_map(|call| LITTLE.request(3, call, 0, 1, &[])).collect();
    let said = Conversation::tcp(135).up(&requests).finish();
    assert_eq!(calls(&said).len(), 300);
    assert_eq!(said.out.counters.limits(), [("dcerpc.pending", 300 - 256)]);
}

/// A conversation with both sides cut into segments of `size`.
fn conversation(size: usize) -> (Vec<Value>, Vec<Value>) {
    let up = [
        BIG.bind(11, 1, 0, SAMR, Some((10, 5, 1, &unhex(NEGOTIATE)))),
        BIG.request(1, 2, 0, 5, &[7; 900]),
        BIG.request(2, 2, 0, 5, &[7; 90]),
        LITTLE.request(0x83, 3, 0, 6, &[1; 40]),
    ];
    let down = [
        BIG.ack(12, 1, Some((10, 5, 1, &unhex(CHALLENGE)))),
        BIG.response(1, 2, 0, &[7; 900]),
        BIG.response(2, 2, 0, &[7; 90]),
        LITTLE.fault(3, 0, 5),
    ];
    let said = Conversation::tcp(49_155)
        .cut(Direction::Up, &up.concat(), size)
        .cut(Direction::Down, &down.concat(), size)
        .finish();
    let strip = |mut values: Vec<Value>| {
        for value in &mut values {
            value["frame"] = Value::Null;
        }
        values
    };
    (strip(said.messages), strip(said.activities))
}

/// What was written to and read from the pipe samr, in pieces of `size`.
fn pipe(parts: &[(Direction, Vec<u8>)], size: usize) -> Output {
    named_pipe("pipe:samr", parts, size)
}

/// What was written to and read from the pipe `name`, in pieces of `size`.
pub(in crate::dcerpc) fn named_pipe(name: &'static str, parts: &[(Direction, Vec<u8>)], size: usize) -> Output {
    let end = |port| Endpoint {
        ip: [10, 0, 0, 1].into(),
        port,
        mac: None,
    };
    let flow = Flow {
        id: 1,
        transport: Transport::Tcp,
        client: end(50_000),
        server: end(445),
        tunnel: Tunnel::default(),
        capture: CaptureId(0),
        midstream: false,
    };
    let mut out = Output::new(true);
    let mut pipe = Pipe::new();
    pipe.act_as(&Identity {
        account: "alice".into(),
        domain: "LAB".into(),
        ticket: None,
    });
    for (direction, bytes) in parts {
        for piece in bytes.chunks(size) {
            let mut context = Context::new(&flow, *direction, Timestamp(0), FrameId::default(), &mut out);
            pipe.bytes(piece, &mut context.within("smb2").within(name));
        }
    }
    pipe.finish(&mut Context::new(
        &flow,
        Direction::Up,
        Timestamp(0),
        FrameId::default(),
        &mut out,
    ));
    out
}

#[test]
fn what_is_written_to_a_pipe_need_not_be_whole() {
    let parts = [
        (Direction::Up, LITTLE.bind(11, 1, 0, SAMR, None)),
        (Direction::Down, LITTLE.ack(12, 1, None)),
        (Direction::Up, LITTLE.request(3, 2, 0, 64, &[0; 200])),
        (Direction::Down, LITTLE.response(3, 2, 0, &[0; 3000])),
    ];
    for size in [1, 24, 1024, 8192] {
        let out = pipe(&parts, size);
        assert_eq!(out.messages.as_ref().map(Vec::len), Some(4));
        let [activity] = out.activities.as_slice() else {
            panic!()
        };
        assert_eq!(activity.carrier.0.as_slice(), ["smb2", "pipe:samr"]);
        assert_eq!(activity.details.get_text("pipe"), Some("samr"));
        assert_eq!(activity.observed.account.as_deref(), Some("alice"));
        assert_eq!(activity.details.get_text("operation"), Some("SamrConnect5"));
    }
}

#[test]
fn a_pipe_without_its_bind_is_what_its_name_says() {
    let parts = [
        (Direction::Up, LITTLE.request(3, 2, 0, 64, &[0; 200])),
        (Direction::Down, LITTLE.response(3, 2, 0, &[0; 300])),
        (Direction::Up, LITTLE.request(3, 3, 0, 13, &[0; 200])),
    ];
    let out = pipe(&parts, 8192);
    let [first, second] = out.activities.as_slice() else {
        panic!("{:?}", out.activities)
    };
    assert_eq!(first.details.get_text("operation"), Some("SamrConnect5"));
    assert_eq!(second.details.get_text("operation"), Some("SamrEnumerateUsersInDomain"));
    for activity in [first, second] {
        assert_eq!(activity.kind.name(), "samr_query");
        assert!(activity.details.get("guessed").is_some() && activity.details.get("version").is_none());
    }
}

#[test]
fn a_pipe_without_rpc_is_left_alone() {
    let out = pipe(&[(Direction::Up, b"whoami /all\r\n\0\0\0\0\0".repeat(9))], 64);
    assert_eq!(out.messages.map(|messages| messages.len()), Some(0));
    assert_eq!(out.counters.malformed(), []);
}

proptest! {
    #[test]
    fn cuts_do_not_matter(size in 1_usize..1200) {
        prop_assert_eq!(conversation(size), conversation(1 << 16));
    }

    #[test]
    fn mutated_bytes_never_panic(at in 0_usize..200, value: u8, size in 1_usize..200, which in 0_usize..6) {
        let token = unhex(NEGOTIATE);
        let mut bytes = [
            LITTLE.bind(11, 1, 0, SAMR, Some((10, 6, 1, &token))),
            BIG.ack(12, 1, Some((9, 6, 1, &token))),
            LITTLE.pdu(0, 0x83, 1, &[0; 40], Some((68, 5, 1, &[0; 16]))),
            LITTLE.fault(1, 0, 5),
            LITTLE.pdu(13, 3, 1, &[4, 0, 1, 5, 0], None),
            LITTLE.pdu(16, 3, 1, &[0; 4], Some((10, 6, 1, &token))),
        ][which].clone();
        let length = bytes.len();
        bytes[at % length] = value;
        let said = Conversation::tcp(135)
            .cut(Direction::Up, &[LITTLE.bind(11, 1, 0, EPM, None), bytes.clone()].concat(), size)
            .cut(Direction::Down, &bytes, size)
            .finish();
        drop(said);
    }

    #[test]
    fn random_bytes_never_panic(bytes: Vec<u8>) {
        drop(Conversation::tcp(135).up(&bytes).down(&bytes).finish());
        drop(Conversation::tcp(135).midstream().up(&bytes).finish());
    }
}
