//! Conversations written by hand: chains, postponed answers, bulk data, losses.

use capture::Direction;
use serde_json::json;

use super::{clean, names, of};
use crate::activity::Kind;
use crate::testing::{Conversation, Said};

const RESPONSE: u32 = 1;
const ASYNC: u32 = 2;
const RELATED: u32 = 4;
const PENDING: u32 = 0x103;
const SESSION: u64 = 0x11;
const TREE: u32 = 5;

/// One SMB2 message: command, flags, status, message id, body.
pub(super) struct Message {
    command: u16,
    flags: u32,
    status: u32,
    id: u64,
    body: Vec<u8>,
}

pub(super) fn ask(command: u16, id: u64, body: Vec<u8>) -> Message {
    Message {
        command,
        flags: 0,
        status: 0,
        id,
        body,
    }
}

pub(super) fn say(command: u16, id: u64, status: u32, body: Vec<u8>) -> Message {
    Message {
        command,
        flags: RESPONSE,
        status,
        id,
        body,
    }
}

impl Message {
    fn flags(mut self, flags: u32) -> Self {
        self.flags |= flags;
        self
    }

    fn bytes(&self, next: usize) -> Vec<u8> {
        let mut bytes = b"\xfeSMB\x40\0\x01\0".to_vec();
        bytes.extend(self.status.to_le_bytes());
        bytes.extend(self.command.to_le_bytes());
        bytes.extend([1, 0]);
        bytes.extend(self.flags.to_le_bytes());
        bytes.extend(u32::try_from(next).unwrap().to_le_bytes());
        bytes.extend(self.id.to_le_bytes());
        let related = self.flags & (RELATED | RESPONSE) == RELATED;
        bytes.extend(0_u32.to_le_bytes());
        bytes.extend(if related { u32::MAX } else { TREE }.to_le_bytes());
        bytes.extend(if related { u64::MAX } else { SESSION }.to_le_bytes());
        bytes.extend([0; 16]);
        bytes.extend(&self.body);
        bytes
    }
}

/// A chain of messages behind its length.
pub(super) fn frame(messages: &[Message]) -> Vec<u8> {
    let mut chain = Vec::new();
    for (at, message) in messages.iter().enumerate() {
        let length = (64 + message.body.len()).next_multiple_of(8);
        let last = at + 1 == messages.len();
        let mut bytes = message.bytes(if last { 0 } else { length });
        if !last {
            bytes.resize(length, 0);
        }
        chain.extend(bytes);
    }
    let mut framed = u32::try_from(chain.len()).unwrap().to_be_bytes().to_vec();
    framed.extend(chain);
    framed
}

pub(super) fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

pub(super) fn id(number: u8) -> [u8; 16] {
    [number; 16]
}

pub(super) fn tree_connect(path: &str) -> Vec<u8> {
    let path = utf16(path);
    let mut body = vec![9, 0, 0, 0, 72, 0];
    body.extend(u16::try_from(path.len()).unwrap().to_le_bytes());
    body.extend(path);
    body
}

pub(super) fn tree_connected(kind: u8) -> Vec<u8> {
    let mut body = vec![16, 0, kind, 0];
    body.extend([0; 12]);
    body
}

pub(super) fn create(name: &str, options: u32) -> Vec<u8> {
    let name = utf16(name);
    let mut body = vec![57, 0, 0, 0, 2, 0, 0, 0];
    body.extend([0; 16]);
    for number in [0x0012_0089_u32, 0x80, 7, 1, options] {
        body.extend(number.to_le_bytes());
    }
    body.extend(120_u16.to_le_bytes());
    body.extend(u16::try_from(name.len()).unwrap().to_le_bytes());
    body.extend([0; 8]);
    body.extend(name);
    body
}

pub(super) fn created(number: u8) -> Vec<u8> {
    let mut body = vec![89, 0, 0, 0, 1, 0, 0, 0];
    body.extend([0; 40]);
    body.extend(300_000_u64.to_le_bytes());
    body.extend([0x80, 0, 0, 0, 0, 0, 0, 0]);
    body.extend(id(number));
    body.extend([0; 8]);
    body
}

