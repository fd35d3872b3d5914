//! SMB1 written by hand: chains, transactions in pieces, the words of DOS, and what must not get out.

use serde_json::json;

use super::{clean, names, of};
use crate::testing::{Conversation, Said};

const TID: u16 = 3;
const UID: u16 = 100;
const REPLY: u8 = 0x80;
const ACCESS_DENIED: u32 = 0xc000_0022;

/// One message behind its length: what lies behind the header is `body`.
fn frame(command: u8, reply: bool, status: u32, mid: u16, body: &[u8]) -> Vec<u8> {
    let mut message = b"\xffSMB".to_vec();
    message.push(command);
    message.extend(status.to_le_bytes());
    message.push(if reply { REPLY } else { 0 });
    // NTSTATUS, and strings as bytes.
    message.extend(0x4000_u16.to_le_bytes());
    message.extend([0; 12]);
    for word in [TID, 7, UID, mid] {
        message.extend(word.to_le_bytes());
    }
    message.extend(body);
    let mut framed = u32::try_from(message.len()).unwrap().to_be_bytes().to_vec();
    framed.extend(message);
    framed
}

fn ask(command: u8, mid: u16, body: &[u8]) -> Vec<u8> {
    frame(command, false, 0, mid, body)
}

fn say(command: u8, mid: u16, body: &[u8]) -> Vec<u8> {
    frame(command, true, 0, mid, body)
}

fn refuse(command: u8, mid: u16) -> Vec<u8> {
    frame(command, true, ACCESS_DENIED, mid, &[0, 0, 0])
}

/// Words and bytes, each behind its count.
fn block(words: &[u16], bytes: &[u8]) -> Vec<u8> {
    let mut block = vec![u8::try_from(words.len()).unwrap()];
    block.extend(words.iter().flat_map(|word| word.to_le_bytes()));
    block.extend(u16::try_from(bytes.len()).unwrap().to_le_bytes());
    block.extend(bytes);
    block
}

/// A connection with the share `data`.
fn connected() -> Conversation {
    let connect = block(&[0xff, 0, 0, 1], b"\0\\\\dc1\\data\0?????\0");
    Conversation::tcp(445)
        .up(&ask(0x75, 1, &connect))
        .down(&say(0x75, 1, &block(&[0xff, 0, 1], b"A:\0NTFS\0")))
}

/// TRANSACTION2 whose parameters and data follow each other.
fn transaction2(function: u16, parameters: &[u8], data: &[u8]) -> Vec<u8> {
    transaction2_part(function, parameters, data, parameters.len(), data.len())
}

fn transaction2_part(function: u16, parameters: &[u8], data: &[u8], all: usize, all_data: usize) -> Vec<u8> {
    let number = |length: usize| u16::try_from(length).unwrap();
    let at = 32 + 1 + 30 + 2 + 3;
    let words = [
        number(all),
        number(all_data),
        10,
        1000,
        0,
        0,
        0,
        0,
        0,
        number(parameters.len()),
        number(at),
        number(data.len()),
        number(at + parameters.len()),
        1,
        function,
    ];
    block(&words, &[&[0; 3], parameters, data].concat())
}

/// Its answer.
fn transacted(parameters: &[u8]) -> Vec<u8> {
    let number = u16::try_from(parameters.len()).unwrap();
    let at = 32 + 1 + 20 + 2;
    block(&[number, 0, 0, number, at, 0, 0, at + number, 0, 0], parameters)
}

fn details(said: &Said) -> Vec<serde_json::Value> {
    of(said, "smb_file")
        .iter()
        .map(|file| file["details"].clone())
        .collect()
}

#[test]
fn deleting_and_renaming_by_path_are_told() {
    let said = connected()
        .up(&ask(0x06, 2, &block(&[6], b"\x04\\a.txt\0")))
        .down(&say(0x06, 2, &block(&[], b"")))
        .up(&ask(0x07, 3, &block(&[6], b"\x04\\b.doc\0\x04\\b.locked\0")))
        .down(&say(0x07, 3, &block(&[], b"")))
        .up(&ask(0x01, 4, &block(&[], b"\x04\\folder\0")))
        .down(&refuse(0x01, 4))
        .up(&ask(0x06, 5, &block(&[6], b"\x04\\never.txt\0")))
        .finish();
    clean(&said);
    assert_eq!(
        details(&said),
        [
            json!({"share": "data", "path": "\\a.txt", "operation": "delete", "deleted": true}),
            json!({"share": "data", "path": "\\b.doc", "operation": "rename", "renamed_to": "\\b.locked"}),
            json!({"share": "data", "path": "\\folder", "operation": "delete_directory"}),
            json!({"share": "data", "path": "\\never.txt", "operation": "delete"}),
        ]
    );
    let outcomes: Vec<_> = of(&said, "smb_file")
        .iter()
        .map(|file| file["outcome"].clone())
        .collect();
    assert_eq!(outcomes, ["success", "success", "failure", "unknown"]);
}

