//! Conversations as they were recorded.

use serde_json::json;

use super::{clean, names, of, recorded, replay};
use crate::testing::Conversation;

#[test]
fn a_connection_moves_from_smb1_to_smb3_and_reads_a_file() {
    let said = replay("ntlm_read");
    clean(&said);
    assert_eq!(names(&said, "smb1"), ["NEGOTIATE request"]);
    let smb2 = names(&said, "smb2");
    assert_eq!(
        smb2[..6],
        [
            "NEGOTIATE response",
            "NEGOTIATE request",
            "NEGOTIATE response",
            "SESSION_SETUP request",
            "SESSION_SETUP response",
            "SESSION_SETUP request",
        ]
    );
    let session = of(&said, "smb_session");
    assert_eq!(session.len(), 1);
    assert_eq!(session[0]["outcome"], "success");
    assert_eq!(session[0]["observed"], json!({"account": "alice", "domain": "LAB"}));
    assert_eq!(
        session[0]["details"],
        json!({"dialect": "3.1.1", "offered_dialects": ["2.0.2", "2.1", "3.0", "3.0.2", "3.1.1"], "smb1_offered": true,
               "signing": "required", "client_signing": "enabled", "server_signing": "required",
               "signing_algorithm": "AES-GMAC", "cipher": "AES-128-GCM",
               "capabilities": ["DFS", "LEASING", "LARGE_MTU", "MULTI_CHANNEL"],
               "client_guid": "ac40d9c1-231e-4cf1-a84b-69296af5546d",
               "server_guid": "00316364-0000-0000-0000-000000000000", "encryption": false})
    );
    let logon = of(&said, "ntlm_authenticate");
    assert_eq!(logon.len(), 1);
    assert_eq!(logon[0]["carrier"], json!(["smb2"]));
    assert_eq!(logon[0]["action_type"], "LogonSuccess");
    let file = of(&said, "smb_file");
    assert_eq!(file.len(), 1);
    assert_eq!(file[0]["action_type"], "SMB file copy");
    assert_eq!(file[0]["observed"]["account"], "alice");
    assert_eq!(file[0]["observed"]["host"], "dc1.lab.example");
    let details = &file[0]["details"];
    assert_eq!(details["share"], "sysvol");
    assert_eq!(
        details["path"],
        "lab.example\\Policies\\{31B2F340-016D-11D2-945F-00C04FB984F9}\\GPT.INI"
    );
    assert_eq!(
        (&details["bytes_read"], &details["bytes_written"]),
        (&json!(20), &json!(0))
    );
}

#[test]
fn negotiation_shows_what_was_offered_and_chosen() {
    let said = replay("ntlm_read");
    let offer = said
        .messages
        .iter()
        .find(|message| message["message"] == "NEGOTIATE request" && message["protocol"] == "smb2")
        .unwrap();
    assert_eq!(offer["dialects"], json!(["2.0.2", "2.1", "3.0", "3.0.2", "3.1.1"]));
    assert_eq!(offer["preauth_hashes"], json!(["SHA-512"]));
    assert_eq!(offer["netname"], "dc1.lab.example");
    let chosen = said
        .messages
        .iter()
        .rfind(|message| message["message"] == "NEGOTIATE response")
        .unwrap();
    assert_eq!(chosen["dialect"], "3.1.1");
    assert_eq!(chosen["ciphers"], json!(["AES-128-GCM"]));
    assert_eq!(chosen["nt_status_name"], "STATUS_SUCCESS");
}

#[test]
fn a_refused_logon_says_why() {
    let said = replay("ntlm_unknown_user");
    clean(&said);
    let session = of(&said, "smb_session");
    assert_eq!(session.len(), 1);
    assert_eq!(session[0]["outcome"], "failure");
    assert_eq!(session[0]["status"]["name"], "STATUS_LOGON_FAILURE");
    let logon = of(&said, "ntlm_authenticate");
    assert_eq!(logon.len(), 1);
    assert_eq!(logon[0]["action_type"], "LogonFailed");
    assert_eq!(logon[0]["status"]["ntstatus"], 0xc000_006d_u32);
    assert_eq!(logon[0]["observed"]["account"], "nouser");
    // Asking for another leg is no failure.
    let legs: Vec<_> = said
        .messages
        .iter()
        .filter(|message| message["message"] == "SESSION_SETUP response")
        .map(|message| message["nt_status_name"].as_str().unwrap())
        .collect();
    assert_eq!(legs, ["STATUS_MORE_PROCESSING_REQUIRED", "STATUS_LOGON_FAILURE"]);
}

