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
        let ordered = known.operations.windows(2).all(|pair| pair[0].0 < pair[1].0);
        assert!(ordered, "{}", known.name);
    }
}

#[test]
fn operations_are_found() {
    let syntax = |text| Syntax {
        uuid: Uuid::parse(text),
        major: 1,
        minor: 0,
    };
    let samr = Interface::of(syntax("12345778-1234-abcd-ef00-0123456789ac"));
    assert_eq!(samr.operation(0), Some("SamrConnect"));
    assert_eq!(samr.operation(64), Some("SamrConnect5"));
    assert_eq!(samr.operation(70), None);
    assert_eq!(
        Interface::of(syntax("00000000-0000-0000-0000-000000000001")).operation(0),
        None
    );
}
