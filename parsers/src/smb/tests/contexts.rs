//! What negotiations, openings and control codes say beside the plain facts; written by hand.

use serde_json::json;

use super::written::{
    ask, close, closed, create, created, error, folds, frame, id, opened, say, tree_connect, tree_connected, utf16,
};
use super::{clean, names, of};
use crate::testing::Conversation;

const ACCESS_DENIED: u32 = 0xc000_0022;
const BAD_NETWORK_NAME: u32 = 0xc000_00cc;

/// A negotiate context, padded to eight bytes.
fn context(kind: u16, data: &[u8]) -> Vec<u8> {
    let mut bytes = kind.to_le_bytes().to_vec();
    bytes.extend(u16::try_from(data.len()).unwrap().to_le_bytes());
    bytes.extend([0; 4]);
    bytes.extend(data);
    bytes.resize(bytes.len().next_multiple_of(8), 0);
    bytes
}

fn contexts() -> Vec<u8> {
    [
        context(1, &[1, 0, 4, 0, 1, 0, 9, 9, 9, 9]),
        context(2, &[2, 0, 2, 0, 1, 0]),
        context(3, &[2, 0, 0, 0, 1, 0, 0, 0, 1, 0, 4, 0]),
        context(5, &utf16("dc1")),
        context(6, &[1, 0, 0, 0]),
        context(7, &[1, 0, 0, 0, 0, 0, 0, 0, 1, 0]),
        context(8, &[1, 0, 2, 0]),
        context(0x100, &[0; 16]),
        context(0x77, &[]),
    ]
    .concat()
}

fn offer(contexts: &[u8], count: u16) -> Vec<u8> {
    let mut body = vec![36, 0, 2, 0, 1, 0, 0, 0, 0x7f, 0, 0, 0];
    body.extend([7; 16]);
    body.extend(104_u32.to_le_bytes());
    body.extend(count.to_le_bytes());
    body.extend([0, 0, 0x02, 0x02, 0x11, 0x03]);
    body.extend(contexts);
    body
}

fn choice(contexts: &[u8], count: u16) -> Vec<u8> {
    let mut body = vec![65, 0, 3, 0, 0x11, 0x03];
    body.extend(count.to_le_bytes());
    body.extend([8; 16]);
    body.extend(0x2f_u32.to_le_bytes());
    for _ in 0..3 {
        body.extend(0x80_0000_u32.to_le_bytes());
    }
    body.extend(133_000_000_000_000_000_u64.to_le_bytes());
    body.extend(0_u64.to_le_bytes());
    body.extend([0; 4]);
    body.extend(128_u32.to_le_bytes());
    body.extend(contexts);
    body
}

#[test]
fn every_negotiate_context_is_named() {
    let said = Conversation::tcp(445)
        .up(&frame(&[ask(0, 0, offer(&contexts(), 9))]))
        .down(&frame(&[say(0, 0, 0, choice(&contexts(), 9))]))
        .finish();
    clean(&said);
    for message in &said.messages {
        assert_eq!(
            message["negotiate_contexts"],
            json!([
                "PREAUTH_INTEGRITY_CAPABILITIES",
                "ENCRYPTION_CAPABILITIES",
                "COMPRESSION_CAPABILITIES",
                "NETNAME_NEGOTIATE_CONTEXT_ID",
                "TRANSPORT_CAPABILITIES",
                "RDMA_TRANSFORM_CAPABILITIES",
                "SIGNING_CAPABILITIES",
                "POSIX_EXTENSIONS",
                0x77
            ])
        );
        assert_eq!(message["preauth_hashes"], json!(["SHA-512"]));
        assert_eq!(message["preauth_salt_length"], 4);
        assert_eq!(message["ciphers"], json!(["AES-128-GCM", "AES-128-CCM"]));
        assert_eq!(message["compression"], json!(["LZNT1", "Pattern_V1"]));
        assert_eq!(message["compression_chained"], true);
        assert_eq!(message["netname"], "dc1");
        assert_eq!(message["transport_security"], true);
        assert_eq!(message["rdma_transforms"], json!(["ENCRYPTION"]));
        assert_eq!(message["signing_algorithms"], json!(["AES-GMAC"]));
    }
}

