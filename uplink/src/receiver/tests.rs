//! The store's promises: a kill at any point of a commit neither loses nor doubles anything, and the tables say what the
//! activities said.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{DataType, Int64Type, TimeUnit, TimestampMicrosecondType};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use prost::Message;

use super::ingest::{Ingest, Taken};
use super::journal::{Journal, Move};
use super::ledger::Ledger;
use super::store::{Source, Store};
use super::{ReceiverError, hunting};
use crate::proto::{Activity, Batch, Computer, Endpoint, Entity, Evidence, Observed, Outcome, Status, Transport};

/// 2026-11-20T23:59:59Z: the next second is another day.
const EVENING: i64 = 1_795_219_199_000_000_000;

fn source() -> Source {
    Source {
        sensor: "dc1".into(),
        spool: "0123456789abcdef".into(),
    }
}

fn batch(activities: &[Activity]) -> Batch {
    let raw: Vec<u8> = activities
        .iter()
        .flat_map(Message::encode_length_delimited_to_vec)
        .collect();
    let ids = (activities.first().unwrap().id, activities.last().unwrap().id);
    Batch {
        first_id: ids.0,
        last_id: ids.1,
        count: u32::try_from(activities.len()).unwrap(),
        raw_bytes: u32::try_from(raw.len()).unwrap(),
        activities: zstd::bulk::compress(&raw, 1).unwrap().into(),
    }
}

/// A failed logon one second after the other.
fn logons(ids: std::ops::RangeInclusive<u64>) -> Batch {
    let logon = |id| Activity {
        id,
        time: EVENING + i64::try_from(id - 1).unwrap() * 1_000_000_000,
        kind: "kerberos_as".into(),
        protocol: "kerberos".into(),
        action_type: "LogonFailed".into(),
        ..Activity::default()
    };
    batch(&ids.map(logon).collect::<Vec<_>>())
}

fn take(ledger: &mut Ledger, batch: &Batch) -> Taken {
    Ingest::new().unwrap().take(batch, ledger).unwrap()
}

