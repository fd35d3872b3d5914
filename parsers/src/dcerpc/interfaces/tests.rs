//! The tables: their order, and numbers held against names.

use super::*;

fn all() -> impl Iterator<Item = &'static Known> {
    GROUPS.iter().copied().flatten()
}

#[test]
fn no_interface_stands_twice() {
    let mut uuids: Vec<_> = all().map(|known| known.uuid).collect();
    let count = uuids.len();
    uuids.sort_unstable();
    uuids.dedup();
    assert_eq!(uuids.len(), count);
    let mut names: Vec<_> = all().map(|known| known.name).collect();
    names.sort_unstable();
    let twice: Vec<_> = names.windows(2).filter(|pair| pair[0] == pair[1]).collect();
    assert_eq!(
        twice,
        [["efsrpc", "efsrpc"]],
        "one interface on two pipes, and no other"
    );
}

#[test]
fn texts_are_uuids_in_lower_case() {
    for known in all() {
        assert_eq!(known.uuid.text(), known.text);
    }
}

#[test]
fn operations_are_in_order() {
    for known in all() {
        for operations in known.operations {
            let ordered = operations.0.windows(2).all(|pair| pair[0].0 < pair[1].0);
            assert!(ordered, "{}", known.name);
        }
    }
}

/// An interface goes on where the one that it inherits from ends.
#[test]
fn no_operation_hides_an_inherited_one() {
    for known in all() {
        let mut opnums: Vec<_> = known.operations.iter().flat_map(|own| own.0).collect();
        let count = opnums.len();
        opnums.sort_unstable();
        opnums.dedup_by_key(|(opnum, _)| *opnum);
        assert_eq!(opnums.len(), count, "{}", known.name);
    }
}

#[test]
fn every_interface_is_found_by_its_uuid() {
    for known in all() {
        assert_eq!(interface(known.text).name(), Some(known.name));
    }
}

fn interface(text: &str) -> Interface {
    let (uuid, major, minor) = (Uuid::parse(text), 1, 0);
    Interface::of(Syntax { uuid, major, minor })
}

#[test]
fn operations_are_found() {
    let samr = interface("12345778-1234-abcd-ef00-0123456789ac");
    assert_eq!(samr.operation(0), Some("SamrConnect"));
    assert_eq!(samr.operation(64), Some("SamrConnect5"));
    assert_eq!(samr.operation(70), None);
    let unknown = interface("00000000-0000-0000-0000-000000000001");
    assert_eq!(unknown.operation(0), None);
}