#[test]
fn a_connection_that_only_negotiates_is_told() {
    let said = Conversation::tcp(445)
        .up(&frame(&[ask(0, 0, offer(&contexts(), 9))]))
        .down(&frame(&[say(0, 0, 0, choice(&contexts(), 9))]))
        .finish();
    let session = of(&said, "smb_session");
    assert_eq!(session.len(), 1);
    let details = &session[0]["details"];
    assert_eq!(session[0]["outcome"], "unknown");
    assert_eq!(details["negotiation_only"], true);
    assert_eq!(details["dialect"], "3.1.1");
    assert_eq!(details["offered_dialects"], json!(["2.0.2", "3.1.1"]));
    assert_eq!(details["compression"], json!(["LZNT1", "Pattern_V1"]));
    assert_eq!(
        (
            &details["client_signing"],
            &details["server_signing"],
            &details["signing"]
        ),
        (&json!("enabled"), &json!("required"), &json!("required"))
    );
}

#[test]
fn more_contexts_than_are_looked_at_count() {
    let said = Conversation::tcp(445)
        .up(&frame(&[ask(0, 0, offer(&context(2, &[0, 0]).repeat(400), 400))]))
        .up(&frame(&[ask(0, 1, offer(&[], 16))]))
        .finish();
    assert_eq!(said.out.counters.limits(), [("smb.negotiate_contexts", 1)]);
    assert_eq!(names(&said, "smb2").len(), 2);
}

#[test]
fn a_compressed_message_that_overflows_is_told() {
    let mut compressed = b"\xfcSMB".to_vec();
    compressed.extend(u32::MAX.to_le_bytes());
    compressed.extend([1, 0, 0, 0]);
    compressed.extend(16_u32.to_le_bytes());
    compressed.extend([0x41; 400]);
    let mut framed = u32::try_from(compressed.len()).unwrap().to_be_bytes().to_vec();
    framed.extend(compressed);
    let said = Conversation::tcp(445)
        .up(&frame(&[ask(0, 0, offer(&contexts(), 9))]))
        .down(&frame(&[say(0, 0, 0, choice(&contexts(), 9))]))
        .up(&framed)
        .finish();
    clean(&said);
    let message = said.messages.last().unwrap();
    assert_eq!((&message["overflow"], &message["offset"]), (&json!(true), &json!(16)));
    let session = of(&said, "smb_session");
    assert_eq!(session.len(), 1);
    assert_eq!(session[0]["details"]["compression_overflow"], true);
    assert_eq!(session[0]["details"]["compression_original_size"], u32::MAX);
}

#[test]
fn a_refused_share_is_told() {
    let said = Conversation::tcp(445)
        .up(&frame(&[ask(3, 1, tree_connect("\\\\dc1\\ADMIN$"))]))
        .down(&frame(&[say(3, 1, ACCESS_DENIED, error())]))
        .up(&frame(&[ask(3, 2, tree_connect("\\\\dc1\\nowhere"))]))
        .down(&frame(&[say(3, 2, BAD_NETWORK_NAME, error())]))
        .finish();
    clean(&said);
    let files = of(&said, "smb_file");
    assert_eq!(files.len(), 2);
    assert_eq!(files[0]["outcome"], "failure");
    assert_eq!(files[0]["status"]["name"], "STATUS_ACCESS_DENIED");
    assert_eq!(
        files[0]["details"],
        json!({"share": "ADMIN$", "operation": "tree_connect"})
    );
    assert_eq!(files[1]["status"]["name"], "STATUS_BAD_NETWORK_NAME");
}

