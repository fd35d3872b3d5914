//! What is sent, octet by octet, and what comes back: real answers, lies, and damage of every kind.

use parsers::ntlm::wire::{Token, token};
use proptest::prelude::{any, prop, proptest};

use super::{named, unhex};
use crate::lookup::{
    Conversation, EndpointMapper, Identity, NodeStatusRequest, Pointer, Question, Reason, RemoteDesktop, Turn,
};

/// Samba 4.17 (pcaps/lab/netbios.pcap, packet 6).
const NODE_STATUS: &str = "
    1423 8400 0000 0001 0000 0000 20 434b414141414141414141414141414141414141414141414141414141414141 00 0021 0001 00000000 00bf
    08
    444331202020202020202020202020 00 4400  444331202020202020202020202020 03 4400  444331202020202020202020202020 20 4400
    4c4142202020202020202020202020 1b 4400  4c4142202020202020202020202020 1c c400  4c4142202020202020202020202020 00 c400
    5f5f53414d42415f5f202020202020 00 c600  5f5f53414d42415f5f202020202020 20 c600
    50e57caf4056000000040000000000005d30af7c00005640af7c5ea0564000000004000000000000000000000000";

/// The endpoint mapper of Samba 4.17 answers the bind of this module.
const SAMBA: &str = "
    05000c0310000000e2009e0001000000d016d016a310000004003133350000000100000000000000045d888aeb1cc9119fe808002b104860
    020000000a020000010000004e544c4d535350000200000006000600380000000582890214205054fcbe171b000000000000000060006000
    3e000000060100000000000f4c0041004200020006004c004100420001000600440043003100040016006c00610062002e00650078006100
    6d0070006c00650003001e006400630031002e006c00610062002e006500780061006d0070006c00650007000800fa23f365ba80dd010000
    0000";

/// A name of the AV pair `id`.
fn pair(id: u8, text: &str) -> Vec<u8> {
    let value: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    [&[id, 0, value.len() as u8, 0], value.as_slice()].concat()
}

/// A `bind_ack` that carries `token`.
fn bind_ack(token: &[u8]) -> Vec<u8> {
    let mut pdu = unhex("05000c03 10000000 0000 0000 01000000 b810b810 53000000 0400 31333500 0000 01000000");
    pdu.extend(unhex("0000 0000 045d888aeb1cc9119fe808002b10486002000000"));
    pdu.extend(unhex("0a020000 01000000"));
    pdu.extend_from_slice(token);
    let (length, sealed) = (pdu.len() as u16, token.len() as u16);
    pdu[8..10].copy_from_slice(&length.to_le_bytes());
    pdu[10..12].copy_from_slice(&sealed.to_le_bytes());
    pdu
}

/// A CHALLENGE of Windows Server 2022 ([MS-NLMP] 2.2.1.2) with these AV pairs.
fn challenge(pairs: &[Vec<u8>]) -> Vec<u8> {
    let info = [pairs.concat(), vec![0; 4]].concat();
    let length = (info.len() as u16).to_le_bytes();
    let mut token = unhex("4e544c4d53535000 02000000 0000 0000 38000000 05828902 0123456789abcdef 0000000000000000");
    token.extend([length, length].concat());
    token.extend(unhex("38000000 0a007c4f 0000000f"));
    token.extend(info);
    token
}

fn dc1() -> Vec<u8> {
    let names = [
        pair(2, "LAB"),
        pair(1, "DC1"),
        pair(4, "lab.example"),
        pair(3, "dc1.lab.example"),
    ];
    bind_ack(&challenge(&names))
}

fn heard(mut conversation: impl Conversation, bytes: &[u8], size: usize) -> Turn {
    conversation.open();
    for part in bytes.chunks(size.max(1)) {
        match conversation.handle(part) {
            Turn::Listen => {}
            turn => return turn,
        }
    }
    Turn::Listen
}

