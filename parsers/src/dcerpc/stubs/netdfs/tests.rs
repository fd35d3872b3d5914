//! Namespaces that are asked for and changed, and hosts that a server is made to visit.

use serde_json::{Value, json};

use crate::dcerpc::stubs::testing::{Stub, Talk};

const NETDFS: &str = "4fc742e0-4a10-11cf-8273-00aa004ae673";
const LINK: &str = r"\\lab.example\dfs\link";

fn call(opnum: u16, request: Stub, response: Stub) -> Value {
    Talk::everywhere(NETDFS).call(opnum, request, response).only()
}

fn strings(texts: &[&str]) -> Stub {
    texts.iter().fold(Stub::default(), |stub, text| stub.wide_string(text))
}

fn done() -> Stub {
    Stub::default().u32(0)
}

#[test]
fn a_root_on_another_host_is_where_the_server_goes() {
    let cases = [
        (
            10,
            strings(&["attacker", "dc1", "test", "ns", "c", "CN=x"])
                .u8(1)
                .u32(2)
                .null(),
        ),
        (11, strings(&["attacker", "dc1", "test", "ns"]).u32(2).null()),
        (12, strings(&["attacker", "test", "c"]).u32(1)),
        (13, strings(&["attacker", "test"]).u32(1)),
        (15, strings(&["attacker", "test", "c", r"C:\dfs"])),
    ];
    for (opnum, request) in cases {
        let response = if opnum < 12 {
            Stub::default().null().u32(5)
        } else {
            Stub::default().u32(5)
        };
        let activity = call(opnum, request, response);
        assert_eq!(activity["kind"], "authentication_coercion", "{opnum}");
        assert_eq!(activity["details"]["unc_path"], r"\\attacker\test");
        assert_eq!(activity["observed"]["host"], "attacker");
        assert_eq!(
            (&activity["outcome"], &activity["status"]["name"]),
            (&json!("failure"), &json!("ERROR_ACCESS_DENIED"))
        );
    }
    for (opnum, request) in [
        (14, strings(&["attacker"]).u32(0)),
        (17, strings(&["attacker", "dc1"]).u32(60).u32(0)),
    ] {
        let activity = call(opnum, request, done());
        assert_eq!(
            (&activity["kind"], &activity["details"]["target_server"]),
            (&json!("authentication_coercion"), &json!("attacker"))
        );
    }
}

#[test]
fn what_a_root_is_made_of_is_told() {
    let request = strings(&["fs1", "dc1", "dfs", "ns", "for all", "CN=ns,CN=System"])
        .u8(1)
        .u32(2)
        .null();
    let targets = Stub::default()
        .pointer()
        .pointer()
        .size(2)
        .structure()
        .u32(2)
        .pointer()
        .pointer();
    let targets = targets.wide_string(r"\\fs1\dfs").wide_string(r"\\fs2\dfs").u32(0);
    let details = &call(10, request, targets)["details"];
    assert_eq!(
        (&details["controller"], &details["namespace"], &details["comment"]),
        (&json!("dc1"), &json!("ns"), &json!("for all"))
    );
    assert_eq!(
        (&details["config_dn"], &details["new_namespace"], &details["flags"]),
        (&json!("CN=ns,CN=System"), &json!(true), &json!(2))
    );
    assert_eq!(details["root_targets"], json!([r"\\fs1\dfs", r"\\fs2\dfs"]));
    let forced = strings(&["fs1", "dfs", "c", r"C:\dfs"]);
    assert_eq!(call(15, forced, done())["details"]["share_path"], r"C:\dfs");
}

#[test]
fn a_root_target_leads_away() {
    let paths = || {
        Stub::default()
            .wide_argument(r"\\lab.example\dfs")
            .wide_argument(r"\\attacker\dfs")
    };
    for (opnum, request) in [
        (23, paths().u32(2).wide_argument("c").u8(1).u32(0)),
        (24, paths().u32(1)),
    ] {
        let activity = call(opnum, request, done());
        let details = &activity["details"];
        assert_eq!(activity["kind"], "authentication_coercion");
        assert_eq!(
            (&details["dfs_path"], &details["unc_path"]),
            (&json!(r"\\lab.example\dfs"), &json!(r"\\attacker\dfs"))
        );
        assert_eq!(details.get("new_namespace"), (opnum == 23).then_some(&json!(true)));
    }
}

