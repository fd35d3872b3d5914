//! Calls of real clients.

use serde_json::json;

use crate::dcerpc::tests::{LITTLE, SAMR};
use crate::testing::{Conversation, unhex};

/// `rpcclient -c 'samlookupnames domain alice bob'`, stubs as they were on the wire.
#[test]
fn a_client_looks_up_names() {
    let handle = "00000000 0100000000000000 1c6a0300 95060000";
    let said = Conversation::tcp(49_155)
        .up(&LITTLE.bind(11, 1, 0, SAMR, None))
        .down(&LITTLE.ack(12, 1, None))
        .up(&LITTLE.request(
            3,
            2,
            0,
            17,
            &unhex(&format!(
                "{handle} 02000000 e8030000 00000000 02000000 0a000a0000000200 0600060004000200
                 05000000 00000000 05000000 61006c00690063006500 0000 03000000 00000000 03000000 62006f006200"
            )),
        ))
        .down(&LITTLE.response(
            3,
            2,
            0,
            &unhex(
                "02000000 00000200 02000000 51040000 52040000 02000000 04000200 02000000 01000000 01000000 00000000",
            ),
        ))
        .finish();
    let [activity] = said.activities.as_slice() else {
        panic!("{:?}", said.activities)
    };
    assert_eq!(activity["kind"], "samr_query");
    assert_eq!(activity["action_type"], "SAMR query");
    assert_eq!(activity["outcome"], "success");
    assert_eq!(activity["status"]["name"], "STATUS_SUCCESS");
    assert_eq!(activity["details"]["names"], json!(["alice", "bob"]));
    assert_eq!(activity["details"]["rids"], json!([0x451, 0x452]));
    assert_eq!(activity["details"]["name_uses"], json!([1, 1]));
}
