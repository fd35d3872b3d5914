//! Calls of real clients, PDU by PDU (`>` to the server, `<` back; encrypted passwords blanked), and calls written by hand.

use serde_json::{Value, json};

use crate::dcerpc::stubs::testing::{Stub, Talk};
use crate::dcerpc::tests::SAMR;
use crate::testing::{Conversation, unhex};

const USER_ADD: &str = include_str!("vectors/user_add.hex");
const USER_DELETE: &str = include_str!("vectors/user_delete.hex");
const DISPLAY_USERS: &str = include_str!("vectors/display_users.hex");

/// What a recorded conversation says of operation `name`.
fn recorded(vector: &str, name: &str) -> Value {
    let mut conversation = Conversation::tcp(49_155);
    for line in vector.lines() {
        let (direction, pdu) = line.split_once(' ').unwrap();
        conversation = match direction {
            ">" => conversation.up(&unhex(pdu)),
            _ => conversation.down(&unhex(pdu)),
        };
    }
    let said = conversation.finish();
    assert_eq!(said.out.counters.malformed(), []);
    let mut named = said
        .activities
        .into_iter()
        .filter(|call| call["details"]["operation"] == name);
    named.next().unwrap()
}

const ACCOUNT: &str = "S-1-5-21-2822033801-3597859766-591869691-1127";

#[test]
fn an_account_is_created() {
    let call = recorded(USER_ADD, "SamrCreateUser2InDomain");
    assert_eq!(
        (&call["kind"], &call["action_type"]),
        (&json!("samr_query"), &json!("Security Principal created"))
    );
    assert_eq!(
        call["observed"],
        json!({"target_account": "tmpuser1", "target_domain": "LAB", "sid": ACCOUNT})
    );
    assert_eq!(call["details"]["account_type_name"], "USER_NORMAL_ACCOUNT");
    assert_eq!(
        (&call["details"]["rid"], &call["details"]["domain"]),
        (&json!(1127), &json!("LAB"))
    );
}

#[test]
fn its_password_is_set() {
    let call = recorded(USER_ADD, "SamrSetInformationUser2");
    assert_eq!(
        (&call["kind"], &call["action_type"]),
        (&json!("password_change"), &json!("Account Password changed"))
    );
    assert_eq!(call["observed"]["target_account"], "tmpuser1");
    assert_eq!(
        call["details"]["changed"],
        json!(["NtPassword", "UserName", "UserAccountControl"])
    );
    assert_eq!(call["details"]["user_name"], "tmpuser1");
    assert_eq!(call["details"]["information_level_name"], "UserInternal4InformationNew");
    assert_eq!(
        (&call["outcome"], &call["status"]["name"]),
        (&json!("success"), &json!("STATUS_SUCCESS"))
    );
}

#[test]
fn it_is_asked_about() {
    let call = recorded(USER_ADD, "SamrQueryInformationUser");
    assert_eq!(
        call["details"]["account_control_names"],
        json!([
            "USER_ACCOUNT_DISABLED",
            "USER_PASSWORD_NOT_REQUIRED",
            "USER_NORMAL_ACCOUNT",
            "USER_PASSWORD_EXPIRED"
        ])
    );
    let call = recorded(USER_ADD, "SamrGetUserDomainPasswordInformation");
    assert_eq!(call["details"]["min_password_length"], 7);
    let call = recorded(USER_ADD, "SamrCloseHandle");
    assert_eq!((&call["kind"], &call["observed"]), (&json!("rpc_call"), &Value::Null));
}

#[test]
fn it_is_deleted() {
    let call = recorded(USER_DELETE, "SamrDeleteUser");
    assert_eq!(call["action_type"], "Security Principal deleted changed");
    assert_eq!(call["observed"]["sid"], ACCOUNT);
    let call = recorded(USER_DELETE, "SamrRemoveMemberFromForeignDomain");
    assert_eq!(call["action_type"], "Group Membership changed");
    assert_eq!(call["details"]["member"], "tmpuser1");
}

