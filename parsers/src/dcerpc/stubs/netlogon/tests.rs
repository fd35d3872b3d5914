//! Calls of real clients, of real attacks, and of servers that pass logons through.

use serde_json::{Value, json};

use crate::dcerpc::stubs::testing::{Stub, Talk};
use crate::testing::unhex;

const NETLOGON: &str = "12345678-1234-abcd-ef00-01234567cffb";

/// One call in NDR20, stubs as they were on the wire.
fn call(opnum: u16, request: &str, response: &str) -> Value {
    Talk::new(NETLOGON, false)
        .call(opnum, &unhex(request), &unhex(response))
        .only()
}

/// A member that joined a domain: NetrServerReqChallenge, NetrServerAuthenticate3.
#[test]
fn a_member_sets_its_channel_up() {
    let server = "00000200 12000000 00000000 12000000
        5c005c006400630031002e006c00610062002e006500780061006d0070006c0065000000";
    let challenge = call(
        4,
        &format!("{server} 05000000 00000000 05000000 53005200560031000000 eee693334d588ff1"),
        "dff8e7d04ac1d06c 00000000",
    );
    assert_eq!(
        (&challenge["kind"], &challenge["outcome"]),
        (&json!("netlogon"), &json!("success"))
    );
    assert_eq!(challenge["details"]["computer"], "SRV1");
    assert_eq!(challenge["details"]["logon_server"], r"\\dc1.lab.example");
    assert_eq!(challenge["details"].get("all_zero_credential"), None);
    let authenticated = call(
        26,
        &format!(
            "{server} 06000000 00000000 06000000 530052005600310024000000 0200 0000 05000000 00000000 05000000
             53005200560031000000 37c9575d726650c4 0000 ffff0f61"
        ),
        "0633d2af88076fd7 ffff0f61 64040000 00000000",
    );
    let details = &authenticated["details"];
    assert_eq!(details["computer_account"], "SRV1$");
    assert_eq!(details["channel_type_name"], "WorkstationSecureChannel");
    assert_eq!(details["negotiate_flags"], 0x610f_ffff);
    assert_eq!(
        details["channel_protection"],
        json!(["rc4", "strong_keys", "aes", "kerberos", "secure_rpc"])
    );
    assert_eq!(
        (&details["negotiated_flags"], &details["rid"]),
        (&json!(0x610f_ffff), &json!(0x464))
    );
    assert_eq!(authenticated["observed"]["target_account"], "SRV1$");
    assert_eq!(authenticated["status"]["ntstatus_name"], "STATUS_SUCCESS");
}

/// CVE-2020-1472 against a controller: a credential of zeros, guessed until it fits, and a password of zeros.
#[test]
fn zerologon_has_a_credential_of_zeros() {
    let server = "f1850000 0c000000 00000000 0c000000 5c005c004200410053002d00410044002d00300032000000";
    let computer = "0a000000 00000000 0a000000 4200410053002d00410044002d00300032000000";
    let account =
        format!("{server} 0b000000 00000000 0b000000 4200410053002d00410044002d003000320024000000 0600 {computer}");
    let challenge = call(
        4,
        &format!("{server} {computer} 0000000000000000"),
        "f6aa9c17a9a72103 00000000",
    );
    assert_eq!(challenge["details"]["all_zero_credential"], true);
    let refused = call(
        26,
        &format!("{account} 0000000000000000 ffff2f21"),
        "0000000000000000 ffff2f21 00000000 220000c0",
    );
    assert_eq!(refused["details"]["all_zero_credential"], true);
    assert_eq!(refused["details"]["channel_type_name"], "ServerSecureChannel");
    assert_eq!(refused["details"]["negotiate_flags"], 0x212f_ffff);
    assert_eq!(
        (&refused["outcome"], &refused["status"]["ntstatus_name"]),
        (&json!("failure"), &json!("STATUS_ACCESS_DENIED"))
    );
    let zeros = "00".repeat(12 + 516);
    let set = call(30, &format!("{account} {zeros}"), "015d3e901fbab65a 00000000 00000000");
    assert_eq!(
        (&set["kind"], &set["action_type"]),
        (&json!("password_change"), &json!("Account Password changed"))
    );
    assert_eq!(set["details"]["method"], "netlogon");
    assert_eq!(set["details"]["all_zero_credential"], true);
    assert_eq!(set["details"]["all_zero_password"], true);
    assert_eq!(set["observed"]["target_account"], "BAS-AD-02$");
    assert_eq!(set["outcome"], "success");
}