/// A create context: name and data.
fn create_context(name: &[u8], data: &[u8], last: bool) -> Vec<u8> {
    let data_at = (16 + name.len()).next_multiple_of(8);
    let length = (data_at + data.len()).next_multiple_of(8);
    let mut bytes = u32::try_from(if last { 0 } else { length })
        .unwrap()
        .to_le_bytes()
        .to_vec();
    bytes.extend([16, 0]);
    bytes.extend(u16::try_from(name.len()).unwrap().to_le_bytes());
    bytes.extend([0, 0]);
    bytes.extend(u16::try_from(data_at).unwrap().to_le_bytes());
    bytes.extend(u32::try_from(data.len()).unwrap().to_le_bytes());
    bytes.extend(name);
    bytes.resize(data_at, 0);
    bytes.extend(data);
    bytes.resize(length, 0);
    bytes
}

/// A CREATE of `name` with `contexts` behind it.
fn create_with(name: &str, contexts: &[u8]) -> Vec<u8> {
    let mut body = create(name, 0x4000);
    body.resize(body.len().next_multiple_of(8), 0);
    let offset = u32::try_from(64 + body.len()).unwrap().to_le_bytes();
    body[48..52].copy_from_slice(&offset);
    body[52..56].copy_from_slice(&u32::try_from(contexts.len()).unwrap().to_le_bytes());
    body.extend(contexts);
    body
}

/// A security descriptor whose owner is S-1-5-32-544, with one rule in its DACL.
fn descriptor() -> Vec<u8> {
    let mut bytes = vec![1, 0, 4, 0x80];
    for at in [20_u32, 0, 0, 36] {
        bytes.extend(at.to_le_bytes());
    }
    bytes.extend([1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0, 32, 2, 0, 0]);
    bytes.extend([2, 0, 28, 0, 1, 0, 0, 0]);
    bytes
}

#[test]
fn create_contexts_are_read() {
    let mut lease = vec![5; 16];
    lease.extend([7, 0, 0, 0, 0, 0, 0, 0]);
    lease.extend([0; 8]);
    let mut durable = 60_000_u32.to_le_bytes().to_vec();
    durable.extend([2, 0, 0, 0]);
    durable.extend([0; 8]);
    durable.extend([3; 16]);
    let contexts = [
        create_context(b"RqLs", &lease, false),
        create_context(b"DH2Q", &durable, false),
        create_context(b"MxAc", &[], false),
        create_context(b"TWrp", &133_000_000_000_000_000_u64.to_le_bytes(), false),
        create_context(b"AAPL", &[1, 0, 0, 0], false),
        create_context(b"SecD", &descriptor(), true),
    ]
    .concat();
    let said = Conversation::tcp(445)
        .up(&frame(&[ask(3, 1, tree_connect("\\\\dc1\\C$"))]))
        .down(&frame(&[say(3, 1, 0, tree_connected(1))]))
        .up(&frame(&[ask(5, 2, create_with("Windows\\NTDS\\ntds.dit", &contexts))]))
        .down(&frame(&[say(5, 2, 0, created(7))]))
        .finish();
    clean(&said);
    let message = &said.messages[2];
    assert_eq!(
        message["create_contexts"],
        json!([
            "SMB2_CREATE_REQUEST_LEASE",
            "SMB2_CREATE_DURABLE_HANDLE_REQUEST_V2",
            "SMB2_CREATE_QUERY_MAXIMAL_ACCESS_REQUEST",
            "SMB2_CREATE_TIMEWARP_TOKEN",
            "AAPL",
            "SMB2_CREATE_SD_BUFFER"
        ])
    );
    assert_eq!(
        message["lease_state"],
        json!(["READ_CACHING", "HANDLE_CACHING", "WRITE_CACHING"])
    );
    assert_eq!(message["durable_timeout_ms"], 60_000);
    assert_eq!(message["persistent"], true);
    assert_eq!(message["impersonation_level_name"], "Impersonation");
    assert_eq!(
        (&message["owner_sid"], &message["dacl_entries"]),
        (&json!("S-1-5-32-544"), &json!(1))
    );
    let details = &of(&said, "smb_file")[0]["details"];
    assert_eq!(details["snapshot"], "2022-06-18T04:26:40.000000Z");
    assert_eq!(details["backup_intent"], true);
    assert_eq!(details["security_set"], json!(["OWNER", "GROUP", "DACL"]));
    assert_eq!(details["owner_sid"], "S-1-5-32-544");
}