#[test]
fn users_are_displayed() {
    let call = recorded(DISPLAY_USERS, "SamrQueryDisplayInformation");
    assert_eq!(call["details"]["information_level_name"], "DomainDisplayUser");
    assert_eq!(call["details"]["count"], 19);
    assert_eq!(call["details"]["names"].as_array().map(Vec::len), Some(19));
    assert_eq!(
        (&call["details"]["names"][13], &call["details"]["rids"][13]),
        (&json!("Administrator"), &json!(500))
    );
}

const DOMAIN: [u8; 20] = [1; 20];
const GROUP: [u8; 20] = [2; 20];

/// A client that opened S-1-5-21-1-2-3, whose Domain Admins it found, and the handle of that group.
fn opened(wide: bool) -> Talk {
    let sid = Stub::new(wide)
        .raw(&[0; 20])
        .u32(0)
        .size(4)
        .align(4)
        .octets(&unhex("0104000000000005"));
    let open = [21, 1, 2, 3].into_iter().fold(sid, Stub::u32).done();
    let name = Stub::new(wide).raw(&DOMAIN).u32(1).size(1000).size(0).size(1);
    let name = name.counted("Domain Admins").characters("Domain Admins").done();
    let one = |stub: Stub, value| stub.structure().u32(1).pointer().size(1).u32(value);
    let found = one(one(Stub::new(wide), 512), 2).u32(0).done();
    let handle = |handle: [u8; 20]| Stub::new(wide).octets(&handle).u32(0).done();
    Talk::new(SAMR, wide)
        .call(7, &open, &handle(DOMAIN))
        .call(17, &name, &found)
        .call(19, &Stub::new(wide).raw(&DOMAIN).u32(0).u32(512).done(), &handle(GROUP))
}

#[test]
fn a_group_is_known_by_its_handle() {
    for wide in [false, true] {
        let add = Stub::new(wide).raw(&GROUP).u32(1103).u32(7).done();
        let members = Stub::new(wide).pointer().structure().u32(2).pointer().pointer();
        let members = members.size(2).u32(500).u32(512).size(2).u32(7).u32(7).u32(0).done();
        let said = opened(wide).call(22, &add, &[0; 4]).call(25, &GROUP, &members).finish();
        assert_eq!(said.out.counters.malformed(), []);
        let (add, members) = (&said.activities[3], &said.activities[4]);
        assert_eq!(add["action_type"], "Group Membership changed");
        assert_eq!(
            add["observed"],
            json!({"target_account": "Domain Admins", "sid": "S-1-5-21-1-2-3-512"})
        );
        assert_eq!(add["details"]["group"], "Domain Admins");
        assert_eq!(add["details"]["member_sid"], "S-1-5-21-1-2-3-1103");
        assert_eq!(members["details"]["member_rids"], json!([500, 512]));
        assert_eq!(members["details"]["names"], json!(["Domain Admins"]));
    }
}

#[test]
fn a_level_tells_a_password_from_a_flag() {
    for (level, kind, action) in [
        (16, "samr_query", "Account Disabled changed"),
        (24, "password_change", "Account Password changed"),
        (26, "password_change", "Account Password changed"),
        (31, "password_change", "Account Password changed"),
    ] {
        for wide in [false, true] {
            let set = Stub::new(wide)
                .raw(&GROUP)
                .enumeration(level)
                .pad64(8)
                .enumeration(level)
                .pad64(8);
            let call = Talk::new(SAMR, wide).call(37, &set.u32(0x211).done(), &[0; 4]).only();
            assert_eq!(
                (&call["kind"], &call["action_type"]),
                (&json!(kind), &json!(action)),
                "{level}"
            );
        }
    }
}