fn open(root: &Path) -> Ledger {
    Ledger::open(Arc::new(Store::open(root).unwrap()), source()).unwrap()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else {
        return vec![];
    };
    let mut found = Vec::new();
    for path in entries.map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|extension| extension == "parquet") {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn rows(root: &Path, table: &str) -> Vec<RecordBatch> {
    let read = |path| {
        ParquetRecordBatchReaderBuilder::try_new(fs::File::open(path).unwrap())
            .unwrap()
            .build()
            .unwrap()
    };
    files(&root.join(table))
        .into_iter()
        .flat_map(read)
        .map(Result::unwrap)
        .collect()
}

/// How often each id is stored.
fn ids(root: &Path) -> BTreeMap<i64, usize> {
    let mut ids = BTreeMap::new();
    for batch in rows(root, "activities") {
        for id in batch
            .column_by_name("id")
            .unwrap()
            .as_primitive::<Int64Type>()
            .iter()
            .flatten()
        {
            *ids.entry(id).or_default() += 1;
        }
    }
    ids
}

fn once(last: i64) -> BTreeMap<i64, usize> {
    (1..=last).map(|id| (id, 1)).collect()
}

#[test]
fn days_are_folders_and_a_commit_is_all_of_them() {
    let root = tempfile::tempdir().unwrap();
    let mut ledger = open(root.path());
    assert_eq!(
        take(&mut ledger, &logons(1..=3)),
        Taken {
            new: 3,
            ..Taken::default()
        }
    );
    assert_eq!(ids(root.path()), once(0)); // nothing is visible before the commit
    ledger.commit().unwrap();
    assert_eq!(ids(root.path()), once(3));
    let name = "sensor=dc1/0123456789abcdef-000000000001-000000000003.parquet";
    for table in ["activities", "IdentityLogonEvents"] {
        let expected =
            ["2026-11-20", "2026-11-21"].map(|day| root.path().join(table).join(format!("day={day}")).join(name));
        assert_eq!(files(&root.path().join(table)), expected);
    }
    assert_eq!(files(&root.path().join("IdentityQueryEvents")).len(), 0);
    assert_eq!(files(&root.path().join(".adtap")).len(), 0);
}

#[test]
fn a_kill_before_the_commit_leaves_nothing_of_it() {
    let root = tempfile::tempdir().unwrap();
    let mut ledger = open(root.path());
    take(&mut ledger, &logons(1..=3));
    ledger.commit().unwrap();
    take(&mut ledger, &logons(4..=9));
    drop(ledger); // files are begun, the journal does not know them
    assert_ne!(files(&root.path().join(".adtap/staging")).len(), 0);
    let mut ledger = open(root.path());
    assert_eq!(files(&root.path().join(".adtap/staging")).len(), 0);
    assert_eq!((ledger.stored(), ids(root.path())), (3, once(3)));
    let taken = take(&mut ledger, &logons(2..=9));
    assert_eq!((taken.new, taken.duplicates), (6, 2));
    ledger.commit().unwrap();
    assert_eq!(ids(root.path()), once(9));
}

#[test]
fn what_was_acknowledged_early_is_stored_by_the_next_start() {
    let root = tempfile::tempdir().unwrap();
    let mut ledger = open(root.path());
    for batch in [logons(1..=2), logons(3..=5)] {
        take(&mut ledger, &batch);
        ledger.keep(&batch).unwrap();
    }
    assert_eq!(ledger.secure().unwrap(), 5);
    take(&mut ledger, &logons(6..=7)); // neither kept nor acknowledged
    drop(ledger);
    assert_eq!(ids(root.path()), once(0));
    let mut ledger = open(root.path());
    assert_eq!((ledger.stored(), ids(root.path())), (5, once(5)));
    let batch = logons(4..=6); // sent again from where the sensor knew
    assert_eq!(take(&mut ledger, &batch).duplicates, 2);
    ledger.keep(&batch).unwrap();
    assert_eq!(ledger.secure().unwrap(), 6);
    ledger.commit().unwrap();
    drop(ledger);
    assert_eq!((open(root.path()).stored(), ids(root.path())), (6, once(6)));
}

#[test]
fn a_kill_after_the_commit_is_finished_by_the_next_start() {
    for moved in 0..=4 {
        let root = tempfile::tempdir().unwrap();
        let mut ledger = open(root.path());
        take(&mut ledger, &logons(1..=3));
        ledger.commit().unwrap();
        drop(ledger);
        // As if the kill had come after so many of the four files were moved.
        let journal_path = root.path().join(".adtap/journals/dc1~0123456789abcdef.json");
        let journal = Journal::read(&journal_path).unwrap();
        assert_eq!(journal.moves.len(), 4);
        for step in journal.moves.iter().skip(moved) {
            let from = root.path().join(&step.from);
            fs::create_dir_all(from.parent().unwrap()).unwrap();
            fs::rename(root.path().join(&step.to), from).unwrap();
        }
        let ledger = open(root.path());
        assert_eq!((ledger.stored(), ids(root.path())), (3, once(3)));
    }
}

#[test]
fn what_somebody_took_out_of_the_store_does_not_come_back() {
    let root = tempfile::tempdir().unwrap();
    let mut ledger = open(root.path());
    take(&mut ledger, &logons(1..=3));
    ledger.commit().unwrap();
    fs::remove_dir_all(root.path().join("activities/day=2026-11-20")).unwrap();
    drop(ledger);
    let mut ledger = open(root.path());
    assert_eq!(take(&mut ledger, &logons(1..=3)).duplicates, 3);
    take(&mut ledger, &logons(4..=4));
    ledger.commit().unwrap();
    assert_eq!(ids(root.path()).into_keys().collect::<Vec<_>>(), [2, 3, 4]);
}

#[test]
fn a_commit_that_fails_stores_nothing_and_can_be_repeated() {
    let root = tempfile::tempdir().unwrap();
    let mut ledger = open(root.path());
    take(&mut ledger, &logons(1..=2));
    // A folder where the journal's new version is to be written.
    let obstacle = root.path().join(".adtap/journals/dc1~0123456789abcdef.tmp");
    fs::create_dir(&obstacle).unwrap();
    assert!(ledger.commit().is_err());
    drop(ledger);
    fs::remove_dir(&obstacle).unwrap();
    let mut ledger = open(root.path());
    assert_eq!((ledger.stored(), ids(root.path())), (0, once(0)));
    take(&mut ledger, &logons(1..=2));
    ledger.commit().unwrap();
    assert_eq!(ids(root.path()), once(2));
}

#[test]
fn many_days_are_committed_in_between() {
    let root = tempfile::tempdir().unwrap();
    let mut ledger = open(root.path());
    let day = |id: u64| Activity {
        id,
        time: i64::try_from(id).unwrap() * 86_400_000_000_000,
        ..Activity::default()
    };
    take(&mut ledger, &batch(&(1..=100).map(day).collect::<Vec<_>>()));
    assert!(ledger.stored() > 0, "files of a hundred days are not open at once");
    ledger.commit().unwrap();
    assert_eq!(ids(root.path()), once(100));
}

#[test]
fn two_receivers_do_not_share_a_store() {
    let root = tempfile::tempdir().unwrap();
    let ledger = open(root.path());
    assert!(matches!(Store::open(root.path()), Err(ReceiverError::Locked(_))));
    drop(ledger);
    Store::open(root.path()).unwrap();
}

#[test]
fn a_damaged_journal_is_not_taken_for_an_empty_one() {
    let root = tempfile::tempdir().unwrap();
    drop(open(root.path()));
    let journal = Journal {
        last_id: 7,
        moves: vec![Move {
            from: "a".into(),
            to: "b/c".into(),
        }],
    };
    let path = root.path().join(".adtap/journals/dc1~0123456789abcdef.json");
    journal.write(&path).unwrap();
    assert_eq!(Journal::read(&path).unwrap(), journal);
    fs::write(&path, "{").unwrap();
    assert!(matches!(Store::open(root.path()), Err(ReceiverError::Store { .. })));
}

/// The value of a text column in the only row.
fn text<'a>(row: &'a RecordBatch, column: &str) -> Option<&'a str> {
    let column = row.column_by_name(column).unwrap().as_string::<i32>();
    (!column.is_null(0)).then(|| column.value(0))
}