#[test]
fn links_name_their_target() {
    let target = |stub: Stub| {
        stub.wide_string(r"\\files")
            .wide_argument("share")
            .wide_argument("c")
            .u32(1)
    };
    for (opnum, request) in [
        (1, target(strings(&[LINK]))),
        (19, target(strings(&[LINK, "dc1"])).null()),
    ] {
        let response = if opnum == 1 {
            done()
        } else {
            Stub::default().null().u32(0)
        };
        let details = &call(opnum, request, response)["details"];
        assert_eq!(
            (&details["dfs_path"], &details["unc_path"], &details["comment"]),
            (&json!(LINK), &json!(r"\\files\share"), &json!("c"))
        );
    }
    let target = |stub: Stub| stub.wide_argument("files").null();
    for (opnum, request) in [
        (2, target(strings(&[LINK]))),
        (20, target(strings(&[LINK, "dc1"])).null()),
    ] {
        let response = if opnum == 2 {
            done()
        } else {
            Stub::default().null().u32(0)
        };
        let activity = call(opnum, request, response);
        assert_eq!(
            (&activity["kind"], &activity["details"]["target_server"]),
            (&json!("rpc_call"), &json!("files"))
        );
    }
    let moved = call(6, strings(&[LINK, r"\\lab.example\dfs\new"]).u32(1), done());
    assert_eq!(moved["details"]["target_path"], r"\\lab.example\dfs\new");
}

/// DFS_INFO_3, 4, 6 or 9 up to its pointer to targets.
fn link(stub: Stub, level: u32) -> Stub {
    let stub = stub.structure().pointer().pointer().u32(1);
    let stub = match level {
        3 => stub,
        _ => stub.u32(1800).guid("00112233445566778899aabbccddeeff"),
    };
    let stub = if level > 4 { stub.u32(0x21).u32(100) } else { stub };
    let stub = if level == 9 { stub.u32(4).pointer() } else { stub };
    stub.u32(2).pointer().pad64(8)
}

/// What the pointers of such a link mean.
fn link_to(stub: Stub, level: u32, path: &str) -> Stub {
    let stub = stub.wide_string(path).wide_string("a comment");
    let stub = if level == 9 {
        stub.size(4).octets(&[1, 0, 4, 0x80])
    } else {
        stub
    };
    let stub = stub.size(2);
    let ranked = |stub: Stub| if level > 4 { stub.u32(0).u16(1).u16(0) } else { stub };
    let stub = ranked(stub.structure().u32(2).pointer().pointer()).pad64(8);
    let stub = ranked(stub.structure().u32(1).pointer().pointer()).pad64(8);
    let stub = stub.wide_string("fs1").wide_string("one");
    stub.wide_string("fs2").wide_string("two")
}

#[test]
fn a_namespace_is_listed_with_the_targets_of_its_links() {
    let targets = json!([
        {"state": 2, "server": "fs1", "share": "one"},
        {"state": 1, "server": "fs2", "share": "two"},
    ]);
    for level in [3, 4, 6, 9] {
        let request = strings(&[r"\\lab.example\dfs"]).u32(level).u32(u32::MAX).null().null();
        let head = Stub::default()
            .pointer()
            .container(level)
            .structure()
            .u32(2)
            .pointer()
            .size(2);
        let links = link(link(head, level), level);
        let links = link_to(link_to(links, level, LINK), level, r"\\lab.example\dfs\other");
        let activity = call(21, request, links.pointer().u32(0).u32(0));
        let details = &activity["details"];
        assert_eq!((&details["entries"], &details["level"]), (&json!(2), &json!(level)));
        assert_eq!(details["namespaces"][0]["dfs_path"], LINK, "{level}");
        assert_eq!(details["namespaces"][1]["dfs_path"], r"\\lab.example\dfs\other");
        assert_eq!(details["namespaces"][0]["targets"], targets);
        assert_eq!(details["namespaces"][1]["targets"], targets);
        let ask = strings(&[LINK]).null().null().u32(level);
        let answer = link_to(link(Stub::default().arm(level), level), level, LINK);
        let details = &call(4, ask, answer.u32(0))["details"];
        assert_eq!(
            (&details["dfs_path"], &details["comment"], &details["targets"]),
            (&json!(LINK), &json!("a comment"), &targets)
        );
    }
}

