//! What a change does, in packets and in those events of Windows that name no client.
//!
//! Such an event is found by the server that logged it and by what was changed; that is enough to find it, not to join it. The deed has
//! to be the same as well: the member that came, the attribute and the value, the program of the service. What is not told is not
//! guessed: no deed, no join.

use compact_str::CompactString;
use parsers::activity::{Activity, Kind, Origin};
use parsers::fields::{Fields, Value};
use smallvec::SmallVec;

use super::same::events;
use crate::directory::folded_dn;

/// What an event says of the one change that it is about, which goes with it where it becomes part of another account.
pub(super) const ABOUT: [&str; 6] = [
    "operation",
    "attribute",
    "value",
    "member_dn",
    "member_sid",
    "membership_expires",
];

/// The value that an attribute gets or loses.
#[derive(Clone, Copy, Debug)]
pub(super) struct Touch<'a> {
    attribute: &'a str,
    /// Whether it gets or loses it, where that is told.
    added: Option<bool>,
    /// As text, and of a member also by its SID.
    value: Option<&'a str>,
    sid: Option<&'a str>,
}

/// What a change does.
#[derive(Clone, Copy, Debug)]
pub(super) enum Deed<'a> {
    /// An object is created, with these attributes as far as they are told.
    Created(&'a [Value]),
    Deleted,
    /// These attributes are changed, by LDAP.
    Modified(&'a [Value]),
    /// A member comes or goes, or several do, by SAMR.
    Members(bool, &'a Fields),
    /// One value comes or goes, as an event tells it.
    Touched(Touch<'a>),
    /// A service is created, of this program.
    Service(Option<&'a str>),
    /// A source of replication comes or goes.
    Replica(bool),
}

/// Whether `activity` is of an event of Windows that changed something for a client which it does not name.
pub(super) fn is_bare(activity: &Activity) -> bool {
    let changes = matches!(
        activity.kind,
        Kind::DirectoryChange | Kind::ServiceCreation | Kind::DirectoryReplication
    );
    changes && activity.origin == Origin::Event && activity.client.ip.is_unspecified()
}

/// The most members of one request that it is found by.
const MAX_MEMBERS: usize = 8;

impl<'a> Deed<'a> {
    /// That of `activity`; none where it changes nothing that an event would tell of, or does not say what.
    pub(super) fn of(activity: &'a Activity) -> Option<Self> {
        let details = &activity.details;
        let operation = details.get_text("operation");
        match activity.origin {
            Origin::Wire => Self::called(activity.kind, operation?, details),
            Origin::Event if is_bare(activity) => Self::told(activity.kind, operation, details),
            Origin::Event | Origin::Directory => None,
        }
    }

    fn called(kind: Kind, operation: &str, details: &'a Fields) -> Option<Self> {
        let changes = || list(details, "changes");
        Some(match (kind, operation) {
            (Kind::LdapChange, "add") => Self::Created(changes()),
            (Kind::LdapChange, "delete") => Self::Deleted,
            (Kind::LdapChange, "modify") => Self::Modified(changes()),
            (Kind::SamrQuery, name) if name.starts_with("SamrCreate") => Self::Created(&[]),
            (Kind::SamrQuery, name) if name.starts_with("SamrDelete") => Self::Deleted,
            (Kind::SamrQuery, _) => match details.get_text("change")? {
                "add" => Self::Members(true, details),
                "delete" => Self::Members(false, details),
                _ => return None,
            },
            // RCreateServiceA, …W, …WOW64A, …WOW64W, RCreateWowService ([MS-SCMR] 3.1.4).
            (Kind::ServiceCreation, name) if name.starts_with("RCreate") => Self::Service(program(details)),
            (Kind::DirectoryReplication, "IDL_DRSReplicaAdd") => Self::Replica(true),
            (Kind::DirectoryReplication, "IDL_DRSReplicaDel") => Self::Replica(false),
            _ => return None,
        })
    }

    fn told(kind: Kind, operation: Option<&str>, details: &'a Fields) -> Option<Self> {
        Some(match (kind, operation) {
            (Kind::ServiceCreation, _) => Self::Service(program(details)),
            (Kind::DirectoryReplication, Some("source_established")) => Self::Replica(true),
            (Kind::DirectoryReplication, Some("source_removed")) => Self::Replica(false),
            (Kind::DirectoryChange, Some("created")) => Self::Created(&[]),
            (Kind::DirectoryChange, Some("deleted")) => Self::Deleted,
            (Kind::DirectoryChange, operation) => Self::Touched(Touch::told(operation?, details)?),
            _ => return None,
        })
    }

    /// The members that come or go, by their DNs in the form that they are compared in: by those it is found among all changes of a group.
    pub(super) fn members(&self) -> SmallVec<[CompactString; 1]> {
        match self {
            Self::Touched(touch) if touch.is_member() => touch.value.map(folded_dn).into_iter().collect(),
            Self::Modified(changes) => {
                let of = |change: &'a Value| match change {
                    Value::Map(change) if is_member(change.get_text("attribute").unwrap_or_default()) => {
                        list(change, "values")
                    }
                    _ => &[],
                };
                let values = changes.iter().flat_map(of).filter_map(text);
                values.take(MAX_MEMBERS).map(folded_dn).collect()
            }
            _ => SmallVec::new(),
        }
    }

    /// The member that comes or goes, where an event tells of one: another event may be of the same, of nothing else.
    pub(super) fn member(activity: &'a Activity) -> Option<(bool, CompactString)> {
        match Self::of(activity)? {
            Self::Touched(touch) if touch.is_member() => Some((touch.added?, folded_dn(touch.value?))),
            _ => None,
        }
    }

    /// Whether `held` and `new` do the same, of which packets show one at most.
    pub(super) fn agree(held: &'a Activity, new: &'a Activity) -> bool {
        let (Some(one), Some(two)) = (Self::of(held), Self::of(new)) else {
            return false;
        };
        match (one, two) {
            (Self::Created(_), Self::Created(_)) | (Self::Deleted, Self::Deleted) => true,
            (Self::Created(changes) | Self::Modified(changes), Self::Touched(touch))
            | (Self::Touched(touch), Self::Created(changes) | Self::Modified(changes)) => {
                changes.iter().any(|change| touch.is_in(change))
            }
            (Self::Members(added, details), Self::Touched(touch)) => touch.is_of(added, details, events(&held.details)),
            (Self::Touched(touch), Self::Members(added, details)) => touch.is_of(added, details, &[]),
            (Self::Touched(one), Self::Touched(two)) => one.is_membership_of(&two),
            (Self::Service(one), Self::Service(two)) => programs(one, two),
            (Self::Replica(one), Self::Replica(two)) => one == two,
            _ => false,
        }
    }
}

impl<'a> Touch<'a> {
    fn told(operation: &str, details: &'a Fields) -> Option<Self> {
        let member = |added| {
            let (value, sid) = (details.get_text("member_dn"), details.get_text("member_sid"));
            let attribute = "member";
            (value.is_some() || sid.is_some()).then_some(Self {
                attribute,
                added: Some(added),
                value,
                sid,
            })
        };
        let added = match operation {
            "member_added" => return member(true),
            "member_removed" => return member(false),
            "value_added" => Some(true),
            "value_deleted" => Some(false),
            "changed" => None,
            _ => return None,
        };
        Some(Self {
            attribute: details.get_text("attribute")?,
            added,
            value: details.get_text("value"),
            sid: None,
        })
    }

    fn is_member(&self) -> bool {
        is_member(self.attribute)
    }

    /// Whether `change`, one of those of a request over LDAP, brings it about.
    fn is_in(&self, change: &Value) -> bool {
        let Value::Map(change) = change else { return false };
        let attribute = change.get_text("attribute").unwrap_or_default();
        let holds = self.holds(change);
        attribute.eq_ignore_ascii_case(self.attribute)
            && match (change.get_text("operation"), self.added) {
                (Some("add"), added) => added != Some(false) && holds != Some(false),
                (Some("delete"), added) => added != Some(true) && holds != Some(false),
                (Some("replace"), Some(true)) => holds != Some(false),
                // What is replaced is what was there before, and is there no more.
                (Some("replace"), Some(false)) => holds != Some(true),
                _ => true,
            }
    }

    /// Whether its value is one of those of `change`, where both tell theirs.
    fn holds(&self, change: &Fields) -> Option<bool> {
        let values = match change.get("values")? {
            Value::List(values) => values,
            _ => return None,
        };
        (self.value.is_some() || self.sid.is_some()).then(|| values.iter().filter_map(text).any(|value| self.is(value)))
    }

    fn is(&self, written: &str) -> bool {
        let sid = written
            .strip_prefix("<SID=")
            .and_then(|rest| Some(rest.split_once('>')?.0));
        match (sid, self.value) {
            (Some(sid), _) if self.sid.is_some() => Some(sid) == self.sid,
            (_, Some(value)) => value == written || value.contains('=') && folded_dn(value) == folded_dn(written),
            _ => false,
        }
    }

    /// Whether it is the coming or going of a member that a call by SAMR tells by its SID, or an event that is part of its account already
    /// by its DN.
    fn is_of(&self, added: bool, details: &Fields, known: &[Value]) -> bool {
        let by_sid = |sid: &str| {
            let several = list(details, "member_sids").iter().filter_map(text);
            details
                .get_text("member_sid")
                .into_iter()
                .chain(several)
                .any(|one| one == sid)
        };
        let by_dn = |dn: &str| {
            let maps = known.iter().filter_map(|event| match event {
                Value::Map(event) => event.get_text("member_dn"),
                _ => None,
            });
            maps.map(folded_dn).any(|one| one == folded_dn(dn))
        };
        self.is_member() && self.added == Some(added) && (self.sid.is_some_and(by_sid) || self.value.is_some_and(by_dn))
    }

    /// Whether both events tell of the same member's coming or going. Of other attributes each event tells another value.
    fn is_membership_of(&self, other: &Self) -> bool {
        let member = match (self.value, other.value) {
            (Some(one), Some(two)) => folded_dn(one) == folded_dn(two),
            _ => false,
        };
        self.is_member() && other.is_member() && self.added.is_some() && self.added == other.added && member
    }
}

fn is_member(attribute: &str) -> bool {
    attribute.eq_ignore_ascii_case("member")
}

fn list<'a>(details: &'a Fields, name: &str) -> &'a [Value] {
    match details.get(name) {
        Some(Value::List(values)) => values,
        _ => &[],
    }
}

fn text(value: &Value) -> Option<&str> {
    match value {
        Value::Text(text) => Some(text),
        Value::Name(text) => Some(text),
        _ => None,
    }
}

fn program(details: &Fields) -> Option<&str> {
    details.get_text("binary_path")
}

/// Whether two programs of a service can be one: what is created may be cut where it is told, and the log has a driver's path with what the
/// system puts before it.
fn programs(one: Option<&str>, two: Option<&str>) -> bool {
    let plain = |path: &str| path.replace('"', "").to_lowercase();
    match (one.map(plain), two.map(plain)) {
        (Some(one), Some(two)) => one.contains(&two) || two.contains(&one),
        _ => true,
    }
}