fn only(root: &Path, table: &str) -> RecordBatch {
    let rows = rows(root, table);
    assert_eq!(
        rows.iter().map(RecordBatch::num_rows).collect::<Vec<_>>(),
        [1],
        "{table}"
    );
    rows.into_iter().next().unwrap()
}

fn store(root: &Path, activity: Activity) {
    let mut ledger = open(root);
    take(&mut ledger, &batch(&[activity]));
    ledger.commit().unwrap();
}

fn logon() -> Activity {
    let end = |last, port| {
        Some(Endpoint {
            ip: vec![10, 0, 0, last],
            port,
            mac: vec![2, 0, 0, 0, 0, last],
        })
    };
    Activity {
        id: 1,
        time: EVENING,
        kind: "kerberos_tgs".into(),
        action_type: "LogonSuccess".into(),
        protocol: "kerberos".into(),
        transport: Transport::Tcp.into(),
        client: end(20, 50_000),
        server: end(1, 88),
        outcome: Outcome::Success.into(),
        status: Some(Status {
            code: -1,
            ntstatus: Some(0xc000_0064),
            ..Status::default()
        }),
        observed: Some(Observed {
            account: "ivan".into(),
            spn: "cifs/fs1.lab.example:445/x".into(),
            ..Observed::default()
        }),
        actor: Some(Entity {
            name: "Иван".into(),
            sid: "S-1-5-21-1".into(),
            ..Entity::default()
        }),
        destination: Some(Computer {
            name: "DC1".into(),
            domain: "lab.example".into(),
            doubts: vec!["nat".into(), "unlisted".into()],
            evidence: vec![Evidence {
                method: "dns_answer".into(),
                name: "dc\"1".into(),
                time: EVENING,
            }],
            ..Computer::default()
        }),
        details: r#"{"etype":18}"#.into(),
        ..Activity::default()
    }
}