#[test]
fn namespaces_of_a_domain_and_of_a_server_are_listed() {
    let ask = |level: u32| Stub::default().u32(level).u32(u32::MAX).null().null();
    let names = Stub::default()
        .pointer()
        .container(200)
        .structure()
        .u32(1)
        .pointer()
        .size(1);
    let names = names.pointer().wide_string("ns").null().u32(0);
    let details = &call(5, ask(200), names)["details"];
    assert_eq!(details["namespaces"], json!([{"namespace": "ns"}]));
    let names = Stub::default()
        .pointer()
        .container(300)
        .structure()
        .u32(1)
        .pointer()
        .size(1);
    let names = names
        .structure()
        .u32(0x200)
        .pointer()
        .pad64(8)
        .wide_string(r"\\lab\ns")
        .null()
        .u32(0);
    let details = &call(5, ask(300), names)["details"];
    assert_eq!(details["namespaces"], json!([{"namespace": r"\\lab\ns"}]));
    let refused = call(5, ask(3), Stub::default().null().null().u32(5));
    assert_eq!(refused["outcome"], "failure");
}

#[test]
fn what_is_set_of_a_link_is_told() {
    let link = || strings(&[LINK]).null().null();
    let set = |opnum, request: Stub| call(opnum, request, done())["details"].clone();
    let comment = link().u32(100).arm(100).structure().pointer().wide_string("new");
    assert_eq!(set(3, comment)["comment"], "new");
    let state = link().u32(101).arm(101).u32(4);
    assert_eq!(set(3, state)["state"], 4);
    let all = link()
        .u32(107)
        .arm(107)
        .structure()
        .pointer()
        .u32(3)
        .u32(300)
        .u32(1)
        .u32(0)
        .u32(4)
        .pointer()
        .pad64(8);
    let all = all.wide_string("c").size(4).octets(&[1, 0, 4, 0x80]);
    let details = set(3, all);
    assert_eq!(
        (
            &details["state"],
            &details["property_flag_mask"],
            &details["property_flags"]
        ),
        (&json!(3), &json!(1), &json!(0))
    );
    let second = strings(&[LINK, "dc1"]).null().null().u32(101).arm(101).u32(4).null();
    let details = &call(22, second, Stub::default().null().u32(0))["details"];
    assert_eq!((&details["state"], &details["controller"]), (&json!(4), &json!("dc1")));
}

#[test]
fn what_asks_about_the_namespace_is_a_call() {
    let version = Talk::everywhere(NETDFS)
        .call(0, Stub::default(), Stub::default().u32(6))
        .only();
    assert_eq!(
        (&version["kind"], &version["details"]["dfs_version"]),
        (&json!("rpc_call"), &json!(6))
    );
    let ask = strings(&[LINK]).null().null().u32(50);
    let answer = Stub::default().arm(50).align(8).u32(2).u32(1).u64(1).u32(0);
    let details = &call(4, ask, answer)["details"];
    assert_eq!(
        (&details["version_major"], &details["version_minor"]),
        (&json!(2), &json!(1))
    );
    let ask = Stub::default().enumeration(2).wide_argument("lab.example");
    let answer = Stub::default().u32(2).u32(0).u64(0x1).u32(1).u32(2).u64(0).u32(0);
    let details = &call(25, ask, answer)["details"];
    assert_eq!(
        (&details["domain_version"], &details["standalone_version"]),
        (&json!("2.0"), &json!("1.2"))
    );
    let ask = strings(&["fs1"]).pointer().wide_string("").u8(0).u32(0);
    let answer = Stub::default().wide_argument("dc1.lab.example").u8(1).u32(60).u32(0);
    let details = &call(16, ask, answer)["details"];
    assert_eq!(
        (&details["controller"], &details["is_root"]),
        (&json!("dc1.lab.example"), &json!(true))
    );
    let flushed = call(18, strings(&["dc1", "ns"]), Stub::default().u32(50));
    assert_eq!(flushed["details"]["namespace"], "ns");
}