/// mimikatz: NetrServerAuthenticate2, and no name of a server.
#[test]
fn an_older_authentication_has_no_rid() {
    let activity = call(
        15,
        "00000000 0a000000 00000000 0a000000 4d004f00520044004f0052004400430024000000 0600 0000
         09000000 00000000 09000000 6d0069006d0069006b00610074007a000000 0000000000000000 0000 ffff2f21",
        "0000000000000000 ffff2f21 220000c0",
    );
    assert_eq!(activity["details"]["computer_account"], "MORDORDC$");
    assert_eq!(activity["details"]["computer"], "mimikatz");
    assert_eq!(activity["details"]["all_zero_credential"], true);
    assert_eq!(activity["details"]["negotiated_flags"], 0x212f_ffff);
    assert_eq!(activity["details"].get("logon_server"), None);
}

#[test]
fn a_password_change_through_a_sealed_channel_is_told_as_one() {
    let activity = Talk::new(NETLOGON, false).sealed(30, &[9; 600], &[9; 16]).only();
    assert_eq!(activity["kind"], "password_change");
    assert_eq!(activity["details"]["method"], "netlogon");
    assert_eq!(activity["details"]["sealed"], true);
}

/// `rpcclient -c 'dsr_getdcname lab.example'`.
#[test]
fn a_controller_is_located() {
    let activity = call(
        20,
        "00000200 10000000 00000000 10000000 6400630031002e006c00610062002e006500780061006d0070006c0065000000
         04000200 0c000000 00000000 0c000000 6c00610062002e006500780061006d0070006c0065000000
         08000200 00000000000000000000000000000000 0c000200 00000000000000000000000000000000 00000040",
        "10000200 14000200 18000200 01000000 d85bb6dd6f724f4e88c9bc0979034c8d 1c000200 20000200 fd1300e0 24000200
         28000200 12000000 00000000 12000000 5c005c006400630031002e006c00610062002e006500780061006d0070006c0065000000
         0d000000 00000000 0d000000 5c005c00310030002e00370037002e0030002e00310030000000 0000
         0c000000 00000000 0c000000 6c00610062002e006500780061006d0070006c0065000000
         0c000000 00000000 0c000000 6c00610062002e006500780061006d0070006c0065000000
         18000000 00000000 18000000
         440065006600610075006c0074002d00460069007200730074002d0053006900740065002d004e0061006d0065000000
         18000000 00000000 18000000
         440065006600610075006c0074002d00460069007200730074002d0053006900740065002d004e0061006d0065000000 00000000",
    );
    let details = &activity["details"];
    assert_eq!(
        (&details["domain"], &details["flags"]),
        (&json!("lab.example"), &json!(0x4000_0000))
    );
    assert_eq!(details["controller"], "dc1.lab.example");
    assert_eq!(details["controller_address"], "10.77.0.10");
    assert_eq!(details["domain_guid"], "ddb65bd8-726f-4e4f-88c9-bc0979034c8d");
    assert_eq!(details["forest"], "lab.example");
    assert_eq!(details["controller_flags"], 0xe000_13fd_u32);
    assert_eq!(details["client_site"], "Default-First-Site-Name");
    assert_eq!(activity["status"]["name"], "ERROR_SUCCESS");
}

/// `rpcclient -c dsenumdomtrusts`.
#[test]
fn trusts_are_named() {
    let activity = call(
        40,
        "00000200 10000000 00000000 10000000 6400630031002e006c00610062002e006500780061006d0070006c0065000000 01000000",
        "01000000 04000200 01000000 08000200 0c000200 1d000000 00000000 02000000 00000000 10000200
         d85bb6dd6f724f4e88c9bc0979034c8d 04000000 00000000 04000000 4c00410042000000
         0c000000 00000000 0c000000 6c00610062002e006500780061006d0070006c0065000000
         04000000 010400000000000515000000 89d134a8b6fb72d6fb364723 00000000",
    );
    assert_eq!(activity["details"]["count"], 1);
    assert_eq!(
        activity["details"]["trusts"],
        json!([{
            "flags": 29, "type": 2, "attributes": 0, "netbios_name": "LAB", "dns_name": "lab.example",
            "sid": "S-1-5-21-2822033801-3597859766-591869691",
        }])
    );
}