#[test]
fn a_chain_of_contexts_that_bites_its_tail_ends() {
    // Every context says that the next one lies four bytes on.
    let mut contexts = [4_u8, 0, 0, 0].repeat(2000);
    contexts.extend([0; 16]);
    let said = Conversation::tcp(445)
        .up(&frame(&[ask(5, 2, create_with("x", &contexts))]))
        .finish();
    clean(&said);
    assert!(
        said.messages[0]["create_contexts"]
            .as_array()
            .is_none_or(|list| list.len() <= 32)
    );
}

/// SET_INFO of the file `id(7)`.
fn set_info(kind: u8, class: u8, additional: u32, buffer: &[u8]) -> Vec<u8> {
    let mut body = vec![33, 0, kind, class];
    body.extend(u32::try_from(buffer.len()).unwrap().to_le_bytes());
    body.extend([96, 0, 0, 0]);
    body.extend(additional.to_le_bytes());
    body.extend(id(7));
    body.extend(buffer);
    body
}

#[test]
fn changes_are_told() {
    let mut basic = vec![0; 16];
    basic.extend(133_000_000_000_000_000_u64.to_le_bytes());
    basic.extend([0; 8]);
    basic.extend([0x22, 0, 0, 0, 0, 0, 0, 0]);
    let attribute = b"\0\0\0\0\0\x04\x01\0NAME\0v".to_vec();
    let mut conversation = opened("\\\\dc1\\data", 1, "a.doc");
    let changes = [
        set_info(1, 20, 0, &4096_u64.to_le_bytes()),
        set_info(1, 4, 0, &basic),
        set_info(1, 15, 0, &attribute),
        set_info(3, 0, 5, &descriptor()),
    ];
    for (number, change) in (3..).zip(changes) {
        conversation =
            conversation
                .up(&frame(&[ask(17, number, change)]))
                .down(&frame(&[say(17, number, 0, vec![2, 0])]));
    }
    // What is refused did not happen.
    let said = conversation
        .up(&frame(&[ask(17, 9, set_info(1, 13, 0, &[1]))]))
        .down(&frame(&[say(17, 9, ACCESS_DENIED, error())]))
        .finish();
    clean(&said);
    assert!(!folds(&said));
    let details = &of(&said, "smb_file")[0]["details"];
    assert_eq!(details["end_of_file"], 4096);
    assert_eq!(details["attributes_set"], json!(["HIDDEN", "ARCHIVE"]));
    assert_eq!(details["times_set"], true);
    assert_eq!(details["extended_attributes"], json!(["NAME"]));
    assert_eq!(details["security_set"], json!(["OWNER", "DACL"]));
    assert_eq!(details["owner_sid"], "S-1-5-32-544");
    assert_eq!(details.get("deleted"), None);
}

/// QUERY_DIRECTORY of `id(7)`.
fn search(pattern: &str) -> Vec<u8> {
    let pattern = utf16(pattern);
    let mut body = vec![33, 0, 37, 1, 0, 0, 0, 0];
    body.extend(id(7));
    body.extend([96, 0]);
    body.extend(u16::try_from(pattern.len()).unwrap().to_le_bytes());
    body.extend([0, 0, 1, 0]);
    body.extend(pattern);
    body
}