#[test]
fn a_password_change_names_its_account() {
    for wide in [false, true] {
        let change = Stub::new(wide).pointer().counted("\\\\DC1").characters("\\\\DC1");
        let change = change.counted("carol").characters("carol").null().done();
        let call = Talk::new(SAMR, wide).call(55, &change, &unhex("6a0000c0")).only();
        assert_eq!(call["kind"], "password_change");
        assert_eq!(call["observed"]["target_account"], "carol");
        assert_eq!(
            (&call["outcome"], &call["status"]["name"]),
            (&json!("failure"), &json!("STATUS_WRONG_PASSWORD"))
        );
        assert_eq!(call["details"]["method"], "samr_change");
    }
}

#[test]
fn a_sealed_password_change_is_still_one() {
    let said = Talk::new(SAMR, false).sealed(73, &[0; 600], &[0; 4]).finish();
    let change = said
        .activities
        .iter()
        .find(|activity| activity["kind"] == "password_change")
        .unwrap();
    assert_eq!(
        (&change["details"]["sealed"], &change["outcome"]),
        (&json!(true), &json!("unknown"))
    );
}

/// A call of `opnum` on some handle, with what follows the handle.
fn ask(wide: bool, opnum: u16, rest: impl FnOnce(Stub) -> Stub, answer: Stub) -> Value {
    let request = rest(Stub::new(wide).raw(&[7; 20])).done();
    Talk::new(SAMR, wide).call(opnum, &request, &answer.done()).only()
}

#[test]
fn groups_and_aliases_say_what_they_are() {
    for wide in [false, true] {
        let of = |stub: Stub, class: u16| stub.pad64(8).enumeration(class).pad64(8);
        let group = |stub: Stub| {
            let stub = of(stub, 1).counted("Domain Admins").u32(7).u32(3).counted("all may");
            stub.characters("Domain Admins").characters("all may")
        };
        for call in [
            ask(
                wide,
                20,
                |stub| stub.enumeration(1),
                group(Stub::new(wide).pointer()).u32(0),
            ),
            ask(wide, 21, |stub| group(stub.enumeration(1)), Stub::new(wide).u32(0)),
        ] {
            let details = &call["details"];
            assert_eq!(
                (&details["group"], &details["comment"]),
                (&json!("Domain Admins"), &json!("all may")),
                "{wide}"
            );
            assert_eq!(
                (&details["member_count"], &details["attributes"]),
                (&json!(3), &json!(7))
            );
            assert_eq!(details["information_level_name"], "GroupGeneralInformation");
        }
        let alias = of(Stub::new(wide).pointer(), 1)
            .counted("Administrators")
            .u32(2)
            .counted("local");
        let alias = alias.characters("Administrators").characters("local").u32(0);
        let details = &ask(wide, 28, |stub| stub.enumeration(1), alias)["details"];
        assert_eq!(
            (&details["alias"], &details["member_count"]),
            (&json!("Administrators"), &json!(2))
        );
        let rename = |stub: Stub| of(stub.enumeration(2), 2).counted("Admins").characters("Admins");
        let details = &ask(wide, 29, rename, Stub::new(wide).u32(0))["details"];
        assert_eq!(
            (&details["alias"], &details["information_level_name"]),
            (&json!("Admins"), &json!("AliasNameInformation"))
        );
    }
}

#[test]
fn the_newest_operations_are_read() {
    for wide in [false, true] {
        let sid = |stub: Stub| stub.sid(&[32, 544]);
        let call = ask(wide, 74, sid, Stub::new(wide).u32(1).u32(0));
        assert_eq!(call["observed"]["sid"], "S-1-5-32-544");
        assert_eq!(call["details"]["reuse_allowed"], true);
        let name = |stub: Stub| stub.counted("svc$").characters("svc$");
        let call = ask(wide, 77, name, Stub::new(wide).octets(&[1, 0]).u32(0));
        assert_eq!(call["observed"]["target_account"], "svc$");
        assert_eq!(
            (&call["details"]["managed_account"], &call["details"]["authorized"]),
            (&json!(true), &json!(false))
        );
    }
}