/// The identity of a logon, and two responses of these lengths.
fn network_logon(stub: Stub, nt: usize) -> Stub {
    let response = |stub: Stub, size: usize| {
        let size = u32::try_from(size).unwrap();
        stub.size(size).size(0).size(size).raw(&vec![7; size as usize])
    };
    let length = |stub: Stub, size: usize| {
        let size = u16::try_from(size).unwrap();
        stub.structure().u16(size).u16(size).pointer()
    };
    let stub = stub
        .enumeration(2)
        .pad64(8)
        .enumeration(2)
        .pad64(8)
        .pointer()
        .structure();
    let stub = stub
        .counted("LAB")
        .u32(0x820)
        .u32(1)
        .u32(0)
        .counted("alice")
        .counted(r"\\WS1");
    let stub = length(length(stub.raw(&[8; 8]), nt), 24);
    let stub = stub.characters("LAB").characters("alice").characters(r"\\WS1");
    response(response(stub, nt), 24).enumeration(3)
}

#[test]
fn a_logon_that_is_passed_through_names_who_where_and_how() {
    for wide in [false, true] {
        for (nt, version) in [(24, 1), (180, 2)] {
            let ends = Stub::new(wide).wide_argument(r"\\DC1").wide_argument("SRV1");
            let authenticated = ends.clone().pointer().raw(&[3; 12]).pointer().raw(&[0; 12]);
            let flags = network_logon(authenticated, nt).u32(0).done();
            let ex = network_logon(ends, nt).u32(0).done();
            let nobody = Stub::new(wide)
                .pointer()
                .raw(&[4; 12])
                .pad64(8)
                .enumeration(3)
                .pad64(8)
                .null()
                .raw(&[1])
                .u32(0);
            let nobody_ex = Stub::new(wide).enumeration(3).pad64(8).null().raw(&[1]).u32(0);
            for (opnum, request, answer) in [(45, flags, nobody), (39, ex, nobody_ex)] {
                let activity = Talk::new(NETLOGON, wide)
                    .call(opnum, &request, &answer.u32(0xc000_006a).done())
                    .only();
                assert_eq!(activity["kind"], "netlogon");
                assert_eq!(activity["outcome"], "failure");
                assert_eq!(activity["failure_reason"], "WrongPassword");
                assert_eq!(activity["status"]["ntstatus_name"], "STATUS_WRONG_PASSWORD");
                assert_eq!(activity["observed"]["target_account"], "alice");
                let details = &activity["details"];
                assert_eq!(
                    (&details["account"], &details["domain"]),
                    (&json!("alice"), &json!("LAB"))
                );
                assert_eq!(
                    (&details["workstation"], &details["computer"]),
                    (&json!(r"\\WS1"), &json!("SRV1"))
                );
                assert_eq!(details["logon_level_name"], "NetlogonNetworkInformation");
                assert_eq!(
                    (&details["ntlm_version"], &details["lm_present"]),
                    (&json!(version), &json!(true))
                );
                assert!(!activity.to_string().contains("0707"), "no response is told");
            }
        }
    }
}

/// NETLOGON_VALIDATION_SAM_INFO2 and …_INFO4.
#[test]
fn a_logon_that_succeeds_names_its_sid() {
    for wide in [false, true] {
        for level in [2, 3, 6] {
            let request = Stub::new(wide)
                .null()
                .null()
                .enumeration(1)
                .pad64(8)
                .enumeration(1)
                .pad64(8)
                .null()
                .done();
            let mut answer = Stub::new(wide)
                .pad64(8)
                .enumeration(level)
                .pad64(8)
                .pointer()
                .structure()
                .raw(&[0; 48]);
            for name in ["alice", "Alice", "", "", "", ""] {
                answer = answer.counted(name);
            }
            answer = answer
                .u16(5)
                .u16(0)
                .u32(1105)
                .u32(513)
                .u32(1)
                .pointer()
                .u32(0x20)
                .raw(&[9; 16]);
            answer = answer.counted("DC1").counted("LAB").pointer().raw(&[0; 40]);
            if level >= 3 {
                answer = answer.u32(0).null();
            }
            if level == 6 {
                for _ in 0..12 {
                    answer = answer.structure().u16(0).u16(0).null();
                }
            }
            answer = answer.pad64(8);
            for name in ["alice", "Alice", "", "", "", ""] {
                answer = answer.characters(name);
            }
            answer = answer.size(1).u32(513).u32(7).characters("DC1").characters("LAB");
            let answer = answer
                .sid(&[21, 0xa834_d189, 0xd672_fbb6, 0x2347_36fb])
                .raw(&[1])
                .u32(0)
                .u32(0);
            let activity = Talk::new(NETLOGON, wide).call(39, &request, &answer.done()).only();
            assert_eq!(
                activity["observed"]["sid"], "S-1-5-21-2822033801-3597859766-591869691-1105",
                "{wide} {level}"
            );
            assert_eq!(activity["details"]["groups"], 1);
            assert_eq!(activity["details"]["user_flags"], 0x20);
        }
    }
}