#[test]
fn what_is_looked_for_is_told() {
    let mut conversation = opened("\\\\dc1\\SYSVOL", 1, "Policies");
    for number in 3..23 {
        conversation = conversation.up(&frame(&[ask(14, number, search(&format!("*{}.xml", number / 2)))]));
    }
    let said = conversation.finish();
    let file = of(&said, "smb_file")[0].clone();
    assert_eq!(file["details"]["directory"], true);
    assert_eq!(file["details"]["patterns"].as_array().unwrap().len(), 8);
    assert_eq!(said.messages.last().unwrap()["pattern"], "*11.xml");
    assert_eq!(said.out.counters.limits(), [("smb.patterns", 5)]);
}

/// IOCTL, from the client and from the server.
fn ioctl(code: u32, file: u8, input: &[u8]) -> Vec<u8> {
    let mut body = vec![57, 0, 0, 0];
    body.extend(code.to_le_bytes());
    body.extend(id(file));
    body.extend(120_u32.to_le_bytes());
    body.extend(u32::try_from(input.len()).unwrap().to_le_bytes());
    body.extend([0; 24]);
    body.extend(input);
    body
}

fn controlled(code: u32, file: u8, output: &[u8]) -> Vec<u8> {
    let mut body = vec![49, 0, 0, 0];
    body.extend(code.to_le_bytes());
    body.extend(id(file));
    body.extend([0; 8]);
    body.extend(112_u32.to_le_bytes());
    body.extend(u32::try_from(output.len()).unwrap().to_le_bytes());
    body.extend([0; 8]);
    body.extend(output);
    body
}

#[test]
fn a_copy_on_the_server_is_a_copy() {
    let key = [0x42; 24];
    let mut copy = key.to_vec();
    copy.extend([1, 0, 0, 0, 0, 0, 0, 0]);
    copy.extend([0; 24]);
    let said = opened("\\\\dc1\\C$", 1, "Windows\\NTDS\\ntds.dit")
        .up(&frame(&[ask(11, 3, ioctl(0x0014_0078, 7, &[]))]))
        .down(&frame(&[say(
            11,
            3,
            0,
            controlled(0x0014_0078, 7, &[&key[..], &[0; 8]].concat()),
        )]))
        .up(&frame(&[ask(5, 4, create("Temp\\x.bin", 0))]))
        .down(&frame(&[say(5, 4, 0, created(8))]))
        .up(&frame(&[ask(11, 5, ioctl(0x0014_80f2, 8, &copy))]))
        .down(&frame(&[say(
            11,
            5,
            0,
            controlled(0x0014_80f2, 8, &[1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 16, 0]),
        )]))
        .up(&frame(&[ask(6, 6, close(id(8)))]))
        .down(&frame(&[say(6, 6, 0, closed())]))
        .finish();
    clean(&said);
    let copied = of(&said, "smb_file")[0].clone();
    assert_eq!(copied["action_type"], "SMB file copy");
    assert_eq!(copied["details"]["path"], "Temp\\x.bin");
    assert_eq!(copied["details"]["bytes_copied"], 1 << 20);
    assert_eq!(copied["details"]["copied_from"], "Windows\\NTDS\\ntds.dit");
}