#[test]
fn an_encrypted_session_is_measured() {
    let said = replay("encrypted");
    clean(&said);
    let hidden = names(&said, "smb2").iter().filter(|name| **name == "encrypted").count();
    assert_eq!(hidden, 24);
    let opaque = of(&said, "smb_encrypted");
    assert_eq!(opaque.len(), 1);
    assert_eq!(opaque[0]["observed"]["account"], "alice");
    let details = &opaque[0]["details"];
    assert_eq!(
        (&details["bytes_up"], &details["bytes_down"]),
        (&json!(1941), &json!(2054))
    );
    assert_eq!(said.out.counters.opaque_bytes(), [("smb encrypted", 1941 + 2054)]);
}

#[test]
fn an_smb1_session_without_spnego_is_a_logon() {
    let said = replay("smb1_ntlmv1");
    clean(&said);
    assert_eq!(names(&said, "smb2"), [""; 0]);
    assert_eq!(
        names(&said, "smb1")[..6],
        [
            "NEGOTIATE request",
            "NEGOTIATE response",
            "SESSION_SETUP_ANDX request",
            "SESSION_SETUP_ANDX response",
            "TREE_CONNECT_ANDX request",
            "TREE_CONNECT_ANDX response",
        ]
    );
    let logon = of(&said, "ntlm_authenticate");
    assert_eq!(logon.len(), 1);
    assert_eq!(logon[0]["observed"]["account"], "alice");
    assert_eq!(logon[0]["details"]["version"], 1);
    assert_eq!(logon[0]["outcome"], "success");
    let session = of(&said, "smb_session");
    assert_eq!(session[0]["protocol"], "smb1");
    assert_eq!(session[0]["details"]["dialect"], "NT LANMAN 1.0");
    assert_eq!(session[0]["details"]["client_lan_manager"], "Samba");
    // The responses themselves stay where they are.
    assert!(said.messages.iter().all(|message| message.get("nt_response").is_none()));
}

#[test]
fn a_netbios_session_names_its_ends() {
    let said = recorded("port139")
        .iter()
        .fold(Conversation::tcp(139), |conversation, (direction, bytes)| {
            conversation.cut(*direction, bytes, usize::MAX)
        })
        .finish();
    clean(&said);
    let session = of(&said, "smb_session");
    assert_eq!(session[0]["details"]["called_name"], "DC1.LAB.EXAMPLE");
    assert_eq!(session[0]["details"]["calling_name"], "CLIENT");
    assert_eq!(session[0]["observed"]["workstation"], "CLIENT");
    assert_eq!(of(&said, "ntlm_authenticate").len(), 1);
}

#[test]
fn a_pipe_carries_rpc() {
    let said = replay("pipe_samr");
    clean(&said);
    let rpc: Vec<_> = said
        .messages
        .iter()
        .filter(|message| message["protocol"] == "dcerpc")
        .collect();
    assert_eq!(rpc.len(), 16);
    assert!(
        rpc.iter()
            .all(|message| message["carrier"] == json!(["smb2", "pipe:samr"]))
    );
    // What lies on IPC$ is no file.
    assert_eq!(of(&said, "smb_file").len(), 0);
}

#[test]
fn any_port_will_do() {
    let segments = recorded("ntlm_read");
    let said = segments
        .iter()
        .fold(Conversation::tcp(4445), |conversation, (direction, bytes)| {
            conversation.cut(*direction, bytes, usize::MAX)
        })
        .finish();
    assert_eq!(of(&said, "smb_session").len(), 1);
}