#[test]
fn a_member_says_what_it_is() {
    for wide in [false, true] {
        let stub = Stub::new(wide)
            .wide_string(r"\\dc1")
            .wide_argument("SRV1")
            .align(4)
            .raw(&[1; 12])
            .raw(&[0; 12]);
        let stub = stub.u32(1).pad64(8).u32(1).pad64(8).pointer().structure();
        let stub = stub.u32(0).null().pointer().pointer().null().null().null().null();
        let version = unhex("1c010000 0a000000 00000000 7c4f0000 02000000");
        let stub = stub
            .structure()
            .u16(20)
            .u16(20)
            .pointer()
            .counted("Windows Server 2022");
        let stub = stub
            .structure()
            .u16(0)
            .u16(0)
            .null()
            .structure()
            .u16(0)
            .u16(0)
            .null()
            .u32(3)
            .u32(0x1c)
            .u32(0)
            .u32(0);
        let stub = stub
            .wide_string("srv1.lab.example")
            .wide_string("Berlin")
            .size(10)
            .size(0)
            .size(10)
            .raw(&version);
        let stub = stub.characters("Windows Server 2022").done();
        let refused = Stub::new(wide)
            .raw(&[0; 12])
            .pad64(8)
            .u32(1)
            .pad64(8)
            .null()
            .u32(0)
            .done();
        let activity = Talk::new(NETLOGON, wide).call(29, &stub, &refused).only();
        let details = &activity["details"];
        assert_eq!(
            (&details["host"], &details["site"]),
            (&json!("srv1.lab.example"), &json!("Berlin"))
        );
        assert_eq!(
            (&details["os"], &details["os_version"]),
            (&json!("Windows Server 2022"), &json!("10.0.20348"))
        );
        assert_eq!(details["supported_etypes"], 0x1c);
    }
}

#[test]
fn the_databases_of_old_are_named() {
    let stub = Stub::new(false)
        .wide_string(r"\\PDC")
        .align(4)
        .wide_string("BDC")
        .align(4)
        .raw(&[0; 24])
        .u32(0)
        .u32(0)
        .done();
    let activity = Talk::new(NETLOGON, false).call(8, &stub, &[0; 4]).only();
    assert_eq!(activity["details"]["database_name"], "SAM");
    assert_eq!(activity["details"]["all_zero_credential"], true);
}

#[test]
fn control_names_its_function_and_subject() {
    for wide in [false, true] {
        let stub = Stub::new(wide)
            .null()
            .u32(8)
            .u32(4)
            .pad64(8)
            .u32(8)
            .pad64(8)
            .wide_argument("alice")
            .done();
        let refused = Stub::new(wide).u32(4).pad64(8).null().u32(0).done();
        let activity = Talk::new(NETLOGON, wide).call(18, &stub, &refused).only();
        assert_eq!(activity["details"]["function_name"], "NETLOGON_CONTROL_FIND_USER");
        assert_eq!(activity["details"]["account"], "alice");
    }
}

#[test]
fn older_locators_and_lists_are_answered() {
    for wide in [false, true] {
        let ask = |opnum, request: Stub, answer: Stub| {
            Talk::new(NETLOGON, wide)
                .call(opnum, &request.done(), &answer.done())
                .only()
        };
        let named = || Stub::new(wide).wide_argument(r"\\DC1").u32(0);
        let domain = |stub: Stub| stub.align(4).wide_argument("LAB");
        for (opnum, request) in [
            (11, domain(Stub::new(wide).wide_string(r"\\DC2"))),
            (13, domain(Stub::new(wide).wide_argument(r"\\DC2"))),
        ] {
            let activity = ask(opnum, request, named());
            assert_eq!(
                (&activity["details"]["controller"], &activity["observed"]["host"]),
                (&json!("DC1"), &json!("DC1"))
            );
        }
        let names: Vec<u8> = "LAB\0OTHER\0\0".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let size = u32::try_from(names.len()).unwrap();
        let list = Stub::new(wide)
            .structure()
            .u32(size)
            .pointer()
            .size(size)
            .raw(&names)
            .u32(0);
        let activity = ask(19, Stub::new(wide).wide_argument("dc1"), list);
        assert_eq!(activity["details"]["trusted_domains"], json!(["LAB", "OTHER"]));
    }
}