pub(super) fn close(file: [u8; 16]) -> Vec<u8> {
    let mut body = vec![24, 0, 0, 0, 0, 0, 0, 0];
    body.extend(file);
    body
}

pub(super) fn closed() -> Vec<u8> {
    let mut body = vec![60, 0];
    body.extend([0; 58]);
    body
}

pub(super) fn read(file: [u8; 16], length: u32) -> Vec<u8> {
    let mut body = vec![49, 0, 0, 0];
    body.extend(length.to_le_bytes());
    body.extend([0; 8]);
    body.extend(file);
    body.extend([0; 17]);
    body
}

pub(super) fn have_read(data: &[u8]) -> Vec<u8> {
    let mut body = vec![17, 0, 80, 0];
    body.extend(u32::try_from(data.len()).unwrap().to_le_bytes());
    body.extend([0; 8]);
    body.extend(data);
    body
}

pub(super) fn write(file: [u8; 16], data: &[u8]) -> Vec<u8> {
    let mut body = vec![49, 0, 112, 0];
    body.extend(u32::try_from(data.len()).unwrap().to_le_bytes());
    body.extend([0; 8]);
    body.extend(file);
    body.extend([0; 16]);
    body.extend(data);
    body
}

pub(super) fn written(count: u32) -> Vec<u8> {
    let mut body = vec![17, 0, 0, 0];
    body.extend(count.to_le_bytes());
    body.extend([0; 9]);
    body
}

pub(super) fn error() -> Vec<u8> {
    vec![9, 0, 0, 0, 0, 0, 0, 0, 0]
}

/// A connection with a share and the file `name` on it, which goes by `id(7)`.
pub(super) fn opened(share: &str, kind: u8, name: &str) -> Conversation {
    Conversation::tcp(445)
        .up(&frame(&[ask(3, 1, tree_connect(share))]))
        .down(&frame(&[say(3, 1, 0, tree_connected(kind))]))
        .up(&frame(&[ask(5, 2, create(name, 0x40))]))
        .down(&frame(&[say(5, 2, 0, created(7))]))
}

#[test]
fn a_chain_hands_its_file_on() {
    let said = Conversation::tcp(445)
        .up(&frame(&[ask(3, 1, tree_connect("\\\\dc1\\SYSVOL"))]))
        .down(&frame(&[say(3, 1, 0, tree_connected(1))]))
        .up(&frame(&[
            ask(5, 2, create("a.txt", 0)),
            ask(8, 3, read([0xff; 16], 5)).flags(RELATED),
            ask(6, 4, close([0xff; 16])).flags(RELATED),
        ]))
        .down(&frame(&[
            say(5, 2, 0, created(9)),
            say(8, 3, 0, have_read(b"hello")).flags(RELATED),
            say(6, 4, 0, closed()).flags(RELATED),
        ]))
        .finish();
    clean(&said);
    assert_eq!(names(&said, "smb2").len(), 8);
    let files = of(&said, "smb_file");
    assert_eq!(files.len(), 1);
    assert_eq!(files[0]["details"]["share"], "SYSVOL");
    assert_eq!(files[0]["details"]["path"], "a.txt");
    assert_eq!(files[0]["details"]["bytes_read"], 5);
    // It was closed, not merely over.
    assert_eq!(files[0]["outcome"], "success");
}

#[test]
fn a_postponed_answer_finds_its_request_hours_later() {
    let said = opened("\\\\dc1\\data", 1, "slow.bin")
        .up(&frame(&[ask(8, 3, read(id(7), 4))]))
        .down(&frame(&[say(8, 3, PENDING, error()).flags(ASYNC)]))
        .wait(7200)
        .down(&frame(&[say(8, 3, 0, have_read(b"data")).flags(ASYNC)]))
        .finish();
    clean(&said);
    let files = of(&said, "smb_file");
    assert_eq!(files.len(), 1);
    assert_eq!(files[0]["details"]["bytes_read"], 4);
    let interim = said
        .messages
        .iter()
        .find(|message| message["nt_status"] == PENDING)
        .unwrap();
    assert_eq!(interim["nt_status_name"], "STATUS_PENDING");
}