#[test]
fn control_codes_say_what_they_carry() {
    let referral = [&[4, 0][..], &utf16("\\lab.example\\sysvol\0")].concat();
    let mut wait = vec![0; 8];
    wait.extend(u32::try_from(utf16("samr").len()).unwrap().to_le_bytes());
    wait.extend([0, 0]);
    wait.extend(utf16("samr"));
    let target = utf16("\\??\\C:\\");
    let mut link = 0xa000_0003_u32.to_le_bytes().to_vec();
    link.extend([0; 4]);
    link.extend([0, 0]);
    link.extend(u16::try_from(target.len()).unwrap().to_le_bytes());
    link.extend([0; 4]);
    link.extend(target);
    let mut check = vec![0x7f, 0, 0, 0];
    check.extend([1; 16]);
    check.extend([1, 0, 1, 0, 0x11, 0x03]);
    let mut interface = vec![0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0];
    interface.extend(1_000_000_000_u64.to_le_bytes());
    interface.extend([2, 0, 0, 0, 10, 0, 0, 10]);
    let said = Conversation::tcp(445)
        .up(&frame(&[ask(11, 1, ioctl(0x0006_0194, 0xff, &referral))]))
        .up(&frame(&[ask(11, 2, ioctl(0x0011_0018, 0xff, &wait))]))
        .up(&frame(&[ask(11, 3, ioctl(0x0009_00a4, 7, &link))]))
        .up(&frame(&[ask(11, 4, ioctl(0x0014_0204, 0xff, &check))]))
        .down(&frame(&[say(11, 5, 0, controlled(0x0014_01fc, 0xff, &interface))]))
        .finish();
    clean(&said);
    assert_eq!(said.messages[0]["path"], "\\lab.example\\sysvol");
    assert_eq!(said.messages[1]["pipe"], "samr");
    assert_eq!(
        (
            &said.messages[2]["reparse_tag_name"],
            &said.messages[2]["reparse_target"]
        ),
        (&json!("MOUNT_POINT"), &json!("\\??\\C:\\"))
    );
    assert_eq!(said.messages[3]["validate"]["dialects"], json!(["3.1.1"]));
    assert_eq!(
        said.messages[4]["interfaces"],
        json!([{"address": "10.0.0.10", "link_speed": 1_000_000_000, "rss": true}])
    );
}

#[test]
fn locks_watches_and_leases_are_named() {
    let mut lock = vec![48, 0, 1, 0, 0, 0, 0, 0];
    lock.extend(id(7));
    lock.extend(10_u64.to_le_bytes());
    lock.extend(5_u64.to_le_bytes());
    lock.extend([0x12, 0, 0, 0, 0, 0, 0, 0]);
    let mut watch = vec![32, 0, 1, 0, 0, 8, 0, 0];
    watch.extend(id(7));
    watch.extend([0x17, 0, 0, 0, 0, 0, 0, 0]);
    let name = utf16("new.txt");
    let mut change = vec![9, 0, 72, 0];
    change.extend(u32::try_from(12 + name.len()).unwrap().to_le_bytes());
    change.extend([0, 0, 0, 0, 1, 0, 0, 0]);
    change.extend(u32::try_from(name.len()).unwrap().to_le_bytes());
    change.extend(name);
    let mut lease = vec![44, 0, 1, 0, 1, 0, 0, 0];
    lease.extend([5; 16]);
    lease.extend([7, 0, 0, 0, 1, 0, 0, 0]);
    lease.extend([0; 12]);
    let said = opened("\\\\dc1\\data", 1, "folder")
        .up(&frame(&[ask(10, 3, lock)]))
        .up(&frame(&[ask(15, 4, watch)]))
        .down(&frame(&[say(15, 4, 0, change)]))
        .down(&frame(&[say(18, u64::MAX, 0, lease)]))
        .finish();
    clean(&said);
    let [.., lock, watch, change, lease] = &said.messages[..] else {
        panic!()
    };
    assert_eq!(
        lock["locks"],
        json!([{"offset": 10, "length": 5, "flags": ["EXCLUSIVE", "FAIL_IMMEDIATELY"]}])
    );
    assert_eq!(
        watch["completion_filter_names"],
        json!(["FILE_NAME", "DIR_NAME", "ATTRIBUTES", "LAST_WRITE"])
    );
    assert_eq!(change["changes"], json!([{"action": "ADDED", "name": "new.txt"}]));
    assert_eq!(lease["current_lease_state"].as_array().unwrap().len(), 3);
    assert_eq!(lease["lease_state"], json!(["READ_CACHING"]));
}