#[test]
fn the_words_of_dos_open_read_and_write() {
    let open = block(&[0xff, 0, 0, 2, 0, 0, 0, 0, 0x12, 0, 0, 0, 0, 0, 0], b"\\put.exe\0");
    let opened = block(&[0xff, 0, 9, 0, 0, 0, 10, 0, 2, 0, 0, 2, 0, 0, 0], b"");
    let write = block(&[9, 4, 0, 0, 0], b"\x01\x04\0MZ\x90\0");
    let read = block(&[9, 3, 0, 0, 0], b"");
    let said = connected()
        .up(&ask(0x2d, 2, &open))
        .down(&say(0x2d, 2, &opened))
        .up(&ask(0x0b, 3, &write))
        .down(&say(0x0b, 3, &block(&[4], b"")))
        .up(&ask(0x0a, 4, &read))
        .down(&say(0x0a, 4, &block(&[3, 0, 0, 0, 0], b"\x01\x03\0abc")))
        .up(&ask(0x04, 5, &block(&[9, 0, 0], b"")))
        .down(&say(0x04, 5, &block(&[], b"")))
        .finish();
    clean(&said);
    let file = &details(&said)[0];
    assert_eq!(file["path"], "\\put.exe");
    assert_eq!(file["disposition_name"], "FILE_OVERWRITE_IF");
    assert_eq!(file["create_action_name"], "FILE_CREATED");
    assert_eq!((&file["bytes_read"], &file["bytes_written"]), (&json!(3), &json!(4)));
    assert_eq!(of(&said, "smb_file")[0]["action_type"], "SMB file copy");
}

#[test]
fn a_chain_reads_what_it_opens() {
    // OPEN_ANDX, and READ_ANDX behind it, of the file that the first one opens.
    let mut open = block(&[0x2e, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0], b"\\a.txt\0");
    let next = u16::try_from(32 + open.len()).unwrap().to_le_bytes();
    open[3..5].copy_from_slice(&next);
    open.extend(block(&[0xff, 0, 0xffff, 0, 0, 100, 100, 0, 0, 0], b""));
    let mut opened = block(&[0x2e, 0, 9, 0, 0, 0, 5, 0, 0, 0, 0, 1, 0, 0, 0], b"");
    let next = u16::try_from(32 + opened.len()).unwrap();
    opened[3..5].copy_from_slice(&next.to_le_bytes());
    opened.extend(block(&[0xff, 0, 0, 0, 0, 5, next + 27, 0, 0, 0, 0, 0], b"hello"));
    let said = connected()
        .up(&ask(0x2d, 2, &open))
        .down(&say(0x2d, 2, &opened))
        .finish();
    clean(&said);
    assert_eq!(said.messages[2]["andx"], json!(["READ_ANDX"]));
    let files = details(&said);
    assert_eq!(files.len(), 1);
    assert_eq!(files[0]["bytes_read"], 5);
}

#[test]
fn transactions_tell_paths_searches_and_changes() {
    let find = [&[0x16, 0, 1, 0, 6, 0, 4, 1, 0, 0, 0, 0][..], b"\\*.kdbx\0"].concat();
    let query = [&[7, 1, 0, 0, 0, 0][..], b"\\secret.txt\0"].concat();
    let set = [&[0x04, 1, 0, 0, 0, 0][..], b"\\log.txt\0"].concat();
    let referral = [&[4, 0][..], &super::written::utf16("\\lab\\sysvol\0")].concat();
    let said = connected()
        .up(&ask(0x32, 2, &transaction2(1, &find, b"")))
        .down(&say(0x32, 2, &transacted(&[0; 10])))
        .up(&ask(0x32, 3, &transaction2(5, &query, b"")))
        .down(&refuse(0x32, 3))
        .up(&ask(0x32, 4, &transaction2(6, &set, &0_u64.to_le_bytes())))
        .down(&say(0x32, 4, &transacted(&[0; 2])))
        .up(&ask(0x32, 5, &transaction2(0x10, &referral, b"")))
        .finish();
    clean(&said);
    assert_eq!(
        details(&said),
        [
            json!({"share": "data", "path": "\\*.kdbx", "operation": "search"}),
            json!({"share": "data", "path": "\\secret.txt", "operation": "query_path"}),
            json!({"share": "data", "path": "\\log.txt", "operation": "set_path", "end_of_file": 0}),
        ]
    );
    let functions: Vec<_> = said
        .messages
        .iter()
        .filter_map(|message| message["function"].as_str())
        .collect();
    assert_eq!(
        functions,
        [
            "TRANS2_FIND_FIRST2",
            "TRANS2_QUERY_PATH_INFORMATION",
            "TRANS2_SET_PATH_INFORMATION",
            "TRANS2_GET_DFS_REFERRAL"
        ]
    );
    assert_eq!(said.messages.last().unwrap()["path"], "\\lab\\sysvol");
}