#[test]
fn a_late_answer_still_counts() {
    let said = opened("\\\\dc1\\data", 1, "slow.bin")
        .up(&frame(&[ask(8, 3, read(id(7), 4))]))
        .wait(40)
        .down(&frame(&[say(8, 3, 0, have_read(b"data"))]))
        .finish();
    clean(&said);
    assert_eq!(of(&said, "smb_file")[0]["details"]["bytes_read"], 4);
}

#[test]
fn bulk_data_counts_by_its_headers() {
    let data = vec![0x5a; 200_000];
    let mut said = opened("\\\\dc1\\data", 1, "big.bin")
        .up(&frame(&[ask(8, 3, read(id(7), 200_000))]))
        .cut(Direction::Down, &frame(&[say(8, 3, 0, have_read(&data))]), 1448)
        .cut(Direction::Up, &frame(&[ask(9, 4, write(id(7), &data))]), 1448)
        .down(&frame(&[say(9, 4, 0, written(200_000))]))
        .up(&frame(&[ask(6, 5, close(id(7)))]))
        .down(&frame(&[say(6, 5, 0, closed())]))
        .finish();
    clean(&said);
    assert_eq!(names(&said, "smb2").len(), 10);
    let file = of(&said, "smb_file").remove(0).clone();
    assert_eq!(file["action_type"], "SMB file copy");
    assert_eq!(file["details"]["bytes_read"], 200_000);
    assert_eq!(file["details"]["bytes_written"], 200_000);
    // The last segment completes a message, whether it is kept or not.
    let response = said
        .messages
        .iter_mut()
        .find(|message| message["message"] == "READ response")
        .unwrap();
    assert_eq!(response["frame"], 5 + 200_084_u32.div_ceil(1448));
}

#[test]
fn a_hole_in_bulk_data_costs_no_alignment() {
    let bulk = frame(&[ask(9, 3, write(id(7), &vec![0xaa; 100_000]))]);
    let (front, back) = bulk.split_at(30_000);
    let said = opened("\\\\dc1\\data", 1, "big.bin")
        .up(front)
        .gap(Direction::Up, 20_000)
        .up(&back[20_000..])
        .down(&frame(&[say(9, 3, 0, written(100_000))]))
        .up(&frame(&[ask(6, 4, close(id(7)))]))
        .down(&frame(&[say(6, 4, 0, closed())]))
        .finish();
    clean(&said);
    let gapped: Vec<_> = said
        .messages
        .iter()
        .filter(|message| message["gapped"] == true)
        .map(|message| message["message"].as_str().unwrap())
        .collect();
    assert_eq!(gapped, ["WRITE request"]);
    assert_eq!(of(&said, "smb_file")[0]["details"]["bytes_written"], 100_000);
    assert_eq!(names(&said, "smb2").last(), Some(&"CLOSE response"));
}

#[test]
fn a_lost_message_costs_itself() {
    let said = opened("\\\\dc1\\data", 1, "a.bin")
        .gap(Direction::Up, 140)
        .up(&frame(&[ask(6, 4, close(id(7)))]))
        .down(&frame(&[say(6, 4, 0, closed())]))
        .finish();
    clean(&said);
    assert_eq!(names(&said, "smb2").last(), Some(&"CLOSE response"));
}

#[test]
fn a_refused_file_is_said_at_once() {
    let said = Conversation::tcp(445)
        .up(&frame(&[ask(3, 1, tree_connect("\\\\dc1\\C$"))]))
        .down(&frame(&[say(3, 1, 0, tree_connected(1))]))
        .up(&frame(&[ask(5, 2, create("Windows\\NTDS\\ntds.dit", 0x40))]))
        .down(&frame(&[say(5, 2, 0xc000_0022, error())]))
        .finish();
    let files = of(&said, "smb_file");
    assert_eq!(files[0]["outcome"], "failure");
    assert_eq!(files[0]["status"]["name"], "STATUS_ACCESS_DENIED");
    assert_eq!(files[0]["details"]["path"], "Windows\\NTDS\\ntds.dit");
    assert_eq!(files[0].get("action_type"), None);
}