/// Numbers and names as the headings of the documents have them; the last of an interface shows that none before it was
/// left out.
const DOCUMENTED: &[(&str, &str, u16, &str)] = &[
    // [MS-LSAD] 3.1.4.6.12
    (
        "12345778-1234-abcd-ef00-0123456789ab",
        "lsarpc",
        141,
        "LsarRetrievePrivateData2",
    ),
    // [MS-WKST] 3.2.4.22
    ("6bffd098-a112-3610-9833-46c3f87e345a", "wkssvc", 31, "NetrJoinDomain3"),
    // [MS-FASP] 3.1.4
    (
        "6b5bdd1e-528c-422c-af8c-a4079be4fe48",
        "RemoteFW",
        0,
        "RRPC_FWOpenPolicyStore",
    ),
    (
        "6b5bdd1e-528c-422c-af8c-a4079be4fe48",
        "RemoteFW",
        89,
        "RRPC_FWQueryFirewallRules2_31",
    ),
    // [MS-DHCPM] 3.2.4
    (
        "5b821720-f63b-11d0-aad2-00c04fc324db",
        "dhcpsrv2",
        132,
        "R_DhcpV4GetClientInfoEx",
    ),
    // [MS-TSTS] 3.5.4.1, 3.7.4.1.35
    (
        "bde95fdf-eee0-45de-9e12-e5a61cd0d4fe",
        "RCMPublic",
        0,
        "RpcGetClientData",
    ),
    (
        "5ca4a760-ebb1-11cf-8611-00a0245420ed",
        "IcaApi",
        75,
        "RpcWinStationOpenSessionDirectory",
    ),
    // [MS-TSGU] 3.2.6.2.1
    (
        "44e265dd-7daf-42cd-8560-3cdb6e7a2729",
        "TsProxyRpcInterface",
        9,
        "TsProxySendToServer",
    ),
    // [MS-MQRR] 3.1.4
    ("1a9134dd-7b39-45ba-ad88-44d01ca47f28", "RemoteRead", 3, "R_CloseQueue"),
    (
        "1a9134dd-7b39-45ba-ad88-44d01ca47f28",
        "RemoteRead",
        15,
        "R_EndTransactionalReceive",
    ),
    // [MS-MQMP] 3.1.4.22, 3.1.5.1
    ("fdb3a030-065f-11d1-bb9b-00a024ea5525", "qmcomm", 27, "rpc_ACPurgeQueue"),
    (
        "76d12b80-3467-11d3-91ff-0090272f9ea3",
        "qmcomm2",
        0,
        "QMSendMessageInternalEx",
    ),
    // [MS-MQDS], [MS-MQMR] 3.1.4.2
    (
        "708cca10-9569-11d1-b2a5-0060977d8118",
        "dscomm2",
        8,
        "S_DSGetGCListInDomain",
    ),
    ("41208ee0-e970-11d1-9b9e-00e02c064c39", "qmmgmt", 1, "R_QMMgmtAction"),
    // [MS-PCQ] 3.1.4.1.7
    (
        "da5a86c5-12c2-4943-ab30-7f74a813d853",
        "PerflibV2",
        7,
        "PerflibV2ValidateCounters",
    ),
    // [MS-IRP] 3.1.5.16
    (
        "82ad4280-036b-11cf-972c-00aa006887b0",
        "inetinfo",
        15,
        "R_IISDisconnectUser",
    ),
    // [MS-OCSPA] 3.2.4.1.1
    (
        "784b693d-95f3-420b-8126-365c098659f2",
        "IOCSPAdminD",
        3,
        "GetOCSPProperty",
    ),
    // [MS-DFSRH] 3.1.5.4
    (
        "e65e8028-83e8-491b-9af7-aaf6bd51a0ce",
        "IServerHealthReport",
        4,
        "GetCompressedReport",
    ),
    (
        "e65e8028-83e8-491b-9af7-aaf6bd51a0ce",
        "IServerHealthReport",
        8,
        "GetReferenceBacklogCounts",
    ),
    // [MS-PLA] 3.2.4.1.45, and [MS-OAUT] 3.1.4.4, from which it inherits
    (
        "03837520-098b-11d8-9414-505054503030",
        "IDataCollectorSet",
        51,
        "get_UserAccount",
    ),
    ("03837520-098b-11d8-9414-505054503030", "IDataCollectorSet", 6, "Invoke"),
    // [MS-IMSA] 3.3.4.1, 3.5.4.1, and what it inherits over two interfaces
    (
        "8298d101-f992-43b7-8eca-5052d885b995",
        "IMSAdminBase2W",
        34,
        "BackupWithPasswd",
    ),
    (
        "f612954d-3b0b-4c56-9563-227b7be624b4",
        "IMSAdminBase3W",
        40,
        "GetChildPaths",
    ),
    (
        "f612954d-3b0b-4c56-9563-227b7be624b4",
        "IMSAdminBase3W",
        34,
        "BackupWithPasswd",
    ),
    ("f612954d-3b0b-4c56-9563-227b7be624b4", "IMSAdminBase3W", 3, "AddKey"),
    // [MC-IISA] 3.1.4.30.1
    (
        "fa7660f6-7b3f-4237-a8bf-ed0ad0dcbbd9",
        "IAppHostWritableAdminManager",
        7,
        "CommitChanges",
    ),
    // [MS-COMA] 3.1.4.21.8, 3.1.4.22.5
    (
        "6c935649-30a6-4211-8687-c4c83e5fe1c7",
        "IContainerControl2",
        10,
        "GetContainerIDFromConglomerationID",
    ),
    (
        "98315903-7be5-11d2-adc1-00a02463d6e7",
        "IReplicationUtil",
        7,
        "QueryConglomerationPassword",
    ),
    // [MS-RSMP] 3.2.5.2.3.1
    (
        "69ab7050-3059-11d1-8faf-00a024cb6019",
        "INtmsObjectInfo1",
        3,
        "GetNtmsServerObjectInformationA",
    ),
    // [MS-VDS] 3.4.5.2.34.6
    (
        "ee2d5ded-6236-4169-931d-b9778ce03dc6",
        "IVdsVolumeMF",
        8,
        "DeleteAccessPath",
    ),
    // [MS-CSVP] 3.10.4.9, 3.18.4.6, 3.19.4.3
    (
        "491260b5-05c9-40d9-b7f2-1f7bdae0927f",
        "IClusterSetup",
        14,
        "ConfigClusterCertV2",
    ),
    (
        "bd7c23c2-c805-457c-8f86-d17fe6b9d19f",
        "IClusterLogEx",
        8,
        "GenerateNetftLog",
    ),
    (
        "2510ea7d-c355-40c9-852c-e3b1b1338d67",
        "IClusterLogEx2",
        11,
        "GetLogFilePath",
    ),
    (
        "2510ea7d-c355-40c9-852c-e3b1b1338d67",
        "IClusterLogEx2",
        8,
        "GenerateNetftLog",
    ),
];

#[test]
fn names_are_those_of_the_documents() {
    for (uuid, name, opnum, operation) in DOCUMENTED {
        let interface = interface(uuid);
        assert_eq!(interface.name(), Some(*name), "{uuid}");
        assert_eq!(interface.operation(*opnum), Some(*operation), "{name} {opnum}");
    }
}

/// What is not used on the wire, and what a document numbers in two ways, has no name.
#[test]
fn what_no_document_names_has_no_name() {
    for (uuid, opnum) in [
        ("e65e8028-83e8-491b-9af7-aaf6bd51a0ce", 7),
        ("fdb3a030-065f-11d1-bb9b-00a024ea5525", 5),
        ("6b5bdd1e-528c-422c-af8c-a4079be4fe48", 90),
        ("1a9134dd-7b39-45ba-ad88-44d01ca47f28", 1),
    ] {
        let interface = interface(uuid);
        assert!(interface.name().is_some(), "{uuid}");
        assert_eq!(interface.operation(opnum), None, "{uuid} {opnum}");
    }
}

#[test]
fn properties_that_are_set_change_something() {
    let session = interface("816858a4-260d-4260-933a-2585f1abc76b");
    assert_eq!(session.operation(8), Some("put_ClientApplicationID"));
    assert!(session.changes(8));
    assert!(!session.changes(7));
}