#[test]
fn a_transaction_in_pieces_is_put_together() {
    let query = [&[7, 1, 0, 0, 0, 0][..], b"\\long\\secret.txt\0"].concat();
    let (front, back) = query.split_at(10);
    let first = transaction2_part(5, front, b"", query.len(), 0);
    let number = |length: usize| u16::try_from(length).unwrap();
    let at = 32 + 1 + 18 + 2;
    let words = [number(query.len()), 0, number(back.len()), at, 10, 0, 0, 0, 0xffff];
    let said = connected()
        .up(&ask(0x32, 2, &first))
        .down(&say(0x32, 2, &block(&[], b"")))
        .up(&ask(0x33, 2, &block(&words, back)))
        .down(&say(0x32, 2, &transacted(&[0; 2])))
        .finish();
    clean(&said);
    assert_eq!(
        details(&said),
        [json!({"share": "data", "path": "\\long\\secret.txt", "operation": "query_path"})]
    );
    assert_eq!(of(&said, "smb_file")[0]["outcome"], "success");
}

#[test]
fn transactions_that_lie_about_their_size_are_bounded() {
    let mut conversation = connected();
    // Everyone promises 65,535 bytes of parameters, and brings none.
    for mid in 2..40 {
        conversation = conversation.up(&ask(0x32, mid, &transaction2_part(5, b"", b"", 0xffff, 0xffff)));
    }
    // A part that belongs where no part can be.
    let number = 4000;
    let words = [0xffff, 0xffff, number, 53, 0xffff, 0, 0, 0, 0];
    let said = conversation
        .up(&ask(0x33, 39, &block(&words, &[b'x'; 4000])))
        .wait(31)
        .finish();
    assert_eq!(
        said.out.counters.limits(),
        [
            ("smb1.transaction_cut", 8),
            ("smb1.transaction_size", 1),
            ("smb1.transactions", 30)
        ]
    );
    assert_eq!(said.out.counters.malformed(), []);
}

#[test]
fn a_chain_that_bites_its_tail_ends() {
    // LOGOFF_ANDX whose next command is at its own place, and one with as many as fit.
    let looped = block(&[0x74, 32], b"");
    let mut long = Vec::new();
    for number in 1..40_u16 {
        long.extend(block(&[0x74, 32 + 7 * number], b""));
    }
    let said = Conversation::tcp(445)
        .up(&ask(0x74, 2, &looped))
        .up(&ask(0x74, 3, &long))
        .finish();
    assert_eq!(said.out.counters.malformed(), []);
    assert_eq!(said.out.counters.limits(), [("smb1.chain", 1)]);
    assert_eq!(names(&said, "smb1"), ["LOGOFF_ANDX request"; 2]);
}

#[test]
fn damage_in_a_chain_leaves_what_stands_before_it() {
    let mut chain = block(&[0x75, 0, 0, 0, 0, 0, 0, 0, 0, 0], b"");
    chain[3..5].copy_from_slice(&5000_u16.to_le_bytes());
    let said = Conversation::tcp(445).up(&ask(0x73, 2, &chain)).finish();
    assert_eq!(names(&said, "smb1"), ["SESSION_SETUP_ANDX request", "malformed"]);
}

#[test]
fn passwords_go_no_further() {
    let mut negotiated = vec![17, 0, 0, 0x01];
    negotiated.resize(35, 0);
    negotiated.extend([0, 0]);
    let setup = block(
        &[0xff, 0, 4356, 50, 0, 0, 0, 12, 12, 0, 0, 0, 0],
        b"S3cret-WordsS3cret-Wordsalice\0LAB\0Unix\0Samba\0",
    );
    let said = Conversation::tcp(445)
        .up(&ask(0x72, 1, &block(&[], b"\x02NT LM 0.12\0")))
        .down(&say(0x72, 1, &negotiated))
        .up(&ask(0x73, 2, &setup))
        .down(&say(0x73, 2, &block(&[0xff, 0, 0], b"Unix\0Samba\0LAB\0")))
        .up(&ask(
            0x70,
            3,
            &block(&[], b"\x04\\\\dc1\\old\0\x04S3cret-Words\0\x04?????\0"),
        ))
        .down(&say(0x70, 3, &block(&[4356, 8], b"")))
        .finish();
    let all = format!("{:?}{:?}", said.messages, said.activities);
    assert!(!all.contains("S3cret"), "{all}");
    let session = of(&said, "smb_session")[0].clone();
    assert_eq!(session["details"]["cleartext_password"], true);
    assert_eq!(session["details"]["dialect"], "NT LM 0.12");
    assert_eq!(session["details"]["smb1_offered"], true);
    assert_eq!(session["observed"]["account"], "alice");
}

#[test]
fn a_negotiation_of_smb1_alone_is_told() {
    let said = Conversation::tcp(445)
        .up(&ask(0x72, 1, &block(&[], b"\x02LANMAN1.0\0\x02NT LM 0.12\0")))
        .finish();
    clean(&said);
    let session = of(&said, "smb_session")[0].clone();
    assert_eq!(session["protocol"], "smb1");
    assert_eq!(
        session["details"],
        json!({"negotiation_only": true, "smb1_offered": true})
    );
}