fn rpc(bytes: &[u8]) -> Result<Identity, Reason> {
    match heard(EndpointMapper::default(), bytes, 1_000_000) {
        Turn::Over(told) => told,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_bind_says_nothing_of_the_sensor() {
    let bind = EndpointMapper::default().open();
    assert_eq!(
        bind,
        unhex(
            "05000b0310000000780028000100000 0d016d0160000000001000000 00000100
             0883afe11f5dc91191a408002b14a0fa03000000 045d888aeb1cc9119fe808002b10486002000000
             0a02000001000000 4e544c4d535350000100000005820802 00000000000000000000000000000000 000000000000000f"
        )
    );
    let Ok(Token::Negotiate(negotiate)) = token(&bind[80..], None) else {
        panic!("no NEGOTIATE")
    };
    assert!(negotiate.domain.is_empty() && negotiate.workstation.is_empty());
}

#[test]
fn a_challenge_names_its_computer() {
    let told = rpc(&dc1()).unwrap();
    assert_eq!(
        (told.name.as_str(), told.domain.as_deref()),
        ("dc1.lab.example", Some("lab.example"))
    );
    assert_eq!(told.os_version.as_deref(), Some("10.0.20348"));
    let samba = rpc(&unhex(SAMBA)).unwrap();
    assert_eq!(
        (samba.name.as_str(), samba.os_version.as_deref()),
        ("dc1.lab.example", Some("6.1.0"))
    );
    let alone = rpc(&bind_ack(&challenge(&[pair(1, "WS01"), pair(2, "WORKGROUP")]))).unwrap();
    assert_eq!(
        (alone.name.as_str(), alone.domain.as_deref()),
        ("WS01", Some("WORKGROUP"))
    );
}

#[test]
fn a_server_without_ntlm_or_names_tells_nothing() {
    let unnamed = |pdu: &[u8]| matches!(rpc(pdu), Err(Reason::Unnamed(_)));
    assert!(unnamed(&unhex(
        "05000d03 10000000 1800 0000 01000000 0800 0000 00000000"
    )));
    assert!(unnamed(&bind_ack(b"")));
    assert!(unnamed(&bind_ack(&challenge(&[]))));
    assert!(unnamed(&bind_ack(&challenge(&[pair(1, "")]))));
    let odd: [&str; 5] = ["a b", "10.0.0.1", "\u{1b}[2J", "_ldap._tcp", "x/y"];
    assert!(odd.iter().all(|name| unnamed(&bind_ack(&challenge(&[pair(3, name)])))));
}

#[test]
fn what_is_no_answer_ends_the_conversation() {
    assert!(matches!(
        rpc(b"HTTP/1.1 400 Bad Request\r\n"),
        Err(Reason::Malformed(_))
    ));
    let mut long = dc1();
    long[8..10].copy_from_slice(&6_000_u16.to_le_bytes());
    assert_eq!(rpc(&long), Err(Reason::Malformed("longer than was agreed")));
    assert_eq!(rpc(&bind_ack(&[0; 40])), Err(Reason::Unnamed("it takes no NTLM")));
    let mut negotiate = dc1();
    let at = negotiate.windows(8).position(|window| window == b"NTLMSSP\0").unwrap();
    negotiate[at + 8] = 1;
    assert_eq!(rpc(&negotiate), Err(Reason::Malformed("no CHALLENGE")));
}

#[test]
fn a_host_tells_its_netbios_names() {
    let question = NodeStatusRequest::new(0x1423);
    assert_eq!(
        question.datagram(),
        unhex("1423000000010000000000002 0434b4141414141414141414141414141414141414141414141414141414141 410000210001")
    );
    assert_eq!(question.answer(&unhex(NODE_STATUS)), Some(named("DC1", Some("LAB"))));
    assert_eq!(NodeStatusRequest::new(0x1424).answer(&unhex(NODE_STATUS)), None);
    let cut = unhex(NODE_STATUS);
    assert!(matches!(question.answer(&cut[..100]), Some(Err(Reason::Malformed(_)))));
    assert!(matches!(
        question.answer(question.datagram()),
        Some(Err(Reason::Malformed(_)))
    ));
}

/// An answer to the PTR question for 10.77.0.10 with these records.
fn pointers(rcode: u8, records: &[&str]) -> Vec<u8> {
    let mut message = unhex("1423 8180 0001 0000 0000 0000");
    message[3] |= rcode;
    message[7] = records.len() as u8;
    message.extend(unhex(
        "02 3130 01 30 02 3737 02 3130 07 696e2d61646472 04 61727061 00 000c 0001",
    ));
    records.iter().for_each(|record| message.extend(unhex(record)));
    message
}

/// `dc1.lab.example`, `old.lab.example`; an alias as RFC 2317 has it, and what it leads to.
const DC1: &str = "c00c 000c 0001 00000e10 0011 03646331036c6162076578616d706c6500";
const OLD: &str = "c00c 000c 0001 00000e10 0011 036f6c64036c6162076578616d706c6500";
const ALIAS: &str = "c00c 0005 0001 00000e10 0008 0231300374773200";
const BY_ALIAS: &str = "02313003747732 00 000c 0001 00000e10 0011 03646331036c6162076578616d706c6500";

#[test]
fn a_pointer_record_leads_to_a_name() {
    let question = Pointer::new(0x1423, "10.77.0.10".parse().unwrap()).unwrap();
    let mut asked = pointers(0, &[]);
    asked[2..4].copy_from_slice(&[1, 0]);
    assert_eq!(question.datagram(), asked);
    assert_eq!(
        question.answer(&pointers(0, &[DC1])),
        Some(named("dc1.lab.example", None))
    );
    assert_eq!(
        question.answer(&pointers(0, &[DC1, DC1])),
        Some(named("dc1.lab.example", None))
    );
    assert_eq!(
        question.answer(&pointers(0, &[ALIAS, BY_ALIAS])),
        Some(named("dc1.lab.example", None))
    );
    let unnamed = |message: &[u8]| matches!(question.answer(message), Some(Err(Reason::Unnamed(_))));
    assert!(unnamed(&pointers(0, &[])) && unnamed(&pointers(3, &[])) && unnamed(&pointers(5, &[])));
    assert!(unnamed(&pointers(0, &[DC1, OLD])), "two names are none");
    assert!(unnamed(&pointers(0, &[BY_ALIAS])), "a record of somebody else");
}

#[test]
fn who_did_not_hear_the_question_cannot_answer_it() {
    let question = Pointer::new(0x1424, "10.77.0.10".parse().unwrap()).unwrap();
    assert_eq!(question.answer(&pointers(0, &[DC1])), None);
    let other = Pointer::new(0x1423, "10.77.0.11".parse().unwrap()).unwrap();
    assert_eq!(other.answer(&pointers(0, &[DC1])), None);
    let six = Pointer::new(7, "fd77::10".parse().unwrap()).unwrap();
    assert!(six.datagram().windows(4).any(|window| window == b"\x03ip6"));
}

proptest! {
    /// Where an answer is cut into segments changes nothing, and it is read as soon as it is there.
    #[test]
    fn an_answer_may_come_in_any_pieces(size in 1_usize..400) {
        assert_eq!(heard(EndpointMapper::default(), &dc1(), size), Turn::Over(rpc(&dc1())));
    }

    /// No bytes do any harm, and none are waited for without end.
    #[test]
    fn any_bytes_end_it_or_are_waited_for(bytes in prop::collection::vec(any::<u8>(), 0..8_000), size in 1_usize..3_000) {
        for (at, start) in [(0, Vec::new()), (1, dc1()[..20].to_vec()), (2, unhex("0300001302d0000000000002"))] {
            let bytes = [start, bytes.clone()].concat();
            let rpc = heard(EndpointMapper::default(), &bytes, size);
            assert!(bytes.len() < 5_840 || rpc != Turn::Listen, "{at}");
            let _ = heard(RemoteDesktop::new("10.77.0.10".parse().unwrap()), &bytes, size);
        }
        let _ = NodeStatusRequest::new(7).answer(&bytes);
        let _ = Pointer::new(7, "10.77.0.10".parse().unwrap()).unwrap().answer(&bytes);
    }

    /// Nor does damage to an answer, and a name that comes of it is one that a host can have.
    #[test]
    fn damage_leaves_a_name_or_a_reason(at in 0_usize..400, byte: u8, cut in 0_usize..400) {
        let damaged = |mut bytes: Vec<u8>| {
            let end = bytes.len() - cut % bytes.len();
            bytes.truncate(end);
            let at = at % bytes.len();
            bytes[at] = byte;
            bytes
        };
        let mut told = Vec::new();
        if let Turn::Over(answer) = heard(EndpointMapper::default(), &damaged(dc1()), 4_096) {
            told.push(answer);
        }
        told.extend(NodeStatusRequest::new(0x1423).answer(&damaged(unhex(NODE_STATUS))));
        let question = Pointer::new(0x1423, "10.77.0.10".parse().unwrap()).unwrap();
        told.extend(question.answer(&damaged(pointers(0, &[ALIAS, BY_ALIAS]))));
        for identity in told.into_iter().flatten() {
            assert!(!identity.name.is_empty() && identity.name.len() <= 255);
            assert!(!identity.name.chars().any(|character| character.is_control() || character == ' '));
        }
    }
}