#[test]
fn an_activity_is_a_flat_row() {
    let root = tempfile::tempdir().unwrap();
    store(root.path(), logon());
    let row = only(root.path(), "activities");
    let time = row.column_by_name("time").unwrap();
    assert_eq!(
        time.data_type(),
        &DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))
    );
    assert_eq!(
        time.as_primitive::<TimestampMicrosecondType>().value(0),
        EVENING / 1_000
    );
    for (column, value) in [
        ("kind", Some("kerberos_tgs")),
        ("client_ip", Some("10.0.0.20")),
        ("client_mac", Some("02:00:00:00:00:14")),
        ("outcome", Some("success")),
        ("account", Some("ivan")),
        ("actor_name", Some("Иван")),
        ("failure_reason", None),
        ("carrier", None),
        (
            "destination_evidence",
            Some(r#"[{"method":"dns_answer","name":"dc\"1","time":"2026-11-20T23:59:59.000000Z"}]"#),
        ),
        ("source_evidence", None),
        ("destination_doubts", Some("nat/unlisted")),
        ("source_doubts", None),
        ("details", Some(r#"{"etype":18}"#)),
    ] {
        assert_eq!(text(&row, column), value, "{column}");
    }
    for (column, value) in [("status_code", -1), ("ntstatus", 0xc000_0064), ("count", 1)] {
        assert_eq!(
            row.column_by_name(column).unwrap().as_primitive::<Int64Type>().value(0),
            value,
            "{column}"
        );
    }
    assert!(row.column_by_name("duration_us").unwrap().is_null(0));
}

#[test]
fn a_logon_is_in_the_view_of_logons() {
    let root = tempfile::tempdir().unwrap();
    store(root.path(), logon());
    let row = only(root.path(), "IdentityLogonEvents");
    for (column, value) in [
        ("ActionType", Some("LogonSuccess")),
        ("Application", Some("Active Directory")),
        ("LogonType", Some("Resource access")),
        ("Protocol", Some("Kerberos")),
        ("FailureReason", None),
        ("AccountName", Some("Иван")),
        ("AccountSid", Some("S-1-5-21-1")),
        ("AccountObjectId", None),
        ("IPAddress", Some("10.0.0.20")),
        ("DestinationDeviceName", Some("DC1.lab.example")),
        ("TargetDeviceName", Some("fs1.lab.example")),
        ("ReportId", Some("dc1/0123456789abcdef/1")),
    ] {
        assert_eq!(text(&row, column), value, "{column}");
    }
    let more: serde_json::Value = serde_json::from_str(text(&row, "AdditionalFields").unwrap()).unwrap();
    assert_eq!(
        (&more["Count"], &more["IsSuccess"], &more["TO.DEVICE"]),
        (&1.into(), &"True".into(), &"DC1".into())
    );
    assert_eq!(
        rows(root.path(), "IdentityQueryEvents").len() + rows(root.path(), "IdentityDirectoryEvents").len(),
        0
    );
}

#[test]
fn a_query_is_in_the_view_of_queries() {
    let root = tempfile::tempdir().unwrap();
    store(
        root.path(),
        Activity {
            kind: "ldap_search".into(),
            action_type: "LDAP query".into(),
            protocol: "ldap".into(),
            count: 4,
            details: r#"{"base":"DC=lab","scope":"wholeSubtree","filter":"(cn=\"a)","entries":1}"#.into(),
            ..logon()
        },
    );
    let row = only(root.path(), "IdentityQueryEvents");
    assert_eq!(
        text(&row, "Query"),
        Some("Search Scope: wholeSubtree, Base Object:DC=lab, Search Filter: (cn=\"a)")
    );
    assert_eq!(
        (text(&row, "QueryTarget"), text(&row, "Protocol")),
        (Some("DC=lab"), Some("Ldap"))
    );
    let more: serde_json::Value = serde_json::from_str(text(&row, "AdditionalFields").unwrap()).unwrap();
    assert_eq!((&more["Count"], &more["SearchFilter"]), (&4.into(), &"(cn=\"a)".into()));
}

#[test]
fn a_change_is_in_the_view_of_the_directory() {
    let root = tempfile::tempdir().unwrap();
    store(
        root.path(),
        Activity {
            kind: "ldap_change".into(),
            action_type: "Group Membership changed".into(),
            target: Some(Entity {
                r#type: "group".into(),
                name: "Domain Admins".into(),
                ..Entity::default()
            }),
            ..logon()
        },
    );
    let row = only(root.path(), "IdentityDirectoryEvents");
    assert_eq!(text(&row, "TargetAccountDisplayName"), Some("Domain Admins"));
    let more: serde_json::Value = serde_json::from_str(text(&row, "AdditionalFields").unwrap()).unwrap();
    assert_eq!(more["TARGET_OBJECT.GROUP"], "Domain Admins");
}

#[test]
fn a_change_of_the_directory_says_from_and_to_and_names_no_address_where_none_was_seen() {
    let rows = |action: &str, details: &str| {
        let root = tempfile::tempdir().unwrap();
        let change = Activity {
            kind: "directory_change".into(),
            action_type: action.into(),
            protocol: "ldap".into(),
            client: None,
            server: None,
            details: details.into(),
            ..logon()
        };
        store(root.path(), change);
        let row = only(root.path(), "IdentityDirectoryEvents");
        assert_eq!(
            (text(&row, "ActionType"), text(&row, "IPAddress")),
            (Some(action), None)
        );
        assert!(row.column_by_name("Port").unwrap().is_null(0));
        serde_json::from_str::<serde_json::Value>(text(&row, "AdditionalFields").unwrap()).unwrap()
    };
    let more = rows(
        "Account Disabled changed",
        r#"{"attribute":"userAccountControl","old":false,"new":true}"#,
    );
    assert_eq!(
        (&more["FROM Account Disabled"], &more["TO Account Disabled"]),
        (&"False".into(), &"True".into())
    );
    let more = rows(
        "Group Membership changed",
        r#"{"attribute":"member","change":"added","group":"Domain Admins"}"#,
    );
    assert_eq!(
        (&more["TO.GROUP"], more.get("FROM.GROUP")),
        (&"Domain Admins".into(), None)
    );
}

/// The documented schemas, word for word.
#[test]
fn the_views_have_exactly_the_documented_columns() {
    for (table, columns) in [
        (
            &hunting::IDENTITY_LOGON_EVENTS,
            "Timestamp, ActionType, Application, LogonType, Protocol, FailureReason, AccountName, AccountDomain, AccountUpn, \
             AccountSid, AccountObjectId, AccountDisplayName, DeviceName, DeviceType, OSPlatform, IPAddress, Port, \
             DestinationDeviceName, DestinationIPAddress, DestinationPort, TargetDeviceName, TargetAccountDisplayName, Location, \
             Isp, ReportId, AdditionalFields",
        ),
        (
            &hunting::IDENTITY_QUERY_EVENTS,
            "Timestamp, ActionType, Application, QueryType, QueryTarget, Query, Protocol, AccountName, AccountDomain, AccountUpn, \
             AccountSid, AccountObjectId, AccountDisplayName, DeviceName, IPAddress, Port, DestinationDeviceName, \
             DestinationIPAddress, DestinationPort, TargetDeviceName, TargetAccountUpn, TargetAccountDisplayName, Location, \
             ReportId, AdditionalFields",
        ),
        (
            &hunting::IDENTITY_DIRECTORY_EVENTS,
            "Timestamp, ActionType, Application, TargetAccountUpn, TargetAccountDisplayName, TargetDeviceName, \
             DestinationDeviceName, DestinationIPAddress, DestinationPort, Protocol, AccountName, AccountDomain, AccountUpn, \
             AccountSid, AccountObjectId, AccountDisplayName, DeviceName, IPAddress, Port, Location, ISP, ReportId, \
             AdditionalFields",
        ),
    ] {
        let schema = table.schema();
        let names: Vec<_> = schema.fields().iter().map(|field| field.name().as_str()).collect();
        assert_eq!(names.join(", "), columns, "{}", table.name);
        let int = |name| schema.field_with_name(name).unwrap().data_type() == &DataType::Int32;
        assert!(int("Port") && int("DestinationPort"));
    }
}