#[test]
fn control_says_how_the_channel_is() {
    for wide in [false, true] {
        let ask = |level: u32, answer: Stub| {
            let request = Stub::new(wide)
                .null()
                .u32(6)
                .u32(level)
                .pad64(8)
                .u32(6)
                .pad64(8)
                .wide_argument("LAB")
                .done();
            Talk::new(NETLOGON, wide)
                .call(18, &request, &answer.u32(0).done())
                .only()["details"]
                .clone()
        };
        let of = |level: u32| Stub::new(wide).pad64(8).u32(level).pad64(8).pointer().structure();
        let details = ask(1, of(1).u32(0x20).u32(1311));
        assert_eq!(
            (&details["control_flags"], &details["pdc_connection_status"]),
            (&json!(32), &json!(1311))
        );
        let details = ask(
            2,
            of(2)
                .u32(0x30)
                .u32(0)
                .pointer()
                .u32(5)
                .pad64(8)
                .wide_string(r"\\dc1.lab.example"),
        );
        assert_eq!(
            (&details["controller"], &details["channel_status"]),
            (&json!("dc1.lab.example"), &json!(5))
        );
        let details = ask(4, of(4).pointer().pointer().wide_string(r"\\DC1").wide_string("LAB"));
        assert_eq!(
            (&details["controller"], &details["trusted_domain"]),
            (&json!("DC1"), &json!("LAB"))
        );
    }
}

#[test]
fn forests_are_told_to_members() {
    use crate::dcerpc::stubs::lsarpc::tests::forest;
    for wide in [false, true] {
        let request = Stub::new(wide)
            .wide_argument("dc1")
            .wide_argument("other")
            .u32(0)
            .done();
        let answer = forest(Stub::new(wide).pointer()).done();
        let activity = Talk::new(NETLOGON, wide).call(43, &request, &answer).only();
        assert_eq!(activity["details"]["forest_trust"][2]["dns_name"], "forest.example");
        let answer = forest(Stub::new(wide).raw(&[0; 12]).pointer()).done();
        let activity = Talk::new(NETLOGON, wide).call(44, &request, &answer).only();
        assert_eq!(activity["details"]["forest_trust"][0]["name"], "forest.example");
    }
}

/// NETLOGON_ONE_DOMAIN_INFO before what it leads to.
fn domain_head(stub: Stub, names: [&str; 3]) -> Stub {
    let stub = names.iter().fold(stub, |stub, name| stub.counted(name));
    let stub = stub.guid("d85bb6dd6f724f4e88c9bc0979034c8d").pointer();
    let stub = (0..4).fold(stub, |stub, _| stub.structure().u16(0).u16(0).null());
    (0..4).fold(stub, |stub, _| stub.u32(0)).pad64(8)
}

fn domain_names(stub: Stub, names: [&str; 3]) -> Stub {
    let stub = names.iter().fold(stub, |stub, name| stub.characters(name));
    let stub = stub.size(4).align(4).octets(&unhex("0104000000000005"));
    [21, 1, 2, 3].into_iter().fold(stub, Stub::u32)
}

#[test]
fn a_member_is_told_of_its_domain_and_the_trusted_ones() {
    let (lab, other) = (["LAB", "lab.example", "forest.example"], ["OTHER", "other.example", ""]);
    for wide in [false, true] {
        let request = Stub::new(wide).wide_string("dc1").null().done();
        let stub = Stub::new(wide).raw(&[0; 12]).pad64(8).u32(1).pad64(8).pointer();
        let stub = domain_head(stub, lab)
            .u32(1)
            .pointer()
            .structure()
            .u32(0)
            .null()
            .counted("srv1.lab.example");
        let stub = (0..3).fold(stub, |stub, _| stub.structure().u16(0).u16(0).null());
        let stub = stub.u32(3).u32(0x1c).u32(0).u32(0).pad64(8);
        let stub = domain_names(domain_head(domain_names(stub, lab).size(1), other), other);
        let answer = stub.characters("srv1.lab.example").u32(0).done();
        let said = Talk::new(NETLOGON, wide).call(29, &request, &answer).finish();
        let details = &said.activities[0]["details"];
        assert_eq!(
            (&details["domain"], &details["dns_domain"]),
            (&json!("LAB"), &json!("lab.example"))
        );
        assert_eq!(
            (&details["forest"], &details["domain_sid"]),
            (&json!("forest.example"), &json!("S-1-5-21-1-2-3"))
        );
        assert_eq!(
            details["trusts"],
            json!([{"netbios_name": "OTHER", "dns_name": "other.example", "sid": "S-1-5-21-1-2-3"}])
        );
        assert_eq!(
            (&details["host_in_ds"], &details["domain_supported_etypes"]),
            (&json!("srv1.lab.example"), &json!(28))
        );
        assert_eq!(
            said.out.counters.malformed().len(),
            1,
            "the request alone, which is cut short"
        );
    }
}