#[test]
fn renaming_and_deleting_are_told() {
    let name = utf16("a.locked");
    let mut rename = vec![33, 0, 1, 10];
    rename.extend(u32::try_from(20 + name.len()).unwrap().to_le_bytes());
    rename.extend([96, 0, 0, 0, 0, 0, 0, 0]);
    rename.extend(id(7));
    rename.extend([0; 16]);
    rename.extend(u32::try_from(name.len()).unwrap().to_le_bytes());
    rename.extend(name);
    let mut delete = vec![33, 0, 1, 13, 1, 0, 0, 0, 96, 0, 0, 0, 0, 0, 0, 0];
    delete.extend(id(7));
    delete.push(1);
    let said = opened("\\\\dc1\\data", 1, "a.doc")
        .up(&frame(&[ask(17, 3, rename)]))
        .down(&frame(&[say(17, 3, 0, vec![2, 0])]))
        .up(&frame(&[ask(17, 4, delete)]))
        .down(&frame(&[say(17, 4, 0, vec![2, 0])]))
        .finish();
    clean(&said);
    let details = &of(&said, "smb_file")[0]["details"];
    assert_eq!(details["renamed_to"], "a.locked");
    assert_eq!(details["deleted"], true);
    assert!(!folds(&said));
    let looked = opened("\\\\dc1\\data", 1, "a.doc").finish();
    assert!(folds(&looked), "nothing was done with it");
}

/// Whether repeats of its files become one with a count.
pub(super) fn folds(said: &Said) -> bool {
    let mut files = said.out.activities.iter().filter(|told| told.kind == Kind::SmbFile);
    let first = files.next().unwrap();
    first.folds() && files.all(|file| file.folds())
}

#[test]
fn an_unanswered_file_is_given_up() {
    let said = Conversation::tcp(445)
        .up(&frame(&[ask(5, 2, create("a.txt", 0))]))
        .wait(31)
        .up(&frame(&[ask(13, 3, vec![4, 0, 0, 0])]))
        .finish();
    let files = of(&said, "smb_file");
    assert_eq!(files.len(), 1);
    assert_eq!(files[0]["outcome"], "unknown");
    assert_eq!(names(&said, "smb2"), ["CREATE request", "ECHO request"]);
}

#[test]
fn a_file_open_before_the_capture_counts_from_its_first_use() {
    let said = Conversation::tcp(445)
        .midstream()
        .up(&frame(&[ask(9, 40, write(id(3), b"more"))]))
        .down(&frame(&[say(9, 40, 0, written(4))]))
        .finish();
    let files = of(&said, "smb_file");
    assert_eq!(files[0]["details"], json!({"bytes_read": 0, "bytes_written": 4}));
}

#[test]
fn a_client_that_is_heard_alone_still_writes() {
    let said = Conversation::tcp(445)
        .midstream()
        .up(&frame(&[ask(9, 40, write(id(3), b"more"))]))
        .up(&frame(&[ask(9, 41, write(id(3), b"and more"))]))
        .up(&frame(&[ask(6, 42, close(id(3)))]))
        .wait(31)
        .finish();
    clean(&said);
    let files = of(&said, "smb_file");
    assert_eq!(files.len(), 1);
    assert_eq!(files[0]["details"]["bytes_written"], 12);
}

#[test]
fn users_of_one_connection_are_told_apart() {
    // Two sessions open files of the same name on the same tree identifier; each is its own.
    let other = |bytes: Vec<u8>| {
        let mut bytes = bytes;
        bytes[4 + 40..4 + 48].copy_from_slice(&0x22_u64.to_le_bytes());
        bytes
    };
    let said = Conversation::tcp(445)
        .up(&frame(&[ask(3, 1, tree_connect("\\\\dc1\\one"))]))
        .down(&frame(&[say(3, 1, 0, tree_connected(1))]))
        .up(&other(frame(&[ask(3, 2, tree_connect("\\\\dc1\\two"))])))
        .down(&other(frame(&[say(3, 2, 0, tree_connected(1))])))
        .up(&frame(&[ask(5, 3, create("a.txt", 0))]))
        .up(&other(frame(&[ask(5, 4, create("a.txt", 0))])))
        .down(&other(frame(&[say(5, 4, 0, created(2))])))
        .down(&frame(&[say(5, 3, 0, created(1))]))
        .up(&other(frame(&[ask(9, 5, write(id(2), b"x"))])))
        .down(&other(frame(&[say(9, 5, 0, written(1))])))
        // The first one logs off: what it had open is closed.
        .up(&frame(&[ask(2, 6, vec![4, 0, 0, 0])]))
        .down(&frame(&[say(2, 6, 0, vec![4, 0, 0, 0])]))
        .finish();
    clean(&said);
    let files = of(&said, "smb_file");
    assert_eq!(files.len(), 2);
    let brief = |at: usize| {
        let details: &serde_json::Value = &files[at]["details"];
        (details["share"].clone(), details["bytes_written"].clone())
    };
    assert_eq!(brief(0), (json!("one"), json!(0)));
    assert_eq!(brief(1), (json!("two"), json!(1)));
}

#[test]
fn a_chain_is_bounded() {
    let mut messages: Vec<_> = (0..400).map(|number| ask(13, number, vec![4, 0, 0, 0])).collect();
    messages.push(ask(13, 400, vec![4, 0, 0, 0]));
    let said = Conversation::tcp(445).up(&frame(&messages)).finish();
    assert_eq!(said.out.counters.limits(), [("smb.chain", 1)]);
    assert_eq!(names(&said, "smb2").len(), 128);
}

#[test]
fn open_files_are_bounded() {
    let mut conversation = Conversation::tcp(445);
    for number in 0..1500 {
        conversation = conversation.up(&frame(&[ask(5, number, create("x", 0))]));
    }
    let said = conversation.finish();
    let limits: Vec<_> = said.out.counters.limits();
    assert_eq!(limits, [("smb.files", 476), ("smb.pending", 476)]);
    assert_eq!(of(&said, "smb_file").len(), 1500);
}

#[test]
fn a_pipe_is_no_file() {
    let said = opened("\\\\dc1\\IPC$", 2, "samr").finish();
    assert_eq!(of(&said, "smb_file").len(), 0);
}

/// C706 §12.6.4.4: SAMR is accepted, in NDR.
const BIND_ACK: &[u8] =
    b"\x05\0\x0c\x03\x10\0\0\0\x38\0\0\0\x01\0\0\0\xb8\x10\xb8\x10\x01\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0\
\x04\x5d\x88\x8a\xeb\x1c\xc9\x11\x9f\xe8\x08\0\x2b\x10\x48\x60\x02\0\0\0";

#[test]
fn what_was_read_without_a_request_is_of_the_only_pipe() {
    let read = frame(&[say(8, 4, 0, have_read(BIND_ACK))]);
    let said = opened("\\\\dc1\\IPC$", 2, "samr")
        .gap(Direction::Up, 117)
        .down(&read)
        .finish();
    assert_eq!(names(&said, "dcerpc"), ["bind_ack"]);
    let two = opened("\\\\dc1\\IPC$", 2, "samr")
        .up(&frame(&[ask(5, 3, create("lsarpc", 0x40))]))
        .down(&frame(&[say(5, 3, 0, created(8))]))
        .gap(Direction::Up, 117)
        .down(&read)
        .finish();
    assert!(names(&two, "dcerpc").is_empty());
}

#[test]
fn keep_alives_and_compressed_messages_pass() {
    let plain = frame(&[ask(9, 3, write(id(7), b""))]);
    let mut compressed = b"\xfcSMB".to_vec();
    compressed.extend(9000_u32.to_le_bytes());
    compressed.extend([2, 0, 0, 0]);
    compressed.extend(u32::try_from(plain.len() - 4).unwrap().to_le_bytes());
    compressed.extend(&plain[4..]);
    compressed.extend([0x77; 500]);
    let mut framed = u32::try_from(compressed.len()).unwrap().to_be_bytes().to_vec();
    framed.extend(compressed);
    let said = opened("\\\\dc1\\data", 1, "a.bin")
        .up(&[0x85, 0, 0, 0])
        .up(&framed)
        .finish();
    clean(&said);
    assert_eq!(names(&said, "smb2")[4..], ["compressed", "WRITE request"]);
}
